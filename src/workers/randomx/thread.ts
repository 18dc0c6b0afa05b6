/** One thread of a RandomX session, in whatever kind of thread. */
import { RandomX, randomxMemory, type RandomXParts } from '../../kernels/wasm/randomx';
import { searchPow, type PowAnswer, type PowTask } from '../../kernels/wasm/randomx-search';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import type { RandomXWorkerApi } from './api';

export class RandomXThread implements RandomXWorkerApi {
  #randomx: RandomX | undefined;

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
