import { describe, expect, test } from 'vitest';
import { tebibyte } from '../../../../src/protocol/units';
import {
  fewestDrives,
  joinDrives,
  joinModes,
  type JoinMode,
} from '../../../../src/simulate/farm/drives';
import { near, refusal } from '../../../support/simulate';

describe('drives', () => {
  const drives = ['a', 'b', 'c', 'd'].map((name) => ({
    name,
    sizeBytes: 8 * tebibyte,
    readBytesPerS: 200e6,
  }));

  test('joins them as RAID and LVM do', () => {
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
});

describe('unequal drives, joined', () => {
  const drives = [
    { name: 'a', sizeBytes: 4e12, readBytesPerS: 100e6 },
    { name: 'b', sizeBytes: 2e12, readBytesPerS: 200e6 },
    { name: 'c', sizeBytes: 2e12, readBytesPerS: 50e6 },
  ];
  const names = ['a', 'b', 'c'];

  test('not at all, are volumes of their own', () => {
    expect(joinDrives(drives, 'separate')).toMatchObject({
      mode: 'separate',
      volumes: drives.map((drive) => ({ ...drive, drives: [drive.name] })),
      usableBytes: 8e12,
      // The largest is half of everything.
      lossOnOneDeath: 0.5,
      yearlyLoss: 0.015,
    });
  });

  test('as RAID 0, are the number of drives times the smallest and the slowest', () => {
    expect(joinDrives(drives, 'raid0')).toMatchObject({
      mode: 'raid0',
      volumes: [{ name: 'raid0', sizeBytes: 6e12, readBytesPerS: 150e6, drives: names }],
      usableBytes: 6e12,
      lossOnOneDeath: 1,
      // Not all three survive.
      yearlyLoss: near(1 - 0.985 ** 3, 12),
    });
  });

  test('as RAID 5, give one away, and are lost with a second during the rebuild', () => {
    expect(joinDrives(drives, 'raid5')).toMatchObject({
      mode: 'raid5',
      volumes: [{ name: 'raid5', sizeBytes: 4e12, readBytesPerS: 100e6, drives: names }],
      usableBytes: 4e12,
      lossOnOneDeath: 0,
      yearlyLoss: near(0.045 * 0.03 * (3 / 365.25), 12),
    });
    const loss = (yearlyFailureRate: number, rebuildDays: number) =>
      joinDrives(drives, 'raid5', { yearlyFailureRate, rebuildDays }).yearlyLoss;
    expect(loss(0.1, 365.25 / 5)).toBeCloseTo(0.3 * 0.2 * 0.2, 12);
    expect(loss(1, 365.25)).toBe(1);
    expect(loss(0.5, 0)).toBe(0);
  });

  test('as LVM, are read one after the other', () => {
    // 40,000 s for a, 10,000 s for b, 40,000 s for c.
    expect(joinDrives(drives, 'lvm')).toMatchObject({
      mode: 'lvm',
      volumes: [{ name: 'lvm', sizeBytes: 8e12, readBytesPerS: near(8e12 / 90_000, 3) }],
      usableBytes: 8e12,
      lossOnOneDeath: 1,
      yearlyLoss: near(1 - 0.985 ** 3, 12),
    });
    expect(joinDrives(drives, 'lvm').volumes[0]?.drives).toEqual(names);
  });

  test.each(joinModes)('as %s, are the number it takes, at any share of deaths', (mode) => {
    const join = (count: number, yearlyFailureRate = 0.5) =>
      refusal(() => joinDrives(drives.slice(0, count), mode, { yearlyFailureRate }));
    expect(join(fewestDrives[mode])).toBeUndefined();
    expect(join(fewestDrives[mode] - 1)).toMatchObject({ what: 'drives' });
    expect(join(3, 0)).toBeUndefined();
    expect(join(3, 1)).toBeUndefined();
    for (const share of [-0.1, 1.1, NaN])
      expect(join(3, share)).toMatchObject({ what: 'yearlyFailureRate' });
  });

  test.each<JoinMode>(['separate', 'raid5'])('as %s, have sizes and speeds', (mode) => {
    const join = (change: object) =>
      refusal(() => joinDrives([...drives, { ...drives[0], name: 'd', ...change }] as never, mode));
    expect(join({ sizeBytes: 0 })).toMatchObject({ what: 'sizeBytes' });
    expect(join({ readBytesPerS: -1 })).toMatchObject({ what: 'readBytesPerS' });
    expect(join({ readBytesPerS: 0 })).toBeUndefined();
    expect(join({ readBytesPerS: Infinity })).toBeUndefined();
  });
});
