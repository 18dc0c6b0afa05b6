/**
 * A node's database as the page sees it: a worker that reads the dropped files where they are. Calls queue up; one
 * that is cancelled stops within 200 ms, by a shared flag where the page is cross-origin isolated and the query
 * reads or yields rows, else by ending the worker; one that waits with SQLite running takes over.
 */
import sqlWasmUrl from 'sql.js/dist/sql-wasm-browser.wasm?url';
import { untilAbort } from '../base/abort';
import type { BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { RECOGNISE_BYTES, recogniseFile } from '../protocol/recognise';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { WorkerHandle, type Remote } from '../workers/rpc';
import { spawnState } from '../workers/state/spawn';
import type { OpenRequest, StateWorkerApi } from '../workers/state/api';
import { aborted } from './engine/errors';
import type { WalIndex } from './engine/wal';
import type { ExportChunk, ExportPartition } from './export';
import { coinbases } from './queries/accounts';
import { atx } from './queries/atxs';
import { epochs } from './queries/epochs';
import { rewards } from './queries/rewards';
import { smesher } from './queries/smeshers';
import type { AskOptions } from './queries/ask';
import type { AtxInfo } from './queries/atxs';
import type { CoinbaseRow } from './queries/accounts';
import type { EpochRow } from './queries/epochs';
import type { RewardFilter, RewardRow } from './queries/rewards';
import type { SmesherInfo } from './queries/smeshers';
import { RowBatch } from './rows';
import { guardReadOnly } from './sql-text';
import type { StreamEnd, StreamOptions } from './stream';
import type {
  ByteSink,
  DatabaseInfo,
  ExportFormat,
  PlanStep,
  QueryOptions,
  QueryResult,
  SpaceReport,
  SqlParams,
  SqlValue,
} from './types';

export interface DatabaseFiles {
  readonly main: File;
  readonly wal: File | undefined;
  readonly shm: File | undefined;
}

/**
 * Sorts what was dropped: one database with its -wal and -shm, by name and, where names do not tell, by content.
 * @throws WorkbenchError `database-no-file`, `database-several-files`
 */
async function sortDatabaseFiles(files: Iterable<File>): Promise<DatabaseFiles> {
  const mains: File[] = [];
  let wal: File | undefined;
  let shm: File | undefined;
  for (const file of files) {
    const kind = await kindOf(file);
    if (kind === 'wal') wal = file;
    else if (kind === 'shm') shm = file;
    else mains.push(file);
  }
  const [main, second] = mains;
  if (!main)
    throw wal
      ? new WorkbenchError(
          'wal-without-database',
          `${wal.name} is a write-ahead log without its database. Drop state.sql together with it.`,
        )
      : new WorkbenchError(
          'database-no-file',
          'There is no database among these files. Drop state.sql.',
        );
  if (second)
    throw new WorkbenchError(
      'database-several-files',
      `These are several databases: ${mains.map(({ name }) => name).join(', ')}. Drop one, with its -wal and -shm.`,
      { names: mains.map(({ name }) => name) },
    );
  return { main, wal, shm };
}

async function kindOf(file: File): Promise<'main' | 'wal' | 'shm'> {
  // A file that cannot be read is left to the engine, which says why.
  const head = await file
    .slice(0, RECOGNISE_BYTES)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0));
  const { name, size: sizeBytes } = file;
  if (/-wal$/i.test(name)) return 'wal';
  if (/-shm$/i.test(name)) return 'shm';
  const kind = recogniseFile({ name, sizeBytes, head: new Uint8Array(head) });
  return kind === 'database-wal' ? 'wal' : kind === 'database-shm' ? 'shm' : 'main';
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bound of the file bytes cached, default 48 MiB. */
  readonly cacheBytes?: number | undefined;
  /** The main file is known to be everything: no warning that a -wal may be missing (the sample). */
  readonly complete?: boolean | undefined;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  /** In CSV, an apostrophe before a text that a spreadsheet would run as a formula; on by default. */
  readonly escapeFormulas?: boolean | undefined;
  readonly partition?: ExportPartition | undefined;
  readonly unsigned?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rows written so far. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

const MiB = 1024 * 1024;
/** With SQLite, two threads and their buffers the page stays below 256 MiB (bench). */
const defaultCacheBytes = 48 * MiB;
const backgroundCacheBytes = 24 * MiB;
const defaultMaxRows = 100_000;
const defaultMaxBytes = 512 * 1024 * 1024;
const defaultBatchRows = 20_000;
const firstBatchRows = 200;
/** Between two looks at the progress of a count. */
const spaceStepMs = 100;
/** A cancelled query that reads or yields rows stops within milliseconds; the worker of one that still computes then is ended. */
const cancelGraceMs = 60;

let compiled: Promise<WebAssembly.Module> | undefined;
/** SQLite as the workers instantiate it; loaded once per page. @throws WorkbenchError `sqlite-not-loaded` */
export const compileSql = (): Promise<WebAssembly.Module> =>
  (compiled ??= WebAssembly.compileStreaming(fetch(sqlWasmUrl)).catch((cause: unknown) => {
    compiled = undefined;
    throw new WorkbenchError(
      'sqlite-not-loaded',
      'SQLite could not be loaded. Check the connection to this page and try again.',
      {},
      { cause },
    );
  }));

/** Takes the module from the page: a worker has no connection to load it by itself (src/server/headers.ts). */
export function useCompiledSql(module: WebAssembly.Module): void {
  compiled = Promise.resolve(module);
}

type StateHandle = WorkerHandle<StateWorkerApi>;

/** A worker with SQLite running in it, as yet without a database. */
function startWorker(): { readonly handle: StateHandle; readonly prepared: Promise<void> } {
  const handle = new WorkerHandle<StateWorkerApi>(spawnState);
  const prepared = compileSql().then((module) => handle.call((api) => api.prepare(module)));
  prepared.catch(() => handle.terminate());
  return { handle, prepared };
}

let spare: ReturnType<typeof startWorker> | undefined;

/**
 * Starts a worker ahead of need: for a database that is dropped soon, or to take over from a worker that is ended in the
 * middle of a query. At most one waits.
 * @throws WorkbenchError `sqlite-not-loaded`
 */
export function warmUp(): Promise<void> {
  if (!spare?.handle.alive) spare = startWorker();
  return spare.prepared;
}

function takeWorker(): ReturnType<typeof startWorker> {
  const ready = spare?.handle.alive ? spare : startWorker();
  spare = undefined;
  return ready;
}

/**
 * Opens a database from dropped files, in any order: state.sql or local.sql, with its -wal and -shm.
 * @throws WorkbenchError as `Engine` and `sortDatabaseFiles`; AbortError
 */
export async function openDatabase(
  files: Iterable<File>,
  options: OpenOptions = {},
): Promise<Database> {
  const sorted = await sortDatabaseFiles(files);
  const foreground = new Lane(sorted, {
    cacheBytes: options.cacheBytes ?? defaultCacheBytes,
    complete: options.complete ?? false,
  });
  try {
    const info = await foreground.open(options.signal);
    return new Database(sorted, foreground, info);
  } catch (error) {
    foreground.close();
    throw error;
  }
}

/** An open database. Nothing it does writes to the files. */
export class Database {
  readonly info: DatabaseInfo;
  readonly files: DatabaseFiles;
  readonly #foreground: Lane;
  #background: Lane | undefined;

  /** Use `openDatabase`. */
  constructor(files: DatabaseFiles, foreground: Lane, info: DatabaseInfo) {
    this.files = files;
    this.info = info;
    this.#foreground = foreground;
  }

  /**
   * Runs one reading statement and returns its rows, at most `maxRows` and `maxBytes`.
   * @throws WorkbenchError `sql-…`, `database-damaged`, `query-too-large`, `file-changed`, `file-vanished`; AbortError
   */
  async query(
    sql: string,
    params: SqlParams = [],
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    const rows: SqlValue[][] = [];
    const end = await this.stream(sql, params, {
      maxBytes: defaultMaxBytes,
      ...options,
      onBatch: (batch) => {
        for (const row of batch) rows.push(row);
      },
    });
    return { columns: end.columns, rows, truncated: end.truncated, ms: end.ms };
  }

  /**
   * Runs one reading statement and hands its rows over in batches as they are read. While `onBatch` works on one
   * batch the next is being read; no more than these two are in memory.
   */
  async stream(sql: string, params: SqlParams, options: StreamOptions): Promise<StreamEnd> {
    const { onBatch, signal, unsigned = [] } = options;
    const { maxRows = defaultMaxRows, maxBytes = Infinity } = options;
    const batchRows = options.batchRows ?? defaultBatchRows;
    guardReadOnly(sql);
    return this.#lane(options).run(signal, async (call) => {
      const began = performance.now();
      // One row more than wanted tells whether there are more.
      let left = maxRows + 1;
      const first = await call((api) =>
        api.start(sql, params, unsigned, Math.min(firstBatchRows, batchRows, left), 100),
      );
      const { columns } = first;
      let rowCount = 0;
      let sizeBytes = 0;
      let truncated = false;
      let current: { batch: RowBatch; done: boolean } = {
        batch: new RowBatch(first.batch),
        done: first.done,
      };
      for (;;) {
        const { batch, done } = current;
        left -= batch.length;
        sizeBytes += batch.sizeBytes;
        const tooMany = left <= 0;
        truncated = tooMany || (sizeBytes > maxBytes && !done);
        const kept = tooMany ? batch.head(batch.length - 1) : batch;
        rowCount += kept.length;
        const more = !done && !truncated;
        const reading = more ? call((api) => api.next(Math.min(batchRows, left), 1000)) : undefined;
        // A failure of the reading must not be unhandled while the page still works on the batch before.
        reading?.catch(() => undefined);
        await untilAbort(onBatch(kept, columns), signal);
        if (!reading) break;
        const next = await reading;
        current = { batch: new RowBatch(next.batch), done: next.done };
      }
      if (truncated) await call((api) => api.stop());
      return { columns, rowCount, truncated, ms: performance.now() - began };
    });
  }

  /** EXPLAIN QUERY PLAN of a statement. */
  async explain(sql: string, options: QueryOptions = {}): Promise<PlanStep[]> {
    guardReadOnly(sql);
    return this.#lane(options).run(options.signal, (call) => call((api) => api.plan(sql)));
  }

  /**
   * Writes the result of a statement of any size to files. `open` is asked for each file's sink: with the partition's
   * name (`epoch=12`), or the empty string for a single file. Sinks are closed at the end, or aborted on failure.
   * @returns rows written
   */
  async export(
    sql: string,
    params: SqlParams,
    options: ExportOptions,
    open: (part: string) => Promise<ByteSink> | ByteSink,
  ): Promise<number> {
    const { format, partition, unsigned = [], escapeFormulas, signal, onProgress } = options;
    guardReadOnly(sql);
    const sinks = new Map<string, ByteSink>();
    const write = async ({ part, bytes }: ExportChunk): Promise<void> => {
      let sink = sinks.get(part);
      if (!sink) {
        sink = await open(part);
        sinks.set(part, sink);
      }
      await sink.write(bytes);
    };
    try {
      return await this.#foreground.run(signal, async (call) => {
        await call((api) =>
          api.startExport({ sql, params, unsigned, format, partition, escapeFormulas }),
        );
        let rows = 0;
        let reading = call((api) => api.nextExport());
        for (;;) {
          const chunk = await reading;
          if (!chunk) break;
          reading = call((api) => api.nextExport());
          reading.catch(() => undefined);
          await untilAbort(write(chunk), signal);
          rows = chunk.rows;
          onProgress?.(rows);
        }
        for (const sink of sinks.values()) await sink.close();
        return rows;
      });
    } catch (error) {
      for (const sink of sinks.values()) await sink.abort?.(error);
      throw error;
    }
  }

  /**
   * What fills the database, counted from the pages of its b-trees: of big tables from a sample (`exact` false) unless
   * `exact` is asked for, which reads the whole database. With `layersPerEpoch` also by epoch. Progress is in pages.
   * @throws WorkbenchError as `query`; AbortError
   */
  space(
    options: JobOptions & {
      readonly exact?: boolean | undefined;
      readonly layersPerEpoch?: number | undefined;
    } = {},
  ): Promise<SpaceReport> {
    const { signal, onProgress, exact = false, layersPerEpoch } = options;
    return this.#lane({ lane: 'background' }).run(signal, async (call) => {
      await call((api) => api.startSpace({ exact, layersPerEpoch }));
      const meter = new ProgressMeter(this.info.pageCount, 'pages');
      for (let before = 0; ;) {
        signal?.throwIfAborted();
        const { done, report } = await call((api) => api.nextSpace(spaceStepMs));
        if (report) return report;
        onProgress?.(meter.advance(done - before));
        before = done;
      }
    });
  }

  /** Reads and bytes asked of the files so far, and bytes held now. */
  statistics(): Promise<{ reads: number; readBytes: number; heldBytes: number }> {
    return this.#foreground.run(undefined, (call) => call((api) => api.statistics()));
  }

  /** Rewards of a smesher, a coinbase or both, by layer. */
  rewards(filter: RewardFilter, options?: AskOptions): Promise<RewardRow[]> {
    return rewards(this, filter, options);
  }

  /** Coinbases that a smesher put into its own ATXs. */
  coinbases(smesherId: BytesLike, options?: AskOptions): Promise<CoinbaseRow[]> {
    return coinbases(this, smesherId, options);
  }

  /** Everything about one identity. */
  smesher(id: BytesLike, options?: AskOptions): Promise<SmesherInfo> {
    return smesher(this, id, options);
  }

  /** The network epoch by epoch. */
  epochs(options?: AskOptions): Promise<EpochRow[]> {
    return epochs(this, options);
  }

  /** One ATX; null when the database does not have it. */
  atx(id: BytesLike, options?: AskOptions): Promise<AtxInfo | null> {
    return atx(this, id, options);
  }

  close(): void {
    this.#foreground.close();
    this.#background?.close();
  }

  #lane({ lane = 'foreground' }: Pick<QueryOptions, 'lane'>): Lane {
    if (lane === 'foreground') return this.#foreground;
    return (this.#background ??= new Lane(this.files, {
      cacheBytes: backgroundCacheBytes,
      complete: true,
      walIndex: this.#foreground.walIndex,
    }));
  }
}

type Call = <R>(use: (api: Remote<StateWorkerApi>) => Promise<R>) => Promise<R>;

interface LaneOptions {
  readonly cacheBytes: number;
  readonly complete: boolean;
  readonly walIndex?: WalIndex | undefined;
}

/** One worker and the calls that wait for it. */
class Lane {
  readonly #files: DatabaseFiles;
  readonly #options: LaneOptions;
  readonly #cancelFlag: Int32Array<SharedArrayBuffer> | undefined;
  #walIndex: WalIndex | undefined;
  #worker: { handle: StateHandle; opened: Promise<DatabaseInfo> } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(files: DatabaseFiles, options: LaneOptions) {
    this.#files = files;
    this.#options = options;
    this.#walIndex = options.walIndex;
    this.#cancelFlag = globalThis.crossOriginIsolated
      ? new Int32Array(new SharedArrayBuffer(4))
      : undefined;
  }

  get walIndex(): WalIndex | undefined {
    return this.#walIndex;
  }

  open(signal: AbortSignal | undefined): Promise<DatabaseInfo> {
    return this.run(signal, () => this.#ready());
  }

  /** Runs `task` when the calls before it are done. An abort rejects at once, also while it waits. */
  run<R>(signal: AbortSignal | undefined, task: (call: Call) => Promise<R>): Promise<R> {
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
