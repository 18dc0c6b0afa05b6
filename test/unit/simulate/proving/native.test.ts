import { describe, expect, test } from 'vitest';
import { measuredHere, nativeHashes, nativeScan } from '../../../../src/simulate/proving/native';

const gib = 2 ** 30;
const cell = (nonces: number, threads: number, bytesPerS: number) => ({
  nonces,
  threads,
  bytesPerS,
});

describe('from the page to the native prover', () => {
  test('gives our own native figures for our own page figures', () => {
    for (const { nonces, page, native } of measuredHere.proving) {
      const { scan, basis } = nativeScan([{ nonces, threads: 1, bytesPerS: page * gib }], []);
      expect(scan[0]?.bytesPerS).toBeCloseTo(native * gib, -1);
      expect(basis).toBe('ours');
    }
    expect(nativeHashes(measuredHere.k2pow.light.page, 'light')).toBeCloseTo(364, 9);
  });

  test('takes the user’s own native run first, and its ratio for the rest', () => {
    const page = [
      { nonces: 64, threads: 1, bytesPerS: 100 },
      { nonces: 64, threads: 2, bytesPerS: 200 },
    ];
    const { scan, factor, basis } = nativeScan(page, [{ nonces: 64, threads: 2, bytesPerS: 500 }]);
    expect(basis).toBe('yours');
    expect(factor).toBeCloseTo(2.5, 12);
    expect(scan).toContainEqual({ nonces: 64, threads: 2, bytesPerS: 500 });
    expect(scan.find(({ threads }) => threads === 1)?.bytesPerS).toBeCloseTo(250, 9);
  });
});

describe('the ratio that we measured', () => {
  // Native / page, in GiB/s: 1.48 / 0.6, 0.418 / 0.165, 0.106 / 0.0375.
  const [few, middle, many] = [1.48 / 0.6, 0.418 / 0.165, 0.106 / 0.0375];
  const ratio = (nonces: number): number =>
    nativeScan([cell(nonces, 1, 1)], []).scan[0]?.bytesPerS ?? NaN;

  test('is on a straight line over the logarithm of the nonces', () => {
    expect(ratio(16)).toBeCloseTo(few, 12);
    // 32 is half of the way from 16 to 64.
    expect(ratio(32)).toBeCloseTo((few + middle) / 2, 12);
    expect(ratio(64)).toBeCloseTo(middle, 12);
    const share = Math.log(128 / 64) / Math.log(288 / 64);
    expect(ratio(128)).toBeCloseTo(middle + share * (many - middle), 12);
    expect(ratio(288)).toBeCloseTo(many, 12);
  });

  test('stays what it is outside', () => {
    expect(ratio(1)).toBeCloseTo(few, 12);
    expect(ratio(4096)).toBeCloseTo(many, 12);
  });

  test('changes nothing but the speed of a cell, and is reported as a geometric mean', () => {
    const { scan, factor, basis } = nativeScan([cell(16, 3, 600), cell(288, 5, 375)], []);
    expect(scan.map(({ nonces, threads }) => [nonces, threads])).toEqual([
      [16, 3],
      [288, 5],
    ]);
    expect(scan.map(({ bytesPerS }) => Math.round(bytesPerS))).toEqual([1480, 1060]);
    expect(factor).toBeCloseTo(Math.sqrt(few * many), 12);
    expect(basis).toBe('ours');
  });

  test('takes k2pow from either mode of the page to the fast one of the node', () => {
    expect(nativeHashes(47, 'light')).toBeCloseTo(728, 9);
    expect(nativeHashes(142, 'fast')).toBeCloseTo(728, 9);
  });
});

describe('the user’s own native run', () => {
  test('is kept as it is where the page measured nothing', () => {
    const native = [cell(64, 2, 500)];
    expect(nativeScan([], native)).toEqual({ scan: native, factor: 1, basis: 'yours' });
    expect(nativeScan([], [])).toEqual({ scan: [], factor: 1, basis: 'ours' });
  });

  test('stands for its own cell, and its mean ratio for all others', () => {
    const page = [cell(32, 1, 100), cell(64, 1, 50), cell(64, 2, 100), cell(32, 2, 200)];
    // Twice and eight times as fast: four times in the geometric mean.
    const native = [cell(64, 2, 200), cell(32, 1, 800)];
    const { scan, factor, basis } = nativeScan(page, native);
    expect(factor).toBeCloseTo(4, 12);
    expect(basis).toBe('yours');
    expect(scan).toHaveLength(4);
    expect(scan.slice(0, 2)).toEqual(native);
    const speed = (nonces: number, threads: number): number =>
      scan.find((each) => each.nonces === nonces && each.threads === threads)?.bytesPerS ?? NaN;
    expect(speed(64, 1)).toBeCloseTo(200, 9);
    expect(speed(32, 2)).toBeCloseTo(800, 9);
  });

  test('is compared with the page at the same nonces and threads', () => {
    // The page goes half as fast with twice the nonces and twice as fast with two threads.
    const { factor } = nativeScan([cell(32, 1, 100)], [cell(64, 2, 300)]);
    expect(factor).toBeCloseTo(3, 12);
  });
});

test('refuses cells without a speed, whosever they are', () => {
  expect(() => nativeScan([cell(16, 1, 0)], [])).toThrow('bytesPerS must be');
  expect(() => nativeScan([cell(16, 1, 1)], [cell(16, 1, NaN)])).toThrow('bytesPerS must be');
});
