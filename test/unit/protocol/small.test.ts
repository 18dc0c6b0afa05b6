// The small parts that everything depends on: bytes, labels, units, money, slots, layers, words for a shell.
import { describe, expect, test } from 'vitest';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  isZero,
  readBytes,
  toBase64,
  toHex,
} from '../../../src/base/bytes';
import {
  eligibleLayer,
  eligibleSlots,
  mainnetEligibility,
} from '../../../src/protocol/eligibility';
import {
  cycleGap,
  epochMs,
  epochOfLayer,
  epochStartMs,
  firstLayerOf,
  layerAt,
  layerStartMs,
  poetRound,
} from '../../../src/protocol/epochs';
import { WorkbenchError } from '../../../src/base/error';
import { issuance, subsidyBetween } from '../../../src/protocol/issuance';
import { checkLabelRange, checkScryptN, smallerLabel } from '../../../src/protocol/labels';
import { formatSmh, formatSmidge, smhNumber } from '../../../src/protocol/money';
import { shellPath, shellWord, systemdWord } from '../../../src/base/shell';
import { hashesPerUnit, unitBytes } from '../../../src/protocol/units';

/** Code and evidence of a refusal; undefined when there was none. */
const refusal = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof WorkbenchError) return [error.code, error.details];
    throw error;
  }
  return undefined;
};

describe('bytes', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);

  test('are compared as Go compares them', () => {
    expect(compareBytes(bytes(1, 2), bytes(1, 2))).toBe(0);
    expect(compareBytes(bytes(1, 2), bytes(1, 3))).toBeLessThan(0);
    expect(compareBytes(bytes(2), bytes(1, 255))).toBeGreaterThan(0);
    expect(compareBytes(bytes(1), bytes(1, 0))).toBeLessThan(0);
    expect(compareBytes(bytes(1, 0), bytes(1))).toBeGreaterThan(0);
    expect(compareBytes(bytes(), bytes())).toBe(0);
    expect(equalBytes(bytes(1, 2), bytes(1, 2))).toBe(true);
    expect(equalBytes(bytes(1, 2), bytes(1, 3))).toBe(false);
    expect(equalBytes(bytes(1), bytes(1, 2))).toBe(false);
    expect(equalBytes(bytes(1, 2), bytes(1))).toBe(false);
    expect(concatBytes(bytes(1), bytes(), bytes(2, 3))).toEqual(bytes(1, 2, 3));
  });

  const six = bytes(0xfb, 0xff, 0xfe, 1, 2, 3);
  test.each([
    ['fbfffe010203'],
    ['FBFFFE010203'],
    ['0xfbfffe010203'],
    ['0Xfbfffe010203'],
    [' fbfffe010203\n'],
    [toBase64(six)],
    ['-__-AQID'],
  ])('are read from %j', (text) => {
    expect(readBytes(text, 6, 'It')).toEqual(six);
  });

  test('are copied', () => {
    const copy = readBytes(six, 6, 'It');
    expect(copy).toEqual(six);
    expect(copy).not.toBe(six);
  });

  test('padding may be there or not', () => {
    const seven = bytes(1, 2, 3, 4, 5, 6, 7);
    expect(readBytes('AQIDBAUGBw==', 7, 'It')).toEqual(seven);
    expect(readBytes('AQIDBAUGBw', 7, 'It')).toEqual(seven);
    expect(readBytes('AQIDBAUG', 6, 'It')).toEqual(seven.slice(0, 6));
  });

  test('hex that could be base64 is what the length wants', () => {
    expect(toHex(readBytes('abcdabcd', 4, 'It'))).toBe('abcdabcd');
    expect(toHex(readBytes('abcdabcd', 6, 'It'))).toBe('69b71d69b71d');
    expect(toHex(readBytes('0xabcdab', 3, 'It'))).toBe('abcdab');
  });

  const wrongLength = (expectedBytes: number, actualBytes: number) => [
    'bytes-wrong-length',
    { what: 'It', expectedBytes, actualBytes },
  ];
  test.each([
    ['abcd', 4, wrongLength(4, 2)],
    ['0xabcd', 4, wrongLength(4, 2)],
    ['0x', 4, wrongLength(4, 0)],
    ['abcde', 4, ['bytes-not-readable', { what: 'It', expectedBytes: 4, characters: 5 }]],
    ['', 4, ['bytes-not-readable', { what: 'It', expectedBytes: 4, characters: 0 }]],
    ['0xabc', 4, ['bytes-not-readable', { what: 'It' }]],
    ['!bcdabcd', 6, ['bytes-not-readable', { what: 'It', expectedBytes: 6, characters: 8 }]],
    ['abcdabc!', 6, ['bytes-not-readable', { what: 'It', expectedBytes: 6, characters: 8 }]],
    ['AQIDBAUGBx', 7, ['bytes-not-readable', { what: 'It' }]],
    ['=AQIDBAUGBw', 7, ['bytes-not-readable', { what: 'It', expectedBytes: 7, characters: 11 }]],
  ])('%j as %d bytes is refused', (text, length, expected) => {
    expect(refusal(() => readBytes(text, length, 'It'))).toEqual(expected);
  });

  test('of another length are refused, with the length in digits', () => {
    expect(() => readBytes(six, 7, 'NodeId')).toThrow(
      'NodeId must be 7 bytes (14 hex digits), but it has 6.',
    );
    expect(() => readBytes('?', 32, 'NodeId')).toThrow('64 hex digits (with or without 0x) or 44');
  });
});

describe('labels', () => {
  test.each([2, 4, 8192, 2 ** 20])('N of %d', (scryptN) => {
    expect(checkScryptN(scryptN)).toBe(scryptN);
  });
  test.each([0, 1, 3, -2, 1.5, NaN, Infinity, 2 ** 21])('N of %d is refused', (scryptN) => {
    expect(refusal(() => checkScryptN(scryptN))).toEqual(['scrypt-n-invalid', { scryptN }]);
  });

  test.each([
    [0, 0, 0n],
    [7, 5, 7n],
    [2n ** 64n - 1n, 1n, 2n ** 64n - 1n],
    [2n ** 64n - 5n, 5, 2n ** 64n - 5n],
    [2n ** 64n, 0, 2n ** 64n],
  ])('%s and %s labels', (start, count, first) => {
    expect(checkLabelRange(start, count)).toBe(first);
  });
  test.each([
    [-1, 5],
    [0, -1],
    [-1n, 5n],
    [0.5, 1],
    [0, 1.5],
    [2 ** 53, 1],
    [2n ** 64n - 5n, 6],
    [NaN, 1],
  ])('%s and %s labels are refused', (start, count) => {
    expect(refusal(() => checkLabelRange(start, count))).toEqual([
      'label-range-invalid',
      { start, count },
    ]);
  });

  test('the smaller one, of equal ones the earlier', () => {
    const label = (index: bigint, ...values: number[]) => ({
      index,
      label: Uint8Array.from(values),
    });
    const [small, large, later] = [label(9n, 1, 2), label(3n, 1, 3), label(10n, 1, 2)];
    expect(smallerLabel(small, large)).toBe(small);
    expect(smallerLabel(large, small)).toBe(small);
    expect(smallerLabel(small, later)).toBe(small);
    expect(smallerLabel(later, small)).toBe(small);
    expect(smallerLabel(small, undefined)).toBe(small);
    expect(smallerLabel(undefined, small)).toBe(small);
    expect(smallerLabel(undefined, undefined)).toBeUndefined();
  });
});

describe('units', () => {
  test('are 64 GiB on mainnet', () => {
    expect(unitBytes()).toBe(2 ** 36);
    expect(unitBytes(1024)).toBe(16384);
  });
  test('take the given number of hashes', () => {
    expect(hashesPerUnit()).toBeCloseTo(4687.5, 9);
    expect(hashesPerUnit('80'.padEnd(64, '0'))).toBe(2);
    expect(hashesPerUnit('00'.repeat(32))).toBe(Infinity);
    expect(hashesPerUnit('03'.padStart(64, '0')) / (2 ** 256 / 3)).toBeCloseTo(1, 14);
    expect(refusal(() => hashesPerUnit('ff'))).toEqual([
      'bytes-wrong-length',
      { what: 'The k2pow difficulty', expectedBytes: 32, actualBytes: 1 },
    ]);
  });
});

test.each([
  [0n, '0 SMH', '0 smidge'],
  [1n, '0.000000001 SMH', '1 smidge'],
  [1_500_000_000n, '1.5 SMH', '1,500,000,000 smidge'],
  [1_000_000_000n, '1 SMH', '1,000,000,000 smidge'],
  [-1_234_567_000_000_010n, '−1,234,567.00000001 SMH', '-1,234,567,000,000,010 smidge'],
])('%d smidge are %s', (smidge, smh, text) => {
  expect(formatSmh(smidge)).toBe(smh);
  expect(formatSmidge(smidge)).toBe(text);
  expect(smhNumber(smidge)).toBe(Number(smidge) / 1e9);
});

describe('slots', () => {
  const of = (change: object) =>
    eligibleSlots({ ...mainnetEligibility, weight: 100, totalWeight: 1e9, ...change });
  test.each([
    [{}, 1],
    [{ weight: 4960 }, 1],
    [{ weight: 9921 }, 2],
    [{ weight: 10_000_000, totalWeight: 500_000 }, 2_016_000],
    [{ weight: 10_000_000, totalWeight: 1_000_000 }, 2_016_000],
    [{ weight: 10_000_000, totalWeight: 2_000_000 }, 1_008_000],
    [{ weight: 0n, totalWeight: 2n ** 64n - 1n }, 1],
  ])('%o: %d', (change, slots) => {
    expect(of(change)).toBe(slots);
  });
  test.each([
    ['weight', -1],
    ['weight', 2 ** 53],
    ['weight', 2n ** 64n],
    ['minWeight', -1n],
    ['totalWeight', 0.5],
    ['committeeSize', NaN],
    ['layersPerEpoch', -1],
  ])('%s of %s is refused', (what, value) => {
    expect(refusal(() => of({ [what]: value }))).toEqual([
      'weight-not-valid',
      { what, value: String(value) },
    ]);
  });
  test('of an epoch without weight are refused', () => {
    expect(refusal(() => of({ totalWeight: 0 }))).toEqual(['total-weight-zero', {}]);
  });
  test('fall into the layer that their signature draws', () => {
    const signature = new Uint8Array(80).fill(255);
    signature.set([1, 2, 0, 0, 0, 0, 0, 0], 3);
    expect(eligibleLayer(signature.subarray(3), 7, 4032)).toBe(7 * 4032 + 513);
    expect(eligibleLayer(signature.subarray(3), 7, 100)).toBe(713);
  });
});

describe('layers and epochs', () => {
  const timing = {
    genesisMs: 1_000_000,
    layerMs: 10_000,
    layersPerEpoch: 20,
    poetPhaseShiftMs: 70_000,
    poetCycleGapMs: 30_000,
  };
  test('follow each other from the genesis', () => {
    expect(layerStartMs(timing, 3)).toBe(1_030_000);
    expect(layerAt(timing, 1_000_000)).toBe(0);
    expect(layerAt(timing, 1_039_999)).toBe(3);
    expect([epochOfLayer(timing, 39), epochOfLayer(timing, 40)]).toEqual([1, 2]);
    expect(firstLayerOf(timing, 2)).toBe(40);
    expect(epochStartMs(timing, 2)).toBe(1_400_000);
    expect(epochMs(timing)).toBe(200_000);
    for (const atMs of [999_999, NaN])
      expect(refusal(() => layerAt(timing, atMs))).toEqual([
        'before-genesis',
        { genesisMs: 1_000_000, atMs },
      ]);
  });
  test('have a PoET round and a gap', () => {
    expect(poetRound(timing, 3)).toEqual({ startMs: 1_470_000, endMs: 1_640_000 });
    expect(cycleGap(timing, 3)).toEqual({ startMs: 1_640_000, endMs: 1_670_000 });
  });
});

describe('issuance', () => {
  test.each([-1, 0.5, NaN, 2 ** 32 - 1])('of layer %d is refused', (layer) => {
    expect(refusal(() => issuance(layer))).toEqual([
      'layer-not-valid',
      { layersAfterEffectiveGenesis: layer },
    ]);
  });
  test('at full periods is exact', () => {
    // A fifth of what is left: 450 million SMH after the first 1,051,201 layers, 360 after the next.
    expect(subsidyBetween(0, 1_051_201)).toBe(450_000_000_000_000_000n);
    expect(subsidyBetween(1_051_201, 2_102_402)).toBe(360_000_000_000_000_000n);
    // After 30 periods the fraction is no whole number, and is cut: 2.25 × 10^18 (1 − 0.8^30).
    const exact = (2_250_000_000_000_000_000n * (5n ** 30n - 4n ** 30n)) / 5n ** 30n;
    expect(issuance(30 * 1_051_201 - 1).accumulated).toBe(exact);
  });
  test('of no layers is none', () => {
    expect([subsidyBetween(5, 5), subsidyBetween(6, 5)]).toEqual([0n, 0n]);
    expect(subsidyBetween(0, 1)).toBe(issuance(0).subsidy);
    expect(subsidyBetween(1, 2)).toBe(issuance(1).subsidy);
  });
});

describe('words', () => {
  test.each([
    ['plain-File_1.bin', 'plain-File_1.bin', 'plain-File_1.bin'],
    ['a@%+=:,./-', 'a@%+=:,./-', 'a@%%+=:,./-'],
    ['two words', `'two words'`, `"two words"`],
    ["it's", `'it'\\''s'`, `"it's"`],
    ['$HOME', `'$HOME'`, '$$HOME'],
    ['a"b\\c', `'a"b\\c'`, '"a\\"b\\\\c"'],
    ['a;b', `'a;b'`, '"a;b"'],
    [';', `';'`, '";"'],
    ['ä', `'ä'`, '"ä"'],
  ])('%s', (text, shell, systemd) => {
    expect([shellWord(text), systemdWord(text)]).toEqual([shell, systemd]);
  });

  test.each([
    ['~', '~'],
    ['~/', '~/'],
    ['~//', '~/'],
    ['~/a b', `~/'a b'`],
    ['~/a', '~/a'],
    ['a~/b', `'a~/b'`],
    ['~user', `'~user'`],
    ['-rf', './-rf'],
    ['a-rf', 'a-rf'],
    ['/a/b', '/a/b'],
  ])('the path %s', (path, word) => {
    expect(shellPath(path)).toBe(word);
  });

  test.each(['a\nb', 'a\u0000', '\u007f', '\u0085', 'x\u202ey', '\u2028', '\u2066'])(
    '%j is refused',
    (text) => {
      const expected = ['shell-control-character', { characters: text.length }];
      for (const quote of [shellWord, shellPath, systemdWord])
        expect(refusal(() => quote(text))).toEqual(expected);
    },
  );
  test('nothing is refused', () => {
    for (const quote of [shellWord, shellPath, systemdWord])
      expect(refusal(() => quote(''))).toEqual(['shell-empty', {}]);
  });
});

test.each([
  [[], true],
  [[0, 0], true],
  [[0, 1], false],
  [[1, 0], false],
])('%j is nothing but zeros: %s', (bytes, zero) => {
  expect(isZero(Uint8Array.from(bytes))).toBe(zero);
});
