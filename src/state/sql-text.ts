/**
 * SQL as text: tokens, statements, the guard that lets only reads through, and parameters. A tokenizer after
 * sqlite src/tokenize.c, enough of it to find where statements end and what they begin with.
 */
import { WorkbenchError } from '../base/error';
import type { SqlParams, SqlValue } from './types';

export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'operator' | 'illegal';
  readonly start: number;
  readonly end: number;
}

/** One statement of a script: its text without the semicolon, and where it is. */
export interface SqlStatementText {
  readonly sql: string;
  readonly start: number;
  readonly end: number;
}

// What the tokenizer takes for one token; white space and comments are skipped. An unended string, name or comment
// runs to the end of the text, as an illegal token (a comment may: SQLite allows it). One group per kind, in this order: named
// groups take five times as long.
const kinds = [
  'space',
  'string',
  'quoted',
  'number',
  'parameter',
  'word',
  'illegal',
  'operator',
] as const;
const pattern = new RegExp(
  [
    String.raw`([\s\ufeff]+|--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|$))`,
    String.raw`([xX]?'(?:[^']|'')*')`,
    '("(?:[^"]|"")*"|`(?:[^`]|``)*`|\\[[^\\]]*\\])',
    String.raw`(0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)`,
    String.raw`(\?[0-9]*|[:@$][A-Za-z_0-9$\u0080-\uffff]+(?:::[A-Za-z_0-9$\u0080-\uffff]*)*(?:\([^)\s]*\)?)?)`,
    String.raw`([A-Za-z_\u0080-\uffff][A-Za-z_0-9$\u0080-\uffff]*)`,
    String.raw`('[^]*|"[^]*|\u0060[^]*|\[[^]*)`,
    String.raw`([^])`,
  ].join('|'),
  'gu',
);

/** SQLite itself refuses longer statements (SQLITE_MAX_SQL_LENGTH, https://www.sqlite.org/limits.html). */
const mostCharacters = 1_000_000;

/**
 * Tokens of a statement or a script.
 * @throws WorkbenchError `sql-too-long`
 */
export function* tokens(sql: string): Generator<SqlToken, void, undefined> {
  if (sql.length > mostCharacters)
    throw new WorkbenchError(
      'sql-too-long',
      `The SQL has ${sql.length} characters; at most ${mostCharacters} are read. Run it in parts.`,
      { characters: sql.length, mostCharacters },
    );
  for (const match of sql.matchAll(pattern)) {
    const {
      index: start,
      0: { length },
    } = match;
    let group = 1;
    while (group < kinds.length && match[group] === undefined) group++;
    const kind = kinds[group - 1] ?? 'operator';
    if (kind === 'space') continue;
    const isOpen = kind === 'parameter' && opensBracket(match[0]);
    yield { kind: isOpen ? 'illegal' : kind, start, end: start + length };
  }
}

/** A parameter `$name(…` whose bracket does not close before white space: SQLite takes all of it as one illegal token. */
const opensBracket = (parameter: string): boolean =>
  parameter.includes('(') && !parameter.endsWith(')');

/** Cuts a script into its statements; empty ones (semicolons, comments) are left out. */
export function splitStatements(script: string): SqlStatementText[] {
  const statements: SqlStatementText[] = [];
  let first: number | undefined;
  let end = 0;
  const finish = (): void => {
    if (first !== undefined) statements.push({ sql: script.slice(first, end), start: first, end });
    first = undefined;
  };
  for (const token of tokens(script)) {
    if (script[token.start] === ';') {
      finish();
    } else {
      first ??= token.start;
      end = token.end;
    }
  }
  finish();
  return statements;
}

/**
 * Pragmas that only tell. Some take a table's name or a limit; no other pragma may be given a value.
 * https://www.sqlite.org/pragma.html
 */
const tellingPragmas = new Map<string, 'plain' | 'argument'>([
  ...['table_info', 'table_xinfo', 'table_list', 'index_list', 'index_info', 'index_xinfo'].map(
    (name) => [name, 'argument'] as const,
  ),
  ...['foreign_key_list', 'foreign_key_check', 'integrity_check', 'quick_check'].map(
    (name) => [name, 'argument'] as const,
  ),
  ...['application_id', 'auto_vacuum', 'collation_list', 'compile_options', 'data_version'].map(
    (name) => [name, 'plain'] as const,
  ),
  ...['database_list', 'encoding', 'freelist_count', 'function_list', 'journal_mode'].map(
    (name) => [name, 'plain'] as const,
  ),
  ...['module_list', 'page_count', 'page_size', 'pragma_list', 'query_only'].map(
    (name) => [name, 'plain'] as const,
  ),
  ...['schema_version', 'trusted_schema', 'user_version'].map((name) => [name, 'plain'] as const),
]);

const refuse = (code: string, message: string, statement: string): never => {
  throw new WorkbenchError(code, message, { statement: statement.slice(0, 200) });
};

/**
 * Lets one reading statement pass: SELECT, VALUES, WITH … SELECT, EXPLAIN of these, and pragmas that only tell.
 * Runs before the statement is prepared, because pragmas act when they are prepared.
 * @throws WorkbenchError `sql-empty`, `sql-several-statements`, `sql-not-read-only`, `sql-pragma-refused`
 */
export function guardReadOnly(sql: string): void {
  const list = [...tokens(sql)];
  while (textOf(sql, list.at(-1)) === ';') list.pop();
  if (list.length === 0) refuse('sql-empty', 'There is no SQL to run. Type a query.', sql);
  if (list.some((token) => textOf(sql, token) === ';'))
    refuse('sql-several-statements', 'Run one statement at a time.', sql);
  let at = 0;
  const word = (i: number): string =>
    list[i]?.kind === 'word' ? textOf(sql, list[i]).toUpperCase() : '';
  if (word(at) === 'EXPLAIN') at += word(at + 1) === 'QUERY' && word(at + 2) === 'PLAN' ? 3 : 1;
  if (word(at) === 'WITH') at = afterCommonTables(sql, list, at);
  const verb = word(at);
  if (verb === 'SELECT' || verb === 'VALUES') return;
  if (verb === 'PRAGMA' && at === 0) {
    guardPragma(sql, list);
    return;
  }
  refuse(
    'sql-not-read-only',
    `The workbench only reads: ${verb ? `${verb} is` : 'this is'} not a query. Use SELECT, WITH … SELECT, VALUES, EXPLAIN or a PRAGMA that only tells. To change data, work on a copy with the sqlite3 program, and never on the database of a running node.`,
    sql,
  );
}

function guardPragma(sql: string, list: readonly SqlToken[]): void {
  // PRAGMA [schema .] name [= value | (value)]
  const qualified = textOf(sql, list[2]) === '.';
  const name = unquote(textOf(sql, list[qualified ? 3 : 1])).toLowerCase();
  const rest = list.slice(qualified ? 4 : 2);
  const kind = tellingPragmas.get(name);
  if (kind === undefined)
    refuse(
      'sql-pragma-refused',
      `PRAGMA ${name} is not available: it can change how the database is read or written. These only tell: ${[...tellingPragmas.keys()].sort().join(', ')}.`,
      sql,
    );
  if (kind === 'plain' && rest.length > 0)
    refuse(
      'sql-pragma-refused',
      `PRAGMA ${name} can be read here, but not set. Leave out what follows the name.`,
      sql,
    );
}

/** Index of the verb after WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (…) [, …]. */
function afterCommonTables(sql: string, list: readonly SqlToken[], at: number): number {
  const text = (i: number): string => textOf(sql, list[i]).toUpperCase();
  const skipParentheses = (i: number): number => {
    for (let depth = 0; i < list.length; i++) {
      if (text(i) === '(') depth++;
      else if (text(i) === ')' && --depth === 0) return i + 1;
    }
    return i;
  };
  at++;
  if (text(at) === 'RECURSIVE' && text(at + 1) !== 'AS' && text(at + 1) !== '(') at++;
  for (;;) {
    at++; // the table's name
    if (text(at) === '(') at = skipParentheses(at);
    if (text(at) !== 'AS') return at;
    at = skipParentheses(at); // with AS [[NOT] MATERIALIZED] before it
    if (text(at) !== ',') return at;
    at++;
  }
}

const textOf = (sql: string, token: SqlToken | undefined): string =>
  token ? sql.slice(token.start, token.end) : '';

/** The name that a quoted identifier means. */
function unquote(text: string): string {
  const close = ({ '"': '"', '`': '`', '[': ']', "'": "'" } as Record<string, string>)[
    text[0] ?? ''
  ];
  if (!close || !text.endsWith(close)) return text;
  return text.slice(1, -1).replaceAll(close + close, close);
}

/**
 * Names of the parameters of a statement, or of all statements of a script: without their mark, in order of appearance;
 * positions as "1", "2".
 */
export function parametersOf(sql: string): string[] {
  const names = new Set<string>();
  let highest = 0;
  for (const token of tokens(sql)) {
    // Each statement of a script counts its positions by itself.
    if (sql[token.start] === ';') highest = 0;
    if (token.kind !== 'parameter') continue;
    const text = textOf(sql, token);
    if (text.startsWith('?')) {
      const position = text === '?' ? highest + 1 : Number(text.slice(1));
      highest = Math.max(highest, position);
      names.add(String(position));
    } else {
      names.add(text.slice(1));
    }
  }
  return [...names];
}

/** A statement and what sql.js can bind to it without loss. */
export interface BoundSql {
  readonly sql: string;
  readonly params: Record<string, null | number | string | Uint8Array>;
}

/**
 * Prepares parameters for sql.js, which binds integers beyond 32 bits as REAL and bigints as TEXT: integers are
 * written into the statement instead. Unsigned values up to 2^64 - 1 become the signed ones that the node stores.
 * Names match with any mark; a parameter that is not given is NULL, as in SQLite.
 * @throws WorkbenchError `sql-parameter-unknown`, `sql-parameter-wrong`
 */
export function bindParameters(sql: string, params: SqlParams): BoundSql {
  const given = new Map<string, SqlValue>(
    Array.isArray(params)
      ? (params as readonly SqlValue[]).map((value, i) => [String(i + 1), value])
      : Object.entries(params as Record<string, SqlValue>).map(([name, value]) => [
          name.replace(/^[:@$?]/, ''),
          value,
        ]),
  );
  const wanted = parametersOf(sql);
  const names = new Set(wanted);
  for (const name of given.keys())
    if (!names.has(name))
      throw new WorkbenchError(
        'sql-parameter-unknown',
        wanted.length === 0
          ? `The query has no parameters, but "${name}" was given.`
          : `The query has no parameter "${name}". It has: ${wanted.join(', ')}.`,
        { name, wanted },
      );
  const bound: BoundSql['params'] = {};
  let text = '';
  let copied = 0;
  let highest = 0;
  for (const token of tokens(sql)) {
    if (token.kind !== 'parameter') continue;
    const mark = textOf(sql, token);
    let key = mark;
    if (mark.startsWith('?')) {
      const position = mark === '?' ? highest + 1 : Number(mark.slice(1));
      highest = Math.max(highest, position);
      key = `?${position}`;
    }
    const value = given.get(key.slice(1)) ?? null;
    const integer = integerLiteral(value, key);
    text += sql.slice(copied, token.start) + (integer ?? key);
    copied = token.end;
    if (integer === undefined) bound[key] = value as BoundSql['params'][string];
  }
  return { sql: text + sql.slice(copied), params: bound };
}

function integerLiteral(value: SqlValue, name: string): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0)) {
    if (Number.isSafeInteger(value)) return `(${value})`;
    return undefined;
  }
  if (typeof value !== 'bigint') return undefined;
  if (value < -(2n ** 63n) || value >= 2n ** 64n)
    throw new WorkbenchError(
      'sql-parameter-wrong',
      `Parameter ${name} is outside the 64-bit range: ${value}.`,
      { name, value },
    );
  return `(${BigInt.asIntN(64, value)})`;
}
