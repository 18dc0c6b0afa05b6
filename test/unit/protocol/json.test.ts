import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../src/protocol/error';
import { parseJson, placeAt, plainJson, unsignedInteger } from '../../../src/protocol/json';

const failure = (text: string): WorkbenchError => {
  try {
    parseJson(text, 'config.json');
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
  throw new Error('it was read');
};

test('a second colon is pointed at, on its line', () => {
  const text = '{\n  "NumUnits": 4,\n  "MaxFileSize": :4294967296,\n  "Nonce": 7\n}';
  const error = failure(text);
  expect(error.code).toBe('json-invalid');
  expect(error.details).toMatchObject({ line: 3, column: 18, offset: text.indexOf(': :') + 2 });
  expect(error.message).toBe(
    'config.json needs a value, but has “:”, at line 3, column 18:\n' +
      '  "MaxFileSize": :4294967296,\n' +
      '                 ^',
  );
});

test.each([
  ['', 'its end'],
  ['   ', 'its end'],
  ['{"a" 1}', 'needs “:” after the key “a”'],
  ['{"a": 1 "b": 2}', 'needs “,” or “}”'],
  ['{"a": 1,}', 'needs a key in double quotes, but has “}”'],
  ['{a: 1}', 'needs a key in double quotes, but has “a”'],
  ['[1, 2', 'needs “,” or “]”, but has its end'],
  ['[1, ]', 'needs a value, but has “]”'],
  ['{"a": 01}', 'not valid JSON'],
  ['{"a": 1.}', 'not valid JSON'],
  ['{"a": +1}', 'needs a value, but has “+”'],
  ['{"a": "b}', 'string that does not end'],
  ['{"a": "line\nbreak"}', 'line break or control character'],
  ['{"a": "C:\\x"}', 'unknown escape (a backslash is written \\\\)'],
  [`"${'a'.repeat(1_000_000)}`, 'string that does not end'],
  [`"${'\\n'.repeat(1_000_000)}`, 'string that does not end'],
  ['{} {}', 'goes on after its end with “{”'],
  ['// comment\n{}', 'needs a value, but has “/”'],
  ['nul', 'needs a value'],
  ['\ufeff{}', 'byte order mark'],
  ['['.repeat(100_000), 'nested deeper'],
])('refuses %j', (text, reason) => {
  expect(failure(text).message).toContain(reason);
});

describe('what is read', () => {
  test.each([
    'null',
    'true',
    '"\\u00e9\\n\\"\\ud83d\\ude00"',
    '[]',
    ' { } ',
    '[1, -0, 2.5e-3, 1E5, {"a": [false, {}], "": ""}]',
  ])('%s as JSON.parse reads it', (text) => {
    expect(plainJson(parseJson(text))).toEqual(JSON.parse(text));
  });

  test('big integers stay exact, floats are floats', () => {
    expect(
      plainJson(parseJson('[18446744073709551615, 9007199254740993, 9007199254740991, 1e30]')),
    ).toEqual([18446744073709551615n, 9007199254740993n, 9007199254740991, 1e30]);
  });

  test('of duplicate keys the last wins, and __proto__ is only a key', () => {
    const plain = plainJson(parseJson('{"a": 1, "a": 2, "__proto__": {"b": 3}}'));
    expect(Object.entries(plain as object)).toEqual([
      ['a', 2],
      ['__proto__', Object.assign(Object.create(null) as object, { b: 3 })],
    ]);
  });

  test('every value keeps its place', () => {
    const text = '{"a": [10, "x"]}';
    expect(parseJson(text)).toMatchObject({
      at: 0,
      members: [{ keyAt: 1, value: { at: 6, items: [{ at: 7 }, { at: 11 }] } }],
    });
  });
});

test.each([
  ['4294967295', 32, 4294967295n],
  ['4294967296', 32, undefined],
  ['18446744073709551615', 64, 18446744073709551615n],
  ['18446744073709551616', 64, undefined],
  ['9'.repeat(1_000_000), 64, undefined],
  ['-1', 64, undefined],
  ['2.0', 64, undefined],
  ['1e3', 64, undefined],
] as const)('%s as u%d', (digits, bits, value) => {
  expect(unsignedInteger({ type: 'number', at: 0, digits }, bits)).toBe(value);
});

test('a long line is shown around the place', () => {
  const text = `{"x": "${'a'.repeat(300)}", "y": !}`;
  const { excerpt, column } = placeAt(text, text.indexOf('!'));
  const [line = '', caret = ''] = excerpt.split('\n');
  expect(column).toBe(text.indexOf('!') + 1);
  expect(line.length).toBeLessThanOrEqual(76);
  expect(line[caret.indexOf('^')]).toBe('!');
});
