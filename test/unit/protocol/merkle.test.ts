import { blake3 } from '@noble/hashes/blake3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { isMember, merkleRoot, paddedMerkleRoot, partialTree } from '../../../src/protocol/merkle';

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

describe('filled up with zeros', () => {
  test.each([0, 1, 2, 3, 5, 7, 8])('%i leaves are as a tree that has the zeros', (count) => {
    const leaves = [a, b, c, d, e, leaf(6), leaf(7), leaf(8)].slice(0, count);
    const filled = [...leaves, ...Array<Uint8Array>(8 - count).fill(zeros)];
    expect(paddedMerkleRoot(leaves, 3)).toEqual(merkleRoot(filled));
  });

  test('an empty leaf vanishes there as well', () => {
    expect(paddedMerkleRoot([none, a, b], 2)).toEqual(merkleRoot([none, a, b, zeros]));
  });
});

describe('a part of a tree of four', () => {
  const ab = over(a, b);
  const cd = over(c, d);
  const root = over(ab, cd);

  test.each([
    ['the third leaf', [[2n, c]], [d, ab], root, [[ab]]],
    ['the last leaf', [[3n, d]], [c, ab], root, [[c, ab]]],
    ['the first leaf', [[0n, a]], [b, cd], root, [[]]],
    [
      'two in different halves',
      [
        [1n, b],
        [2n, c],
      ],
      [a, d],
      root,
      [[a], [ab]],
    ],
    [
      'two side by side',
      [
        [0n, a],
        [1n, b],
      ],
      [cd],
      root,
      [[], [a]],
    ],
    [
      'all of them',
      [
        [0n, a],
        [1n, b],
        [2n, c],
        [3n, d],
      ],
      [],
      root,
      [[], [a], [ab], [c, ab]],
    ],
    ['a way that ends where the nodes run out', [[2n, c]], [d], cd, [[]]],
    ['a leaf alone', [[5n, e]], [], e, [[]]],
  ] as const)('%s', (_, leaves, nodes, top, leftSiblings) => {
    const proven = leaves.map(([index, node]) => ({ index, node }));
    expect(partialTree(proven, nodes)).toEqual({ root: top, leftSiblings });
    expect(isMember(proven, nodes, top)).toBe(true);
    expect(isMember(proven, nodes, leaf(9))).toBe(false);
  });

  test('hashes with the given function', () => {
    const joined = (left: Uint8Array, right: Uint8Array) => concatBytes(left, right);
    expect(partialTree([{ index: 1n, node: b }], [a], joined)?.root).toEqual(concatBytes(a, b));
  });

  test.each([
    ['no leaf', []],
    [
      'a leaf twice',
      [
        [1n, b],
        [1n, b],
      ],
    ],
    [
      'leaves out of order',
      [
        [2n, c],
        [1n, b],
      ],
    ],
  ] as const)('%s is refused', (_, leaves) => {
    const proven = leaves.map(([index, node]) => ({ index, node }));
    expect(partialTree(proven, [a, d])).toBeUndefined();
    expect(isMember(proven, [a, d], root)).toBe(false);
  });
});
