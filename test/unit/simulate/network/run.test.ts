import { describe, expect, test } from 'vitest';
import { newPostDefaults } from '../../../../src/simulate/proving/newpost';
import {
  assumptionList,
  classNames,
  forClasses,
  readAssumptions,
} from '../../../../src/simulate/network/assumptions';
import { network, simulateNetwork } from '../../../../src/simulate/network/network';
import { measurePresets } from '../../../../src/simulate/network/presets';
import type { Measures, NetworkInput } from '../../../../src/simulate/network/types';
import { epochIssuance } from '../../../../src/simulate/rewards/rewards';

/** Machines of one drive of 4 SU, which cannot be split: the choice takes no time. */
const small = Object.fromEntries(
  classNames.flatMap((name) => [
    [`${name}.driveUnits`, 4],
    [`${name}.drivesPerServer`, 1],
  ]),
);
const run = ({ assumptions, ...input }: Partial<NetworkInput> = {}) =>
  network({
    epochs: 1,
    identities: { units: [100, 4], counts: [10, 1] },
    ...input,
    assumptions: { ...small, ...assumptions },
  });
const still = Object.fromEntries(
  classNames.flatMap((name) => [
    [`${name}.growth`, 0],
    [`${name}.leaving`, 0],
    [`${name}.reinitialise`, 0],
  ]),
);

describe('a run', () => {
  test('counts epochs from the 60th, or from another', () => {
    expect(run({ epochs: 3 }).epochs.map(({ epoch }) => epoch)).toEqual([60, 61, 62]);
    expect(run({ epochs: 2, firstEpoch: 2 }).epochs.map(({ epoch }) => epoch)).toEqual([2, 3]);
    expect(run({ firstEpoch: 100_000 }).epochs[0]?.issuanceSmidge).toBe(
      Number(epochIssuance(100_000)),
    );
  });

  test('tells its seed, which is 1 when absent, and its assumptions', () => {
    expect(run().seed).toBe(1);
    expect(run({ seed: 5 }).seed).toBe(5);
    expect(run({ assumptions: { ticks: 9 } }).assumptions.ticks).toBe(9);
    const drawn = (seed?: number) =>
      run({ identities: undefined, seed, assumptions: { 'home.smeshers': 5 } }).epochs;
    expect(drawn()).toEqual(drawn(1));
    expect(drawn(2)).not.toEqual(drawn(1));
  });

  test('gives way after the start and two times per epoch', () => {
    const yields: number[] = [];
    const steps = simulateNetwork({ epochs: 2, identities: { units: [4] }, assumptions: small });
    for (let step = steps.next(); !step.done; step = steps.next()) yields.push(step.value);
    expect(yields).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test('adds the growth of the state up from the start', () => {
    const { epochs } = run({ epochs: 3, assumptions: { stateStartBytes: 1e6 } });
    let bytes = 1e6;
    for (const { stateBytes, load } of epochs) {
      bytes += load.stateGrowthBytes;
      expect(stateBytes).toBeCloseTo(bytes, 6);
    }
  });

  test('begins with the network as it is, and goes on from there', () => {
    const all = { 'semi.leaving': 1, 'home.leaving': 1, equivocation: 0 };
    const { epochs } = run({ epochs: 2, assumptions: all });
    expect(epochs.map(({ units }) => units)).toEqual([1004, 0]);
    const { epochs: lost } = run({ epochs: 2, assumptions: { ...still, equivocation: 0.999999 } });
    expect(lost[0]?.classes.semi.condemnedUnits).toBe(0);
    expect(lost[1]?.classes.semi.condemnedUnits).toBeCloseTo(1000, 2);
    // Counted apart: the storage is still in all other figures.
    expect(lost[1]?.classes.semi.units).toBe(1000);
  });

  test('pays for a unit what the epoch issues, by the units of the epoch before', () => {
    const { epochs } = run({
      epochs: 3,
      assumptions: { smhUsd: 3, equivocation: 0, 'semi.leaving': 1, 'home.leaving': 0 },
    });
    const paid = epochs.map(({ strategies }) => {
      const { rewardUsdPerUnit, weightShare } = strategies.home.large;
      return rewardUsdPerUnit / weightShare;
    });
    const issued = [60, 61, 62].map((epoch) => (Number(epochIssuance(epoch)) / 1e9) * 3);
    // All of the ten large identities are gone after the first.
    for (const [i, units] of [1004, 1004, 4].entries())
      expect((paid[i] ?? NaN) / ((issued[i] ?? NaN) / units)).toBeCloseTo(1, 12);
  });

  test('pays by the units that the classes are expected to have, where they are drawn', () => {
    const { epochs } = run({
      identities: undefined,
      assumptions: {
        ...Object.fromEntries(classNames.map((name) => [`${name}.smeshers`, 2])),
        'home.medianUnits': 10,
        'semi.medianUnits': 100,
        'industrial.medianUnits': 1000,
        'home.sizeSpread': 0.5,
        'semi.sizeSpread': 0,
        'industrial.sizeSpread': 1,
        smhUsd: 1,
      },
    });
    const { rewardUsdPerUnit, weightShare } = epochs[0]?.strategies.semi.large ?? expect.fail();
    // The mean of a log-normal is above its median.
    const units = 20 * Math.exp(0.125) + 200 + 2000 * Math.exp(0.5);
    expect(
      (rewardUsdPerUnit / weightShare / (Number(epochIssuance(60)) / 1e9)) * units,
    ).toBeCloseTo(1, 12);
  });

  test('pays no more than there is, where the network is empty', () => {
    const none = Object.fromEntries(classNames.map((name) => [`${name}.smeshers`, 0]));
    const { epochs } = run({ identities: undefined, assumptions: { ...none, smhUsd: 1 } });
    const { rewardUsdPerUnit, weightShare } = epochs[0]?.strategies.home.large ?? expect.fail();
    expect(rewardUsdPerUnit / weightShare).toBeCloseTo(Number(epochIssuance(60)) / 1e9, 0);
  });

  test('changes the rules with the new PoST, from its epoch on', () => {
    const rules = { ...newPostDefaults, baseLabels: 1000, labelsPerDoubling: 0 };
    const identities = { units: [8], counts: [50] };
    const labels = (newPost: Measures['newPost']) =>
      run({
        epochs: 3,
        identities,
        measures: { newPost },
        assumptions: { ...still, equivocation: 0 },
      }).epochs.map(({ proofLabels, posts }) => proofLabels / posts);
    expect(labels({ fromEpoch: 1, rules })).toEqual([37, 1000, 1000]);
    // Three doublings above one unit.
    expect(labels({ fromEpoch: 2 })).toEqual([37, 37, 548]);
    expect(labels(undefined)).toEqual([37, 37, 37]);
  });

  test('weighs the options under the rules of each epoch', () => {
    const hashes = run({ epochs: 2, measures: { newPost: { fromEpoch: 1 } } }).epochs.map(
      ({ strategies }) =>
        strategies.home.large.hashesPerUnit / Math.ceil(strategies.home.large.nonces / 16),
    );
    expect(hashes[0]).toBeGreaterThanOrEqual(4687.5);
    // The same for each group, whatever the size: 4 SU here.
    expect(hashes[1]).toBeCloseTo(newPostDefaults.hashesPerGroup / 4, 9);
  });

  test('merges two epochs after the measure begins', () => {
    const merge = { fromEpoch: 1, adoption: { home: 1, semi: 1, industrial: 1 } };
    const { epochs } = run({
      epochs: 5,
      measures: { merge },
      assumptions: { ...still, equivocation: 0 },
    });
    expect(epochs.map(({ mergedAtxs }) => mergedAtxs)).toEqual([0, 0, 0, 1, 1]);
  });
});

describe('what a run refuses', () => {
  const adoption = { home: 0, semi: 0, industrial: 0 };

  test.each([
    ['epochs', { epochs: 0 }],
    ['epochs', { epochs: 10_001 }],
    ['firstEpoch', { firstEpoch: 1 }],
    ['firstEpoch', { firstEpoch: 100_001 }],
    ['identities.units', { identities: { units: [] } }],
    ['fromEpoch of a measure', { measures: { merge: { fromEpoch: -1, adoption } } }],
    ['fromEpoch of a measure', { measures: { newPost: { fromEpoch: 0.5 } } }],
    ['fromEpoch of a measure', { measures: { everyOtherEpoch: { fromEpoch: NaN } } }],
    ['fromEpoch of a measure', { measures: { minimum: { fromEpoch: -1, units: 1 } } }],
    ['fromEpoch of a measure', { measures: { noGuarantee: { fromEpoch: 1e7 } } }],
    [
      'measures.merge.adoption.semi',
      { measures: { merge: { fromEpoch: 0, adoption: { ...adoption, semi: 1.1 } } } },
    ],
    [
      'measures.merge.adoption.home',
      { measures: { merge: { fromEpoch: 0, adoption: { ...adoption, home: -0.1 } } } },
    ],
    [
      'measures.merge.adoption.industrial',
      { measures: { merge: { fromEpoch: 0, adoption: { ...adoption, industrial: NaN } } } },
    ],
    ['measures.minimum.units', { measures: { minimum: { fromEpoch: 0, units: -1 } } }],
  ])('a wrong %s: %j', (what, input) => {
    expect(() => run(input)).toThrow(
      expect.objectContaining({
        code: 'input-not-valid',
        message: expect.stringMatching(`^${what} must be [^,]`) as string,
      }),
    );
  });

  test('takes all and none for a share', () => {
    const merge = { fromEpoch: 0, adoption: { home: 0, semi: 1, industrial: 1 } };
    expect(run({ measures: { merge } }).epochs).toHaveLength(1);
  });
});

describe('assumptions', () => {
  test('are read under their names, general ones and those of a class', () => {
    const read = readAssumptions({ layerS: 1, 'semi.threads': 2, 'industrial.growth': 0 });
    expect(read.layerS).toBe(1);
    expect(read.classes.semi.threads).toBe(2);
    expect(read.classes.industrial.growth).toBe(0);
    // All others are as they were.
    const usual = readAssumptions();
    expect(usual.classes.home.threads).toBe(8);
    expect(read).toEqual({
      ...usual,
      layerS: 1,
      classes: {
        ...usual.classes,
        semi: { ...usual.classes.semi, threads: 2 },
        industrial: { ...usual.classes.industrial, growth: 0 },
      },
    });
  });

  test('are those of the mainnet where it has them', () => {
    const { committeeSize, layersPerEpoch, layerS, gapS, minUnits, minWeight } = readAssumptions();
    expect({ committeeSize, layersPerEpoch, layerS, gapS, minUnits, minWeight }).toEqual({
      committeeSize: 50,
      layersPerEpoch: 4032,
      layerS: 300,
      gapS: 43_200,
      minUnits: 4,
      minWeight: 1_000_000,
    });
  });

  test('are listed with what they were changed to, and what they are', () => {
    const list = assumptionList({ 'home.smeshers': 7, smhUsd: 2 });
    const byKey = new Map(list.map((entry) => [entry.key, entry]));
    expect(byKey.get('home.smeshers')).toEqual({
      key: 'home.smeshers',
      value: 7,
      unit: 'smeshers',
      title: 'Smeshers at the start',
      source: expect.stringContaining('go-spacemesh') as string,
    });
    expect(byKey.get('semi.smeshers')?.value).toBe(4000);
    expect(byKey.get('smhUsd')).toMatchObject({ value: 2, unit: '$' });
    expect(byKey.get('layerS')).toMatchObject({ value: 300, unit: 's' });
  });

  test('refuse names that are none, and say which there are', () => {
    expect(() => readAssumptions({ 'home.nonsense': 1 })).toThrow(
      expect.objectContaining({
        code: 'unknown-assumption',
        details: { key: 'home.nonsense' },
        message: expect.stringMatching(
          /^There is no assumption "home.nonsense"\. Known are committeeSize, .*, industrial.startSplit\.$/,
        ) as string,
      }),
    );
  });

  test.each([-1, NaN, Infinity])('refuse %d', (value) => {
    expect(() => readAssumptions({ smhUsd: value })).toThrow(
      expect.objectContaining({
        code: 'input-not-valid',
        details: { key: 'smhUsd', value },
        message: 'smhUsd must be a number, 0 or more.',
      }),
    );
  });

  test('are given class by class', () => {
    expect(forClasses((name) => name.length)).toEqual({ home: 4, semi: 4, industrial: 10 });
  });
});

test('offers each measure of the announcement from an epoch on', () => {
  const presets = measurePresets(7);
  const adoption = { home: 0, semi: 0.5, industrial: 0.9 };
  const merge = { fromEpoch: 7, adoption, overEpochs: 6 };
  expect(Object.fromEntries(presets.map(({ id, measures }) => [id, measures]))).toEqual({
    nothing: {},
    merge: { merge },
    'new-post': { newPost: { fromEpoch: 7, rules: newPostDefaults } },
    // The second part of the plan half a year later.
    plan: { merge, newPost: { fromEpoch: 19, rules: newPostDefaults } },
    'every-other': { everyOtherEpoch: { fromEpoch: 7 } },
    minimum: { minimum: { fromEpoch: 7, units: 64 } },
    'no-guarantee': { noGuarantee: { fromEpoch: 7, below: 'none' } },
  });
  for (const { title } of presets) expect(title).not.toBe('');
});
