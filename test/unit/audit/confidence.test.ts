// What a sample says about all, against sums over exact integers.
import { expect, test } from 'vitest';
import { badShareBound, chanceOfAtMost, confidenceStatement } from '../../../src/audit/confidence';
import { drawPlaces } from '../../../src/audit/sample';

/** n over k, exactly. */
function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let result = 1n;
  for (let i = 1n; i <= BigInt(k); i++) result = (result * (BigInt(n) - i + 1n)) / i;
  return result;
}
const exactChance = (bad: number, allBad: number, population: number, sampled: number): number => {
  let ways = 0n;
  for (let drawn = 0; drawn <= bad; drawn++)
    ways += choose(allBad, drawn) * choose(population - allBad, sampled - drawn);
  return Number((ways * 10n ** 18n) / choose(population, sampled)) / 1e18;
};
/** The bound by its definition: the most bad ones that are not yet too improbable. */
const exactBound = (population: number, sampled: number, bad: number): number => {
  let most = bad;
  for (let allBad = bad; allBad <= population - (sampled - bad); allBad++)
    if (exactChance(bad, allBad, population, sampled) > 0.01) most = allBad;
  return most / population;
};

test.each([
  [10, 3, 5, 1],
  [100, 60, 30, 10],
  [50, 50, 20, 20],
  [1000, 5, 999, 4],
])('the chance in a population of %i with %i bad ones', (population, allBad, sampled, bad) => {
  expect(chanceOfAtMost(bad, allBad, { population, sampled })).toBeCloseTo(
    exactChance(bad, allBad, population, sampled),
    12,
  );
});

test.each([
  [72, 9, 0],
  [72, 9, 3],
  [72, 71, 0],
  [72, 72, 0],
  [72, 72, 5],
  [500, 100, 0],
  [500, 100, 7],
  [500, 1, 1],
])('the bound of %i, %i checked, %i bad', (population, sampled, bad) => {
  expect(badShareBound({ population, sampled, bad })).toBe(exactBound(population, sampled, bad));
});

test('of a large population the bound is that of the binomial distribution', () => {
  const bound = badShareBound({ population: 1_000_000, sampled: 459, bad: 0 });
  // (1 − p)^459 = 0.01
  expect(bound).toBeCloseTo(1 - 0.01 ** (1 / 459), 5);
  expect(badShareBound({ population: 1e7, sampled: 1e6, bad: 1000 })).toBeCloseTo(0.00107, 4);
});

test('nothing checked, nothing said', () => {
  expect(badShareBound({ population: 10, sampled: 0, bad: 0 })).toBe(1);
  expect(confidenceStatement({ population: 10, sampled: 0, bad: 0 })).toContain(
    'nothing can be said',
  );
});

test('the statement rounds upwards', () => {
  const sampled = { population: 1204, sampled: 100, bad: 0 };
  const bound = badShareBound(sampled);
  const [, percent] = /at most ([\d.]+) %/.exec(confidenceStatement(sampled)) ?? [];
  expect(Number(percent)).toBeGreaterThanOrEqual(bound * 100);
  expect(Number(percent)).toBeLessThan(bound * 100 + 0.1);
  expect(confidenceStatement({ ...sampled, bad: 1 })).toContain(
    'of the 1,204 ATXs are bad: 100 were checked, 1 is bad.',
  );
});

test('places are drawn without repeating any, each as often as the others', () => {
  const times = Array<number>(10).fill(0);
  for (let run = 0; run < 2000; run++) {
    const places = drawPlaces(10, 3, `seed ${run}`);
    expect(new Set(places).size).toBe(3);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const place of places) times[place] = (times[place] ?? 0) + 1;
  }
  // 600 each; five standard deviations are 102.
  for (const count of times) expect(Math.abs(count - 600)).toBeLessThan(102);
  expect(drawPlaces(10, 3, 'a')).toEqual(drawPlaces(10, 3, 'a'));
  expect(drawPlaces(3, 5, 'a')).toEqual([0, 1, 2]);
  expect(() => drawPlaces(3, 0, 'a')).toThrow('from 1 on');
});
