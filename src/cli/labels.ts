/** The label kernel in this thread, or one in each of several threads. */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { WorkbenchError } from '../base/error';
import type { LabelBatch, LabelKernel, LabelRequest } from '../kernels/labels';
import { wasmLabelKernel } from '../kernels/wasm/labels';
import { kernelEngines, together, type LabelEngines } from '../post/labels';
import type { LabelThreadAnswer, LabelThreadTask } from './label-thread';

/** One thread, this one. Memory: 0.4 MiB + 512 bytes × scrypt's N. */
export function labelsInThisThread(module: WebAssembly.Module): LabelEngines {
  const kernel = wasmLabelKernel(module);
  return kernelEngines({
    ...kernel,
    compute: async (request) => {
      const batch = await kernel.compute(request);
      // Between two batches signals and the output have their turn.
      await setImmediate();
      return batch;
    },
  });
}

/** Memory: that of `labelsInThisThread` and of an empty Node for each thread, about 10 MiB. */
export const labelsInThreads = (module: WebAssembly.Module, threads: number): LabelEngines =>
  together(Array.from({ length: threads }, () => kernelEngines(threadKernel(module))));

interface Waiting {
  resolve(batch: LabelBatch): void;
  reject(error: unknown): void;
}

/** A kernel in a thread of its own, which the build puts beside this script. */
function threadKernel(module: WebAssembly.Module): LabelKernel {
  const worker = new Worker(new URL('./label-thread.js', import.meta.url), { workerData: module });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let death: Error | undefined;
  worker.on('message', (answer: LabelThreadAnswer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('batch' in answer) call?.resolve(answer.batch);
    else call?.reject(new WorkbenchError(answer.error.code, answer.error.message));
  });
  const end = (error: Error): void => {
    death = error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.on('error', end);
  worker.on('exit', () => end(death ?? new Error('A thread that computes labels has ended.')));
  return {
    suitableBatch: wasmLabelKernel(module).suitableBatch,
    compute: (request: LabelRequest) =>
      new Promise((resolve, reject) => {
        if (death) {
          reject(death);
          return;
        }
        const id = count++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request } satisfies LabelThreadTask);
      }),
    close: () => void worker.terminate(),
  };
}
