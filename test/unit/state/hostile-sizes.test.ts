/** Files that claim sizes they do not have: every number read from a file is bounded by the file before it bounds work. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../../src/state/engine/engine';
import { memorySource } from '../../../src/state/engine/source';
import { SpaceScan } from '../../../src/state/engine/space';
import type { Sql } from '../../../src/state/engine/sqljs';
import { datingsOf, summariseSpace } from '../../../src/state/space';
import type { SpaceReport } from '../../../src/state/types';
import { loadNodeSql } from '../../support/node-engine';
import { logOf, type Frame } from '../../support/wal-shapes';

const pageSize = 4096;
let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});
const sample = new Uint8Array(readFileSync('public/sample/state.sql'));
const samplePages = sample.length / pageSize;

const file = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({
  name,
  source: memorySource(bytes),
  modifiedMs: 0,
});
const open = (main: Uint8Array<ArrayBuffer>, wal?: Uint8Array<ArrayBuffer>): Engine =>
  new Engine(
    SQL,
    { main: file('state.sql', main), wal: wal && file('state.sql-wal', wal) },
    { cacheBytes: 4 * 1024 * 1024, nowMs: 1e12 },
  );

/** What the page shows of the disk usage. */
function report(engine: Engine, exact: boolean): SpaceReport {
  const datings = datingsOf(engine.info.tables, 10, () => undefined);
  const scan = new SpaceScan(engine.pages, engine.trees(), { exact, datings });
  let steps = 0;
  while (!scan.step(0)) steps++;
  // Each step reads a page: an exact count reads the inner pages twice at most.
  expect(steps).toBeLessThan(3 * engine.pages.presentPages + 1000);
  return summariseSpace(scan.result);
}
function expectBounded({ tables, totals, freeBytes, sizeBytes }: SpaceReport): void {
  for (const { name, tableBytes, indexBytes, unusedBytes, ranges } of tables) {
    for (const bytes of [tableBytes, indexBytes, unusedBytes])
      expect(bytes, name).toBeLessThanOrEqual(sizeBytes);
    for (const key of ['tableBytes', 'indexBytes', 'unusedBytes'] as const)
      expect(ranges[key].high, name).toBeLessThanOrEqual(sizeBytes);
  }
  expect(totals.tableBytes.range.high).toBeLessThanOrEqual(sizeBytes);
  expect(freeBytes).toBeLessThanOrEqual(sizeBytes);
}

describe('a log that claims 4,294,967,294 pages', () => {
  const firstPage = sample.slice(0, pageSize);
  const claims: [string, Frame[], number][] = [
    ['in its commit', [{ page: 1, bytes: firstPage, pageCount: 0xfffffffe }], samplePages],
    [
      'in its commit and a frame',
      [
        { page: 0xfffffffe, bytes: firstPage, pageCount: 0 },
        { page: 1, bytes: firstPage, pageCount: 0xfffffffe },
      ],
      samplePages + 1,
    ],
  ];
  test.each(claims)('%s: opens with a finding and the size of the files', (_, frames, pages) => {
    const engine = open(sample, logOf(pageSize, frames));
    expect(engine.info).toMatchObject({ pageCount: pages, sizeBytes: pages * pageSize });
    expect(engine.info.findings).toEqual([
      expect.objectContaining({
        code: 'copy-torn',
        severity: 'error',
        message: expect.stringContaining(
          `of 4294967294 pages ${0xfffffffe - pages} are in neither file`,
        ) as unknown,
      }),
    ]);
    expect(engine.firstRow('SELECT count(*) FROM rewards', [])).toEqual([604]);
    for (const exact of [false, true]) {
      const space = report(engine, exact);
      expectBounded(space);
      expect(space.tables.find(({ name }) => name === 'rewards')?.rows).toBe(604);
    }
  });
});

test('a header that claims more free pages than the file has: bounded by the file', () => {
  const main = sample.slice();
  new DataView(main.buffer).setUint32(36, 0xffffffff);
  expect(open(main).pages.freePages).toBe(samplePages);
});

/** The root page of a table and the first page of it that is of this type. */
function pageOf(table: string, type: number): number {
  const engine = open(sample);
  const root = engine.trees().find(({ name }) => name === table)?.rootPage ?? 0;
  if (sample[(root - 1) * pageSize] === type) return root;
  return new DataView(sample.buffer).getUint32((root - 1) * pageSize + 8);
}

describe('a page that states what the file cannot hold', () => {
  const [leafTable, innerTable] = [13, 5];
  const hostile: [string, (bytes: Uint8Array) => void][] = [
    [
      'a row of 2^62 bytes',
      (bytes) => {
        const at = (pageOf('ballots', leafTable) - 1) * pageSize;
        const cell = at + new DataView(bytes.buffer).getUint16(at + 8);
        bytes.fill(0xff, cell, cell + 9);
      },
    ],
    [
      'an inner page whose children are itself',
      (bytes) => {
        const root = pageOf('ballots', innerTable);
        const [at, view] = [(root - 1) * pageSize, new DataView(bytes.buffer)];
        const cells = view.getUint16(at + 3);
        for (let i = 0; i < cells; i++) view.setUint32(at + view.getUint16(at + 12 + 2 * i), root);
        view.setUint32(at + 8, root);
      },
    ],
    [
      'children beyond the end of the file',
      (bytes) => {
        const root = pageOf('ballots', innerTable);
        new DataView(bytes.buffer).setUint32((root - 1) * pageSize + 8, 0xfffffff0);
      },
    ],
  ];
  test.each(hostile)('%s: counted as damage, the figures bounded by the file', (_, change) => {
    const main = sample.slice();
    change(main);
    for (const exact of [false, true]) {
      const space = report(open(main), exact);
      expect(space.damagedPages).toBeGreaterThan(0);
      expectBounded(space);
    }
  });
});
