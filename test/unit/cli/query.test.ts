import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  mkdtempSync,
  symlinkSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../../support/cli';

const live = 'test/data/node/live_A/state.sql';
const folder = mkdtempSync(join(tmpdir(), 'cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Expected {
  readonly queries: Record<
    string,
    {
      readonly sql: string;
      readonly runs: readonly {
        readonly params: Record<string, string | number>;
        readonly rows: readonly Record<string, string | number | null>[];
      }[];
    }
  >;
}
const expected = JSON.parse(readFileSync('test/data/node/expected.json', 'utf8')) as Expected;

/** What the sqlite3 shell prints; it would write to the files' folder, so it gets a copy. */
function sqlite3(sql: string): string {
  for (const suffix of ['', '-wal'])
    writeFileSync(join(folder, `state.sql${suffix}`), readFileSync(`${live}${suffix}`));
  return execFileSync('sqlite3', ['-csv', '-header', join(folder, 'state.sql'), sql], {
    encoding: 'utf8',
  });
}

const tested = ['rewards_by_smesher', 'epoch_totals', 'atx_history', 'vrf_nonce', 'state_tip'];
test.each(tested)('query: %s, the rows that sqlite3 gave', async (name) => {
  const entry = expected.queries[name];
  const [run] = entry?.runs ?? [];
  const params = Object.entries(run?.params ?? {}).flatMap(([key, value]) => [
    '--param',
    `${key}=${value}`,
  ]);
  const { code, stdout, stderr } = await runCli([
    ...['query', 'public/sample/state.sql', entry?.sql ?? ''],
    ...['--json', ...params],
  ]);
  expect(stderr).toContain('warning[wal-missing]');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual(run?.rows);
});

test('query: a database with its WAL, the rows of sqlite3 and more than the main file has', async () => {
  const sql =
    'SELECT layer, lower(hex(pubkey)) AS id, total_reward FROM rewards ORDER BY layer, id';
  const { code, stdout } = await runCli(['query', live, sql, '--format', 'csv']);
  expect(code).toBe(0);
  expect(stdout.replaceAll('\r\n', '\n')).toBe(sqlite3(sql).replaceAll('\r\n', '\n'));
});

test('query: a table, aligned columns and control characters made visible', async () => {
  const sql = "SELECT 1 AS n, 'a' || char(27) || '[2J' AS text UNION ALL SELECT 22, NULL";
  const { stdout } = await runCli(['query', 'public/sample/state.sql', sql]);
  expect(stdout).toBe(['n   text', '--  ----------', '1   a\\u001b[2J', '22  NULL', ''].join('\n'));
});

test('query: --out, writes the file and leaves no partial one', async () => {
  const path = join(folder, 'rows.ndjson');
  const words = ['query', live, 'SELECT 1 AS n', '--format', 'ndjson', '--out', path];
  expect(await runCli(words)).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n');
  expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test('query: a statement that fails in the middle, no file under the name of --out', async () => {
  const path = join(folder, 'failed.csv');
  const sql = "SELECT json(CASE WHEN value = 3 THEN '{' ELSE '{}' END) FROM generate_series(1, 5)";
  const failing =
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5) SELECT abs(CASE i WHEN 3 THEN -9223372036854775807 - 1 ELSE i END) FROM n';
  for (const statement of [sql, failing]) {
    const run = await runCli(['query', live, statement, '--format', 'csv', '--out', path]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('error[sql-error]');
  }
  expect(existsSync(path)).toBe(false);
  expect(existsSync(`${path}.partial`)).toBe(false);
});

test.each([
  ['DELETE FROM rewards', 2, 'sql-not-read-only'],
  ['SELECT nothing FROM rewards', 2, 'sql-error'],
])('query: %s, exit code %i', async (sql, code, name) => {
  const run = await runCli(['query', live, sql]);
  expect(run).toMatchObject({ code, stdout: '' });
  expect(run.stderr).toContain(`error[${name}]`);
});

test.each([
  ['a parameter without a value', ['--param', 'layer'], 'option-param'],
  ['a parameter that the statement lacks', ['--param', 'layer=1'], 'sql-parameter-unknown'],
  ['an unknown option', ['--colour'], "unknown option '--colour'"],
  ['an unknown format', ['--format', 'xml'], "argument 'xml' is invalid"],
])('query: %s, exit code 2', async (_what, words, message) => {
  const run = await runCli(['query', live, 'SELECT 1', ...words]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain(message);
});

test('query: Parquet to a terminal, refused', async () => {
  const words = ['query', live, 'SELECT 1', '--format', 'parquet'];
  expect(await runCli(words, { isTerminal: true })).toMatchObject({ code: 2, stdout: '' });
});

test('query: files that are missing, folders and no databases, exit code 3', async () => {
  for (const [path, name] of [
    ['test/data/none.sql', 'file-not-found'],
    ['test/data', 'file-not-regular'],
    ['package.json', 'not-a-database'],
    ['test/data/node/live_A/state.sql-wal', 'wal-without-database'],
  ] as const) {
    const run = await runCli(['query', path, 'SELECT 1']);
    expect(run).toMatchObject({ code: 3, stdout: '' });
    expect(run.stderr).toContain(`error[${name}]`);
  }
});

test('query: a copy whose newest data is missing, refused before any row', async () => {
  const path = join(folder, 'torn.sql');
  for (const suffix of ['', '-shm'])
    writeFileSync(`${path}${suffix}`, readFileSync(`${live}${suffix}`));
  const run = await runCli(['query', path, 'SELECT 1']);
  expect(run).toMatchObject({ code: 3, stdout: '' });
  expect(run.stderr).toContain('error[wal-missing]');
});

test.each(['copy.sql', 'copy.sql-wal', 'link.sql'])(
  'query: --out %s, an input, refused and nothing is changed',
  async (name) => {
    const database = join(folder, 'copy.sql');
    for (const suffix of ['', '-wal']) copyFileSync(`${live}${suffix}`, `${database}${suffix}`);
    const out = join(folder, name);
    if (name === 'link.sql') symlinkSync(database, out);
    const before = readFileSync(out);
    const { code, stderr } = await runCli(['query', database, 'SELECT 1', '--out', out]);
    expect(code).toBe(2);
    expect(stderr).toContain('error[option-out]');
    expect(readFileSync(out).equals(before)).toBe(true);
  },
);

test('query: a file that changes after the first rows, exit code 3 and fewer rows than before', async () => {
  const database = join(folder, 'changing.sql');
  // More than the output takes in one chunk, so that pages are read after it.
  execFileSync('sqlite3', [database], {
    input: `CREATE TABLE a (t TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 6000)
      INSERT INTO a SELECT hex(zeroblob(500)) FROM n;`,
  });
  const sql = 'SELECT t FROM a';
  const complete = await runCli(['query', database, sql, '--format', 'ndjson']);
  expect(complete.code).toBe(0);
  let chunks = 0;
  const changed = await runCli(['query', database, sql, '--format', 'ndjson'], {
    onWrite: () => {
      if (++chunks === 1) appendFileSync(database, 'x');
    },
  });
  expect(chunks).toBeGreaterThan(0);
  expect(changed.code).toBe(3);
  expect(changed.stderr).toContain('error[file-changed]');
  expect(changed.stdout.length).toBeLessThan(complete.stdout.length);
});
