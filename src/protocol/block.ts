/** Blocks as stored in the table blocks (go-spacemesh v1.7.6 common/types/block.go, InnerBlock). */
import { blake3 } from '@noble/hashes/blake3.js';
import { shortIdBytes } from './ballot';
import type { Bytes } from '../base/bytes';
import { ScaleReader } from './scale';

/** Limits of the `scale:"max=…"` tags. */
const maxRewards = 2350;
const maxTransactions = 100_000;

/** A share of a layer's reward: weight = numerator / denominator. */
export interface BlockReward {
  readonly atx: Bytes;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface Block {
  /** 20 bytes, recomputed from the content. */
  readonly id: Bytes;
  readonly layer: number;
  readonly tickHeight: bigint;
  readonly rewards: readonly BlockReward[];
  /** 32 bytes each. */
  readonly transactions: readonly Bytes[];
}

/** Decodes a block; every byte must be used. @throws WorkbenchError `scale-invalid` */
export function decodeBlock(blob: Uint8Array): Block {
  const reader = new ScaleReader(blob, 'block');
  const block = {
    layer: reader.compact32(),
    tickHeight: reader.compact(64),
    rewards: reader.list(maxRewards, () => ({
      atx: reader.bytes(32),
      numerator: reader.compact(64),
      denominator: reader.compact(64),
    })),
    transactions: reader.list(maxTransactions, () => reader.bytes(32)),
  };
  reader.end();
  return { id: new Uint8Array(blake3(blob)).slice(0, shortIdBytes), ...block };
}
