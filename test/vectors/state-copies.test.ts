/** Copies of a running and of a stopped node: what the sqlite3 program reads from a private copy. */
import { beforeAll, describe, expect, test } from 'vitest';
import { allRows, loadNodeSql, openOnDisk } from '../support/node-engine';
import { sqlite3, withPrivateCopy } from '../support/native-sqlite';
import type { Sql } from '../../src/state/engine/sqljs';
import type { Engine } from '../../src/state/engine/engine';

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

const tableNames = (engine: Engine): string[] =>
  engine.info.tables.filter(({ kind }) => kind === 'table').map(({ name }) => name);

/** Every row of a table as SQLite quotes it: types and all bytes. */
const everyRow = (engine: Engine, table: string): string => {
  const columns = engine.info.tables.find(({ name }) => name === table)?.columns ?? [];
  const quoted = columns.map(({ name }) => `quote("${name}")`).join(` || '|' || `);
  return `SELECT ${quoted} AS line FROM "${table}" ORDER BY 1`;
};

describe.each([
  ['live_A/state.sql', { rewards: 479, atxs: 54 }],
  ['live_A/local.sql', {}],
  ['shutdown_A/state.sql', { rewards: 604, atxs: 72 }],
  ['shutdown_A/local.sql', {}],
])('%s with its -wal', (file, counts) => {
  const path = `test/data/node/${file}`;

  test('every row of every table is what sqlite3 reads', () => {
    const engine = openOnDisk(SQL, path);
    const tables = tableNames(engine);
    expect(tables.length).toBeGreaterThan(5);
    const script = tables.map((table) => `${everyRow(engine, table)};`).join('\n');
    const native = withPrivateCopy(path, (copy) => sqlite3(copy, script, '-noheader'));
    const ours = tables
      .flatMap((table) => allRows(engine, everyRow(engine, table)))
      .map(([line]) => `${String(line)}\n`)
      .join('');
    expect(ours).toBe(native);
    for (const [table, count] of Object.entries(counts))
      expect(allRows(engine, `SELECT count(*) FROM ${table}`)).toEqual([[count]]);
  });

  test('nothing about the copy is worth a warning', () => {
    const engine = openOnDisk(SQL, path);
    expect(engine.info.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(engine.info.walCommittedFrames).toBeGreaterThan(0);
  });
});

test('the live copy has 945 frames of 1011: the rest is left over from before', () => {
  const { info } = openOnDisk(SQL, 'test/data/node/live_A/state.sql');
  expect([info.walFrames, info.walCommittedFrames]).toEqual([945, 945]);
  expect(info.walBytes).toBe(32 + 1011 * 4120);
});

test.each([
  ['live_A', 424, 50],
  ['shutdown_A', 556, 64],
])('%s without its -wal is older, and reports it', (copy, rewards, atxs) => {
  const engine = openOnDisk(SQL, `test/data/node/${copy}/state.sql`, { wal: false, shm: false });
  expect(
    allRows(engine, 'SELECT (SELECT count(*) FROM rewards), (SELECT count(*) FROM atxs)'),
  ).toEqual([[rewards, atxs]]);
  expect(engine.info.findings).toMatchObject([{ code: 'wal-missing', severity: 'warning' }]);
  expect(engine.info.warnings[0]).toContain('state.sql-wal');
});

test('with the -shm it is certain that the -wal is missing', () => {
  const engine = openOnDisk(SQL, 'test/data/node/live_A/state.sql', { wal: false });
  expect(engine.info.findings).toMatchObject([{ code: 'wal-missing', severity: 'error' }]);
});

test('local.sql without its -wal has no table, and states why', () => {
  const engine = openOnDisk(SQL, 'test/data/node/live_A/local.sql', { wal: false, shm: false });
  expect(engine.info.tables).toEqual([]);
  expect(engine.info.findings.map(({ code }) => code)).toEqual(['wal-missing', 'schema-empty']);
});
