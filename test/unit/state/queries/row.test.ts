import { describe, expect, test } from 'vitest';
import {
  bytes,
  bytesOrNull,
  integer,
  integerOrNull,
  number,
  numberOrNull,
} from '../../../../src/state/queries/row';

const id = new Uint8Array([1, 2]);
const row = { n: 7, big: 2n ** 60n, real: 1.5, text: '7', id, empty: new Uint8Array(), none: null };
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

describe('row', () => {
  test('values of the expected kind: as they are', () => {
    expect([number(row, 'n'), number(row, 'real'), integer(row, 'n'), integer(row, 'big')]).toEqual(
      [7, 1.5, 7n, 2n ** 60n],
    );
    expect(bytes(row, 'id')).toBe(id);
    expect(bytes(row, 'empty')).toEqual(new Uint8Array());
    expect(bytesOrNull(row, 'empty')).toBeNull();
  });

  test('NULL: null where the column may be NULL, an error elsewhere, never 0 or empty', () => {
    for (const read of [numberOrNull, integerOrNull, bytesOrNull])
      expect(read(row, 'none')).toBeNull();
    for (const read of [number, integer, bytes])
      expect(() => read(row, 'none')).toThrow(code('row-value-wrong'));
  });

  test.each([number, integer, bytes, numberOrNull, integerOrNull, bytesOrNull])(
    '%o of a missing column: row-column-missing, inherited names included',
    (read) => {
      for (const column of ['missing', 'constructor', '__proto__'])
        expect(() => read(row, column)).toThrow(code('row-column-missing'));
    },
  );

  test('a value of another kind: row-value-wrong with the column and the value', () => {
    expect(() => number(row, 'text')).toThrow(/"text" holds "7" where a number is expected/);
    expect(() => integer(row, 'real')).toThrow(/"real" holds "1.5" where an integer/);
    expect(() => bytes(row, 'n')).toThrow(/where a BLOB is expected/);
    expect(() => bytesOrNull(row, 'n')).toThrow(code('row-value-wrong'));
  });
});
