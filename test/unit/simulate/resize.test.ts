import { describe, expect, it } from 'vitest';
import { resize, type ResizeInput } from '../../../src/simulate/resize';

const unit = 2 ** 36;
/** Three units a file, so that a file may be cut. */
const plan = (fromUnits: number, toUnits: number, changed: Partial<ResizeInput> = {}) =>
  resize({ fromUnits, toUnits, maxFileSizeBytes: 3 * unit, publishEpoch: 30, ...changed });

describe('resizing an identity', () => {
  it('fills up the last file, and adds others', () => {
    expect(plan(4, 10, { labelsPerS: 2 ** 20 })).toEqual({
      kind: 'grow',
      keptBytes: 4 * unit,
      addedBytes: 6 * unit,
      removedBytes: 0,
      files: { before: 2, after: 4, untouched: 1, changed: 1 },
      // 6 × 2^32 labels.
      initialiseS: 6 * 2 ** 12,
      effective: [
        { publishEpoch: 30, earnsInEpoch: 31, units: 4 },
        { publishEpoch: 31, earnsInEpoch: 32, units: 10 },
      ],
      nonceChanges: 0.6,
      belowMinimum: false,
    });
  });

  it('removes files and cuts the new last one', () => {
    expect(plan(10, 4, { labelsPerS: 2 ** 20 })).toEqual({
      kind: 'shrink',
      keptBytes: 4 * unit,
      addedBytes: 0,
      removedBytes: 6 * unit,
      files: { before: 4, after: 2, untouched: 1, changed: 1 },
      initialiseS: 0,
      effective: [{ publishEpoch: 30, earnsInEpoch: 31, units: 4 }],
      nonceChanges: 0.6,
      belowMinimum: false,
    });
    expect(plan(10, 6).files).toEqual({ before: 4, after: 2, untouched: 2, changed: undefined });
  });

  it('touches nothing when nothing changes, not even a file that is not full', () => {
    expect(plan(10, 10)).toEqual({
      kind: 'same',
      keptBytes: 10 * unit,
      addedBytes: 0,
      removedBytes: 0,
      files: { before: 4, after: 4, untouched: 4, changed: undefined },
      initialiseS: undefined,
      effective: [{ publishEpoch: 30, earnsInEpoch: 31, units: 10 }],
      nonceChanges: 0,
      belowMinimum: false,
    });
  });

  it('never ends at no rate, and is done at once with nothing to do', () => {
    expect(plan(4, 10, { labelsPerS: 0 }).initialiseS).toBe(Infinity);
    expect(plan(10, 4, { labelsPerS: 0 }).initialiseS).toBe(0);
  });

  it('knows the smallest identity of the network', () => {
    expect(plan(10, 4).belowMinimum).toBe(false);
    expect(plan(10, 3).belowMinimum).toBe(true);
    expect(plan(10, 3, { minNumUnits: 2 }).belowMinimum).toBe(false);
    expect(plan(10, 9, { minNumUnits: 10 }).belowMinimum).toBe(true);
  });

  it('takes another size of unit', () => {
    const { addedBytes, files } = plan(2, 5, { labelsPerUnit: 1024, maxFileSizeBytes: 16_384 });
    expect(addedBytes).toBe(3 * 1024 * 16);
    expect(files).toEqual({ before: 2, after: 5, untouched: 2, changed: undefined });
  });

  it.each([
    ['fromUnits', plan.bind(undefined, 0, 4)],
    ['fromUnits', plan.bind(undefined, 2 ** 32, 4)],
    ['toUnits', plan.bind(undefined, 4, 0)],
    ['toUnits', plan.bind(undefined, 4, 2 ** 32)],
    ['maxFileSizeBytes', plan.bind(undefined, 4, 8, { maxFileSizeBytes: 0 })],
    ['publishEpoch', plan.bind(undefined, 4, 8, { publishEpoch: -1 })],
  ])('refuses a wrong %s', (what, run) => {
    expect(run).toThrow(`${what} must be`);
  });

  it('takes as many units as the wire has room for', () => {
    const most = 2 ** 32 - 1;
    expect(plan(most, most, { labelsPerUnit: 1 }).keptBytes).toBe(16 * most);
  });
});
