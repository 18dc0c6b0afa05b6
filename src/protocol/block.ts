/**
 * Blocks as they lie in `blocks.block` (go-spacemesh v1.7.6 common/types/block.go, InnerBlock): what a layer
 * pays, to which ATXs in which proportion, and which transactions it applies.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from './bytes';
import { WorkbenchError } from './error';
import { ScaleReader } from './scale';

/** Limits of the `scale:"max=…"` tags. */
const MAX_REWARDS = 2350;
const MAX_TRANSACTIONS = 100_000;
/** Ids of blocks and ballots are the first bytes of a 32-byte hash. */
const BLOCK_ID_BYTES = 20;

/** A positive fraction, in lowest terms as the node writes it. */
export interface Ratio {
  /** u64 */
  readonly numerator: bigint;
  /** u64, never 0 */
  readonly denominator: bigint;
}

export interface BlockReward {
  readonly atx: Bytes;
  /** Weight of the ATX × eligibilities of its ballot in this layer ÷ its slots in the epoch. */
  readonly weight: Ratio;
}

export interface Block {
  /** 20 bytes, recomputed from the content; the database fills them up to 32 with zeros. */
  readonly id: Bytes;
  readonly layer: number;
  readonly tickHeight: bigint;
  /** By ATX id, as the node sorts them. */
  readonly rewards: readonly BlockReward[];
  readonly transactionIds: readonly Bytes[];
}

/**
 * Decodes a block. Every byte must be used.
 * @throws WorkbenchError `scale-invalid`, `block-weight-zero`
 */
export function decodeBlock(blob: Uint8Array): Block {
  const reader = new ScaleReader(blob, 'block');
  const content = {
    layer: reader.compact32(),
    tickHeight: reader.compact(64),
    rewards: reader.list(MAX_REWARDS, () => ({ atx: reader.bytes(32), weight: readRatio(reader) })),
    transactionIds: reader.list(MAX_TRANSACTIONS, () => reader.bytes(32)),
  };
  reader.end();
  return { id: new Uint8Array(blake3(blob).subarray(0, BLOCK_ID_BYTES)), ...content };
}

function readRatio(reader: ScaleReader): Ratio {
  const numerator = reader.compact(64);
  const denominator = reader.compact(64);
  if (denominator === 0n)
    throw new WorkbenchError(
      'block-weight-zero',
      'This block has a weight that divides by zero. No node makes such a block: it is damaged.',
    );
  return { numerator, denominator };
}
