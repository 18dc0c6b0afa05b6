import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../../../src/protocol/address';
import { formatSmh, formatSmidge } from '../../../../src/protocol/money';
import { addressFormat, columnFor } from '../../../../src/pages/shared/columns';
import { completionSchema } from '../../../../src/pages/state/completion';
import { loadCommands } from '../../../../src/pages/state/load-commands';
import { parseParameter } from '../../../../src/state/parameter';
import { ResultRows } from '../../../../src/pages/state/result-rows';
import { summariseRewards } from '../../../../src/state/reward-summary';
import type { RewardRow } from '../../../../src/state/queries/rewards';
import { RowBatch, RowPacker } from '../../../../src/base/packed-rows';
import { readFileSync } from 'node:fs';

const id = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
const coinbase = '000000004aed941411f91885f493a144abb9acd28c015aad';
const address = 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh';
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('amounts', () => {
  test.each([
    [0n, '0 SMH'],
    [1n, '0.000000001 SMH'],
    [1_500_000_000n, '1.5 SMH'],
    [7_801_351_090_753n, '7,801.351090753 SMH'],
    [-2_000_000_000n, '−2 SMH'],
  ])('%s smidge are %s', (smidge, text) => {
    expect(formatSmh(smidge)).toBe(text);
  });
  test('shows smidge', () => {
    expect(formatSmidge(1_000_000n)).toBe('1,000,000 smidge');
  });
});

describe('parameters as typed', () => {
  test.each([
    ['layer', '12', 12],
    ['n', '9223372036854775807', 9223372036854775807n],
    ['x', '1.5e3', 1500],
    ['x', '', null],
    ['x', 'NULL', null],
    ['x', "'12'", '12'],
    ['x', "'it''s'", "it's"],
    ['x', 'stest', 'stest'],
    ['x', "x'0aff'", new Uint8Array([10, 255])],
    ['x', '0x0aff', new Uint8Array([10, 255])],
    ['x', id, bytesOf(id)],
    ['smesher', Buffer.from(id, 'hex').toString('base64'), bytesOf(id)],
    ['x', address, bytesOf(coinbase)],
    ['coinbase', coinbase, bytesOf(coinbase)],
  ])(':%s %s', (name, typed, value) => {
    expect(parseParameter(name, typed)).toEqual(value);
  });
  test('parseParameter: a part of an id or a wrong checksum, refused', () => {
    expect(() => parseParameter('smesher', '12ab')).toThrow(/4 hex digits: only the beginning/);
    expect(() => parseParameter('x', address.replace('h', 'x'))).toThrow(/checksum/);
  });
});

describe('rewards, summed', () => {
  interface Expected {
    queries: Record<
      string,
      { runs: { params: Record<string, unknown>; rows: Record<string, string | number>[] }[] }
    >;
  }
  const { queries } = JSON.parse(readFileSync('test/data/node/expected.json', 'utf8')) as Expected;

  test('match the known sums of every smesher', () => {
    const perLayer = queries['rewards_by_smesher']?.runs ?? [];
    const perEpoch = queries['rewards_by_smesher_per_epoch']?.runs ?? [];
    expect(perLayer).toHaveLength(6);
    for (const [i, { rows }] of perLayer.entries()) {
      const rewards = rows.map((row): RewardRow => ({
        layer: Number(row['layer']),
        smesher: null,
        coinbase: bytesOf(String(row['coinbase'])),
        totalSmidge: BigInt(row['total_reward'] ?? 0),
        layerSmidge: BigInt(row['layer_reward'] ?? 0),
      }));
      const sum = summariseRewards(rewards, 10);
      expect(
        sum.epochs.map((row) => ({
          epoch: row.epoch,
          layers: row.count,
          total_smidge: Number(row.totalSmidge),
          layer_smidge: Number(row.layerSmidge),
        })),
      ).toEqual(perEpoch[i]?.rows);
      expect(sum.runningSmidge.at(-1) ?? 0n).toBe(sum.totalSmidge);
      expect(sum.epochs.at(-1)?.runningSmidge ?? 0n).toBe(sum.totalSmidge);
    }
  });
});

describe('rows that grow', () => {
  const batch = (...rows: (number | string)[][]): RowBatch => {
    const packer = new RowPacker(2);
    for (const row of rows) packer.push(row);
    return new RowBatch(packer.take());
  };
  test('are found across batches; what was shown before stays', () => {
    const first = new ResultRows(['a', 'b']).with([batch([0, 'x'])]);
    const all = first.with([batch([1, 'y'], [2, 'z']), batch([3, 'w'])]);
    expect(first.rowCount).toBe(1);
    expect(all.rowCount).toBe(4);
    expect([0, 1, 2, 3].map((row) => all.cell(row, 0))).toEqual([0, 1, 2, 3]);
    expect(all.cell(2, 1)).toBe('z');
    expect(all.cell(4, 0)).toBeNull();
    expect(new ResultRows(['a']).cell(0, 0)).toBeNull();
  });
});

describe('columns by their names', () => {
  const link = (view: string, params: Readonly<Record<string, string>>) =>
    `${view}?${JSON.stringify(params)}`;
  test('lead ids to their pages, as BLOB or as hex', () => {
    expect(columnFor('pubkey', link)?.href?.(bytesOf(id))).toBe(`smesher?{"id":"${id}"}`);
    expect(columnFor('smesher', link)?.href?.(id.toUpperCase())).toBe(`smesher?{"id":"${id}"}`);
    expect(columnFor('prev_atx', link)?.href?.(bytesOf(id))).toBe(`atx?{"id":"${id}"}`);
    expect(columnFor('coinbase', link)?.href?.(coinbase)).toBe(
      `rewards?{"coinbase":"${coinbase}"}`,
    );
    expect(columnFor('pubkey', link)?.href?.(null)).toBeUndefined();
    expect(columnFor('pubkey', link)?.href?.(new Uint8Array(20))).toBeUndefined();
  });
  test('say units, and write addresses where a BLOB is one', () => {
    expect(columnFor('total_reward', link)?.hint).toContain('smidge');
    expect(columnFor('anything', link)).toBeUndefined();
    const format = addressFormat('stest');
    expect(format.format(bytesOf(coinbase))).toBe(formatAddress(bytesOf(coinbase), 'stest'));
    expect(format.format(new Uint8Array(20))).toBeUndefined();
  });
});

describe('commands to go on with', () => {
  test('read partitions back as a column', () => {
    const [duck, house, spark] = loadCommands('parquet', "it's", 'epoch');
    expect(duck?.text).toBe(
      "SELECT * FROM read_parquet('it''s/*/*.parquet', hive_partitioning = true) LIMIT 10;",
    );
    expect(house?.text).toContain("'Parquet'");
    expect(spark?.text).toContain('spark.read.parquet("it\'s")');
  });
  test('read a single CSV with its header', () => {
    const [duck, house, spark] = loadCommands('csv', 'result.csv', undefined);
    expect(duck?.text).toBe("SELECT * FROM read_csv('result.csv') LIMIT 10;");
    expect(house?.text).toContain("'CSVWithNames'");
    expect(spark?.text).toContain('.option("header", True).csv("result.csv")');
  });
});

describe('names to complete', () => {
  const table = (name: string, columns: number) => ({
    name,
    kind: 'table' as const,
    columns: Array.from({ length: columns }, (_, i) => ({
      name: `c${i}`,
      type: '',
      notNull: false,
      primaryKey: 0,
    })),
    indexes: [],
    sql: '',
  });

  test('completionSchema: tables of a node, all of their columns', () => {
    expect(completionSchema([table('a', 2), table('constructor', 1)])).toEqual({
      a: ['c0', 'c1'],
      constructor: ['c0'],
    });
  });

  test('completionSchema: thousands of tables or columns, a bounded number of names', () => {
    const many = completionSchema(Array.from({ length: 5000 }, (_, i) => table(`t${i}`, 5)));
    expect(Object.keys(many)).toHaveLength(300);
    const wide = completionSchema(Array.from({ length: 100 }, (_, i) => table(`t${i}`, 2000)));
    const names = Object.values(wide).reduce((sum, columns) => sum + columns.length + 1, 0);
    expect(names).toBeLessThan(3200);
  });
});
