/**
 * Ballots as they lie in `ballots.ballot` (go-spacemesh v1.7.6 common/types/ballot.go): a smesher's vote in a
 * layer, with the proofs that it was eligible there, for which the layer's block rewards it.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from './bytes';
import { concatBytes } from './bytes';
import { encodeCompact, ScaleReader } from './scale';

/** Limits of the `scale:"max=…"` tags. */
const MAX_VOTES = 10_000;
const MAX_ELIGIBILITIES = 25_000;
const MAX_ACTIVE_SET = 1;
/** Ids of blocks and ballots are the first bytes of a 32-byte hash. */
const BALLOT_ID_BYTES = 20;

/** What a smesher says of an epoch in its first ballot there, its reference ballot. */
export interface EpochData {
  /** Key of `activesets`. */
  readonly activeSetHash: Bytes;
  /** 4 bytes. */
  readonly beacon: Bytes;
  /** Slots of the smesher in the epoch. */
  readonly eligibilityCount: number;
}

/** A vote for the block of a layer. */
interface BlockVote {
  readonly block: Bytes;
  readonly layer: number;
  readonly tickHeight: bigint;
}

export interface VotingEligibility {
  /** Which of the epoch's slots, from 0. */
  readonly slot: number;
  /** VRF proof, 80 bytes. */
  readonly proof: Bytes;
}

export interface Ballot {
  /** 20 bytes, recomputed from the signed part; the database fills them up to 32 with zeros. */
  readonly id: Bytes;
  readonly layer: number;
  readonly atx: Bytes;
  /** Hash of the smesher's opinion on all layers before. */
  readonly opinionHash: Bytes;
  /** The smesher's first ballot of the epoch, 20 bytes; zeros in that one itself. */
  readonly referenceBallot: Bytes;
  /** Only in reference ballots. */
  readonly epochData: EpochData | undefined;
  /** Over `ballotSignedBytes`, domain `ballot`. */
  readonly signature: Bytes;
  readonly smesher: Bytes;
  /** Not signed: the opinion hash covers what they amount to. */
  readonly votes: {
    readonly base: Bytes;
    readonly support: readonly BlockVote[];
    readonly against: readonly BlockVote[];
    /** Layers on which the smesher has no opinion yet. */
    readonly abstain: readonly number[];
  };
  readonly eligibilities: readonly VotingEligibility[];
  /** No longer used by the node. */
  readonly activeSet: readonly Bytes[];
}

/**
 * Decodes a ballot. Every byte must be used.
 * @throws WorkbenchError `scale-invalid`
 */
export function decodeBallot(blob: Uint8Array): Ballot {
  const reader = new ScaleReader(blob, 'ballot');
  const inner = {
    layer: reader.compact32(),
    atx: reader.bytes(32),
    opinionHash: reader.bytes(32),
    referenceBallot: reader.bytes(BALLOT_ID_BYTES),
    epochData: reader.option(() => ({
      activeSetHash: reader.bytes(32),
      beacon: reader.bytes(4),
      eligibilityCount: reader.compact32(),
    })),
  };
  const id = new Uint8Array(blake3(reader.since(0)).subarray(0, BALLOT_ID_BYTES));
  const ballot = {
    id,
    ...inner,
    signature: reader.bytes(64),
    smesher: reader.bytes(32),
    votes: {
      base: reader.bytes(BALLOT_ID_BYTES),
      support: reader.list(MAX_VOTES, () => readVote(reader)),
      against: reader.list(MAX_VOTES, () => readVote(reader)),
      abstain: reader.list(MAX_VOTES, () => reader.compact32()),
    },
    eligibilities: reader.list(MAX_ELIGIBILITIES, () => ({
      slot: reader.compact32(),
      proof: reader.bytes(80),
    })),
    activeSet: reader.list(MAX_ACTIVE_SET, () => reader.bytes(32)),
  };
  reader.end();
  return ballot;
}

const readVote = (reader: ScaleReader): BlockVote => ({
  block: reader.bytes(BALLOT_ID_BYTES),
  layer: reader.compact32(),
  tickHeight: reader.compact(64),
});

/** What the smesher signed: the layer and the hash of the ballot's inner part (BallotMetadata). */
export const ballotSignedBytes = ({
  layer,
  atx,
  opinionHash,
  referenceBallot,
  epochData,
}: Ballot): Bytes =>
  concatBytes(
    encodeCompact(BigInt(layer)),
    blake3(
      concatBytes(
        encodeCompact(BigInt(layer)),
        atx,
        opinionHash,
        referenceBallot,
        epochData
          ? concatBytes(
              Uint8Array.of(1),
              epochData.activeSetHash,
              epochData.beacon,
              encodeCompact(BigInt(epochData.eligibilityCount)),
            )
          : Uint8Array.of(0),
      ),
    ),
  );

/**
 * The layer that a slot falls into: the head of its VRF proof, as a number, modulo the epoch's layers
 * (proposals/util CalcEligibleLayer).
 */
export const eligibleLayer = (proof: Bytes, epoch: number, layersPerEpoch: number): number =>
  epoch * layersPerEpoch +
  Number(
    new DataView(proof.buffer, proof.byteOffset).getBigUint64(0, true) % BigInt(layersPerEpoch),
  );
