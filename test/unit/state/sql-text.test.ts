import { describe, expect, test } from 'vitest';
import {
  bindParameters,
  guardReadOnly,
  parametersOf,
  splitStatements,
  tokens,
} from '../../../src/state/sql-text';

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('splitStatements', () => {
  test('knows strings, names, comments and their semicolons', () => {
    const script = `select ';' ; -- a; b
      select "a;b", [c;d], \`e;f\` /* ; */ from t;;
      select 'it''s; fine'`;
    expect(splitStatements(script).map(({ sql }) => sql)).toEqual([
      "select ';'",
      'select "a;b", [c;d], `e;f` /* ; */ from t',
      "select 'it''s; fine'",
    ]);
  });

  test('states where each statement is', () => {
    const script = 'select 1;\nselect 2;';
    expect(splitStatements(script).map(({ start, end }) => script.slice(start, end))).toEqual([
      'select 1',
      'select 2',
    ]);
  });

  test('nothing but comments is not a statement', () => {
    expect(splitStatements(' -- only a comment\n /* and another */ ; ')).toEqual([]);
  });
});

describe('guardReadOnly', () => {
  test.each([
    'SELECT 1',
    'select * from t;',
    '/* c */ select 1 -- tail',
    'VALUES (1), (2)',
    'WITH a AS (SELECT 1) SELECT * FROM a',
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT n FROM c LIMIT 3',
    'WITH a AS NOT MATERIALIZED (SELECT 1), b(x) AS MATERIALIZED (VALUES (2)) SELECT * FROM a, b',
    "WITH a AS (SELECT replace('x', 'y', 'z')) SELECT * FROM a",
    'EXPLAIN SELECT 1',
    'EXPLAIN QUERY PLAN SELECT 1',
    'PRAGMA user_version',
    'PRAGMA main.table_info(atxs)',
    'PRAGMA table_xinfo = "atxs"',
    'pragma integrity_check(10)',
    "select * from pragma_table_info('atxs')",
    'SELECT 1;; ;',
    'values (1)',
    'explain query plan with a as (select 1) select * from a',
    // Words of the grammar may be names as well.
    'WITH recursive AS (SELECT 1) SELECT * FROM recursive',
    'WITH recursive(x) AS (SELECT 1) SELECT * FROM recursive',
    'WITH recursive recursive(x) AS (SELECT 1) SELECT * FROM recursive',
    'WITH a AS MATERIALIZED (SELECT (1)), b AS NOT MATERIALIZED (SELECT ((2))) VALUES (1)',
    "WITH a(x, y) AS (SELECT ')', '('), b AS (SELECT 1) SELECT * FROM a",
    'WITH recursive AS (SELECT 1), b AS (SELECT 2) SELECT * FROM b',
    'WITH recursive(x) AS (SELECT 1), b AS (SELECT 2) SELECT * FROM b',
    'PRAGMA "main"."table_info"(atxs)',
    'PRAGMA `user_version`',
    'PRAGMA [user_version]',
    "PRAGMA 'user_version'",
    'PRAGMA Page_Count;',
  ])('lets pass: %s', (sql) => {
    expect(codeOf(() => guardReadOnly(sql))).toBe('passed');
  });

  test.each([
    ['INSERT INTO t VALUES (1)', 'sql-not-read-only'],
    ['UPDATE t SET a = 1', 'sql-not-read-only'],
    ['DELETE FROM t', 'sql-not-read-only'],
    ['REPLACE INTO t VALUES (1)', 'sql-not-read-only'],
    ['CREATE TEMP TABLE t (a)', 'sql-not-read-only'],
    ['DROP TABLE t', 'sql-not-read-only'],
    ['ALTER TABLE t RENAME TO u', 'sql-not-read-only'],
    ["ATTACH 'x' AS y", 'sql-not-read-only'],
    ['DETACH y', 'sql-not-read-only'],
    ['VACUUM', 'sql-not-read-only'],
    ["VACUUM INTO 'copy'", 'sql-not-read-only'],
    ['REINDEX', 'sql-not-read-only'],
    ['ANALYZE', 'sql-not-read-only'],
    ['BEGIN', 'sql-not-read-only'],
    ['COMMIT', 'sql-not-read-only'],
    ['SAVEPOINT a', 'sql-not-read-only'],
    ['WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a', 'sql-not-read-only'],
    ['WITH a AS (SELECT 1), b AS (SELECT 2) DELETE FROM t', 'sql-not-read-only'],
    ['WITH "as" (x) AS (SELECT 1) UPDATE t SET a = 1', 'sql-not-read-only'],
    ['EXPLAIN INSERT INTO t VALUES (1)', 'sql-not-read-only'],
    ['EXPLAIN PRAGMA user_version', 'sql-not-read-only'],
    ['PRAGMA user_version = 3', 'sql-pragma-refused'],
    ['PRAGMA user_version(3)', 'sql-pragma-refused'],
    ['PRAGMA main.user_version = 3', 'sql-pragma-refused'],
    ['PRAGMA journal_mode = delete', 'sql-pragma-refused'],
    ['PRAGMA writable_schema = 1', 'sql-pragma-refused'],
    ['PRAGMA writable_schema', 'sql-pragma-refused'],
    ['PRAGMA query_only = 0', 'sql-pragma-refused'],
    ['PRAGMA "query_only" = 0', 'sql-pragma-refused'],
    ['PRAGMA wal_checkpoint', 'sql-pragma-refused'],
    ['PRAGMA optimize', 'sql-pragma-refused'],
    ['PRAGMA incremental_vacuum', 'sql-pragma-refused'],
    ['SELECT 1; DROP TABLE t', 'sql-several-statements'],
    ['', 'sql-empty'],
    [' -- nothing', 'sql-empty'],
    ["'select'", 'sql-not-read-only'],
    ['"select" 1', 'sql-not-read-only'],
    [';', 'sql-empty'],
    ['; ;', 'sql-empty'],
    ['; SELECT 1', 'sql-several-statements'],
    ['SELECT 1; ; SELECT 2', 'sql-several-statements'],
    ['EXPLAIN', 'sql-not-read-only'],
    ['EXPLAIN QUERY SELECT 1', 'sql-not-read-only'],
    ['EXPLAIN a PLAN SELECT 1', 'sql-not-read-only'],
    ['EXPLAIN QUERY a SELECT 1', 'sql-not-read-only'],
    ['EXPLAIN QUERY PLAN DELETE FROM t', 'sql-not-read-only'],
    ['EXPLAIN "QUERY" PLAN SELECT 1', 'sql-not-read-only'],
    ['WITH', 'sql-not-read-only'],
    ['WITH a', 'sql-not-read-only'],
    ['WITH a AS (SELECT 1', 'sql-not-read-only'],
    ['WITH a AS (SELECT 1) ) SELECT 1', 'sql-not-read-only'],
    ['WITH a AS (SELECT (1)) DELETE FROM t', 'sql-not-read-only'],
    ['WITH a(x) AS (SELECT 1) DELETE FROM select', 'sql-not-read-only'],
    ['WITH a AS NOT MATERIALIZED (SELECT 1) DELETE FROM t', 'sql-not-read-only'],
    ['WITH a AS MATERIALIZED (SELECT 1), b AS (SELECT 2) UPDATE t SET a = 1', 'sql-not-read-only'],
    ['WITH RECURSIVE a(x) AS (SELECT 1) DELETE FROM t', 'sql-not-read-only'],
    ['WITH recursive AS (SELECT 1) DELETE FROM t', 'sql-not-read-only'],
    ['WITH recursive(x) AS (SELECT 1) DELETE FROM t', 'sql-not-read-only'],
    ['WITH "a""b"(x) AS (SELECT 1) DELETE FROM t', 'sql-not-read-only'],
    ['PRAGMA', 'sql-pragma-refused'],
    ['PRAGMA main.', 'sql-pragma-refused'],
    ['PRAGMA "user""version"', 'sql-pragma-refused'],
    ['PRAGMA "user_version', 'sql-pragma-refused'],
    ['PRAGMA "user_versionx', 'sql-pragma-refused'],
    ["PRAGMA page_size = '4096'", 'sql-pragma-refused'],
    ['PRAGMA main.wal_checkpoint(TRUNCATE)', 'sql-pragma-refused'],
  ])('refuses: %s', (sql, code) => {
    expect(codeOf(() => guardReadOnly(sql))).toBe(code);
  });
});

test('a refusal quotes the statement, but not for ever', () => {
  const statement = `DROP TABLE ${'t'.repeat(500)}`;
  expect(() => guardReadOnly(statement)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('DROP is not a query') as string,
      details: { statement: statement.slice(0, 200) },
    }),
  );
  expect(() => guardReadOnly('PRAGMA wal_checkpoint')).toThrow(/wal_checkpoint.*user_version/);
  expect(() => guardReadOnly('PRAGMA "a""b"')).toThrow(/^PRAGMA a"b is not/);
  expect(() => guardReadOnly('(1)')).toThrow(/this is not a query/);
});

describe('tokens', () => {
  /** Kind and text of each. */
  const read = (sql: string) =>
    [...tokens(sql)].map(({ kind, start, end }) => `${kind} ${sql.slice(start, end)}`);

  test('of every kind', () => {
    expect(
      read(
        `SELECT x'0f', 'a''b', "q""r", [s t], \`u\`\`v\`, 0x1F, 1.5e-3, .5, 2., ?, ?12, :a, @b, $c::d(e)`,
      ),
    ).toEqual([
      'word SELECT',
      "string x'0f'",
      'operator ,',
      "string 'a''b'",
      'operator ,',
      'quoted "q""r"',
      'operator ,',
      'quoted [s t]',
      'operator ,',
      'quoted `u``v`',
      'operator ,',
      'number 0x1F',
      'operator ,',
      'number 1.5e-3',
      'operator ,',
      'number .5',
      'operator ,',
      'number 2.',
      'operator ,',
      'parameter ?',
      'operator ,',
      'parameter ?12',
      'operator ,',
      'parameter :a',
      'operator ,',
      'parameter @b',
      'operator ,',
      'parameter $c::d(e)',
    ]);
  });

  test('space and comments are none; what does not end runs to the end', () => {
    expect(read('a -- b\n c /* d */ e /* f')).toEqual(['word a', 'word c', 'word e']);
    for (const open of ["'a b", '"a b', '`a b', '[a b'])
      expect(read(`1 ${open}`)).toEqual(['number 1', `illegal ${open}`]);
    expect(read('')).toEqual([]);
  });
});

test('tokens: more than a million characters, sql-too-long, as SQLite refuses it', () => {
  expect(parametersOf(' '.repeat(1_000_000))).toEqual([]);
  expect(codeOf(() => parametersOf(' '.repeat(1_000_001)))).toBe('sql-too-long');
});

describe('parameters', () => {
  test('parametersOf: a bracket that nothing closes before white space, not a parameter, as in SQLite', () => {
    expect(parametersOf('select $a(b, $c(d) , $e(f')).toEqual(['c(d)']);
    expect(parametersOf('$a('.repeat(1000))).toEqual([]);
  });

  test('are found in order, whatever their mark', () => {
    expect(parametersOf('select :a, @b, $c, ?, ?5, \':no\', "@no", :a -- :no')).toEqual([
      'a',
      'b',
      'c',
      '1',
      '5',
    ]);
  });

  test('integers are written into the statement, since sql.js would bind them as REAL or TEXT', () => {
    const { sql, params } = bindParameters('select :big, :small, :text, ?', {
      big: 2n ** 63n - 1n,
      small: -5,
      text: 'x',
      1: 4_000_000_000,
    });
    expect(sql).toBe('select (9223372036854775807), (-5), :text, (4000000000)');
    expect(params).toEqual({ ':text': 'x' });
  });

  test('unsigned values become what the node stores', () => {
    expect(bindParameters('select ?', [2n ** 64n - 1n]).sql).toBe('select (-1)');
    expect(codeOf(() => bindParameters('select ?', [2n ** 64n]))).toBe('sql-parameter-wrong');
  });

  test('a name that the query lacks is an error that lists those it has', () => {
    expect(codeOf(() => bindParameters('select :smesher', { coinbase: 1 }))).toBe(
      'sql-parameter-unknown',
    );
  });

  test('a question mark counts on from the highest position', () => {
    expect(parametersOf('select ?3, ?, ?1, ?, :a')).toEqual(['3', '4', '1', '5', 'a']);
    expect(parametersOf('select ?, ?')).toEqual(['1', '2']);
    expect(parametersOf(`select ?, ?, ';'; select ?, :a`)).toEqual(['1', '2', 'a']);
    expect(parametersOf('select ?, ?, ";" ?; select ?')).toEqual(['1', '2', '3']);
    const values = ['one', 'two', 'three', 'four', 'five'];
    expect(bindParameters('select ?3, ?, ?1, ?, ?2', values)).toEqual({
      sql: 'select ?3, ?4, ?1, ?5, ?2',
      params: { '?3': 'three', '?4': 'four', '?1': 'one', '?5': 'five', '?2': 'two' },
    });
  });

  test('names match with any mark, or none', () => {
    for (const name of ['a', ':a', '@a', '$a'])
      expect(bindParameters('select :a, @a, $a', { [name]: 'x' }).params).toEqual({
        ':a': 'x',
        '@a': 'x',
        $a: 'x',
      });
    expect(bindParameters('select ?2', { '?2': 'x' }).params).toEqual({ '?2': 'x' });
    expect(codeOf(() => bindParameters('select :a', { 'a:': 'x' }))).toBe('sql-parameter-unknown');
  });

  test('what is not given is NULL', () => {
    expect(bindParameters('select :a, ? -- :no', {})).toEqual({
      sql: 'select :a, ?1 -- :no',
      params: { ':a': null, '?1': null },
    });
  });

  test('other values are bound as they are', () => {
    const blob = Uint8Array.of(1, 2);
    const { sql, params } = bindParameters('select ?, ?, ?, ?, ?, ?', [
      1.5,
      -0,
      2 ** 53,
      blob,
      null,
      '5',
    ]);
    expect(sql).toBe('select ?1, ?2, ?3, ?4, ?5, ?6');
    expect(params).toEqual({
      '?1': 1.5,
      '?2': -0,
      '?3': 2 ** 53,
      '?4': blob,
      '?5': null,
      '?6': '5',
    });
  });

  test('the bounds of 64 bits', () => {
    const literal = (value: bigint | number) => bindParameters('?', [value]).sql;
    expect(literal(-(2n ** 63n))).toBe('(-9223372036854775808)');
    expect(literal(2n ** 63n)).toBe('(-9223372036854775808)');
    expect(literal(2 ** 53 - 1)).toBe('(9007199254740991)');
    expect(literal(0)).toBe('(0)');
    expect(() => literal(-(2n ** 63n) - 1n)).toThrow(
      expect.objectContaining({
        code: 'sql-parameter-wrong',
        details: { name: '?1', value: -(2n ** 63n) - 1n },
      }),
    );
  });

  test('the error names the parameters that there are', () => {
    expect(() => bindParameters('select :a, ?', { b: 1 })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('no parameter "b". It has: a, 1.') as string,
        details: { name: 'b', wanted: ['a', '1'] },
      }),
    );
    expect(() => bindParameters('select 1', ['x'])).toThrow(/has no parameters, but "1" was given/);
  });

  test('positions keep their numbers when some of them are integers', () => {
    const { sql, params } = bindParameters('select ?, ?, ?1', ['a', 7]);
    expect(sql).toBe('select ?1, (7), ?1');
    expect(params).toEqual({ '?1': 'a' });
  });
});
