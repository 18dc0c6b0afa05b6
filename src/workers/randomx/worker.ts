import { RandomX, randomxMemory, type RandomXParts } from '../../kernels/wasm/randomx';
import { searchPow, type PowAnswer, type PowTask } from '../../kernels/wasm/randomx-search';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { expose } from '../rpc';

/** One thread of a RandomX session. */
class RandomXWorker {
  #randomx: RandomX | undefined;

  /** Without a memory to share, the worker makes its own. */
  open(parts: Omit<RandomXParts, 'memory'> & { readonly memory?: WebAssembly.Memory }): void {
    const memory = parts.memory ?? randomxMemory(parts.layout, false);
    this.#randomx = new RandomX({ ...parts, memory });
  }

  fillCache(key: Bytes): void {
    this.#opened().fillCache(key);
  }

  fillDataset(start: number, count: number): void {
    this.#opened().fillDataset(start, count);
  }

  /** Up to as many inputs as the engine has lanes. */
  hash(inputs: readonly Bytes[]): Bytes[] {
    return this.#opened().hash(inputs);
  }

  search(task: PowTask): PowAnswer {
    return searchPow(this.#opened(), task);
  }

  #opened(): RandomX {
    if (!this.#randomx)
      throw new WorkbenchError('worker-not-ready', 'The RandomX worker was not opened yet.');
    return this.#randomx;
  }
}

export type RandomXWorkerApi = RandomXWorker;

expose(new RandomXWorker());
