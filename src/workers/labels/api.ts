/** What the label worker offers. */
import type { LabelBatch, LabelPlaces, LabelRequest } from '../../kernels/labels';
import type { Bytes } from '../../base/bytes';

export type LabelTask = Omit<LabelRequest, 'indices'> & { readonly places: LabelPlaces };

export interface LabelAnswer extends LabelBatch {
  /** What the next task should hold: a GPU learns it from its speed. */
  readonly suitableBatch: number;
}

/** A stretch of a data file: complete labels. */
export interface ScanSlice {
  readonly file: Blob;
  readonly from: number;
  readonly to: number;
  /** Index of the label at `from`. */
  readonly firstIndex: bigint;
}

/** The 16 bytes of a label on disk, as two 64-bit numbers in the order of comparison. */
export interface DiskLabel {
  readonly index: bigint;
  readonly high: bigint;
  readonly low: bigint;
}

/** One kernel, in a thread of its own. */
export interface LabelWorkerApi {
  /** Gets ready to compute on the CPU with this module, or on the GPU, checked by that module. */
  open(module: WebAssembly.Module, onGpu: boolean): void;
  suitableBatch(scryptN: number): number;
  compute(task: LabelTask): Promise<LabelAnswer>;
  /** Reads a stretch of a data file and finds its lowest labels. `bound` has 16 bytes. */
  lowest(slice: ScanSlice, bound: Bytes): Promise<readonly DiskLabel[]>;
}
