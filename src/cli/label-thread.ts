/** The script of a thread that computes labels (labels.ts starts it). */
import { parentPort, workerData } from 'node:worker_threads';
import { WorkbenchError } from '../base/error';
import type { LabelBatch, LabelRequest } from '../kernels/labels';
import { wasmLabelKernel } from '../kernels/wasm/labels';

export interface LabelThreadTask {
  readonly id: number;
  readonly request: LabelRequest;
}

export type LabelThreadAnswer =
  | { readonly id: number; readonly batch: LabelBatch }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

const kernel = wasmLabelKernel(workerData as WebAssembly.Module);

async function answer({ id, request }: LabelThreadTask): Promise<void> {
  try {
    const batch = await kernel.compute(request);
    parentPort?.postMessage({ id, batch } satisfies LabelThreadAnswer, [batch.labels.buffer]);
  } catch (error) {
    // A class does not survive the way to the other thread.
    if (!(error instanceof WorkbenchError)) throw error;
    const { code, message } = error;
    parentPort?.postMessage({ id, error: { code, message } } satisfies LabelThreadAnswer);
  }
}

parentPort?.on('message', (task: LabelThreadTask) => void answer(task));
