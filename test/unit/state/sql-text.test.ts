import { describe, expect, test } from 'vitest';
import {
  bindParameters,
  guardReadOnly,
  parametersOf,
  splitStatements,
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

  test('says where each statement stands', () => {
    const script = 'select 1;\nselect 2;';
    expect(splitStatements(script).map(({ start, end }) => script.slice(start, end))).toEqual([
      'select 1',
      'select 2',
    ]);
  });

  test('nothing but comments is no statement', () => {
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
  ])('refuses: %s', (sql, code) => {
    expect(codeOf(() => guardReadOnly(sql))).toBe(code);
  });
});

describe('parameters', () => {
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

  test('positions keep their numbers when some of them are integers', () => {
    const { sql, params } = bindParameters('select ?, ?, ?1', ['a', 7]);
    expect(sql).toBe('select ?1, (7), ?1');
    expect(params).toEqual({ '?1': 'a' });
  });
});
