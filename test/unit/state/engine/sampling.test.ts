/** Estimates of disk usage: the stated range holds the true figure in 99 of 100 samples, on databases of many shapes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../../src/state/engine/engine';
import { SpaceScan } from '../../../../src/state/engine/space';
import { student99, Tally } from '../../../../src/state/engine/tally';
import { datingsOf, summariseSpace } from '../../../../src/state/space';
import type { FigureRange, SpaceReport } from '../../../../src/state/types';
import { sqlite3 } from '../../../support/native-sqlite';
import { loadNodeSql, openOnDisk } from '../../../support/node-engine';

const folder = mkdtempSync(join(tmpdir(), 'sampling-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const count = (rows: number) =>
  `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${rows})`;

const plainTable = 'CREATE TABLE ballots (id BLOB, layer INT, ballot BLOB)';
/** Pages of 512 bytes: many leaves in a small file. Tables have the names of the node's, so that rows have epochs. */
const shapes: readonly (readonly [name: string, sql: string, table?: string])[] = [
  [
    'rows of one size',
    `${count(40000)} INSERT INTO ballots SELECT randomblob(20), n / 40, randomblob(30) FROM c;`,
  ],
  [
    'rows that grow with the layer',
    `${count(20000)} INSERT INTO ballots SELECT randomblob(20), n / 20, zeroblob(n / 100) FROM c;`,
  ],
  [
    'rows of two sizes',
    `${count(20000)} INSERT INTO ballots SELECT randomblob(20), n / 20, zeroblob(iif(abs(random()) % 2, 10, 400)) FROM c;`,
  ],
  [
    'few rows of many overflow pages',
    `${count(30000)} INSERT INTO ballots SELECT randomblob(20), n / 30, zeroblob(iif(abs(random()) % 50, 40, 6000)) FROM c;`,
  ],
  [
    'half of the rows deleted, in stretches',
    `${count(40000)} INSERT INTO ballots SELECT randomblob(20), n / 40, randomblob(30) FROM c;
     DELETE FROM ballots WHERE rowid / 1000 % 2 AND rowid % 10;`,
  ],
  [
    'dense and sparse stretches',
    `${count(20000)} INSERT INTO ballots SELECT randomblob(20), n / 20, zeroblob(iif(n / 500 % 3, 5, 300)) FROM c;`,
  ],
  [
    'more inner pages than are read, in the order of random keys',
    `${count(20000)} INSERT INTO ballots SELECT randomblob(90), n / 20, zeroblob(iif(n % 7, 10, 200)) FROM c;`,
    'CREATE TABLE ballots (id BLOB, layer INT, ballot BLOB, PRIMARY KEY (id, layer)) WITHOUT ROWID',
  ],
];
const seeds = 30;

const engines = new Map<string, Engine>();
beforeAll(async () => {
  const SQL = await loadNodeSql();
  for (const [i, [name, sql, table = plainTable]] of shapes.entries()) {
    const path = join(folder, `${i}.db`);
    sqlite3(
      path,
      `PRAGMA page_size=512; ${table};
       CREATE TABLE layers (id INT); ${sql} CREATE INDEX by_layer ON ballots (layer, id);`,
    );
    engines.set(name, openOnDisk(SQL, path));
  }
});

function report(engine: Engine, exact: boolean, seed: number): SpaceReport {
  const datings = datingsOf(engine.info.tables, 100, () => undefined);
  const scan = new SpaceScan(engine.pages, engine.trees(), { exact, datings, seed });
  while (!scan.step(1000));
  return summariseSpace(scan.result);
}
const ballots = ({ tables }: SpaceReport) => {
  const table = tables.find(({ name }) => name === 'ballots');
  if (!table) throw new Error('no ballots');
  return table;
};
const holds = ({ low, high }: FigureRange, truth: number): boolean => low <= truth && truth <= high;

describe('the range of an estimate', () => {
  test.each(shapes.map(([name]) => [name]))(
    '%s: holds the true figures in 99 of 100 samples',
    (name) => {
      const engine = engines.get(name);
      if (!engine) throw new Error(name);
      const truth = report(engine, true, 0);
      expect(truth.exact).toBe(true);
      expect(ballots(truth).ranges.rows).toEqual({
        low: ballots(truth).rows,
        high: ballots(truth).rows,
      });
      let [figures, held, widest] = [0, 0, 0];
      for (let seed = 1; seed <= seeds; seed++) {
        const sample = report(engine, false, seed);
        expect(sample.exact).toBe(false);
        const table = ballots(sample);
        for (const key of ['rows', 'tableBytes', 'indexBytes', 'unusedBytes'] as const) {
          figures++;
          if (holds(table.ranges[key], ballots(truth)[key])) held++;
        }
        widest = Math.max(widest, table.ranges.rows.high / table.rows - 1);
        for (const { epoch, table: of, rows, ranges } of truth.epochs) {
          if (of !== 'ballots') continue;
          const own = sample.epochs.find((row) => row.table === of && row.epoch === epoch);
          figures++;
          if (own && holds(own.ranges.rows, rows)) held++;
          expect(ranges.rows).toEqual({ low: rows, high: rows });
        }
      }
      expect(held / figures).toBeGreaterThanOrEqual(0.99);
      expect(widest).toBeLessThan(0.35);
    },
  );
});

test('Tally: counted parts have no margin, sampled ones that of the strata', () => {
  const exact = new Tally();
  exact.add(5);
  exact.add(7);
  expect(exact.counted).toEqual({ value: 12, margin: 0 });
  const sampled = new Tally();
  for (let i = 0; i < 100; i++) sampled.addStratum(10, 4, 6, true);
  expect(sampled.counted.value).toBe(5000);
  // The standard error is sqrt(100 × 0.8 × (10 × 2)² / 4) = 89.4; t of 100 degrees 2.626; two strata are 100.
  expect(sampled.counted.margin).toBeCloseTo(89.44 * 2.626 + 100, -1);
});

test('student99: the quantiles of the tables', () => {
  for (const [freedom, quantile] of [
    [1, 63.66],
    [2, 9.92],
    [5, 4.03],
    [10, 3.17],
    [30, 2.75],
    [120, 2.62],
    [1e6, 2.576],
  ] as const)
    expect(Math.abs(student99(freedom) / quantile - 1), String(freedom)).toBeLessThan(0.01);
});
