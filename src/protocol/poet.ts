/**
 * PoET proofs as stored in the table poets: how long a PoET service hashed in sequence, and over whose challenges
 * (go-spacemesh v1.7.6 common/types/poet.go; poet v0.10.4 shared/shared.go, hash/hash.go, verifier/verifier.go).
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Bytes } from '../base/bytes';
import { concatBytes, equalBytes } from '../base/bytes';
import { counted } from '../base/counted';
import { partialTree } from './merkle';
import { ScaleReader } from './scale';

/** Leaves that a proof opens (shared.T), and the limits of the `scale:"max=…"` tags. */
const provenLeafCount = 150;
const maxProofNodes = 5400;
const maxNodeBytes = 32;
/** Hashes in sequence that make one leaf (hash.LabelHashNestingDepth). */
const hashesPerLeaf = 400;

export interface PoetProof {
  /** 32 bytes, recomputed from the content: what ATXs refer to, and the challenge of their PoSTs. */
  readonly ref: Bytes;
  readonly root: Bytes;
  readonly provenLeaves: readonly Bytes[];
  readonly proofNodes: readonly Bytes[];
  /** Leaves of the sequential tree: ticks are counted from them. */
  readonly leafCount: bigint;
  /** The service's public key. */
  readonly serviceId: Bytes;
  /** ASCII: the number of the round. */
  readonly roundId: string;
  /** Root of the tree of the members' challenges. */
  readonly statement: Bytes;
  /** Of the service; the node does not check it. */
  readonly signature: Bytes;
}

/** Decodes a PoetProofMessage; every byte must be used. @throws WorkbenchError `scale-invalid` */
export function decodePoet(blob: Uint8Array): PoetProof {
  const reader = new ScaleReader(blob, 'PoET proof');
  const node = () => reader.byteSlice(maxNodeBytes);
  const proof = {
    root: node(),
    provenLeaves: reader.list(provenLeafCount, node),
    proofNodes: reader.list(maxProofNodes, node),
    leafCount: reader.compact(64),
  };
  const ref = new Uint8Array(blake3(reader.since(0)));
  const message = {
    ref,
    ...proof,
    serviceId: reader.byteSlice(32),
    roundId: String.fromCharCode(...reader.byteSlice(32)),
    statement: reader.bytes(32),
    signature: reader.bytes(64),
  };
  reader.end();
  return message;
}

/** The leaves that the root itself chooses to be opened, ascending (shared.FiatShamir). */
function chosenLeaves(root: Uint8Array, leafCount: bigint): bigint[] {
  if (BigInt(provenLeafCount) > leafCount)
    return Array.from({ length: Number(leafCount) }, (_, leaf) => BigInt(leaf));
  const chosen = new Set<bigint>();
  const counter = new DataView(new ArrayBuffer(4));
  for (let i = 0; chosen.size < provenLeafCount; i++) {
    counter.setUint32(0, i);
    const digest = sha256(concatBytes(root, new Uint8Array(counter.buffer)));
    chosen.add(new DataView(digest.buffer, digest.byteOffset).getBigUint64(0) % leafCount);
  }
  return [...chosen].sort((a, b) => (a < b ? -1 : 1));
}

/** A leaf: its index and its left siblings, hashed 400 times, under the statement. */
function leafHash(
  statement: Uint8Array,
  index: bigint,
  leftSiblings: readonly Uint8Array[],
): Uint8Array {
  const number = new DataView(new ArrayBuffer(8));
  number.setBigUint64(0, index);
  let hash = sha256(concatBytes(statement, new Uint8Array(number.buffer), ...leftSiblings));
  for (let i = 1; i < hashesPerLeaf; i++) hash = sha256(hash);
  return hash;
}

/** What is wrong with the sequential work of a proof; undefined if it holds. About 60,000 SHA-256. */
export function poetWorkFailure(proof: PoetProof): string | undefined {
  const { provenLeaves, proofNodes, root, leafCount, statement } = proof;
  if (provenLeaves.length !== provenLeafCount)
    return `it opens ${counted(provenLeaves.length, 'leaf', 'leaves')} instead of ${provenLeafCount}`;
  const indices = chosenLeaves(root, leafCount);
  if (indices.length !== provenLeaves.length)
    return `it opens ${counted(provenLeaves.length, 'leaf', 'leaves')} of a tree that has ${leafCount}`;
  const tree = partialTree(
    indices.map((index, i) => ({ index, node: provenLeaves[i] ?? new Uint8Array() })),
    proofNodes,
    (left, right) => sha256(concatBytes(statement, left, right)),
  );
  if (!tree || !equalBytes(tree.root, root)) return 'its Merkle tree does not lead to its root';
  const wrong = indices.findIndex(
    (index, i) =>
      !equalBytes(
        leafHash(statement, index, tree.leftSiblings[i] ?? []),
        provenLeaves[i] ?? new Uint8Array(),
      ),
  );
  return wrong < 0 ? undefined : `leaf ${indices[wrong]} is not what its left siblings make it`;
}
