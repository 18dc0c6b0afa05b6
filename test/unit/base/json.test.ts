import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../src/base/error';
import { parseJson, placeAt, plainJson, unsignedInteger } from '../../../src/base/json';

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
  ['{} {}', 'continues after its end with “{”'],
  ['// comment\n{}', 'needs a value, but has “/”'],
  ['nul', 'needs a value'],
  ['\ufeff{}', 'byte order mark'],
])('refuses %j', (text, reason) => {
  expect(failure(text).message).toContain(reason);
});

test('long texts are refused as short ones are', () => {
  for (const piece of ['a', '\\n'])
    expect(failure(`"${piece.repeat(1_000_000)}`).message).toContain('string that does not end');
  expect(failure('['.repeat(100_000)).message).toContain('nested deeper');
});

/** The text with each of these put at, or instead of, each of its characters. */
function* damaged(text: string): Generator<string> {
  const inserts = [
    '',
    ...Array.from('{}[]",:0 -.eE+\\/u\n\t\u0000\u001f\u007f\u00a0\ufeff'),
    'null',
    'tru',
    '1',
  ];
  for (let at = 0; at <= text.length; at++)
    for (const insert of inserts)
      for (const cut of [0, 1]) yield text.slice(0, at) + insert + text.slice(at + cut);
}

test('whatever is damaged is refused exactly where JSON.parse refuses it, and else read alike', () => {
  const outcome = (parse: () => unknown): unknown => {
    try {
      return { read: parse() };
    } catch (error) {
      return error instanceof SyntaxError || error instanceof WorkbenchError ? 'refused' : error;
    }
  };
  const text = ' {"a\\u00e9": [true, -1.5e+2 ,{ }], "":false,"b":"x\\"" }\r\n';
  for (const changed of damaged(text)) {
    // JSON.parse drops no byte order mark, and neither do we.
    const [ours, theirs] = [
      () => plainJson(parseJson(changed)),
      () => JSON.parse(changed) as unknown,
    ];
    if (outcome(ours) !== outcome(theirs))
      expect([changed, outcome(ours)]).toEqual([changed, outcome(theirs)]);
  }
});

test('nested 512 deep, and no deeper', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(parseJson(nested(512))).toMatchObject({ type: 'array', at: 0 });
  const error = failure(nested(513));
  expect(error.message).toContain('is nested deeper than 512 levels, at line 1, column 513:');
  // Objects count as lists do, beside each other they do not count.
  expect(failure('{"a":'.repeat(513)).message).toContain('nested deeper');
  expect(parseJson(`[${'[],{},'.repeat(600)}0]`)).toMatchObject({ type: 'array' });
});

describe('the place of what is wrong', () => {
  test.each<[text: string, line: number, column: number, problem: string]>([
    ['', 1, 1, 'needs a value, but has its end'],
    ['\ufeff{}', 1, 1, 'begins with a byte order mark'],
    ['[1, 2', 1, 6, 'needs “,” or “]”, but has its end'],
    ['{"a": 1 "b"', 1, 9, 'needs “,” or “}”, but has “"”'],
    ['{"a": 1,}', 1, 9, 'needs a key in double quotes, but has “}”'],
    ['{"a" 1}', 1, 6, 'needs “:” after the key “a”, but has “1”'],
    ['{} {}', 1, 4, 'continues after its end with “{”'],
    ['[01]', 1, 3, 'has a number that is not valid JSON: “1” after 0'],
    ['[1.2.3]', 1, 5, 'has a number that is not valid JSON: “.” after 1.2'],
    ['[1.]', 1, 3, 'has a number that is not valid JSON: “.” after 1'],
    ['["ab', 1, 2, 'has a string that does not end'],
    ['["ab\\', 1, 2, 'has a string that does not end'],
    ['["ab\tc"]', 1, 5, 'has a line break or control character in a string'],
    ['["ab\u001f"]', 1, 5, 'has a line break or control character in a string'],
    ['\n["\\x"]', 2, 2, 'has a string with an unknown escape'],
    ['[tru]', 1, 2, 'needs a value, but has “t”'],
    ['[nul]', 1, 2, 'needs a value, but has “n”'],
    ['[\n\n fals]', 3, 2, 'needs a value, but has “f”'],
    ['[😀]', 1, 2, 'needs a value, but has “😀”'],
    ['[-]', 1, 2, 'needs a value, but has “-”'],
  ])('of %j is line %d, column %d', (text, line, column, problem) => {
    const error = failure(text);
    expect(error.details).toMatchObject({ what: 'config.json', line, column });
    expect(error.message).toContain(`config.json ${problem}`);
  });

  test('a text without a name is called so', () => {
    expect(() => parseJson('?')).toThrow(/^This JSON needs a value/);
  });

  test('is shown with its line alone, blanks for tabs, without a carriage return', () => {
    const text = 'first\r\n\tsecond\r\nthird';
    expect(placeAt(text, text.indexOf('c'))).toEqual({
      offset: text.indexOf('c'),
      line: 2,
      column: 4,
      excerpt: ' second\n   ^',
    });
    expect(placeAt(text, 0)).toMatchObject({ line: 1, column: 1, excerpt: 'first\n^' });
    expect(placeAt(text, text.length)).toMatchObject({
      line: 3,
      column: 6,
      excerpt: 'third\n     ^',
    });
    expect(placeAt('\nnext', 0).excerpt).toBe('\n^');
    expect(placeAt('a\rb', 2).excerpt).toBe('a\rb\n  ^');
  });

  test('of a long line 76 characters are shown, the place in their middle', () => {
    const text = Array.from({ length: 200 }, (_, i) => i % 10).join('');
    const shown = (at: number) => {
      const [line = '', caret = ''] = placeAt(text, at).excerpt.split('\n');
      return [text.indexOf(line), line.length, caret.length - 1];
    };
    expect(shown(0)).toEqual([0, 76, 0]);
    expect(shown(38)).toEqual([0, 76, 38]);
    // The line repeats every ten characters: 39 begins where 9 does.
    expect(placeAt(text, 39).excerpt).toBe(`${text.slice(1, 77)}\n${' '.repeat(38)}^`);
    expect(placeAt(text, 199).excerpt).toBe(`${text.slice(124)}\n${' '.repeat(75)}^`);
    expect(placeAt(text, 162).excerpt).toBe(`${text.slice(124)}\n${' '.repeat(38)}^`);
    expect(placeAt(text.slice(0, 76), 75).excerpt).toBe(`${text.slice(0, 76)}\n${' '.repeat(75)}^`);
  });
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
    const plain = (digits: string) => plainJson(parseJson(digits));
    expect(plain('-9007199254740993')).toBe(-9007199254740993n);
    expect(plain('-9007199254740991')).toBe(-9007199254740991);
    expect(plain('18446744073709551615.0')).toBe(2 ** 64);
    // Longer ones than any field has are not worth the time.
    expect(plain('9'.repeat(80))).toBe(BigInt('9'.repeat(80)));
    expect(plain('9'.repeat(81))).toBe(1e81);
  });

  test('nodes of every kind, each at its place', () => {
    expect(parseJson(' [null,true,false,-1.50e1,"a\\tb",{"k" : []}]')).toEqual({
      type: 'array',
      at: 1,
      items: [
        { type: 'null', at: 2 },
        { type: 'boolean', at: 7, value: true },
        { type: 'boolean', at: 12, value: false },
        { type: 'number', at: 18, digits: '-1.50e1' },
        { type: 'string', at: 26, value: 'a\tb' },
        {
          type: 'object',
          at: 33,
          members: [{ key: 'k', keyAt: 34, value: { type: 'array', at: 40, items: [] } }],
        },
      ],
    });
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
  ['-1', 64, undefined],
  ['2.0', 64, undefined],
  ['1e3', 64, undefined],
] as const)('%s as u%d', (digits, bits, value) => {
  expect(unsignedInteger({ type: 'number', at: 0, digits }, bits)).toBe(value);
});

test('only a number is an integer, and none of a million digits', () => {
  expect(
    unsignedInteger({ type: 'number', at: 0, digits: '9'.repeat(1_000_000) }, 64),
  ).toBeUndefined();
  expect(unsignedInteger({ type: 'string', at: 0, value: '5' }, 32)).toBeUndefined();
  expect(unsignedInteger({ type: 'null', at: 0 }, 64)).toBeUndefined();
});

test('a long line is shown around the place', () => {
  const text = `{"x": "${'a'.repeat(300)}", "y": !}`;
  const { excerpt, column } = placeAt(text, text.indexOf('!'));
  const [line = '', caret = ''] = excerpt.split('\n');
  expect(column).toBe(text.indexOf('!') + 1);
  expect(line.length).toBeLessThanOrEqual(76);
  expect(line[caret.indexOf('^')]).toBe('!');
});
