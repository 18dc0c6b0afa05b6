import { describe, expect, test } from 'vitest';
import { vrfDifficulty } from '../../../../src/protocol/difficulty';
import { Random } from '../../../../src/simulate/probability/random';
import { newNonceChance, resize, type ResizeInput } from '../../../../src/simulate/farm/resize';
import { near } from '../../../support/simulate';

const unit = 2 ** 36;
/** Three units a file, so that a file may be cut. */
const plan = (fromUnits: number, toUnits: number, changed: Partial<ResizeInput> = {}) =>
  resize({ fromUnits, toUnits, maxFileSizeBytes: 3 * unit, publishEpoch: 30, ...changed });

describe('resizing an identity', () => {
  test('fills up the last file, and adds others', () => {
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
      // e^(−8 × 4 / 10), but for the one time in 3000 that the old data have no nonce of their own.
      newNonceChance: near(Math.exp(-3.2) - Math.exp(-8) * 0.4, 9),
      belowMinimum: false,
    });
  });

  test('removes files and cuts the new last one', () => {
    expect(plan(10, 4, { labelsPerS: 2 ** 20 })).toEqual({
      kind: 'shrink',
      keptBytes: 4 * unit,
      addedBytes: 0,
      removedBytes: 6 * unit,
      files: { before: 4, after: 2, untouched: 1, changed: 1 },
      initialiseS: 0,
      effective: [{ publishEpoch: 30, earnsInEpoch: 31, units: 4 }],
      newNonceChance: 0,
      belowMinimum: false,
    });
    expect(plan(10, 6).files).toEqual({ before: 4, after: 2, untouched: 2, changed: undefined });
  });

  test('touches nothing when nothing changes, not even a file that is not full', () => {
    expect(plan(10, 10)).toEqual({
      kind: 'same',
      keptBytes: 10 * unit,
      addedBytes: 0,
      removedBytes: 0,
      files: { before: 4, after: 4, untouched: 4, changed: undefined },
      initialiseS: undefined,
      effective: [{ publishEpoch: 30, earnsInEpoch: 31, units: 10 }],
      newNonceChance: 0,
      belowMinimum: false,
    });
  });

  test('never ends at no rate, and is done immediately with nothing to do', () => {
    expect(plan(4, 10, { labelsPerS: 0 }).initialiseS).toBe(Infinity);
    expect(plan(10, 4, { labelsPerS: 0 }).initialiseS).toBe(0);
  });

  test('knows the smallest identity of the network', () => {
    expect(plan(10, 4).belowMinimum).toBe(false);
    expect(plan(10, 3).belowMinimum).toBe(true);
    expect(plan(10, 3, { minNumUnits: 2 }).belowMinimum).toBe(false);
    expect(plan(10, 9, { minNumUnits: 10 }).belowMinimum).toBe(true);
  });

  test('takes another size of unit', () => {
    const { addedBytes, files } = plan(2, 5, { labelsPerUnit: 1024, maxFileSizeBytes: 16_384 });
    expect(addedBytes).toBe(3 * 1024 * 16);
    expect(files).toEqual({ before: 2, after: 5, untouched: 2, changed: undefined });
  });

  test.each([
    ['fromUnits', plan.bind(undefined, 0, 4)],
    ['fromUnits', plan.bind(undefined, 2 ** 32, 4)],
    ['toUnits', plan.bind(undefined, 4, 0)],
    ['toUnits', plan.bind(undefined, 4, 2 ** 32)],
    ['maxFileSizeBytes', plan.bind(undefined, 4, 8, { maxFileSizeBytes: 0 })],
    ['publishEpoch', plan.bind(undefined, 4, 8, { publishEpoch: -1 })],
  ])('refuses a wrong %s', (what, run) => {
    expect(run).toThrow(`${what} must be`);
  });

  test('takes the number of units that the wire format can hold', () => {
    const most = 2 ** 32 - 1;
    expect(plan(most, most, { labelsPerUnit: 1 }).keptBytes).toBe(16 * most);
  });
});

describe('newNonceChance', () => {
  test('newNonceChance: 16 to 32 SU, 1.8 %', () => {
    const unit = 2 ** 32;
    expect(newNonceChance(16 * unit, 32 * unit)).toBeCloseTo(0.018148, 6);
    expect(plan(16, 32).newNonceChance).toBeCloseTo(0.018148, 6);
  });

  test('newNonceChance: a smaller or the same size, 0', () => {
    expect(newNonceChance(2 ** 36, 2 ** 35)).toBe(0);
    expect(newNonceChance(2 ** 36, 2 ** 36)).toBe(0);
  });

  test('newNonceChance: labels drawn against Go’s thresholds, agrees', () => {
    const random = new Random(8);
    // A label as the fraction of 2^256 that it is; Go's threshold in the same terms.
    const threshold = (labels: number): number =>
      vrfDifficulty(BigInt(labels)).reduceRight((sum, byte) => (sum + byte) / 256, 0);
    for (const [from, to] of [
      [64, 96],
      [64, 128],
      [64, 1024],
    ] as const) {
      const [old, next] = [threshold(from), threshold(to)];
      const runs = 20_000;
      let changes = 0;
      for (let run = 0; run < runs; run++) {
        let smallest = 1;
        for (let i = 0; i < from; i++) smallest = Math.min(smallest, random.uniform());
        while (smallest >= old) smallest = random.uniform();
        if (smallest >= next) changes++;
      }
      const chance = newNonceChance(from, to);
      // Five standard errors.
      expect(Math.abs(changes / runs - chance)).toBeLessThan(
        5 * Math.sqrt((chance * (1 - chance)) / runs),
      );
    }
  });
});
