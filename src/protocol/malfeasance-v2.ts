/**
 * Malfeasance proofs of version 2, as `malfeasance.proof` has them: an ATXProof (version, type, proof) whose proof
 * shows by Merkle paths what two ATXs contain, without the ATXs. No release up to v1.7.6 publishes one; layouts and
 * type numbers are those of go-spacemesh after it (activation/wire malfeasance.go, malfeasance_shared.go,
 * malfeasance_double_marry.go, malfeasance_double_merge.go, malfeasance_invalid_post.go,
 * malfeasance_invalid_prev_atx.go), where each proof has version 1.
 */
import { readAtxV1, type AtxV1 } from './atx';
import type { Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { Proof } from './proof';
import { ScaleReader } from './scale';

/** Hashes beside the way from a leaf to its root, from below. */
export type MerklePath = readonly Bytes[];

/** An ATX by its id, with the signature of its publisher over it. */
export interface SignedAtx {
  readonly id: Bytes;
  readonly smesher: Bytes;
  readonly signature: Bytes;
}

/** A certificate of a marriage ATX, and the way from it to the id of that ATX. */
export interface MarryProof {
  readonly certificatesRoot: Bytes;
  readonly certificatesPath: MerklePath;
  readonly referenceAtx: Bytes;
  readonly signature: Bytes;
  readonly certificatePath: MerklePath;
  readonly certificateIndex: number;
}

/** Two identities are married in the ATX that a merged ATX names. */
export interface MarriageProof {
  readonly marriageAtx: Bytes;
  readonly marriageAtxPath: MerklePath;
  readonly publisher: Bytes;
  readonly nodeId: MarryProof;
  readonly smesher: MarryProof;
}

/** The way from one PoST of an ATX to its id. */
export interface SubPostProof {
  readonly nipostsRoot: Bytes;
  readonly nipostsPath: MerklePath;
  readonly nipostRoot: Bytes;
  readonly nipostPath: MerklePath;
  readonly nipostIndex: number;
  readonly postsRoot: Bytes;
  readonly postsPath: MerklePath;
  readonly postRoot: Bytes;
  readonly postPath: MerklePath;
  readonly postIndex: number;
  readonly marriageIndexPath: MerklePath;
}

export interface PreviousAtxProof extends SubPostProof {
  readonly atx: SignedAtx;
  /** Absent where the smesher published the ATX itself. */
  readonly marriage: MarriageProof | undefined;
  readonly previousAtxPath: MerklePath;
}

export type MalfeasanceProofV2 =
  | {
      readonly kind: 'double-marry';
      readonly nodeId: Bytes;
      readonly atxs: readonly [SignedAtx, SignedAtx];
      readonly certificates: readonly [MarryProof, MarryProof];
    }
  | {
      readonly kind: 'double-merge';
      readonly publishEpoch: number;
      readonly marriageAtx: Bytes;
      /** Of the marriage ATX. */
      readonly publisher: Bytes;
      readonly merged: readonly [MergedAtxProof, MergedAtxProof];
    }
  | {
      readonly kind: 'invalid-post';
      readonly atx: SignedAtx;
      readonly nodeId: Bytes;
      readonly marriage: MarriageProof | undefined;
      readonly post: InvalidPostProof;
    }
  /** One of the ATXs is of version 1, which is in the proof with all its content. */
  | {
      readonly kind: 'invalid-previous-v1';
      readonly nodeId: Bytes;
      readonly previousAtx: Bytes;
      readonly proofs: readonly [PreviousAtxProof];
      readonly atx: AtxV1;
    }
  | {
      readonly kind: 'invalid-previous-v2';
      readonly nodeId: Bytes;
      readonly previousAtx: Bytes;
      readonly proofs: readonly [PreviousAtxProof, PreviousAtxProof];
    };

export interface MergedAtxProof {
  readonly atx: SignedAtx;
  readonly publishEpochPath: MerklePath;
  readonly marriageAtxPath: MerklePath;
  readonly certificate: MarryProof;
}

export interface InvalidPostProof extends SubPostProof {
  readonly challenge: Bytes;
  readonly challengePath: MerklePath;
  readonly proof: Proof;
  readonly proofPath: MerklePath;
  readonly numUnits: number;
  readonly numUnitsPath: MerklePath;
  readonly commitmentAtx: Bytes;
  /** Positions in the PoST. */
  readonly invalidPosition: number;
  readonly validPosition: number;
}

/** The longest path in a proof (scale:"max=32"). */
const maxPath = 32;
const maxProofBytes = 1_048_576;
const maxIndicesBytes = 800;

/** `malfeasance.domain` of proofs about ATXs: 0 in the first versions of malfeasance2/wire.go, 1 in the later ones. */
export const atxDomains: readonly number[] = [0, 1];

/** @throws WorkbenchError `scale-invalid`, `malfeasance-unknown` */
export function decodeMalfeasanceV2(blob: Uint8Array): MalfeasanceProofV2 {
  const outer = new ScaleReader(blob, 'malfeasance proof');
  const version = Number(outer.compact(8));
  const type = Number(outer.compact(8));
  const content = outer.byteSlice(maxProofBytes);
  outer.end();
  const read = version === 1 ? readers[type] : undefined;
  if (!read)
    throw new WorkbenchError(
      'malfeasance-unknown',
      `Malfeasance proof of version ${version} and type ${type} is not supported. The database may come from a newer node.`,
      { version, type },
    );
  const reader = new ScaleReader(content, 'malfeasance proof');
  const proof = read(reader);
  reader.end();
  return proof;
}

const readers: Readonly<Record<number, (reader: ScaleReader) => MalfeasanceProofV2>> = {
  0x11: (reader) => {
    const nodeId = reader.bytes(32);
    const [atx1, certificate1] = [readAtx(reader), readMarry(reader)];
    const [atx2, certificate2] = [readAtx(reader), readMarry(reader)];
    return {
      kind: 'double-marry',
      nodeId,
      atxs: [atx1, atx2],
      certificates: [certificate1, certificate2],
    };
  },
  0x12: (reader) => ({
    kind: 'double-merge',
    publishEpoch: reader.compact32(),
    marriageAtx: reader.bytes(32),
    publisher: reader.bytes(32),
    merged: [readMerged(reader), readMerged(reader)],
  }),
  0x13: (reader) => ({
    kind: 'invalid-post',
    atx: readAtx(reader),
    nodeId: reader.bytes(32),
    marriage: reader.option(() => readMarriage(reader)),
    post: readInvalidPost(reader),
  }),
  0x14: (reader) => ({
    kind: 'invalid-previous-v1',
    nodeId: reader.bytes(32),
    previousAtx: reader.bytes(32),
    proofs: [readPrevious(reader)],
    atx: readAtxV1(reader),
  }),
  0x15: (reader) => ({
    kind: 'invalid-previous-v2',
    nodeId: reader.bytes(32),
    previousAtx: reader.bytes(32),
    proofs: [readPrevious(reader), readPrevious(reader)],
  }),
};

const readPath = (reader: ScaleReader): Bytes[] => reader.list(maxPath, () => reader.bytes(32));

const readAtx = (reader: ScaleReader): SignedAtx => ({
  id: reader.bytes(32),
  smesher: reader.bytes(32),
  signature: reader.bytes(64),
});

const readMarry = (reader: ScaleReader): MarryProof => ({
  certificatesRoot: reader.bytes(32),
  certificatesPath: readPath(reader),
  referenceAtx: reader.bytes(32),
  signature: reader.bytes(64),
  certificatePath: readPath(reader),
  certificateIndex: reader.compact32(),
});

const readMarriage = (reader: ScaleReader): MarriageProof => ({
  marriageAtx: reader.bytes(32),
  marriageAtxPath: readPath(reader),
  publisher: reader.bytes(32),
  nodeId: readMarry(reader),
  smesher: readMarry(reader),
});

const readMerged = (reader: ScaleReader): MergedAtxProof => ({
  atx: readAtx(reader),
  publishEpochPath: readPath(reader),
  marriageAtxPath: readPath(reader),
  certificate: readMarry(reader),
});

const readNipost = (reader: ScaleReader) => ({
  nipostsRoot: reader.bytes(32),
  nipostsPath: readPath(reader),
  nipostRoot: reader.bytes(32),
  nipostPath: readPath(reader),
  nipostIndex: Number(reader.compact(16)),
});

const readSubPost = (reader: ScaleReader) => ({
  postsRoot: reader.bytes(32),
  postsPath: readPath(reader),
  postRoot: reader.bytes(32),
  postPath: readPath(reader),
  postIndex: Number(reader.compact(16)),
});

function readPrevious(reader: ScaleReader): PreviousAtxProof {
  const atx = readAtx(reader);
  const way = { ...readNipost(reader), ...readSubPost(reader) };
  return {
    atx,
    ...way,
    marriage: reader.option(() => readMarriage(reader)),
    marriageIndexPath: readPath(reader),
    previousAtxPath: readPath(reader),
  };
}

function readInvalidPost(reader: ScaleReader): InvalidPostProof {
  const nipost = readNipost(reader);
  const challenge = { challenge: reader.bytes(32), challengePath: readPath(reader) };
  return {
    ...nipost,
    ...challenge,
    ...readSubPost(reader),
    marriageIndexPath: readPath(reader),
    proof: {
      nonce: reader.compact32(),
      indices: reader.byteSlice(maxIndicesBytes),
      pow: reader.compact(64),
    },
    proofPath: readPath(reader),
    numUnits: reader.compact32(),
    numUnitsPath: readPath(reader),
    commitmentAtx: reader.bytes(32),
    invalidPosition: reader.compact32(),
    validPosition: reader.compact32(),
  };
}
