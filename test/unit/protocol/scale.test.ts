import { hex } from '@scure/base';
import { expect, test } from 'vitest';
import { ScaleReader, encodeCompact } from '../../../src/protocol/scale';

const reader = (digits: string) => new ScaleReader(hex.decode(digits), 'message');

test.each([
  ['00', 0n],
  ['fc', 63n],
  ['0101', 64n],
  ['fdff', 16383n],
  ['02000100', 16384n],
  ['feffffff', 2n ** 30n - 1n],
  ['0300000040', 2n ** 30n],
  ['13ffffffffffffffff', 2n ** 64n - 1n],
  ['07000000c001', 0x01c0000000n],
])('compact %s is %d', (digits, value) => {
  const scale = reader(digits);
  expect(scale.compact(64)).toBe(value);
  scale.end();
  expect(hex.encode(encodeCompact(value))).toBe(digits);
  expect(hex.encode(scale.since(0))).toBe(digits);
  expect(scale.offset).toBe(digits.length / 2);
});

test.each([
  ['', 8, 'cut off'],
  ['fd', 8, 'cut off'],
  ['0100', 64, 'wrong length'],
  ['fdff', 8, 'wrong length'],
  ['02000000', 64, 'wrong length'],
  ['03ffffff3f', 64, 'wrong length'],
  ['0300000040', 16, 'more than 16 bits'],
  ['070000000001', 32, 'more than 32 bits'],
  ['17000000000000000001', 64, 'more than 64 bits'],
] as const)('compact %s of %d bits is refused', (digits, bits, reason) => {
  expect(() => reader(digits).compact(bits)).toThrow(reason);
});

test('lists, options and bytes', () => {
  const scale = reader('08' + '0408' + '01ff' + '00' + '0cabcdef');
  expect(scale.list(2, () => scale.compact32())).toEqual([1, 2]);
  expect(scale.option(() => scale.bytes(1)[0])).toBe(0xff);
  expect(scale.option(() => scale.bytes(1)[0])).toBeUndefined();
  expect(hex.encode(scale.byteSlice(3))).toBe('abcdef');
  scale.end();
});

test('a flag that is neither 0 nor 1 is refused', () => {
  expect(() => reader('02').bool()).toThrow('has 2 instead of 0 or 1');
});

test('a list over its limit, and bytes left over, are refused', () => {
  expect(() => reader('0cabcdef').byteSlice(2)).toThrow('3 elements where 2 are allowed');
  expect(() => reader('feffffff').byteSlice(100)).toThrow('where 100 are allowed');
  expect(() => {
    const scale = reader('0000');
    scale.bytes(1);
    scale.end();
  }).toThrow('1 byte more');
});

test('an error states what was read, and where it went wrong', () => {
  const scale = reader('000002000000');
  scale.bytes(2);
  expect(() => scale.compact(32)).toThrow(
    expect.objectContaining({
      code: 'scale-invalid',
      message: expect.stringMatching(/^This message .* \(at byte 2 of 6\)/) as string,
      details: { what: 'message', offset: 2, length: 6 },
    }),
  );
});
