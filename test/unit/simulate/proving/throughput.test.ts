import { describe, expect, test } from 'vitest';
import { poissonTail } from '../../../../src/simulate/probability/distributions';
import {
  finishFraction,
  passMoments,
  passSuccess,
} from '../../../../src/simulate/probability/passes';
import {
  doneCurve,
  heatMap,
  inGap,
  largestIdentity,
  provingPlan,
  scanSpeed,
  type HeatMap,
  type HeatMapAxis,
  type ProvingInput,
} from '../../../../src/simulate/proving/throughput';
import { refusal } from '../../../support/simulate';

/** 16 SU are 1 TiB; k2pow of 64 nonces is 4 × 16 × 4687.5 = 300 000 hashes, 300 s here. */
const base: ProvingInput = {
  numUnits: 16,
  nonces: 64,
  threads: 4,
  diskBytesPerS: 100e6,
  scan: { bytesPerSPerThread: 400e6 },
  hashesPerS: 1000,
};
/** A pass of 10 995 s; no k2pow. */
const served: ProvingInput = { ...base, hashesPerS: Infinity };
/** k2pow alone: nothing takes time to read. */
const instant: ProvingInput = {
  ...base,
  diskBytesPerS: Infinity,
  scan: { bytesPerSPerThread: Infinity },
};
const passS = 2 ** 40 / 100e6;
const p64 = passSuccess({ nonces: 64 });

describe('scan speed', () => {
  test('is shared by the groups of nonces, and added up over threads', () => {
    expect(scanSpeed({ bytesPerSPerThread: 1200 }, 16, 1)).toBe(1200);
    expect(scanSpeed({ bytesPerSPerThread: 1200 }, 32, 1)).toBe(600);
    expect(scanSpeed({ bytesPerSPerThread: 1200 }, 48, 5)).toBe(2000);
    expect(() => scanSpeed({ bytesPerSPerThread: -1 }, 16, 1)).toThrow(
      'Scan speed per thread at 16 nonces (GiB/s) must be',
    );
  });

  const cell = (nonces: number, threads: number, bytesPerS: number) => ({
    nonces,
    threads,
    bytesPerS,
  });

  test('is measured in any order, and without cells that say nothing', () => {
    const measured = [
      cell(256, 2, 100),
      cell(16, 2, 3200),
      cell(64, 2, 400),
      cell(32, 2, 0),
      cell(32, 0, 700),
    ];
    const speed = (nonces: number): number => scanSpeed({ measured }, nonces, 2);
    expect(speed(16)).toBeCloseTo(3200, 9);
    expect(speed(64)).toBeCloseTo(400, 9);
    expect(speed(256)).toBeCloseTo(100, 9);
    // A thread's rate for a group: 1600 at one, 800 at four, so √(1600 × 800) at two.
    expect(speed(32)).toBeCloseTo(Math.sqrt(1600 * 800), 9);
    // 800 at four and at sixteen, and so between and beyond.
    expect(speed(128)).toBeCloseTo(200, 9);
    expect(speed(512)).toBeCloseTo(50, 9);
  });

  test('goes through the rates of the thread counts that were measured', () => {
    const measured = [cell(16, 8, 4000), cell(16, 2, 2000)];
    const speed = (threads: number): number => scanSpeed({ measured }, 16, threads);
    // 1000 a thread with two, 500 with eight, √(1000 × 500) with four; the ends go on.
    expect(speed(1)).toBeCloseTo(1000, 9);
    expect(speed(2)).toBeCloseTo(2000, 9);
    expect(speed(4)).toBeCloseTo(4 * Math.sqrt(1000 * 500), 9);
    expect(speed(8)).toBeCloseTo(4000, 9);
    expect(speed(16)).toBeCloseTo(8000, 9);
    // Cells of another thread count do not mix with these.
    expect(scanSpeed({ measured: [...measured, cell(64, 8, 700)] }, 64, 2)).toBeCloseTo(500, 9);
  });

  test('is none where nothing was measured', () => {
    expect(scanSpeed({ measured: [cell(16, 1, 0)] }, 16, 1)).toBe(0);
  });
});

describe('the plan of one identity', () => {
  test('is arithmetic on the speeds', () => {
    const plan = provingPlan(base);
    expect(plan.dataBytes).toBe(2 ** 40);
    expect(plan.scanBytesPerS).toBe(400e6);
    expect(plan.readBytesPerS).toBe(100e6);
    expect(plan.bottleneck).toBe('disk');
    expect(plan.passS).toBeCloseTo(passS, 6);
    expect(plan.powS.mean).toBeCloseTo(300, 9);
    expect(plan.availableS).toBe(43_200);
    expect(plan.passesThatFit).toBe(3);
    expect(plan.threadsNeeded).toBe(1);
    expect(plan.pass.success).toBeCloseTo(p64, 7);
    // Section 2 of the formulas: 1.16846 passes on average, and a search for k2pow before each.
    expect(plan.meanS / (300 / 0.793957 + passS * 1.16846)).toBeCloseTo(1, 4);
  });

  test('waits for the slower of disk and processor; a tie is the disk’s', () => {
    const cpu = provingPlan({ ...base, scan: { bytesPerSPerThread: 50e6 } });
    expect(cpu.bottleneck).toBe('cpu');
    expect(cpu.readBytesPerS).toBe(50e6);
    expect(cpu.passS).toBeCloseTo(2 ** 40 / 50e6, 6);
    expect(cpu.threadsNeeded).toBe(8);
    const tie = provingPlan({ ...base, scan: { bytesPerSPerThread: 100e6 } });
    expect(tie.bottleneck).toBe('disk');
    expect(tie.threadsNeeded).toBe(4);
  });

  test('counts threads up, from one, and not at all without a speed', () => {
    const needed = (scan: number, disk = 100e6) =>
      provingPlan({ ...base, scan: { bytesPerSPerThread: scan }, diskBytesPerS: disk })
        .threadsNeeded;
    expect(needed(390e6)).toBe(2);
    expect(needed(400e6, 0)).toBe(1);
    expect(needed(0)).toBeUndefined();
  });

  test('has the quantiles of exponential k2pow for one group of nonces', () => {
    const { powS } = provingPlan({ ...base, nonces: 16 });
    expect(powS.mean).toBeCloseTo(75, 9);
    expect(powS.q50).toBeCloseTo(75 * Math.log(2), 9);
    expect(powS.q90).toBeCloseTo(75 * Math.log(10), 9);
    expect(powS.q99).toBeCloseTo(75 * Math.log(100), 9);
    // Gamma(4): the probability is that of four events or more.
    const { mean, q90 } = provingPlan(base).powS;
    expect(poissonTail(4, (4 * q90) / mean)).toBeCloseTo(0.9, 9);
  });

  test('takes the margin off the gap, down to nothing', () => {
    const available = (gapS: number | undefined, marginS: number) =>
      provingPlan({ ...base, gapS, marginS }).availableS;
    expect(available(undefined, 3200)).toBe(40_000);
    expect(available(1000, 300)).toBe(700);
    expect(available(1000, 1300)).toBe(0);
  });

  test('counts complete passes with their k2pow, and every pass there is where none takes time', () => {
    const fit = (changed: Partial<ProvingInput>) =>
      provingPlan({ ...base, ...changed }).passesThatFit;
    expect(fit({ gapS: 2 * (passS + 300) + 1 })).toBe(2);
    expect(fit({ gapS: 2 * (passS + 300) - 1 })).toBe(1);
    // 4096 nonces are all there are: 64 passes of 64.
    expect(fit({ ...instant, hashesPerS: Infinity })).toBe(64);
    expect(fit({ ...instant, hashesPerS: Infinity, nonces: 3008 })).toBe(1);
  });

  test('takes units, K1, K2 and the k2pow difficulty of another network', () => {
    const plan = provingPlan({
      ...base,
      labelsPerUnit: 1024,
      numUnits: 2,
      k1: 30,
      k2: 40,
      powDifficulty: `80${'0'.repeat(62)}`,
    });
    expect(plan.dataBytes).toBe(2 * 16_384);
    // Half of all hashes are below this difficulty: two each.
    expect(plan.powS.mean).toBeCloseTo((4 * 2 * 2) / 1000, 12);
    expect(plan.pass.success).toBeCloseTo(
      passSuccess({ nonces: 64, k1: 30, k2: 40, numLabels: 2048 }),
      12,
    );
  });

  test.each([
    ['numUnits', { numUnits: 0 }],
    ['numUnits', { numUnits: Infinity }],
    ['numUnits', { numUnits: NaN }],
    ['threads', { threads: 0 }],
    ['threads', { threads: NaN }],
    ['hashesPerS', { hashesPerS: -1 }],
    ['gapS', { gapS: -1 }],
    ['marginS', { marginS: -1 }],
    ['speedError', { speedError: -0.1 }],
    ['diskBytesPerS', { diskBytesPerS: -1 }],
    ['nonces', { nonces: 0 }],
  ])('refuses a wrong %s: %j', (what, changed) => {
    expect(refusal(() => provingPlan({ ...base, ...changed }))).toMatchObject({ what });
  });

  test('states what is wrong with units and threads', () => {
    expect(() => provingPlan({ ...base, numUnits: 0 })).toThrow('Size (SU) must be above 0');
    expect(() => provingPlan({ ...base, threads: 0 })).toThrow('Threads must be at least 1');
  });
});

describe('the time line', () => {
  const line = (changed: Partial<ProvingInput>) =>
    provingPlan({ ...base, ...changed }).timeline.map(({ kind, pass }) => `${kind} ${pass}`);

  test('puts k2pow and pass one after the other, each as likely as all before it failed', () => {
    const { timeline } = provingPlan({ ...base, gapS: passS + 700 });
    expect(timeline.map(({ kind, pass }) => [kind, pass])).toEqual([
      ['k2pow', 1],
      ['pass', 1],
      ['k2pow', 2],
      ['pass', 2],
    ]);
    const starts = [0, 300, 300 + passS, 600 + passS, 600 + 2 * passS];
    for (const [i, { startS, endS, probability }] of timeline.entries()) {
      expect(startS).toBeCloseTo(starts[i] ?? NaN, 6);
      expect(endS).toBeCloseTo(starts[i + 1] ?? NaN, 6);
      expect(probability).toBeCloseTo(i < 2 ? 1 : 1 - p64, 7);
    }
  });

  test('ends with the gap, with what is hardly ever needed, and after six passes', () => {
    expect(line({ gapS: 10 })).toEqual(['k2pow 1', 'pass 1']);
    expect(line({ gapS: 300 + passS })).toEqual(['k2pow 1', 'pass 1']);
    expect(line({ gapS: 0 })).toEqual([]);
    // A third pass of 288 nonces comes once in a million times.
    expect(line({ nonces: 288, gapS: 1e9 })).toEqual(['k2pow 1', 'pass 1', 'k2pow 2', 'pass 2']);
    // 16 nonces fail two times out of three: (2/3)^6 is far from never.
    expect(line({ nonces: 16, gapS: 1e9 })).toHaveLength(12);
  });

  test('has no more passes than there are nonces for', () => {
    expect(line({ nonces: 1360, k2: 60, gapS: 1e9 })).toHaveLength(6);
    expect(line({ nonces: 2048, k2: 60, gapS: 1e9 })).toHaveLength(4);
    expect(line({ nonces: 4096, k2: 60, gapS: 1e9 })).toHaveLength(2);
  });

  test('leaves out k2pow that costs nothing, and stops at one that never ends', () => {
    expect(line({ hashesPerS: Infinity, gapS: 1.5 * passS })).toEqual(['pass 1', 'pass 2']);
    expect(line({ hashesPerS: 0 })).toEqual(['k2pow 1']);
    expect(line({ diskBytesPerS: 0 })).toEqual(['k2pow 1', 'pass 1']);
  });
});

describe('probability over time', () => {
  const chance = (input: ProvingInput, gapS: number): number => inGap({ ...input, gapS });

  test('is that of the fraction read, pass after pass, where k2pow costs nothing', () => {
    const first = (fraction: number): number => finishFraction({ nonces: 64, fraction });
    for (const fraction of [0.7, 0.8, 0.9, 0.95])
      expect(Math.abs(chance(served, fraction * passS) - first(fraction))).toBeLessThan(0.01);
    expect(chance(served, passS)).toBeCloseTo(p64, 5);
    expect(chance(served, 1.5 * passS)).toBeCloseTo(p64, 5);
    for (const fraction of [0.8, 0.9])
      expect(
        Math.abs(chance(served, (1 + fraction) * passS) - (p64 + (1 - p64) * first(fraction))),
      ).toBeLessThan(2e-3);
    expect(chance(served, 3 * passS)).toBeCloseTo(1 - (1 - p64) ** 3, 5);
  });

  test('is that of the given number of searches where reading costs nothing', () => {
    // 75 s a group. The j-th pass is over with its 4 j-th group.
    for (const atS of [50, 300, 600, 1200, 2000]) {
      let expected = 0;
      for (let pass = 1; pass <= 64; pass++)
        expected += p64 * (1 - p64) ** (pass - 1) * poissonTail(4 * pass, atS / 75);
      expect(chance(instant, atS)).toBeCloseTo(expected, 6);
    }
  });

  test('is that of a single search for very many nonces', () => {
    // 256 groups are one pass, and all there are; its k2pow takes 256 times 75 s, give or take a sixteenth.
    const p = passSuccess({ nonces: 4096 });
    for (const groups of [150, 220, 256, 300, 350])
      expect(chance({ ...instant, nonces: 4096 }, groups * 75)).toBeCloseTo(
        p * poissonTail(256, groups),
        6,
      );
  });

  test('adds the two up', () => {
    // One group of nonces that always succeeds early: k2pow exponential, then a fraction of the pass.
    const input = { ...base, nonces: 16, hashesPerS: 10, k1: 200 };
    const powMeanS = (16 * 4687.5) / 10;
    const steps = 2000;
    let expected = 0;
    const read = (fraction: number): number => finishFraction({ nonces: 16, k1: 200, fraction });
    for (let i = 1; i <= steps; i++) {
      const leftS = 10_000 - ((i - 0.5) / steps) * passS;
      if (leftS > 0)
        expected += (read(i / steps) - read((i - 1) / steps)) * (1 - Math.exp(-leftS / powMeanS));
    }
    expect(chance(input, 10_000)).toBeCloseTo(expected, 4);
  });

  test('ends with the last nonce', () => {
    const p = passSuccess({ nonces: 1360, k2: 50 });
    for (const [nonces, passes] of [
      [1360, 3],
      [2048, 2],
      [4096, 1],
    ] as const) {
      const single = passSuccess({ nonces, k2: 50 });
      expect(chance({ ...base, nonces, k2: 50 }, 1e12)).toBeCloseTo(1 - (1 - single) ** passes, 9);
    }
    expect(p).toBeLessThan(0.1);
  });

  test('is none, however long one waits, for what never ends', () => {
    expect(chance({ ...served, diskBytesPerS: 0 }, Infinity)).toBe(0);
    expect(chance({ ...base, hashesPerS: 0 }, Infinity)).toBe(0);
    expect(chance({ ...base, diskBytesPerS: 0, hashesPerS: 0 }, 1e9)).toBe(0);
  });

  test('is certain at last, and never more than that', () => {
    expect(chance(base, 1e9)).toBeCloseTo(1, 12);
    expect(chance(base, 1e9)).toBeLessThanOrEqual(1);
    expect(chance(base, 0)).toBe(0);
  });

  test('is averaged over uncertain speeds', () => {
    const speedError = 0.3;
    const at = (z: number): ProvingInput => {
      const speed = Math.exp(speedError * z);
      return {
        ...base,
        diskBytesPerS: 100e6 * speed,
        scan: { bytesPerSPerThread: 400e6 * speed },
        hashesPerS: 1000 * speed,
      };
    };
    // Between the first pass and the second: which of them fits depends on the speed.
    const gapS = 1.2 * passS;
    let expected = 0;
    for (let i = -300; i <= 300; i++) {
      const z = i / 50;
      expected += (0.02 * chance(at(z), gapS) * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
    }
    const unsure = { ...base, gapS, speedError };
    expect(Math.abs(inGap(unsure) - expected)).toBeLessThan(1e-3);
    expect(provingPlan(unsure).probabilityInGap).toBe(inGap(unsure));
    // One time in ten the speed is below its 10 % quantile, z = −1.28155.
    const [low, high] = provingPlan(unsure).probabilityInGapBand;
    expect(low).toBeCloseTo(chance(at(-1.2815515655446004), gapS), 9);
    expect(high).toBeCloseTo(chance(at(1.2815515655446004), gapS), 9);
    expect(provingPlan({ ...base, gapS }).probabilityInGapBand).toEqual([
      chance(base, gapS),
      chance(base, gapS),
    ]);
  });
});

describe('when a proof is there', () => {
  test('is the quantile of the fraction read where k2pow costs nothing', () => {
    // Section 2 of the formulas.
    const { doneS, passS } = provingPlan({ ...served, nonces: 288 });
    expect(doneS.q50 / passS).toBeCloseTo(0.8517, 2);
    expect(doneS.q90 / passS).toBeCloseTo(0.9211, 2);
    expect(doneS.q99 / passS).toBeCloseTo(0.9677, 2);
  });

  test('is where the curve passes the probability, beyond the gap too', () => {
    for (const input of [base, { ...base, gapS: 1, speedError: 0.2 }, instant]) {
      const { doneS } = provingPlan(input);
      for (const [atS, probability] of [
        [doneS.q50, 0.5],
        [doneS.q90, 0.9],
        [doneS.q99, 0.99],
      ] as const) {
        const [, before, , after] = doneCurve(input, 3, atS * 1.5).map(
          (point) => point.probability,
        );
        expect(before).toBeLessThan(probability);
        expect(after).toBeGreaterThan(probability);
        expect(Math.abs(inGap({ ...input, gapS: atS }) - probability)).toBeLessThan(0.01);
      }
    }
  });

  test('is never for a share that all nonces together do not reach', () => {
    const { doneS, pass } = provingPlan({ ...base, nonces: 2048, k2: 45 });
    const ever = 1 - (1 - pass.success) ** 2;
    expect(ever).toBeGreaterThan(0.5);
    expect(ever).toBeLessThan(0.9);
    expect(doneS.q50).toBeLessThan(Infinity);
    expect(doneS.q90).toBe(Infinity);
    expect(provingPlan({ ...base, hashesPerS: 0 }).doneS.q50).toBe(Infinity);
    expect(provingPlan({ ...base, k2: 1e6 }).meanS).toBe(Infinity);
    expect(provingPlan({ ...served, k2: 1e6 }).meanS).toBe(Infinity);
  });

  test('is immediate where nothing takes time', () => {
    expect(inGap({ ...instant, hashesPerS: Infinity, gapS: 0 })).toBeCloseTo(1, 12);
    const { doneS, meanS } = provingPlan({ ...instant, hashesPerS: Infinity });
    expect(doneS).toEqual({ q50: 0, q90: 0, q99: 0 });
    expect(meanS).toBe(0);
  });
});

describe('the curve', () => {
  test('goes from nothing to the end of the gap, in 120 steps', () => {
    const curve = doneCurve({ ...base, marginS: 1200 });
    expect(curve).toHaveLength(121);
    expect(curve[0]).toEqual({ atS: 0, probability: 0, low: 0, high: 0 });
    expect(curve[30]?.atS).toBe(10_500);
    expect(curve[120]?.atS).toBe(42_000);
    const { probability, low, high } = curve[120] ?? expect.fail();
    expect(probability).toBe(inGap({ ...base, marginS: 1200 }));
    expect(low).toBe(probability);
    expect(high).toBe(probability);
  });

  test('goes as far as the given limit', () => {
    expect(doneCurve(base, 4, 80).map(({ atS }) => atS)).toEqual([0, 20, 40, 60, 80]);
  });

  test('has the band of the plan at its end', () => {
    const unsure = { ...base, gapS: 1.2 * passS, speedError: 0.3 };
    const { low, high, probability } = doneCurve(unsure, 5)[5] ?? expect.fail();
    const [worst, best] = provingPlan(unsure).probabilityInGapBand;
    expect(low).toBeCloseTo(worst, 12);
    expect(high).toBeCloseTo(best, 12);
    // Drawn with fewer points of the average.
    expect(Math.abs(probability - inGap(unsure))).toBeLessThan(3e-3);
  });
});

describe('the largest identity', () => {
  test('is the last one that is proved surely enough', () => {
    for (const wanted of [0.5, 0.79, 0.9]) {
      const units = largestIdentity(base, wanted);
      expect(inGap({ ...base, numUnits: units })).toBeGreaterThanOrEqual(wanted);
      expect(inGap({ ...base, numUnits: units + 1 })).toBeLessThan(wanted);
    }
  });

  test('may just reach what is wanted', () => {
    expect(largestIdentity(base, inGap({ ...base, numUnits: 30 }))).toBe(30);
  });

  test.each([1, 2, 3, 64, 100])('is no larger than %d units where that is the most', (most) => {
    expect(largestIdentity({ ...instant, hashesPerS: Infinity }, 0.9, most)).toBe(most);
  });

  test('is none where one unit is too much', () => {
    expect(largestIdentity({ ...base, gapS: 100 }, 0.5)).toBe(0);
    // One unit, and not two: 687 s a pass.
    expect(largestIdentity({ ...served, gapS: 700 }, 0.5)).toBe(1);
  });
});

describe('heat maps', () => {
  const draw = (x: HeatMapAxis, y: HeatMapAxis): { map: HeatMap; yields: number[] } => {
    const steps = heatMap(base, x, y);
    const yields: number[] = [];
    for (;;) {
      const step = steps.next();
      if (step.done) return { map: step.value, yields };
      yields.push(step.value);
    }
  };

  test('have a row for each y and a column for each x, and give way after each row', () => {
    const x: HeatMapAxis = { parameter: 'numUnits', values: [16, 48, 80] };
    const y: HeatMapAxis = { parameter: 'nonces', values: [32, 64] };
    const { map, yields } = draw(x, y);
    expect(yields).toEqual([1, 2]);
    expect(map.x).toBe(x);
    expect(map.y).toBe(y);
    expect(map.rows.map((row) => [...row])).toEqual(
      [32, 64].map((nonces) =>
        [16, 48, 80].map((numUnits) => inGap({ ...base, nonces, numUnits })),
      ),
    );
  });

  test('work k2pow on the same number of threads as the scan', () => {
    const { map } = draw(
      { parameter: 'threads', values: [2, 8] },
      { parameter: 'hashesPerS', values: [20] },
    );
    expect([...(map.rows[0] ?? [])]).toEqual([
      inGap({ ...base, threads: 2, hashesPerS: 10 }),
      inGap({ ...base, threads: 8, hashesPerS: 40 }),
    ]);
  });
});

test('knows the mean of a pass from the same curve as its end', () => {
  const { pass } = provingPlan(base);
  const expected = passMoments({ nonces: 64, numLabels: 16 * 2 ** 32 });
  expect(pass.meanRead).toBeCloseTo(expected.meanRead, 6);
  expect(pass.meanIfFound).toBeCloseTo(expected.meanIfFound, 6);
});
