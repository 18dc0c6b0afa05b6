/** The proving scan over files of this machine, in this thread or in several. */
import type { GoodLabels, ProvingJob } from '../kernels/proving';
import { wasmProvingKernel } from '../kernels/wasm/proving';
import { counted } from '../base/counted';
import {
  cpuSliceBytes,
  kernelScanner,
  type ProvingEngine,
  type Scanner,
} from '../post/prove/scanner';
import type { ProvingWorkerApi } from '../workers/proving/api';
import { WorkerPool } from '../workers/pool';
import type { ThreadWorker } from '../workers/rpc';
import { DiskFile, type DiskRange } from './files/disk-file';

/** Bytes `from` … `to` − 1 of a part of a file. A `DiskFile` itself does not survive the way to another thread. */
export interface DiskSlice {
  readonly range: DiskRange;
  readonly from: number;
  readonly to: number;
}

/** What the script of a thread offers (threads/proving-thread.ts). */
export interface DiskScanApi {
  open(module: WebAssembly.Module, job: ProvingJob): Promise<void>;
  scan(slice: DiskSlice): Promise<GoodLabels>;
  /** As `ProvingWorkerApi.scanMemory`. */
  scanMemory(byteLength: number): Promise<number>;
}

/** Memory: two slices of 1 MiB, and 2.7 KiB per nonce. */
export const scannerInThisThread = (module: WebAssembly.Module): Scanner =>
  kernelScanner(wasmProvingKernel(module));

/** Memory: per thread three slices (at most 48 MiB), and 2.7 KiB per nonce. */
export const scannerInThreads = (
  module: WebAssembly.Module,
  threads: number,
  spawn: () => ThreadWorker,
): Scanner => ({
  description: counted(threads, 'thread'),
  sliceBytes: cpuSliceBytes,
  run: async (job, slices, accept, { signal } = {}) => {
    const pool = new WorkerPool<DiskScanApi>({
      spawn,
      threads,
      prepare: (api) => api.open(module, job),
    });
    try {
      await pool.run(slices, (api, slice) => api.scan(onDisk(slice)), accept, { signal, depth: 2 });
    } finally {
      pool.close();
    }
  },
});

/** For measuring: its threads scan memory. Memory: 16 MiB for each thread. */
export const provingEngine = (
  module: WebAssembly.Module,
  threads: number,
  spawn: () => ThreadWorker,
): ProvingEngine => ({
  description: counted(threads, 'thread'),
  sliceBytes: cpuSliceBytes,
  open: (job) =>
    new WorkerPool<ProvingWorkerApi>({ spawn, threads, prepare: (api) => api.open(module, job) }),
});

function onDisk({
  file,
  from,
  to,
}: {
  readonly file: Blob;
  readonly from: number;
  readonly to: number;
}): DiskSlice {
  if (file instanceof DiskFile) return { range: file.range, from, to };
  throw new TypeError('Only files on disk are scanned by threads.');
}
