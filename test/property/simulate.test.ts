import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { issuance } from '../../src/protocol/issuance';
import { gammaQuantile, poissonTail } from '../../src/simulate/probability/distributions';
import { fleet } from '../../src/simulate/farm/fleet';
import { k2powHashes, passSuccess } from '../../src/simulate/probability/passes';
import { inGap, provingPlan, type ProvingInput } from '../../src/simulate/proving/throughput';

const groups = fc.integer({ min: 1, max: 256 });
const rate = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1, max: 1e12, noNaN: true }),
  fc.constant(Infinity),
);
const proving: fc.Arbitrary<ProvingInput> = fc.record({
  numUnits: fc.oneof(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 2 ** 24 })),
  nonces: groups.map((count) => count * 16),
  threads: fc.integer({ min: 1, max: 128 }),
  diskBytesPerS: rate,
  scan: rate.map((bytesPerSPerThread) => ({ bytesPerSPerThread })),
  hashesPerS: rate,
  marginS: fc.integer({ min: 0, max: 50_000 }),
  speedError: fc.constantFrom(0, 0.1, 0.5),
});
const tiny = 1e-9;

describe('planning', () => {
  test('gives more success for more nonces', () => {
    fc.assert(
      fc.property(groups, groups, fc.integer({ min: 1, max: 60 }), (a, b, k2) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((count) =>
          passSuccess({ nonces: count * 16, k2 }),
        );
        expect(few).toBeGreaterThanOrEqual(0);
        expect(many).toBeLessThanOrEqual(1);
        expect(few).toBeLessThanOrEqual((many ?? 0) + tiny);
      }),
    );
  });

  test('answers every input with a probability, and never with NaN', () => {
    fc.assert(
      fc.property(proving, (input) => {
        const plan = provingPlan(input);
        expect(plan.probabilityInGap).toBeGreaterThanOrEqual(0);
        expect(plan.probabilityInGap).toBeLessThanOrEqual(1);
        for (const value of [
          plan.passS,
          plan.powS.q99,
          plan.meanS,
          plan.doneS.q99,
          plan.passesThatFit,
        ])
          expect(value).not.toBeNaN();
      }),
      { numRuns: 60 },
    );
  });

  test('never gets worse with a faster machine, more space or less data', () => {
    fc.assert(
      fc.property(proving, fc.double({ min: 1, max: 10, noNaN: true }), (input, factor) => {
        const before = inGap(input) - tiny;
        expect(
          inGap({ ...input, diskBytesPerS: input.diskBytesPerS * factor }),
        ).toBeGreaterThanOrEqual(before);
        expect(inGap({ ...input, hashesPerS: input.hashesPerS * factor })).toBeGreaterThanOrEqual(
          before,
        );
        expect(inGap({ ...input, gapS: 43_200 * factor })).toBeGreaterThanOrEqual(before);
        expect(
          inGap({ ...input, threads: Math.ceil(input.threads * factor) }),
        ).toBeGreaterThanOrEqual(before);
        // Exact tails of a smaller data set are a hair smaller, by less than 1e-7.
        expect(
          inGap({ ...input, numUnits: Math.ceil(input.numUnits / factor) }),
        ).toBeGreaterThanOrEqual(before - 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps fleets consistent: shares in [0, 1], all proved only if a share is', () => {
    fc.assert(
      fc.property(
        proving,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 20 }),
        (input, identities, drives) => {
          const plan = fleet({ ...input, identities, drives });
          expect(plan.provedShare).toBeGreaterThanOrEqual(0);
          expect(plan.provedShare).toBeLessThanOrEqual(1 + tiny);
          expect(plan.probabilityAll).toBeLessThanOrEqual(plan.provedShare + 1e-6);
          expect(plan.probabilityAll).toBeLessThanOrEqual(plan.probabilityShare + 1e-6);
          for (const value of Object.values(plan)) expect(value).not.toBeNaN();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('inverts the gamma distribution, and orders the quantiles of k2pow', () => {
    fc.assert(
      fc.property(groups, fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (shape, p) => {
        expect(poissonTail(shape, gammaQuantile(shape, p))).toBeCloseTo(p, 10);
        const { mean, q50, q90, q99 } = k2powHashes({ numUnits: shape, nonces: shape * 16 });
        expect(q50).toBeLessThan(mean);
        expect(q50).toBeLessThan(q90);
        expect(q90).toBeLessThan(q99);
      }),
    );
  });

  test('issues less with every layer, and never more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000_000 }), (layer) => {
        const [now, before] = [issuance(layer), issuance(layer - 1)];
        expect(now.accumulated).toBe(before.accumulated + now.subsidy);
        expect(now.subsidy).toBeLessThanOrEqual(before.subsidy + 1n);
        expect(now.accumulated).toBeLessThan(2_250_000_000_000_000_000n);
      }),
    );
  });
});
