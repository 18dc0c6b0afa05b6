import { hex } from '@scure/base';
import { expect, test } from 'vitest';
import { readProof, writeProof } from '../../../src/protocol/proof';

const proof = { nonce: 28, indices: hex.decode('8d81ea40'), pow: 2n ** 63n + 1n };
const json = '{"nonce":28,"indices":"jYHqQA==","pow":9223372036854775809}';

test('written as post-rs writes it', () => {
  expect(writeProof({ ...proof, indices: new Uint8Array(proof.indices) })).toBe(json);
});

test.each([
  ['post-rs JSON', json],
  ["Go's keys", '{"Nonce":28,"Indices":"jYHqQA==","Pow":9223372036854775809}'],
  ['numbers in quotes', '{"pow":"9223372036854775809","nonce":"28","indices":"jYHqQA=="}'],
  ['hex indices', '{"nonce":28,"indices":"0x8d81ea40","pow":9223372036854775809}'],
  ['SCALE in hex', '70108d81ea40130100000000000080'],
  ['SCALE in 0x hex', '0x70108d81ea40130100000000000080'],
  ['SCALE in base64', 'cBCNgepAEwEAAAAAAACA'],
  ['what white space surrounds', ` \n${json}\n`],
  [
    'fields with white space',
    { nonce: ' 28', indices: ' jYHqQA== ', pow: '9223372036854775809\n' },
  ],
  ['fields', { nonce: '28', indices: 'jYHqQA==', pow: '9223372036854775809' }],
  ['typed fields', { nonce: 28n, indices: proof.indices, pow: proof.pow }],
])('reads %s', (_, source) => {
  const read = readProof(source);
  expect({ ...read, indices: hex.encode(read.indices) }).toEqual({ ...proof, indices: '8d81ea40' });
});

test.each([
  ['{"nonce":28,"pow":1}', 'has no “indices”'],
  ['{"nonce":-1,"indices":"","pow":1}', 'whole number of at most 32 bits as “nonce”'],
  ['{"nonce":4294967296,"indices":"","pow":1}', 'whole number of at most 32 bits as “nonce”'],
  ['{"nonce":1,"indices":[1],"pow":1}', 'base64 in quotes'],
  ['{"nonce":1,"indices":"jYHqQA","pow":1}', 'padded base64 or hex'],
  ['70108d81', 'cut off'],
  ['nonsense!', 'padded base64 or hex'],
])('refuses %s', (source, reason) => {
  expect(() => readProof(source)).toThrow(reason);
});

test('refuses fields that are not numbers of their width', () => {
  expect(() => readProof({ nonce: 1.5, indices: '', pow: 0 })).toThrow(
    'nonce must be a whole number',
  );
  expect(() => readProof({ nonce: 1, indices: '', pow: 2n ** 64n })).toThrow('pow must be');
  expect(() => readProof({ nonce: 1, indices: '8d0x81', pow: 0 })).toThrow('indices must be');
});

test('a known length tells short hex from base64', () => {
  const indices = (text: string, length?: number) =>
    hex.encode(readProof({ nonce: 1, indices: text, pow: 0 }, length).indices);
  expect(indices('0c11131c', 4)).toBe('0c11131c');
  expect(indices('0c11131c', 6)).toBe('d1cd75d77d5c');
  expect(indices('0x0c11131c', 6)).toBe('0c11131c');
  expect(indices('0c11131c')).toBe('0c11131c');
  // 0x makes it hex, though it could be base64 of six bytes.
  expect(indices('0x0c1113', 6)).toBe('0c1113');
  expect(indices('0C1113')).toBe('0c1113');
  expect(indices('')).toBe('');
});

test('a refusal has a code and states its subject', () => {
  const refusal = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  expect(refusal(() => readProof({ nonce: 1.5, indices: '', pow: 0 }))).toMatchObject({
    code: 'proof-invalid',
    details: { what: 'nonce', value: 1.5 },
  });
  expect(refusal(() => readProof({ nonce: 1, indices: '!', pow: 0 }))).toMatchObject({
    code: 'proof-invalid',
    message: expect.stringMatching(/^indices must be/) as string,
    details: { what: 'indices' },
    cause: expect.any(Error) as Error,
  });
  expect(refusal(() => readProof('{"nonce":1,"indices":"","pow":-1}'))).toMatchObject({
    code: 'proof-invalid',
    details: { what: 'The proof', line: 1, column: 31 },
  });
  expect(refusal(() => readProof('7010'))).toMatchObject({
    code: 'scale-invalid',
    details: { what: 'proof' },
  });
});
