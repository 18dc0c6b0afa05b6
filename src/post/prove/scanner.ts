/**
 * The proving scan over files, by all the cores or the GPU. Workers read their own slices; what comes
 * back are the few good labels.
 */
import {
  chooseEngine,
  kernelCompiler,
  requireThreads,
  type BackendOptions,
} from '../../kernels/choose';
import type { GoodLabels, ProvingJob, ProvingKernel } from '../../kernels/proving';
import scalarUrl from '../../kernels/wasm/build/proving-scalar.wasm?url';
import simdUrl from '../../kernels/wasm/build/proving.wasm?url';
import { noncesPerGroup } from '../../protocol/units';
import { WorkerPool } from '../../workers/pool';
import type { ProvingWorkerApi } from '../../workers/proving/api';
import { spawn } from '../../workers/spawn';
import { type FileSlice, readSlice } from '../../base/read-slice';

export type ScannerOptions = BackendOptions<'auto' | 'cpu' | 'gpu'>;

/** Whatever scans files: a pool of workers, or one kernel in this thread. */
export interface Scanner {
  /** "2 threads", "GPU (nvidia ampere)". */
  readonly description: string;
  /** Bytes that a slice should hold so that a cancel takes effect within about 0.1 s; a multiple of 1 MiB or 512 KiB. */
  readonly sliceBytes: (nonces: number) => number;
  /**
   * Scans every slice. Results come in any order; `accept` may answer 'stop'.
   * Rejects with the first error, or an AbortError.
   */
  readonly run: <Slice extends FileSlice>(
    job: ProvingJob,
    slices: Iterable<Slice>,
    accept: (good: GoodLabels, slice: Slice) => void | 'stop',
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<void>;
}

/** The workers that scan, before they are started. */
export interface ProvingEngine {
  readonly description: string;
  readonly sliceBytes: Scanner['sliceBytes'];
  readonly open: (job: ProvingJob) => WorkerPool<ProvingWorkerApi>;
}

/** @throws WorkbenchError `threads-invalid`, `kernel-not-loaded` */
export async function openEngine(options: ScannerOptions = {}): Promise<ProvingEngine> {
  const { threads, gpu } = await chooseEngine(options);
  if (!threads)
    return {
      description: gpu?.description ?? '',
      sliceBytes: () => gpuSliceBytes,
      open: (job) => workerPool('gpu', job, 1),
    };
  const module = await compileKernel();
  return {
    description: threads.description,
    sliceBytes: cpuSliceBytes,
    open: (job) => workerPool(module, job, threads.count),
  };
}

/** Memory: per thread three slices (at most 48 MiB), and 2.7 KiB per nonce. The GPU: see kernels/gpu/proving.ts. */
export async function openScanner(options: ScannerOptions = {}): Promise<Scanner> {
  const engine = await openEngine(options);
  return {
    description: engine.description,
    sliceBytes: engine.sliceBytes,
    run: async (job, slices, accept, { signal } = {}) => {
      // A pool for each pass: workers that are not awaited any more end with it.
      const pool = engine.open(job);
      try {
        // Two at a time, so that a worker reads the next slice while it scans this one.
        await pool.run(slices, (api, { file, from, to }) => api.scan({ file, from, to }), accept, {
          signal,
          depth: 2,
        });
      } finally {
        pool.close();
      }
    },
  };
}

/** One kernel in the calling thread: for scripts and tests. */
export function kernelScanner(kernel: ProvingKernel, sliceBytes = 1 << 20): Scanner {
  return {
    description: 'this thread',
    sliceBytes: () => sliceBytes,
    run: async (job, slices, accept, { signal } = {}) => {
      await kernel.setJob(job);
      for (const slice of slices) {
        signal?.throwIfAborted();
        if (accept(await kernel.scan(await readSlice(slice)), slice) === 'stop') return;
      }
    },
  };
}

const mib = 1 << 20;
const gpuSliceBytes = 16 * mib;
/** Some 0.6 GiB/s of a thread go to the groups in turn. Below 512 KiB lazy batches would often be half empty. */
export const cpuSliceBytes = (nonces: number): number =>
  Math.max(mib / 2, Math.min(16, Math.floor((64 * noncesPerGroup) / nonces)) * mib);

const workerPool = (
  engine: WebAssembly.Module | 'gpu',
  job: ProvingJob,
  threads: number,
): WorkerPool<ProvingWorkerApi> =>
  new WorkerPool<ProvingWorkerApi>({
    spawn: spawn.proving,
    threads,
    prepare: (api) => api.open(engine, job),
  });

/** Workers that only read. @throws WorkbenchError `threads-invalid` */
export function openReaders(threads: number): WorkerPool<ProvingWorkerApi> {
  requireThreads(threads);
  return new WorkerPool<ProvingWorkerApi>({ spawn: spawn.proving, threads });
}

const compileKernel = kernelCompiler({ name: 'proving', simdUrl, scalarUrl });
