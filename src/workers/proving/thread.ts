/** Scans for proofs, in whatever kind of thread. */
import { gpuProvingKernel } from '../../kernels/gpu/proving';
import type { GoodLabels, ProvingJob, ProvingKernel } from '../../kernels/proving';
import { wasmProvingKernel } from '../../kernels/wasm/proving';
import { WorkbenchError } from '../../base/error';
import { type FileSlice, readSlice } from '../../base/read-slice';
import { transfer } from '../rpc';
import type { ProvingWorkerApi } from './api';

export class ProvingThread implements ProvingWorkerApi {
  #kernel: ProvingKernel | undefined;
  /** Buffers between two reads: at most two, as large as a slice. */
  readonly #free: ArrayBuffer[] = [];
  #memory = new Uint8Array();

  async open(engine: WebAssembly.Module | 'gpu', job: ProvingJob): Promise<void> {
    const kernel = engine === 'gpu' ? gpuProvingKernel() : wasmProvingKernel(engine);
    await kernel.setJob(job);
    this.#kernel = kernel;
  }

  async scan(slice: FileSlice): Promise<GoodLabels> {
    const bytes = await readSlice(slice, this.#free.pop());
    const good = await this.#opened().scan(bytes);
    this.#free.push(bytes.buffer);
    return transfer(good, [good.labels.buffer, good.nonces.buffer]);
  }

  async read(slice: FileSlice): Promise<number> {
    const bytes = await readSlice(slice, this.#free.pop());
    this.#free.push(bytes.buffer);
    return bytes.length;
  }

  async scanMemory(byteLength: number): Promise<number> {
    if (this.#memory.length !== byteLength) this.#memory = randomBytes(byteLength);
    await this.#opened().scan(this.#memory);
    return byteLength;
  }

  #opened(): ProvingKernel {
    if (!this.#kernel)
      throw new WorkbenchError('worker-not-ready', 'The proving worker was not opened yet.');
    return this.#kernel;
  }
}

/** getRandomValues gives 64 KiB at a time. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}
