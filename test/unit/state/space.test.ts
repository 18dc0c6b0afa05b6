/** What fills a database, against what the sqlite3 program counts (dbstat, GROUP BY) and what its VACUUM really frees. */
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/state/engine/engine';
import { SpaceScan } from '../../../src/state/engine/space';
import type { Sql } from '../../../src/state/engine/sqljs';
import { pruning } from '../../../src/state/queries/pruning';
import {
  activeSetsSql,
  atxEpochSql,
  datingsOf,
  summariseSpace,
  vacuumCommands,
} from '../../../src/state/space';
import type { SpaceReport } from '../../../src/state/types';
import { askUntouched, sqlite3 } from '../../support/native-sqlite';
import { allRows, asQueryable, loadNodeSql, openOnDisk } from '../../support/node-engine';

const folder = mkdtempSync(join(tmpdir(), 'space-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

const sample = 'public/sample/state.sql';
const layersPerEpoch = 10;

function make(name: string, script: string): string {
  const path = join(folder, name);
  sqlite3(path, script);
  return path;
}

/** As the worker does it. */
function report(engine: Engine, exact: boolean): SpaceReport {
  const scan = new SpaceScan(engine.pages, engine.trees(), {
    exact,
    datings: datingsOf(engine.info.tables, layersPerEpoch, (id) =>
      Number(engine.firstRow(atxEpochSql, [id])?.[0]),
    ),
  });
  let steps = 0;
  while (!scan.step(1)) steps++;
  expect(scan.progress.done).toBeLessThanOrEqual(scan.progress.total);
  expect(steps).toBeGreaterThanOrEqual(0);
  const hasSets = engine.info.tables.some(({ name }) => name === 'activesets');
  const sets = hasSets ? allRows(engine, activeSetsSql) : [];
  return summariseSpace(
    scan.result,
    sets.map(([epoch, rows, bytes]) => ({
      epoch: Number(epoch),
      rows: Number(rows),
      bytes: Number(bytes),
    })),
  );
}

/** Bytes by b-tree, as dbstat counts them. */
const nativeSizes = (path: string): Map<string, number> =>
  new Map(
    sqlite3(path, 'SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name;')
      .trim()
      .split('\n')
      .map((line) => line.split('|'))
      .map(([name = '', bytes]) => [name, Number(bytes)]),
  );

describe('by table', () => {
  const path = make(
    'sizes.db',
    `CREATE TABLE big (id INTEGER PRIMARY KEY, b BLOB);
     CREATE TABLE norow (k BLOB PRIMARY KEY, v) WITHOUT ROWID;
     CREATE INDEX big_b ON big (b);
     WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
       INSERT INTO big SELECT n, randomblob(n % 7 * 900) FROM c;
     INSERT INTO norow SELECT randomblob(20 + id % 3 * 3000), id FROM big WHERE id < 1000;
     DELETE FROM big WHERE id % 3 = 0;`,
  );

  test('every byte and row is what dbstat counts', () => {
    const engine = openOnDisk(SQL, path);
    const { tables, freeBytes, exact } = report(engine, true);
    const native = nativeSizes(path);
    expect(exact).toBe(true);
    expect(tables.find(({ name }) => name === 'big')).toMatchObject({
      rows: 2000,
      tableBytes: native.get('big'),
      indexBytes: native.get('big_b'),
    });
    expect(tables.find(({ name }) => name === 'norow')).toMatchObject({
      rows: 999,
      tableBytes: native.get('norow'),
    });
    expect(freeBytes).toBe(Number(sqlite3(path, 'PRAGMA freelist_count;')) * 4096);
    const sum = tables.reduce((total, one) => total + one.tableBytes + one.indexBytes, freeBytes);
    expect(sum).toBe(statSync(path).size);
  });

  test('unused bytes of leaves are what dbstat counts', () => {
    const { tables } = report(openOnDisk(SQL, path), true);
    const [line = ''] = sqlite3(
      path,
      "SELECT sum(unused) FROM dbstat WHERE name IN ('big', 'big_b') AND pagetype = 'leaf';",
    ).split('\n');
    expect(tables.find(({ name }) => name === 'big')?.unusedBytes).toBe(Number(line));
  });

  test('a sample comes close', () => {
    const engine = openOnDisk(SQL, sample);
    const exact = report(engine, true);
    for (const { name, rows, tableBytes } of report(engine, false).tables) {
      const whole = exact.tables.find((table) => table.name === name);
      expect(Math.abs(rows - (whole?.rows ?? 0))).toBeLessThanOrEqual((whole?.rows ?? 0) * 0.1);
      expect(Math.abs(tableBytes - (whole?.tableBytes ?? 0))).toBeLessThan(0.1 * 2 ** 20);
    }
  });
});

describe.each([[true], [false]])('by epoch (exact: %s)', (exact) => {
  test('rows of each table and epoch are what GROUP BY counts', () => {
    const { epochs, tables } = report(openOnDisk(SQL, sample), exact);
    const rowsOf = (table: string): [number, number][] =>
      epochs
        .filter((row) => row.table === table)
        .map(({ epoch, rows }): [number, number] => [epoch ?? NaN, rows])
        .toReversed();
    for (const [table, epoch] of [
      ['atxs', 'epoch'],
      ['posts', 'publish_epoch'],
      ['rewards', `layer / ${layersPerEpoch}`],
      ['ballots', `layer / ${layersPerEpoch}`],
      ['layers', `id / ${layersPerEpoch}`],
      ['beacons', 'epoch'],
      ['activesets', 'epoch'],
    ] as const) {
      const native = askUntouched(sample, `SELECT ${epoch}, count(*) FROM ${table} GROUP BY 1;`);
      const expected = native
        .trim()
        .split('\n')
        .map((line) => line.split('|').map(Number));
      expect(rowsOf(table), table).toEqual(expected);
    }
    for (const { name, tableBytes, indexBytes } of tables) {
      const bytes = epochs
        .filter(({ table }) => table === name)
        .reduce((sum, one) => sum + one.bytes, 0);
      expect(Math.abs(bytes - tableBytes - indexBytes), name).toBeLessThan(20);
    }
  });

  test('ATX blobs are distinguished by their ATXs', () => {
    const { epochs } = report(openOnDisk(SQL, sample), exact);
    const blobs = epochs.filter(({ table }) => table === 'atx_blobs');
    expect(blobs.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(65);
    const known = askUntouched(sample, 'SELECT DISTINCT epoch FROM atxs;').split('\n');
    for (const { epoch } of blobs) expect(known).toContain(String(epoch));
  });
});

test('what VACUUM would free is about what it frees', () => {
  const path = join(folder, 'state.sql');
  cpSync(sample, path);
  // As a node's life leaves it: rows come and go, ids are in no order.
  sqlite3(
    path,
    `CREATE TABLE grown (id BLOB PRIMARY KEY, layer INT, v BLOB);
     WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
       INSERT INTO grown SELECT randomblob(32), n, randomblob(200) FROM c;
     DELETE FROM grown WHERE layer % 4 = 0;
     DELETE FROM grown WHERE layer < 4000;`,
  );
  const before = statSync(path).size;
  const { freeBytes, slackBytes } = report(openOnDisk(SQL, path), true);
  sqlite3(path, 'PRAGMA journal_mode=DELETE; VACUUM;');
  const freed = before - statSync(path).size;
  expect(freeBytes).toBeLessThanOrEqual(freed);
  expect(Math.abs(freeBytes + slackBytes - freed) / freed).toBeLessThan(0.15);
});

test('the commands to vacuum do what they say', () => {
  const commands = vacuumCommands('state.sql').split('\n');
  const into = commands.find((line) => line.includes('VACUUM INTO')) ?? '';
  const statement = /"(.*)"/.exec(into)?.[1] ?? '';
  const path = join(folder, 'whole.sql');
  cpSync(sample, path);
  sqlite3(path, statement.replace('state.sql', path));
  expect(sqlite3(`${path}.vacuumed`, 'PRAGMA user_version; SELECT count(*) FROM rewards;')).toBe(
    '25\n604\n',
  );
});

test('counts what the node would prune', async () => {
  const engine = openOnDisk(SQL, sample);
  const space = report(engine, true);
  const { layer, prunable } = await pruning(
    asQueryable(engine),
    { layersPerEpoch, hdist: 10, activeSetsFrom: 12 },
    space,
  );
  const native = (sql: string): number[] => askUntouched(sample, sql).trim().split('|').map(Number);
  expect(layer).toBe(native('SELECT max(id) FROM layers WHERE processed = 1;')[0]);
  const oldest = Number(layer) - 10;
  const [certificates, certificateBytes] = native(
    `SELECT count(*), total(length(cert)) FROM certificates WHERE layer < ${oldest} AND cert NOT NULL;`,
  );
  const [proposals] = native(`SELECT count(*) FROM proposal_transactions WHERE layer < ${oldest};`);
  const epoch = Math.floor(Number(layer) / layersPerEpoch);
  const [sets] = native(`SELECT count(*) FROM activesets WHERE epoch < ${epoch - 1};`);
  expect(prunable.map(({ table, rows }) => [table, rows])).toEqual([
    ['certificates', certificates],
    ['proposal_transactions', proposals],
    ['activesets', sets],
  ]);
  expect(prunable[0]?.bytes).toBe(certificateBytes);
});

test('an old database has nothing to prune that it has not', async () => {
  const path = make('old.db', 'CREATE TABLE rewards (layer INT); CREATE TABLE atxs (epoch INT);');
  const engine = openOnDisk(SQL, path);
  const rules = { layersPerEpoch, hdist: 10, activeSetsFrom: 12 };
  expect(await pruning(asQueryable(engine), rules, report(engine, false))).toEqual({
    layer: null,
    prunable: [],
  });
});
