// ATXs of shapes that the small network of the vectors did not make, written here byte by byte.
import { blake3 } from '@noble/hashes/blake3.js';
import { describe, expect, test } from 'vitest';
import { decodeAtx, postsOf } from '../../../src/protocol/atx';
import { concatBytes, toHex } from '../../../src/base/bytes';
import { merkleRoot } from '../../../src/protocol/merkle';
import { encodeCompact } from '../../../src/protocol/scale';

const compact = (value: number | bigint) => encodeCompact(BigInt(value));
const filled = (value: number, length = 32) => new Uint8Array(length).fill(value);
const none = Uint8Array.of(0);
const some = (...parts: Uint8Array[]) => concatBytes(Uint8Array.of(1), ...parts);
const list = (...elements: Uint8Array[]) => concatBytes(compact(elements.length), ...elements);
const little = (value: number, length: number) =>
  Uint8Array.of(value, ...new Uint8Array(length - 1));

const post = (nonce: number) =>
  concatBytes(compact(nonce), compact(4), filled(nonce, 4), compact(nonce + 1));
const proof = (nonce: number) => ({ nonce, indices: filled(nonce, 4), pow: BigInt(nonce + 1) });
const postRoot = (nonce: number) =>
  merkleRoot([little(nonce, 4), filled(nonce, 4), little(nonce + 1, 8)]);
const tail = [filled(30), filled(31, 64)];

describe('version 1', () => {
  const atxV1 = (initialPost: Uint8Array, nipost: Uint8Array) => {
    const signed = concatBytes(
      compact(7),
      compact(0),
      filled(1),
      filled(2),
      some(filled(3)),
      initialPost,
      filled(4, 24),
      compact(5),
      nipost,
      none,
      none,
    );
    return { signed, blob: concatBytes(signed, ...tail) };
  };
  const nipost = (thePost: Uint8Array, metadata: Uint8Array) =>
    some(concatBytes(list(filled(5), filled(6)), compact(9), thePost, metadata));
  const metadata = some(concatBytes(compact(32), filled(8), compact(1024)));
  const initial = { numUnits: 5, marriageIndex: 0, initial: true, challenge: filled(0) };
  const own = { numUnits: 5, marriageIndex: 0, initial: false, challenge: filled(8) };

  test('all its parts', () => {
    const { signed, blob } = atxV1(some(post(20)), nipost(some(post(21)), metadata));
    expect(decodeAtx(blob, 1)).toMatchObject({
      version: 1,
      id: blake3(signed),
      publishEpoch: 7,
      sequence: 0n,
      previousAtx: filled(1),
      positioningAtx: filled(2),
      commitmentAtx: filled(3),
      initialPost: proof(20),
      coinbase: filled(4, 24),
      numUnits: 5,
      nipost: {
        membership: { nodes: [filled(5), filled(6)], leafIndex: 9n },
        post: proof(21),
        postMetadata: { challenge: filled(8), labelsPerUnit: 1024n },
      },
      nodeId: undefined,
      vrfNonce: undefined,
      smesher: filled(30),
      signature: filled(31, 64),
    });
  });

  test.each([
    [
      'the initial one and its own',
      some(post(20)),
      nipost(some(post(21)), metadata),
      [
        { ...initial, proof: proof(20) },
        { ...own, proof: proof(21) },
      ],
    ],
    ['its own alone', none, nipost(some(post(21)), metadata), [{ ...own, proof: proof(21) }]],
    ['the initial one alone', some(post(20)), none, [{ ...initial, proof: proof(20) }]],
    ['none', none, none, []],
    ['none, for its challenge is missing', none, nipost(some(post(21)), none), []],
    ['none, for only the challenge is there', none, nipost(none, metadata), []],
  ])('its PoSTs: %s', (_, initialPost, ownPost, expected) => {
    expect(postsOf(decodeAtx(atxV1(initialPost, ownPost).blob, 1))).toEqual(expected);
  });
});

describe('version 2', () => {
  const subPost = (previousAtxIndex: number) =>
    concatBytes(compact(2), compact(previousAtxIndex), compact(11), post(22), compact(6));
  const atxV2 = (previousAtxIndex = 1, posts = [subPost(previousAtxIndex)]) =>
    concatBytes(
      compact(7),
      filled(2),
      filled(4, 24),
      some(concatBytes(filled(3), post(20))),
      list(filled(12), filled(13)),
      list(concatBytes(list(filled(14)), filled(15), list(...posts))),
      compact(300),
      list(concatBytes(filled(16), filled(17, 64))),
      some(filled(18)),
      ...tail,
    );

  const zeros = (count: number) => Array.from({ length: count }, () => filled(0));
  /** ActivationTxV2.merkleTree, with every leaf written out. */
  const idWith = (subPostRoots: readonly Uint8Array[]) =>
    toHex(
      merkleRoot([
        little(7, 32),
        filled(2),
        filled(4, 24),
        merkleRoot([filled(3), postRoot(20)]),
        merkleRoot([filled(12), filled(13), ...zeros(254)]),
        merkleRoot([
          merkleRoot([
            concatBytes(compact(1), filled(14)),
            filled(15),
            merkleRoot([...subPostRoots, ...zeros(256 - subPostRoots.length)]),
          ]),
          ...zeros(3),
        ]),
        Uint8Array.of(0x2c, 1, ...new Uint8Array(30)),
        merkleRoot([merkleRoot([filled(16), filled(17, 64)]), ...zeros(255)]),
        filled(18),
      ]),
    );
  const subPostRoot = merkleRoot([
    little(2, 4),
    filled(13),
    little(11, 32),
    postRoot(22),
    little(6, 4),
  ]);

  test('all its parts, and the id over them', () => {
    const atx = decodeAtx(atxV2(), 2);
    expect(toHex(atx.id)).toBe(idWith([subPostRoot]));
    expect(atx).toMatchObject({
      version: 2,
      publishEpoch: 7,
      positioningAtx: filled(2),
      coinbase: filled(4, 24),
      initial: { commitmentAtx: filled(3), post: proof(20) },
      previousAtxs: [filled(12), filled(13)],
      vrfNonce: 300n,
      marriages: [{ referenceAtx: filled(16), signature: filled(17, 64) }],
      marriageAtx: filled(18),
      smesher: filled(30),
      signature: filled(31, 64),
    });
  });

  test('a PoST that names a previous ATX which there is not counts as nothing in the id', () => {
    expect(toHex(decodeAtx(atxV2(2), 2).id)).toBe(idWith([new Uint8Array()]));
  });

  test('its PoSTs, the initial one first', () => {
    expect(postsOf(decodeAtx(atxV2(), 2))).toEqual([
      { proof: proof(20), challenge: filled(0), numUnits: 6, marriageIndex: 0, initial: true },
      { proof: proof(22), challenge: filled(15), numUnits: 6, marriageIndex: 2, initial: false },
    ]);
  });

  test('an initial PoST without any other has no units', () => {
    expect(postsOf(decodeAtx(atxV2(0, []), 2))).toEqual([
      { proof: proof(20), challenge: filled(0), numUnits: 0, marriageIndex: 0, initial: true },
    ]);
  });
});
