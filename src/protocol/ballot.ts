/** Ballots as stored in the table ballots (go-spacemesh v1.7.6 common/types/ballot.go). */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from '../base/bytes';
import { concatBytes } from '../base/bytes';
import { ScaleReader, encodeCompact } from './scale';

/** Ids of ballots and blocks are hashes cut to 20 bytes; the tables hold them filled up with zeros to 32. */
export const shortIdBytes = 20;
/** Limits of the `scale:"max=…"` tags. */
const maxEligibilities = 25_000;
const maxVotes = 10_000;
const maxActiveSets = 1;
const vrfSignatureBytes = 80;

/** A block that a ballot votes on. */
export interface Vote {
  /** 20 bytes. */
  readonly block: Bytes;
  readonly layer: number;
  readonly tickHeight: bigint;
}

export interface Ballot {
  /** 20 bytes, recomputed from the content. */
  readonly id: Bytes;
  readonly layer: number;
  readonly atx: Bytes;
  /** Of the votes, as the tortoise counts them. */
  readonly opinionHash: Bytes;
  /** The smesher's first ballot of the epoch; zeros in that one itself. */
  readonly refBallot: Bytes;
  /** Only in the first of the epoch. */
  readonly epochData:
    | { readonly activeSetHash: Bytes; readonly beacon: Bytes; readonly eligibilityCount: number }
    | undefined;
  /** Over ballotSignedBytes, domain `ballot`. */
  readonly signature: Bytes;
  readonly smesher: Bytes;
  readonly votes: {
    /** The ballot whose votes these are exceptions to. */
    readonly base: Bytes;
    readonly support: readonly Vote[];
    readonly against: readonly Vote[];
    /** Layers on which it does not vote, because Hare has not ended. */
    readonly abstain: readonly number[];
  };
  readonly eligibilities: readonly { readonly slot: number; readonly vrfSignature: Bytes }[];
  /** Of before v1.3; empty since. */
  readonly activeSet: readonly Bytes[];
  /** blake3 of the inner ballot: what is signed, with the layer. */
  readonly messageHash: Bytes;
}

/** Decodes a ballot; every byte must be used. @throws WorkbenchError `scale-invalid` */
export function decodeBallot(blob: Uint8Array): Ballot {
  const reader = new ScaleReader(blob, 'ballot');
  const shortId = () => reader.bytes(shortIdBytes);
  const vote = (): Vote => ({
    block: shortId(),
    layer: reader.compact32(),
    tickHeight: reader.compact(64),
  });
  const inner = {
    layer: reader.compact32(),
    atx: reader.bytes(32),
    opinionHash: reader.bytes(32),
    refBallot: shortId(),
    epochData: reader.option(() => ({
      activeSetHash: reader.bytes(32),
      beacon: reader.bytes(4),
      eligibilityCount: reader.compact32(),
    })),
  };
  const messageHash = new Uint8Array(blake3(reader.since(0)));
  const ballot = {
    id: messageHash.slice(0, shortIdBytes),
    messageHash,
    ...inner,
    signature: reader.bytes(64),
    smesher: reader.bytes(32),
    votes: {
      base: shortId(),
      support: reader.list(maxVotes, vote),
      against: reader.list(maxVotes, vote),
      abstain: reader.list(maxVotes, () => reader.compact32()),
    },
    eligibilities: reader.list(maxEligibilities, () => ({
      slot: reader.compact32(),
      vrfSignature: reader.bytes(vrfSignatureBytes),
    })),
    activeSet: reader.list(maxActiveSets, () => reader.bytes(32)),
  };
  reader.end();
  return ballot;
}

/** What the smesher signed: the layer and the hash of the inner ballot (BallotMetadata). */
export const ballotSignedBytes = ({ layer, messageHash }: Ballot): Bytes =>
  concatBytes(encodeCompact(BigInt(layer)), messageHash);
