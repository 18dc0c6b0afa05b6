/** Labels by whichever engine: the one interface of the CPU's and the GPU's kernel. */
import type { Bytes } from '../protocol/bytes';
import type { SmallestLabel } from '../protocol/labels';

export interface LabelRequest {
  /** 32 bytes. */
  readonly commitment: Bytes;
  /** A power of two ≥ 2 (see checkScryptN). */
  readonly scryptN: number;
  /** Labels to compute, in this order. */
  readonly indices: BigUint64Array;
  /** How much of each label is wanted: as on disk, whole, or nothing but the search's result. */
  readonly labelBytes: 0 | 16 | 32;
  /** 32 bytes: also find the smallest label strictly below (the first such in the order of `indices`). */
  readonly below?: Bytes | undefined;
}

export interface LabelBatch {
  /** `labelBytes` a label, one after another, in a buffer of its own. */
  readonly labels: Bytes;
  /** Only with `below`, and only if there is one. */
  readonly smallest: SmallestLabel | undefined;
}

export interface LabelKernel {
  /** Labels a call that keep the engine busy without holding up a cancel. */
  readonly suitableBatch: (scryptN: number) => number;
  readonly compute: (request: LabelRequest) => Promise<LabelBatch>;
  /** Frees what the engine holds. */
  readonly close: () => void;
}

/** Indices start … start + count − 1. */
export function indexRange(start: bigint, count: number): BigUint64Array<ArrayBuffer> {
  const indices = new BigUint64Array(count);
  for (let i = 0; i < count; i++) indices[i] = start + BigInt(i);
  return indices;
}
