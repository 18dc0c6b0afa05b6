import { expect, test } from 'vitest';
import {
  advice,
  earningShare,
  nodeDefaultFor,
  recommendSetting,
  settingTexts,
  type AdviceInput,
} from '../../../../src/simulate/proving/advice';
import { epoch } from '../../../../src/simulate/farm/epoch';
import {
  inGap,
  largestIdentity,
  noncesToTry,
  provingPlan,
  type ProvingInput,
} from '../../../../src/simulate/proving/throughput';
import { refusal } from '../../../support/simulate';

const gib = 2 ** 30;
const mib = 2 ** 20;
/** A rate of one thread and one group of nonces, the same for all of them. */
const scanOf = (bytesPerS: number, threads = 1, nonces: readonly number[] = noncesToTry) =>
  nonces.map((count) => ({
    nonces: count,
    threads,
    bytesPerS: (16 * bytesPerS * threads) / count,
  }));
/** Everything is measured, natively, and without noise. */
const measured: AdviceInput = {
  scan: scanOf(4 * gib),
  diskBytesPerS: 100 * mib,
  hashesPerS: 10_000,
  threads: 1,
  numUnits: 16,
  gapS: 12 * 3600,
};
const advise = (changed: Partial<AdviceInput> = {}) => advice({ ...measured, ...changed });
const reasons = (changed: Partial<AdviceInput> = {}): readonly string[] => advise(changed).reasons;
const experiments = (changed: Partial<AdviceInput> = {}): string[] =>
  advise(changed).experiments.map(({ text }) => text);

/** What the profiler printed on a processor of 4 threads; the disk and k2pow are not known. */
const profilerOnly: AdviceInput = {
  scan: [
    { nonces: 16, threads: 4, bytesPerS: 4 * gib },
    { nonces: 64, threads: 4, bytesPerS: 1.1 * gib },
    { nonces: 288, threads: 4, bytesPerS: 0.25 * gib },
  ],
  threads: 4,
  numUnits: 32,
};

test.each([
  [{}, ['diskBytesPerS', 'hashesPerS']],
  [{ hashesPerS: 1500 }, ['diskBytesPerS']],
  [{ diskBytesPerS: 150e6 }, ['hashesPerS']],
] as const)('advice: with %j, no setting and what is missing', (known, missing) => {
  const result = advice({ ...profilerOnly, ...known });
  expect(result.setting).toBeNull();
  expect(result.largestUnits).toBeNull();
  expect(result.table).toEqual([]);
  expect(result.missing).toEqual(missing);
  expect(result.reasons).toHaveLength(missing.length);
  expect(result.experiments[0]?.text).toContain(
    missing[0] === 'diskBytesPerS' ? 'read speed of the disk' : 'Measure k2pow',
  );
});

test('advice: without figures, what would follow from a range of them', () => {
  const { range, nodeDefault } = advice(profilerOnly);
  expect(nodeDefault).toEqual({ nonces: 288, threads: 3 });
  expect(range).toHaveLength(15);
  for (const row of range) {
    const input: ProvingInput = {
      ...{ numUnits: 32, threads: 4, scan: { measured: profilerOnly.scan } },
      ...{ diskBytesPerS: row.diskBytesPerS, hashesPerS: row.hashesPerS },
      nonces: row.best.nonces,
    };
    expect(row.best.probabilityInGap).toBe(inGap(input));
    expect(row.nodeDefault).toMatchObject(nodeDefault);
  }
  // One known figure leaves the range of the other.
  expect(advice({ ...profilerOnly, hashesPerS: 1500 }).range).toHaveLength(5);
});

test('advice: 32 SU on a disk of 150 MB/s, not just above the wanted 99 % but what costs least', () => {
  const input = { ...profilerOnly, diskBytesPerS: 150e6, hashesPerS: 1500, threads: 6 };
  const { table, setting, nodeDefault, plan, reasons: lines } = advice(input);
  const row = (nonces: number, threads: number) =>
    table.find((entry) => entry.nonces === nonces && entry.threads === threads);
  expect(nodeDefault).toEqual({ nonces: 288, threads: 4 });
  const standard = row(288, 4);
  expect(standard?.probabilityInGap).toBeGreaterThan(0.99);
  const least = table
    .filter(({ probabilityInGap }) => probabilityInGap >= 0.99)
    .toSorted((a, b) => a.cpuHours - b.cpuHours)[0];
  const chosen = row(setting?.nonces ?? 0, setting?.threads ?? 0);
  // Little processor time buys most of the lost epochs back.
  expect(chosen?.expectedEpochsLostPerYear).toBeLessThan(least?.expectedEpochsLostPerYear ?? 0);
  expect(chosen?.costPerYear).toBeLessThanOrEqual(
    Math.min(...[standard, least].map((r) => r?.costPerYear ?? 0)),
  );
  expect(plan?.probabilityInGap).toBe(chosen?.probabilityInGap);
  expect(lines.at(-1)).toContain('The node’s default, 288 nonces and 4 threads');
});

test('advice: the prices decide between processor time and lost epochs', () => {
  const input = { ...profilerOnly, diskBytesPerS: 150e6, hashesPerS: 1500 };
  const cheap = advice({ ...input, prices: { lostEpoch: 0, threadHour: 1 } });
  const dear = advice({ ...input, prices: { lostEpoch: 1e6, threadHour: 0.001 } });
  const row = ({ table, setting }: typeof cheap) =>
    table.find((r) => r.nonces === setting?.nonces && r.threads === setting.threads);
  expect(row(dear)?.expectedEpochsLostPerYear).toBeLessThan(
    row(cheap)?.expectedEpochsLostPerYear ?? 0,
  );
  expect(row(cheap)?.cpuHours).toBeLessThan(row(dear)?.cpuHours ?? 0);
  expect(row(cheap)?.probabilityInGap).toBeGreaterThanOrEqual(0.99);
});

test('advice: the table, the closed form of each setting and the node’s default', () => {
  const { table, nodeDefault, numUnits } = advise({ threads: 6, scan: scanOf(gib, 6) });
  expect(table.filter(({ nonces }) => nonces === nodeDefault.nonces).map((r) => r.threads)).toEqual(
    [1, 2, 3, 4, 6],
  );
  for (const { nonces, threads, probabilityInGap, cpuHours } of table) {
    const input: ProvingInput = {
      ...{ numUnits, nonces, threads, gapS: 43_200, diskBytesPerS: 100 * mib },
      ...{ scan: { measured: scanOf(gib, 6) }, hashesPerS: (10_000 * threads) / 6 },
    };
    const plan = provingPlan(input);
    expect(probabilityInGap).toBe(plan.probabilityInGap);
    const scanS = plan.dataBytes / plan.scanBytesPerS;
    expect(cpuHours * 3600).toBeCloseTo(
      threads * (plan.powS.mean / plan.pass.success + plan.pass.meanUntilFound * scanS),
      3,
    );
  }
});

test('advice: epochs lost per year, as the simulation of late publishing counts them', () => {
  const input: AdviceInput = {
    ...{ ...measured, numUnits: 64, diskBytesPerS: 150e6, hashesPerS: 4000, threads: 4 },
    scan: scanOf(gib, 4),
  };
  const { table } = advice(input);
  for (const nonces of [32, 64, 128]) {
    const row = table.find((entry) => entry.nonces === nonces && entry.threads === 4);
    const run = epoch(
      {
        machines: [{ name: 'm', threads: 4, scan: input.scan, hashesPerS: 4000 }],
        drives: [{ name: 'd', machine: 'm', bytesPerS: 150e6 }],
        identities: [{ name: 'i', drive: 'd', numUnits: 64, nonces, threads: 4 }],
        late: true,
      },
      { epochs: 20_000 },
    );
    const lost = 26.09 * (1 - run.earningUnits / 64);
    expect(row?.expectedEpochsLostPerYear).toBeGreaterThan(0.01);
    expect(Math.abs((row?.expectedEpochsLostPerYear ?? NaN) - lost)).toBeLessThan(0.25);
  }
});

test('earningShare: late ATXs earn and cost the next epoch, lost ones cost two', () => {
  expect(earningShare(1, 0)).toBe(1);
  expect(earningShare(0, 1)).toBe(0.5);
  expect(earningShare(0, 0)).toBe(0);
  expect(earningShare(0.9, 0.1)).toBeCloseTo(1 / 1.1, 12);
});

test.each([
  [1, 1],
  [2, 1],
  [4, 3],
  [16, 12],
])('nodeDefaultFor: %d threads, 288 nonces and %d threads', (threads, used) => {
  expect(nodeDefaultFor(threads)).toEqual({ nonces: 288, threads: used });
});

test('advice: the largest identity, in time with the wanted probability, and one unit more is not', () => {
  const { largestUnits, numUnits, plan } = advise({ numUnits: undefined });
  expect(numUnits).toBe(largestUnits);
  expect(plan?.probabilityInGap).toBeGreaterThanOrEqual(0.99);
  const sizes = noncesToTry
    .filter((nonces) => nonces <= 512)
    .concat(288)
    .map((nonces) =>
      largestIdentity(
        {
          ...{ nonces, threads: 1, gapS: 43_200, diskBytesPerS: 100 * mib, hashesPerS: 10_000 },
          scan: { measured: measured.scan },
        },
        0.99,
      ),
    );
  expect(largestUnits).toBe(Math.max(...sizes));
  expect(advise({ gapS: 60, numUnits: undefined })).toMatchObject({ largestUnits: 0, numUnits: 1 });
});

test('advice: the slower of disk and processor, with both speeds', () => {
  expect(reasons()[0]).toContain('Disk-bound: With');
  expect(reasons()[0]).toContain('and the disk gives 105 MB/s');
  const slow = { scan: scanOf(40 * mib), probability: 0.5 };
  expect(reasons(slow).join()).toContain('CPU-bound: With');
  expect(reasons({ diskBytesPerS: 2e9, scan: scanOf(40 * gib) })[0]).toContain('2.00 GB/s');
});

test('advice: more nonces than the scan needs time for, offered', () => {
  // 6.4 GiB / n: 64 nonces and no more.
  const tight = { scan: scanOf(0.4 * gib), diskBytesPerS: 0.1 * gib, numUnits: 4 };
  const cheap = { ...tight, prices: { lostEpoch: 0, threadHour: 1 } };
  expect(advise(cheap).setting?.nonces).toBeLessThan(64);
  expect(reasons(cheap)[0]).toContain('with up to 64 nonces the pass would not take longer');
});

test('advice: k2pow as the longer part, a k2pow service', () => {
  const service = 'a k2pow service on another machine would help most';
  expect(reasons({ hashesPerS: 10 }).join()).toContain(service);
  expect(reasons().join()).not.toContain(service);
});

test('advice: nothing reaches the wanted probability, the closest setting and what to change', () => {
  const { setting, table, reasons: lines } = advise({ numUnits: 200 });
  const best = Math.max(...table.map(({ probabilityInGap }) => probabilityInGap));
  expect(
    table.find((r) => r.nonces === setting?.nonces && r.threads === setting.threads),
  ).toMatchObject({ probabilityInGap: best });
  expect(lines[0]).toContain('No setting proves 200 SU in time with 99 %');
});

test('advice: sizes above a thousand, with separators', () => {
  expect(reasons({ numUnits: 32_768 }).join()).toContain('32,768 SU');
});

test('advice: everything measured, no experiments', () => {
  expect(experiments({ spread: 0.1 })).toEqual([]);
  expect(experiments({ spread: 1.5 })).toEqual([expect.stringContaining('differ by up to 150 %.')]);
});

test('advice: an experiment for each thing that is missing', () => {
  const { nonces = 0 } = advise().setting ?? {};
  const others = noncesToTry.filter((count) => count !== nonces);
  expect(experiments({ scan: scanOf(4 * gib, 1, others) })).toEqual([
    expect.stringContaining(`Measure proving with ${nonces} nonces`),
  ]);
  expect(experiments({ threads: 3 })).toEqual([
    expect.stringContaining('Measure proving with 3 threads'),
  ]);
  const [last] = advise({ scanIsNative: false }).experiments;
  expect(last?.command).toMatch(/^\.\/profiler .*--nonces \d+ --threads \d+$/);
});

test.each<[string, Partial<AdviceInput>]>([
  ['scan', { scan: [] }],
  ['scan', { scan: [{ nonces: 16, threads: 1, bytesPerS: 0 }], threads: 1, probability: NaN }],
  ['threads', { threads: 0 }],
  ['numUnits', { numUnits: 0 }],
  ['probability', { probability: 1 }],
  ['diskBytesPerS', { diskBytesPerS: -1 }],
  ['prices.lostEpoch', { prices: { lostEpoch: -1, threadHour: 1 } }],
])('advice: a wrong %s, refused by name', (what, change) => {
  const details = refusal(() => advise(change));
  if (change.probability === undefined || change.probability === 1)
    expect(details).toMatchObject({ what });
  else expect(details).toMatchObject({ what: 'probability' });
});

test('settingTexts: the names that the node, post-service and the profiler read', () => {
  const texts = settingTexts({ nonces: 96, threads: 3 });
  expect(JSON.parse(texts.nodeConfig)).toEqual({
    smeshing: {
      'smeshing-proving-opts': {
        'smeshing-opts-proving-nonces': 96,
        'smeshing-opts-proving-threads': 3,
      },
    },
  });
  expect(texts.nodeFlags).toBe(
    '--smeshing-opts-proving-nonces 96 --smeshing-opts-proving-threads 3',
  );
  expect(texts.serviceFlags).toBe('--nonces 96 --threads 3');
  expect(texts.profiler).toBe(
    './profiler --data-file /path/to/post/profiler_data.bin --data-size 10 --nonces 96 --threads 3',
  );
});

/** 16 SU are 1 TiB. */
const base: ProvingInput = {
  ...{ numUnits: 16, nonces: 64, threads: 4, diskBytesPerS: 100e6, hashesPerS: 1000 },
  scan: { bytesPerSPerThread: 400e6 },
};
const leastTime = { lostEpoch: 0, threadHour: 1 };

test('recommendSetting: processor time alone counts, the least of those that are sure enough', () => {
  const input = { ...base, numUnits: 40, threads: 5 };
  const best = recommendSetting(input, 0.95, leastTime);
  const sure = noncesToTry
    .filter((nonces) => nonces <= 512)
    .concat(288)
    .flatMap((nonces) =>
      [1, 2, 3, 4, 5].map((threads) => {
        const plan = provingPlan({ ...input, nonces, threads, hashesPerS: 200 * threads });
        const scanS = plan.dataBytes / plan.scanBytesPerS;
        return {
          probability: plan.probabilityInGap,
          cpuS: threads * (plan.powS.mean / plan.pass.success + plan.pass.meanUntilFound * scanS),
        };
      }),
    )
    .filter(({ probability }) => probability >= 0.95);
  expect(best.cpuHours * 3600).toBeCloseTo(Math.min(...sure.map(({ cpuS }) => cpuS)), 4);
  // What is just reached is reached.
  expect(recommendSetting(input, best.probabilityInGap, leastTime)).toEqual(best);
});

test('recommendSetting: all threads cost the same, the fewest that are enough', () => {
  const slow = { ...base, threads: 8, scan: { bytesPerSPerThread: 40e6 } };
  expect(recommendSetting(slow, 0.3, leastTime)).toMatchObject({ nonces: 16, threads: 1 });
});
