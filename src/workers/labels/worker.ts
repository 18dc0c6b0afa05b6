import { gpuLabelKernel } from '../../kernels/gpu/labels';
import { checkedKernel, placesOf, type LabelKernel } from '../../kernels/labels';
import { wasmLabelKernel } from '../../kernels/wasm/labels';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { lowestLabels } from '../../post/lowest-labels';
import { expose, transfer } from '../rpc';
import type { DiskLabel, LabelAnswer, LabelTask, LabelWorkerApi, ScanSlice } from './api';

class LabelWorker implements LabelWorkerApi {
  #kernel: LabelKernel | undefined;

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

  lowest(slice: ScanSlice, bound: Bytes): Promise<readonly DiskLabel[]> {
    return lowestLabels(slice, bound);
  }

  #opened(): LabelKernel {
    if (!this.#kernel)
      throw new WorkbenchError('worker-not-ready', 'The label worker was not opened yet.');
    return this.#kernel;
  }
}

expose(new LabelWorker());
