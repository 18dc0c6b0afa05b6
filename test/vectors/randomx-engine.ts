/** RandomX in this thread, for the suites: one memory, one key at a time. */
import { readFileSync } from 'node:fs';
import {
  compileDatasetCode,
  RandomX,
  randomxLayout,
  randomxMemory,
  type RandomXMode,
} from '../../src/kernels/wasm/randomx';
import type { Bytes } from '../../src/base/bytes';

const build = (name: string): URL =>
  new URL(`../../src/kernels/wasm/build/${name}.wasm`, import.meta.url);

export const compileBuild = (name: string): Promise<WebAssembly.Module> =>
  WebAssembly.compile(readFileSync(build(name)));

/** How assembly/randomx/layout.ts lays a machine out, in bytes. */
export const machineField = {
  registers: 0,
  seed: 448,
  hash: 512,
  program: 10240,
  scratchpad: 16384,
} as const;

/** assembly/randomx/index.ts, for those who walk a hash step by step. */
export interface MachineSteps {
  setUp(): void;
  begin(vm: number): void;
  program(vm: number): void;
  execute(first: number, stride: number, count: number, dataset: number): void;
  reseed(vm: number): void;
  finish(vm: number): void;
  fillDataset(dataset: number, start: number, count: number, work: number): void;
}

export interface Engine {
  readonly randomx: RandomX;
  readonly memory: WebAssembly.Memory;
  /** The same code and memory, bare. */
  readonly steps: MachineSteps;
  readonly cacheAt: number;
  readonly vm: number;
  readonly datasetAt: number;
}

/** Sees every request for dataset items on its way: the block it is for. */
export type Spy = (memory: WebAssembly.Memory, block: number) => void;

/** `lanes` hashes in step, with the cache of `key`. In fast mode the dataset is the caller's to fill. */
export async function openEngine(
  key: Bytes,
  {
    lanes = 2,
    shared = false,
    mode = 'light',
    spy,
  }: { lanes?: number; shared?: boolean; mode?: RandomXMode; spy?: Spy } = {},
): Promise<Engine> {
  const layout = randomxLayout(1, lanes, mode);
  const memory = randomxMemory(layout, shared);
  const machine = await compileBuild(shared ? 'randomx-shared' : 'randomx');
  const datasetCode = await compileDatasetCode(key, layout, shared);
  const randomx = new RandomX({ machine, datasetCode, memory, layout, thread: 0 });
  randomx.fillCache(key);
  const env = { memory };
  const code = (await WebAssembly.instantiate(datasetCode, { env })).exports;
  const compute = code['computeItems'] as (first: number, stride: number, count: number) => void;
  const computeItems: typeof compute = (first, stride, count) => {
    compute(first, stride, count);
    spy?.(memory, first);
  };
  const { exports } = await WebAssembly.instantiate(machine, { env, dataset: { computeItems } });
  const steps = exports as unknown as MachineSteps;
  steps.setUp();
  const { cacheAt, machinesAt: vm, datasetAt } = layout;
  return { randomx, memory, steps, cacheAt, vm, datasetAt };
}
