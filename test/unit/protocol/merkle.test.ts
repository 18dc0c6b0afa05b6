import { blake3 } from '@noble/hashes/blake3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import { merkleRoot } from '../../../src/protocol/merkle';

const leaf = (value: number, length = 32) => new Uint8Array(length).fill(value);
const over = (left: Uint8Array, right: Uint8Array) =>
  blake3(concatBytes(Uint8Array.of(1), left, right));
const [a, b, c, d, e, zeros, none] = [
  leaf(1, 4),
  leaf(2),
  leaf(3),
  leaf(4),
  leaf(5),
  leaf(0),
  leaf(0, 0),
];

test.each([
  ['one leaf is the root', [a], a],
  ['two', [a, b], over(a, b)],
  ['three are padded', [a, b, c], over(over(a, b), over(c, zeros))],
  ['four', [a, b, c, d], over(over(a, b), over(c, d))],
  [
    'five are padded on every layer',
    [a, b, c, d, e],
    over(over(over(a, b), over(c, d)), over(over(e, zeros), zeros)),
  ],
  ['an empty right leaf is hashed as nothing', [a, none], over(a, none)],
  ['an empty left leaf vanishes', [none, a, b], over(a, b)],
])('%s', (_, leaves, root) => {
  expect(merkleRoot(leaves)).toEqual(root);
});
