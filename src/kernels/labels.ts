/** Labels by whichever engine: the one interface of the CPU's and the GPU's kernel. */
import { equalBytes, type Bytes } from '../protocol/bytes';
import { WorkbenchError } from '../protocol/error';
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

/**
 * A kernel whose every answer is checked at one label by another kernel, as Go does for its GPU
 * (Go post initialization.go, "sanity check with reference oracle"): drivers and overclocked memory err.
 * Errors: `labels-wrong` instead of a batch whose last label, or smallest, is not the reference's.
 */
export function checkedKernel(kernel: LabelKernel, reference: LabelKernel): LabelKernel {
  const check = async (request: LabelRequest, index: bigint, label: Uint8Array): Promise<void> => {
    const { labels: expected } = await reference.compute({
      ...request,
      indices: BigUint64Array.of(index),
      labelBytes: 32,
      below: undefined,
    });
    if (equalBytes(label, expected.subarray(0, label.length))) return;
    throw new WorkbenchError(
      'labels-wrong',
      `The GPU computed a wrong label at index ${index}. Do not use its data: update its driver, undo any overclocking, or use the CPU.`,
      { index, expected, actual: label.slice() },
    );
  };
  return {
    suitableBatch: (scryptN) => kernel.suitableBatch(scryptN),
    compute: async (request) => {
      const batch = await kernel.compute(request);
      const { indices, labelBytes } = request;
      const last = indices.at(-1);
      if (last !== undefined && labelBytes > 0)
        await check(request, last, batch.labels.subarray(-labelBytes));
      if (batch.smallest) await check(request, batch.smallest.index, batch.smallest.label);
      return batch;
    },
    close: () => {
      kernel.close();
      reference.close();
    },
  };
}
