import { describe, expect, test } from 'vitest';
import { fleet } from '../../../../src/simulate/farm/fleet';
import { newPostDefaults } from '../../../../src/simulate/proving/newpost';
import { readAssumptions } from '../../../../src/simulate/network/assumptions';
import {
  chooseStrategy,
  pickStrategy,
  strategyWork,
} from '../../../../src/simulate/network/strategy';

type Work = ReturnType<typeof strategyWork>[number][number];

/** An option as it would be worked out, with round costs. */
const option = (kind: 'large' | 'split', changed: Partial<Work>): Work => ({
  kind,
  identities: 1,
  unitsPerIdentity: 64,
  nonces: 64,
  weightShare: 1,
  hashesPerUnit: 0,
  cpuSPerUnit: 0,
  powCpuSPerUnit: 0,
  scanCpuSPerUnit: 0,
  passesThatFit: 1,
  cpuUsdPerUnit: 0,
  identitiesUsdPerUnit: 0,
  usdPerWeight: 0,
  ...changed,
});

test('pickStrategy: rewards between which the nonces of the best option pay best', () => {
  const work = [
    [
      option('large', { nonces: 16, weightShare: 0.8, cpuUsdPerUnit: 1 }),
      option('large', { nonces: 32, weightShare: 1, cpuUsdPerUnit: 2 }),
      option('large', { nonces: 64, weightShare: 1.1, cpuUsdPerUnit: 4 }),
    ],
  ];
  // 16 nonces save 1 for 0.2 of the reward, 64 bring 0.1 of it for 2.
  const { best, noncesHold } = pickStrategy(work, 10);
  expect(best.nonces).toBe(32);
  expect(noncesHold.lowUsdPerUnit).toBeCloseTo(5, 9);
  expect(noncesHold.highUsdPerUnit).toBeCloseTo(20, 9);
  expect(pickStrategy(work, 4.9).best.nonces).toBe(16);
  expect(pickStrategy(work, 20.1).best.nonces).toBe(64);
});

describe('the choice', () => {
  const work = [
    [
      option('large', { nonces: 64, weightShare: 0.8, cpuUsdPerUnit: 1 }),
      option('large', { nonces: 288, weightShare: 1, cpuUsdPerUnit: 2 }),
    ],
    [
      option('split', { nonces: 16, identities: 4, weightShare: 0.9, cpuUsdPerUnit: 1 }),
      option('split', {
        nonces: 32,
        identities: 4,
        weightShare: 1,
        cpuUsdPerUnit: 1,
        identitiesUsdPerUnit: 0.75,
      }),
    ],
    [option('split', { identities: 8, weightShare: 1, identitiesUsdPerUnit: 2.5 })],
  ] as const;

  test('is by reward for the weight, less processor and identities', () => {
    // At 10 a unit: 7 and 8; 8 and 8.25; 7.5.
    const { options, large, split, best } = pickStrategy(work, 10);
    expect(options.map(({ nonces }) => nonces)).toEqual([288, 32, 64]);
    expect(options.map(({ profitUsdPerUnit }) => profitUsdPerUnit)).toEqual([8, 8.25, 7.5]);
    expect(options.map(({ rewardUsdPerUnit }) => rewardUsdPerUnit)).toEqual([10, 10, 10]);
    expect(large).toBe(options[0]);
    expect(split).toBe(options[1]);
    expect(best).toBe(options[1]);
  });

  test('turns with the reward', () => {
    // At 1 a unit: −0.2 and −1; −0.1 and −0.75; −1.5.
    const { large, split, best, options } = pickStrategy(work, 1);
    expect(options.map(({ nonces }) => nonces)).toEqual([64, 16, 64]);
    expect(large.profitUsdPerUnit).toBeCloseTo(-0.2, 12);
    expect(large.rewardUsdPerUnit).toBeCloseTo(0.8, 12);
    expect(best).toBe(split);
  });

  test('is the large one where splitting earns no more, and where it cannot be', () => {
    const even = pickStrategy([[option('large', {})], [option('split', { identities: 2 })]], 1);
    expect(even.best).toBe(even.large);
    expect(even.split.kind).toBe('split');
    const alone = pickStrategy([[option('large', {})]], 1);
    expect(alone.split).toBe(alone.large);
    expect(() => pickStrategy([], 1)).toThrow(new RangeError('no option to choose from'));
  });
});

describe('the work of each option', () => {
  const assumptions = readAssumptions({
    'semi.driveUnits': 32,
    'semi.drivesPerServer': 4,
    'semi.threads': 8,
    'semi.identityUsd': 0.25,
    threadHUsd: 0.5,
    minUnits: 4,
  });
  const own = assumptions.classes.semi;
  const splitsOf = (units?: number, changed: Record<string, number> = {}) =>
    strategyWork(
      readAssumptions({ 'semi.driveUnits': 32, 'semi.drivesPerServer': 4, ...changed }),
      'semi',
      { kind: 'today' },
      units,
    ).map(([first]) => [first?.kind, first?.identities, first?.unitsPerIdentity]);

  test('is that of one machine, undivided and in identities of 4 to 64 SU', () => {
    const machine = [
      ['large', 1, 128],
      ['split', 32, 4],
      ['split', 16, 8],
      ['split', 8, 16],
      ['split', 4, 32],
      ['split', 2, 64],
    ];
    expect(splitsOf(128)).toEqual(machine);
    // More storage is more machines alike; the median of the class fills one.
    expect(splitsOf(10_000)).toEqual(machine);
    expect(splitsOf()).toEqual(machine);
  });

  test('fits a smaller allocation, and stays at the smallest one', () => {
    expect(splitsOf(20.9)).toEqual([
      ['large', 1, 20],
      ['split', 5, 4],
      ['split', 2, 10],
    ]);
    expect(splitsOf(7)).toEqual([['large', 1, 7]]);
    expect(splitsOf(1)).toEqual([['large', 1, 4]]);
    expect(splitsOf(40, { minUnits: 10 }).map(([, identities]) => identities)).toEqual([1, 4, 2]);
    expect(splitsOf(undefined, { 'semi.medianUnits': 9 })[0]).toEqual(['large', 1, 9]);
  });

  test.each([
    ['large', { identities: 1, drives: 1, speed: 3 }],
    ['split', { identities: 10, drives: 3, speed: 1 }],
  ] as const)(
    'of the %s one is what the planner gives for its drives',
    (kind, { identities, drives, speed }) => {
      // 80 units are three drives: joined they are as fast as three, split they are read side by side.
      const chosen =
        strategyWork(assumptions, 'semi', { kind: 'today' }, 80).find(
          ([first]) => first?.kind === kind && first.identities === identities,
        ) ?? expect.fail();
      expect(chosen.map(({ nonces }) => nonces)).toEqual([16, 32, 48, 64, 96, 128, 192, 288, 576]);
      for (const { nonces, ...figures } of chosen) {
        const plan = fleet({
          numUnits: 80,
          identities,
          drives,
          nonces,
          diskBytesPerS: 250e6 * speed,
          threads: 8,
          scan: { bytesPerSPerThread: own.scanBytesPerS },
          hashesPerS: 8 * own.hashesPerThread,
          gapS: 43_200,
        });
        expect(figures.weightShare).toBe(plan.provedShare);
        expect(figures.hashesPerUnit).toBeCloseTo(plan.hashes / 80, 9);
        expect(figures.cpuSPerUnit).toBeCloseTo(plan.cpuS / 80, 9);
        expect(figures.cpuUsdPerUnit).toBeCloseTo(((plan.cpuS / 3600) * 0.5) / 80, 12);
        expect(figures.identitiesUsdPerUnit).toBeCloseTo((identities * 0.25) / 80, 12);
        expect(figures.usdPerWeight).toBeCloseTo(
          (figures.cpuUsdPerUnit + figures.identitiesUsdPerUnit) / plan.provedShare,
          12,
        );
      }
    },
  );

  test('has the gap of the assumptions, and one thread at least', () => {
    const share = (changed: Record<string, number>): number =>
      strategyWork(readAssumptions(changed), 'home', { kind: 'today' }, 60)[0]?.[3]?.weightShare ??
      NaN;
    expect(share({ gapS: 1000 })).toBe(0);
    expect(share({})).toBeGreaterThan(0.5);
    expect(share({ 'home.threads': 0 })).toBe(0);
    expect(share({ 'home.threads': 0.5 })).toBeGreaterThan(0);
  });

  test('costs without end where no weight comes of it', () => {
    for (const costs of [{}, { threadHUsd: 0, 'home.identityUsd': 0 }]) {
      const dead = readAssumptions({ 'home.diskBytesPerS': 0, ...costs });
      const [large] = strategyWork(dead, 'home', { kind: 'today' }, 8);
      expect(large?.[0]?.weightShare).toBe(0);
      expect(large?.[0]?.usdPerWeight).toBe(Infinity);
    }
  });

  test('keeps to the rules: under the new PoST, a fixed number of hashes a group', () => {
    const [large] = strategyWork(
      assumptions,
      'semi',
      { kind: 'new-post', newPost: newPostDefaults },
      80,
    );
    // 64 nonces are four groups.
    expect(large?.[3]?.hashesPerUnit).toBeCloseTo((4 * newPostDefaults.hashesPerGroup) / 80, 9);
  });
});

test('weighs the options of the class’s median smesher, or of one’s own storage', () => {
  const assumptions = readAssumptions();
  const today = { kind: 'today' } as const;
  expect(
    chooseStrategy(assumptions, 'home', { rules: today, rewardUsdPerUnit: 0.1 }).large
      .unitsPerIdentity,
  ).toBe(80);
  const own = chooseStrategy(assumptions, 'home', {
    rules: today,
    rewardUsdPerUnit: 0.1,
    units: 24,
  });
  expect(own.large.unitsPerIdentity).toBe(24);
  expect(own.large.rewardUsdPerUnit).toBeCloseTo(0.1 * own.large.weightShare, 12);
});

test('chooseStrategy: work of an option, k2pow and scan add up to the processor time', () => {
  const { large, split } = chooseStrategy(readAssumptions(), 'industrial', {
    rules: { kind: 'today' },
    rewardUsdPerUnit: 0.0458,
    units: 60_000,
  });
  for (const option of [large, split]) {
    expect(option.powCpuSPerUnit + option.scanCpuSPerUnit).toBeCloseTo(option.cpuSPerUnit, 9);
    expect(option.powCpuSPerUnit).toBeCloseTo(option.hashesPerUnit / 360, 6);
    expect(option.powCpuSPerUnit).toBeGreaterThan(0);
  }
});
