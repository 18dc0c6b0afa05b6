import { gpuLabelKernel } from '../../kernels/gpu/labels';
import {
  checkedKernel,
  placesOf,
  type LabelBatch,
  type LabelKernel,
  type LabelPlaces,
  type LabelRequest,
} from '../../kernels/labels';
import { wasmLabelKernel } from '../../kernels/wasm/labels';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { lowestLabels, type DiskLabel, type ScanSlice } from '../../post/check/lowest-labels';
import { expose, transfer } from '../rpc';

export type LabelTask = Omit<LabelRequest, 'indices'> & { readonly places: LabelPlaces };

export interface LabelAnswer extends LabelBatch {
  /** What the next task should hold: a GPU learns it from its speed. */
  readonly suitableBatch: number;
}

/** One kernel, in a thread of its own. */
class LabelWorker {
  #kernel: LabelKernel | undefined;

  /** Gets ready to compute on the CPU with this module, or on the GPU, checked by that module. */
  open(module: WebAssembly.Module, onGpu: boolean): void {
    const cpu = wasmLabelKernel(module);
    this.#kernel = onGpu ? checkedKernel(gpuLabelKernel(), cpu) : cpu;
  }

  suitableBatch(scryptN: number): number {
    return this.#opened().suitableBatch(scryptN);
  }

  async compute({ places, ...task }: LabelTask): Promise<LabelAnswer> {
    const kernel = this.#opened();
    const { labels, smallest } = await kernel.compute({ ...task, ...placesOf(task, places) });
    const answer = { labels, smallest, suitableBatch: kernel.suitableBatch(task.scryptN) };
    return transfer(answer, [labels.buffer]);
  }

  /** Reads a stretch of a data file and finds its lowest labels. `bound` has 16 bytes. */
  lowest(slice: ScanSlice, bound: Bytes): Promise<readonly DiskLabel[]> {
    return lowestLabels(slice, bound);
  }

  #opened(): LabelKernel {
    if (!this.#kernel)
      throw new WorkbenchError('worker-not-ready', 'The label worker was not opened yet.');
    return this.#kernel;
  }
}

export type LabelWorkerApi = LabelWorker;

expose(new LabelWorker());
