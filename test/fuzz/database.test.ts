/**
 * The database engine against the sqlite3 program: damaged files with and without a -wal, and generated SQL. The same rows,
 * or an error; never other rows. About 30 s, most of it the program's work on files.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/state/engine/engine';
import type { Sql } from '../../src/state/engine/sqljs';
import { allRows, loadNodeSql, openOnDisk } from '../support/node-engine';
import { sessionSnapshots, tables } from '../support/wal-shapes';
import { merged, native, ours, plain, refused, type Answer, type Files } from './databases';
import { answersOrRefuses, fuzz } from './fuzz';
import { edited, texts } from './inputs';
import { casesPerRound, minutes, onlyTarget, seed, timeoutMs } from './settings';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-seeds-'));
const time = { timeout: timeoutMs };
const minutesEach = minutes / 3;
const sample = 'public/sample/state.sql';

let SQL: Sql;
let sampleEngine: Engine;
beforeAll(async () => {
  SQL = await loadNodeSql();
  sampleEngine = openOnDisk(SQL, sample);
});
afterAll(() => {
  sampleEngine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Small, so that an edit hits what matters: pages of 512 and 1024 bytes, with indexes and overflow pages. */
const seeds: readonly Files[] = [0, 1, 8, 9, 16]
  .flatMap((session) => sessionSnapshots(folder, session))
  .filter(({ main }) => main.length > 0 && main.length <= 24 * 1024)
  .map(({ main, wal }) => ({
    main,
    wal: wal && wal.length > 0 && wal.length < 32 * 1024 ? wal : undefined,
  }));

/** Each is a set of files and whether the -wal, the database or both are edited. */
const damaged: fc.Arbitrary<Files> = fc
  .record({ files: fc.constantFrom(...seeds), editsMain: fc.boolean() })
  .chain(({ files, editsMain }) =>
    fc.record({
      main: editsMain || !files.wal ? edited([files.main]) : fc.constant(files.main),
      wal: files.wal ? edited([files.wal]) : fc.constant(undefined),
    }),
  );

const questions = [
  'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name',
  // How a number with a point becomes text depends on SQLite's version.
  ...tables.map((table) => {
    const [a, b] = ['a', 'b'].map(
      (name) => `CASE typeof(${name}) WHEN 'real' THEN 'real' ELSE quote(${name}) END`,
    );
    return `SELECT ${a ?? ''}, ${b ?? ''}, typeof(c) FROM ${table} ORDER BY 1, 2, 3`;
  }),
  'SELECT count(*) FROM t0 WHERE c IS NOT NULL',
  'SELECT count(*) FROM t2 INDEXED BY t2_b WHERE b > 0',
];

/**
 * Whether these rows of a damaged file are what SQLite gives: how far it looks into a page depends on its version, and on
 * what was asked before.
 */
function isOfSqlite(files: Files, question: string, answer: Answer): boolean {
  const whole = merged(SQL, files);
  const answers = [...native([files, whole], [question]).flat(), plain(SQL, whole, question)];
  return answers.includes(answer);
}

function save(name: string, { main, wal }: Files): string {
  const path = `test-results/fuzz/${name}.db`;
  mkdirSync('test-results/fuzz', { recursive: true });
  writeFileSync(path, main);
  if (wal) writeFileSync(`${path}-wal`, wal);
  return path;
}

describe('database files', () => {
  test.runIf('database files'.includes(onlyTarget))(
    'database files: edited, the rows of sqlite3 or an error',
    time,
    () => {
      const until = performance.now() + minutesEach * 60_000;
      const perBatch = 250;
      let cases = 0;
      for (let round = seed; cases < casesPerRound || performance.now() < until; round++) {
        const batch = fc.sample(damaged, { seed: round, numRuns: perBatch });
        const expected = native(batch, questions);
        for (const [i, files] of batch.entries()) {
          const answers = ours(SQL, files, questions);
          for (const [q, answer] of answers.entries()) {
            const want = expected[i]?.[q];
            const question = questions[q] ?? '';
            if (answer === refused || answer === want) continue;
            if (want === refused && isOfSqlite(files, question, answer)) continue;
            const path = save(`database-${round}-${i}`, files);
            expect({ question, answer, path }).toEqual({
              question,
              answer: want,
              path,
            });
          }
          cases++;
        }
      }
      expect(cases).toBeGreaterThanOrEqual(casesPerRound);
    },
  );
});

const statements = readFileSync('test/data/node/queries.sql', 'utf8')
  .split(/;\s*\n/)
  .map((sql) => sql.trim())
  .filter((sql) => sql !== '' && sql.length < 600);

describe('SQL', () => {
  test.runIf('SQL edited'.includes(onlyTarget))(
    'SQL: edited statements, an answer or a refusal',
    time,
    async () => {
      const before = readFileSync(sample);
      const ran = await fuzz(
        {
          name: 'SQL edited',
          inputs: texts([
            ...statements,
            "SELECT * FROM rewards WHERE layer = :layer AND coinbase = x'00'",
            'PRAGMA table_info(atxs)',
          ]),
          run: (sql) => {
            const cursor = sampleEngine.cursor(sql);
            try {
              cursor.next(5, 5);
            } finally {
              cursor.close();
            }
          },
          bytesOf: (sql) => Buffer.from(sql),
        },
        minutesEach,
      );
      expect(ran).toBeGreaterThanOrEqual(casesPerRound);
      expect(readFileSync(sample)).toEqual(before);
      expect(allRows(sampleEngine, 'SELECT count(*) FROM rewards')).toEqual([[604]]);
    },
  );

  test.runIf('SQL generated'.includes(onlyTarget))(
    'SQL: generated statements, the rows of sqlite3',
    time,
    async () => {
      const until = performance.now() + minutesEach * 60_000;
      const perBatch = 500;
      const files: Files = { main: readFileSync(sample), wal: undefined };
      let cases = 0;
      for (let round = seed; cases < casesPerRound || performance.now() < until; round++) {
        const batch = fc.sample(query, { seed: round, numRuns: perBatch });
        const [expected = []] = native([files], batch);
        for (const [i, sql] of batch.entries()) {
          let answer: Answer = refused;
          await answersOrRefuses(() => {
            answer = allRows(sampleEngine, sql)
              .map((row) => `${row.map((value) => String(value ?? '')).join('|')}\n`)
              .join('');
          });
          expect({ sql, answer }).toEqual({ sql, answer: expected[i] });
          cases++;
        }
      }
      expect(cases).toBeGreaterThanOrEqual(casesPerRound);
    },
  );
});

/** Columns of the sample by table, with a kind that says what may be compared with what. */
const columnsOf = {
  rewards: ['layer', 'total_reward', 'layer_reward', 'coinbase', 'pubkey'],
  atxs: ['id', 'epoch', 'tick_count', 'sequence', 'pubkey', 'coinbase', 'weight'],
  ballots: ['layer', 'atx', 'pubkey', 'malicious'],
  layers: ['id', 'processed', 'applied_block'],
} as const;
type Table = keyof typeof columnsOf;

// No numbers with a point: how they become text depends on SQLite's version.
const literal = fc.oneof(
  fc.integer({ min: -5, max: 200 }).map(String),
  fc.constantFrom(
    'NULL',
    "''",
    "'a'",
    "x'00'",
    '9223372036854775807',
    '-9223372036854775808',
    "'12abc'",
  ),
);

const expression = (table: Table): fc.Arbitrary<string> =>
  fc.letrec<{ readonly value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: fc.constantFrom(...columnsOf[table]) },
      { weight: 2, arbitrary: literal },
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            tie('value'),
            fc.constantFrom('&', '|', '<<', '=', '<', '>=', '<>', 'IS', 'AND', 'OR'),
            tie('value'),
          )
          .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom(
              'length',
              'hex',
              'typeof',
              'upper',
              'coalesce',
              'min',
              'max',

              'instr',
              'nullif',
            ),
            tie('value'),
            tie('value'),
          )
          .map(([name, a, b]) =>
            ['length', 'hex', 'typeof', 'upper'].includes(name)
              ? `${name}(${a})`
              : `${name}(${a}, ${b})`,
          ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('value'), tie('value'), tie('value'))
          .map(([a, b, c]) => `CASE WHEN ${a} THEN ${b} ELSE ${c} END`),
      },
      {
        weight: 1,
        arbitrary: tie('value').map((value) => `CAST(${value} AS INTEGER)`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            tie('value'),
            fc.constantFrom('IN', 'NOT IN'),
            fc.array(literal, { minLength: 1, maxLength: 3 }),
          )
          .map(([value, operator, list]) => `${value} ${operator} (${list.join(', ')})`),
      },
    ),
  })).value;

/** One value a row, shown by SQLite itself; sorted by all of it, so that the order is the same everywhere. */
const query: fc.Arbitrary<string> = fc
  .constantFrom(...(Object.keys(columnsOf) as Table[]))
  .chain((table) =>
    fc.record({
      table: fc.constant(table),
      shown: fc.array(expression(table), { minLength: 1, maxLength: 3 }),
      where: fc.option(expression(table)),
      group: fc.option(fc.constantFrom(...columnsOf[table])),
      limit: fc.nat({ max: 20 }),
    }),
  )
  .map(({ table, shown, where, group, limit }) => {
    const values =
      group === null
        ? shown.map(
            (value) =>
              `typeof(${value}), CASE typeof(${value}) WHEN 'real' THEN '' ELSE hex(${value}) END`,
          )
        : [`hex(${group})`, 'count(*)', ...shown.map((value) => `hex(max(typeof(${value})))`)];
    return `SELECT ${values.join(', ')} FROM ${table}${where === null ? '' : ` WHERE ${where}`}${group === null ? '' : ` GROUP BY ${group}`} ORDER BY ${values.join(', ')} LIMIT ${limit}`;
  });
