// Tails and quantiles against sums and closed forms that need no cleverness.
import { describe, expect, test } from 'vitest';
import {
  binomialTail,
  gammaQuantile,
  invert,
  normalCdf,
  normalQuantile,
  poissonPmf,
  poissonTail,
} from '../../../../src/simulate/probability/distributions';

/** Relative difference. */
const off = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

/** C(n, k) as a bigint. */
function choose(n: number, k: number): bigint {
  let ways = 1n;
  for (let i = 0; i < k; i++) ways = (ways * BigInt(n - i)) / BigInt(i + 1);
  return ways;
}

/** P(Binomial(trials, 2^−power) ≥ k), exact but for the last division. */
function exactBinomialTail(k: number, trials: number, power: number): number {
  const unlikely = 2n ** BigInt(power) - 1n;
  let sum = 0n;
  for (let i = k; i <= trials; i++) sum += choose(trials, i) * unlikely ** BigInt(trials - i);
  const scale = 2n ** 200n;
  return Number((sum * scale) / 2n ** BigInt(power * trials)) / Number(scale);
}

describe('Poisson', () => {
  test.each([
    [0, 2, Math.exp(-2)],
    [1, 2, 2 * Math.exp(-2)],
    [3, 2, (8 / 6) * Math.exp(-2)],
    [5, 5, (3125 / 120) * Math.exp(-5)],
    // 20^18 / 18! and 15^17 / 17!: beyond the table of Stirling's errors.
    [18, 20, (20 ** 18 / 6402373705728000) * Math.exp(-20)],
    [17, 15, (15 ** 17 / 355687428096000) * Math.exp(-15)],
    [16, 100, Math.exp(16 * Math.log(100) - 100 - Math.log(20922789888000))],
    [0, 0, 1],
    [3, 0, 0],
  ])('P(%d | %d)', (k, mean, expected) => {
    if (expected === 0 || expected === 1) expect(poissonPmf(k, mean)).toBe(expected);
    else expect(off(poissonPmf(k, mean), expected)).toBeLessThan(2e-14);
  });

  test.each([0.01, 3, 26, 37, 200, 5000])('sums to one, about its mean of %d', (mean) => {
    let sum = 0;
    let first = 0;
    const last = Math.ceil(mean + 14 * Math.sqrt(mean) + 30);
    for (let k = 0; k <= last; k++) {
      const p = poissonPmf(k, mean);
      sum += p;
      first += k * p;
    }
    expect(sum).toBeCloseTo(1, 12);
    expect(off(first, mean)).toBeLessThan(1e-12);
  });

  test.each([
    [1, 0.3],
    [37, 26],
    [26, 26],
    [27, 26],
    [5, 60],
    [300, 200],
  ])('tail from %d at %d is the sum of its terms', (k, mean) => {
    let tail = 0;
    for (let i = k; i < k + 400 + mean; i++) tail += poissonPmf(i, mean);
    expect(off(poissonTail(k, mean), tail)).toBeLessThan(1e-12);
  });

  test('has its ends', () => {
    expect(poissonTail(0, 5)).toBe(1);
    expect(poissonTail(-1, 5)).toBe(1);
    expect(poissonTail(1, 0)).toBe(0);
    expect(poissonTail(1, NaN)).toBe(0);
    expect(poissonTail(5, Infinity)).toBe(1);
    expect(poissonTail(1, 1000)).toBe(1);
    expect(off(poissonTail(1, 1e-9), 1e-9)).toBeLessThan(1e-8);
    expect(off(poissonTail(1, 0.5), 1 - Math.exp(-0.5))).toBeLessThan(1e-14);
  });
});

describe('binomial', () => {
  test.each([
    [1, 1, 1],
    [1, 2, 1],
    [2, 2, 1],
    [3, 5, 1],
    [2, 5, 2],
    [5, 5, 2],
    [4, 40, 2],
    [17, 40, 2],
    [10, 40, 2],
    [11, 40, 2],
    [9, 40, 2],
    [37, 300, 4],
    [12, 300, 4],
    [1, 300, 4],
    [30, 2000, 6],
  ])('at least %d of %d with 2^−%d each', (k, trials, power) => {
    expect(
      off(binomialTail(k, trials, 2 ** -power), exactBinomialTail(k, trials, power)),
    ).toBeLessThan(1e-12);
  });

  test('has its ends', () => {
    expect(binomialTail(0, 5, 0.5)).toBe(1);
    expect(binomialTail(-1, 5, 0.5)).toBe(1);
    expect(binomialTail(6, 5, 0.5)).toBe(0);
    expect(binomialTail(1, 5, 0)).toBe(0);
    expect(binomialTail(1, 5, -1)).toBe(0);
    expect(binomialTail(5, 5, 1)).toBe(1);
    expect(binomialTail(3, 5, 2)).toBe(1);
    expect(binomialTail(6, 5, 1)).toBe(0);
    expect(binomialTail(0, 0, 0)).toBe(1);
  });

  test('comes to Poisson when there are many trials', () => {
    const trials = 2 ** 40;
    expect(off(binomialTail(37, trials, 26 / trials), poissonTail(37, 26))).toBeLessThan(1e-9);
  });
});

describe('Gamma', () => {
  test('of shape 1 is exponential', () => {
    for (const p of [1e-9, 0.1, 0.5, 0.999])
      expect(off(gammaQuantile(1, p), -Math.log1p(-p))).toBeLessThan(1e-15);
  });

  test.each([2, 3, 18, 256])('of shape %d is inverted', (shape) => {
    for (const p of [1e-12, 0.01, 0.5, 0.99, 1 - 1e-9])
      expect(off(poissonTail(shape, gammaQuantile(shape, p)), p)).toBeLessThan(1e-12);
  });

  test('has its ends', () => {
    expect(gammaQuantile(3, 0)).toBe(0);
    expect(gammaQuantile(3, -1)).toBe(0);
    expect(gammaQuantile(3, 1)).toBe(Infinity);
    expect(gammaQuantile(3, 2)).toBe(Infinity);
    expect(gammaQuantile(1, 0)).toBe(0);
    expect(gammaQuantile(1, 1)).toBe(Infinity);
  });
});

describe('inversion', () => {
  test('finds the place to the last bit', () => {
    expect(invert((x) => x * x, 2, 0, 2)).toBe(Math.SQRT2);
    expect(invert((x) => x, 0.1, 0, 1)).toBe(0.1);
  });

  test('goes on beyond the upper end, where the function has not got there', () => {
    expect(invert((x) => x, 1000, 0, 1)).toBe(1000);
    let asked = 0;
    invert((x) => (asked++, Math.min(x, 0.5)), 0.7, 0, 1);
    // A function that never gets there ends the search all the same.
    expect(asked).toBeLessThan(5000);
  });

  test('takes the upper end for a target beyond a step', () => {
    expect(invert((x) => (x < 0.25 ? 0 : 1), 0.5, 0, 1)).toBe(0.25);
  });
});

describe('normal distribution', () => {
  // Values of the standard tables, to double precision (C's erfc).
  test.each([
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145705],
    [1.959963984540054, 0.975],
    [2.999, 0.9986456634662729],
    [3, 0.9986501019683699],
    [-3, 0.0013498980316300946],
    [-3.5, 0.00023262907903552504],
    [5, 0.9999997133484281],
    [-10, 7.619853024160527e-24],
  ])('up to %d', (z, expected) => {
    expect(off(normalCdf(z), expected)).toBeLessThan(2e-13);
  });

  test('has its ends', () => {
    expect(normalCdf(38.1)).toBe(1);
    expect(normalCdf(Infinity)).toBe(1);
    expect(normalCdf(-38.1)).toBe(0);
    expect(normalCdf(-Infinity)).toBe(0);
    expect(normalCdf(NaN)).toBeNaN();
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(normalQuantile(-1)).toBe(-Infinity);
    expect(normalQuantile(2)).toBe(Infinity);
  });

  test('is inverted, the same on both sides', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.1)).toBeCloseTo(-1.2815515655446004, 12);
    expect(normalQuantile(0.9)).toBe(-normalQuantile(1 - 0.9));
    expect(off(normalCdf(normalQuantile(1e-20)), 1e-20)).toBeLessThan(1e-12);
  });
});
