import { describe, expect, test } from 'vitest';
import { spacedCounts, splitCounts } from '../../../../src/simulate/farm/split-counts';

describe('splitCounts', () => {
  test('splitCounts: 128 SU, up to the 32 identities that can exist', () => {
    expect(splitCounts(128)).toEqual([1, 2, 4, 8, 16, 32]);
  });

  test('splitCounts: a large allocation, does not end at 256', () => {
    expect(splitCounts(60_000).slice(-3)).toEqual([4096, 8192, 15_000]);
    expect(splitCounts(1e9).at(-1)).toBe(1_000_000);
  });

  test('splitCounts: fewer units than two identities need, only one identity', () => {
    expect(splitCounts(7)).toEqual([1]);
    expect(splitCounts(0.5)).toEqual([1]);
    expect(splitCounts(NaN)).toEqual([1]);
  });

  test('spacedCounts: more than asked for, the first and the last stay', () => {
    expect(spacedCounts([1, 2, 4, 8, 16, 32], 3)).toEqual([1, 8, 32]);
    expect(spacedCounts([1, 2], 3)).toEqual([1, 2]);
  });
});
