import { describe, expect, test } from 'vitest';
import { classNames, readAssumptions } from '../../../../src/simulate/network/assumptions';
import { pickStrategy, strategyWork } from '../../../../src/simulate/network/strategy';
import { epochIssuance } from '../../../../src/simulate/rewards/rewards';
import {
  bestEstimate,
  labelQuality,
  newPostDefaults,
  proofLabels,
} from '../../../../src/simulate/proving/newpost';

describe('labels of a proof', () => {
  test('grow by the same number with every doubling of the storage', () => {
    const rules = { ...newPostDefaults, baseLabels: 400, labelsPerDoubling: 40 };
    const labels = (units: number): number => proofLabels(rules, units);
    expect([1, 2, 4, 64, 1024].map(labels)).toEqual([400, 440, 480, 640, 800]);
    // log2(3) = 1.585: 463.4 labels.
    expect(labels(3)).toBe(463);
    expect(labels(0.5)).toBe(360);
  });

  test('are three at least, for the deviation to be finite', () => {
    const rules = { ...newPostDefaults, baseLabels: 0, labelsPerDoubling: 1 };
    expect(proofLabels(rules, 1)).toBe(3);
    expect(proofLabels(rules, 16)).toBe(4);
  });

  test('are those of some storage', () => {
    expect(() => proofLabels(newPostDefaults, 0)).toThrow('Size (SU) must be');
    expect(() => proofLabels(newPostDefaults, NaN)).toThrow('Size (SU) must be');
  });
});

/** By another quadrature, over the density and in the logarithm of the value; the script is not kept. */
const byDensity = [
  { labels: 10, nonces: 16, mean: 1.79381937, deviation: 0.42643896 },
  { labels: 37, nonces: 16, mean: 1.34250507, deviation: 0.13845853 },
  { labels: 400, nonces: 64, mean: 1.12553855, deviation: 0.02668888 },
  { labels: 640, nonces: 16, mean: 1.07242707, deviation: 0.02375042 },
  { labels: 640, nonces: 64, mean: 1.09779219, deviation: 0.02035892 },
  { labels: 640, nonces: 288, mean: 1.12138989, deviation: 0.01800997 },
];

describe('the best of several estimates', () => {
  test.each(byDensity)('of $labels labels, $nonces nonces: $mean', (expected) => {
    const { mean, deviation } = bestEstimate(expected.labels, expected.nonces);
    expect(mean).toBeCloseTo(expected.mean, 4);
    expect(deviation).toBeCloseTo(expected.deviation, 4);
  });

  test.each([10, 37, 400, 800])('has no bias with one nonce and %d labels', (labels) => {
    const { mean, deviation } = bestEstimate(labels, 1);
    expect(mean).toBeCloseTo(1, 4);
    expect(deviation * Math.sqrt(labels - 2)).toBeCloseTo(1, 2);
  });

  test('needs three labels, and a nonce that exists', () => {
    expect(() => bestEstimate(2, 1)).toThrow('labels must be');
    expect(() => bestEstimate(400, 0)).toThrow('Nonces per pass must be');
    expect(() => bestEstimate(400, 4097)).toThrow('Nonces per pass must be');
  });
});

test('measures quality against the reference nonces', () => {
  const rules = { ...newPostDefaults, baseLabels: 400, labelsPerDoubling: 40, referenceNonces: 64 };
  const { mean, deviation } = labelQuality(rules, 64, 288);
  expect(mean).toBeCloseTo(1.12138989 / 1.09779219, 5);
  expect(deviation).toBeCloseTo(0.01800997 / 1.09779219, 5);
});

describe('newPostDefaults', () => {
  const rules = { kind: 'new-post', newPost: newPostDefaults } as const;
  const assumptions = readAssumptions();
  // Epoch 60, 20 million SU: what the pages start from.
  const rewardUsd = ((Number(epochIssuance(60)) / 1e9) * assumptions.smhUsd) / 20e6;

  test.each(classNames.flatMap((name) => [4, 80, 60_000].map((units) => [name, units] as const)))(
    'newPostDefaults: %s, %d SU, the reference nonces in one identity earn most',
    (name, units) => {
      const work = strategyWork(assumptions, name, rules, units);
      const { best } = pickStrategy(work, rewardUsd);
      expect(best.nonces).toBe(newPostDefaults.referenceNonces);
      expect(best.kind).toBe('large');
      const profit = (nonces: number): number => {
        const option = work[0]?.find((candidate) => candidate.nonces === nonces) ?? expect.fail();
        return rewardUsd * option.weightShare - option.cpuUsdPerUnit;
      };
      for (const nonces of [16, 48, 64, 128, 288]) expect(profit(nonces)).toBeLessThan(profit(32));
    },
  );

  test.each(classNames)(
    'newPostDefaults: %s, the reference nonces hold for prices 10 % lower and 50 % higher',
    (name) => {
      for (const units of [4, 80, 60_000]) {
        const { best, noncesHold } = pickStrategy(
          strategyWork(assumptions, name, rules, units),
          rewardUsd,
        );
        expect(best.nonces).toBe(newPostDefaults.referenceNonces);
        expect(noncesHold.lowUsdPerUnit).toBeLessThan(0.9 * rewardUsd);
        expect(noncesHold.highUsdPerUnit).toBeGreaterThan(1.5 * rewardUsd);
        expect(noncesHold.highUsdPerUnit).toBeLessThan(2 * rewardUsd);
      }
    },
  );

  test('newPostDefaults: at half and twice the reward, the reference nonces lose less than 1 % of it', () => {
    for (const name of classNames)
      for (const units of [4, 80, 60_000])
        for (const factor of [0.5, 0.7, 1, 1.4, 2]) {
          const reward = factor * rewardUsd;
          const [large = []] = strategyWork(assumptions, name, rules, units);
          const profits = large.map(
            ({ weightShare, cpuUsdPerUnit }) => reward * weightShare - cpuUsdPerUnit,
          );
          const at = large.findIndex(({ nonces }) => nonces === newPostDefaults.referenceNonces);
          expect(Math.max(...profits) - (profits[at] ?? NaN)).toBeLessThan(0.01 * reward);
        }
  });

  test('newPostDefaults: fewer nonces lose weight, more bring a negligible amount', () => {
    for (const units of [4, 64, 4096, 65_536]) {
      expect(labelQuality(newPostDefaults, units, 16).mean).toBeLessThan(0.989);
      expect(labelQuality(newPostDefaults, units, 32).mean).toBe(1);
      expect(labelQuality(newPostDefaults, units, 64).mean).toBeLessThan(1.013);
    }
  });
});
