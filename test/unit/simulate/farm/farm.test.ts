import { expect, test } from 'vitest';
import { epoch } from '../../../../src/simulate/farm/epoch';
import { farm, farmRun } from '../../../../src/simulate/farm/farm';
import type { FarmInput, FarmPlan } from '../../../../src/simulate/farm/farm-plan';
import { refusal } from '../../../support/simulate';

const gib = 2 ** 30;
/** 4 × 8 TB of 180 MB/s on a machine of 4 threads. */
const home: FarmInput = {
  machines: [{ name: 'nas', threads: 4, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: 1000 }],
  drives: ['a', 'b', 'c', 'd'].map((name) => ({
    ...{ name, machine: 'nas', bytes: 8e12, bytesPerS: 180e6 },
  })),
};
let plannedHome: FarmPlan | undefined;
/** Planned once: a second or two. */
const homePlan = (): FarmPlan => (plannedHome ??= farm(home));
/** Ten servers of 12 drives, 2 PB and more. */
const servers: FarmInput = {
  machines: Array.from({ length: 10 }, (_, i) => ({
    ...{ name: `server ${i}`, threads: 32, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: 8000 },
  })),
  drives: Array.from({ length: 130 }, (_, i) => ({
    ...{ name: `drive ${i}`, machine: `server ${i % 10}`, bytes: 20e12, bytesPerS: 220e6 },
  })),
};
const ids = (count: number, numUnits: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `id ${i}`, numUnits }));

test('farm: 4 × 8 TB at home, at least 285 SU expected, and the simulation agrees within 1 %', () => {
  const plan = homePlan();
  expect(plan.expectedUnits).toBeGreaterThanOrEqual(285);
  const judged = epoch(plan, { seed: 77, epochs: 1000 });
  expect(Math.abs(judged.expectedUnits / plan.expectedUnits - 1)).toBeLessThan(0.01);
  expect(plan.estimate?.lowUnits).toBeLessThan(plan.expectedUnits);
  expect(plan.estimate?.highUnits).toBeGreaterThan(plan.expectedUnits);
  expect(plan.closedFormUnits).toBe(plan.estimate?.expectedUnits);
  // No identity that is hardly ever proved, and what stays empty is reported.
  expect(Math.min(...plan.identities.map(({ expectedShare }) => expectedShare))).toBeGreaterThan(
    0.05,
  );
  const capacity = 4 * Math.floor((8e12 * 0.98) / (64 * gib));
  const idle = plan.idle.reduce((sum, { units }) => sum + units, 0);
  expect(idle + plan.totalUnits).toBe(capacity);
  // Late ATXs earn too.
  expect(plan.lateUnits).toBeGreaterThan(plan.expectedUnits);
  expect(plan.remedies.join('\n')).toContain('would bring');
});

test('farm: identities per drive, the fewest within the share that may be given up are chosen', () => {
  const { alternatives, ...plan } = homePlan();
  const counts = alternatives.map(({ identitiesPerDrive }) => identitiesPerDrive);
  expect(counts.slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  for (const { shareOfBest } of alternatives) expect(shareOfBest).toBeLessThanOrEqual(1);
  const chosen = alternatives.filter(({ isChosen }) => isChosen);
  expect(chosen).toHaveLength(1);
  expect(chosen[0]).toMatchObject({
    identities: plan.identities.length,
    expectedUnits: plan.expectedUnits,
  });
  const best = Math.max(...alternatives.map(({ expectedUnits }) => expectedUnits));
  const noise = 4 * Math.max(...alternatives.map(({ standardError }) => standardError));
  expect(plan.expectedUnits).toBeGreaterThan(0.97 * best - noise);
  // Fewer than that give up more.
  for (const { identities, expectedUnits } of alternatives)
    if (identities < plan.identities.length)
      expect(expectedUnits).toBeLessThan(0.97 * best + noise);
  // One large identity per drive is proved less than many: the trade-off is visible.
  expect(alternatives[0]?.expectedUnits).toBeLessThan(0.9 * best);
});

test('farm: more of the weight may be given up, fewer identities', () => {
  const few = farm({ ...home, fewerIdentitiesShare: 0.15 });
  const most = homePlan().alternatives.at(-1);
  const perDrive = (plan: typeof few): number => plan.identities.length / 4;
  expect(perDrive(few)).toBeLessThanOrEqual(3);
  expect(few.identities.length).toBeLessThan((most?.identities ?? NaN) / 3);
  const limited = farm({ ...home, maxIdentitiesPerDrive: 2 });
  expect(limited.alternatives.map(({ identitiesPerDrive }) => identitiesPerDrive)).toEqual([1, 2]);
  expect(perDrive(limited)).toBeLessThanOrEqual(2);
});

test('farmRun: reports a growing share of the work, so that a worker can stop it', () => {
  const steps = farmRun({ ...home, maxIdentitiesPerDrive: 6 });
  const shares: number[] = [];
  for (let step = steps.next(); !step.done; step = steps.next()) shares.push(step.value);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(5);
  expect(Math.max(...shares)).toBeLessThanOrEqual(1);
});

test('farm: 500 × 64 SU on ten servers, a place, an order and times or a reason and a remedy for each', () => {
  const plan = farm({ ...servers, identities: ids(500, 64) });
  const failed = new Map(plan.failures.map((failure) => [failure.identity, failure]));
  const planned = new Map(plan.identities.map((identity) => [identity.name, identity]));
  for (const { name } of ids(500, 64)) {
    const identity = planned.get(name);
    if (identity?.startS === undefined || identity.expectedShare < 0.9)
      expect(failed.get(name)?.reason).toBeDefined();
    else expect(identity.endS).toBeGreaterThan(identity.startS);
  }
  // Four of them take 22 hours on a drive: the drives are the limit, and that is what the remedies name.
  expect(plan.failures.map(({ reason }) => reason)).toContain('disk');
  expect(plan.remedies[0]).toMatch(/identities on server 0.*: the drive takes too long to read/);
  expect(plan.expectedUnits).toBeGreaterThan(0.3 * plan.totalUnits);
  for (const { name } of servers.drives) {
    const own = plan.identities.filter(({ drive }) => drive === name);
    const starts = own.map(({ startS }) => startS ?? Infinity);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  }
});

test('farm: identities that exist stay on their drives, the rest goes where there is space', () => {
  const plan = farm({
    ...home,
    identities: [
      { name: 'old', numUnits: 90, drive: 'b' },
      { name: 'new 1', numUnits: 60 },
      { name: 'new 2', numUnits: 60 },
      { name: 'huge', numUnits: 400 },
      { name: 'tiny', numUnits: 2 },
    ],
  });
  const driveOf = new Map(plan.identities.map(({ name, drive }) => [name, drive]));
  expect(driveOf.get('old')).toBe('b');
  expect(new Set([driveOf.get('new 1'), driveOf.get('new 2'), 'b']).size).toBe(3);
  expect(plan.failures).toContainEqual({
    ...{ identity: 'huge', machine: undefined, reason: 'no-space' },
  });
  expect(plan.failures).toContainEqual({
    ...{ identity: 'tiny', machine: undefined, reason: 'too-small' },
  });
  expect(plan.remedies.join('\n')).toContain('(huge): no drive has the space. Add a drive');
  expect(plan.remedies.join('\n')).toContain('(tiny): smaller than the 4 SU');
});

test('farm: all with a probability, fewer units, and all of them proved as often as wanted', () => {
  const plan = farm({ ...home, objective: 'all', probability: 0.95 });
  const run = epoch(plan, { seed: 5, epochs: 1000 });
  expect(run.probabilityAll).toBeGreaterThan(0.93);
  expect(plan.totalUnits).toBeGreaterThan(200);
  expect(plan.totalUnits).toBeLessThan(homePlan().totalUnits);
});

test('farm: prices, identities that cost much become fewer', () => {
  const free = homePlan();
  const dear = farm({
    ...home,
    prices: { unitEpoch: 1, threadHour: 0.01, identityEpoch: 3 },
  });
  expect(dear.identities.length).toBeLessThan(free.identities.length);
});

test('farm: a machine that is faster, more; one without a drive, nothing', () => {
  const fast = farm({
    ...home,
    machines: [
      { name: 'nas', threads: 16, scanBytesPerSPerThread: gib, hashesPerS: 8000 },
      { name: 'idle', threads: 1, scanBytesPerSPerThread: gib, hashesPerS: 1 },
    ],
  });
  expect(fast.expectedUnits).toBeGreaterThan(homePlan().expectedUnits * 1.05);
  expect(fast.identities.every(({ machine }) => machine === 'nas')).toBe(true);
});

test('farm: a shared k2pow service and a NAS, planned and simulated together', () => {
  const shared: FarmInput = {
    machines: ['a', 'b'].map((name) => ({
      ...{ name, threads: 4, scanBytesPerSPerThread: 0.8 * gib, hashesPerS: 1 },
      k2powService: 'pow',
    })),
    drives: ['a', 'b'].flatMap((machine) =>
      [1, 2].map((n) => ({
        ...{ name: `${machine}${n}`, machine, bytes: 8e12, bytesPerS: 250e6, controller: 'nas' },
      })),
    ),
    k2powServices: [{ name: 'pow', hashesPerS: 4000 }],
    controllers: [{ name: 'nas', bytesPerS: 500e6 }],
  };
  const plan = farm(shared);
  // 500 MB/s for 12 hours are 314 SU read, and with many nonces a proof takes 0.85 of a pass.
  expect(plan.expectedUnits).toBeGreaterThan(200);
  expect(plan.expectedUnits).toBeLessThan(380);
  const judged = epoch(plan, { seed: 9, epochs: 400 });
  expect(Math.abs(judged.expectedUnits / plan.expectedUnits - 1)).toBeLessThan(0.02);
});

test('farm: identities of one drive at the end of the gap, nonces of their own', () => {
  // One pass fits and a second does not: the last identities need more nonces than the first.
  const drive = { ...home.drives[0], name: 'a', machine: 'nas', bytes: 8e12, bytesPerS: 180e6 };
  const plan = farm({
    machines: [{ ...home.machines[0], name: 'nas', threads: 16, hashesPerS: 4000 }],
    drives: [drive],
    identities: [40, 30, 20].map((numUnits, i) => ({ name: `i${i}`, numUnits, drive: 'a' })),
  });
  const ordered = plan.identities;
  expect(ordered.map(({ numUnits }) => numUnits).toSorted((a, b) => b - a)).toEqual([40, 30, 20]);
  const equal = [64, 96, 128, 160, 224, 288].map(
    (nonces) =>
      epoch(
        { ...plan, identities: ordered.map((identity) => ({ ...identity, nonces })) },
        { seed: 3, epochs: 4000 },
      ).expectedUnits,
  );
  const own = epoch(plan, { seed: 3, epochs: 4000 }).expectedUnits;
  expect(own).toBeGreaterThan(0.99 * Math.max(...equal));
});

test('farm: retries, late ATXs and every other epoch, each changes what the plan brings', () => {
  const drive = { name: 'a', machine: 'nas', bytes: 8e12, bytesPerS: 180e6 };
  const input: FarmInput = {
    ...home,
    drives: [drive],
    identities: Array.from({ length: 4 }, (_, i) => ({ name: `i${i}`, numUnits: 28, drive: 'a' })),
  };
  const plan = farm(input);
  expect(plan.lateUnits).toBeGreaterThan(plan.expectedUnits);
  // Alternating, each identity has the time until its publish epoch ends: half of all earn per epoch.
  expect(plan.everyOtherUnits).toBeCloseTo(plan.totalUnits / 2, 0);
  expect(epoch({ ...plan, late: true }, { epochs: 400 }).earningUnits).toBeCloseTo(
    plan.lateUnits,
    -1,
  );
  expect(farm({ ...input, retry: 'after-all' }).retry).toBe('after-all');
  const overlapped = farm({ ...input, overlapK2pow: true });
  expect(overlapped.expectedUnits).toBeGreaterThanOrEqual(plan.expectedUnits * 0.99);
});

test('farm: hundreds of machines, those alike planned alike', () => {
  const plan = farm({
    machines: Array.from({ length: 300 }, (_, i) => ({
      ...{ name: `m${i}`, threads: 8, scanBytesPerSPerThread: gib, hashesPerS: 2000 },
    })),
    drives: Array.from({ length: 300 }, (_, i) => ({
      ...{ name: `d${i}`, machine: `m${i}`, bytes: 4e12, bytesPerS: 200e6 },
    })),
  });
  const perMachine = plan.identities.length / 300;
  expect(Number.isInteger(perMachine)).toBe(true);
  expect(new Set(plan.schedule.map(({ machine }) => machine)).size).toBe(300);
  expect(new Set(plan.identities.map(({ name }) => name)).size).toBe(plan.identities.length);
});

test.each<[string, Partial<FarmInput>]>([
  ['machines', { machines: [] }],
  ['drives', { drives: [] }],
  ['bytes', { drives: [{ name: 'a', machine: 'nas', bytes: NaN, bytesPerS: 1 }] }],
  ['drives.machine', { drives: [{ name: 'a', machine: 'x', bytes: 1, bytesPerS: 1 }] }],
  ['identities.drive', { identities: [{ name: 'i', numUnits: 4, drive: 'x' }] }],
  ['identities', { identities: [...ids(1, 4), ...ids(1, 4)] }],
  ['numUnits', { identities: ids(1, -4) }],
  ['probability', { probability: 1.5 }],
  ['reserve', { reserve: 1 }],
  ['fewerIdentitiesShare', { fewerIdentitiesShare: 1 }],
  ['maxIdentitiesPerDrive', { maxIdentitiesPerDrive: 0 }],
  ['maxUnitsPerIdentity', { maxUnitsPerIdentity: 3 }],
])('farm: a wrong %s, refused by name', (what, change) => {
  expect(refusal(() => farm({ ...home, ...change }))).toMatchObject({ what });
});

test('farm: drives too small or too slow, an empty plan and no NaN', () => {
  for (const change of [{ bytes: 1e11 }, { bytesPerS: 0 }]) {
    const plan = farm({ ...home, drives: home.drives.map((drive) => ({ ...drive, ...change })) });
    expect(plan.expectedUnits).toBe(0);
    const text = JSON.stringify(plan, (_key, value: unknown) =>
      Number.isNaN(value) ? 'NaN' : value,
    );
    expect(text).not.toContain('NaN');
  }
});
