/**
 * The calls to one worker that reads a database. They queue up; one that is cancelled stops within 200 ms: by a shared flag
 * where threads share memory, else by ending the worker, and one that waits with SQLite running takes over.
 */
import { untilAbort } from '../base/abort';
import { WorkbenchError } from '../base/error';
import { hasSharedMemory } from '../base/shared-memory';
import type { Remote } from '../workers/rpc';
import type { OpenRequest, StateWorkerApi } from './worker-api';
import type { DatabaseFiles } from './database-files';
import { aborted } from './engine/errors';
import type { WalIndex } from './engine/wal';
import { takeWorker, warmUp, type StateHandle } from './sqlite-worker';
import type { DatabaseInfo } from './types';

/** A cancelled query stops within milliseconds; the worker of one that does not is ended. */
const cancelGraceMs = 60;

export type WorkerCall = <R>(use: (api: Remote<StateWorkerApi>) => Promise<R>) => Promise<R>;

interface WorkerOptions {
  readonly cacheBytes: number;
  readonly complete: boolean;
  readonly walIndex?: WalIndex | undefined;
}

/** One worker with the files open in it, and the calls that wait for it. */
export class DatabaseWorker {
  readonly #files: DatabaseFiles;
  readonly #options: WorkerOptions;
  readonly #cancelFlag: Int32Array<SharedArrayBuffer> | undefined;
  #walIndex: WalIndex | undefined;
  #worker: { handle: StateHandle; opened: Promise<DatabaseInfo> } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(files: DatabaseFiles, options: WorkerOptions) {
    this.#files = files;
    this.#options = options;
    this.#walIndex = options.walIndex;
    this.#cancelFlag = hasSharedMemory() ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
  }

  get walIndex(): WalIndex | undefined {
    return this.#walIndex;
  }

  open(signal: AbortSignal | undefined): Promise<DatabaseInfo> {
    return this.run(signal, () => this.#ready());
  }

  /** Runs `task` when the calls before it are done. An abort rejects immediately, also while it waits. */
  run<R>(signal: AbortSignal | undefined, task: (call: WorkerCall) => Promise<R>): Promise<R> {
    const before = this.#last;
    const result = (async (): Promise<R> => {
      await before;
      signal?.throwIfAborted();
      return this.#cancellable(signal, () =>
        task(async (use) => {
          await this.#ready();
          const worker = this.#worker;
          if (!worker) throw aborted();
          return this.#replaceAfterCrash(worker.handle.call(use));
        }),
      );
    })();
    this.#last = result.catch(() => undefined);
    // While it waits its turn there is nothing to stop.
    return untilAbort(result, signal);
  }

  close(): void {
    this.#closed = true;
    this.#worker?.handle.terminate();
    this.#worker = undefined;
  }

  async #cancellable<R>(signal: AbortSignal | undefined, task: () => Promise<R>): Promise<R> {
    if (this.#cancelFlag) Atomics.store(this.#cancelFlag, 0, 0);
    if (!signal) return task();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = (): void => {
      if (!this.#cancelFlag) {
        this.#restart();
        return;
      }
      Atomics.store(this.#cancelFlag, 0, 1);
      timer = setTimeout(() => this.#restart(), cancelGraceMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await task();
    } catch (error) {
      throw signal.aborted ? aborted() : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** SQLite's instance does not survive a crash: the next call gets a new worker. */
  async #replaceAfterCrash<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof WorkbenchError && error.code === 'sqlite-crashed') this.#restart();
      throw error;
    }
  }

  /** Ends the worker in the middle of what it does and opens the files in another, ready for the next call. */
  #restart(): void {
    this.#worker?.handle.terminate(aborted());
    this.#worker = undefined;
    if (this.#cancelFlag) Atomics.store(this.#cancelFlag, 0, 0);
    if (!this.#closed) this.#ready().catch(() => undefined);
  }

  #ready(): Promise<DatabaseInfo> {
    if (this.#closed)
      return Promise.reject(
        new WorkbenchError('database-closed', 'The database was closed. Open it again.'),
      );
    if (!this.#worker?.handle.alive) this.#worker = this.#start();
    return this.#worker.opened;
  }

  #start(): { handle: StateHandle; opened: Promise<DatabaseInfo> } {
    const { handle, prepared } = takeWorker();
    const open = async (): Promise<DatabaseInfo> => {
      await prepared;
      const request: OpenRequest = {
        ...this.#files,
        cacheBytes: this.#options.cacheBytes,
        complete: this.#options.complete,
        cancelFlag: this.#cancelFlag,
        walIndex: this.#walIndex,
      };
      const { info, walIndex } = await handle.call((api) => api.open(request));
      this.#walIndex = walIndex;
      if (!this.#closed) warmUp().catch(() => undefined);
      return info;
    };
    const opened = open().catch((error: unknown) => {
      handle.terminate();
      throw error;
    });
    return { handle, opened };
  }
}
