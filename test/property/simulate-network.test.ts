import fc from 'fast-check';
import { expect, test } from 'vitest';
import { network } from '../../src/simulate/network/network';
import type { Measures } from '../../src/simulate/network/types';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const fromEpoch = fc.integer({ min: 0, max: 3 });
const measures: fc.Arbitrary<Measures> = fc.record(
  {
    merge: fc.record({
      fromEpoch,
      adoption: fc.record({ home: share, semi: share, industrial: share }),
      overEpochs: fc.integer({ min: 1, max: 3 }),
    }),
    newPost: fc.record({ fromEpoch }),
    everyOtherEpoch: fc.record({ fromEpoch }),
    minimum: fc.record({ fromEpoch, units: fc.integer({ min: 0, max: 100 }) }),
    noGuarantee: fc.record({
      fromEpoch,
      below: fc.constantFrom('none' as const, 'lottery' as const),
    }),
  },
  { requiredKeys: [] },
);
const identities = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 1, max: 2000 }),
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((entries) => ({
    units: entries.map(([units]) => units),
    owners: entries.map(([, owner]) => owner),
    counts: entries.map(([, , count]) => count),
  }));

test('keeps its books under any measures on any network', () => {
  fc.assert(
    fc.property(identities, measures, fc.integer(), (start, switched, seed) => {
      const { epochs } = network({ epochs: 5, identities: start, measures: switched, seed });
      const [first] = epochs;
      expect(first?.units).toBe(
        start.units.reduce((sum, units, i) => sum + units * (start.counts[i] ?? 0), 0),
      );
      for (const epoch of epochs) {
        const paid = epoch.rewardedSmidge / epoch.issuanceSmidge;
        // Everything is paid out, or nobody was eligible.
        expect(epoch.eligibleAtxs === 0 ? paid : Math.abs(paid - 1)).toBeLessThan(1e-9);
        expect(epoch.eligibleAtxs).toBeLessThanOrEqual(epoch.atxs);
        expect(epoch.slots).toBeGreaterThanOrEqual(epoch.eligibleAtxs);
        expect(epoch.ballots).toBeLessThanOrEqual(epoch.slots + 1e-6);
        expect(epoch.posts).toBeLessThanOrEqual(epoch.identities);
        expect(epoch.atxs).toBe(epoch.soloAtxs + epoch.mergedAtxs);
        expect(JSON.stringify(epoch)).not.toContain('null');
      }
    }),
    { numRuns: 12 },
  );
});
