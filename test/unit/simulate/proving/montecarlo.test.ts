import { describe, expect, test } from 'vitest';
import { sampleProving, type ProvingSample } from '../../../../src/simulate/proving/montecarlo';
import { finishFraction, passSuccess } from '../../../../src/simulate/probability/passes';
import {
  doneCurve,
  inGap,
  provingPlan,
  type ProvingInput,
} from '../../../../src/simulate/proving/throughput';

const base: ProvingInput = {
  numUnits: 32,
  nonces: 64,
  threads: 8,
  diskBytesPerS: 150e6,
  scan: { bytesPerSPerThread: 2 ** 30 },
  hashesPerS: 500,
};

function draw(input: ProvingInput, epochs = 20_000, seed = 5): ProvingSample {
  const steps = sampleProving(input, epochs, seed);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
/** Four and a half standard errors of a share, as all seeds but one in a hundred thousand keep. */
const error = (share: number, epochs = 20_000): number =>
  4.5 * Math.sqrt((share * (1 - share)) / epochs) + 1e-9;

describe('drawn proving epochs', () => {
  test('give way after every twenty thousand', () => {
    const steps = sampleProving(base, 45_000, 1);
    const yields: number[] = [];
    let step = steps.next();
    for (; !step.done; step = steps.next()) yields.push(step.value);
    expect(yields).toEqual([20_000, 40_000, 45_000]);
    expect(step.value.epochs).toBe(45_000);
  });

  test('are in the bins as the distribution function has it, and are counted with their error', () => {
    const sample = draw(base);
    const { availableS, meanS, pass } = provingPlan(base);
    expect(availableS).toBe(43_200);
    expect(sample.binS).toBeCloseTo(43_200 / 119, 9);
    const expected = doneCurve(base, 119);
    let sum = 0;
    for (const [i, count] of sample.histogram.subarray(0, 119).entries()) {
      sum += count;
      const share = expected[i + 1]?.probability ?? NaN;
      // The closed form takes the middle of each 256th of a pass.
      expect(Math.abs(sum / 20_000 - share)).toBeLessThan(error(share) + 2e-3);
    }
    expect(sum).toBe(sample.inGap);
    expect(sample.probability).toBe(sample.inGap / 20_000);
    expect(sample.standardError).toBeCloseTo(
      Math.sqrt((sample.probability * (1 - sample.probability)) / 20_000),
      12,
    );
    expect(Math.abs(sample.meanS / meanS - 1)).toBeLessThan(0.01);
    expect(Math.abs(sample.meanPasses / pass.meanUntilFound - 1)).toBeLessThan(0.01);
  });

  test('read for as long as it takes where k2pow costs nothing', () => {
    const served = { ...base, hashesPerS: Infinity };
    const { meanS, passS, pass } = provingPlan(served);
    expect(meanS).toBeCloseTo(passS * pass.meanUntilFound, 6);
    expect(Math.abs(draw(served).meanS / meanS - 1)).toBeLessThan(0.01);
  });

  test('end with the last nonce there is: two passes of 2048, then never', () => {
    const rare = { ...base, k2: 50, nonces: 2048, hashesPerS: Infinity, gapS: 1e9 };
    const p = passSuccess({ nonces: 2048, k2: 50 });
    expect(p).toBeGreaterThan(0.01);
    expect(p).toBeLessThan(0.5);
    const ever = 1 - (1 - p) ** 2;
    const { probability, meanS, meanPasses, histogram } = draw(rare);
    expect(Math.abs(probability - ever)).toBeLessThan(error(ever));
    expect(inGap(rare)).toBeCloseTo(ever, 9);
    expect(meanS).toBe(Infinity);
    // What is never done is later than all else.
    expect(histogram.at(-1)).toBeCloseTo(20_000 * (1 - probability), 6);
    // The first pass ends early with p, and only then is there no second.
    const { pass } = provingPlan(rare);
    const read = (1 + (1 - p)) * pass.meanRead;
    expect(Math.abs(meanPasses / read - 1)).toBeLessThan(0.01);
  });

  test('take one epoch’s speed for all of it', () => {
    const unsure = { ...base, speedError: 0.4 };
    const { meanS } = provingPlan(base);
    // The mean of the inverse of a log-normal speed.
    expect(Math.abs(draw(unsure).meanS / (meanS * Math.exp(0.08)) - 1)).toBeLessThan(0.02);
  });

  test('have a histogram even where there is no time at all', () => {
    const late = draw({ ...base, marginS: 50_000 }, 1000);
    expect(late.inGap).toBe(0);
    expect(late.binS).toBe(1);
    expect(late.histogram.at(-1)).toBe(1000);
  });

  test('follow the labels of small data, not their limit', () => {
    // 60 labels in all: at K1 = 26 of them good, 37 come far less often than Poisson has it.
    const small = { ...base, numUnits: 1, labelsPerUnit: 60, hashesPerS: Infinity, gapS: 1e9 };
    const p = passSuccess({ nonces: 64, numLabels: 60 });
    expect(Math.abs(p - passSuccess({ nonces: 64 }))).toBeGreaterThan(0.3);
    const plan = provingPlan(small);
    expect(plan.pass.success).toBeCloseTo(p, 12);
    const { meanPasses } = draw(small);
    expect(Math.abs(meanPasses / plan.pass.meanUntilFound - 1)).toBeLessThan(0.03);
  });

  test('are never done where no nonce can have its labels', () => {
    const { inGap: done, meanS } = draw({ ...base, k2: 1e6, hashesPerS: Infinity }, 100);
    expect(done).toBe(0);
    expect(meanS).toBe(Infinity);
  });

  test('end between the steps of the table, too', () => {
    // So many good labels that a pass ends within a handful of its 4096 steps; three bins are one step.
    const early = { ...base, nonces: 16, k1: 5000, hashesPerS: Infinity };
    const stepS = provingPlan(early).passS / 4096;
    const { histogram, binS } = draw({ ...early, gapS: (119 / 3) * stepS });
    expect(binS).toBeCloseTo(stepS / 3, 9);
    let sum = 0;
    for (const [i, count] of histogram.entries()) {
      sum += count;
      const fraction = (i + 1) / 3 / 4096;
      const share = finishFraction({ nonces: 16, k1: 5000, fraction });
      // A straight line within a step is near enough; its end would be wrong by up to a tenth.
      expect(Math.abs(sum / 20_000 - share)).toBeLessThan(0.03);
    }
  });
});
