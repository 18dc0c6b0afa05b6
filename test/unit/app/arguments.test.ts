import { describe, expect, test } from 'vitest';
import {
  bytes,
  choice,
  each,
  list,
  number,
  optional,
  position,
  shape,
  text,
  type Reader,
} from '../../../src/app/arguments';
import { WorkbenchError } from '../../../src/base/error';

function refusal(read: Reader, value: unknown, name = 'count'): WorkbenchError {
  try {
    read(value, name);
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('number and position', () => {
  test('number: a number or a bigint, the number', () => {
    expect(number(5, 'count')).toBe(5);
    expect(number(5n, 'count')).toBe(5);
  });

  test('position: a number or a bigint, the bigint', () => {
    expect(position(0, 'startNonce')).toBe(0n);
    expect(position(2n ** 63n, 'startNonce')).toBe(2n ** 63n);
  });

  test.each([
    ['NaN', NaN],
    ['a text', '5'],
    ['null', null],
    ['a list', [5]],
  ])('number: %s, refused by name', (_, value) => {
    const error = refusal(number, value);
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(/^count is .*\. Give a number\.$/);
    expect(error.details).toEqual({ argument: 'count' });
  });

  test.each([
    ['a negative number', -1],
    ['a fraction', 0.5],
    ['an inexact number', 2 ** 53],
    ['Infinity', Infinity],
    ['a negative bigint', -1n],
  ])('position: %s, refused', (_, value) => {
    expect(refusal(position, value).code).toBe('invalid-argument');
  });
});

describe('shape', () => {
  const scan = shape({ scan: list(shape({ nonces: number, name: optional(text) })) });

  test('shape: a field within a list, is named by its path', () => {
    expect(refusal(scan, { scan: [{ nonces: 16 }, { nonces: '16' }] }, '').message).toBe(
      'scan[1].nonces is "16". Give a number.',
    );
  });

  test('shape: a field that is missing, is reported as missing', () => {
    expect(refusal(scan, {}, '').message).toBe('scan is missing. Give a list.');
  });

  test('shape: not an object, the request is named', () => {
    expect(refusal(scan, 5, '').message).toBe('The request is 5. Give an object.');
  });

  test('shape: fields that it does not know, are kept', () => {
    expect(scan({ scan: [], more: 1 }, '')).toEqual({ scan: [], more: 1 });
  });
});

test('each: an iterable without an end, refused', () => {
  function* endless(): Generator<number> {
    for (;;) yield 1;
  }
  expect(refusal(each('a list', number), endless()).message).toContain('more than 1000000 entries');
});

test('choice: another text, refused with the choices', () => {
  expect(refusal(choice('auto', 'cpu'), 'tpu', 'backend').message).toBe(
    "backend is \"tpu\". Give 'auto' or 'cpu'.",
  );
});

test('bytes: an object whose conversion to text throws, refused without running it', () => {
  const hostile = {
    toString: () => {
      throw new Error('ran');
    },
  };
  expect(refusal(bytes, hostile, 'nodeId').message).toBe(
    'nodeId is an object. Give bytes: a Uint8Array, or their hex or base64.',
  );
});
