/** Files that claim sizes they do not have: every number read from a file is bounded by the file before it bounds work. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../../src/state/engine/engine';
import { memorySource } from '../../../src/state/engine/source';
import type { Sql } from '../../../src/state/engine/sqljs';
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
  });
});

test('a header that claims more free pages than the file has: bounded by the file', () => {
  const main = sample.slice();
  new DataView(main.buffer).setUint32(36, 0xffffffff);
  expect(open(main).pages.freePages).toBe(samplePages);
});
