/**
 * RandomX by threads. A session holds the workers and RandomX's memory: keep it open for the groups of a pass, close it to
 * give the memory back.
 *
 * Memory: 256 MiB for the cache, 2 MiB for each lane of each thread, in fast mode 2080 MiB more. All threads
 * share it where the browser lets threads share memory; elsewhere every thread has its own.
 */
import machineUrl from '../../kernels/wasm/build/randomx.wasm?url';
import machineFmaUrl from '../../kernels/wasm/build/randomx-fma.wasm?url';
import machineSharedUrl from '../../kernels/wasm/build/randomx-shared.wasm?url';
import machineSharedFmaUrl from '../../kernels/wasm/build/randomx-shared-fma.wasm?url';
import {
  compileDatasetCode,
  datasetItems,
  isExactHere,
  randomxLayout,
  randomxMemory,
  type RandomX,
  type RandomXMode,
} from '../../kernels/wasm/randomx';
import { searchPow, type PowAnswer, type PowTask } from '../../kernels/wasm/randomx-search';
import type { Bytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { ProgressMeter, type JobOptions } from '../../base/progress';
import { hasSharedMemory, howToShare, whyNotShared } from '../../base/shared-memory';
import { randomxKey } from '../../protocol/k2pow';
import { WorkerPool } from '../../workers/pool';
import type { RandomXWorkerApi } from '../../workers/randomx/api';
import type { ThreadWorker } from '../../workers/rpc';
import { spawn } from '../../workers/spawn';

/** Whatever hashes: the workers of a session, or one engine in this thread. */
export interface PowEngines {
  readonly threads: number;
  /** Hashes that a thread computes in parallel: the size of a task. */
  readonly lanes: number;
  readonly mode: RandomXMode;
  /** "2 threads, light mode". */
  readonly description: string;
  /** What holds this session back, for the user: "2 of 4 threads are used: …". */
  readonly remark: string | undefined;
  /** Calls that wait together are hashed together, over all threads. */
  hash(input: Bytes): Promise<Bytes>;
  /** Performs all tasks; `accept` gets the answers in any order. Rejects with the first error or the abort. */
  run(
    tasks: IterableIterator<PowTask>,
    accept: (answer: PowAnswer, task: PowTask) => void,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  close(): void;
}

export interface RandomXOptions {
  /** One per core by default. */
  readonly threads?: number | undefined;
  /** Fast is about three times as fast, takes 2.3 GiB and a minute of all cores to start. Default: light. */
  readonly mode?: RandomXMode | undefined;
  /** Spacemesh's by default. */
  readonly key?: Bytes | undefined;
}

/**
 * Machines in step ask for the cache's lines together, so that they wait for memory together; each one more gets
 * in each other's way in branch prediction and the first-level cache. Measured in Chromium on an EPYC, ms per hash
 * with 1, 2, 3, 4: 50, 42, 42, 44 (native: 27); under load three did best. Fast mode hardly waits.
 */
const lightLanes = 3;
const fastLanes = 1;
/** Without shared memory each thread has 260 MiB of its own. */
const maxUnsharedThreads = 2;
/** Dataset items of one task: about 0.1 s. */
const datasetTaskItems = 65536;

/** Where the threads of a session run: this page, or another that can start a `RandomXWorkerApi`. */
export interface RandomXHost {
  /** Whether threads can share memory. */
  readonly isShared: boolean;
  /** Compiles the fastest exact build of the machine, for shared memory or not. */
  compile(isShared: boolean): Promise<WebAssembly.Module>;
  spawn(): ThreadWorker;
}

const thisPage = (): RandomXHost => ({
  isShared: hasSharedMemory(),
  compile: compileMachine,
  spawn: spawn.randomx,
});

const clampThreads = (threads: number): number => Math.max(1, Math.floor(threads));

/**
 * Starts the workers and fills the cache (1 to 2 s), in fast mode the dataset too (progress in items).
 * @throws WorkbenchError `randomx-memory`, `randomx-fast-not-isolated`
 */
export async function openRandomX(
  {
    threads = navigator.hardwareConcurrency,
    mode = 'light',
    key = randomxKey,
  }: RandomXOptions = {},
  { signal, onProgress }: JobOptions = {},
  host: RandomXHost = thisPage(),
): Promise<PowEngines> {
  signal?.throwIfAborted();
  const shared = host.isShared;
  if (mode === 'fast' && !shared)
    throw new WorkbenchError(
      'randomx-fast-not-isolated',
      `RandomX's fast mode needs memory that threads share, but ${whyNotShared()}. Use light mode, or ${howToShare()}.`,
    );
  const wanted = clampThreads(threads);
  const used = shared ? wanted : Math.min(wanted, maxUnsharedThreads);
  const lanes = mode === 'fast' ? fastLanes : lightLanes;
  const layout = randomxLayout(shared ? used : 1, lanes, mode);
  const memory = shared ? randomxMemory(layout, true) : undefined;
  const machine = await host.compile(shared);
  const datasetCode = await compileDatasetCode(key, layout, shared);

  const pool = new WorkerPool<RandomXWorkerApi>({
    spawn: () => host.spawn(),
    threads: used,
    prepare: async (api, thread) => {
      const parts = { machine, datasetCode, layout, thread: shared ? thread : 0 };
      await api.open(memory ? { ...parts, memory } : parts);
      if (!shared) await api.fillCache(key);
    },
  });
  const abandon = (): void => pool.close();
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    await pool.start();
    // One thread fills the cache that all share.
    if (shared)
      await pool.run(
        [key],
        (api, cacheKey) => api.fillCache(cacheKey),
        () => undefined,
      );
    if (mode === 'fast') await fillDataset(pool, onProgress);
  } catch (error) {
    pool.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abandon);
  }
  return workerEngines(pool, {
    lanes,
    mode,
    remark: used < wanted ? fewThreads(used, wanted) : undefined,
  });
}

/** The build with fused multiply-add where the browser has it and the processor means it, else the plain one. */
async function compileMachine(shared: boolean): Promise<WebAssembly.Module> {
  const builds = shared ? [machineSharedFmaUrl, machineSharedUrl] : [machineFmaUrl, machineUrl];
  for (const url of builds) {
    const code = await (await fetch(url)).arrayBuffer();
    if (!WebAssembly.validate(code)) continue;
    const module = await WebAssembly.compile(code);
    if (isExactHere(module, shared)) return module;
  }
  throw new WorkbenchError(
    'randomx-needs-simd',
    'This browser has no WebAssembly SIMD, which RandomX needs here. Use a current Firefox, Safari or Chromium.',
  );
}

async function fillDataset(
  pool: WorkerPool<RandomXWorkerApi>,
  onProgress: JobOptions['onProgress'],
): Promise<void> {
  const meter = new ProgressMeter(datasetItems, 'item');
  function* tasks(): Generator<{ readonly start: number; readonly count: number }> {
    for (let start = 0; start < datasetItems; start += datasetTaskItems)
      yield { start, count: Math.min(datasetTaskItems, datasetItems - start) };
  }
  await pool.run(
    tasks(),
    (api, { start, count }) => api.fillDataset(start, count),
    (_, { count }) => onProgress?.(meter.advance(count)),
  );
}

const fewThreads = (used: number, wanted: number): string =>
  `${used} of ${wanted} threads are used, because each needs 260 MiB of its own: ${whyNotShared()}. To let all threads share one cache, ${howToShare()}.`;

/** Searches and single hashes on one pool: a thread that dies is replaced, and its task done again. */
function workerEngines(
  pool: WorkerPool<RandomXWorkerApi>,
  { lanes, mode, remark }: Pick<PowEngines, 'lanes' | 'mode' | 'remark'>,
): PowEngines {
  const queue = new HashQueue(lanes);
  let serving: Promise<void> | undefined;
  /** Runs until the pool is closed; after a failure the next hash starts it again. */
  const serve = (): void => {
    serving ??= pool
      .run(
        queue,
        (api, batch) => api.hash(batch.map(({ input }) => input)),
        (hashes, batch) => queue.answer(batch, hashes),
      )
      .catch((error: unknown) => {
        serving = undefined;
        queue.reject(error);
      });
  };
  return {
    threads: pool.threads,
    lanes,
    mode,
    description: `${counted(pool.threads, 'thread')}, ${mode} mode`,
    remark,
    hash: (input) => {
      serve();
      return queue.add(input);
    },
    run: (tasks, accept, signal) =>
      pool.run(tasks, (api, task) => api.search(task), accept, { signal }),
    close: () => {
      pool.close();
      queue.reject(new DOMException('The worker was stopped.', 'AbortError'));
    },
  };
}

interface WaitingHash {
  readonly input: Bytes;
  readonly resolve: (hash: Bytes) => void;
  readonly reject: (error: unknown) => void;
}

type HashBatch = readonly WaitingHash[];

/** Inputs that wait for a thread. Each idle thread gets a fair share of them, up to its lanes. */
class HashQueue implements AsyncIterable<HashBatch> {
  readonly #lanes: number;
  readonly #waiting: WaitingHash[] = [];
  /** Inputs that threads are working on. */
  readonly #taken = new Set<WaitingHash>();
  readonly #idle: ((next: IteratorResult<HashBatch, undefined>) => void)[] = [];

  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  add(input: Bytes): Promise<Bytes> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      // Calls of the same moment are dealt out together.
      queueMicrotask(() => this.#deal());
    });
  }

  answer(batch: HashBatch, hashes: readonly Bytes[]): void {
    for (const [i, hash] of batch.entries()) {
      this.#taken.delete(hash);
      hash.resolve(hashes[i] ?? new Uint8Array());
    }
  }

  /** Refuses all inputs that have no hash yet, and sends the threads away. */
  reject(error: unknown): void {
    for (const { reject } of [...this.#taken, ...this.#waiting.splice(0)]) reject(error);
    this.#taken.clear();
    for (const leave of this.#idle.splice(0)) leave({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<HashBatch, undefined> {
    return {
      next: () =>
        new Promise((resolve) => {
          this.#idle.push(resolve);
          queueMicrotask(() => this.#deal());
        }),
    };
  }

  #deal(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const share = Math.min(this.#lanes, Math.ceil(this.#waiting.length / this.#idle.length));
      const batch = this.#waiting.splice(0, share);
      for (const hash of batch) this.#taken.add(hash);
      this.#idle.shift()?.({ done: false, value: batch });
    }
  }
}

/** One engine in this thread: for tests and scripts, since it blocks for each batch of hashes. */
export function localEngines(randomx: RandomX): PowEngines {
  const { lanes, mode } = randomx;
  return {
    threads: 1,
    lanes,
    mode,
    description: `this thread, ${mode} mode`,
    remark: undefined,
    hash: (input) => Promise.resolve(randomx.hash([input])[0] ?? new Uint8Array()),
    async run(tasks, accept, signal) {
      for (let next = tasks.next(); !next.done; next = tasks.next()) {
        signal?.throwIfAborted();
        accept(searchPow(randomx, next.value), next.value);
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    close: () => undefined,
  };
}
