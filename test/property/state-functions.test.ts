/**
 * Every built-in function and operator gives what the sqlite3 program gives, with ordinary and odd arguments. The program may
 * be older than the SQLite of sql.js: where the versions differ by their documentation, the difference is listed with its reason.
 * About 5 s.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hex } from '@scure/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../src/base/error';
import type { Engine } from '../../src/state/engine/engine';
import type { SqlValue } from '../../src/state/types';
import { sqlite3 } from '../support/native-sqlite';
import { allRows, loadNodeSql, openOnDisk } from '../support/node-engine';
import { caseTables, sqlCases } from '../support/sql-cases';

const folder = mkdtempSync(join(tmpdir(), 'functions-'));
const path = join(folder, 'cases.db');
let engine: Engine;
beforeAll(async () => {
  sqlite3(path, caseTables);
  engine = openOnDisk(await loadNodeSql(), path);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What an expression gives; `type` is "error" where SQLite refuses it. Texts and blobs in hex. */
interface Answer {
  readonly type: string;
  readonly value: string | number;
}

const separator = '---';
const error: Answer = { type: 'error', value: '' };

/** All answers of the program, which is started once. */
function native(expressions: readonly string[]): Answer[] {
  const input = expressions
    .map(
      (expression) => `SELECT typeof(x), CASE typeof(x) WHEN 'real' THEN hex(ieee754_to_blob(x))
        WHEN 'integer' THEN x ELSE lower(hex(x)) END FROM (SELECT ${expression} AS x);
.print ${separator}\n`,
    )
    .join('');
  const { stdout, stderr } = spawnSync(
    'sqlite3',
    ['-batch', '-noheader', '-separator', ' ', path],
    { input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  // Three lines for each; an error names the line on which the statement began or ended.
  const failed = new Set(
    [...stderr.matchAll(/near line (\d+)/g)].map(([, line]) => Math.floor((Number(line) - 1) / 3)),
  );
  const outputs = stdout.split(`${separator}\n`);
  return expressions.map((_, i) => {
    const [type = '', value = ''] = (outputs[i] ?? '').trimEnd().split(' ');
    if (failed.has(i)) return error;
    if (type !== 'real') return { type, value };
    return { type, value: new DataView(hex.decode(value.toLowerCase()).buffer).getFloat64(0) };
  });
}

function ours(expression: string): Answer {
  try {
    const row = engine.firstRow(`SELECT typeof(x), x FROM (SELECT ${expression} AS x)`, []);
    const [type, value = null] = row ?? [];
    return { type: String(type), value: plain(value) };
  } catch (reason) {
    if (reason instanceof WorkbenchError) return error;
    throw reason;
  }
}

function plain(value: SqlValue): string | number {
  if (value === null) return '';
  if (typeof value === 'string') return hex.encode(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return hex.encode(value);
  return typeof value === 'bigint' ? String(value) : value;
}

/** Reals within the last digits: the libraries of C that calculate sines and logarithms round differently. */
function agree(a: Answer, b: Answer): boolean {
  if (a.type !== b.type) return false;
  if (a.type !== 'real') return String(a.value) === String(b.value);
  const [x, y] = [Number(a.value), Number(b.value)];
  return x === y || Math.abs(x - y) <= 1e-15 * Math.abs(y);
}

/** Cases that may differ, and why. All else must be equal. */
const differences: readonly { readonly why: string; readonly of: RegExp }[] = [
  {
    why: 'SQLite 3.42 reads JSON5, 3.45 reads a BLOB as JSONB, and both are stricter about paths (sqlite.org/json1.html §3, §4, §9)',
    of: /^json|->/,
  },
  {
    why: 'Debian builds the program with SQLITE_LIKE_DOESNT_MATCH_BLOBS (sqlite.org/compile.html)',
    of: /(LIKE|GLOB|^like\(|^glob\().*x'|x'.*(LIKE|GLOB)/,
  },
  { why: 'format() with an empty result was NULL in older versions', of: /^(printf|format)\(''/ },
  {
    why: 'newer versions print reals with 17 significant digits where 15 are not enough, and infinity as 9.0e+999',
    of: /^printf\('%.*f', 9223372036854775807|\(r[,)]|\(quote\(r|\br \|\||\|\| r\b|quote\(1e999|CAST\(r AS TEXT/,
  },
  {
    why: 'a text that is not UTF-8 has U+FFFD in the place of what is not; hex() shows its bytes',
    of: /^(lower|upper|ltrim|rtrim|trim)\(x'ff00fe'\)|^CAST\(x'ff00fe' AS TEXT\)/,
  },
];

test('functions and operators: what sqlite3 gives for 9,000 expressions', () => {
  const expected = native(sqlCases);
  const unequal: { case: string; native: Answer; ours: Answer }[] = [];
  let equal = 0;
  const used = new Set<string>();
  for (const [i, expression] of sqlCases.entries()) {
    const [theirs, own] = [expected[i] ?? error, ours(expression)];
    const listed = differences.find(({ of }) => of.test(expression));
    if (agree(theirs, own)) equal++;
    else if (listed) used.add(listed.why);
    else unequal.push({ case: expression, native: theirs, ours: own });
  }
  expect(unequal).toEqual([]);
  expect(equal).toBeGreaterThanOrEqual(9000);
  expect(sqlCases.length - equal).toBeLessThan(200);
  // A program of today's version differs in none of them.
  expect(used.size).toBeLessThanOrEqual(differences.length);
}, 120_000);

test('functions of 2010 that sql.js can put over those of SQLite: not there', () => {
  expect(
    allRows(engine, "SELECT log(100), sqrt('abc'), typeof(floor(1.2)), typeof(ceil(1))"),
  ).toEqual([[2, null, 'real', 'integer']]);
  for (const name of ['reverse', 'padl', 'stdev', 'charindex', 'square'])
    expect(() => allRows(engine, `SELECT ${name}('a')`), name).toThrow(/no such function/);
});

/** Functions without cases above, and why. */
const uncovered: Readonly<Record<string, readonly string[]>> = {
  'gives another answer each time, or one about the program itself': [
    ...['random', 'randomblob', 'current_date', 'current_time', 'current_timestamp', 'changes'],
    ...['total_changes', 'last_insert_rowid', 'sqlite_version', 'sqlite_source_id', 'sqlite_log'],
    ...['sqlite_compileoption_get', 'sqlite_compileoption_used', 'subtype'],
  ],
};

/** Functions that the program may be too old for, with answers from their documentation (sqlite.org/lang_corefunc.html, json1.html). */
const documented: readonly (readonly [name: string, expression: string, value: SqlValue])[] = [
  ['concat', "concat('a', NULL, 1, 2.5)", 'a12.5'],
  ['concat_ws', "concat_ws(',', 'a', NULL, 'b')", 'a,b'],
  ['if', "if(0, 'a', 'b')", 'b'],
  ['iif', 'iif(NULL, 1)', null],
  ['octet_length', "octet_length('ä€')", 5],
  ['string_agg', "(SELECT string_agg(i, '+') FROM v WHERE id < 3)", '1+2'],
  ['timediff', "timediff('2023-02-15', '2023-03-15')", '-0000-01-00 00:00:00.000'],
  ['unhex', "unhex('6162')", Uint8Array.of(0x61, 0x62)],
  ['unhex', "unhex('ABCG')", null],
  ['unhex', "unhex('61-62', '-')", Uint8Array.of(0x61, 0x62)],
  ['unistr', "unistr('a\\u00e4')", 'aä'],
  ['unistr_quote', "unistr_quote('a' || char(10))", "unistr('a\\u000a')"],
  ['json_error_position', "json_error_position('[1,x]')", 4],
  ['json_pretty', "json_pretty('[1]')", '[\n    1\n]'],
  ['json_array_insert', "json_array_insert('[1,3]', '$[1]', 2)", '[1,2,3]'],
  ['jsonb', 'json(jsonb(\'{"a": 1}\'))', '{"a":1}'],
  ['jsonb_array', 'json(jsonb_array(1, 2))', '[1,2]'],
  ['jsonb_array_insert', "json(jsonb_array_insert('[1,3]', '$[1]', 2))", '[1,2,3]'],
  ['jsonb_extract', "json(jsonb_extract('{\"a\":[1]}', '$.a'))", '[1]'],
  ['jsonb_group_array', '(SELECT json(jsonb_group_array(id)) FROM v WHERE id < 3)', '[1,2]'],
  [
    'jsonb_group_object',
    "(SELECT json(jsonb_group_object('k', id)) FROM v WHERE id = 3)",
    '{"k":3}',
  ],
  ['jsonb_insert', "json(jsonb_insert('{}', '$.a', 1))", '{"a":1}'],
  ['jsonb_object', "json(jsonb_object('a', 1))", '{"a":1}'],
  ['jsonb_patch', 'json(jsonb_patch(\'{"a":1}\', \'{"a":2}\'))', '{"a":2}'],
  ['jsonb_remove', "json(jsonb_remove('[1,2]', '$[0]'))", '[2]'],
  ['jsonb_replace', "json(jsonb_replace('[1]', '$[0]', 5))", '[5]'],
  ['jsonb_set', "json(jsonb_set('[1]', '$[1]', 5))", '[1,5]'],
];

describe('functions that sqlite3 may lack', () => {
  test.each(documented)('%s: %s is as documented', (_, expression, value) => {
    expect(allRows(engine, `SELECT ${expression}`)).toEqual([[value]]);
  });
});

test('pragma function_list: every built-in function has cases or a reason', () => {
  const names = allRows(
    engine,
    "SELECT DISTINCT name FROM pragma_function_list WHERE builtin AND name NOT LIKE '->%' ORDER BY name",
  ).map(([name]) => String(name));
  expect(names.length).toBeGreaterThan(100);
  const cases = sqlCases.join('\n');
  const excused = new Set([
    ...Object.values(uncovered).flat(),
    ...documented.map(([name]) => name),
  ]);
  expect(names.filter((name) => !excused.has(name) && !cases.includes(`${name}(`))).toEqual([]);
});
