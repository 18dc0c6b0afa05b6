/**
 * RandomX (rx/0) in WebAssembly: one engine per thread over a memory that all threads of a session may
 * share. The cache (256 MiB) belongs to a key; the machines work on it in step, a few a thread.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { concatBytes, type Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { datasetCode } from './randomx-dataset-code';
import { generateSuperscalar } from './randomx-superscalar';

const pageBytes = 65536;
const mib = 1024 * 1024;
/** configuration.h: RANDOMX_ARGON_MEMORY, _ITERATIONS, _SALT; RANDOMX_DATASET_BASE_SIZE + _EXTRA_SIZE. */
const argonBlocks = 262144;
const argonPasses = 3;
const argonSalt = new TextEncoder().encode('RandomX\x03');
const cacheBytes = argonBlocks * 1024;
export const datasetItems = (2147483648 + 33554368) / 64;
const programsPerHash = 8;
/** assembly/randomx/layout.ts. */
const machineBytes = 16384 + 2 * mib + 64;
const field = {
  item: 256,
  itemNumber: 324,
  seed: 448,
  hash: 512,
  program: 10240,
  scratchpad: 16384,
};

export type RandomXMode = 'light' | 'fast';

/** Who gets what of a session's memory. Addresses and sizes in bytes. */
export interface RandomXLayout {
  readonly threads: number;
  /** Hashes that a thread computes in parallel. */
  readonly lanes: number;
  readonly mode: RandomXMode;
  readonly cacheAt: number;
  readonly machinesAt: number;
  readonly datasetAt: number;
  readonly totalBytes: number;
}

/** 256 MiB, 2 MiB for each lane of each thread, and 2080 MiB more in fast mode. */
export function randomxLayout(threads: number, lanes: number, mode: RandomXMode): RandomXLayout {
  const cacheAt = pageBytes;
  const machinesAt = cacheAt + cacheBytes;
  const datasetAt = machinesAt + threads * lanes * machineBytes;
  const totalBytes = datasetAt + (mode === 'fast' ? datasetItems * 64 : 0);
  return { threads, lanes, mode, cacheAt, machinesAt, datasetAt, totalBytes };
}

/** @throws WorkbenchError `randomx-memory` if the browser does not give that much. */
export function randomxMemory(layout: RandomXLayout, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(layout.totalBytes / pageBytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (cause) {
    const wanted = Math.ceil(layout.totalBytes / mib);
    throw new WorkbenchError(
      'randomx-memory',
      layout.mode === 'fast'
        ? `The browser did not give the ${wanted} MiB of memory that RandomX's fast mode needs. Use light mode (256 MiB), or close other tabs and programs.`
        : `The browser did not give the ${wanted} MiB of memory that RandomX needs. Close other tabs and programs, or use fewer threads.`,
      { mode: layout.mode, totalBytes: layout.totalBytes },
      { cause },
    );
  }
}

/** Code that belongs to a key; compiled once and handed to every thread. */
export function compileDatasetCode(
  key: Uint8Array,
  layout: RandomXLayout,
  shared: boolean,
): Promise<WebAssembly.Module> {
  const { cacheAt } = layout;
  const code = datasetCode(generateSuperscalar(key), { cacheAt, cacheBytes, shared });
  return WebAssembly.compile(code);
}

interface MachineExports {
  setUp(): void;
  fillArgon2d(cache: number, blocks: number, passes: number, work: number): void;
  begin(vm: number): void;
  program(vm: number): void;
  execute(first: number, stride: number, count: number, dataset: number): void;
  fillDataset(dataset: number, start: number, count: number, work: number): void;
  isExact(): number;
  reseed(vm: number): void;
  finish(vm: number): void;
}

export interface RandomXParts {
  /** The build of assembly/randomx that fits the memory (shared or not) and the processor. */
  readonly machine: WebAssembly.Module;
  /** From compileDatasetCode. */
  readonly datasetCode: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly layout: RandomXLayout;
  /** Which of the layout's threads this is, from 0. */
  readonly thread: number;
}

const instantiate = (
  machine: WebAssembly.Module,
  memory: WebAssembly.Memory,
  computeItems: WebAssembly.ExportValue,
): MachineExports =>
  new WebAssembly.Instance(machine, { env: { memory }, dataset: { computeItems } })
    .exports as unknown as MachineExports;

/**
 * Whether a build gives exact results on this processor: true for the plain ones, for those with relaxed
 * SIMD where its multiply-add rounds once.
 */
export function isExactHere(machine: WebAssembly.Module, shared: boolean): boolean {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
  return instantiate(machine, memory, () => undefined).isExact() !== 0;
}

/** One thread's share of a session. */
export class RandomX {
  readonly #memory: Uint8Array;
  readonly #layout: RandomXLayout;
  readonly #machine: MachineExports;
  readonly #vms: readonly number[];

  constructor({ machine, datasetCode, memory, layout, thread }: RandomXParts) {
    this.#layout = layout;
    this.#memory = new Uint8Array(memory.buffer);
    const { computeItems } = new WebAssembly.Instance(datasetCode, { env: { memory } }).exports;
    this.#machine = instantiate(machine, memory, computeItems as WebAssembly.ExportValue);
    this.#machine.setUp();
    const first = layout.machinesAt + thread * layout.lanes * machineBytes;
    this.#vms = Array.from({ length: layout.lanes }, (_, i) => first + i * machineBytes);
  }

  get lanes(): number {
    return this.#layout.lanes;
  }

  get mode(): RandomXMode {
    return this.#layout.mode;
  }

  /** Fills the cache for a key: once for all threads that share the memory; 1 to 2 s. */
  fillCache(key: Uint8Array): void {
    const { cacheAt } = this.#layout;
    const seed = argonSeed(key);
    this.#memory.set(argonBlock(seed, 0), cacheAt);
    this.#memory.set(argonBlock(seed, 1), cacheAt + 1024);
    this.#machine.fillArgon2d(cacheAt, argonBlocks, argonPasses, this.#vms[0] ?? 0);
  }

  /**
   * Fills a part of the dataset (fast mode), once the cache is there. The parts of all threads together must
   * cover items 0 to `datasetItems`.
   */
  fillDataset(start: number, count: number): void {
    this.#machine.fillDataset(this.#layout.datasetAt, start, count, this.#vms[0] ?? 0);
  }

  /** 32-byte hashes of up to `lanes` inputs of any length, computed in step. */
  hash(inputs: readonly Uint8Array[]): Bytes[] {
    const vms = this.#vms.slice(0, inputs.length);
    const [first] = vms;
    if (first === undefined || vms.length !== inputs.length)
      throw new RangeError(`between 1 and ${this.#vms.length} inputs, not ${inputs.length}`);
    const m = this.#machine;
    const { mode, datasetAt } = this.#layout;
    for (const [i, vm] of vms.entries()) {
      this.#memory.set(blake2b(inputs[i] ?? new Uint8Array()), vm + field.seed);
      m.begin(vm);
    }
    for (let program = 0; program < programsPerHash; program++) {
      for (const vm of vms) {
        if (program > 0) m.reseed(vm);
        m.program(vm);
      }
      m.execute(first, machineBytes, vms.length, mode === 'fast' ? datasetAt : 0);
    }
    return vms.map((vm) => {
      m.finish(vm);
      return new Uint8Array(this.#memory.subarray(vm + field.hash, vm + field.hash + 32));
    });
  }
}

const littleEndian32 = (...values: readonly number[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => bytes.setUint32(4 * i, value, true));
  return new Uint8Array(bytes.buffer);
};

/** H0 of RFC 9106 3.2: one lane, tag length 0, version 0x13, type 0 (Argon2d), no secret, no data. */
const argonSeed = (key: Uint8Array): Uint8Array =>
  blake2b(
    concatBytes(
      littleEndian32(1, 0, argonBlocks, argonPasses, 0x13, 0, key.length),
      key,
      littleEndian32(argonSalt.length),
      argonSalt,
      littleEndian32(0, 0),
    ),
  );

/** One of the first two blocks of lane 0: H'(H0 ‖ index ‖ 0) of 1024 bytes (RFC 9106 3.3). */
function argonBlock(seed: Uint8Array, index: number): Bytes {
  const block = new Uint8Array(1024);
  let v = blake2b(concatBytes(littleEndian32(block.length), seed, littleEndian32(index, 0)));
  for (let at = 0; at < block.length - 64; at += 32) {
    block.set(v.subarray(0, 32), at);
    v = blake2b(v);
  }
  block.set(v, block.length - 64);
  return block;
}
