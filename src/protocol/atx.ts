/**
 * Activation transactions as stored in atx_blobs (go-spacemesh v1.7.6 activation/wire/wire_v1.go,
 * wire_v2.go): decoded into typed values, with their ids recomputed.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from '../base/bytes';
import { concatBytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { merkleRoot, paddedMerkleRoot } from './merkle';
import type { Proof } from './proof';
import { readPostScale } from './proof';
import { ScaleReader, encodeCompact } from './scale';

const idBytes = 32;
const addressBytes = 24;
const signatureBytes = 64;
/** Limits of the `scale:"max=…"` tags. */
const maxMerkleNodes = 32;
const maxPreviousAtxs = 256;
const maxNiposts = 4;
const maxPosts = 256;
const maxMarriages = 256;

interface AtxCommon {
  /** 32 bytes, recomputed from the content. */
  readonly id: Bytes;
  readonly publishEpoch: number;
  readonly positioningAtx: Bytes;
  /** 24 bytes. */
  readonly coinbase: Bytes;
  /** The publisher's public key. */
  readonly smesher: Bytes;
  /** Over atxSignedBytes, domain `atx`. */
  readonly signature: Bytes;
}

export interface AtxV1 extends AtxCommon {
  readonly version: 1;
  /** How many ATXs of the identity came before. */
  readonly sequence: bigint;
  /** Zeros in the first. */
  readonly previousAtx: Bytes;
  /** Only in the first. */
  readonly commitmentAtx: Bytes | undefined;
  readonly initialPost: Proof | undefined;
  readonly nodeId: Bytes | undefined;
  readonly numUnits: number;
  readonly nipost: NipostV1 | undefined;
  /** What the identity registered at the PoET: a leaf of its members' tree (NIPostChallengeV1.Hash). */
  readonly poetChallenge: Bytes;
  /** In the first and wherever it changed. */
  readonly vrfNonce: bigint | undefined;
}

export interface NipostV1 {
  readonly membership: { readonly nodes: readonly Bytes[]; readonly leafIndex: bigint };
  readonly post: Proof | undefined;
  readonly postMetadata: { readonly challenge: Bytes; readonly labelsPerUnit: bigint } | undefined;
}

export interface AtxV2 extends AtxCommon {
  readonly version: 2;
  /** Only in an identity's first ATX. */
  readonly initial: { readonly commitmentAtx: Bytes; readonly post: Proof } | undefined;
  readonly previousAtxs: readonly Bytes[];
  readonly niposts: readonly NipostV2[];
  readonly vrfNonce: bigint;
  readonly marriages: readonly Marriage[];
  /** Only in merged ATXs: where their identities were married. */
  readonly marriageAtx: Bytes | undefined;
}

export interface NipostV2 {
  readonly membershipNodes: readonly Bytes[];
  /** Root of the PoET proof: the challenge of all these PoSTs. */
  readonly challenge: Bytes;
  readonly posts: readonly SubPost[];
}

export interface SubPost {
  /** Which of the married identities; 0 in solo ATXs. */
  readonly marriageIndex: number;
  /** Into previousAtxs. */
  readonly previousAtxIndex: number;
  readonly membershipLeafIndex: bigint;
  readonly post: Proof;
  readonly numUnits: number;
}

export interface Marriage {
  /** An ATX of the identity that marries; zeros for the publisher itself. */
  readonly referenceAtx: Bytes;
  readonly signature: Bytes;
}

export type Atx = AtxV1 | AtxV2;

/**
 * Decodes an ATX blob. Every byte must be used.
 * @param version the `version` column of atx_blobs
 * @throws WorkbenchError `scale-invalid`, `atx-version-unknown`
 */
export function decodeAtx(blob: Uint8Array, version: number): Atx {
  const reader = new ScaleReader(blob, 'ATX');
  const atx = version === 1 ? readAtxV1(reader) : version === 2 ? readAtxV2(reader) : undefined;
  if (!atx)
    throw new WorkbenchError(
      'atx-version-unknown',
      `ATX version ${version} is not supported (expected 1 or 2). The database may come from a newer node.`,
      { version },
    );
  reader.end();
  return atx;
}

/** What the publisher signed: epoch and id (V1, ATXMetadataV1), or the id alone (V2). */
export const atxSignedBytes = (atx: Atx): Bytes =>
  atx.version === 1 ? concatBytes(encodeCompact(BigInt(atx.publishEpoch)), atx.id) : atx.id;

/** A PoST of an ATX, with what its verification needs beside the identity. */
export interface AtxPost {
  readonly proof: Proof;
  readonly challenge: Bytes;
  readonly numUnits: number;
  /** Of a merged ATX: the identity's place among the marriages; 0 otherwise. */
  readonly marriageIndex: number;
  /** The proof that the identity's data exists, under the challenge of zeros; only in its first ATX. */
  readonly initial: boolean;
}

/** All PoSTs of an ATX, the initial one first. */
export function postsOf(atx: Atx): AtxPost[] {
  const zeroChallenge = new Uint8Array(idBytes);
  const initial = (proof: Proof, numUnits: number): AtxPost => ({
    proof,
    challenge: zeroChallenge,
    numUnits,
    marriageIndex: 0,
    initial: true,
  });
  if (atx.version === 1) {
    const posts = atx.initialPost ? [initial(atx.initialPost, atx.numUnits)] : [];
    const { post, postMetadata } = atx.nipost ?? {};
    if (post && postMetadata)
      posts.push({
        proof: post,
        challenge: postMetadata.challenge,
        numUnits: atx.numUnits,
        marriageIndex: 0,
        initial: false,
      });
    return posts;
  }
  const posts = atx.niposts.flatMap(({ challenge, posts }) =>
    posts.map(({ post, numUnits, marriageIndex }): AtxPost => ({
      proof: post,
      challenge,
      numUnits,
      marriageIndex,
      initial: false,
    })),
  );
  return atx.initial ? [initial(atx.initial.post, posts[0]?.numUnits ?? 0), ...posts] : posts;
}

/** One ATX of version 1, also within a malfeasance proof. */
export function readAtxV1(reader: ScaleReader): AtxV1 {
  const start = reader.offset;
  const challenge = {
    publishEpoch: reader.compact32(),
    sequence: reader.compact(64),
    previousAtx: reader.bytes(idBytes),
    positioningAtx: reader.bytes(idBytes),
    commitmentAtx: reader.option(() => reader.bytes(idBytes)),
    initialPost: reader.option(() => readPostScale(reader)),
  };
  const poetChallenge = challengeHash(reader.since(start));
  const inner = {
    ...challenge,
    poetChallenge,
    coinbase: reader.bytes(addressBytes),
    numUnits: reader.compact32(),
    nipost: reader.option(() => readNipostV1(reader)),
    nodeId: reader.option(() => reader.bytes(idBytes)),
    vrfNonce: reader.option(() => reader.compact(64)),
  };
  const id = new Uint8Array(blake3(reader.since(start)));
  return {
    version: 1,
    id,
    ...inner,
    smesher: reader.bytes(idBytes),
    signature: reader.bytes(signatureBytes),
  };
}

/** With a zero byte in front, so that no node of the members' tree can pass for a leaf. */
const challengeHash = (encoded: Uint8Array): Bytes =>
  new Uint8Array(blake3(concatBytes(Uint8Array.of(0), encoded)));

/**
 * What an identity of an ATX of version 2 registered at the PoET (NIPostChallengeV2.Hash).
 * @param previousAtx zeros in an initial ATX
 */
export const poetChallengeV2 = (atx: AtxV2, previousAtx: Uint8Array): Bytes =>
  challengeHash(
    concatBytes(
      encodeCompact(BigInt(atx.publishEpoch)),
      previousAtx,
      atx.positioningAtx,
      atx.initial ? concatBytes(Uint8Array.of(1), encodePost(atx.initial.post)) : Uint8Array.of(0),
    ),
  );

const encodePost = ({ nonce, indices, pow }: Proof): Bytes =>
  concatBytes(
    encodeCompact(BigInt(nonce)),
    encodeCompact(BigInt(indices.length)),
    indices,
    encodeCompact(pow),
  );

const readNipostV1 = (reader: ScaleReader): NipostV1 => ({
  membership: { nodes: readNodes(reader), leafIndex: reader.compact(64) },
  post: reader.option(() => readPostScale(reader)),
  postMetadata: reader.option(() => ({
    challenge: reader.byteSlice(idBytes),
    labelsPerUnit: reader.compact(64),
  })),
});

const readNodes = (reader: ScaleReader): Bytes[] =>
  reader.list(maxMerkleNodes, () => reader.bytes(idBytes));

function readAtxV2(reader: ScaleReader): AtxV2 {
  const content = {
    publishEpoch: reader.compact32(),
    positioningAtx: reader.bytes(idBytes),
    coinbase: reader.bytes(addressBytes),
    initial: reader.option(() => ({
      commitmentAtx: reader.bytes(idBytes),
      post: readPostScale(reader),
    })),
    previousAtxs: reader.list(maxPreviousAtxs, () => reader.bytes(idBytes)),
    niposts: reader.list(maxNiposts, () => readNipostV2(reader)),
    vrfNonce: reader.compact(64),
    marriages: reader.list(maxMarriages, () => ({
      referenceAtx: reader.bytes(idBytes),
      signature: reader.bytes(signatureBytes),
    })),
    marriageAtx: reader.option(() => reader.bytes(idBytes)),
  };
  return {
    version: 2,
    id: idV2(content),
    ...content,
    smesher: reader.bytes(idBytes),
    signature: reader.bytes(signatureBytes),
  };
}

const readNipostV2 = (reader: ScaleReader): NipostV2 => ({
  membershipNodes: readNodes(reader),
  challenge: reader.bytes(idBytes),
  posts: reader.list(maxPosts, () => ({
    marriageIndex: reader.compact32(),
    previousAtxIndex: reader.compact32(),
    membershipLeafIndex: reader.compact(64),
    post: readPostScale(reader),
    numUnits: reader.compact32(),
  })),
});

const emptyLeaf = new Uint8Array(idBytes);

/** Lists are filled up with zeros to their limit, so that a leaf's place never moves. */
const listRoot = (leaves: readonly Uint8Array[], limit: number): Uint8Array =>
  paddedMerkleRoot(leaves, Math.log2(limit));

/** Little-endian, as leaves have numbers. */
export const unsigned = (value: number | bigint, length: 4 | 8 | 32): Bytes => {
  const bytes = new Uint8Array(Math.max(length, 8));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes.subarray(0, length);
};

/** The root of a Merkle tree over the fields (ActivationTxV2.merkleTree). */
const idV2 = (atx: Omit<AtxV2, 'version' | 'id' | 'smesher' | 'signature'>): Bytes =>
  new Uint8Array(
    merkleRoot([
      unsigned(atx.publishEpoch, 32),
      atx.positioningAtx,
      atx.coinbase,
      atx.initial ? merkleRoot([atx.initial.commitmentAtx, postRoot(atx.initial.post)]) : emptyLeaf,
      listRoot(atx.previousAtxs, maxPreviousAtxs),
      listRoot(
        atx.niposts.map((nipost) => nipostRoot(nipost, atx.previousAtxs)),
        maxNiposts,
      ),
      unsigned(atx.vrfNonce, 32),
      listRoot(
        atx.marriages.map(({ referenceAtx, signature }) => merkleRoot([referenceAtx, signature])),
        maxMarriages,
      ),
      atx.marriageAtx ?? emptyLeaf,
    ]),
  );

/** The leaf of a PoST in the tree of an ATX of version 2 (PostV1.Root). */
export const postRoot = ({ nonce, indices, pow }: Proof): Uint8Array =>
  merkleRoot([unsigned(nonce, 4), indices, unsigned(pow, 8)]);

const nipostRoot = (
  { membershipNodes, challenge, posts }: NipostV2,
  previousAtxs: readonly Bytes[],
): Uint8Array =>
  merkleRoot([
    concatBytes(encodeCompact(BigInt(membershipNodes.length)), ...membershipNodes),
    challenge,
    listRoot(
      posts.map((post) => subPostRoot(post, previousAtxs)),
      maxPosts,
    ),
  ]);

/** Nothing if it names a previous ATX that there is not: the ATX is invalid, but has an id. */
function subPostRoot(
  { marriageIndex, previousAtxIndex, membershipLeafIndex, post, numUnits }: SubPost,
  previousAtxs: readonly Bytes[],
): Uint8Array {
  const previousAtx = previousAtxs[previousAtxIndex];
  if (!previousAtx) return new Uint8Array();
  return merkleRoot([
    unsigned(marriageIndex, 4),
    previousAtx,
    unsigned(membershipLeafIndex, 32),
    postRoot(post),
    unsigned(numUnits, 4),
  ]);
}
