/**
 * The k2pow search over threads. A session holds the workers and RandomX's memory: keep it open for the
 * groups of a pass, close it to give the memory back.
 *
 * Memory: 256 MiB for the cache, 2 MiB for each lane of each thread, in fast mode 2080 MiB more. All threads
 * share it where the page is cross-origin isolated; elsewhere every thread has its own.
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
import { readBytes, type Bytes, type BytesLike } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import {
  expectedHashes,
  k2powInput,
  powChallengeBytes,
  powCounterEnd,
  randomxKey,
  type PowRequest,
} from '../../protocol/k2pow';
import { ProgressMeter, type JobOptions, type Progress } from '../../base/progress';
import type { RandomXWorkerApi } from '../../workers/randomx/api';
import { WorkerHandle } from '../../workers/rpc';
import { spawn } from '../../workers/spawn';

/** Whatever hashes: the workers of a session, or one engine in this thread. */
export interface PowEngines {
  readonly threads: number;
  /** Hashes that a thread computes at once: the size of a task. */
  readonly lanes: number;
  readonly mode: RandomXMode;
  /** "2 threads, light mode". */
  readonly description: string;
  /** What holds this session back, for people: "This page is not cross-origin isolated …". */
  readonly remark: string | undefined;
  /** Calls that wait together are hashed together, over all threads. */
  hash(input: Bytes): Promise<Bytes>;
  /** Performs all tasks; `accept` gets the answers in any order. Rejects with the first error or the abort. */
  run(
    tasks: Iterator<PowTask>,
    accept: (answer: PowAnswer, task: PowTask) => void,
    signal: AbortSignal | undefined,
  ): Promise<void>;
  close(): void;
}

export interface RandomXOptions {
  /** As many as cores unless said. */
  readonly threads?: number | undefined;
  /** Fast is about three times as fast, takes 2.3 GiB and a minute of all cores to start. Default: light. */
  readonly mode?: RandomXMode | undefined;
  /** Spacemesh's unless said. */
  readonly key?: Bytes | undefined;
}

/**
 * Machines in step ask for the cache's lines together, so that they wait for memory together; each one more gets
 * in the others' way in branch prediction and the first-level cache. Measured in Chromium on an EPYC, ms a hash
 * with 1, 2, 3, 4: 50, 42, 42, 44 (native: 27); under load three did best. Fast mode hardly waits.
 */
const lightLanes = 3;
const fastLanes = 1;
/** Without shared memory each thread has 260 MiB of its own. */
const maxUnsharedThreads = 2;
/** Dataset items of one task: about 0.1 s. */
const datasetTaskItems = 65536;

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
): Promise<PowEngines> {
  signal?.throwIfAborted();
  const shared = globalThis.crossOriginIsolated;
  if (mode === 'fast' && !shared)
    throw new WorkbenchError(
      'randomx-fast-not-isolated',
      "RandomX's fast mode needs memory that threads share, which this page was not given. Use light mode, or serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
    );
  const wanted = clampThreads(threads);
  const used = shared ? wanted : Math.min(wanted, maxUnsharedThreads);
  const lanes = mode === 'fast' ? fastLanes : lightLanes;
  const layout = randomxLayout(shared ? used : 1, lanes, mode);
  const memory = shared ? randomxMemory(layout, true) : undefined;
  const machine = await compileMachine(shared);
  const datasetCode = await compileDatasetCode(key, layout, shared);

  const handles = Array.from({ length: used }, () => new WorkerHandle<RandomXWorkerApi>(spawn.randomx));
  const session = new WorkerEngines(handles, lanes, mode, wanted);
  const abandon = (): void => session.close();
  signal?.addEventListener('abort', abandon, { once: true });
  try {
    await Promise.all(
      handles.map((handle, i) => {
        const parts = { machine, datasetCode, layout, thread: shared ? i : 0 };
        return handle.call((api) => api.open(memory ? { ...parts, memory } : parts));
      }),
    );
    // One thread fills the cache that all share.
    const fillers = shared ? handles.slice(0, 1) : handles;
    await Promise.all(fillers.map((handle) => handle.call((api) => api.fillCache(key))));
    if (mode === 'fast') await fillDataset(handles, onProgress);
  } catch (error) {
    session.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abandon);
  }
  return session;
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
  handles: readonly WorkerHandle<RandomXWorkerApi>[],
  onProgress: JobOptions['onProgress'],
): Promise<void> {
  const meter = new ProgressMeter(datasetItems, 'item');
  let next = 0;
  const fill = async (handle: WorkerHandle<RandomXWorkerApi>): Promise<void> => {
    while (next < datasetItems) {
      const start = next;
      const count = Math.min(datasetTaskItems, datasetItems - start);
      next += count;
      await handle.call((api) => api.fillDataset(start, count));
      onProgress?.(meter.advance(count));
    }
  };
  await Promise.all(handles.map(fill));
}

interface WaitingHash {
  readonly input: Bytes;
  readonly resolve: (hash: Bytes) => void;
  readonly reject: (error: unknown) => void;
}

class WorkerEngines implements PowEngines {
  readonly lanes: number;
  readonly mode: RandomXMode;
  readonly remark: string | undefined;
  readonly #handles: readonly WorkerHandle<RandomXWorkerApi>[];
  readonly #hashing = new Set<WorkerHandle<RandomXWorkerApi>>();
  readonly #waiting: WaitingHash[] = [];

  constructor(
    handles: readonly WorkerHandle<RandomXWorkerApi>[],
    lanes: number,
    mode: RandomXMode,
    wantedThreads: number,
  ) {
    this.#handles = handles;
    this.lanes = lanes;
    this.mode = mode;
    this.remark =
      handles.length < wantedThreads
        ? `${handles.length} of ${wantedThreads} threads are used: this page is not cross-origin isolated, so each needs 260 MiB of its own. Served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, all share one cache.`
        : undefined;
  }

  get threads(): number {
    return this.#handles.length;
  }

  get description(): string {
    return `${counted(this.threads, 'thread')}, ${this.mode} mode`;
  }

  hash(input: Bytes): Promise<Bytes> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      // Calls of the same moment are dealt out together.
      queueMicrotask(() => this.#hashWaiting());
    });
  }

  /** Gives every idle thread a fair share of what waits, up to its lanes. */
  #hashWaiting(): void {
    for (const handle of this.#handles) {
      if (this.#hashing.has(handle) || this.#waiting.length === 0) continue;
      const idle = this.#handles.length - this.#hashing.size;
      const share = Math.min(this.lanes, Math.ceil(this.#waiting.length / idle));
      void this.#hashOn(handle, this.#waiting.splice(0, share));
    }
  }

  async #hashOn(
    handle: WorkerHandle<RandomXWorkerApi>,
    taken: readonly WaitingHash[],
  ): Promise<void> {
    this.#hashing.add(handle);
    try {
      const hashes = await handle.call((api) => api.hash(taken.map(({ input }) => input)));
      for (const [i, { resolve }] of taken.entries()) resolve(hashes[i] ?? new Uint8Array());
    } catch (error) {
      for (const { reject } of taken) reject(error);
    } finally {
      this.#hashing.delete(handle);
    }
    this.#hashWaiting();
  }

  async run(
    tasks: Iterator<PowTask>,
    accept: (answer: PowAnswer, task: PowTask) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    const state = { ended: false };
    const lane = async (handle: WorkerHandle<RandomXWorkerApi>): Promise<void> => {
      for (let next = tasks.next(); !next.done; next = tasks.next()) {
        const task = next.value;
        const answer = await handle.call((api) => api.search(task));
        if (hasEnded(state)) return;
        accept(answer, task);
      }
    };
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      // A worker whose answer nobody waits for any more ends its one small task and is then idle.
      await Promise.race([Promise.all(this.#handles.map(lane)), aborted]);
    } finally {
      state.ended = true;
    }
  }

  close(): void {
    for (const handle of this.#handles) handle.terminate();
  }
}

/** A call, so that the compiler does not take a flag that changes meanwhile for a constant. */
const hasEnded = (state: { readonly ended: boolean }): boolean => state.ended;

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

export interface PowProgress extends Progress {
  /**
   * Seconds until found with probability 1/2, 9/10, 99/100. A search has no memory: what was hashed in
   * vain does not bring the end nearer, so these (and etaS, the mean) change with the rate only.
   */
  readonly etaQuantilesS:
    { readonly p50: number; readonly p90: number; readonly p99: number } | undefined;
  /** Every counter below was tried: give it as `startNonce` to go on from here. */
  readonly resumeFrom: bigint;
}

export interface K2powRequest {
  /** 32 bytes, or the first 8 of them. */
  readonly challenge: BytesLike;
  /** 0 to 255. */
  readonly nonceGroup: number;
  /** 32 bytes. */
  readonly nodeId: BytesLike;
  /** 32 bytes, big-endian, scaled to the number of units (scalePowDifficulty). */
  readonly difficulty: BytesLike;
  /** First counter to try. */
  readonly startNonce?: bigint | undefined;
  /** Gives up after so many hashes. */
  readonly maxHashes?: number | undefined;
}

export interface K2powResult {
  readonly pow: bigint;
  /** Hashes computed for it. */
  readonly hashes: number;
}

/** @throws WorkbenchError `bytes-wrong-length` and the like, `nonce-group-out-of-bounds` */
export function readPowRequest(
  request: Omit<K2powRequest, 'startNonce' | 'maxHashes'>,
): PowRequest {
  return {
    challenge: readChallenge(request.challenge),
    nonceGroup: request.nonceGroup,
    nodeId: readBytes(request.nodeId, 32, 'nodeId'),
    difficulty: readBytes(request.difficulty, 32, 'difficulty'),
  };
}

function readChallenge(challenge: BytesLike): Bytes {
  const isShort =
    typeof challenge === 'string'
      ? /^(0x)?[0-9a-f]{16}$/i.test(challenge.trim())
      : challenge.length === powChallengeBytes;
  return isShort
    ? readBytes(challenge, powChallengeBytes, 'challenge')
    : readBytes(challenge, 32, 'challenge').slice(0, powChallengeBytes);
}

/**
 * Searches the counters from `startNonce` upward. Answers the smallest one that is good, with any number of
 * threads; null after `maxHashes` in vain. An abort takes effect at once.
 */
export async function searchK2pow(
  engines: PowEngines,
  request: K2powRequest,
  { signal, onProgress }: JobOptions<PowProgress> = {},
): Promise<K2powResult | null> {
  const pow = readPowRequest(request);
  const { startNonce = 0n, maxHashes = Infinity } = request;
  if (startNonce < 0n || startNonce > powCounterEnd)
    throw new WorkbenchError(
      'start-nonce-not-valid',
      `A search starts at a counter from 0 to 2^56, not at ${startNonce.toString()}.`,
      { startNonce },
    );
  // Refuses a group out of bounds before anything is started.
  k2powInput(startNonce, pow);
  const expected = expectedHashes(pow.difficulty);
  const meter = new ProgressMeter(expected, 'hashes');
  const untried = new UntriedCounters(startNonce);
  let best: bigint | undefined;
  let hashes = 0;

  // No new task once there is a hit; those on their way are waited for, since theirs may be smaller.
  function* tasks(): Generator<PowTask, void> {
    for (let first = startNonce, left = maxHashes; left > 0 && first < powCounterEnd;) {
      if (best !== undefined) return;
      const room = powCounterEnd - first;
      const count = Math.min(engines.lanes, left, Number(room));
      yield { request: pow, first, count };
      first += BigInt(count);
      left -= count;
    }
  }
  await engines.run(
    tasks(),
    (hit, { first, count }) => {
      hashes += count;
      // A hit stays untried: who stops before it is given out finds it again.
      if (!hit) untried.remove(first, count);
      else if (best === undefined || hit.counter < best) best = hit.counter;
      const { done, total, unit, ratePerS } = meter.advance(count);
      onProgress?.({
        ...{ done, total, unit, ratePerS },
        ...exponentialEta(expected, ratePerS),
        resumeFrom: untried.lowest,
      });
    },
    signal,
  );
  return best === undefined ? null : { pow: best, hashes };
}

/** Mean and quantiles of the time to a success with one chance in `expected` a hash. */
export function exponentialEta(
  expected: number,
  ratePerS: number,
): Pick<PowProgress, 'etaS' | 'etaQuantilesS'> {
  if (ratePerS <= 0) return { etaS: undefined, etaQuantilesS: undefined };
  const etaS = expected / ratePerS;
  const quantile = (p: number): number => -Math.log(1 - p) * etaS;
  return { etaS, etaQuantilesS: { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) } };
}

/** Answers come in any order: keeps the lowest counter that has none yet. */
class UntriedCounters {
  lowest: bigint;
  readonly #ahead = new Map<bigint, bigint>();

  constructor(first: bigint) {
    this.lowest = first;
  }

  remove(first: bigint, count: number): void {
    this.#ahead.set(first, first + BigInt(count));
    for (let end = this.#ahead.get(this.lowest); end !== undefined;) {
      this.#ahead.delete(this.lowest);
      this.lowest = end;
      end = this.#ahead.get(end);
    }
  }
}

/** A search with a session of its own, closed when it ends. Parameters as for searchK2pow and openRandomX. */
export async function k2pow(
  request: K2powRequest & Omit<RandomXOptions, 'key'>,
  options: JobOptions<PowProgress> = {},
): Promise<K2powResult | null> {
  const { threads, mode } = request;
  const engines = await openRandomX({ threads, mode }, { signal: options.signal });
  try {
    return await searchK2pow(engines, request, options);
  } finally {
    engines.close();
  }
}

/** Hash of one k2pow; the proof of work is good if it is below the difficulty (compareBytes). */
export const k2powHash = (
  engines: PowEngines,
  counter: bigint,
  request: Omit<K2powRequest, 'difficulty'>,
): Promise<Bytes> =>
  engines.hash(
    k2powInput(counter, {
      challenge: readChallenge(request.challenge),
      nonceGroup: request.nonceGroup,
      nodeId: readBytes(request.nodeId, 32, 'nodeId'),
    }),
  );

/** RandomX (rx/0) of any input under any key; 32 bytes. Fills a cache for it: 1 to 2 s, 256 MiB. */
export async function randomx(
  key: Bytes,
  input: Bytes,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<Bytes> {
  const engines = await openRandomX({ threads: 1, key }, { signal });
  try {
    return await engines.hash(input);
  } finally {
    engines.close();
  }
}
