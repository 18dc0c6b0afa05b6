/** Figures as they are shown. */
import { describe, expect, test } from 'vitest';
import { formatBytes, formatEstimate } from '../../../src/base/format';

describe('formatEstimate', () => {
  test.each([
    [434_595, 428_300, 440_890, '≈ 435,000 (428,000–441,000)'],
    [453_915, 400_000, 507_830, '≈ 450,000 (400,000–510,000)'],
    [458, 441, 475, '≈ 460 (440–480)'],
    [458, 456, 460, '≈ 458 (456–460)'],
    [3, 2, 4, '≈ 3 (2–4)'],
    [12, 0, 90, '≈ 10 (0–90)'],
  ])('%d in %d to %d: rounded by the range, the range outward', (value, low, high, text) => {
    expect(formatEstimate(value, { low, high })).toBe(text);
  });

  test('bytes: in the unit of the upper end', () => {
    const mib = 2 ** 20;
    expect(formatEstimate(700 * mib, { low: 690.4 * mib, high: 709.6 * mib }, formatBytes)).toBe(
      '≈ 700 MiB (690–710 MiB)',
    );
    expect(formatEstimate(1.5 * mib, { low: 1.44 * mib, high: 1.56 * mib }, formatBytes)).toBe(
      '≈ 1.5 MiB (1.44–1.56 MiB)',
    );
    expect(formatEstimate(0, { low: 0, high: 4096 }, formatBytes)).toBe('≈ 0 KiB (0–4 KiB)');
  });

  test('a range of one value: exact, without a sign of an estimate', () => {
    expect(formatEstimate(434_595, { low: 434_595, high: 434_595 })).toBe('434,595');
    expect(formatEstimate(2048, { low: 2048, high: 2048 }, formatBytes)).toBe('2 KiB');
  });
});
