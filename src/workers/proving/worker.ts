import { gpuProvingKernel } from '../../kernels/gpu/proving';
import type { GoodLabels, ProvingJob, ProvingKernel } from '../../kernels/proving';
import { wasmProvingKernel } from '../../kernels/wasm/proving';
import { WorkbenchError } from '../../base/error';
import { type FileSlice, readSlice } from '../../base/read-slice';
import { expose, transfer } from '../rpc';

/** Reads slices of files and scans them. While one is scanned the next is read: give it two at a time. */
class ProvingWorker {
  #kernel: ProvingKernel | undefined;
  /** Buffers between two reads: at most two, as large as a slice. */
  readonly #free: ArrayBuffer[] = [];
  #memory = new Uint8Array();

  /** Gets ready to scan for a job on the CPU with this module, or on the GPU. */
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

  /** Reads and does nothing else, for measuring. Gives the number of bytes. */
  async read(slice: FileSlice): Promise<number> {
    const bytes = await readSlice(slice, this.#free.pop());
    this.#free.push(bytes.buffer);
    return bytes.length;
  }

  /** Scans `byteLength` random bytes of its own, for measuring. Gives the number of bytes. */
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

export type ProvingWorkerApi = ProvingWorker;

expose(new ProvingWorker());
