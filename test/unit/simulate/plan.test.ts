import { describe, expect, test } from 'vitest';
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
import { hashesPerUnit } from '../../../src/protocol/units';
import { calendar, icsText } from '../../../src/simulate/proving/calendar';
import { sampleProving } from '../../../src/simulate/proving/montecarlo';
import { bestEstimate, labelQuality, newPostDefaults } from '../../../src/simulate/proving/newpost';
import { passPresets, provingPresets } from '../../../src/simulate/proving/presets';
import {
  finishFraction,
  finishQuantile,
  noncesFor,
  passMoments,
  passSuccess,
} from '../../../src/simulate/probability/passes';
import { Random } from '../../../src/simulate/probability/random';
import { resize } from '../../../src/simulate/farm/resize';
import { epochIssuance, rewardPlan } from '../../../src/simulate/rewards/rewards';
import {
  doneCurve,
  heatMap,
  inGap,
  largestIdentity,
  provingPlan,
  scanSpeed,
} from '../../../src/simulate/proving/throughput';
import { finish, hdd } from '../../support/simulate';

describe('probability of a pass', () => {
  test.each([
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

  test('finds the fewest nonces for a wanted success, or reports that there are none', () => {
    for (const wanted of [0, 0.3, 0.5, 0.79395, 0.99, 0.9999]) {
      const nonces = noncesFor(wanted) ?? NaN;
      expect(nonces % 16).toBe(0);
      expect(passSuccess({ nonces })).toBeGreaterThanOrEqual(wanted);
      if (nonces > 16) expect(passSuccess({ nonces: nonces - 16 })).toBeLessThan(wanted);
    }
    expect(noncesFor(0.5, { k2: 80 })).toBeUndefined();
  });

  test('refuses what is not an answer', () => {
    expect(() => passSuccess({ nonces: 0 })).toThrow('Nonces per pass must be');
    expect(() => passSuccess({ nonces: NaN })).toThrow('Nonces per pass must be');
    expect(() => passSuccess({ nonces: 16, k1: -1 })).toThrow('k1 must be');
    expect(() => finishFraction({ nonces: 16, fraction: 1.1 })).toThrow('fraction must be');
    expect(passSuccess({ nonces: 16, k1: 26, k2: 37, numLabels: 30 })).toBe(0);
    expect(passSuccess({ nonces: 16, k1: 26, k2: 0 })).toBe(1);
  });
});

describe('throughput', () => {
  test('gives the figures of the documentation for its own examples', () => {
    for (const { says, input } of passPresets)
      expect(Math.abs(passSuccess(input) * 100 - parseFloat(says))).toBeLessThan(0.05);
    const [disk, pow, fewest] = provingPresets.map(({ input }) => provingPlan(input));
    expect((disk?.passS ?? 0) / 3600).toBeCloseTo(8.14, 2);
    expect(disk?.passesThatFit).toBe(1);
    expect(disk?.bottleneck).toBe('disk');
    expect(pow?.powS.mean).toBeCloseTo(150, 9);
    expect(hashesPerUnit()).toBeCloseTo(4687.5, 9);
    // Three passes of 64 nonces fit, or two of the node's default.
    expect(fewest?.probabilityInGap).toBeCloseTo(0.9912, 4);
    const input = provingPresets[2]?.input ?? expect.fail();
    expect(inGap({ ...input, nonces: 288 })).toBeGreaterThan(0.99999);
  });

  test('is certain only of what fits: one pass succeeds with P(n), two with P(n) (2 − P(n))', () => {
    const p = passSuccess({ nonces: 64 });
    expect(inGap(hdd)).toBeCloseTo(p, 6);
    expect(inGap({ ...hdd, numUnits: 32 })).toBeGreaterThan(1 - (1 - p) ** 2);
    expect(inGap({ ...hdd, marginS: 40_000 })).toBe(0);
  });

  test('interpolates measured scan speeds and extends them by the model', () => {
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

  test('answers extremes with words, never with NaN', () => {
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
    expect(() => provingPlan({ ...hdd, diskBytesPerS: NaN })).toThrow('Disk speed (MB/s)');
    expect(largestIdentity({ ...hdd, diskBytesPerS: 0 }, 0.5)).toBe(0);
    for (const plan of [stuck, noPow, served, huge])
      expect(JSON.stringify(plan, (_, v: unknown) => (Number.isNaN(v) ? 'NaN' : v))).not.toContain(
        'NaN',
      );
  });

  test('finds the largest identity and a setting that reach the wanted probability', () => {
    const units = largestIdentity({ ...hdd, nonces: 288 }, 0.99);
    expect(inGap({ ...hdd, nonces: 288, numUnits: units })).toBeGreaterThanOrEqual(0.99);
    expect(inGap({ ...hdd, nonces: 288, numUnits: units + 1 })).toBeLessThan(0.99);
  });

  test('widens the curve to a band when speeds are uncertain', () => {
    const curve = doneCurve({ ...hdd, numUnits: 40, speedError: 0.2 }, 40);
    for (const [i, { low, probability, high }] of curve.entries()) {
      expect(low).toBeLessThanOrEqual(probability + 0.1);
      expect(high).toBeGreaterThanOrEqual(low);
      expect(probability).toBeGreaterThanOrEqual((curve[i - 1]?.probability ?? 0) - 1e-12);
    }
    expect(curve.some(({ low, high }) => high - low > 0.3)).toBe(true);
  });

  test('draws heat maps row by row', () => {
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
  test.each([
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

  test('draws the same pass as nonces simulated one by one', () => {
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

  test('repeats with the seed', () => {
    const run = (seed: number) => finish(sampleProving({ ...hdd, numUnits: 40 }, 5000, seed)).meanS;
    expect(run(3)).toBe(run(3));
    expect(run(3)).not.toBe(run(4));
  });

  test('draws binomial counts with the right mean and variance', () => {
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

describe('new PoST', () => {
  test('estimates storage without bias and with deviation 1 / √(k − 2)', () => {
    for (const labels of [37, 400, 800]) {
      const { mean, deviation } = bestEstimate(labels, 1);
      expect(mean).toBeCloseTo(1, 4);
      expect(deviation).toBeCloseTo(1 / Math.sqrt(labels - 2), 3);
    }
  });

  test('gives less weight for fewer nonces, and little more for more', () => {
    const { mean: few } = labelQuality(newPostDefaults, 64, 16);
    const { mean: reference } = labelQuality(newPostDefaults, 64, 32);
    const { mean: many } = labelQuality(newPostDefaults, 64, 288);
    expect(few).toBeLessThan(1);
    expect(reference).toBeCloseTo(1, 12);
    expect(many).toBeGreaterThan(1);
    expect(many).toBeLessThan(1.05);
  });
});

describe('resizing', () => {
  const base = { maxFileSizeBytes: 4 * 2 ** 30, publishEpoch: 30 };

  test('counts growth one epoch later than shrinking', () => {
    const grown = resize({ ...base, fromUnits: 4, toUnits: 10 });
    expect(grown.effective).toEqual([
      { publishEpoch: 30, earnsInEpoch: 31, units: 4 },
      { publishEpoch: 31, earnsInEpoch: 32, units: 10 },
    ]);
    expect(grown.files).toEqual({ before: 64, after: 160, untouched: 64, changed: undefined });
    const shrunk = resize({ ...base, fromUnits: 10, toUnits: 4 });
    expect(shrunk.effective).toEqual([{ publishEpoch: 30, earnsInEpoch: 31, units: 4 }]);
    expect(shrunk.removedBytes).toBe(6 * 2 ** 36);
    expect(shrunk.newNonceChance).toBe(0);
    expect(resize({ ...base, fromUnits: 10, toUnits: 2 }).belowMinimum).toBe(true);
    expect(resize({ ...base, fromUnits: 5, toUnits: 5 }).kind).toBe('same');
  });

  test('names the file that is cut or filled up', () => {
    const odd = resize({ ...base, maxFileSizeBytes: 3 * 2 ** 36, fromUnits: 10, toUnits: 4 });
    expect(odd.files).toEqual({ before: 4, after: 2, untouched: 1, changed: 1 });
  });
});

describe('rewards', () => {
  test('computes slots as the node does', () => {
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

  test('issues everything over the epochs, and nothing before the genesis', () => {
    expect(epochIssuance(0)).toBe(0n);
    expect(epochIssuance(1)).toBe(477618397593n);
    let sum = 0n;
    for (let epoch = 0; epoch < 30_000; epoch += 1)
      sum += epoch % 100 === 0 ? epochIssuance(epoch) : 0n;
    expect(sum).toBeLessThan(totalSubsidySmidge);
    expect(epochIssuance(2)).toBe(1924933698054853n - 477618397593n + 477209782594n);
  });

  test('shares by weight, with a spread that the slots and missed proofs make', () => {
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
  test('places layers, epochs, PoET rounds and gaps', () => {
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

  test('writes a calendar file that RFC 5545 readers take', () => {
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
