import { expect, test } from 'vitest';
import { epoch, epochRun } from '../../../../src/simulate/farm/epoch';
import type { EpochPlan } from '../../../../src/simulate/farm/epoch-plan';
import { Random } from '../../../../src/simulate/probability/random';
import { inGap, provingPlan, type ProvingInput } from '../../../../src/simulate/proving/throughput';
import { chancyToy, finish, refusal, toyChance, twoHashes } from '../../../support/simulate';

const gib = 2 ** 30;

/** One machine of 4 threads with drives of 180 MB/s, each with equal identities. */
const farm = (drives: number, identities: number, numUnits: number, nonces = 64): EpochPlan => ({
  machines: [{ name: 'm', threads: 4, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: 1000 }],
  drives: Array.from({ length: drives }, (_, d) => ({
    name: `d${d}`,
    machine: 'm',
    bytesPerS: 180e6,
  })),
  identities: Array.from({ length: drives * identities }, (_, i) => ({
    name: `i${i}`,
    drive: `d${i % drives}`,
    ...{ numUnits, nonces, threads: 4 },
  })),
});

/** One identity on one drive, as the closed form has it. */
const alone = (input: ProvingInput): EpochPlan => {
  const { numUnits, nonces, threads, diskBytesPerS, scan, hashesPerS, ...rest } = input;
  return {
    ...rest,
    machines: [
      {
        ...{ name: 'm', threads, hashesPerS },
        ...('measured' in scan
          ? { scan: scan.measured }
          : { scanBytesPerSPerThread: scan.bytesPerSPerThread }),
      },
    ],
    drives: [{ name: 'd', machine: 'm', bytesPerS: diskBytesPerS }],
    identities: [{ name: 'i', drive: 'd', numUnits, nonces, threads }],
  };
};
/** Four and a half standard errors of a share, and what the closed form rounds. */
const error = (share: number, epochs: number): number =>
  4.5 * Math.sqrt((share * (1 - share)) / epochs) + 3e-3;

test('epoch: the same seed, the same run; another seed, another one', () => {
  const plan = farm(2, 3, 20);
  const run = epoch(plan, { seed: 7, epochs: 50 });
  expect(epoch(plan, { seed: 7, epochs: 50 })).toEqual(run);
  expect(epoch(plan, { seed: 8, epochs: 50 }).trace).not.toEqual(run.trace);
});

test('epochRun: yields every epoch, so that a worker can stop it', () => {
  const steps = epochRun(farm(1, 1, 20), { epochs: 3 });
  expect([1, 2, 3].map(() => steps.next().value)).toEqual([1, 2, 3]);
  expect(steps.next().done).toBe(true);
});

test('epoch: one identity in 1,000 random settings, the probability of the closed form', () => {
  const random = new Random(11);
  const between = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const epochs = 200;
  let worst = 0;
  let sum = 0;
  for (let i = 0; i < 1000; i++) {
    const input: ProvingInput = {
      numUnits: Math.round(between(4, 256)),
      nonces: 16 * Math.round(between(1, 20)),
      threads: Math.round(between(1, 32)),
      diskBytesPerS: between(50e6, 2e9),
      scan: { bytesPerSPerThread: between(0.2, 2) * gib },
      hashesPerS: between(100, 20_000),
      gapS: 43_200,
      marginS: random.uniform() * 7200,
      speedError: i % 2 === 0 ? 0 : 0.2 * random.uniform(),
    };
    const expected = inGap(input);
    const { provedShare } = epoch(alone(input), { seed: i, epochs });
    const deviations = Math.abs(provedShare - expected) / error(expected, epochs);
    worst = Math.max(worst, deviations);
    sum += provedShare - expected;
  }
  // One setting in 300,000 is off by as much.
  expect(worst).toBeLessThan(1);
  expect(Math.abs(sum / 1000)).toBeLessThan(3e-3);
});

test('epoch: a toy that is proved at the end of a pass or not at all, counted by hand', () => {
  const plan = alone({ ...chancyToy, powDifficulty: twoHashes, hashesPerS: Infinity });
  const { expectedUnits, bytesRead, hashes } = epoch(plan, { epochs: 20_000 });
  // Four passes fit.
  const failAll = (1 - toyChance) ** 4;
  expect(Math.abs(expectedUnits - (1 - failAll))).toBeLessThan(error(failAll, 20_000));
  const passes = [0, 1, 2, 3].reduce((total, failed) => total + (1 - toyChance) ** failed, 0);
  // After four failures the fifth pass is cut off by the end of the gap, half way.
  expect(bytesRead / 128).toBeCloseTo(passes + failAll / 2, 1);
  expect(hashes / 2).toBeCloseTo(passes + failAll, 1);
});

test('epoch: searches and scans, their times by hand where nothing is left to chance', () => {
  const run = epoch(
    {
      ...farm(2, 1, 10, 1024),
      machines: [
        { name: 'm', threads: 4, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: Infinity },
      ],
    },
    { epochs: 1 },
  );
  const scans = run.trace.filter(({ kind }) => kind === 'scan');
  expect(scans.map(({ outcome }) => outcome)).toEqual(['found', 'found']);
  // 1024 nonces: 0.8 GiB/s / 64 per thread, four threads for two drives.
  const rate = (0.8 * gib * 4) / 64 / 2;
  const [first] = scans;
  expect((first?.endS ?? 0) - (first?.startS ?? 0)).toBeGreaterThan((0.6 * 640 * gib) / rate);
  expect((first?.endS ?? 0) - (first?.startS ?? 0)).toBeLessThan((0.95 * 640 * gib) / rate);
});

test('epoch: what happened, one reader per drive and no more threads than there are', () => {
  const { trace, cpuS } = epoch(farm(4, 6, 12), { epochs: 1, seed: 3 });
  for (const drive of ['d0', 'd1', 'd2', 'd3']) {
    const phases = trace
      .filter((phase) => phase.drive === drive)
      .toSorted((a, b) => a.startS - b.startS);
    for (const [i, phase] of phases.entries()) {
      expect(phase.endS).toBeGreaterThanOrEqual(phase.startS);
      if (i > 0) expect(phase.startS).toBeCloseTo(phases[i - 1]?.endS ?? NaN, 6);
    }
  }
  expect(Math.max(...trace.map(({ endS }) => endS))).toBeLessThanOrEqual(43_200);
  expect(cpuS).toBeLessThanOrEqual(4 * 43_200);
});

test('epoch: drives that are done, their processor time goes to the rest', () => {
  const busy: EpochPlan = {
    ...farm(2, 1, 16, 288),
    machines: [{ name: 'm', threads: 1, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: 1e6 }],
  };
  const [long, short] = busy.identities;
  if (!long || !short) throw new Error('two identities');
  const ends = (identities: EpochPlan['identities']): number =>
    epoch({ ...busy, identities }, { epochs: 200 }).schedule.find(
      ({ identity, kind }) => identity === 'i0' && kind === 'scan',
    )?.endS ?? NaN;
  const alone = ends([long]);
  const besideSame = ends([long, short]);
  const besideShort = ends([long, { ...short, numUnits: 4 }]);
  expect(besideSame / alone).toBeCloseTo(2, 1);
  // 4 of 16 SU are shared, the rest has the processor to itself.
  expect(besideShort / alone).toBeCloseTo(1.25, 1);
});

test('epoch: k2pow services and controllers, shared by what is at work', () => {
  const plan = farm(2, 1, 20, 128);
  const two: EpochPlan = {
    ...plan,
    machines: ['a', 'b'].map((name) => ({
      ...{ name, threads: 16, scanBytesPerSPerThread: 8 * gib, hashesPerS: 1 },
      k2powService: 'pow',
    })),
    drives: plan.drives.map((drive, i) => ({
      ...drive,
      machine: i === 0 ? 'a' : 'b',
      controller: 'nas',
    })),
    k2powServices: [{ name: 'pow', hashesPerS: 1000 }],
    controllers: [{ name: 'nas', bytesPerS: 200e6 }],
  };
  const { schedule, cpuS, hashes } = epoch(two, { epochs: 300 });
  const pow = schedule.find(({ kind }) => kind === 'k2pow');
  const scan = schedule.find(({ kind }) => kind === 'scan');
  // 8 groups of 20 SU: 750,000 hashes each, two at a time until one of them is done.
  expect(hashes).toBeGreaterThan(2 * 750_000 * 0.95);
  expect(pow?.endS).toBeGreaterThan(1100);
  expect(pow?.endS).toBeLessThan(1500);
  // 20 SU at 100 to 180 MB/s, 90 % of them.
  const readS = (scan?.endS ?? 0) - (scan?.startS ?? 0);
  expect(readS).toBeGreaterThan((0.8 * 20 * 64 * gib) / 180e6);
  expect(readS).toBeLessThan((20 * 64 * gib) / 100e6);
  // The searches cost the machines nothing.
  expect(cpuS).toBeLessThan(2600);
});

test('epoch: a controller without limit, the same as none', () => {
  const plan = farm(3, 4, 16);
  const behind: EpochPlan = {
    ...plan,
    drives: plan.drives.map((drive) => ({ ...drive, controller: 'c' })),
    controllers: [{ name: 'c', bytesPerS: Infinity }],
  };
  expect(epoch(behind, { epochs: 50 })).toEqual(epoch(plan, { epochs: 50 }));
});

test('epoch: k2pow of the next identity while one is read, more is proved', () => {
  const plan = farm(4, 14, 8);
  const serial = epoch(plan, { epochs: 200 });
  const overlapped = epoch({ ...plan, overlapK2pow: true }, { epochs: 200 });
  expect(overlapped.expectedUnits).toBeGreaterThan(serial.expectedUnits * 1.02);
  const scans = overlapped.trace.filter(({ kind, drive }) => kind === 'scan' && drive === 'd0');
  for (const [i, scan] of scans.entries())
    if (i > 0) expect(scan.startS).toBeGreaterThanOrEqual((scans[i - 1]?.endS ?? 0) - 1e-6);
});

test('epoch: failed identities after all others, every first pass before any second', () => {
  const { trace } = epoch({ ...farm(1, 5, 4, 16), retry: 'after-all' }, { epochs: 1, seed: 5 });
  const passes = trace.map(({ pass }) => pass);
  expect(passes).toEqual(passes.toSorted((a, b) => a - b));
  expect(Math.max(...passes)).toBeGreaterThan(1);
  const immediate = epoch(farm(1, 5, 4, 16), { epochs: 1, seed: 5 }).trace;
  const names = immediate.map(({ identity }) => identity);
  expect(names).toEqual(names.toSorted());
});

test('epoch: a late ATX earns, and costs the next epoch', () => {
  // Certain to be read through, and never in time: reading takes 20 of the gap’s 12 hours.
  const slow: EpochPlan = {
    ...farm(1, 1, 64, 1024),
    machines: [{ name: 'm', threads: 4, scanBytesPerSPerThread: 100 * gib, hashesPerS: Infinity }],
    drives: [{ name: 'd0', machine: 'm', bytesPerS: (64 * 64 * gib) / 90_000 }],
  };
  expect(epoch(slow, { epochs: 100 })).toMatchObject({ expectedUnits: 0, earningUnits: 0 });
  const late = epoch({ ...slow, late: true }, { epochs: 100 });
  expect(late.expectedUnits).toBe(0);
  expect(late.earningUnits).toBe(32);
  expect(late.identities[0]).toMatchObject({ onTimeShare: 0, lateShare: 1, earningShare: 0.5 });
  // Past the end of the publish epoch nothing earns, and the next round is missed all the same.
  const lost = epoch({ ...slow, late: true, publishS: 50_000 }, { epochs: 100 });
  expect(lost.earningUnits).toBe(0);
});

test('epoch: identities of every other epoch, as much as a late one, and half the load', () => {
  const plan = farm(1, 4, 64, 288);
  const alternate: EpochPlan = {
    ...plan,
    identities: plan.identities.map((identity, i) => ({
      ...identity,
      cadence: i % 2 === 0 ? 'even-epochs' : 'odd-epochs',
    })),
  };
  const run = epoch(alternate, { epochs: 200 });
  expect(run.earningUnits).toBeCloseTo(128, 0);
  for (const { earningShare } of run.identities) expect(earningShare).toBeCloseTo(0.5, 1);
});

test('epoch: a PoET proof that comes late, that much less time', () => {
  const plan = farm(1, 1, 64);
  const shorter = epoch({ ...plan, gapS: 36_000 }, { epochs: 200 });
  const waited = epoch({ ...plan, poetProofS: 7200 }, { epochs: 200 });
  expect(waited.expectedUnits).toBe(shorter.expectedUnits);
  expect(Math.min(...waited.trace.map(({ startS }) => startS))).toBe(7200);
});

test('epoch: the schedule, the mean times of the phases and how often they take place', () => {
  const input: ProvingInput = {
    ...{ numUnits: 32, nonces: 64, threads: 4, diskBytesPerS: 180e6, hashesPerS: 1000 },
    scan: { bytesPerSPerThread: 0.8 * gib },
  };
  const { pass, powS, passS } = provingPlan(input);
  const { schedule } = epoch(alone(input), { epochs: 4000 });
  expect(schedule.map(({ pass: number, kind }) => `${kind} ${number}`).slice(0, 4)).toEqual([
    'k2pow 1',
    'scan 1',
    'k2pow 2',
    'scan 2',
  ]);
  expect((schedule[0]?.endS ?? 0) / powS.mean).toBeCloseTo(1, 1);
  const [, scan, second] = schedule;
  expect(((scan?.endS ?? 0) - (scan?.startS ?? 0)) / (passS * pass.meanRead)).toBeCloseTo(1, 2);
  expect(Math.abs((second?.probability ?? 0) - (1 - pass.success))).toBeLessThan(0.03);
});

test.each<[string, Partial<EpochPlan>]>([
  ['machines', { machines: [...farm(1, 1, 4).machines, ...farm(1, 1, 4).machines] }],
  ['drives.machine', { drives: [{ name: 'd0', machine: 'x', bytesPerS: 1 }] }],
  ['identities.drive', { drives: [{ name: 'x', machine: 'm', bytesPerS: 1 }] }],
  ['nonces', { identities: [{ name: 'i', drive: 'd0', numUnits: 4, nonces: 20, threads: 1 }] }],
  ['numUnits', { identities: [{ name: 'i', drive: 'd0', numUnits: 0, nonces: 16, threads: 1 }] }],
  ['diskBytesPerS', { drives: [{ name: 'd0', machine: 'm', bytesPerS: NaN }] }],
])('epoch: a wrong %s, refused by name', (what, change) => {
  expect(refusal(() => epoch({ ...farm(1, 1, 4), ...change }))).toMatchObject({ what });
});

test.each<[string, Partial<EpochPlan>]>([
  ['nothing to prove', { identities: [] }],
  ['a drive that reads nothing', { drives: [{ name: 'd0', machine: 'm', bytesPerS: 0 }] }],
  ['no time', { gapS: 0 }],
  [
    'no hashes',
    { machines: [{ name: 'm', threads: 1, scanBytesPerSPerThread: 1, hashesPerS: 0 }] },
  ],
])('epoch: %s, 0 and no NaN', (_, change) => {
  const run = finish(epochRun({ ...farm(1, 1, 4), ...change }, { epochs: 3 }));
  expect(run.expectedUnits).toBe(0);
  const text = JSON.stringify(run, (_key, value: unknown) => (Number.isNaN(value) ? 'NaN' : value));
  expect(text).not.toContain('NaN');
});
