/** Inputs for parsers: true examples with some edits, words of their grammars in any order, and noise. */
import fc from 'fast-check';

/** What grammars are made of, and values that numbers, names and encodings stumble over. */
const words = [
  ...Array.from('{}[]()<>"\'`\\/:;,.=-+*#@$?!~|&%^_ \t\n\r0123456789aAzZ'),
  ...['null', 'true', 'false', 'NaN', '+Inf', 'Infinity', '1e999', '-0', '0x', '1e-400', '0.1'],
  ...['4294967296', '9007199254740993', '18446744073709551615', '18446744073709551616', '-1'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'prototype'],
  ...['\u0000', '\ufeff', '\ud800', '\udfff', '\u2028', 'é', '🦊', '\r\n', '\u001b[31m'],
  ...['{"', '":', '{"a":', '[[', ']]', '"\\u', '\\"', '$a(', '/*', '*/', '--', "''", '::', '..'],
  ...['{"__proto__":{}}', '{"constructor":1}', '[null]', '{"T":', '"L":"INFO",', '\tINFO\t'],
  ...[
    '{"smeshing":',
    '"timestamp":"2026-11-21T08:46:51Z"',
    'ERROR:',
    '# TYPE ',
    '# EOF',
    'HTTP/1.1',
  ],
  ...[
    'SELECT ',
    'WITH ',
    'EXPLAIN ',
    'PRAGMA ',
    ' FROM ',
    'VALUES',
    ' AS ',
    'sm1',
    'stest1',
    '0.5h',
  ],
  ...['profiler -t ', '{"speed_gib_s":0.5}', '"average_time":{"secs":', 'iterations'],
];

const edit = fc.tuple(
  fc.nat({ max: 6 }),
  fc.nat({ max: 1 << 20 }),
  fc.nat({ max: 300 }),
  fc.constantFrom(...words),
  fc.nat({ max: 0xffff }),
);

function editText(
  text: string,
  [kind, place, length, word, code]: [number, number, number, string, number],
): string {
  const at = place % (text.length + 1);
  const before = text.slice(0, at);
  switch (kind) {
    case 0:
      return before + text.slice(at + length);
    case 1:
      return before + text.slice(at, at + length).repeat(1 + (code % 8)) + text.slice(at);
    case 2:
      return before + word + text.slice(at);
    case 3:
      return before + String.fromCharCode(code) + text.slice(at + 1);
    case 4:
      return before;
    case 5:
      return before + word.repeat(length) + text.slice(at);
    default:
      return before + word + text.slice(at + word.length);
  }
}

export const texts = (examples: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 7,
      arbitrary: fc
        .tuple(fc.constantFrom(...examples), fc.array(edit, { maxLength: 6 }))
        .map(([text, edits]) => edits.reduce(editText, text)),
    },
    {
      weight: 2,
      arbitrary: fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((all) => all.join('')),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  );

const byteEdit = fc.tuple(
  fc.nat({ max: 7 }),
  fc.nat({ max: 1 << 20 }),
  fc.nat({ max: 300 }),
  fc.nat({ max: 255 }),
);

/** Changes a few bytes, or the length. */
function editBytes(
  bytes: Uint8Array,
  [kind, place, length, value]: [number, number, number, number],
): Uint8Array {
  const at = place % (bytes.length + 1);
  const before = bytes.subarray(0, at);
  const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  switch (kind) {
    case 0:
      return joined(before, bytes.subarray(at + length));
    case 1:
      return joined(before, bytes.subarray(at, at + length), bytes.subarray(at));
    case 2:
      return joined(before);
    case 3:
      return joined(before, new Uint8Array(length).fill(value), bytes.subarray(at));
    case 4:
      return joined(
        before,
        new Uint8Array(length % 9).fill(255),
        bytes.subarray(at + (length % 9)),
      );
    case 5: {
      const copy = joined(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << (value % 8));
      return copy;
    }
    default: {
      const copy = joined(bytes);
      copy[at] = value;
      return copy;
    }
  }
}

export const edited = (examples: readonly Uint8Array[], maxEdits = 4): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom(...examples), fc.array(byteEdit, { maxLength: maxEdits }))
    .map(([bytes, edits]) => edits.reduce(editBytes, bytes));

export const byteStrings = (examples: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 5, arbitrary: edited(examples) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  );
