/** What the RandomX worker offers. */
import type { RandomXParts } from '../../kernels/wasm/randomx';
import type { PowAnswer, PowTask } from '../../kernels/wasm/randomx-search';
import type { Bytes } from '../../base/bytes';

/** One thread of a RandomX session. */
export interface RandomXWorkerApi {
  /** Without a memory to share, the worker makes its own. */
  open(parts: Omit<RandomXParts, 'memory'> & { readonly memory?: WebAssembly.Memory }): void;
  fillCache(key: Bytes): void;
  fillDataset(start: number, count: number): void;
  /** At most one input for each program that the engine runs in parallel. */
  hash(inputs: readonly Bytes[]): Bytes[];
  search(task: PowTask): PowAnswer;
}
