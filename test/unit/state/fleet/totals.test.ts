import { expect, test } from 'vitest';
import { incomeByPeriod } from '../../../../src/state/fleet/totals';
import { readPrices } from '../../../../src/state/fleet/prices';

const clock = {
  genesisMs: Date.parse('2026-01-31T23:00:00Z'),
  layerMs: 1_800_000,
  layersPerEpoch: 4,
};
const coinbase = new Uint8Array(24).fill(1);
const other = new Uint8Array(24).fill(2);
const paid = (layer: number, smh: number, to = coinbase) => ({
  ...{ layer, coinbase: to, rewards: 1 },
  ...{ smidge: BigInt(smh) * 1_000_000_000n, layerSmidge: 1n },
});
const income = [paid(0, 1), paid(1, 2), paid(2, 4), paid(2, 8, other)];

test('incomeByPeriod: layers before and after midnight of the month, each in its month', () => {
  const rows = incomeByPeriod(income, { clock, zone: 'utc', period: 'month', prices: 0.5 });
  expect(rows.map((row) => [row.period, row.coinbase[0], row.rewards, row.value])).toEqual([
    ['2026-01', 1, 2, 1.5],
    ['2026-02', 1, 1, 2],
    ['2026-02', 2, 1, 4],
  ]);
});

test('incomeByPeriod: a year with a day that has no price, no value', () => {
  const prices = readPrices('2026-01-31, 2');
  const by = (period: 'day' | 'year') =>
    incomeByPeriod(income, { clock, zone: 'utc', period, prices }).map((row) => [
      row.period,
      row.value,
    ]);
  expect(by('day')).toEqual([
    ['2026-01-31', 6],
    ['2026-02-01', undefined],
    ['2026-02-01', undefined],
  ]);
  expect(by('year')).toEqual([
    ['2026', undefined],
    ['2026', undefined],
  ]);
});

test('readPrices: one number, a line per day, nothing', () => {
  expect(readPrices(' 0.05 ')).toBe(0.05);
  expect(readPrices('2026-01-01 0.05\n2026-01-02;0.06')).toEqual(
    new Map([
      ['2026-01-01', 0.05],
      ['2026-01-02', 0.06],
    ]),
  );
  expect(readPrices(' \n')).toBeUndefined();
});

test.each([
  ['a word', 'cheap', 'Line 1 of 1 line is not a price'],
  ['a date alone', '2026-01-01 1\n2026-01-02', 'Line 2 of 2 lines'],
  ['a day twice', '2026-01-01 1\n2026-01-01 2', 'a second price for 2026-01-01'],
])('readPrices: %s, refused with its line', (_, text, message) => {
  expect(() => readPrices(text)).toThrow(message);
});
