import { describe, expect, test } from 'vitest';
import { invalid, nonceCount, nonNegative, positive, whole } from '../../../src/simulate/inputs';
import { refusal } from '../../support/simulate';

describe('an input that is refused', () => {
  test('is named with what is wanted of it and what it is', () => {
    const error = invalid('nonces', 'a whole number', 1.5);
    expect(error.message).toBe('Nonces per pass must be a whole number, but it is 1.5.');
    expect(error).toMatchObject({
      code: 'input-not-valid',
      details: { what: 'nonces', value: 1.5 },
    });
    expect(invalid('drives', 'two or more', '').message).toBe(
      'drives must be two or more, but it is .',
    );
  });

  test('is called no number where it is none', () => {
    expect(invalid('threads', 'at least 1', NaN).message).toBe(
      'Threads must be at least 1, but no number was given.',
    );
  });
});

describe('a check lets through', () => {
  test.each<[string, (value: number, what: string) => number, number[], number[]]>([
    ['0, more and without end', nonNegative, [0, 1e-300, 5, Infinity], [-1e-300, -Infinity, NaN]],
    ['above 0 and finite', positive, [1e-300, 1e300], [0, -1, Infinity, NaN]],
    [
      'whole numbers of a range',
      (value, what) => whole(value, what, -2, 3),
      [-2, 0, 3],
      [-3, 4, 0.5, NaN, Infinity],
    ],
  ])('%s', (_, check, taken, refused) => {
    for (const value of taken) expect(check(value, 'it')).toBe(value);
    for (const value of refused)
      expect(refusal(() => check(value, 'it'))).toEqual({ what: 'it', value });
  });

  test('states from where to where', () => {
    expect(() => whole(9, 'epochs', 1, 8)).toThrow('epochs must be a whole number from 1 to 8');
  });
});

describe('invalid', () => {
  test.each([
    ['diskBytesPerS', -5e6, 'Disk speed (MB/s) must be right, but it is −5.'],
    ['gapS', -3600, 'Cycle gap (hours) must be right, but it is −1.'],
    ['poetPhaseShiftMs', 36e5, 'PoET phase shift (hours) must be right, but it is 1.'],
    ['numUnits', 32_768, 'Size (SU) must be right, but it is 32,768.'],
    ['no field of a page', 3, 'no field of a page must be right, but it is 3.'],
  ])('%s: a wrong value, named by the label of its field and in its unit', (what, value, text) => {
    expect(invalid(what, 'right', value).message).toBe(text);
    expect(invalid(what, 'right', value).details).toEqual({ what, value });
  });
});

describe('nonceCount', () => {
  test.each([16, 288, 4096])('%d nonces, taken', (nonces) => {
    expect(nonceCount(nonces)).toBe(nonces);
  });

  test.each([
    [280, '272 or 288'],
    [1, '16'],
    [16.5, '16 or 32'],
    [-16, '16'],
    [5000, '4096'],
  ])('%d nonces, refused with the nearest numbers: %s', (nonces, nearest) => {
    expect(() => nonceCount(nonces)).toThrow(
      `Nonces per pass must be a multiple of 16 from 16 to 4096 (${nearest}), but it is`,
    );
  });

  test('no number, refused without a suggestion', () => {
    expect(() => nonceCount(NaN)).toThrow('from 16 to 4096, but no number was given');
  });
});
