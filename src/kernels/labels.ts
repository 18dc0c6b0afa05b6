/** Labels by whichever engine: the one interface of the CPU's and the GPU's kernel. */
import { equalBytes, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { SmallestLabel } from '../protocol/labels';

export interface LabelRequest {
  /** 32 bytes; or 32 for each of `indices`, one after another, for labels of several identities. */
  readonly commitment: Bytes;
  /** A power of two ≥ 2 (see checkScryptN). */
  readonly scryptN: number;
  /** Labels to compute, in this order. */
  readonly indices: BigUint64Array;
  /** Bytes returned per label: as on disk, complete, or none but the search's result. */
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
  /** Labels per call that keep the engine busy without holding up a cancel. */
  readonly suitableBatch: (scryptN: number) => number;
  readonly compute: (request: LabelRequest) => Promise<LabelBatch>;
  /** Frees what the engine holds. */
  readonly close: () => void;
}

const commitmentBytes = 32;

/** Whether every label of a request has a commitment of its own. */
export const hasOwnCommitments = ({ commitment }: Pick<LabelRequest, 'commitment'>): boolean =>
  commitment.length > commitmentBytes;

/** The commitment of the label at a place among `indices`. */
const commitmentAt = (request: LabelRequest, at: number): Bytes =>
  hasOwnCommitments(request)
    ? request.commitment.slice(at * commitmentBytes, (at + 1) * commitmentBytes)
    : request.commitment;

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
  const check = async (request: LabelRequest, at: number, label: Uint8Array): Promise<void> => {
    const index = request.indices[at] ?? 0n;
    const { labels: expected } = await reference.compute({
      ...request,
      commitment: commitmentAt(request, at),
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
      const last = indices.length - 1;
      if (last >= 0 && labelBytes > 0)
        await check(request, last, batch.labels.subarray(-labelBytes));
      if (batch.smallest)
        await check(request, indices.indexOf(batch.smallest.index), batch.smallest.label);
      return batch;
    },
    close: () => {
      kernel.close();
      reference.close();
    },
  };
}

/** Which labels: a range, or one by one. */
export type LabelPlaces =
  | { readonly start: bigint; readonly count: number }
  | {
      readonly indices: BigUint64Array<ArrayBuffer>;
      /** Instead of the task's: 32 bytes for each index, one after another. */
      readonly commitments?: Bytes | undefined;
    };

/** The part of a kernel's request that places are. */
export const placesOf = (
  { commitment }: Pick<LabelRequest, 'commitment'>,
  places: LabelPlaces,
): Pick<LabelRequest, 'commitment' | 'indices'> =>
  'indices' in places
    ? { commitment: places.commitments ?? commitment, indices: places.indices }
    : { commitment, indices: indexRange(places.start, places.count) };
