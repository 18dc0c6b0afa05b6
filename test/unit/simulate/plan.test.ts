import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eligibleSlots } from '../../../src/protocol/eligibility';
import {
  cycleGap,
  effectiveGenesisLayer,
  epochOfLayer,
  layerAt,
  layerStartMs,
  mainnetTiming,
  poetRound,
} from '../../../src/protocol/epochs';
import { totalSubsidySmidge } from '../../../src/protocol/issuance';
import { hashesPerUnit, tebibyte } from '../../../src/protocol/units';
import { calendar, icsText } from '../../../src/simulate/calendar';
import { addMachines, cloud, machinesOf, splitFiles } from '../../../src/simulate/cloud';
import {
  fillDrives,
  joinDrives,
  packIdentities,
  serviceOptions,
} from '../../../src/simulate/drives';
import { fleet, frontier, provedDistribution, ruleOfThumb } from '../../../src/simulate/fleet';
import { manifests } from '../../../src/simulate/manifests';
import { sampleProving } from '../../../src/simulate/montecarlo';
import { bestEstimate, labelQuality, newPostDefaults } from '../../../src/simulate/newpost';
import { estimatedLabelsPerS, gpuModels } from '../../../src/simulate/gpus';
import { cloudPresets, passPresets, provingPresets } from '../../../src/simulate/presets';
import {
  finishFraction,
  finishQuantile,
  noncesFor,
  passMoments,
  passSuccess,
} from '../../../src/simulate/probability';
import { Random } from '../../../src/simulate/random';
import { resize } from '../../../src/simulate/resize';
import { epochIssuance, rewardPlan } from '../../../src/simulate/rewards';
import {
  bestSetting,
  doneCurve,
  heatMap,
  inGap,
  largestIdentity,
  provingPlan,
  scanSpeed,
  type ProvingInput,
} from '../../../src/simulate/throughput';

const finish = <R>(steps: Generator<unknown, R>): R => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

const hdd: ProvingInput = {
  numUnits: 64,
  nonces: 64,
  threads: 8,
  diskBytesPerS: 150e6,
  scan: { bytesPerSPerThread: 1.48 * 2 ** 30 },
  hashesPerS: 3000,
};

describe('probability of a pass', () => {
  it.each([
    [64, 0.7975, 0.9408, undefined, undefined, 1.16846],
    [128, 0.7669, 0.8972, 0.9762, undefined, 0.93002],
    [288, 0.734, 0.8517, 0.9211, 0.9677, 0.84665],
    [1024, 0.6875, 0.7899, 0.8481, 0.8863, 0.78434],
    [4096, 0.6425, 0.732, 0.7816, 0.8134, 0.72682],
  ])('%d nonces finish inside the pass as tabled', (nonces, q5, q50, q90, q99, passes) => {
    const quantiles = [0.05, 0.5, 0.9, 0.99].map((p) => finishQuantile({ nonces }, p));
    for (const [i, expected] of [q5, q50, q90, q99].entries())
      if (expected === undefined) expect(quantiles[i]).toBeUndefined();
      else expect(quantiles[i]).toBeCloseTo(expected, 4);
    expect(passMoments({ nonces }).meanUntilFound).toBeCloseTo(passes, 5);
  });

  it('finds the fewest nonces for a wanted success, or says that there are none', () => {
    for (const wanted of [0, 0.3, 0.5, 0.79395, 0.99, 0.9999]) {
      const nonces = noncesFor(wanted) ?? NaN;
      expect(nonces % 16).toBe(0);
      expect(passSuccess({ nonces })).toBeGreaterThanOrEqual(wanted);
      if (nonces > 16) expect(passSuccess({ nonces: nonces - 16 })).toBeLessThan(wanted);
    }
    expect(noncesFor(0.5, { k2: 80 })).toBeUndefined();
  });

  it('refuses what is no answer', () => {
    expect(() => passSuccess({ nonces: 0 })).toThrow('nonces must be');
    expect(() => passSuccess({ nonces: NaN })).toThrow('nonces must be');
    expect(() => passSuccess({ nonces: 16, k1: -1 })).toThrow('k1 must be');
    expect(() => finishFraction({ nonces: 16, fraction: 1.1 })).toThrow('fraction must be');
    expect(passSuccess({ nonces: 16, k1: 26, k2: 37, numLabels: 30 })).toBe(0);
    expect(passSuccess({ nonces: 16, k1: 26, k2: 0 })).toBe(1);
  });
});

describe('throughput', () => {
  it('gives the figures of the documentation for its own examples', () => {
    for (const { says, input } of passPresets)
      expect(Math.abs(passSuccess(input) * 100 - parseFloat(says))).toBeLessThan(0.05);
    const [disk, pow] = provingPresets.map(({ input }) => provingPlan(input));
    expect((disk?.passS ?? 0) / 3600).toBeCloseTo(8.14, 2);
    expect(disk?.passesThatFit).toBe(1);
    expect(disk?.bottleneck).toBe('disk');
    expect(pow?.powS.mean).toBeCloseTo(150, 9);
    expect(hashesPerUnit()).toBeCloseTo(4687.5, 9);
  });

  it('is certain only of what fits: one pass succeeds with P(n), two with P(n) (2 − P(n))', () => {
    const p = passSuccess({ nonces: 64 });
    expect(inGap(hdd)).toBeCloseTo(p, 6);
    expect(inGap({ ...hdd, numUnits: 32 })).toBeGreaterThan(1 - (1 - p) ** 2);
    expect(inGap({ ...hdd, marginS: 40_000 })).toBe(0);
  });

  it('interpolates measured scan speeds and extends them by the model', () => {
    const scan = {
      measured: [
        { nonces: 16, threads: 1, bytesPerS: 1600 },
        { nonces: 64, threads: 1, bytesPerS: 400 },
        { nonces: 16, threads: 4, bytesPerS: 4800 },
        { nonces: 64, threads: 4, bytesPerS: 1200 },
      ],
    };
    expect(scanSpeed(scan, 16, 1)).toBeCloseTo(1600, 6);
    expect(scanSpeed(scan, 64, 4)).toBeCloseTo(1200, 6);
    expect(scanSpeed(scan, 32, 1)).toBeCloseTo(800, 6);
    expect(scanSpeed(scan, 128, 1)).toBeCloseTo(200, 6);
    expect(scanSpeed(scan, 16, 2)).toBeCloseTo(2 * 1600 * Math.sqrt(0.75), 6);
    expect(scanSpeed({ measured: [] }, 16, 2)).toBe(0);
    expect(scanSpeed({ bytesPerSPerThread: 1600 }, 64, 4)).toBe(1600);
  });

  it('answers extremes with words, never with NaN', () => {
    const stuck = provingPlan({ ...hdd, diskBytesPerS: 0 });
    expect(stuck.passS).toBe(Infinity);
    expect(stuck.probabilityInGap).toBe(0);
    expect(stuck.doneS.q50).toBe(Infinity);
    expect(stuck.passesThatFit).toBe(0);
    const noPow = provingPlan({ ...hdd, hashesPerS: 0 });
    expect(noPow.probabilityInGap).toBe(0);
    const served = provingPlan({ ...hdd, hashesPerS: Infinity });
    expect(served.powS.mean).toBe(0);
    expect(served.powS.q99).toBe(0);
    const huge = provingPlan({ ...hdd, numUnits: 2 ** 24, nonces: 4096 });
    expect(huge.probabilityInGap).toBe(0);
    expect(() => provingPlan({ ...hdd, diskBytesPerS: NaN })).toThrow('diskBytesPerS');
    expect(largestIdentity({ ...hdd, diskBytesPerS: 0 }, 0.5)).toBe(0);
    for (const plan of [stuck, noPow, served, huge])
      expect(JSON.stringify(plan, (_, v: unknown) => (Number.isNaN(v) ? 'NaN' : v))).not.toContain(
        'NaN',
      );
  });

  it('finds the largest identity and a setting that reach the wanted probability', () => {
    const units = largestIdentity({ ...hdd, nonces: 288 }, 0.99);
    expect(inGap({ ...hdd, nonces: 288, numUnits: units })).toBeGreaterThanOrEqual(0.99);
    expect(inGap({ ...hdd, nonces: 288, numUnits: units + 1 })).toBeLessThan(0.99);
    const best = bestSetting(hdd, 0.99);
    expect(best.probability).toBeGreaterThanOrEqual(0.99);
    const { threads, nonces } = best;
    expect(inGap({ ...hdd, nonces, threads, hashesPerS: (3000 * threads) / 8 })).toBe(
      best.probability,
    );
  });

  it('widens the curve to a band when speeds are uncertain', () => {
    const curve = doneCurve({ ...hdd, numUnits: 40, speedError: 0.2 }, 40);
    for (const [i, { low, probability, high }] of curve.entries()) {
      expect(low).toBeLessThanOrEqual(probability + 0.1);
      expect(high).toBeGreaterThanOrEqual(low);
      expect(probability).toBeGreaterThanOrEqual((curve[i - 1]?.probability ?? 0) - 1e-12);
    }
    expect(curve.some(({ low, high }) => high - low > 0.3)).toBe(true);
  });

  it('draws heat maps row by row', () => {
    const map = finish(
      heatMap(
        hdd,
        { parameter: 'numUnits', values: [16, 32, 64] },
        { parameter: 'diskBytesPerS', values: [100e6, 200e6] },
      ),
    );
    expect(map.rows).toHaveLength(2);
    expect(map.rows[1]?.[2]).toBe(inGap({ ...hdd, diskBytesPerS: 200e6 }));
  });
});

describe('Monte-Carlo', () => {
  it.each([
    [{ ...hdd }],
    [{ ...hdd, numUnits: 30, nonces: 32, hashesPerS: 200 }],
    [{ ...hdd, numUnits: 50, nonces: 128, speedError: 0.25 }],
  ])('agrees with the closed form', (input) => {
    const sample = finish(sampleProving(input, 200_000, 7));
    const expected = inGap(input);
    expect(Math.abs(sample.probability - expected)).toBeLessThan(4.5 * sample.standardError + 2e-4);
    expect(sample.histogram.reduce((a, b) => a + b, 0)).toBe(200_000);
    if (!input.speedError) {
      const { meanS } = provingPlan(input);
      expect(Math.abs(sample.meanS / meanS - 1)).toBeLessThan(0.01);
    }
  });

  it('draws the same pass as nonces simulated one by one', () => {
    const random = new Random(11);
    const nonces = 64;
    const draws = 4000;
    let early = 0;
    let found = 0;
    for (let i = 0; i < draws; i++) {
      let first = Infinity;
      for (let n = 0; n < nonces; n++) first = Math.min(first, random.gamma(37) / 26);
      if (first <= 0.9) early++;
      if (first <= 1) found++;
    }
    const error = 4 * Math.sqrt(0.25 / draws);
    expect(Math.abs(found / draws - passSuccess({ nonces }))).toBeLessThan(error);
    expect(Math.abs(early / draws - finishFraction({ nonces, fraction: 0.9 }))).toBeLessThan(error);
  });

  it('repeats with the seed', () => {
    const run = (seed: number) => finish(sampleProving({ ...hdd, numUnits: 40 }, 5000, seed)).meanS;
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
  });

  it('draws binomial counts with the right mean and variance', () => {
    const random = new Random(5);
    for (const [draw, mean, variance] of [
      [() => random.binomial(40, 0.3), 12, 8.4],
      [() => random.binomial(5000, 0.9), 4500, 450],
      [() => random.binomial(1e6, 1e-5), 10, 10],
    ] as const) {
      const values = Array.from({ length: 20_000 }, draw);
      const m = values.reduce((a, b) => a + b) / values.length;
      const v = values.reduce((a, b) => a + (b - m) ** 2, 0) / values.length;
      expect(Math.abs(m - mean)).toBeLessThan(5 * Math.sqrt(variance / 20_000));
      expect(Math.abs(v / variance - 1)).toBeLessThan(0.06);
    }
  });
});

describe('fleets', () => {
  const base = { ...hdd, numUnits: 256, drives: 4, hashesPerS: 3000 };

  it('is the plain plan for one identity on one drive', () => {
    const one = fleet({ ...hdd, identities: 1, drives: 1 });
    expect(one.probabilityAll).toBeCloseTo(inGap(hdd), 12);
    expect(one.unitsPerIdentity).toBe(64);
    expect(one.mergedAtxs).toBe(1);
  });

  it('agrees with drives simulated attempt by attempt', () => {
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

  it('does not change the k2pow of an allocation by splitting it', () => {
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

  it('counts the work that the end of the gap cuts short', () => {
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

  it('says what bounds a setting', () => {
    const bound = (change: Partial<typeof base>, identities: number, nonces: number) =>
      finish(frontier({ ...base, ...change }, [identities], [nonces]))[0]?.boundBy;
    expect(bound({ numUnits: 64 }, 16, 64)).toBe('nothing');
    expect(bound({ numUnits: 256 }, 4, 16)).toBe('nonces');
    expect(bound({ numUnits: 2560 }, 4, 16)).toBe('disk');
    expect(bound({ numUnits: 256, hashesPerS: 100 }, 4, 64)).toBe('k2pow');
    expect(bound({ numUnits: 2560, scan: { bytesPerSPerThread: 1e7 } }, 4, 16)).toBe('processor');
  });

  it('shows why splitting pays today: the same weight for a fraction of the work', () => {
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

  it('has a distribution that fits its summary', () => {
    const input = { ...base, identities: 30, nonces: 32 };
    const atLeast = provedDistribution(input);
    const plan = fleet({ ...input, wantedShare: 0.9 });
    expect(atLeast[0]).toBeCloseTo(1, 9);
    expect(atLeast[30]).toBeCloseTo(plan.probabilityAll, 9);
    expect(atLeast[27]).toBeCloseTo(plan.probabilityShare, 9);
  });

  it('holds the 4 TiB rule of thumb against a drive', () => {
    expect(ruleOfThumb(hdd).holds).toBe(false);
    expect(ruleOfThumb({ ...hdd, diskBytesPerS: 250e6 }).holds).toBe(true);
    expect(ruleOfThumb(hdd).units).toBe(64);
  });
});

describe('new PoST', () => {
  it('estimates storage without bias and with deviation 1 / √(k − 2)', () => {
    for (const labels of [37, 400, 800]) {
      const { mean, deviation } = bestEstimate(labels, 1);
      expect(mean).toBeCloseTo(1, 4);
      expect(deviation).toBeCloseTo(1 / Math.sqrt(labels - 2), 3);
    }
  });

  it('gives less weight for fewer nonces, and little more for more', () => {
    const { mean: few } = labelQuality(newPostDefaults, 64, 16);
    const { mean: reference } = labelQuality(newPostDefaults, 64, 64);
    const { mean: many } = labelQuality(newPostDefaults, 64, 288);
    expect(few).toBeLessThan(1);
    expect(reference).toBeCloseTo(1, 12);
    expect(many).toBeGreaterThan(1);
    expect(many).toBeLessThan(1.05);
  });
});

describe('drives', () => {
  const drives = ['a', 'b', 'c', 'd'].map((name) => ({
    name,
    sizeBytes: 8 * tebibyte,
    readBytesPerS: 200e6,
  }));

  it('joins them as RAID and LVM do', () => {
    expect(joinDrives(drives, 'separate').usableBytes).toBe(32 * tebibyte);
    expect(joinDrives(drives, 'raid0').volumes[0]).toMatchObject({
      sizeBytes: 32 * tebibyte,
      readBytesPerS: 800e6,
    });
    expect(joinDrives(drives, 'raid5').volumes[0]).toMatchObject({
      sizeBytes: 24 * tebibyte,
      readBytesPerS: 600e6,
    });
    expect(joinDrives(drives, 'lvm').volumes[0]?.readBytesPerS).toBeCloseTo(200e6, 3);
    expect(joinDrives(drives, 'raid5').lossOnOneDeath).toBe(0);
    expect(joinDrives(drives, 'raid0').yearlyLoss).toBeGreaterThan(
      joinDrives(drives, 'separate').yearlyLoss,
    );
    expect(() => joinDrives(drives.slice(0, 2), 'raid5')).toThrow('at least 3 drives');
  });

  it('fills each drive with the fewest identities that are proved in time', () => {
    const plan = fillDrives({ ...hdd, volumes: drives, probability: 0.99 });
    expect(plan.volumes).toHaveLength(4);
    for (const volume of plan.volumes) {
      expect(volume.probabilityAll).toBeGreaterThanOrEqual(0.99);
      expect(volume.unitsPerIdentity).toBeGreaterThanOrEqual(4);
      expect(volume.identities * volume.unitsPerIdentity + volume.idleUnits).toBe(
        volume.capacityUnits,
      );
    }
    const stuck = fillDrives({
      ...hdd,
      volumes: [{ name: 'x', sizeBytes: tebibyte, readBytesPerS: 0 }],
      probability: 0.99,
    });
    expect(stuck.units).toBe(0);
    expect(stuck.volumes[0]?.reason).toContain('Too slow');
    const tiny = fillDrives({
      ...hdd,
      volumes: [{ name: 'x', sizeBytes: 1e9, readBytesPerS: 1 }],
      probability: 0.99,
    });
    expect(tiny.volumes[0]?.reason).toContain('at least 4');
  });

  it('packs identities without overfilling, and says what has no room', () => {
    const small = [
      { name: 'fast', sizeBytes: tebibyte, readBytesPerS: 400e6 },
      { name: 'slow', sizeBytes: tebibyte, readBytesPerS: 100e6 },
    ];
    const packing = packIdentities([4, 8, 4, 10, 4, 40], small, { reserve: 0 });
    expect(packing.placed[5]).toBeUndefined();
    expect(packing.placed.filter((name) => name !== undefined)).toHaveLength(5);
    for (const { units, freeUnits } of packing.volumes) {
      expect(units + freeUnits).toBe(16);
      expect(freeUnits).toBeGreaterThanOrEqual(0);
    }
    expect(packing.placed[3]).toBe('fast');
  });

  it('compares one node with many', () => {
    const [one, many] = serviceOptions({ identities: 16 });
    expect(one?.nodes).toBe(1);
    expect(many?.diskBytes).toBe(16 * (one?.diskBytes ?? 0));
    expect(one?.memoryBytes).toBeLessThan(many?.memoryBytes ?? 0);
  });
});

describe('resizing', () => {
  const base = { maxFileSizeBytes: 4 * 2 ** 30, publishEpoch: 30 };

  it('counts growth one epoch later than shrinking', () => {
    const grown = resize({ ...base, fromUnits: 4, toUnits: 10 });
    expect(grown.effective).toEqual([
      { publishEpoch: 30, earnsInEpoch: 31, units: 4 },
      { publishEpoch: 31, earnsInEpoch: 32, units: 10 },
    ]);
    expect(grown.files).toEqual({ before: 64, after: 160, untouched: 64, changed: undefined });
    const shrunk = resize({ ...base, fromUnits: 10, toUnits: 4 });
    expect(shrunk.effective).toEqual([{ publishEpoch: 30, earnsInEpoch: 31, units: 4 }]);
    expect(shrunk.removedBytes).toBe(6 * 2 ** 36);
    expect(shrunk.nonceChanges).toBeCloseTo(0.6, 12);
    expect(resize({ ...base, fromUnits: 10, toUnits: 2 }).belowMinimum).toBe(true);
    expect(resize({ ...base, fromUnits: 5, toUnits: 5 }).kind).toBe('same');
  });

  it('names the file that is cut or filled up', () => {
    const odd = resize({ ...base, maxFileSizeBytes: 3 * 2 ** 36, fromUnits: 10, toUnits: 4 });
    expect(odd.files).toEqual({ before: 4, after: 2, untouched: 1, changed: 1 });
  });
});

describe('a GPU that is not at hand', () => {
  it('an RTX 3090 is estimated within a twentieth of what is reported of one', () => {
    const model = gpuModels.find(({ name }) => name === 'RTX 3090') ?? expect.fail();
    expect(estimatedLabelsPerS(model) / 484_000).toBeGreaterThan(0.95);
    expect(estimatedLabelsPerS(model) / 484_000).toBeLessThan(1.05);
  });

  it('half the N needs half the memory traffic', () => {
    const [model = expect.fail()] = gpuModels;
    expect(estimatedLabelsPerS(model, 4096)).toBe(2 * estimatedLabelsPerS(model, 8192));
  });
});

describe('cloud', () => {
  const input = cloudPresets[0]?.input ?? expect.fail();

  it('takes machines of several kinds, and gives each its share of the files', () => {
    const kind = { labelsPerS: 400_000, pricePerH: 0.4, uploadBytesPerS: 1e9 };
    const machines = addMachines('2, 200000, 0.2, 800; 1 0 9 1\n', machinesOf(kind, 1));
    expect(machines.map(({ name }) => name)).toEqual([1, 2, 3, 4].map((i) => `machine ${i}`));
    expect(machines[2]).toMatchObject({ labelsPerS: 2e5, pricePerH: 0.2, uploadBytesPerS: 1e8 });
    const { shares } = cloud({ ...input, machines });
    expect(shares.map(({ fromFile, toFile }) => toFile - fromFile + 1)).toEqual([800, 400, 400]);
  });

  it.each([
    '2, 200000',
    'two, 1, 1, 1',
    '1, 2, 3, 4, 5',
    '-1, 1, 1, 1',
    '999, 1, 1, 1; 2, 1, 1, 1',
  ])('refuses the machines “%s”', (text) => {
    expect(() => addMachines(text, [])).toThrow(
      expect.objectContaining({ code: 'input-not-valid' }),
    );
  });

  it('splits the files as the manual of postcli does', () => {
    const { shares, files, dataBytes, homeDiskBytes } = cloud(input);
    expect(files).toBe(1600);
    expect(shares.map(({ fromFile, toFile }) => [fromFile, toFile])).toEqual([
      [0, 799],
      [800, 1599],
    ]);
    expect(homeDiskBytes).toBeCloseTo(dataBytes * 1.1, 0);
    expect(shares.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(dataBytes);
  });

  it('is as slow as the slower of GPU and line', () => {
    const line = cloud(input);
    expect(line.bottleneck).toBe('download');
    expect(line.downloadedS).toBeGreaterThan(line.dataBytes / 12.5e6);
    expect(line.downloadedS).toBeLessThan((line.dataBytes / 12.5e6) * 1.01);
    expect(line.idleGpuCost).toBeGreaterThan(0.15 * line.gpuCost);
    const gpu = cloud({ ...input, downloadBytesPerS: 1e9 });
    expect(gpu.bottleneck).toBe('gpu');
    expect(gpu.downloadedS).toBeLessThan(gpu.initialisedS * 1.01);
    expect(gpu.timeline.at(-1)?.downloadedBytes).toBeCloseTo(gpu.dataBytes, -6);
    for (const { initialisedBytes, downloadedBytes } of gpu.timeline)
      expect(downloadedBytes).toBeLessThanOrEqual(initialisedBytes);
  });

  it('never ends without a line or a GPU, and says so', () => {
    const never = cloud({ ...input, downloadBytesPerS: 0 });
    expect(never.downloadedS).toBe(Infinity);
    expect(never.totalCost).toBe(Infinity);
    expect(never.timeline.every(({ downloadedBytes }) => downloadedBytes === 0)).toBe(true);
    expect(() => cloud({ ...input, machines: [] })).toThrow('at least one machine');
    expect(() =>
      cloud({ ...input, machines: [{ name: 'x', labelsPerS: 0, pricePerH: 1 }] }),
    ).toThrow('labelsPerS');
  });

  it('pays for machines until they are empty, and for what has left', () => {
    const plan = cloud(cloudPresets[0]?.input ?? expect.fail());
    const end = plan.timeline.at(-1) ?? expect.fail();
    expect(end.gpuCost).toBeCloseTo(plan.gpuCost, 6);
    expect(end.egressCost).toBeCloseTo(plan.egressCost, 6);
    expect(end.diskCost).toBeCloseTo(plan.diskCost, 6);
    for (const [i, point] of plan.timeline.entries())
      expect(point.gpuCost).toBeGreaterThanOrEqual(plan.timeline[i - 1]?.gpuCost ?? 0);
  });

  it('deals out every file once, by rate', () => {
    const ranges = splitFiles(100, [1, 0, 3]);
    expect(ranges).toEqual([
      { machine: 0, fromFile: 0, toFile: 24 },
      { machine: 2, fromFile: 25, toFile: 99 },
    ]);
  });

  it('writes scripts that run: each range once, with quoted paths', () => {
    const directory = mkdtempSync(join(tmpdir(), 'post init '));
    try {
      writeFileSync(join(directory, 'postcli'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
      const { shellLoop, slurmArray, gnuParallel, rsyncLoop } = manifests({
        nodeId: 'ab'.repeat(32),
        commitmentAtxId: 'cd'.repeat(32),
        numUnits: 4,
        dataDir: `${directory}/it's`,
        provider: 1,
        scryptN: 2,
        ranges: [
          { fromFile: 0, toFile: 30 },
          { fromFile: 31, toFile: 63 },
        ],
      });
      const run = (script: string, env: Record<string, string> = {}): string[] =>
        execFileSync('bash', ['-c', script], {
          encoding: 'utf8',
          env: { ...env, PATH: `${directory}:${process.env['PATH'] ?? ''}` },
        })
          .trim()
          .split('\n');
      const lines = run(shellLoop);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain(
        `-scryptN 2 -datadir ${directory}/it's/part-1 -fromFile 31 -toFile 63`,
      );
      expect(run(slurmArray, { SLURM_ARRAY_TASK_ID: '0' })).toEqual([lines[0]]);
      for (const script of [gnuParallel, rsyncLoop])
        expect(execFileSync('bash', ['-n', '-c', script], { encoding: 'utf8' })).toBe('');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('writes commands with postcli’s flags', () => {
    const text = manifests({
      nodeId: 'ab'.repeat(32),
      commitmentAtxId: `0x${'cd'.repeat(32)}`,
      numUnits: 100,
      dataDir: '/data/my post',
      provider: 0,
      ranges: [
        { fromFile: 0, toFile: 799 },
        { fromFile: 800, toFile: 1599 },
      ],
    });
    expect(text.commands[1]).toBe(
      `postcli -provider 0 -numUnits 100 -id ${'ab'.repeat(32)} -commitmentAtxId ${'cd'.repeat(32)} -datadir '/data/my post'/part-1 -fromFile 800 -toFile 1599 -yes`,
    );
    expect(text.slurmArray).toContain('--array=0-1');
    expect(text.kubernetes).toContain('completions: 2');
    expect(text.gnuParallel).toContain('::: 0 800 ::: 799 1599');
    expect(text.shellLoop).not.toContain('-scryptN');
    expect(() =>
      manifests({
        nodeId: 'xyz',
        commitmentAtxId: '',
        numUnits: 1,
        dataDir: '.',
        provider: 0,
        ranges: [{ fromFile: 0, toFile: 0 }],
      }),
    ).toThrow('64 hex digits');
  });
});

describe('rewards', () => {
  it('computes slots as the node does', () => {
    const mainnet = { minWeight: 1_000_000, committeeSize: 50, layersPerEpoch: 4032 };
    expect(eligibleSlots({ ...mainnet, weight: 1, totalWeight: 20_200_000n })).toBe(1);
    // The comment in go-spacemesh common/types/ballot.go: 1337 of 26 481 043 is about 10 slots.
    expect(eligibleSlots({ ...mainnet, weight: 1337, totalWeight: 26_481_043 })).toBe(10);
    expect(eligibleSlots({ ...mainnet, weight: 100, totalWeight: 100 })).toBe(20);
    expect(eligibleSlots({ ...mainnet, weight: 0, totalWeight: 5 })).toBe(1);
    // uint64 wraps and uint32 narrows, as Go does.
    expect(eligibleSlots({ ...mainnet, weight: 2n ** 63n, minWeight: 0, totalWeight: 1 })).toBe(1);
    expect(
      eligibleSlots({
        weight: 2 ** 33 + 5,
        minWeight: 0,
        totalWeight: 1,
        committeeSize: 1,
        layersPerEpoch: 1,
      }),
    ).toBe(5);
    expect(() => eligibleSlots({ ...mainnet, weight: 1, totalWeight: 0 })).toThrow('zero');
    expect(() => eligibleSlots({ ...mainnet, weight: 1.5, totalWeight: 1 })).toThrow('whole');
  });

  it('issues everything over the epochs, and nothing before the genesis', () => {
    expect(epochIssuance(0)).toBe(0n);
    expect(epochIssuance(1)).toBe(477618397593n);
    let sum = 0n;
    for (let epoch = 0; epoch < 30_000; epoch += 1)
      sum += epoch % 100 === 0 ? epochIssuance(epoch) : 0n;
    expect(sum).toBeLessThan(totalSubsidySmidge);
    expect(epochIssuance(2)).toBe(1924933698054853n - 477618397593n + 477209782594n);
  });

  it('shares by weight, with a spread that the slots and missed proofs make', () => {
    const base = { totalUnits: 1e6, totalIdentities: 200_000, epoch: 30, epochs: 26 };
    const plan = rewardPlan({ ...base, units: [64] });
    const all = plan.epochs.reduce(
      (total, { issuanceSmidge }) => total + Number(issuanceSmidge),
      0,
    );
    expect(plan.meanSmidge / all).toBeCloseTo(64e-6, 12);
    expect(plan.deviationSmidge).toBeGreaterThan(0);
    const risky = rewardPlan({ ...base, units: [64], provedProbability: 0.8 });
    expect(risky.meanSmidge / plan.meanSmidge).toBeCloseTo(0.8, 12);
    expect(risky.deviationSmidge).toBeGreaterThan(plan.deviationSmidge);
    const many = { ...base, provedProbability: 0.9 };
    const counted = rewardPlan({ ...many, units: [8, 4], counts: [3, 2] });
    const listed = rewardPlan({ ...many, units: [8, 8, 8, 4, 4] });
    expect(counted.meanSmidge).toBeCloseTo(listed.meanSmidge, 3);
    expect(counted.deviationSmidge / listed.deviationSmidge).toBeCloseTo(1, 9);
    const growing = rewardPlan({ ...base, units: [64], yearlyGrowth: 2 });
    expect(growing.meanSmidge).toBeLessThan(plan.meanSmidge);
    expect(() => rewardPlan({ ...base, units: [2e6] })).toThrow('totalUnits');
  });
});

describe('calendar', () => {
  it('places layers, epochs, PoET rounds and gaps', () => {
    expect(effectiveGenesisLayer(mainnetTiming)).toBe(8063);
    expect(layerAt(mainnetTiming, Date.UTC(2023, 6, 14, 8, 4, 59))).toBe(0);
    expect(layerAt(mainnetTiming, Date.UTC(2023, 6, 14, 8, 5))).toBe(1);
    expect(() => layerAt(mainnetTiming, 0)).toThrow('2023-07-14T08:00:00');
    expect(epochOfLayer(mainnetTiming, 8064)).toBe(2);
    // go-spacemesh config/mainnet.go: layer 105 720 is on 2024-07-15 10:00 UTC.
    expect(new Date(layerStartMs(mainnetTiming, 105_720)).toISOString()).toBe(
      '2024-07-15T10:00:00.000Z',
    );
    const gap = cycleGap(mainnetTiming, 2);
    expect(gap.endMs - gap.startMs).toBe(12 * 3_600_000);
    expect(new Date(gap.endMs).toISOString()).toBe('2023-08-21T08:00:00.000Z');
    expect(poetRound(mainnetTiming, 2).endMs).toBe(gap.startMs);
    expect(poetRound(mainnetTiming, 3).startMs).toBe(gap.endMs);
  });

  it('writes a calendar file that RFC 5545 readers take', () => {
    const text = icsText({
      epochs: calendar(2, 2),
      network: 'Spacemesh; "test", ein ziemlich langer Name für ein Netz mit Umlauten: äöüäöüäöü',
      madeAtMs: Date.UTC(2026, 0, 1),
      alarmBeforeMin: 60,
    });
    const lines = text.split('\r\n');
    expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
    const unfolded = text.replaceAll('\r\n ', '');
    expect(unfolded).toContain('SUMMARY:Spacemesh\\; "test"\\, ein');
    expect(unfolded).toContain('DTSTART:20230820T200000Z\r\nDTEND:20230821T080000Z');
    expect(unfolded.match(/BEGIN:VEVENT/g)).toHaveLength(6);
    expect(new Set(unfolded.match(/UID:.*/g)).size).toBe(6);
    expect(unfolded.match(/BEGIN:VALARM/g)).toHaveLength(2);
  });
});
