/**
 * Labels by all the cores, by the GPU, or both: opens the workers, deals out small ranges, adds up what
 * comes back. The jobs over labels (initialise, check, find the nonce) run on this.
 */
import type {
  DiskLabel,
  LabelAnswer,
  LabelTask,
  LabelWorkerApi,
  ScanSlice,
} from '../workers/labels/api';
import { chooseEngine, kernelCompiler, type BackendOptions } from '../kernels/choose';
import { placesOf, type LabelBatch, type LabelKernel, type LabelPlaces } from '../kernels/labels';
import scalarUrl from '../kernels/wasm/build/labels-scalar.wasm?url';
import simdUrl from '../kernels/wasm/build/labels.wasm?url';
import { readBytes, type Bytes, type BytesLike } from '../base/bytes';
import { commitment } from '../protocol/commitment';
import { WorkbenchError } from '../base/error';
import {
  checkLabelRange,
  checkScryptN,
  smallerLabel,
  wholeLabelBytes,
  type SmallestLabel,
} from '../protocol/labels';
import { lowestLabels } from './lowest-labels';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { WorkerPool } from '../workers/pool';
import { spawn } from '../workers/spawn';
import { labelBytes, mainnetPost } from '../protocol/units';

/** What is the same for all labels of a job. */
export type LabelJob = Omit<LabelTask, 'places'>;

/**
 * Hands over the next labels to compute, about `size` of them; undefined at the end. May wait, but not
 * beyond the abort of `signal`, which also tells that another piece has failed.
 */
export type Deal<Slice> = (
  size: number,
  signal: AbortSignal,
) => Slice | undefined | Promise<Slice | undefined>;

export interface LabelSlice {
  readonly places: LabelPlaces;
}

/** Whatever computes labels: a pool of workers, or one kernel in this thread. */
export interface LabelEngines {
  /** "2 threads", "GPU (nvidia ampere)". */
  readonly description: string;
  /**
   * Computes what is dealt. Results come in any order; `accept` may answer 'stop'.
   * Rejects with the first error, or an AbortError.
   */
  run<Slice extends LabelSlice>(
    job: LabelJob,
    deal: Deal<Slice>,
    accept: (batch: LabelBatch, slice: Slice) => void | 'stop',
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /** Finds what on disk could be the smallest label (see lowest-labels.ts). `bound` has 16 bytes. */
  scan(
    slices: Iterable<ScanSlice>,
    bound: Bytes,
    accept: (lowest: readonly DiskLabel[], slice: ScanSlice) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  close(): void;
}

/**
 * Memory: `threads` × (0.4 MiB + 512 bytes × N), and on the GPU as kernels/gpu/labels.ts states.
 * @throws WorkbenchError `threads-invalid`, `kernel-not-loaded`
 */
export async function openLabelEngines(options: BackendOptions = {}): Promise<LabelEngines> {
  const { threads, gpu } = await chooseEngine(options);
  // The GPU needs it, too: its results are checked by it.
  const module = await compileKernel();
  const parts: LabelEngines[] = [];
  if (threads) parts.push(workerEngines(module, threads.count, threads.description));
  if (gpu) parts.push(workerEngines(module, 'gpu', gpu.description));
  return together(parts);
}

const compileKernel = kernelCompiler({ name: 'label', simdUrl, scalarUrl });

function workerEngines(
  module: WebAssembly.Module,
  threads: number | 'gpu',
  description: string,
): LabelEngines {
  const pool = new WorkerPool<LabelWorkerApi>({
    spawn: spawn.labels,
    threads: threads === 'gpu' ? 1 : threads,
    prepare: (api) => api.open(module, threads === 'gpu'),
  });
  /** By N, what a task should hold. */
  const suitable = new Map<number, number>();
  return {
    description,
    run: async (job, deal, accept, { signal } = {}) => {
      const { scryptN } = job;
      if (!suitable.has(scryptN))
        await pool.run(
          [scryptN],
          (api, n) => api.suitableBatch(n),
          (size) => void suitable.set(scryptN, size),
          { signal },
        );
      const ending = new AbortController();
      const either = anySignal(signal, ending.signal);
      await pool.run(
        dealt(deal, () => suitable.get(scryptN) ?? 1, either),
        async (api, { places }): Promise<LabelAnswer> => {
          try {
            return await api.compute({ ...job, places });
          } catch (error) {
            ending.abort(error);
            throw error;
          }
        },
        (answer, slice) => {
          suitable.set(scryptN, answer.suitableBatch);
          return accept(answer, slice);
        },
        // A second task on the way, so that no core waits for the page.
        { signal, depth: 2 },
      );
    },
    scan: (slices, bound, accept, { signal } = {}) =>
      pool.run(slices, (api, slice) => api.lowest(slice, bound), accept, { signal }),
    close: () => pool.close(),
  };
}

const anySignal = (given: AbortSignal | undefined, own: AbortSignal): AbortSignal =>
  given ? AbortSignal.any([given, own]) : own;

async function* dealt<Slice>(
  deal: Deal<Slice>,
  size: () => number,
  signal: AbortSignal,
): AsyncGenerator<Slice> {
  for (;;) {
    const slice = await deal(size(), signal);
    if (slice === undefined) return;
    yield slice;
  }
}

/** Several engines on one job: each takes slices of its own size from the same dealer. */
export function together(parts: readonly LabelEngines[]): LabelEngines {
  return {
    description: parts.map((part) => part.description).join(' + '),
    run: async (job, deal, accept, { signal } = {}) => {
      const ending = new AbortController();
      const either = anySignal(signal, ending.signal);
      let stopped = false;
      try {
        await Promise.all(
          parts.map((part) =>
            part.run(
              job,
              (size, dealSignal) => (stopped ? undefined : deal(size, dealSignal)),
              (batch, slice) => {
                if (stopped) return 'stop';
                if (accept(batch, slice) !== 'stop') return undefined;
                stopped = true;
                return 'stop';
              },
              { signal: either },
            ),
          ),
        );
      } finally {
        ending.abort();
      }
    },
    scan: async (slices, bound, accept, options) => {
      const [first] = parts;
      await first?.scan(slices, bound, accept, options);
    },
    close: () => {
      for (const part of parts) part.close();
    },
  };
}

/** One kernel in the calling thread: for workers that need a few labels themselves, and for scripts in Node. */
export function kernelEngines(kernel: LabelKernel): LabelEngines {
  return {
    description: 'this thread',
    run: async (job, deal, accept, { signal = new AbortController().signal } = {}) => {
      for (;;) {
        signal.throwIfAborted();
        const slice = await deal(kernel.suitableBatch(job.scryptN), signal);
        if (!slice) return;
        const request = { ...job, ...placesOf(job, slice.places) };
        if (accept(await kernel.compute(request), slice) === 'stop') return;
      }
    },
    scan: async (slices, bound, accept, { signal } = {}) => {
      for (const slice of slices) {
        signal?.throwIfAborted();
        accept(await lowestLabels(slice, bound), slice);
      }
    },
    close: () => kernel.close(),
  };
}

export interface RangeSlice extends LabelSlice {
  readonly places: { readonly start: bigint; readonly count: number };
}

/** Deals out start … end − 1 in order. */
export function dealRange(start: bigint, end: bigint): Deal<RangeSlice> {
  let next = start;
  return (size) => {
    if (next >= end) return undefined;
    const left = end - next;
    const count = left < BigInt(size) ? Number(left) : size;
    const slice = { places: { start: next, count } };
    next += BigInt(count);
    return slice;
  };
}

export type LabelIdentity =
  | { readonly commitment: BytesLike }
  | { readonly nodeId: BytesLike; readonly commitmentAtxId: BytesLike };

/**
 * The 32 bytes that labels are computed from.
 * @throws WorkbenchError `bytes-wrong-length`, `bytes-not-readable`, naming the field
 */
export function readCommitment(identity: LabelIdentity): Bytes {
  if ('commitment' in identity) return readBytes(identity.commitment, 32, 'commitment');
  return commitment(
    readBytes(identity.nodeId, 32, 'nodeId'),
    readBytes(identity.commitmentAtxId, 32, 'commitmentAtxId'),
  );
}

export type LabelsRequest = LabelIdentity &
  BackendOptions & {
    readonly start: bigint | number;
    readonly count: number;
    readonly scryptN?: number | undefined;
    /** All 32 bytes of each label. */
    readonly full?: boolean | undefined;
  };

/** More than this belongs on a disk, not into one array. */
const maxResultBytes = 2 ** 30;

/**
 * Labels start … start + count − 1, 16 bytes each (32 with `full`), one after another.
 * @param engines used and left open; else opened and closed for this call
 * @throws WorkbenchError naming the field: `bytes-wrong-length`, `label-range-invalid`, `too-many-labels`, `scrypt-n-invalid`
 */
export async function labels(
  request: LabelsRequest,
  { signal, onProgress }: JobOptions = {},
  engines?: LabelEngines,
): Promise<Bytes> {
  const { count, scryptN = mainnetPost.scryptN, full = false } = request;
  const identity = readCommitment(request);
  const start = checkLabelRange(request.start, count);
  const bytesEach = full ? wholeLabelBytes : labelBytes;
  if (count * bytesEach > maxResultBytes)
    throw new WorkbenchError(
      'too-many-labels',
      `${count} labels are too many for one answer: ask for at most ${maxResultBytes / bytesEach} at a time, or initialise them into a directory.`,
      { count, maxCount: maxResultBytes / bytesEach },
    );
  const result = new Uint8Array(count * bytesEach);
  const meter = new ProgressMeter(count, 'labels');
  const job: LabelJob = {
    commitment: identity,
    scryptN: checkScryptN(scryptN),
    labelBytes: full ? 32 : 16,
  };
  await withEngines(request, engines, (using) =>
    using.run(
      job,
      dealRange(start, start + BigInt(count)),
      ({ labels: computed }, { places }) => {
        result.set(computed, Number(places.start - start) * bytesEach);
        onProgress?.(meter.advance(places.count));
      },
      { signal },
    ),
  );
  return result;
}

export type FindNonceRequest = LabelIdentity &
  BackendOptions & {
    readonly start: bigint | number;
    readonly count: number | bigint;
    /** 32 bytes that the label must be below; all ff by default, so the smallest of all. */
    readonly difficulty?: BytesLike | undefined;
    readonly scryptN?: number | undefined;
  };

/**
 * The smallest label below the difficulty among start … start + count − 1, by computing all of them;
 * of equal labels the earliest.
 * @throws WorkbenchError as `labels`
 */
export async function findNonce(
  request: FindNonceRequest,
  { signal, onProgress }: JobOptions = {},
  engines?: LabelEngines,
): Promise<SmallestLabel | null> {
  const {
    count,
    scryptN = mainnetPost.scryptN,
    difficulty = new Uint8Array(32).fill(0xff),
  } = request;
  const start = checkLabelRange(request.start, count);
  const job: LabelJob = {
    commitment: readCommitment(request),
    scryptN: checkScryptN(scryptN),
    labelBytes: 0,
    below: readBytes(difficulty, 32, 'difficulty'),
  };
  const meter = new ProgressMeter(Number(count), 'labels');
  let best: SmallestLabel | undefined;
  await withEngines(request, engines, (using) =>
    using.run(
      job,
      dealRange(start, start + BigInt(count)),
      ({ smallest }, { places }) => {
        best = smallerLabel(best, smallest);
        onProgress?.(meter.advance(places.count));
      },
      { signal },
    ),
  );
  return best ?? null;
}

/** All 32 bytes of one label. */
export async function labelAt(
  job: Pick<LabelJob, 'commitment' | 'scryptN'>,
  index: bigint,
  engines: LabelEngines,
): Promise<Bytes> {
  let label = new Uint8Array();
  await engines.run(
    { ...job, labelBytes: 32 },
    dealRange(index, index + 1n),
    (batch) => void (label = batch.labels),
  );
  return label;
}

/** Runs a job on the engines given, or on its own, which it closes. */
export async function withEngines<R>(
  options: BackendOptions,
  given: LabelEngines | undefined,
  use: (engines: LabelEngines) => Promise<R>,
): Promise<R> {
  const engines = given ?? (await openLabelEngines(options));
  try {
    return await use(engines);
  } finally {
    if (!given) engines.close();
  }
}
