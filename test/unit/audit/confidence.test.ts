// Bounds from a sample, compared with sums over exact integers.
import { expect, test } from 'vitest';
import {
  badShareBound,
  badShareBoundOf,
  chanceOfAtMost,
  confidenceStatement,
} from '../../../src/audit/confidence';
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

test('confidenceStatement: nothing audited, no claim', () => {
  const none = { population: 10, passed: 0, failed: 0, inconclusive: 0 };
  expect(badShareBoundOf(none)).toBe(1);
  expect(confidenceStatement(none)).toBe('None was audited, so nothing follows for the rest.');
});

test('confidenceStatement: a bound is rounded upwards', () => {
  const sample = { population: 1204, passed: 100, failed: 0, inconclusive: 0 };
  const bound = badShareBoundOf(sample);
  const [, percent] = /at most ([\d.]+) %/.exec(confidenceStatement(sample)) ?? [];
  expect(Number(percent)).toBeGreaterThanOrEqual(bound * 100);
  expect(Number(percent)).toBeLessThan(bound * 100 + 0.1);
  expect(confidenceStatement({ ...sample, passed: 99, failed: 1 })).toContain(
    'of the 1,204 ATXs fail: 100 were audited, 1 fails.',
  );
});

test('confidenceStatement: inconclusive ATXs, the bound counts each as bad', () => {
  // 50 of 100 pass, the rest has no content in the database: all of it may be bad.
  const all = { population: 100, passed: 50, failed: 0, inconclusive: 50 };
  expect(badShareBoundOf(all)).toBe(0.5);
  expect(confidenceStatement(all)).toBe(
    'All 100 ATXs were audited: none fails, 50 are inconclusive.',
  );
  const some = { population: 500, passed: 90, failed: 3, inconclusive: 7 };
  expect(badShareBoundOf(some)).toBe(exactBound(500, 100, 10));
  expect(confidenceStatement(some)).toMatch(
    /of the 500 ATXs fail or are inconclusive: 100 were audited, 3 fail, 7 are inconclusive\.$/,
  );
});

test('places are drawn without repeating any, each as often as the rest', () => {
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
