import { describe, expect, it } from 'vitest';
import {
  profileAdvice,
  settingTexts,
  type AdviceInput,
} from '../../../src/simulate/profile-advice';
import {
  inGap,
  largestIdentity,
  noncesToTry,
  type ProvingInput,
} from '../../../src/simulate/throughput';

const gib = 2 ** 30;
const mib = 2 ** 20;
/** Three cells and a hard disk, as a first visit leaves them. */
const input: AdviceInput = {
  scan: [
    { nonces: 16, threads: 4, bytesPerS: 4 * gib },
    { nonces: 64, threads: 4, bytesPerS: 1.1 * gib },
    { nonces: 288, threads: 4, bytesPerS: 0.25 * gib },
  ],
  scanIsNative: true,
  diskBytesPerS: 150e6,
  hashesPerS: 1500,
  threads: 4,
  numUnits: undefined,
  gapS: 12 * 3600,
  marginS: 3600,
  speedError: 0,
  probability: 0.99,
  spread: 0.02,
};

describe('advice', () => {
  it('sizes the identity so that it is proved in time, and one unit more is not', () => {
    const { largestUnits, setting, plan } = profileAdvice(input);
    expect(largestUnits).toBeGreaterThan(16);
    expect(plan.probabilityInGap).toBeGreaterThanOrEqual(0.99);
    const more = { ...input, numUnits: largestUnits + 1 };
    expect(profileAdvice(more).setting.probability).toBeLessThan(0.99);
    expect(
      inGap({
        numUnits: largestUnits,
        nonces: setting.nonces,
        threads: setting.threads,
        diskBytesPerS: 150e6,
        scan: { measured: input.scan },
        hashesPerS: (1500 * setting.threads) / 4,
        gapS: input.gapS,
        marginS: input.marginS,
      }),
    ).toBeCloseTo(plan.probabilityInGap, 9);
  });

  it('names what limits', () => {
    expect(profileAdvice(input).reasons[0]).toMatch(/^Disk-bound/);
    const fast = profileAdvice({ ...input, diskBytesPerS: 7e9 });
    expect(fast.reasons[0]).toMatch(/^CPU-bound/);
    expect(fast.largestUnits).toBeGreaterThan(profileAdvice(input).largestUnits);
    expect(profileAdvice({ ...input, diskBytesPerS: undefined }).reasons[0]).toContain(
      'was not measured',
    );
  });

  it('asks for what is missing, the most telling first', () => {
    const texts = (changed: Partial<AdviceInput>) =>
      profileAdvice({ ...input, numUnits: 16, ...changed }).experiments.map(({ text }) => text);
    expect(texts({ diskBytesPerS: undefined })[0]).toContain('read speed');
    expect(texts({ hashesPerS: undefined })).toContainEqual(expect.stringContaining('k2pow'));
    expect(texts({ threads: 8 })).toContainEqual(expect.stringContaining('8 threads'));
    expect(texts({ spread: 0.3 })).toContainEqual(expect.stringContaining('30 %'));
    const last = profileAdvice({ ...input, numUnits: 16, scanIsNative: false }).experiments.at(-1);
    expect(last?.command).toMatch(/^\.\/profiler .*--nonces \d+ --threads \d+$/);
  });

  it('writes the names that the node and post-service read', () => {
    expect(JSON.parse(settingTexts({ nonces: 64, threads: 4 }).nodeConfig)).toEqual({
      smeshing: {
        'smeshing-proving-opts': {
          'smeshing-opts-proving-nonces': 64,
          'smeshing-opts-proving-threads': 4,
        },
      },
    });
  });
});

/** A rate of one thread and one group of nonces, the same for all of them. */
const scanOf = (bytesPerS: number, threads = 1, nonces: readonly number[] = noncesToTry) =>
  nonces.map((count) => ({
    nonces: count,
    threads,
    bytesPerS: (16 * bytesPerS * threads) / count,
  }));
/** Everything was measured, natively, and without noise. */
const measured: AdviceInput = {
  scan: scanOf(4 * gib),
  scanIsNative: true,
  diskBytesPerS: 100 * mib,
  hashesPerS: 10_000,
  threads: 1,
  numUnits: 16,
  gapS: 12 * 3600,
  marginS: 0,
  speedError: 0,
  probability: 0.99,
  spread: 0,
};
const advise = (changed: Partial<AdviceInput> = {}) => profileAdvice({ ...measured, ...changed });
const reasons = (changed: Partial<AdviceInput> = {}): readonly string[] => advise(changed).reasons;

describe('the size advised', () => {
  const largest = (changed: Partial<AdviceInput>): number => {
    const { threads, diskBytesPerS, hashesPerS, gapS, scan, probability } = {
      ...measured,
      ...changed,
    };
    const sizes = [16, 32, 48, 64, 80, 96, 112, 128, 256, 512].map((nonces) => {
      const input: Omit<ProvingInput, 'numUnits'> = {
        nonces,
        threads,
        gapS,
        scan: { measured: scan },
        diskBytesPerS: diskBytesPerS ?? Infinity,
        hashesPerS: hashesPerS ?? Infinity,
      };
      return largestIdentity(input, probability);
    });
    return Math.max(...sizes);
  };

  it('is the largest of all numbers of nonces up to 512', () => {
    // More nonces end a pass earlier: with a processor that fast, 4096 would allow still larger ones.
    const fast = { hashesPerS: undefined, scan: scanOf(1000 * gib), numUnits: undefined };
    const units = advise(fast).largestUnits;
    expect(units).toBe(largest(fast));
    expect(units).toBeLessThan(
      largestIdentity(
        {
          nonces: 4096,
          threads: 1,
          gapS: 43_200,
          scan: { measured: fast.scan },
          diskBytesPerS: 100 * mib,
          hashesPerS: Infinity,
        },
        0.99,
      ),
    );
  });

  it('may be one for few nonces', () => {
    const slow = { scan: scanOf(40 * mib), probability: 0.5, numUnits: undefined };
    const { largestUnits, numUnits } = advise(slow);
    expect(largestUnits).toBe(largest(slow));
    expect(numUnits).toBe(largestUnits);
  });

  it('is one unit for a plan where none is sure enough', () => {
    const { largestUnits, numUnits, plan } = advise({ gapS: 60, numUnits: undefined });
    expect(largestUnits).toBe(0);
    expect(numUnits).toBe(1);
    expect(plan.dataBytes).toBe(64 * gib);
  });

  it('takes the gap, the margin and the error of the speeds into account', () => {
    const { largestUnits } = advise();
    expect(advise({ gapS: 6 * 3600 }).largestUnits).toBeLessThan(largestUnits);
    expect(advise({ marginS: 6 * 3600 }).largestUnits).toBe(
      advise({ gapS: 6 * 3600 }).largestUnits,
    );
    expect(advise({ speedError: 0.3 }).largestUnits).toBeLessThan(largestUnits);
  });
});

describe('the plan', () => {
  it('is for the setting, with k2pow on as many threads', () => {
    const { plan, setting } = advise({
      threads: 8,
      // Eight threads are only twice as fast as one, and one is enough.
      scan: [...scanOf(4 * gib), ...scanOf(gib, 8)],
      hashesPerS: 800,
    });
    expect(setting.threads).toBeLessThan(8);
    const groups = setting.nonces / 16;
    expect(plan.powS.mean).toBeCloseTo((groups * 16 * 4687.5) / (100 * setting.threads), 6);
    expect(plan.probabilityInGap).toBe(setting.probability);
  });
});

describe('the reasons', () => {
  it('name the slower of disk and processor, with both speeds', () => {
    const { setting } = advise();
    const scanned = `With ${setting.nonces} nonces, 1 thread scan ${((4 * 16) / setting.nonces).toPrecision(3)} GiB/s`;
    expect(reasons()[0]).toContain(`Disk-bound: ${scanned}, and the disk gives 100 MiB/s.`);
    const slow = advise({ scan: scanOf(40 * mib), probability: 0.5 });
    expect(slow.reasons[0]).toContain(
      `CPU-bound: With ${slow.setting.nonces} nonces, 1 thread scan ${((40 * 16) / slow.setting.nonces).toPrecision(3)} MiB/s, and the disk could give 100 MiB/s.`,
    );
    expect(advise({ diskBytesPerS: undefined }).reasons[0]).toContain('The disk was not measured');
  });

  it('tell speeds in GiB from a half on', () => {
    const disk = (diskBytesPerS: number): string =>
      /the disk (?:could give|gives) (\S+ \S+)\./.exec(reasons({ diskBytesPerS })[0] ?? '')?.[1] ??
      'no speed';
    expect(disk(gib / 2)).toBe('0.500 GiB/s');
    expect(disk(gib / 2 - mib)).toBe('511 MiB/s');
  });

  it('count threads in words', () => {
    const { reasons: lines, setting } = advise({ threads: 2, scan: scanOf(40 * mib, 2) });
    expect(setting.threads).toBe(2);
    expect(lines[0]).toContain('2 threads scan');
  });

  it('say how many more nonces a disk leaves time for', () => {
    // The scan of n nonces gives 64 GiB / n, the disk 0.1 GiB: 655 nonces and more, so all up to 512.
    expect(advise().setting.nonces).toBeLessThan(512);
    expect(reasons()[0]).toContain('up to 512 nonces the pass would not take longer');
    // 6.4 GiB / n: 64 nonces and no more.
    const tight = { scan: scanOf(0.4 * gib), diskBytesPerS: 0.1 * gib, numUnits: 4 };
    const { setting } = advise(tight);
    expect(setting.nonces).toBeLessThan(64);
    expect(reasons(tight)[0]).toContain('up to 64 nonces the pass would not take longer');
    // Its own number is all that it keeps up with.
    const only = { ...tight, diskBytesPerS: (6.4 * gib) / setting.nonces };
    expect(advise(only).setting.nonces).toBe(setting.nonces);
    expect(reasons(only)[0]).toContain('only a faster disk would.');
  });

  it('give chances in percent, and those next to certain as such', () => {
    const { setting, plan, reasons: lines } = advise();
    const found = 1 - (1 - 0.024380236595) ** setting.nonces;
    expect(lines[1]).toBe(
      `${setting.nonces} nonces find a proof within one pass with ${Number((found * 100).toPrecision(4))} %; on average ${plan.pass.meanUntilFound.toPrecision(3)} passes’ worth of data is read.`,
    );
    expect(advise({ probability: 0.9999, gapS: 1e6 }).reasons[3]).toContain('over 99.99 %');
    expect(advise({ gapS: 1, probability: 1 }).reasons[3]).toContain('with 0 %');
  });

  it('give k2pow and pass in the unit that fits', () => {
    const times = (changed: Partial<AdviceInput>): string => {
      const { setting, reasons: lines } = advise(changed);
      expect(lines[2]).toContain(`k2pow for ${setting.nonces} nonces and 16 SU takes`);
      return lines[2] ?? '';
    };
    const [, mean = '', q99 = '', pass = ''] =
      /takes (.*) a pass on average \(99 % within (.*)\), and one pass over the data (.*)\.$/.exec(
        times({ hashesPerS: 1e6 }),
      ) ?? [];
    // Groups × 16 SU × 4687.5 hashes, at a million a second: under a second each.
    expect(mean).toMatch(/^1 s$/);
    expect(q99).toMatch(/^[12] s$/);
    // 1 TiB at 100 MiB/s are 10 486 s.
    expect(pass).toBe('2.9 h');
    expect(times({ diskBytesPerS: gib })).toContain('one pass over the data 17 min.');
    expect(times({ diskBytesPerS: gib / 3.5 })).toContain('one pass over the data 60 min.');
    expect(times({ diskBytesPerS: 2 ** 40 / 3600 })).toContain('one pass over the data 1.0 h.');
    const minute = { diskBytesPerS: 2 ** 40 / 60, scan: scanOf(1e6 * gib) };
    expect(times(minute)).toContain('one pass over the data 1 min.');
  });

  it('advise a k2pow service where k2pow is the longer part, and only there', () => {
    const advice = 'a k2pow service on another machine would help most';
    expect(reasons({ hashesPerS: 10 })[2]).toContain(advice);
    expect(reasons()[2]).not.toContain(advice);
    expect(reasons({ hashesPerS: undefined })[2]).toContain('k2pow was not measured');
  });

  it('end with what is proved, and how sure the speeds are', () => {
    const sure = reasons().at(-1);
    expect(sure).toMatch(/^16 SU \(1\.00 TiB\) are then proved inside the gap with [\d.]+ %\.$/);
    expect(reasons({ speedError: 0.2 }).at(-1)).toMatch(/ %, speeds taken as uncertain by 20 %\.$/);
    expect(reasons()).toHaveLength(4);
  });
});

describe('the experiments', () => {
  const texts = (changed: Partial<AdviceInput> = {}): string[] =>
    advise(changed).experiments.map(({ text }) => text);

  it('are none where everything was measured', () => {
    expect(advise().experiments).toEqual([]);
    expect(texts({ spread: 0.1 })).toEqual([]);
    const both = [...scanOf(4 * gib), ...scanOf(4 * gib, 2)];
    expect(texts({ threads: 2, scan: both })).toEqual([]);
    // (high − low) / median has no upper bound.
    expect(texts({ spread: 1.5 })).toEqual([expect.stringContaining('differ by up to 150 %.')]);
  });

  it('are one for each thing that is missing, the most telling first', () => {
    const { nonces } = advise().setting;
    const others = noncesToTry.filter((count) => count !== nonces);
    const { experiments, setting } = advise({
      scan: scanOf(4 * gib, 2, others),
      diskBytesPerS: undefined,
      hashesPerS: undefined,
      spread: 0.25,
      scanIsNative: false,
    });
    expect(experiments.map(({ text }) => text.split(/[,:;]/)[0])).toEqual(
      [
        'Measure the read speed of the disk that holds the data',
        'Measure proving with 1 thread',
        others.includes(setting.nonces) ? '' : `Measure proving with ${setting.nonces} nonces`,
        'Measure k2pow',
        'Measure again with longer samples and nothing else running',
        'Run post-rs’s profiler once with the advised setting and paste what it prints under “Runs”',
      ].filter((text) => text !== ''),
    );
    expect(experiments.at(-1)?.command).toBe(settingTexts(setting).profiler);
    expect(experiments.at(-2)?.text).toContain('differ by up to 25 %');
  });

  it('ask for the nonces that are advised, if they were not measured', () => {
    const { nonces } = advise().setting;
    const others = noncesToTry.filter((count) => count !== nonces);
    expect(texts({ scan: scanOf(4 * gib, 1, others) })).toEqual([
      expect.stringContaining(`Measure proving with ${nonces} nonces`),
    ]);
  });

  it('ask for all the threads, if they were not measured', () => {
    expect(texts({ threads: 3 })).toEqual([
      expect.stringContaining('Measure proving with 3 threads'),
    ]);
  });
});

it('refuses to advise on nothing, and says what is missing', () => {
  expect(() => advise({ scan: [] })).toThrow(
    'scan must be at least one measured cell of proving speed, but it is empty.',
  );
});

it('writes the flags of the node, the service and the profiler', () => {
  const texts = settingTexts({ nonces: 96, threads: 3 });
  expect(texts.nodeConfig).toBe(
    `{
  "smeshing": {
    "smeshing-proving-opts": {
      "smeshing-opts-proving-nonces": 96,
      "smeshing-opts-proving-threads": 3
    }
  }
}
`,
  );
  expect(texts.nodeFlags).toBe(
    '--smeshing-opts-proving-nonces 96 --smeshing-opts-proving-threads 3',
  );
  expect(texts.serviceFlags).toBe('--nonces 96 --threads 3');
  expect(texts.profiler).toBe(
    './profiler --data-file /path/to/post/profiler_data.bin --data-size 10 --nonces 96 --threads 3',
  );
});
