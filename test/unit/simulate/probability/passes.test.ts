// The edges of the model of a pass; its values are held against SciPy's in test/vectors/simulation.test.ts.
import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../../src/base/error';
import {
  finishCurve,
  finishFraction,
  finishQuantile,
  k2powHashes,
  nonceGroups,
  noncesFor,
  passMoments,
  passSuccess,
} from '../../../../src/simulate/probability/passes';

const refusal = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof WorkbenchError) return { code: error.code, ...error.details };
  }
  return undefined;
};
const invalid = (what: string, value: unknown) => ({ code: 'input-not-valid', what, value });

describe('a pass', () => {
  test('of many nonces is that number of chances of one', () => {
    const one = passSuccess({ nonces: 1 });
    expect(passSuccess({ nonces: 64 })).toBeCloseTo(1 - (1 - one) ** 64, 14);
    expect(finishFraction({ nonces: 64, fraction: 1 })).toBe(passSuccess({ nonces: 64 }));
    expect(finishFraction({ nonces: 64, fraction: 0 })).toBe(0);
    expect(passSuccess({ nonces: 1, k2: 0 })).toBe(1);
  });

  test('has the parameters of mainnet by default', () => {
    expect(passSuccess({ nonces: 16 })).toBe(passSuccess({ nonces: 16, k1: 26, k2: 37 }));
  });

  test('counts complete labels only', () => {
    const small = { nonces: 1, k1: 26, k2: 37 };
    expect(passSuccess({ ...small, numLabels: 1000.9 })).toBe(
      passSuccess({ ...small, numLabels: 1000 }),
    );
    // Half of 75 labels are 37: just enough, if every label is good.
    expect(finishFraction({ ...small, k1: 80, numLabels: 75, fraction: 0.5 })).toBe(1);
    expect(finishFraction({ ...small, k1: 80, numLabels: 73, fraction: 0.5 })).toBe(0);
  });

  test.each([
    ['nonces', 0],
    ['nonces', 4097],
    ['nonces', 1.5],
    ['k1', 0],
    ['k1', Infinity],
    ['k2', -1],
    ['k2', 2 ** 32],
    ['numLabels', 0],
    ['numLabels', 0.5],
    ['numLabels', NaN],
    ['numLabels', Infinity],
  ])('with %s of %d is refused', (what, value) => {
    expect(refusal(() => passSuccess({ nonces: 16, [what]: value }))).toEqual(invalid(what, value));
  });

  test('takes the extremes', () => {
    expect(passSuccess({ nonces: 4096, k2: 2 ** 32 - 1 })).toBe(0);
    expect(passSuccess({ nonces: 1, k2: 1, numLabels: 1 })).toBe(1);
    expect(passSuccess({ nonces: 1, k2: 2, numLabels: 1n })).toBe(0);
  });

  test.each([-0.1, 1.1, NaN])('is never read to %d', (fraction) => {
    expect(refusal(() => finishFraction({ nonces: 16, fraction }))).toEqual(
      invalid('fraction', fraction),
    );
  });
});

describe('when it ends', () => {
  test('is at a fraction that has the probability', () => {
    for (const p of [0.01, 0.5, 0.79]) {
      const fraction = finishQuantile({ nonces: 64 }, p) ?? NaN;
      expect(finishFraction({ nonces: 64, fraction })).toBeCloseTo(p, 10);
    }
  });

  test('is immediate for no probability, and unknown beyond what a pass reaches', () => {
    const success = passSuccess({ nonces: 64 });
    expect(finishQuantile({ nonces: 64 }, 0)).toBe(0);
    expect(finishQuantile({ nonces: 64 }, -1)).toBe(0);
    expect(finishQuantile({ nonces: 64 }, success)).toBeCloseTo(1, 9);
    expect(finishQuantile({ nonces: 64 }, success + 1e-9)).toBeUndefined();
    expect(finishQuantile({ nonces: 64 }, NaN)).toBeUndefined();
  });

  test('has a curve with a point at every step', () => {
    const curve = finishCurve({ nonces: 64 }, 8);
    expect([...curve]).toEqual(
      Array.from({ length: 9 }, (_, i) => finishFraction({ nonces: 64, fraction: i / 8 })),
    );
  });
});

describe('the moments', () => {
  // The same integrals by a plain midpoint sum over the density.
  test.each([{ nonces: 64 }, { nonces: 288 }, { nonces: 16, k1: 10, k2: 8 }])('%o', (input) => {
    const steps = 4000;
    let found = 0;
    let first = 0;
    let second = 0;
    for (let i = 0; i < steps; i++) {
      const p =
        finishFraction({ ...input, fraction: (i + 1) / steps }) -
        finishFraction({ ...input, fraction: i / steps });
      const t = (i + 0.5) / steps;
      found += p;
      first += p * t;
      second += p * t * t;
    }
    const mean = first / found;
    const moments = passMoments(input);
    expect(moments.success).toBeCloseTo(found, 12);
    expect(moments.meanIfFound).toBeCloseTo(mean, 6);
    expect(moments.deviationIfFound).toBeCloseTo(Math.sqrt(second / found - mean ** 2), 5);
    expect(moments.meanRead).toBeCloseTo(first + (1 - found), 6);
    expect(moments.meanUntilFound).toBeCloseTo(moments.meanRead / found, 12);
  });

  test('come from a curve that is given', () => {
    const curve = finishCurve({ nonces: 64 }, 64);
    expect(passMoments({ nonces: 1 }, curve).success).toBe(passSuccess({ nonces: 64 }));
  });

  test('of a pass that cannot succeed', () => {
    expect(passMoments({ nonces: 16, k2: 40, numLabels: 39 })).toEqual({
      success: 0,
      meanIfFound: 1,
      deviationIfFound: 0,
      meanRead: 1,
      meanUntilFound: Infinity,
    });
  });

  test('of a pass that always succeeds is immediate', () => {
    const { meanIfFound, meanRead, success } = passMoments({ nonces: 1, k2: 0 });
    expect([success, meanRead, meanIfFound]).toEqual([
      1,
      expect.closeTo(0, 12),
      expect.closeTo(0, 12),
    ]);
  });
});

describe('the fewest nonces', () => {
  test('for every wanted probability are the fewest', () => {
    // With K2 this high, a pass of 256 groups is still far from certain.
    for (let groups = 1; groups < 256; groups += 15) {
      const success = passSuccess({ nonces: groups * 16, k2: 55 });
      expect(noncesFor(success, { k2: 55 })).toBe(groups * 16);
      const next = passSuccess({ nonces: (groups + 1) * 16, k2: 55 });
      expect(noncesFor((success + next) / 2, { k2: 55 })).toBe((groups + 1) * 16);
    }
  });

  test('are none beyond what a proof can name', () => {
    const most = passSuccess({ nonces: 4096, k2: 60 });
    expect(noncesFor(most, { k2: 60 })).toBe(4096);
    expect(noncesFor(most * 1.0001, { k2: 60 })).toBeUndefined();
    expect(noncesFor(0)).toBe(16);
  });
});

describe('k2pow', () => {
  test.each([
    [16, 1],
    [32, 2],
    [4096, 256],
  ])('for %d nonces has %d groups', (nonces, groups) => {
    expect(nonceGroups(nonces)).toBe(groups);
    expect(k2powHashes({ numUnits: 4, nonces }).mean).toBeCloseTo(groups * 4 * 4687.5, 3);
  });

  test.each([0, 1, 17, 4097, 16.5])('for %d nonces is refused', (nonces) => {
    expect(refusal(() => nonceGroups(nonces))).toEqual(invalid('nonces', nonces));
  });

  test('of one group is exponential', () => {
    const { mean, q50, q90, q99 } = k2powHashes({ numUnits: 2, nonces: 16 });
    expect(q50).toBeCloseTo(mean * Math.LN2, 6);
    expect(q90).toBeCloseTo(mean * Math.log(10), 6);
    expect(q99).toBeCloseTo(mean * Math.log(100), 6);
  });

  test('takes no units, and another difficulty', () => {
    expect(k2powHashes({ numUnits: 0, nonces: 32 })).toEqual({ mean: 0, q50: 0, q90: 0, q99: 0 });
    const powDifficulty = '80'.padEnd(64, '0');
    expect(k2powHashes({ numUnits: 3, nonces: 16, powDifficulty }).mean).toBe(6);
  });

  test.each([-1, NaN, Infinity])('of %d units is refused', (numUnits) => {
    expect(refusal(() => k2powHashes({ numUnits, nonces: 16 }))).toEqual(
      invalid('numUnits', numUnits),
    );
  });
});
