import { describe, expect, test } from 'vitest';
import { Random } from '../../../../src/simulate/probability/random';

/** xoshiro128** by its authors' text (prng.di.unimi.it/xoshiro128starstar.c), in bigints. */
function* reference(seed: number): Generator<number> {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;
  let state = BigInt(seed) & mask;
  const split = () => {
    state = (state + 0x9e3779b9n) & mask;
    let z = state;
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & mask;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & mask;
    return z ^ (z >> 15n);
  };
  const s = [split(), split(), split(), split()] as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotate((s[1] * 5n) & mask, 7n) * 9n) & mask);
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

test.each([0, 1, 7, 2 ** 32 - 1])('is xoshiro128** from seed %d', (seed) => {
  const random = new Random(seed);
  const expected = reference(seed);
  for (let i = 0; i < 200; i++) expect(random.uint32()).toBe(expected.next().value);
});

test('takes the low 32 bits of a seed', () => {
  expect(new Random(2 ** 32 + 5).uint32()).toBe(new Random(5).uint32());
  expect(new Random(-1).uint32()).toBe(new Random(2 ** 32 - 1).uint32());
});

/** Mean and variance of many draws, within five standard errors of what they should be. */
function expectMoments(draw: () => number, mean: number, variance: number, fourth = 3): void {
  const count = 20_000;
  const values = Array.from({ length: count }, draw);
  const m = values.reduce((a, b) => a + b, 0) / count;
  const v = values.reduce((a, b) => a + (b - m) ** 2, 0) / count;
  expect(Math.abs(m - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
  expect(Math.abs(v / variance - 1)).toBeLessThan(5 * Math.sqrt((fourth - 1) / count));
}

describe('draws', () => {
  test('are uniform between 0 and 1, and neither', () => {
    const random = new Random(1);
    expectMoments(() => random.uniform(), 0.5, 1 / 12, 1.8);
    for (let i = 0; i < 1000; i++) {
      const value = random.uniform();
      expect(value > 0 && value < 1).toBe(true);
    }
  });

  test('are never 0 or 1, whatever the bits', () => {
    class Constant extends Random {
      readonly #bits: number;
      constructor(bits: number) {
        super(0);
        this.#bits = bits;
      }
      override uint32(): number {
        return this.#bits;
      }
    }
    expect(new Constant(0).uniform()).toBe(2 ** -33);
    expect(new Constant(2 ** 32 - 1).uniform()).toBe(1 - 2 ** -33);
    expect(new Constant(0).exponential()).toBeLessThan(Infinity);
  });

  test('are exponential', () => {
    const random = new Random(2);
    expectMoments(() => random.exponential(), 1, 1, 9);
  });

  test('are normal', () => {
    const random = new Random(3);
    expectMoments(() => random.normal(), 0, 1);
    const beyond = Array.from({ length: 20_000 }, () => random.normal()).filter((z) => z > 1.2816);
    expect(Math.abs(beyond.length / 20_000 - 0.1)).toBeLessThan(0.011);
  });

  test.each([1, 2.5, 37])('are Gamma of shape %d', (shape) => {
    const random = new Random(4);
    expectMoments(() => random.gamma(shape), shape, shape, 3 + 6 / shape);
  });

  test.each([
    [1, 0.3],
    [12, 0.25],
    [13, 0.25],
    [40, 0.5],
    [40, 0.7],
    [5000, 0.9],
    [200_000, 1e-4],
    [1e6, 0.3],
  ])('are binomial: %d trials of %d', (trials, p) => {
    const random = new Random(5);
    const variance = trials * p * (1 - p);
    expectMoments(() => random.binomial(trials, p), trials * p, variance, 3 + 1 / variance);
    for (let i = 0; i < 100; i++) {
      const value = random.binomial(trials, p);
      expect(Number.isInteger(value) && value >= 0 && value <= trials).toBe(true);
    }
  });

  test.each([
    [12, 0.05],
    [13, 0.05],
    [100, 0.01],
    [100, 0.99],
    [1500, 0.1],
  ])('have the right chance of their likeliest count: %d trials of %d', (trials, p) => {
    const random = new Random(7);
    const mode = Math.floor((trials + 1) * p);
    let expected = p ** mode * (1 - p) ** (trials - mode);
    for (let i = 0; i < mode; i++) expected *= (trials - i) / (i + 1);
    if (!(expected > 0)) expected = 1 / Math.sqrt(2 * Math.PI * trials * p * (1 - p));
    const count = 20_000;
    let hits = 0;
    for (let i = 0; i < count; i++) if (random.binomial(trials, p) === mode) hits++;
    const error = Math.sqrt((expected * (1 - expected)) / count);
    expect(Math.abs(hits / count - expected)).toBeLessThan(5 * error);
  });

  test('of certain trials are certain, and draw nothing', () => {
    const random = new Random(6);
    const untouched = new Random(6);
    expect(random.binomial(10, 0)).toBe(0);
    expect(random.binomial(10, -1)).toBe(0);
    expect(random.binomial(0, 0.5)).toBe(0);
    expect(random.binomial(-3, 0.5)).toBe(0);
    expect(random.binomial(-3, 1)).toBe(0);
    expect(random.binomial(10, 1)).toBe(10);
    expect(random.binomial(100, 2)).toBe(100);
    expect(random.uint32()).toBe(untouched.uint32());
  });
});
