// The edges of reading a key; the keys of real nodes are in test/unit/identity/keys.test.ts.
import { describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../src/base/error';
import { PrivateKey, parseKey } from '../../../src/protocol/keys';
import { recogniseFile } from '../../../src/protocol/recognise';

const key = new PrivateKey(new Uint8Array(32).fill(7));
const file = key.toKeyFile();
const refusal = (text: string): WorkbenchError => {
  try {
    parseKey(text);
  } catch (error) {
    if (error instanceof WorkbenchError) return error;
    throw error;
  }
  throw new Error('it was read');
};

test.each([0, 31, 33])('a seed of %d bytes is refused', (length) => {
  expect(() => new PrivateKey(new Uint8Array(length))).toThrow(
    expect.objectContaining({ code: 'seed-wrong-length', details: { actualBytes: length } }),
  );
});

/** The last text that a regular expression matched. */
const lastMatched = (): unknown => Reflect.get(RegExp, 'input');

test.each([
  ['a key file', file],
  ['the key with 0x and a newline', `0x${file}\n`],
  ['a key whose halves differ', `${file.slice(0, 64)}${'00'.repeat(32)}`],
  ['half a byte too much', `${file}0`],
])('parseKey: %s, the engine holds no match of its text', (_, text) => {
  /0/.exec(text);
  expect(lastMatched()).toBe(text);
  try {
    parseKey(text);
  } catch (error) {
    expect(error).toBeInstanceOf(WorkbenchError);
  }
  expect(lastMatched()).toBe('');
});

test('recogniseFile: a key file, the engine holds no match of its text', () => {
  const head = new TextEncoder().encode(file);
  expect(recogniseFile({ name: 'local.key', sizeBytes: head.length, head })).toBe('key');
  expect(lastMatched()).toBe('');
});

describe('text that is not a key', () => {
  test.each([
    ['text of 4096 characters', 'z'.repeat(4096), 'key-not-readable', { characters: 4096 }],
    ['longer text', 'z'.repeat(4097), 'key-too-long', { characters: 4097 }],
    [
      'hex without its last digit',
      file.slice(1),
      'key-wrong-length',
      { characters: 127, expectedCharacters: 128 },
    ],
    [
      'hex that does not begin as hex',
      `g${file.slice(1)}`,
      'key-not-readable',
      { characters: 128 },
    ],
    [
      '0x within',
      `${file.slice(0, 64)}0x${file.slice(64)}`,
      'key-not-readable',
      { characters: 130 },
    ],
    ['63 digits', file.slice(65), 'key-not-readable', { characters: 63 }],
    ['base64 with padding in front', `=${'A'.repeat(43)}`, 'key-not-readable', { characters: 44 }],
    ['base64 with a stray sign', `${'A'.repeat(42)}!`, 'key-not-readable', { characters: 43 }],
    ['base64 that begins with one', `!${'A'.repeat(42)}`, 'key-not-readable', { characters: 43 }],
  ])('%s', (_, text, code, details) => {
    expect(refusal(text)).toMatchObject({ code, details });
  });

  test('too few digits or too many are distinguished', () => {
    expect(refusal(file.slice(1)).message).toContain('some are missing');
    expect(refusal(`${file}00`).message).toContain('too many');
  });
});

describe('what is beside keys is named', () => {
  test.each([
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'This is a PEM file'],
    ['  -----BEGIN CERTIFICATE-----', 'This is a PEM file'],
    ['ssh-ed25519 AAAAC3Nz', 'This is an SSH key'],
    ['{"Key":"abc","ID":"def"}', 'This is p2p.key'],
    [' {"Key" : "abc", "ID"  : "def"}', 'This is p2p.key'],
    ['{"NodeId": "abc"}', 'This is postdata_metadata.json'],
    ['{"commitmentatxid": "abc"}', 'This is postdata_metadata.json'],
    ['{"crypto": {}}', 'This is a wallet file'],
    ['{"cipherText": ""}', 'This is a wallet file'],
    ['\n{"Key": "abc"}', 'This is JSON, not a key'],
    ['{"ID": "abc"}', 'This is JSON, not a key'],
    ['{}', 'This is JSON, not a key'],
  ])('%s', (text, message) => {
    expect(refusal(text)).toMatchObject({
      code: 'key-of-other-kind',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each(['my -----BEGIN', 'my ssh-key', 'a {"Key": 1}'])(
    'but not within other text: %s',
    (text) => {
      expect(refusal(text).code).toBe('key-not-readable');
    },
  );
});

test('a signature is over network, domain and message', () => {
  const sign = (network: number, domain: 'atx' | 'ballot', message: number) =>
    key.sign(Uint8Array.of(network), domain, Uint8Array.of(message)).join();
  const signatures = [
    sign(1, 'atx', 1),
    sign(2, 'atx', 1),
    sign(1, 'ballot', 1),
    sign(1, 'atx', 2),
  ];
  expect(new Set(signatures).size).toBe(4);
  expect(sign(1, 'atx', 1)).toBe(signatures[0]);
});
