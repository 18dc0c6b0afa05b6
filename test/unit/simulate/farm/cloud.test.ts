import { describe, expect, test } from 'vitest';
import {
  addMachines,
  cloud,
  machinesOf,
  splitFiles,
  type CloudInput,
} from '../../../../src/simulate/farm/cloud';
import { estimatedLabelsPerS, gpuModels } from '../../../../src/simulate/farm/gpus';
import { cloudPresets } from '../../../../src/simulate/proving/presets';
import { near, refusal } from '../../../support/simulate';

describe('cloud', () => {
  const input = cloudPresets[0]?.input ?? expect.fail();

  test('takes machines of several kinds, and gives each its share of the files', () => {
    const kind = { labelsPerS: 400_000, pricePerH: 0.4, uploadBytesPerS: 1e9 };
    const machines = addMachines('2, 200000, 0.2, 800; 1 0 9 1\n', machinesOf(kind, 1));
    expect(machines.map(({ name }) => name)).toEqual([1, 2, 3, 4].map((i) => `machine ${i}`));
    expect(machines[2]).toMatchObject({ labelsPerS: 2e5, pricePerH: 0.2, uploadBytesPerS: 1e8 });
    const { shares } = cloud({ ...input, machines });
    expect(shares.map(({ fromFile, toFile }) => toFile - fromFile + 1)).toEqual([800, 400, 400]);
  });

  test.each([
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

  test('splits the files as the manual of postcli does', () => {
    const { shares, files, dataBytes, homeDiskBytes } = cloud(input);
    expect(files).toBe(1600);
    expect(shares.map(({ fromFile, toFile }) => [fromFile, toFile])).toEqual([
      [0, 799],
      [800, 1599],
    ]);
    expect(homeDiskBytes).toBeCloseTo(dataBytes * 1.1, 0);
    expect(shares.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(dataBytes);
  });

  test('is as slow as the slower of GPU and line', () => {
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

  test('never ends without a line or a GPU, and reports it', () => {
    const never = cloud({ ...input, downloadBytesPerS: 0 });
    expect(never.downloadedS).toBe(Infinity);
    expect(never.totalCost).toBe(Infinity);
    expect(never.timeline.every(({ downloadedBytes }) => downloadedBytes === 0)).toBe(true);
    expect(() => cloud({ ...input, machines: [] })).toThrow('at least one machine');
    expect(() =>
      cloud({ ...input, machines: [{ name: 'x', labelsPerS: 0, pricePerH: 1 }] }),
    ).toThrow('labelsPerS');
  });

  test('pays for machines until they are empty, and for what has left', () => {
    const plan = cloud(cloudPresets[0]?.input ?? expect.fail());
    const end = plan.timeline.at(-1) ?? expect.fail();
    expect(end.gpuCost).toBeCloseTo(plan.gpuCost, 6);
    expect(end.egressCost).toBeCloseTo(plan.egressCost, 6);
    expect(end.diskCost).toBeCloseTo(plan.diskCost, 6);
    for (const [i, point] of plan.timeline.entries())
      expect(point.gpuCost).toBeGreaterThanOrEqual(plan.timeline[i - 1]?.gpuCost ?? 0);
  });

  test('deals out every file once, by rate', () => {
    const ranges = splitFiles(100, [1, 0, 3]);
    expect(ranges).toEqual([
      { machine: 0, fromFile: 0, toFile: 24 },
      { machine: 2, fromFile: 25, toFile: 99 },
    ]);
  });
});

describe('a cloud small enough to be worked out by hand', () => {
  // 16,000 bytes in 4 files. The GPU writes 1600 bytes a second after 10 s, the line takes 1000; a second of the
  // machine costs 0.001, a byte that leaves it 0.001, and a byte on its disk 0.000001 a second.
  const machine = { name: 'a', labelsPerS: 100, pricePerH: 3.6 };
  const small: CloudInput = {
    numUnits: 1,
    labelsPerUnit: 1000,
    maxFileSizeBytes: 4000,
    setupS: 10,
    machines: [machine],
    downloadBytesPerS: 1000,
    egressPerGB: 1e6,
    diskPerGBMonth: 30 * 86_400 * 1e3,
  };

  test('waits for a slow line from its first file on', () => {
    const { shares, timeline, ...plan } = cloud(small);
    // 2.5 s for the first file, then 16 s on the line. The machine holds everything and a tenth more.
    expect(shares).toEqual([
      {
        index: 0,
        machine: 'a',
        fromFile: 0,
        toFile: 3,
        bytes: 16_000,
        initialisedS: 20,
        downloadedS: 28.5,
        cost: near(0.0285, 12),
        waitsFor: 'download',
        idleCost: near(0.0085, 12),
        rentedDiskBytes: near(17_600, 8),
      },
    ]);
    expect(plan).toEqual({
      dataBytes: 16_000,
      files: 4,
      initialisedS: 20,
      downloadedS: 28.5,
      bottleneck: 'download',
      gpuCost: near(0.0285, 12),
      egressCost: near(16, 12),
      diskCost: near(0.0176 * 28.5, 12),
      totalCost: near(16.0285 + 0.0176 * 28.5, 12),
      idleGpuCost: near(0.0085, 12),
      homeDiskBytes: near(17_600, 8),
      rentedDiskBytes: near(17_600, 8),
    });
    expect(timeline).toHaveLength(121);
    for (const [i, point] of timeline.entries()) {
      const atS = (28.5 * i) / 120;
      const downloadedBytes = Math.max(0, 1000 * (atS - 12.5));
      expect(point).toEqual({
        atS: near(atS, 9),
        initialisedBytes: near(Math.min(16_000, Math.max(0, 1600 * (atS - 10))), 6),
        downloadedBytes: near(downloadedBytes, 6),
        gpuCost: near(0.001 * atS, 9),
        diskCost: near(0.0176 * atS, 9),
        egressCost: near(0.001 * downloadedBytes, 9),
      });
    }
  });

  test('waits for a slow GPU until its last file is home', () => {
    const plan = cloud({ ...small, downloadBytesPerS: 4000 });
    expect(plan.downloadedS).toBe(21);
    expect(plan.bottleneck).toBe('gpu');
    expect(plan.shares[0]).toMatchObject({ waitsFor: 'gpu' });
    expect(plan.idleGpuCost).toBeCloseTo(0.001, 12);
    // A line as fast as the GPU is not waited for.
    expect(cloud({ ...small, downloadBytesPerS: 1600 }).bottleneck).toBe('gpu');
    // Never more at home than there is.
    for (const { atS, downloadedBytes } of plan.timeline)
      expect(downloadedBytes).toBeCloseTo(
        atS < 20 ? Math.max(0, 1600 * (atS - 12.5)) : Math.min(16_000, 12_000 + 4000 * (atS - 20)),
        6,
      );
  });

  test('cloud: without removal, rents a disk for all files of the machine and the spare part', () => {
    const rented = (change: Partial<CloudInput>) =>
      cloud({ ...small, ...change }).shares[0]?.rentedDiskBytes;
    expect(rented({})).toBeCloseTo(17_600, 8);
    expect(rented({ spareDisk: 0 })).toBe(16_000);
    expect(rented({ removeVerified: false, downloadBytesPerS: 1e9 })).toBeCloseTo(17_600, 8);
    // The documentation's own example: 3.13 TiB on each of two machines was shown as 625 GiB.
    const input = cloudPresets[0]?.input ?? expect.fail();
    for (const share of cloud({ ...input, removeVerified: false }).shares)
      expect(share.rentedDiskBytes).toBeCloseTo(50 * 64 * 2 ** 30 * 1.1, -3);
  });

  test('cloud: with removal, rents a disk for the files that wait and the spare part', () => {
    const rented = (change: Partial<CloudInput>) =>
      cloud({ ...small, spareDisk: 0, removeVerified: true, ...change }).shares[0]?.rentedDiskBytes;
    // When the last file is complete, at 20 s, 7500 bytes are home, in one file that was removed and part of the next.
    expect(rented({})).toBe(8500 + 4000);
    expect(rented({ spareDisk: 0.1 })).toBeCloseTo(12_500 * 1.1, 8);
    // A fast line: the file that is written and the one that is sent.
    expect(rented({ downloadBytesPerS: 1e6 })).toBe(8000);
    expect(rented({ downloadBytesPerS: 100 })).toBeLessThanOrEqual(16_000);
    expect(rented({ downloadBytesPerS: 0 })).toBe(16_000);
  });

  test('cloud: unlike machines, a machine that has finished leaves its part of the line to the rest', () => {
    const machines = [
      { ...machine, labelsPerS: 300 },
      { name: 'idle', labelsPerS: 0, pricePerH: 100 },
      { name: 'b', labelsPerS: 100, pricePerH: 7.2, uploadBytesPerS: 400 },
    ];
    const plan = cloud({ ...small, machines });
    expect(plan.shares).toMatchObject([
      { index: 0, machine: 'a', fromFile: 0, toFile: 2, bytes: 12_000, initialisedS: 12.5 },
      { index: 2, machine: 'b', fromFile: 3, toFile: 3, bytes: 4000, downloadedS: 22.5 },
    ]);
    // a has the line alone from 10 + 2.5 / 3 s to 12.5 s, shares it with b's 400 bytes/s until 22.5 s, then has it alone.
    const sharedS = 10;
    const aloneBytes = 12_000 - 600 * sharedS;
    const endS = 10 + 2.5 / 3 + sharedS + aloneBytes / 1000;
    expect(plan.shares[0]?.downloadedS).toBeCloseTo(endS, 9);
    expect(plan.downloadedS).toBeCloseTo(endS, 9);
    expect(plan.initialisedS).toBe(12.5);
    expect(plan.gpuCost).toBeCloseTo(0.001 * endS + 0.002 * 22.5, 9);
    expect(plan.idleGpuCost).toBeCloseTo(0.001 * (endS - 12.5) + 0.002 * 10, 9);
    // b is given back when it is empty, while a goes on.
    const point = plan.timeline[110] ?? expect.fail();
    expect(point.atS).toBeGreaterThan(22.5);
    expect(point.gpuCost).toBeCloseTo(0.001 * point.atS + 0.002 * 22.5, 9);
    expect(point.initialisedBytes).toBe(16_000);
    expect(point.downloadedBytes).toBeCloseTo(16_000 - 1000 * (endS - point.atS), 6);
  });

  test('cloud: unlike machines on a slow line, everything is home when the line has carried it', () => {
    const kind = { labelsPerS: 484_000, pricePerH: 0.4, uploadBytesPerS: 125e6 };
    const machines = addMachines('1, 120000, 0.1, 500', machinesOf(kind, 2));
    const plan = cloud({ ...(cloudPresets[0]?.input ?? expect.fail()), machines });
    const lineS = plan.dataBytes / 12.5e6;
    // Equal parts of the line would take 9 d 10 h where the line carries it in 6 d 9 h.
    expect(plan.downloadedS).toBeGreaterThan(lineS);
    expect(plan.downloadedS).toBeLessThan(lineS * 1.01);
  });

  test('is as late as its last machine, and bound by what that waits for', () => {
    const machines = [machine, { ...machine, name: 'b', uploadBytesPerS: 100 }];
    const plan = cloud({ ...small, machines, downloadBytesPerS: 1e6 });
    expect(plan.shares.map(({ waitsFor }) => waitsFor)).toEqual(['gpu', 'download']);
    expect(plan.bottleneck).toBe('download');
    expect(plan.downloadedS).toBe(10 + 2.5 + 80);
  });

  test('has a last file that is not full', () => {
    const machines = [machine, { ...machine, name: 'b' }];
    const { files, shares, initialisedS } = cloud({ ...small, maxFileSizeBytes: 3000, machines });
    expect(files).toBe(6);
    expect(initialisedS).toBe(10 + 9000 / 1600);
    const { timeline } = cloud({
      ...{ ...small, maxFileSizeBytes: 3000, machines },
      downloadBytesPerS: 0,
    });
    expect(timeline.at(-1)?.atS).toBe(initialisedS);
    expect(shares.map(({ bytes }) => bytes)).toEqual([9000, 7000]);
  });

  test('is set up in ten minutes, with free disk there and a tenth more at home, by default', () => {
    const { numUnits, labelsPerUnit, machines, downloadBytesPerS, egressPerGB } = small;
    const plan = cloud({ numUnits, labelsPerUnit, machines, downloadBytesPerS, egressPerGB });
    expect(plan.initialisedS).toBe(610);
    expect(plan.diskCost).toBe(0);
    expect(plan.files).toBe(1);
    expect(plan.homeDiskBytes).toBeCloseTo(17_600, 8);
    expect(cloud({ ...small, spareDisk: 0.5 }).homeDiskBytes).toBe(24_000);
    expect(cloud({ ...small, spareDisk: 0 }).homeDiskBytes).toBe(16_000);
    expect(cloud({ ...small, setupS: 0 }).initialisedS).toBe(10);
  });

  test('pays nothing for what is free, however long it takes', () => {
    const plan = cloud({
      ...small,
      machines: [{ ...machine, pricePerH: 0 }],
      downloadBytesPerS: 0,
      diskPerGBMonth: 0,
    });
    expect(plan.downloadedS).toBe(Infinity);
    expect(plan.totalCost).toBeCloseTo(16, 12);
    expect(plan.idleGpuCost).toBe(0);
  });

  test('without a line is drawn to the end of the work of its GPUs', () => {
    const { timeline, idleGpuCost, diskCost } = cloud({ ...small, downloadBytesPerS: 0 });
    expect(idleGpuCost).toBe(Infinity);
    expect(diskCost).toBe(Infinity);
    expect(timeline.at(-1)).toMatchObject({ atS: 20, initialisedBytes: 16_000, egressCost: 0 });
    expect(timeline.at(-1)?.gpuCost).toBeCloseTo(0.02, 12);
  });

  test.each<[string, Partial<CloudInput>]>([
    ['machines', { machines: [{ ...machine, pricePerH: Infinity }] }],
    ['egress', { egressPerGB: Infinity }],
    ['disk', { diskPerGBMonth: Infinity }],
  ])('reports that there is no paying for %s without a price', (_, change) => {
    const { totalCost, timeline } = cloud({ ...small, ...change });
    expect(totalCost).toBe(Infinity);
    for (const { gpuCost, egressCost, diskCost } of timeline)
      for (const cost of [gpuCost, egressCost, diskCost]) expect(cost).not.toBeNaN();
    expect(timeline[0]).toMatchObject({ gpuCost: 0, egressCost: 0, diskCost: 0 });
  });

  test.each<[string, Partial<CloudInput>]>([
    ['machines', { machines: [] }],
    ['numUnits', { numUnits: 0 }],
    ['downloadBytesPerS', { downloadBytesPerS: -1 }],
    ['egressPerGB', { egressPerGB: NaN }],
    ['setupS', { setupS: -1 }],
    ['setupS', { setupS: Infinity }],
    ['maxFileSizeBytes', { maxFileSizeBytes: 0 }],
    ['diskPerGBMonth', { diskPerGBMonth: -1 }],
    ['spareDisk', { spareDisk: -0.1 }],
    ['labelsPerS', { machines: [{ ...machine, labelsPerS: -1 }] }],
    ['labelsPerS', { machines: [{ ...machine, labelsPerS: 0 }] }],
    ['labelsPerS', { machines: [{ ...machine, labelsPerS: Infinity }] }],
    ['pricePerH', { machines: [{ ...machine, pricePerH: -1 }] }],
    ['uploadBytesPerS', { machines: [{ ...machine, uploadBytesPerS: NaN }] }],
  ])('refuses wrong %s: %o', (what, change) => {
    expect(refusal(() => cloud({ ...small, ...change }))).toMatchObject({ what });
  });
});

describe('files dealt out to machines', () => {
  test.each([
    [1, [1, 1, 1]],
    [7, [3, 1]],
    [1000, [1, 2, 3, 0, 5]],
    [5, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ])('%d at rates of %j: each once, and none a file from its due', (files, rates) => {
    const ranges = splitFiles(files, rates);
    expect(ranges.flatMap(({ fromFile, toFile }) => [fromFile, toFile + 1])).toEqual([
      0,
      ...ranges.slice(1).flatMap(({ fromFile }) => [fromFile, fromFile]),
      files,
    ]);
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    for (const { machine, fromFile, toFile } of ranges) {
      const due = (files * (rates[machine] ?? 0)) / total;
      expect(Math.abs(toFile + 1 - fromFile - due)).toBeLessThanOrEqual(1);
    }
  });

  test.each([0, 1.5, 2 ** 53])('are not %d', (files) => {
    expect(refusal(() => splitFiles(files, [1]))).toMatchObject({ what: 'files', value: files });
  });
});

describe('machines as the user lists them', () => {
  const kind = { labelsPerS: 1, pricePerH: 2, uploadBytesPerS: 3 };

  test('are numbered after those that there are', () => {
    const [first = expect.fail()] = machinesOf(kind, 1);
    expect(machinesOf(kind, 2, [first])).toEqual([
      { name: 'machine 1', ...kind },
      { name: 'machine 2', ...kind },
      { name: 'machine 3', ...kind },
    ]);
    expect(machinesOf(kind, 0, [first])).toEqual([first]);
  });

  test('are a thousand at most', () => {
    expect(machinesOf(kind, 999, machinesOf(kind, 1))).toHaveLength(1000);
    expect(refusal(() => machinesOf(kind, 1000, machinesOf(kind, 1)))).toMatchObject({
      what: 'count',
    });
    expect(refusal(() => machinesOf(kind, 0.5))).toMatchObject({ what: 'count' });
  });

  test('are read kind by kind, with Mbit/s of upload', () => {
    expect(addMachines('', [])).toEqual([]);
    expect(addMachines(' ; \n', [])).toEqual([]);
    expect(addMachines(' 1,  2,\t3 ,4 ;\n1 5 6 8', [])).toEqual([
      { name: 'machine 1', labelsPerS: 2, pricePerH: 3, uploadBytesPerS: 500_000 },
      { name: 'machine 2', labelsPerS: 5, pricePerH: 6, uploadBytesPerS: 1_000_000 },
    ]);
  });

  test('are refused with the kind that is not one', () => {
    expect(refusal(() => addMachines('1 2 3 4; 1 2 3 ', []))).toEqual({
      what: 'A kind of machine',
      value: '“1 2 3”',
    });
  });
});

describe('a GPU that is not at hand', () => {
  test('an RTX 3090 is estimated within a twentieth of what is reported of one', () => {
    const model = gpuModels.find(({ name }) => name === 'RTX 3090') ?? expect.fail();
    expect(estimatedLabelsPerS(model) / 484_000).toBeGreaterThan(0.95);
    expect(estimatedLabelsPerS(model) / 484_000).toBeLessThan(1.05);
  });

  test('half the N needs half the memory traffic', () => {
    const [model = expect.fail()] = gpuModels;
    expect(estimatedLabelsPerS(model, 4096)).toBe(2 * estimatedLabelsPerS(model, 8192));
  });

  test('writes and reads one and a half times its N rows of 128 bytes for a label', () => {
    // N = 8192: 1.5 MiB a label, of four fifths of the bandwidth.
    const model = { name: 'a thousand labels a second', memoryGBPerS: 1000 * 1.5 * 2 ** 20 * 1e-9 };
    expect(estimatedLabelsPerS(model)).toBeCloseTo(800, 9);
  });
});
