import { describe, expect, test } from 'vitest';
import { eligibleSlots, mainnetEligibility } from '../../../../src/protocol/eligibility';
import { advise, type NetworkAdviceInput } from '../../../../src/simulate/network/advice';
import { readAssumptions } from '../../../../src/simulate/network/assumptions';
import { chooseStrategy } from '../../../../src/simulate/network/strategy';
import { rewardPlan } from '../../../../src/simulate/rewards/rewards';

/** A small machine, so that the ways to split it are few. */
const assumptions = {
  equivocation: 0.001,
  ...Object.fromEntries(
    ['home', 'semi', 'industrial'].flatMap((name) => [
      [`${name}.driveUnits`, 16],
      [`${name}.drivesPerServer`, 1],
    ]),
  ),
};
const network = { totalUnits: 20e6, totalIdentities: 3e6, epoch: 60 };
const advice = (units: readonly number[], changed: Partial<NetworkAdviceInput> = {}) => {
  const result = advise({ ...network, assumptions, units, ...changed });
  const [wait, merge, split] = result.options;
  if (!wait || !merge || !split) expect.fail();
  return { ...result, wait, merge, split };
};
const slotsOf = (units: number, changed: { ticks?: number; minWeight?: number } = {}): number =>
  eligibleSlots({
    ...mainnetEligibility,
    minWeight: changed.minWeight ?? 1_000_000,
    weight: Math.floor(units * (changed.ticks ?? 1)),
    totalWeight: 20e6 * (changed.ticks ?? 1),
  });
/** 300 identities of 2000 SU: 256 in one set, 44 in another. */
const many = Array.from({ length: 300 }, () => 2000);

describe('the three ways', () => {
  test('stay, marry in sets of 256, or initialise again in the size that earns most', () => {
    const { wait, merge, split, options, strategy } = advice(many);
    expect(options.map(({ kind }) => kind)).toEqual(['wait', 'merge', 'split']);
    expect([wait.identities, wait.atxs]).toEqual([300, 300]);
    expect([merge.identities, merge.atxs]).toEqual([300, 2]);
    const size = strategy.split.unitsPerIdentity;
    expect(split.identities).toBe(Math.floor(600_000 / size));
    expect(split.atxs).toBe(split.identities);
    expect(wait.needs).toEqual([]);
    expect(merge.needs).toHaveLength(2);
    expect(split.needs).toHaveLength(2);
  });

  test('have the slots of their ATXs', () => {
    const { wait, merge, split } = advice(many);
    expect(slotsOf(2000)).toBe(20);
    expect(wait.slots).toBe(300 * 20);
    expect(merge.slots).toBe(slotsOf(256 * 2000) + slotsOf(44 * 2000));
    expect(split.slots).toBe(split.identities * slotsOf(600_000 / split.identities));
  });

  test('earn the same in a year, with the spread of their slots', () => {
    const { wait, merge, split } = advice(many);
    const plan = (units: readonly number[], counts?: readonly number[]) =>
      rewardPlan({ ...network, units, counts, epochs: 26 });
    const now = plan([2000], [300]);
    const merged = plan([256 * 2000, 44 * 2000]);
    expect(wait.rewardSmh).toBeCloseTo(now.meanSmidge / 1e9, 6);
    expect(wait.rewardDeviationSmh).toBeCloseTo(now.deviationSmidge / 1e9, 6);
    expect(merge.rewardSmh).toBeCloseTo(merged.meanSmidge / 1e9, 6);
    expect(merge.rewardDeviationSmh).toBeCloseTo(merged.deviationSmidge / 1e9, 6);
    const parts = plan([600_000 / split.identities], [split.identities]);
    expect(split.rewardSmh).toBeCloseTo(parts.meanSmidge / 1e9, 6);
    expect(split.rewardDeviationSmh).toBeCloseTo(parts.deviationSmidge / 1e9, 6);
  });

  test('risk each identity by itself, or a set with all in it', () => {
    const { wait, merge, split } = advice(many);
    const kept = 0.999 ** 26;
    expect(wait.loseSome).toBeCloseTo(1 - kept ** 300, 12);
    expect(wait.loseAll).toBeCloseTo((1 - kept) ** 300, 12);
    expect(wait.lostUnits).toBeCloseTo(600_000 * (1 - kept), 6);
    const [large, small] = [1 - kept ** 256, 1 - kept ** 44] as const;
    expect(merge.loseSome).toBeCloseTo(1 - (1 - large) * (1 - small), 12);
    expect(merge.loseAll).toBeCloseTo(large * small, 9);
    expect(merge.lostUnits).toBeCloseTo(2000 * (256 * large + 44 * small), 4);
    expect(split.loseSome).toBeCloseTo(1 - kept ** split.identities, 12);
    expect(split.lostUnits).toBeCloseTo(600_000 * (1 - kept), 6);
  });

  test('work as the data is now, and as it would be', () => {
    const { wait, merge, split, strategy } = advice(many);
    expect(wait.cpuS).toBeCloseTo(600_000 * strategy.split.cpuSPerUnit, 6);
    expect(merge.cpuS).toBe(wait.cpuS);
    expect(split.cpuS).toBe(wait.cpuS);
    const one = advice([16]);
    expect(one.wait.cpuS).toBeCloseTo(16 * one.strategy.large.cpuSPerUnit, 9);
    expect(one.split.cpuS).toBeCloseTo(16 * one.strategy.split.cpuSPerUnit, 9);
    expect(one.wait.cpuS).not.toBe(one.split.cpuS);
  });

  test('look the requested number of epochs ahead', () => {
    const { wait: short } = advice([8, 8], { epochs: 2 });
    expect(short.loseSome).toBeCloseTo(1 - 0.999 ** 4, 12);
    expect(short.rewardSmh).toBeCloseTo(
      rewardPlan({ ...network, units: [8, 8], epochs: 2 }).meanSmidge / 1e9,
      9,
    );
    expect(() => advice([8], { epochs: 0 })).toThrow('epochs must be');
    expect(() => advice([8], { epochs: 10_001 })).toThrow('epochs must be');
  });

  test('leave no set empty', () => {
    const { merge } = advice(Array.from({ length: 512 }, () => 8));
    expect(merge.atxs).toBe(2);
    expect(merge.slots).toBe(2 * slotsOf(256 * 8));
  });

  test('take ticks and the minimal weight from the assumptions', () => {
    const own = { ...assumptions, ticks: 3.7, minWeight: 80e6 };
    expect(advice([3000, 3000], { assumptions: own }).wait.slots).toBe(
      2 * slotsOf(3000, { ticks: 3.7, minWeight: 80e6 }),
    );
    expect(slotsOf(3000, { ticks: 3.7, minWeight: 80e6 })).toBe(27);
    // A network above that weight: 30 slots each.
    const usual = { ...assumptions, ticks: 3.7 };
    expect(advice([3000], { assumptions: usual }).wait.slots).toBe(slotsOf(3000, { ticks: 3.7 }));
    expect(slotsOf(3000, { ticks: 3.7 })).toBe(30);
  });
});

describe('the hardware', () => {
  test.each([
    [299, 'home'],
    [300, 'semi'],
    [4999, 'semi'],
    [5000, 'industrial'],
  ] as const)('of %d SU is that of a %s smesher', (units, name) => {
    const own = readAssumptions(assumptions);
    const perUnitUsd =
      (rewardPlan({ ...network, units: [units], epochs: 26 }).meanSmidge / 26 / 1e9 / units) *
      own.smhUsd;
    expect(advice([units]).strategy).toEqual(
      chooseStrategy(own, name, { rules: { kind: 'today' }, rewardUsdPerUnit: perUnitUsd, units }),
    );
  });

  test('may be chosen', () => {
    const { strategy } = advice([10], { className: 'industrial' });
    // An identity costs an industrial smesher 0.3 cents an epoch, at home half a dollar.
    expect(strategy.large.identitiesUsdPerUnit).toBeCloseTo(0.003 / 10, 12);
    expect(advice([10]).strategy.large.identitiesUsdPerUnit).toBeCloseTo(0.5 / 10, 12);
  });
});

describe('the advice', () => {
  test('is to wait with one identity, and states what a split would save', () => {
    const { favours, reason, split, wait } = advice([16]);
    expect(favours).toBe('wait');
    expect(reason).toContain('One identity has nothing to merge.');
    expect(reason).toContain(`Split into ${split.identities} of ${16 / split.identities} SU`);
    const saves = split.cpuS < wait.cpuS;
    expect(reason.includes('so it saves nothing')).toBe(!saves);
    expect(reason).toContain('all 16 SU would have to be initialised again');
  });

  test('knows what is too small to be split', () => {
    expect(advice([4]).reason).toBe(
      'One identity has nothing to merge. It is too small to be split.',
    );
    expect(advice([7]).split.identities).toBe(1);
  });

  test('is to wait with a handful, up to eight, and to merge more', () => {
    const of = (count: number) => advice(Array.from({ length: count }, () => 8));
    const [eight, nine] = [of(8), of(9)];
    expect(eight.favours).toBe('wait');
    expect(eight.reason).toContain('here 7 ATXs per epoch');
    expect(nine.favours).toBe('merge');
    expect(nine.reason).toContain(
      `9 ATXs become 1 ATX and ${nine.wait.slots} slots become ${nine.merge.slots} slot`,
    );
    expect(of(2).favours).toBe('wait');
  });

  test('advise: merging that brings the asker nothing, states it first', () => {
    for (const count of [2, 8, 9, 300])
      expect(advice(Array.from({ length: count }, () => 8)).reason).toMatch(
        /^Merging brings you nothing( today)?: the reward and the work stay the same\./,
      );
  });

  test('advise: an identity below the minimum, refused with the minimum', () => {
    expect(() => advice([8, 3])).toThrow(
      expect.objectContaining({ code: 'identity-too-small', details: { units: 3, minUnits: 4 } }),
    );
    expect(advice([3], { assumptions: { ...assumptions, minUnits: 1 } }).favours).toBe('wait');
  });

  test('advise: a size beyond three digits, shown in full', () => {
    expect(advice([32_768]).reason).toContain('32,768 SU would have to be initialised again');
  });

  test('names the risk in units, to three digits', () => {
    // 72 SU: a set of nine is lost with 20.9 % a year, each alone with 2.57 %.
    const risk = 'ver 26 epochs 15 SU are expected to be lost to equivocation instead of 1.85.';
    expect(72 * (1 - 0.999 ** (26 * 9))).toBeCloseTo(15.03, 2);
    expect(72 * (1 - 0.999 ** 26)).toBeCloseTo(1.85, 2);
    expect(advice(Array.from({ length: 9 }, () => 8)).reason).toContain(`o${risk}`);
    expect(advice([36, 36]).reason).toContain(
      'Over 26 epochs 3.65 SU are expected to be lost to equivocation instead of 1.85.',
    );
  });

  test.each([
    // A processor that is next to done at once, and two usual ones.
    [8, { 'home.hashesPerThread': 1e7, 'home.scanBytesPerS': 1e12 }, 1, 's'],
    [16, {}, 60, 'min'],
    [280, {}, 3600, 'h'],
  ] as const)('tells the work of %d SU on %j in %d s: %s', (units, changed, inS, unit) => {
    const { reason, split } = advice([units], { assumptions: { ...assumptions, ...changed } });
    expect(split.cpuS / inS).toBeGreaterThan(unit === 's' ? 0 : 1);
    expect(split.cpuS / inS).toBeLessThan(60);
    expect(reason).toContain(
      ` would take ${Number((split.cpuS / inS).toPrecision(3))} ${unit} of one thread per epoch instead of `,
    );
  });

  test.each([[[]], [[0]], [[8, NaN]]])('needs some storage: %j is none', (units) => {
    expect(() => advice(units)).toThrow('units must be');
  });
});
