// Rewards against networks small enough to be dealt out by hand, or ballot by ballot.
import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../../src/base/error';
import { mainnetTiming } from '../../../../src/protocol/epochs';
import { issuance } from '../../../../src/protocol/issuance';
import { Random } from '../../../../src/simulate/probability/random';
import { epochIssuance, rewardPlan, slotSpread } from '../../../../src/simulate/rewards/rewards';

const timing = { ...mainnetTiming, layersPerEpoch: 100 };
const refusal = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof WorkbenchError) return error.details.what;
  }
  return undefined;
};

describe('issuance of an epoch', () => {
  test('is that of its layers, counted from the effective genesis', () => {
    // Two genesis epochs; the last layer of the second, 199, is the first that is paid.
    expect(epochIssuance(0, timing)).toBe(0n);
    expect(epochIssuance(1, timing)).toBe(issuance(0).accumulated);
    expect(epochIssuance(2, timing)).toBe(issuance(100).accumulated - issuance(0).accumulated);
    expect(epochIssuance(9, timing)).toBe(issuance(800).accumulated - issuance(700).accumulated);
  });

  test.each([-1, 1.5, 1_000_001])('of epoch %d is refused', (epoch) => {
    expect(refusal(() => epochIssuance(epoch))).toBe('epoch');
  });
});

describe('spread of a slot', () => {
  test('is none without others', () => {
    expect(slotSpread(5, 7, 0).relativeVariance).toBe(0);
    expect(slotSpread(5, 0, 30).relativeVariance).toBeCloseTo(0, 12);
  });

  test.each([
    [1, 1, 0.5],
    [1, 1, 3],
    [4, 1, 50],
    [1, 10, 40],
    [1, 1, 400],
  ])('of weight %d among others of %d, %d a layer', (weight, other, perLayer) => {
    let p = Math.exp(-perLayer);
    let mean = 0;
    let square = 0;
    for (let others = 0; others < 1000; others++) {
      const part = weight / (weight + others * other);
      mean += p * part;
      square += p * part * part;
      p *= perLayer / (others + 1);
    }
    const { relativeVariance } = slotSpread(weight, other, perLayer);
    expect(relativeVariance / (square / mean ** 2 - 1)).toBeCloseTo(1, 9);
  });
});

describe('rewards', () => {
  const base = { totalUnits: 1000, totalIdentities: 50, epoch: 10, epochs: 1, timing };

  test('of the entire network are the entire issuance, and certain', () => {
    const plan = rewardPlan({ ...base, units: [600, 400], totalIdentities: 2 });
    expect(plan.meanSmidge).toBe(Number(epochIssuance(10, timing)));
    expect(plan.deviationSmidge).toBeLessThan(1e-6 * plan.meanSmidge);
    expect(plan.epochs[0]).toMatchObject({ epoch: 10, share: 1 });
    // 50 proposals a layer, 100 layers, by weight.
    expect(plan.epochs[0]?.slots).toBe(3000 + 2000);
  });

  test('are the share of the weight, in the number of slots that the node gives', () => {
    const plan = rewardPlan({ ...base, units: [100, 20] });
    const [epoch] = plan.epochs;
    expect(epoch).toMatchObject({ share: 0.12, slots: 500 + 100 });
    expect(plan.meanSmidge / Number(epochIssuance(10, timing))).toBeCloseTo(0.12, 14);
    expect(epoch?.issuanceSmidge).toBe(epochIssuance(10, timing));
  });

  test('take ticks, the least weight and another committee as the node does', () => {
    const slots = (change: object) =>
      rewardPlan({ ...base, units: [10], ...change }).epochs[0]?.slots;
    expect(slots({})).toBe(50);
    expect(slots({ ticks: 7.9 })).toBe(50);
    expect(slots({ committeeSize: 20 })).toBe(20);
    expect(slots({ minWeight: 2000.5 })).toBe(25);
    expect(slots({ ticks: 0.15 })).toBe(Math.floor((1 * 5000) / 150));
    // Weights are whole: less than one tick of one unit is nothing, and has the one guaranteed slot.
    expect(slots({ ticks: 1e-6 })).toBe(1);
  });

  test('of equal identities are counted together', () => {
    const apart = rewardPlan({ ...base, units: [10, 10, 10, 40] });
    const together = rewardPlan({ ...base, units: [10, 40], counts: [3, 1] });
    expect(together.epochs[0]?.slots).toBe(apart.epochs[0]?.slots);
    expect(together.meanSmidge).toBeCloseTo(apart.meanSmidge, 3);
    expect(together.deviationSmidge / apart.deviationSmidge).toBeCloseTo(1, 12);
  });

  test.each([
    [{ units: [1], totalUnits: 1000, totalIdentities: 1000 }, 10],
    [{ units: [50], totalUnits: 1000, totalIdentities: 40 }, 10],
    [{ units: [5, 5], totalUnits: 1000, totalIdentities: 900 }, 3],
  ])('spread as ballots that fall into layers by chance: %o', (input, committeeSize) => {
    const plan = rewardPlan({ ...base, ...input, committeeSize });
    const own = input.units.reduce((sum, units) => sum + units, 0);
    const layers = 100;
    const slotsOf = (units: number) =>
      Math.max(1, Math.floor((units * committeeSize * layers) / input.totalUnits));
    // What the model says of the others: as many ballots of one mean weight.
    const ballots = Math.max(
      input.totalIdentities - input.units.length,
      (1 - own / input.totalUnits) * committeeSize * layers,
    );
    const weight = (input.totalUnits - own) / ballots;
    const random = new Random(3);
    const runs = 1500;
    const shares: number[] = [];
    for (let run = 0; run < runs; run++) {
      let share = 0;
      for (const units of input.units)
        for (let slot = 0; slot < slotsOf(units); slot++) {
          const others = random.binomial(Math.round(ballots), 1 / layers);
          const part = units / slotsOf(units);
          share += part / (part + others * weight) / layers;
        }
      shares.push(share);
    }
    const mean = shares.reduce((a, b) => a + b) / runs;
    const deviation = Math.sqrt(shares.reduce((a, b) => a + (b - mean) ** 2, 0) / runs);
    const issued = Number(epochIssuance(10, timing));
    // The draws give the relative spread; the mean is the share of the weight.
    const expected = plan.deviationSmidge / plan.meanSmidge;
    expect(deviation / mean / expected).toBeGreaterThan(0.85);
    expect(deviation / mean / expected).toBeLessThan(1.15);
    expect(plan.meanSmidge / issued).toBeCloseTo(own / input.totalUnits, 12);
  });

  test('are spread by the ballots of other smeshers: one per identity, or the number of proposals wanted', () => {
    const spread = (plan: ReturnType<typeof rewardPlan>) =>
      (plan.deviationSmidge / plan.meanSmidge) ** 2;
    // 400 of 800 identities of a unit, one slot each: 400 other ballots on 100 layers.
    const many = { units: [1], counts: [400], totalUnits: 800, totalIdentities: 800 };
    expect(spread(rewardPlan({ ...base, ...many, committeeSize: 1 })) * 400).toBeCloseTo(
      slotSpread(1, 1, 4).relativeVariance,
      9,
    );
    // Half of the weight has half of 5000 slots, and the other half the others.
    const half = { units: [50], totalUnits: 100, totalIdentities: 2 };
    expect(spread(rewardPlan({ ...base, ...half })) * 2500).toBeCloseTo(
      slotSpread(1, 1, 25).relativeVariance,
      9,
    );
  });

  test('of proofs that may be missed are smaller and less certain, each identity by itself', () => {
    const sure = rewardPlan({ ...base, units: [100] });
    const risky = rewardPlan({ ...base, units: [100], provedProbability: 0.75 });
    expect(risky.meanSmidge / sure.meanSmidge).toBeCloseTo(0.75, 12);
    expect(risky.deviationSmidge ** 2).toBeCloseTo(
      0.75 * sure.deviationSmidge ** 2 + 0.75 * 0.25 * sure.meanSmidge ** 2,
      -12,
    );
    expect(rewardPlan({ ...base, units: [100], provedProbability: 0 }).meanSmidge).toBe(0);
    const split = rewardPlan({ ...base, units: [50, 50], provedProbability: 0.75 });
    expect(split.deviationSmidge).toBeLessThan(0.75 * risky.deviationSmidge);
  });

  test('of epochs add up, the spread as of independent ones, while others grow', () => {
    const plan = rewardPlan({ ...base, units: [100], epochs: 3, yearlyGrowth: 2 });
    expect(plan.epochs.map(({ epoch }) => epoch)).toEqual([10, 11, 12]);
    const sum = (of: (epoch: (typeof plan.epochs)[number]) => number) =>
      plan.epochs.reduce((total, epoch) => total + of(epoch), 0);
    expect(plan.meanSmidge).toBeCloseTo(
      sum(({ meanSmidge }) => meanSmidge),
      0,
    );
    expect(plan.deviationSmidge).toBeCloseTo(
      Math.sqrt(sum(({ deviationSmidge }) => deviationSmidge ** 2)),
      0,
    );
    // An epoch of 100 layers of five minutes is 1/1051.92 of a year.
    const others = 900 * 2 ** (2 / 1051.92);
    expect(plan.epochs[2]?.share).toBeCloseTo(100 / (100 + others), 12);
    expect(plan.epochs[0]?.share).toBe(0.1);
  });

  test('are those of 26 epochs on mainnet, by default', () => {
    const plan = rewardPlan({ units: [4], totalUnits: 1e6, totalIdentities: 1e5, epoch: 30 });
    expect(plan.epochs).toHaveLength(26);
    expect(plan.epochs[25]?.share).toBe(4e-6);
    expect(plan.epochs[0]?.issuanceSmidge).toBe(epochIssuance(30));
  });

  test.each([
    ['totalUnits', { totalUnits: 9 }],
    ['totalUnits', { totalUnits: NaN }],
    ['units', { units: [0] }],
    ['counts', { counts: [0] }],
    ['counts', { counts: [2 ** 32] }],
    ['epochs', { epochs: 0 }],
    ['epochs', { epochs: 10_001 }],
    ['yearlyGrowth', { yearlyGrowth: 0 }],
    ['provedProbability', { provedProbability: 1.1 }],
    ['provedProbability', { provedProbability: -0.1 }],
  ])('with wrong %s are refused: %o', (what, change) => {
    expect(refusal(() => rewardPlan({ ...base, units: [10], ...change }))).toBe(what);
  });

  test('of one who is all of the network are allowed', () => {
    expect(refusal(() => rewardPlan({ ...base, units: [1000] }))).toBeUndefined();
  });
});
