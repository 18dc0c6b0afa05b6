import { describe, expect, test } from 'vitest';
import { LineIndex, withoutTrailing } from '../../../src/base/text';

describe('withoutTrailing', () => {
  test.each([
    ['a==', 'a'],
    ['=a=', '=a'],
    ['==', ''],
    ['', ''],
    ['a', 'a'],
  ])('withoutTrailing: %j without "=", %j', (text, expected) => {
    expect(withoutTrailing(text, '=')).toBe(expected);
  });
});

describe('LineIndex', () => {
  test('LineIndex: every offset of a text, the number of newlines before it plus one', () => {
    const text = '\nab\n\nc\r\nd\n';
    const index = new LineIndex(text);
    for (let offset = 0; offset <= text.length; offset++)
      expect(index.lineAt(offset)).toBe(text.slice(0, offset).split('\n').length);
  });

  test('LineIndex: an empty text, line 1', () => {
    expect(new LineIndex('').lineAt(0)).toBe(1);
  });
});
