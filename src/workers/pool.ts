/**
 * Deals the tasks of a job out to workers. Tasks are small (aim at 20–100 ms), so that a cancel takes
 * effect immediately, a slow core gets fewer of them, and a worker that died costs only what it held.
 */
import { isDeath, WorkerHandle, type Remote, type ThreadWorker } from './rpc';

export interface PoolOptions<Api extends object> {
  readonly spawn: () => ThreadWorker;
  /** Number of workers. */
  readonly threads: number;
  /** Prepares a fresh worker (hands it its module, its memory, its job's constants); `thread` counts from 0. */
  readonly prepare?: (api: Remote<Api>, thread: number) => Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Tasks that a worker holds: 2 lets it read the next while it works on this one. */
  readonly depth?: number;
}

/** A task that killed this many workers is at fault itself. */
const maxDeathsPerTask = 2;

export class WorkerPool<Api extends object> {
  readonly #options: PoolOptions<Api>;
  readonly #slots: (Promise<WorkerHandle<Api>> | undefined)[];
  /** The latest worker of each slot, also one that still prepares. */
  readonly #handles: (WorkerHandle<Api> | undefined)[] = [];
  #closed = false;

  constructor(options: PoolOptions<Api>) {
    this.#options = options;
    this.#slots = Array.from({ length: options.threads }, () => undefined);
  }

  get threads(): number {
    return this.#slots.length;
  }

  /**
   * Performs every task and hands over each result as it comes, in no fixed order, to `accept`, which
   * may answer 'stop' to end the run early. Resolves when all is done; rejects with the first error,
   * or with an AbortError. Tasks are drawn from `tasks` only as workers become free.
   */
  async run<Task, Result>(
    tasks: Iterable<Task> | AsyncIterable<Task>,
    perform: (api: Remote<Api>, task: Task) => Promise<Result>,
    accept: (result: Result, task: Task) => void | 'stop',
    { signal, depth = 1 }: RunOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const source =
      Symbol.asyncIterator in tasks ? tasks[Symbol.asyncIterator]() : tasks[Symbol.iterator]();
    const run = { stopped: false };
    const serve = async (slot: number): Promise<void> => {
      while (!run.stopped) {
        const next = await source.next();
        if (next.done || isStopped(run)) return;
        const result = await this.#performOnLiveWorker(slot, next.value, perform);
        if (isStopped(run)) return;
        if (accept(result, next.value) === 'stop') run.stopped = true;
      }
    };
    const loops = Array.from({ length: this.threads * depth }, (_, i) => serve(i % this.threads));
    // Workers whose answers are not awaited any more finish their one small task and are then idle.
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      await Promise.race([Promise.all(loops), aborted]);
    } finally {
      run.stopped = true;
      await source.return?.();
    }
  }

  /** Starts and prepares all workers, which otherwise start with their first task. */
  async start(): Promise<void> {
    await Promise.all(this.#slots.map((_, slot) => this.#worker(slot)));
  }

  /** Ends all workers, also those that still prepare. The pool is of no further use. */
  close(): void {
    this.#closed = true;
    for (const handle of this.#handles) handle?.terminate();
    this.#handles.length = 0;
    void this.#slots.fill(undefined);
  }

  async #performOnLiveWorker<Task, Result>(
    slot: number,
    task: Task,
    perform: (api: Remote<Api>, task: Task) => Promise<Result>,
  ): Promise<Result> {
    for (let deaths = 0; ;) {
      try {
        const handle = await this.#worker(slot);
        return await handle.call((api) => perform(api, task));
      } catch (error) {
        if (!isDeath(error) || this.#closed || ++deaths >= maxDeathsPerTask) throw error;
      }
    }
  }

  #worker(slot: number): Promise<WorkerHandle<Api>> {
    const current = this.#slots[slot];
    const start = async (): Promise<WorkerHandle<Api>> => {
      const held = await current?.catch(() => undefined);
      if (held?.alive) return held;
      // One that died, also while it prepared. Its replacement gets the same part of a shared memory.
      const dead = this.#handles[slot];
      dead?.terminate();
      await dead?.ended;
      if (this.#closed) throw new DOMException('The workers were stopped.', 'AbortError');
      const handle = new WorkerHandle<Api>(this.#options.spawn);
      this.#handles[slot] = handle;
      const { prepare } = this.#options;
      if (prepare) await handle.call((api) => prepare(api, slot));
      return handle;
    };
    return (this.#slots[slot] = start());
  }
}

/** A call, so that the compiler does not take a flag that another task sets for a constant. */
const isStopped = (run: { readonly stopped: boolean }): boolean => run.stopped;
