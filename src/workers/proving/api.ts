/** What the proving worker offers. */
import type { FileSlice } from '../../base/read-slice';
import type { GoodLabels, ProvingJob } from '../../kernels/proving';

/** Reads slices of files and scans them. While one is scanned the next is read: give it two at a time. */
export interface ProvingWorkerApi {
  /** Gets ready to scan for a job on the CPU with this module, or on the GPU. */
  open(engine: WebAssembly.Module | 'gpu', job: ProvingJob): Promise<void>;
  scan(slice: FileSlice): Promise<GoodLabels>;
  /** Reads and does nothing else, for measuring. Gives the number of bytes. */
  read(slice: FileSlice): Promise<number>;
  /** Scans `byteLength` random bytes of its own, for measuring. Gives the number of bytes. */
  scanMemory(byteLength: number): Promise<number>;
}
