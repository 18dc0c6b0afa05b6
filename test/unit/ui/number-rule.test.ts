import { describe, expect, test } from 'vitest';
import { numberProblem, parseNumber, type NumberRule } from '../../../src/ui/number-rule';

const nonces = { min: 16, max: 4096, step: 16 } satisfies NumberRule;

describe('numberProblem', () => {
  test.each<[string, NumberRule | undefined]>([
    ['1', undefined],
    ['-2.5', undefined],
    ['1,000', { min: 0 }],
    ['0', { min: 0 }],
    ['Infinity', { min: 0, takesInfinity: true }],
    ['16', nonces],
    ['4096', nonces],
    ['5', { min: 1, max: 5, step: 1 }],
  ])('numberProblem: %s under %o, nothing', (text, rule) => {
    expect(numberProblem(text, { label: 'Size', rule })).toBeUndefined();
  });

  test.each<[string, NumberRule | undefined, string]>([
    [
      '100',
      nonces,
      '“100” is not valid for Size (SU). Enter a multiple of 16 from 16 to 4,096, such as 96 or 112.',
    ],
    [
      '8',
      nonces,
      '“8” is not valid for Size (SU). Enter a multiple of 16 from 16 to 4,096, such as 16.',
    ],
    [
      '0',
      nonces,
      '“0” is not valid for Size (SU). Enter a multiple of 16 from 16 to 4,096, such as 16.',
    ],
    [
      '9999',
      nonces,
      '“9999” is not valid for Size (SU). Enter a multiple of 16 from 16 to 4,096, such as 4,096.',
    ],
    [
      '4095.5',
      nonces,
      '“4095.5” is not valid for Size (SU). Enter a multiple of 16 from 16 to 4,096, such as 4,080 or 4,096.',
    ],
    ['', nonces, 'Size (SU) is empty. Enter a multiple of 16 from 16 to 4,096.'],
    [' x ', undefined, '“x” is not valid for Size (SU). Enter a number.'],
    ['-1', { min: 0 }, '“-1” is not valid for Size (SU). Enter a number, 0 or more.'],
    ['0', { min: 0, isAboveMin: true }, '“0” is not valid for Size (SU). Enter a number above 0.'],
    ['Infinity', { min: 0 }, '“Infinity” is not valid for Size (SU). Enter a number, 0 or more.'],
    [
      '-Infinity',
      { min: 0, takesInfinity: true },
      '“-Infinity” is not valid for Size (SU). Enter a number, 0 or more, or “Infinity”.',
    ],
    [
      '101',
      { min: 0, max: 100 },
      '“101” is not valid for Size (SU). Enter a number from 0 to 100.',
    ],
    [
      '0',
      { min: 0, max: 100, isAboveMin: true },
      '“0” is not valid for Size (SU). Enter a number above 0, up to 100.',
    ],
    ['3', { max: 2 }, '“3” is not valid for Size (SU). Enter a number up to 2.'],
    [
      '1.5',
      { min: 1, step: 1 },
      '“1.5” is not valid for Size (SU). Enter a whole number, 1 or more, such as 1 or 2.',
    ],
  ])('numberProblem: %s under %o, what to enter instead', (text, rule, problem) => {
    expect(numberProblem(text, { label: 'Size', unit: 'SU', rule })).toBe(problem);
  });

  test('numberProblem: a field without a unit, only its label', () => {
    expect(numberProblem('', { label: 'Size' })).toBe('Size is empty. Enter a number.');
  });

  test('parseNumber: blanks and thousands, read over', () => {
    expect(parseNumber(' 32,768 ')).toBe(32_768);
    expect(parseNumber('')).toBeNaN();
    expect(parseNumber('1 2')).toBeNaN();
  });
});
