import { describe, expect, test } from 'vitest';
import { mainnetPost } from '../../../../src/protocol/units';
import {
  labelQuality,
  newPostDefaults,
  proofLabels,
} from '../../../../src/simulate/proving/newpost';
import { account } from '../../../../src/simulate/network/account';
import {
  classNames,
  forClasses,
  readAssumptions,
} from '../../../../src/simulate/network/assumptions';
import {
  distinctLayers,
  epochLoad,
  homeLimits,
  mergedAtxBytes,
  proofBytes,
  soloAtxBytes,
} from '../../../../src/simulate/network/load';
import type { RealIdentities } from '../../../../src/simulate/network/population';
import type { EpochContext, NetworkEpoch } from '../../../../src/simulate/network/types';
import { Random } from '../../../../src/simulate/probability/random';
import { epochIssuance, slotSpread } from '../../../../src/simulate/rewards/rewards';
import { contextOf, emptyPopulation, populationOf } from '../../../support/network';

/** A thousand slots an epoch, and two ticks. */
const assumptions = readAssumptions({
  committeeSize: 10,
  layersPerEpoch: 100,
  ticks: 2,
  minWeight: 0,
});
const nobodyLost = forClasses(() => 0);
const newPost = { rules: { kind: 'new-post', newPost: newPostDefaults } } as const;
const run = (real: RealIdentities, changed: Partial<EpochContext> = {}, proves = 1): NetworkEpoch =>
  account(populationOf(real, proves), contextOf({ assumptions, ...changed }), 0, nobodyLost);

/** Three home smeshers, a semi-professional one in a hundred pieces, an industrial one in ten. */
const mixed: RealIdentities = {
  units: [8, 8, 8, 4, 600],
  counts: [1, 1, 1, 100, 10],
  owners: [1, 2, 3, 4, 5],
};

describe('the books of an epoch', () => {
  const context = contextOf({ assumptions, epoch: 70 });
  const books = (): NetworkEpoch =>
    account(populationOf(mixed), context, 1e6, { home: 1, semi: 2, industrial: 3 });
  const issuance = Number(epochIssuance(70));
  // 24, 400 and 6000 units, times two.
  const total = 12_848;

  test('count identities, units and ATXs of each class', () => {
    const epoch = books();
    const { home, semi, industrial } = epoch.classes;
    expect(home).toMatchObject({ smeshers: 3, identities: 3, units: 24, atxs: 3, weight: 48 });
    expect(semi).toMatchObject({
      smeshers: 1,
      identities: 100,
      units: 400,
      atxs: 100,
      weight: 800,
    });
    expect(industrial).toMatchObject({ smeshers: 1, identities: 10, units: 6000, atxs: 10 });
    expect([home.splitUnits, semi.splitUnits, industrial.splitUnits]).toEqual([0, 400, 0]);
    for (const name of classNames) expect(epoch.classes[name].mergedIdentities).toBe(0);
    expect(home.condemnedUnits).toBe(1);
    expect(industrial.condemnedUnits).toBe(3);
    expect(epoch).toMatchObject({
      epoch: 70,
      units: 6424,
      identities: 113,
      soloAtxs: 113,
      mergedAtxs: 0,
      atxs: 113,
      posts: 113,
      proofLabels: 113 * mainnetPost.k2,
      totalWeight: total,
    });
    expect(epoch.strategies).toBe(context.strategies);
  });

  test('deal out slots by weight, one at least', () => {
    const epoch = books();
    // 1.2 slots, 0.6 taken as one, and 93.4.
    expect(epoch.eligibleAtxs).toBe(113);
    expect(epoch.slots).toBe(3 + 100 + 10 * 93);
    expect(epoch.ballots).toBeCloseTo(103 + 10 * distinctLayers(93, 100), 9);
  });

  test('weigh the messages on the nodes', () => {
    const epoch = books();
    const atxBytes =
      113 * soloAtxBytes(113) +
      3 * proofBytes(8, 37) +
      100 * proofBytes(4, 37) +
      10 * proofBytes(600, 37);
    const load = epochLoad(
      { atxs: 113, atxBytes, posts: 113, slots: epoch.slots, ballots: epoch.ballots },
      assumptions,
    );
    expect(epoch.load).toEqual(load);
    expect(epoch.limits).toEqual(homeLimits(load, 113, assumptions));
    expect(epoch.stateBytes).toBe(1e6 + load.stateGrowthBytes);
  });

  test('share the issuance by weight', () => {
    const epoch = books();
    expect(epoch.issuanceSmidge).toBe(issuance);
    for (const [name, weight, units] of [
      ['home', 48, 24],
      ['semi', 800, 400],
      ['industrial', 12_000, 6000],
    ] as const) {
      const { rewardSmidge, rewardPerUnitSmidge } = epoch.classes[name];
      expect(rewardSmidge / issuance).toBeCloseTo(weight / total, 12);
      expect(rewardPerUnitSmidge).toBeCloseTo(rewardSmidge / units, 6);
    }
    expect(epoch.rewardedSmidge / issuance).toBeCloseTo(1, 12);
  });

  test('have the spread of the layers drawn, evened out by the slots of a smesher', () => {
    const epoch = books();
    const spread = (weight: number, slots: number, smeshers: number): number =>
      Math.sqrt(
        slotSpread(weight / slots, total / epoch.ballots, epoch.ballots / 100).relativeVariance /
          (slots / smeshers),
      );
    expect(epoch.classes.home.rewardDeviation).toBeCloseTo(spread(48, 3, 3), 12);
    expect(epoch.classes.semi.rewardDeviation).toBeCloseTo(spread(800, 100, 1), 12);
    expect(epoch.classes.industrial.rewardDeviation).toBeCloseTo(spread(12_000, 930, 1), 12);
  });
});

test('keeps no accounts for an empty network', () => {
  const { units, slots, rewardedSmidge, classes, issuanceSmidge } = account(
    emptyPopulation(),
    contextOf(),
    0,
    nobodyLost,
  );
  expect(issuanceSmidge).toBeGreaterThan(0);
  expect([units, slots, rewardedSmidge]).toEqual([0, 0, 0]);
  expect(classes.home).toMatchObject({
    rewardSmidge: 0,
    rewardPerUnitSmidge: 0,
    rewardDeviation: 0,
    sampleRewardPerUnitSmidge: 0,
  });
});

test('pays nothing for storage without ticks', () => {
  const { classes, totalWeight } = run(mixed, {
    assumptions: { ...assumptions, ticks: 0, minWeight: 1 },
  });
  expect(totalWeight).toBe(0);
  expect(classes.semi).toMatchObject({ units: 400, rewardSmidge: 0, rewardDeviation: 0 });
});

test('weighs an ATX against the minimal active set weight at least', () => {
  const slots = (minWeight: number): number =>
    run({ units: [100] }, { assumptions: { ...assumptions, minWeight } }).slots;
  expect(slots(0)).toBe(1000);
  expect(slots(200)).toBe(1000);
  expect(slots(400)).toBe(500);
});

describe('merged ATXs', () => {
  const married: RealIdentities = { units: [4, 8], counts: [600, 1], marriedFor: [2, -1] };

  test('carry the proofs of up to 256 identities, two epochs after the marriage', () => {
    const epoch = run(married);
    expect(epoch).toMatchObject({
      identities: 601,
      mergedAtxs: 3,
      soloAtxs: 1,
      atxs: 4,
      posts: 601,
      proofLabels: 601 * 37,
      totalWeight: 2 * 2408,
    });
    expect(epoch.classes.semi).toMatchObject({
      smeshers: 1,
      mergedIdentities: 600,
      atxs: 3,
      weight: 4800,
    });
    // 800 SU each: 332.2 slots; the other 3.3.
    expect(epoch.slots).toBe(3 * 332 + 3);
    expect(epoch.limits[0]).toMatchObject({ name: 'atxs', value: 4 });
    const atxBytes =
      3 * mergedAtxBytes(601) +
      600 * (9 + proofBytes(4, 37)) +
      soloAtxBytes(601) +
      proofBytes(8, 37);
    expect(epoch.load).toEqual(
      epochLoad(
        { atxs: 4, atxBytes, posts: 601, slots: epoch.slots, ballots: epoch.ballots },
        assumptions,
      ),
    );
  });

  test('carry identities of every size', () => {
    const epoch = run({
      units: [4, 8, 16],
      counts: [100, 50, 25],
      owners: [1, 1, 1],
      marriedFor: [2, 2, 2],
    });
    expect(epoch).toMatchObject({ mergedAtxs: 1, soloAtxs: 0, posts: 175, totalWeight: 2 * 1200 });
    expect(epoch.classes.semi).toMatchObject({ mergedIdentities: 175, units: 1200, atxs: 1 });
  });

  test('come no sooner', () => {
    expect(run({ ...married, marriedFor: [1, -1] }).mergedAtxs).toBe(0);
    expect(run({ ...married, marriedFor: [1, -1] }, { index: 1 }).mergedAtxs).toBe(3);
    expect(run({ ...married, marriedFor: [-1, -1] }, { index: 100 }).mergedAtxs).toBe(0);
  });

  test('fall under a higher minimum together', () => {
    const minimum = (units: number, fromEpoch = 0) =>
      run(married, { measures: { minimum: { fromEpoch, units } } });
    expect(minimum(800)).toMatchObject({ mergedAtxs: 3, soloAtxs: 0 });
    expect(minimum(801)).toMatchObject({ mergedAtxs: 0, soloAtxs: 0, posts: 0, totalWeight: 0 });
    expect(minimum(8)).toMatchObject({ mergedAtxs: 3, soloAtxs: 1 });
    expect(minimum(801, 1)).toMatchObject({ mergedAtxs: 3, soloAtxs: 1 });
  });

  test('need one proof each under the new PoST, over all that they merge', () => {
    const epoch = run(married, newPost);
    // 800 SU in each of three, 8 SU in the other.
    expect(epoch.posts).toBe(4);
    const labels = [proofLabels(newPostDefaults, 800), proofLabels(newPostDefaults, 8)] as const;
    expect(epoch.proofLabels).toBe(3 * labels[0] + labels[1]);
    expect(epoch.totalWeight).toBe(2 * 2408);
    const atxBytes =
      3 * (mergedAtxBytes(601) + 9 + proofBytes(800, labels[0])) +
      soloAtxBytes(601) +
      proofBytes(8, labels[1]);
    const { slots, ballots } = epoch;
    expect(epoch.load).toEqual(
      epochLoad({ atxs: 4, atxBytes, posts: 4, slots, ballots }, assumptions),
    );
  });

  test('need one for each identity if work is not consolidated', () => {
    const apart = run(married, {
      ...newPost,
      assumptions: { ...assumptions, consolidateProofs: 0 },
    });
    expect(apart.posts).toBe(601);
    expect(apart.proofLabels).toBe(
      600 * proofLabels(newPostDefaults, 4) + proofLabels(newPostDefaults, 8),
    );
  });

  test('leave out proofs that were missed', () => {
    const { posts, classes, mergedAtxs } = run(
      { units: [4], counts: [100_000], marriedFor: [2] },
      {},
      0.75,
    );
    expect(Math.abs(posts - 75_000)).toBeLessThan(5 * Math.sqrt(100_000 * 0.75 * 0.25));
    expect(mergedAtxs).toBe(Math.ceil(posts / 256));
    expect(classes.industrial).toMatchObject({ identities: 100_000, mergedIdentities: 100_000 });
    expect(classes.industrial.weight).toBeCloseTo(posts * 8, 6);
  });
});

describe('proofs that are missed', () => {
  const many: RealIdentities = { units: [4], counts: [10_000] };

  test('cost their ATX, their weight and an even reward', () => {
    const { posts, soloAtxs, slots, classes, ballots, totalWeight } = run(many, {}, 0.75);
    expect(Math.abs(posts - 7500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.75 * 0.25));
    expect(soloAtxs).toBe(posts);
    expect(classes.industrial).toMatchObject({ identities: 10_000, units: 40_000, atxs: posts });
    expect(totalWeight).toBe(posts * 8);
    const missed = (1 - posts / 10_000) / (posts / 10_000) / 10_000;
    const { relativeVariance } = slotSpread(
      totalWeight / slots,
      totalWeight / ballots,
      ballots / 100,
    );
    expect(classes.industrial.rewardDeviation).toBeCloseTo(
      Math.sqrt(relativeVariance / slots + missed),
      12,
    );
  });

  test('are none under the new PoST, where weight fluctuates instead', () => {
    const { posts, classes, slots, ballots, totalWeight } = run(many, newPost, 0.75);
    expect(posts).toBe(10_000);
    expect(totalWeight).toBe(80_000);
    const { deviation } = labelQuality(newPostDefaults, 4, newPostDefaults.referenceNonces);
    const { relativeVariance } = slotSpread(8, totalWeight / ballots, ballots / 100);
    expect(classes.industrial.rewardDeviation).toBeCloseTo(
      Math.sqrt(relativeVariance / slots + deviation ** 2 / 10_000),
      12,
    );
  });

  test('take everything from a smesher with one identity, or nothing', () => {
    // A hundred home smeshers alike: each has one proof to miss.
    const { posts, classes, ballots, slots, totalWeight } = run(
      { units: Array.from({ length: 100 }, () => 8) },
      {},
      0.5,
    );
    const proves = posts / 100;
    const own = Math.max(1, slots / 100);
    const { relativeVariance } = slotSpread(
      totalWeight / slots,
      totalWeight / ballots,
      ballots / 100,
    );
    expect(classes.home.rewardDeviation).toBeCloseTo(
      Math.sqrt(relativeVariance / own + (1 - proves) / proves),
      9,
    );
  });
});

describe('a higher minimum', () => {
  test('counts from its epoch on, and leaves those that reach it', () => {
    const atxs = (units: number, index: number): number =>
      run(mixed, { index, measures: { minimum: { fromEpoch: 3, units } } }).atxs;
    expect(atxs(8, 2)).toBe(113);
    expect(atxs(8, 3)).toBe(13);
    expect(atxs(9, 3)).toBe(10);
    expect(atxs(601, 4)).toBe(0);
  });
});

describe('eligibility every other epoch', () => {
  const measures = { everyOtherEpoch: { fromEpoch: 2, untilEpoch: 5 } };

  test('seats one half, then the other, from its first epoch to its last', () => {
    const seated = (index: number): number =>
      run(mixed, { measures, index, epoch: 60 + index }).eligibleAtxs;
    expect([0, 1].map(seated)).toEqual([113, 113]);
    expect([5, 6].map(seated)).toEqual([113, 113]);
    // Three alike: one or two of them; a hundred and ten: halves.
    expect([2, 3, 4].map(seated)).toEqual([1 + 50 + 5, 2 + 50 + 5, 1 + 50 + 5]);
  });

  test('lets owners that are alone go by turns', () => {
    const alone = { units: [400, 6000], owners: [0, 1] };
    const paid = (epoch: number): number[] => {
      const { classes, issuanceSmidge } = run(alone, {
        epoch,
        measures: { everyOtherEpoch: { fromEpoch: 0 } },
      });
      return [classes.semi, classes.industrial].map((own) => own.rewardSmidge / issuanceSmidge);
    };
    // The first has an even number and goes in odd epochs.
    expect(paid(60).map(Math.round)).toEqual([0, 1]);
    expect(paid(61).map(Math.round)).toEqual([1, 0]);
  });

  test('makes rewards twice as bursty: twice or nothing for one identity', () => {
    const half = run(mixed, { measures, index: 3, epoch: 63 });
    expect(half.classes.semi.rewardDeviation).toBeGreaterThan(
      run(mixed).classes.semi.rewardDeviation,
    );
    // Two of three, fifty and five are seated; the hundred identities of one smesher even it out.
    const each = slotSpread(8, (2 * 16 + 50 * 8 + 5 * 1200) / half.ballots, half.ballots / 100);
    expect(half.classes.semi.rewardDeviation).toBeCloseTo(
      Math.sqrt(each.relativeVariance / 50 + 1 / 100),
      12,
    );
    const { classes, slots, ballots, totalWeight } = run(
      { units: Array.from({ length: 100 }, () => 8) },
      { measures, index: 2 },
    );
    // Five slots for each on average, in layers of as many ballots; each slot stands for its own weight.
    expect(slots).toBe(500);
    const { relativeVariance } = slotSpread(
      totalWeight / 1000,
      totalWeight / 2 / ballots,
      ballots / 100,
    );
    expect(classes.home.rewardDeviation).toBeCloseTo(Math.sqrt(relativeVariance / 5 + 1), 9);
  });
});

describe('no guaranteed slot', () => {
  /** 0.5 slots each of 1000, and 500 for the large one. */
  const two: RealIdentities = { units: [4, 4000], counts: [1000, 1], owners: [1, 2] };
  const without = (below?: 'none' | 'lottery', index = 0) =>
    run(two, { index, measures: { noGuarantee: { fromEpoch: 1, below } } });

  test('is in force from its epoch on', () => {
    expect(without('none').eligibleAtxs).toBe(1001);
    expect(without('none', 1).eligibleAtxs).toBe(1);
    expect(without(undefined, 1).slots).toBe(500);
  });

  test('pays all to those who have one', () => {
    const { classes, rewardedSmidge, issuanceSmidge } = without('none', 1);
    // Both are semi-professional: 8000 units in all, half of them paid.
    expect(classes.semi.rewardSmidge).toBe(rewardedSmidge);
    expect(rewardedSmidge / issuanceSmidge).toBeCloseTo(1, 12);
    expect(classes.semi.atxs).toBe(1001);
  });

  test('may be drawn, so that the mean share stays', () => {
    const big: RealIdentities = { units: [4, 6000], counts: [10_000, 10], owners: [1, 2] };
    // Each of ten thousand is worth 0.04 slots, so 400 win one; each of the ten 60.
    const { eligibleAtxs, slots, classes, issuanceSmidge } = run(big, {
      measures: { noGuarantee: { fromEpoch: 0, below: 'lottery' } },
    });
    const winners = eligibleAtxs - 10;
    expect(Math.abs(winners - 400)).toBeLessThan(5 * Math.sqrt(400));
    expect(slots).toBe(winners + 600);
    expect(classes.industrial.rewardSmidge / issuanceSmidge).toBeCloseTo(1, 12);
  });

  test('gives a winner the weight of a full slot', () => {
    const small: RealIdentities = { units: [4, 260], counts: [50, 40], owners: [1, 2] };
    // Home: 200 of 10 600 units, 0.38 slots each; industrial: 24.5 slots each.
    const share = (seed: number): readonly [number, number] => {
      const { classes, issuanceSmidge, eligibleAtxs } = run(small, {
        random: new Random(seed),
        measures: { noGuarantee: { fromEpoch: 0, below: 'lottery' } },
      });
      return [classes.home.rewardSmidge / issuanceSmidge, eligibleAtxs - 40];
    };
    for (const seed of [1, 2, 3]) {
      const [paid, winners] = share(seed);
      expect(winners).toBeGreaterThan(0);
      // A slot is a thousandth of the weight.
      const won = winners * (10_600 / 1000);
      expect(paid).toBeCloseTo(won / (won + 10_400), 12);
    }
  });
});

describe('what one smesher happens to earn', () => {
  /** Samples of a home smesher, as factors of the mean; all of them have the same number of proofs. */
  function draws(smeshers: number, proves: number, count: number) {
    const random = new Random(9);
    const real = { units: Array.from({ length: smeshers }, () => 8) };
    return Array.from({ length: count }, () => {
      const { home } = run(real, { random }, proves).classes;
      return {
        factor: home.sampleRewardPerUnitSmidge / home.rewardPerUnitSmidge,
        deviation: home.rewardDeviation,
      };
    });
  }
  const meanOf = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;

  test('has the mean and the deviation of its class', () => {
    const drawn = draws(250, 1, 1500);
    const factors = drawn.map(({ factor }) => factor);
    const { deviation = NaN } = drawn[0] ?? {};
    // Four slots of a thousand each, in layers of ten ballots.
    expect(deviation).toBeGreaterThan(0.1);
    expect(deviation).toBeLessThan(0.3);
    const mean = meanOf(factors);
    const spread = Math.sqrt(meanOf(factors.map((factor) => (factor - mean) ** 2)));
    expect(Math.abs(mean - 1)).toBeLessThan((5 * deviation) / Math.sqrt(1500));
    // Five standard errors of a deviation.
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * 1500));
    expect(Math.min(...factors)).toBeGreaterThan(0);
  });

  test('is all or nothing where the deviation is wider than the mean', () => {
    // Three proofs of four are missed.
    const drawn = draws(60, 0.25, 600);
    for (const { factor, deviation } of drawn) {
      expect(deviation).toBeGreaterThan(1);
      if (factor !== 0) expect(factor).toBeCloseTo(1 + deviation ** 2, 9);
    }
    // One in four or five is paid.
    const wide = 1 + (drawn[0]?.deviation ?? NaN) ** 2;
    const error = 5 * Math.sqrt(wide / 600);
    expect(Math.abs(meanOf(drawn.map(({ factor }) => factor)) - 1)).toBeLessThan(error);
  });

  test('is nothing, for sure, for those whose ATXs do not count', () => {
    const { home, semi } = run(mixed, {
      measures: { minimum: { fromEpoch: 0, units: 10 } },
    }).classes;
    expect(home).toMatchObject({ units: 24, rewardSmidge: 0, rewardDeviation: 0 });
    expect(semi.sampleRewardPerUnitSmidge).toBe(0);
  });
});
