/** Rows that are too large to be handed out: an error that names the column, never `''` or wrong bytes. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../../src/state/engine/engine';
import { maxRowBytes } from '../../../../src/state/engine/row-limit';
import { allRows, loadNodeSql, openOnDisk } from '../../../support/node-engine';

let engine: Engine;
beforeAll(async () => {
  engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
});
const first = (sql: string): unknown => engine.firstRow(sql, []);

describe('rowLimit', () => {
  test.each([
    [
      'a text beyond the longest string',
      "SELECT 1 AS n, printf('%.*c', 600000000, 'x') AS big",
      'big',
    ],
    ['a blob of zeros that was not made yet', 'SELECT zeroblob(1000000000) AS zeros', 'zeros'],
    [
      'several values that are too large together',
      'SELECT zeroblob(100000000) AS a, zeroblob(100000000) AS b, zeroblob(100000000) AS c',
      'c',
    ],
  ])('%s: refused by the name of its column', (_, sql, column) => {
    expect(() => first(sql)).toThrow(
      expect.objectContaining({
        code: 'row-too-large',
        details: expect.objectContaining({ column }) as unknown,
      }),
    );
  });

  test('a value of exactly the limit: read completely', () => {
    const [zeros] = first(`SELECT zeroblob(${maxRowBytes})`) as [Uint8Array];
    expect(zeros.length).toBe(maxRowBytes);
  });

  test('a large value that stays inside SQLite: its length is exact', () => {
    expect(
      first("SELECT length(printf('%.*c', 600000000, 'x')), length(zeroblob(1000000000))"),
    ).toEqual([600000000, 1000000000]);
  });

  test('memory that runs out inside SQLite: an error that names it', () => {
    expect(() => first('SELECT length(zeroblob(999999999) || zeroblob(999999999))')).toThrow(
      expect.objectContaining({ code: 'query-too-large' }),
    );
  });

  test('after a refused row: the next query is right', () => {
    expect(() => first('SELECT zeroblob(1000000000)')).toThrow();
    expect(first('SELECT count(*) FROM rewards')).toEqual([604]);
  });

  test('many large cells: a batch holds 32 MiB and one row at most', () => {
    const cursor = engine.cursor(
      'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20) SELECT n, zeroblob(10000000) FROM c',
    );
    const batches: number[] = [];
    while (!cursor.done) batches.push(cursor.next(10_000).length);
    expect(batches.reduce((sum, rows) => sum + rows, 0)).toBe(20);
    expect(Math.max(...batches)).toBe(4);
  });

  test('a long text with surrogate pairs: packed and read back unchanged', () => {
    const sql = "SELECT 'x' || replace(printf('%.*c', 1200000, 'y'), 'y', char(128512)) AS t";
    const [[text]] = allRows(engine, sql) as [[string]];
    expect(text.length).toBe(2_400_001);
    expect(text === `x${'😀'.repeat(1_200_000)}`).toBe(true);
  });

  test('texts with zeros, beyond the BMP and empty: unchanged', () => {
    expect(allRows(engine, "SELECT 'a' || char(0) || 'b', char(128512), '', NULL, x''")).toEqual([
      ['a\0b', '😀', '', null, new Uint8Array()],
    ]);
  });
});
