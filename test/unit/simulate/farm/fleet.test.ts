import { describe, expect, test } from 'vitest';
import {
  binomialTail,
  normalCdf,
  poissonTail,
} from '../../../../src/simulate/probability/distributions';
import { fleet, provedDistribution, type FleetInput } from '../../../../src/simulate/farm/fleet';
import { frontier, workAndWeight } from '../../../../src/simulate/farm/frontier';
import { ruleOfThumb } from '../../../../src/simulate/farm/rule-of-thumb';
import { labelQuality, newPostDefaults } from '../../../../src/simulate/proving/newpost';
import { passMoments, passSuccess } from '../../../../src/simulate/probability/passes';
import { Random } from '../../../../src/simulate/probability/random';
import { inGap, provingPlan } from '../../../../src/simulate/proving/throughput';
import {
  chancyToy,
  finish,
  hdd,
  near,
  refusal,
  toy,
  toyChance,
  toysProved,
  twoHashes,
} from '../../../support/simulate';

describe('fleets', () => {
  const base = { ...hdd, numUnits: 256, drives: 4, hashesPerS: 3000 };

  test('is the plain plan for one identity on one drive', () => {
    const one = fleet({ ...hdd, identities: 1, drives: 1 });
    expect(one.probabilityAll).toBeCloseTo(inGap(hdd), 12);
    expect(one.unitsPerIdentity).toBe(64);
    expect(one.mergedAtxs).toBe(1);
  });

  test('agrees with drives simulated attempt by attempt', () => {
    const input = { ...base, identities: 32, nonces: 48 };
    const plan = fleet(input);
    const model = provingPlan({ ...hdd, numUnits: 8, nonces: 48, threads: 2, hashesPerS: 750 });
    const group = passSuccess({ nonces: 16 });
    const random = new Random(1);
    const runs = 10_000;
    let all = 0;
    let proved = 0;
    for (let run = 0; run < runs; run++) {
      let done = 0;
      for (let drive = 0; drive < 4; drive++) {
        let timeS = 0;
        for (let left = 8; left > 0;) {
          timeS += (model.powS.mean / 3) * random.gamma(3);
          let first = Infinity;
          for (let n = 0; n < 48; n += 16) {
            // The smallest of 16, by their survival at the end of the pass.
            if (random.uniform() < group) first = Math.min(first, 1);
          }
          const found = first <= 1;
          timeS += model.passS * (found ? model.pass.meanIfFound : 1);
          if (timeS > model.availableS) break;
          if (found) left--;
          if (found) done++;
        }
      }
      if (done === 32) all++;
      proved += done;
    }
    expect(Math.abs(all / runs - plan.probabilityAll)).toBeLessThan(0.02);
    expect(Math.abs(proved / runs / 32 - plan.provedShare)).toBeLessThan(0.01);
  });

  test('does not change the k2pow of an allocation by splitting it', () => {
    // With nonces so many that nothing is tried twice, hashes depend on the nonces alone.
    const big = fleet({
      ...base,
      drives: 1,
      identities: 1,
      nonces: 1024,
      diskBytesPerS: 1e12,
      scan: { bytesPerSPerThread: 1e14 },
      hashesPerS: 1e9,
    });
    const small = fleet({
      ...base,
      drives: 1,
      identities: 16,
      nonces: 1024,
      diskBytesPerS: 1e12,
      scan: { bytesPerSPerThread: 1e14 },
      hashesPerS: 1e9,
    });
    expect(big.hashes).toBeCloseTo(small.hashes, 0);
    expect(big.hashes).toBeCloseTo(64 * 256 * 4687.5, 0);
  });

  test('counts the work that the end of the gap cuts short', () => {
    // One pass does not fit: the drive is read to the end of the gap for nothing.
    const late = fleet({ ...base, numUnits: 512, drives: 1, identities: 1 });
    expect(late.provedShare).toBeLessThan(0.01);
    expect(late.bytesRead / (150e6 * 43_200)).toBeGreaterThan(0.9);
    expect(late.bytesRead / (150e6 * 43_200)).toBeLessThan(1.01);
    expect(late.cpuS).toBeGreaterThan(3600);
    for (const stuck of [
      { diskBytesPerS: 0 },
      { hashesPerS: 0 },
      { scan: { bytesPerSPerThread: 0 } },
    ])
      for (const value of Object.values(fleet({ ...base, ...stuck, identities: 8 })))
        expect(value).not.toBeNaN();
  });

  test('states what bounds a setting', () => {
    const bound = (change: Partial<typeof base>, identities: number, nonces: number) =>
      finish(frontier({ ...base, ...change }, [identities], [nonces]))[0]?.boundBy;
    expect(bound({ numUnits: 64 }, 16, 64)).toBe('nothing');
    expect(bound({ numUnits: 256 }, 4, 16)).toBe('nonces');
    expect(bound({ numUnits: 2560 }, 4, 16)).toBe('disk');
    expect(bound({ numUnits: 256, hashesPerS: 100 }, 4, 64)).toBe('k2pow');
    expect(bound({ numUnits: 2560, scan: { bytesPerSPerThread: 1e7 } }, 4, 16)).toBe('processor');
  });

  test('shows why splitting pays today: the same weight for a fraction of the work', () => {
    const points = finish(frontier(base, [4, 64], [32, 64, 128, 288]));
    const cheapest = (identities: number) =>
      points
        .filter((p) => p.identities === identities && p.weightShare > 0.99)
        .reduce((least, p) => (p.cpuS < least ? p.cpuS : least), Infinity);
    expect(cheapest(4) / cheapest(64)).toBeGreaterThan(3);
    expect(points.filter(({ efficient }) => efficient).length).toBeGreaterThan(0);
    const newPost = finish(
      frontier(base, [4, 64], [16, 64, 288], { kind: 'new-post', newPost: newPostDefaults }),
    );
    for (const nonces of [16, 64, 288]) {
      const [big, split] = newPost.filter((p) => p.nonces === nonces);
      expect(big?.cpuSPerWeight ?? Infinity).toBeLessThan(split?.cpuSPerWeight ?? 0);
    }
  });

  test('has a distribution that fits its summary', () => {
    const input = { ...base, identities: 30, nonces: 32 };
    const atLeast = provedDistribution(input);
    const plan = fleet({ ...input, wantedShare: 0.9 });
    expect(atLeast[0]).toBeCloseTo(1, 9);
    expect(atLeast[30]).toBeCloseTo(plan.probabilityAll, 9);
    expect(atLeast[27]).toBeCloseTo(plan.probabilityShare, 9);
  });

  test('holds the 4 TiB rule of thumb against a drive', () => {
    expect(ruleOfThumb(hdd).holds).toBe(false);
    expect(ruleOfThumb({ ...hdd, diskBytesPerS: 250e6 }).holds).toBe(true);
    expect(ruleOfThumb(hdd).units).toBe(64);
  });
});

const toys = { ...toy, numUnits: 10, identities: 10, drives: 1 } satisfies FleetInput;
const chancy = { ...toys, ...chancyToy, numUnits: 10 } satisfies FleetInput;
const chance = toyChance;
/** P(so many passes bring exactly j proofs). */
const exactly = (j: number, passes: number): number =>
  binomialTail(j, passes, chance) - binomialTail(j + 1, passes, chance);

describe('a drive that is read pass by pass', () => {
  test('proves the number of identities whose passes fit, where every pass succeeds', () => {
    expect(fleet(toys)).toMatchObject({
      identities: 10,
      unitsPerIdentity: 1,
      identitiesPerDrive: 10,
      attemptSuccess: 1,
      probabilityAll: near(0),
      provedShare: near(0.4),
      attempts: near(4),
      atxs: near(4),
    });
    expect(fleet({ ...toys, gapS: 10.5 * 128 }).probabilityAll).toBeCloseTo(1, 9);
    expect(fleet({ ...toys, gapS: 9.9 * 128 }).probabilityAll).toBeCloseTo(0, 9);
    const { q50, q99 } = fleet(toys).allDoneS;
    // To the second.
    for (const quantile of [q50, q99]) expect(Math.abs(quantile - 1280)).toBeLessThan(4);
  });

  test.each([1, 2, 3, 10, 48])(
    'needs the same number of attempts for %d proofs as the dice',
    (identities) => {
      for (const passes of [1, 5, 20, 100]) {
        const input = { ...chancy, identities, numUnits: identities, gapS: (passes + 0.5) * 128 };
        expect(fleet(input).probabilityAll).toBeCloseTo(
          binomialTail(identities, passes, chance),
          6,
        );
      }
    },
  );

  test('is taken as normal from the 49th proof on', () => {
    const input = { ...chancy, identities: 400, numUnits: 400 };
    const mean = 400 / chance;
    for (const passes of [0.93, 0.97, 1, 1.03, 1.07].map((part) => Math.round(mean * part))) {
      const { probabilityAll } = fleet({ ...input, gapS: (passes + 0.5) * 128 });
      expect(Math.abs(probabilityAll - binomialTail(400, passes, chance))).toBeLessThan(0.008);
    }
  });

  test('waits for k2pow before every pass', () => {
    // Four groups an identity, two hashes a group: 200 s in the mean, Gamma distributed.
    const slow = { ...toys, nonces: 64, threads: 8, powDifficulty: twoHashes, hashesPerS: 0.04 };
    for (const identities of [20, 40, 80])
      for (const deviations of [-1.5, -1, 0, 1, 1.5]) {
        const powS = identities * 200 + deviations * Math.sqrt(4 * identities) * 50;
        const input = { ...slow, identities, numUnits: identities, gapS: identities * 128 + powS };
        const exact = poissonTail(4 * identities, powS / 50);
        expect(Math.abs(fleet(input).probabilityAll - exact)).toBeLessThan(0.012);
      }
  });

  test.each([
    [10, 0.008],
    [48, 0.008],
    [60, 0.02],
    [400, 0.01],
  ])('waits for k2pow before the passes that fail, too: %d proofs', (identities, tolerance) => {
    const input = { ...chancy, identities, numUnits: identities, powDifficulty: twoHashes };
    for (const hashesPerS of [0.01, 0.02, 0.1])
      for (const part of [0.85, 0.95, 1, 1.05, 1.15]) {
        const powS = 2 / hashesPerS;
        const gapS = (part * identities * (powS + 128)) / chance;
        const exact = toysProved(identities, gapS, chance, powS);
        const { probabilityAll } = fleet({ ...input, hashesPerS, gapS });
        expect(Math.abs(probabilityAll - exact)).toBeLessThan(tolerance);
      }
  });

  test('is done sooner or later with each proof, as its pass is', () => {
    const { meanIfFound, deviationIfFound } = passMoments({ nonces: 2048 });
    const input = {
      ...hdd,
      nonces: 2048,
      scan: { bytesPerSPerThread: 1e15 },
      hashesPerS: Infinity,
    };
    const passS = (16 * 2 ** 36) / 150e6;
    for (const identities of [20, 60])
      for (const deviations of [-2, -1, 0, 1, 2]) {
        const meanS = identities * meanIfFound * passS;
        const gapS = meanS + deviations * Math.sqrt(identities) * deviationIfFound * passS;
        const plan = fleet({ ...input, identities, numUnits: 16 * identities, drives: 1, gapS });
        expect(Math.abs(plan.probabilityAll - normalCdf(deviations))).toBeLessThan(0.005);
      }
  });

  test('proves nothing without a disk, a processor or a chance', () => {
    for (const change of [
      { diskBytesPerS: 0 },
      { hashesPerS: 0 },
      { scan: { bytesPerSPerThread: 0 } },
      { k2: 9 },
    ]) {
      const plan = fleet({ ...toys, ...change });
      expect(plan).toMatchObject({ probabilityAll: 0, provedShare: 0, atxs: 0, mergedAtxs: 0 });
      expect(plan.allDoneS).toEqual({ q50: Infinity, q99: Infinity });
    }
  });

  test('proves immediately where nothing takes time', () => {
    const plan = fleet({
      ...toys,
      diskBytesPerS: Infinity,
      scan: { bytesPerSPerThread: Infinity },
    });
    expect(plan).toMatchObject({ probabilityAll: 1, provedShare: 1, cpuS: 0 });
    expect(plan.allDoneS.q99).toBeLessThanOrEqual(1);
  });

  test('is never sure where the nonces end before it is', () => {
    // 4096 nonces are all that there are: one pass, that succeeds one time in two.
    const single = 1 - 0.5 ** (1 / 4096);
    const input = { ...toys, nonces: 4096, threads: 512, k1: 8 * single ** (1 / 8), identities: 1 };
    const { attemptSuccess, allDoneS } = fleet({ ...input, numUnits: 1 });
    expect(attemptSuccess).toBeCloseTo(0.5, 9);
    expect(allDoneS.q99).toBe(Infinity);
  });
});

describe('drives side by side', () => {
  // 10 identities on 4 drives: 3, 3, 2 and 2, each drive with its own disk.
  const four = { ...chancy, drives: 4 };
  /** P(j identities are proved in 4 passes) of a drive with so many, for each j. */
  const lane = (identities: number): number[] =>
    Array.from({ length: identities + 1 }, (_, j) =>
      j === identities ? binomialTail(j, 4, chance) : exactly(j, 4),
    );
  const add = (a: readonly number[], b: readonly number[]): number[] => {
    const sum = new Array<number>(a.length + b.length - 1).fill(0);
    for (const [i, x] of a.entries())
      for (const [j, y] of b.entries()) sum[i + j] = (sum[i + j] ?? 0) + x * y;
    return sum;
  };
  const proved = [lane(3), lane(3), lane(2), lane(2)].reduce(add, [1]);
  const atLeast = (count: number): number => proved.slice(count).reduce((a, b) => a + b, 0);
  const mean = proved.reduce((sum, p, count) => sum + p * count, 0);

  test('share the identities as evenly as they can', () => {
    const plan = fleet({ ...four, wantedShare: 0.75 });
    expect(plan.identitiesPerDrive).toBe(3);
    expect(plan.probabilityAll).toBeCloseTo(atLeast(10), 6);
    expect(plan.provedShare).toBeCloseTo(mean / 10, 6);
    // Three quarters of ten are eight.
    expect(plan.probabilityShare).toBeCloseTo(atLeast(8), 6);
    expect(fleet({ ...four, wantedShare: 0.7 }).probabilityShare).toBeCloseTo(atLeast(7), 6);
    expect(fleet(four).probabilityShare).toBeCloseTo(atLeast(10), 6);
    expect(fleet({ ...four, wantedShare: 0 }).probabilityShare).toBe(1);
    expect(fleet({ ...four, wantedShare: 1.01 }).probabilityShare).toBe(0);
  });

  test('have a number of proofs that is distributed as the sum of theirs', () => {
    const distribution = provedDistribution(four);
    expect(distribution).toHaveLength(11);
    for (const [count, p] of distribution.entries()) expect(p).toBeCloseTo(atLeast(count), 6);
  });

  test('are no more than the identities', () => {
    const plan = fleet({ ...chancy, identities: 3, numUnits: 3, drives: 20 });
    expect(plan.identitiesPerDrive).toBe(1);
    expect(plan.probabilityAll).toBeCloseTo(binomialTail(1, 4, chance) ** 3, 6);
  });

  test('share the processor', () => {
    // Scanning at 4 bytes a second makes 1 for each drive: as fast as the disk. At 2, half as fast.
    const scanning = (bytesPerSPerThread: number) =>
      fleet({ ...toys, identities: 8, numUnits: 8, drives: 4, scan: { bytesPerSPerThread } });
    expect(scanning(2).provedShare).toBeCloseTo(1, 9);
    expect(
      fleet({ ...toys, identities: 8, numUnits: 8, drives: 4, gapS: 1.5 * 128 }).atxs,
    ).toBeCloseTo(4, 9);
    const half = fleet({
      ...toys,
      identities: 8,
      numUnits: 8,
      drives: 4,
      gapS: 3 * 128,
      scan: { bytesPerSPerThread: 1 },
    });
    expect(half.atxs).toBeCloseTo(4, 9);
  });

  test('in their thousands have a number of proofs that is taken as normal', () => {
    // 2400 identities on 800 drives: 25 times 32 of them.
    let all = lane(3);
    for (let i = 0; i < 5; i++) all = add(all, all);
    let sum = [1];
    for (let i = 0; i < 25; i++) sum = add(sum, all);
    const exact = (count: number) => sum.slice(count).reduce((a, b) => a + b, 0);
    const scan = { bytesPerSPerThread: 1e6 };
    const input = { ...chancy, scan, identities: 2400, numUnits: 2400, drives: 800 };
    const middle = sum.reduce((total, p, count) => total + p * count, 0);
    for (const off of [-40, -20, 0, 20, 40]) {
      const count = Math.round(middle) + off;
      const { probabilityShare } = fleet({ ...input, wantedShare: count / 2400 });
      expect(Math.abs(probabilityShare - exact(count))).toBeLessThan(0.002);
    }
    // Every pass succeeds: nothing is left to chance.
    const sure = { ...input, k1: 8, gapS: 2.5 * 128 };
    expect(fleet({ ...sure, wantedShare: 2 / 3 }).probabilityShare).toBeCloseTo(1, 6);
    expect(fleet({ ...sure, wantedShare: 1601 / 2400 }).probabilityShare).toBeCloseTo(0, 6);
    expect(refusal(() => provedDistribution(input))).toMatchObject({ what: 'identities' });
  });
});

describe('the work of an epoch', () => {
  // k2pow of 2 hashes a pass at 0.02 hashes a second: 100 s, then 128 s of reading.
  const work = { ...toys, hashesPerS: 0.02, powDifficulty: twoHashes, nonces: 16 };

  test('without k2pow is what was read by the end of the gap', () => {
    // Four passes and a half; the scan of 128 bytes keeps both threads busy for 8 s.
    const plan = fleet(toys);
    expect(plan).toMatchObject({ attempts: near(4), hashes: near(4 * 4687.5, 3), cost: 0 });
    expect(Math.abs(plan.bytesRead / (4.5 * 128) - 1)).toBeLessThan(0.003);
    expect(Math.abs(plan.cpuS / (4.5 * 8 * 2) - 1)).toBeLessThan(0.003);
  });

  test('ends when everything is proved', () => {
    const plan = fleet({ ...work, gapS: 1e6, pricePerThreadH: 36 });
    expect(plan.attempts).toBeCloseTo(10, 6);
    expect(plan.hashes).toBeCloseTo(20, 6);
    expect(Math.abs(plan.bytesRead / 1280 - 1)).toBeLessThan(0.003);
    // 100 s of k2pow and 8 s of scanning, on two threads.
    expect(Math.abs(plan.cpuS / (10 * 108 * 2) - 1)).toBeLessThan(0.003);
    expect(plan.cost).toBeCloseTo(plan.cpuS / 100, 9);
  });

  test('has one more attempt for each that failed', () => {
    const plan = fleet({ ...chancy, gapS: 1e6 });
    expect(plan.attempts).toBeCloseTo(10 / chance, 6);
    expect(Math.abs(plan.bytesRead / ((10 / chance) * 128) - 1)).toBeLessThan(0.003);
  });

  test.each([
    [64, 1.16846],
    [1024, 0.78434],
  ])('with %d nonces reads %d times what there is', (nonces, passes) => {
    const plan = fleet({
      ...hdd,
      nonces,
      identities: 1,
      drives: 1,
      gapS: 1e9,
      hashesPerS: Infinity,
    });
    expect(plan.bytesRead / (64 * 2 ** 36)).toBeCloseTo(passes, 4);
  });

  test('that never succeeds is the number of passes that fit, and half of one', () => {
    const plan = fleet({ ...toys, k2: 9, identities: 4, numUnits: 4, drives: 2 });
    // The scan of 128 bytes keeps both threads busy for 8 s, whichever drive it is for.
    expect(plan).toMatchObject({ attempts: 8, bytesRead: 9 * 128, cpuS: near(9 * 8 * 2), atxs: 0 });
    expect(fleet({ ...work, k2: 9, gapS: 3.2 * 228 })).toMatchObject({
      attempts: 3,
      hashes: near(3.5 * 2),
      bytesRead: near(3.5 * 128),
    });
  });

  test('that does not fit into the gap is what was begun', () => {
    // All of k2pow, and 100 of 128 s of reading.
    expect(fleet({ ...work, k2: 9, gapS: 200 })).toMatchObject({
      attempts: 0,
      hashes: near(2),
      bytesRead: near(100),
      cpuS: near((100 + (8 * 100) / 128) * 2),
    });
    // Half of k2pow.
    expect(fleet({ ...work, k2: 9, gapS: 50 })).toMatchObject({
      hashes: near(1),
      bytesRead: near(0),
      cpuS: near(50 * 2),
    });
  });

  test('keeps a processor that is too slow busy for all of the gap', () => {
    const stuck = fleet({ ...toys, scan: { bytesPerSPerThread: 0 } });
    expect(stuck).toMatchObject({ bytesRead: 0, cpuS: 4.5 * 128 * 2 });
    expect(fleet({ ...toys, hashesPerS: 0 })).toMatchObject({ hashes: 0, cpuS: 4.5 * 128 * 2 });
  });

  test('is published in an ATX an identity, or in one for 256', () => {
    const scan = { bytesPerSPerThread: 1e6 };
    const merged = (identities: number) =>
      fleet({ ...toys, scan, identities, numUnits: identities, drives: identities }).mergedAtxs;
    expect([1, 256, 257, 512, 513].map(merged)).toEqual([1, 1, 2, 2, 3]);
  });

  test.each<[string, Partial<FleetInput>]>([
    ['identities', { identities: 0 }],
    ['identities', { identities: 1_000_001 }],
    ['drives', { drives: 0 }],
    ['drives', { drives: 100_001 }],
    ['numUnits', { numUnits: 0 }],
    ['wantedShare', { wantedShare: -1 }],
    ['pricePerThreadH', { pricePerThreadH: NaN }],
  ])('is not planned for a wrong %s: %o', (what, change) => {
    expect(refusal(() => fleet({ ...toys, ...change }))).toMatchObject({ what });
  });
});

describe('the frontier', () => {
  const base = { ...hdd, numUnits: 256, drives: 4 };

  test('has a point for every number of identities and of nonces, and states how far it is', () => {
    const steps = frontier(base, [4, 8], [32, 64]);
    const yielded = [steps.next(), steps.next(), steps.next(), steps.next()];
    expect(yielded.map(({ value }) => value as unknown)).toEqual([1, 2, 3, 4]);
    const { value: points, done } = steps.next();
    expect(done).toBe(true);
    expect(points).toMatchObject([
      { identities: 4, nonces: 32 },
      { identities: 4, nonces: 64 },
      { identities: 8, nonces: 32 },
      { identities: 8, nonces: 64 },
    ]);
  });

  test('leaves out identities below the minimum, unless the entire allocation is', () => {
    const counts = (numUnits: number) =>
      finish(frontier({ ...base, numUnits }, [1, 2, 3], [64])).map(({ identities }) => identities);
    expect(counts(12)).toEqual([1, 2, 3]);
    expect(counts(11)).toEqual([1, 2]);
    expect(counts(3)).toEqual([1]);
  });

  test('calls efficient what nothing beats in weight and work', () => {
    const points = finish(frontier(base, [4, 16, 64], [16, 64, 288]));
    for (const point of points) {
      const beaten = points.some(
        ({ weightShare, cpuS }) => weightShare >= point.weightShare - 1e-4 && cpuS < point.cpuS,
      );
      expect(point.efficient).toBe(!beaten);
    }
    expect(new Set(points.map(({ efficient }) => efficient)).size).toBe(2);
  });

  test('has the figures of the fleet at each point', () => {
    const input = { ...base, identities: 32, nonces: 64, pricePerThreadH: 0.1 };
    const plan = fleet(input);
    const model = provingPlan({ ...input, numUnits: 8, threads: 2, hashesPerS: 750 });
    expect(workAndWeight(input, { kind: 'today' })).toEqual({
      identities: 32,
      nonces: 64,
      weightShare: plan.provedShare,
      hashes: plan.hashes,
      cpuS: plan.cpuS,
      cost: plan.cost,
      atxs: plan.atxs,
      cpuSPerWeight: near(plan.cpuS / (plan.provedShare * 256), 6),
      // Eight identities on each drive, one after the other.
      passesThatFit: Math.floor(43_200 / (8 * (model.powS.mean + model.passS))),
      boundBy: 'nonces',
    });
    expect(workAndWeight(input, { kind: 'merged' }).atxs).toBe(plan.mergedAtxs);
  });

  test('has no end of passes where they take no time', () => {
    const fast = { diskBytesPerS: Infinity, scan: { bytesPerSPerThread: Infinity } };
    const input = { ...toys, ...fast };
    expect(workAndWeight(input, { kind: 'today' })).toMatchObject({
      passesThatFit: Infinity,
      boundBy: 'nothing',
    });
    expect(workAndWeight({ ...input, gapS: 0 }, { kind: 'today' }).passesThatFit).toBe(Infinity);
    // Attempts without an end that never succeed are none.
    expect(fleet({ ...input, k2: 9 })).toMatchObject({ attempts: 0, provedShare: 0, atxs: 0 });
  });

  test('states what takes the most time, and the disk for a tie', () => {
    const bound = (change: object) =>
      workAndWeight({ ...toys, gapS: 64, identities: 1, numUnits: 1, ...change }, { kind: 'today' })
        .boundBy;
    expect(bound({})).toBe('disk');
    expect(bound({ scan: { bytesPerSPerThread: 0.5 } })).toBe('disk');
    expect(bound({ scan: { bytesPerSPerThread: 0.4 } })).toBe('processor');
    expect(bound({ powDifficulty: twoHashes, hashesPerS: 2 / 128 })).toBe('disk');
    expect(bound({ powDifficulty: twoHashes, hashesPerS: 2 / 129 })).toBe('k2pow');
    expect(bound({ gapS: 128 })).not.toBe('disk');
    expect(bound({ gapS: 256 })).toBe('nothing');
  });
});

describe('the frontier of the new PoST', () => {
  const rules = {
    kind: 'new-post',
    newPost: { ...newPostDefaults, hashesPerGroup: 1000 },
  } as const;
  // 10 identities of 8 units on 4 drives; 3 passes of half an hour on the fullest one.
  const passS = 1800;
  const input: FleetInput = {
    numUnits: 80,
    identities: 10,
    drives: 4,
    nonces: 32,
    threads: 4,
    diskBytesPerS: (8 * 2 ** 36) / passS,
    scan: { bytesPerSPerThread: 1e12 },
    hashesPerS: 10,
    gapS: 2 * 3600,
    pricePerThreadH: 36,
  };

  test('is one pass over everything, and a fixed k2pow a nonce group', () => {
    // 10 identities × 2 groups × 1000 hashes at 10 a second; 32 nonces are scanned at 2 × 10^12 bytes a second.
    const cpuS = 4 * (2000 + (80 * 2 ** 36) / 2e12);
    const { mean } = labelQuality(rules.newPost, 8, 32);
    expect(workAndWeight(input, rules)).toEqual({
      identities: 10,
      nonces: 32,
      weightShare: 0,
      hashes: 20_000,
      cpuS: near(cpuS, 6),
      cost: near(cpuS / 100, 6),
      atxs: 10,
      cpuSPerWeight: Infinity,
      passesThatFit: 0,
      boundBy: 'disk',
    });
    expect(workAndWeight({ ...input, gapS: 7400 }, rules)).toMatchObject({
      weightShare: mean,
      cpuSPerWeight: near(cpuS / (mean * 80), 6),
      passesThatFit: 1,
    });
    expect(workAndWeight({ ...input, gapS: 14_799 }, rules).passesThatFit).toBe(1);
    expect(workAndWeight({ ...input, gapS: 14_801 }, rules).passesThatFit).toBe(2);
  });

  test('states what keeps it from more', () => {
    const bound = (change: Partial<FleetInput>) =>
      workAndWeight({ ...input, ...change }, rules).boundBy;
    expect(bound({ hashesPerS: 1 })).toBe('k2pow');
    expect(bound({ hashesPerS: 0 })).toBe('k2pow');
    expect(bound({ diskBytesPerS: 0 })).toBe('disk');
    expect(bound({ scan: { bytesPerSPerThread: 1e8 } })).toBe('processor');
    expect(bound({ gapS: 7400, nonces: 16 })).toBe('nonces');
    expect(bound({ gapS: 1e6, nonces: 1024, hashesPerS: 1000 })).toBe('nothing');
  });

  test('has no more drives at work than identities', () => {
    const gapS = 1e5;
    expect(workAndWeight({ ...input, gapS, drives: 20 }, rules)).toEqual(
      workAndWeight({ ...input, gapS, drives: 10 }, rules),
    );
  });

  test('costs nothing without a price', () => {
    expect(workAndWeight({ ...input, pricePerThreadH: undefined }, rules).cost).toBe(0);
  });
});

describe('the rule of thumb', () => {
  test('is about 4 TiB, whatever a unit is', () => {
    expect(ruleOfThumb(hdd)).toEqual({
      units: 64,
      passS: near(2 ** 42 / 150e6, 6),
      passesThatFit: 1,
      probability: inGap(hdd),
      holds: false,
    });
    expect(ruleOfThumb({ ...hdd, labelsPerUnit: 2 ** 30 }).units).toBe(256);
    // Eight drives share the processor: each is scanned at an eighth of its speed, and has an eighth of the hashes.
    const fast = {
      ...hdd,
      diskBytesPerS: 250e6,
      threads: 4,
      scan: { bytesPerSPerThread: 0.8 * 2 ** 30 },
    };
    expect(ruleOfThumb(fast, 1).holds).toBe(true);
    expect(ruleOfThumb(fast, 8).holds).toBe(false);
    expect(ruleOfThumb(fast, 8).passS).toBeCloseTo(2 ** 42 / ((4 * 0.8 * 2 ** 30) / 4 / 8), 6);
  });

  test('holds where two passes fit', () => {
    const twice = { ...hdd, hashesPerS: Infinity, diskBytesPerS: 2 ** 42 / 21_600 };
    expect(ruleOfThumb(twice)).toMatchObject({ passesThatFit: 2, holds: true });
    expect(ruleOfThumb({ ...twice, marginS: 1 })).toMatchObject({ passesThatFit: 1, holds: false });
    // k2pow takes its time, too.
    expect(ruleOfThumb({ ...twice, hashesPerS: 1e6 }).holds).toBe(false);
    const instant = { ...twice, diskBytesPerS: Infinity, scan: { bytesPerSPerThread: Infinity } };
    expect(ruleOfThumb(instant).passesThatFit).toBe(64);
  });
});
