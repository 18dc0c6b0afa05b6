/** A node's database as the page sees it: workers that read the dropped files where they are. */
import type { BytesLike } from '../base/bytes';
import { ProgressMeter, type JobOptions } from '../base/progress';
import type { DatabaseComparison } from './compare/compare';
import type { CompareProgress } from './compare/plan';
import { sortDatabaseFiles, type DatabaseFiles } from './database-files';
import { DatabaseWorker } from './database-worker';
import { exportRows, type ExportOptions } from './export-run';
import { coinbases, type CoinbaseRow } from './queries/accounts';
import type { AskOptions } from './queries/ask';
import { atx, type AtxInfo } from './queries/atxs';
import { epochs, type EpochRow } from './queries/epochs';
import { rewards, type RewardFilter, type RewardRow } from './queries/rewards';
import { smesher, type SmesherInfo } from './queries/smeshers';
import { guardReadOnly } from './sql-text';
import { streamRows, type StreamEnd, type StreamOptions } from './stream';
import type {
  ByteSink,
  DatabaseInfo,
  PlanStep,
  QueryOptions,
  QueryResult,
  SpaceReport,
  SqlParams,
  SqlValue,
} from './types';

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bound of the file bytes cached, default 48 MiB. */
  readonly cacheBytes?: number | undefined;
  /** The main file is known to be everything: no warning that a -wal may be missing (the sample). */
  readonly complete?: boolean | undefined;
}

export interface ComparisonAnswer extends DatabaseComparison {
  /** What is odd about the files of the other database: a missing -wal explains rows that it lacks. */
  readonly otherWarnings: readonly string[];
}

const MiB = 1024 * 1024;
/** With SQLite, two threads and their buffers the page stays below 256 MiB (bench). */
const defaultCacheBytes = 48 * MiB;
const backgroundCacheBytes = 24 * MiB;
const defaultMaxBytes = 512 * 1024 * 1024;
/** Between two looks at the progress of a count. */
const spaceStepMs = 100;

/**
 * Opens a database from dropped files, in any order: state.sql or local.sql, with its -wal and -shm.
 * @throws WorkbenchError as `Engine` and `sortDatabaseFiles`; AbortError
 */
export async function openDatabase(
  files: Iterable<File>,
  options: OpenOptions = {},
): Promise<Database> {
  const sorted = await sortDatabaseFiles(files);
  const foreground = new DatabaseWorker(sorted, {
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
  readonly #foreground: DatabaseWorker;
  #background: DatabaseWorker | undefined;

  /** Use `openDatabase`. */
  constructor(files: DatabaseFiles, foreground: DatabaseWorker, info: DatabaseInfo) {
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
    guardReadOnly(sql);
    return this.#worker(options).run(options.signal, (call) =>
      streamRows(call, sql, params, options),
    );
  }

  /** EXPLAIN QUERY PLAN of a statement. */
  async explain(sql: string, options: QueryOptions = {}): Promise<PlanStep[]> {
    guardReadOnly(sql);
    return this.#worker(options).run(options.signal, (call) => call((api) => api.plan(sql)));
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
    guardReadOnly(sql);
    return exportRows(
      (task) => this.#foreground.run(options.signal, task),
      { sql, params, ...options },
      open,
    );
  }

  /**
   * What fills the database, counted from the pages of its b-trees: of big tables from a sample (`exact` false) unless
   * `exact` is asked for, which reads the entire database. With `layersPerEpoch` also by epoch. Progress is in pages.
   * @throws WorkbenchError as `query`; AbortError
   */
  space(
    options: JobOptions & {
      readonly exact?: boolean | undefined;
      readonly layersPerEpoch?: number | undefined;
    } = {},
  ): Promise<SpaceReport> {
    const { signal, onProgress, exact = false, layersPerEpoch } = options;
    return this.#worker({ priority: 'background' }).run(signal, async (call) => {
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

  /**
   * Compares with another database, row by row (state/compare). Progress is in pages first, then in rows.
   * @throws WorkbenchError as `openDatabase` and `query`; AbortError
   */
  compare(other: DatabaseFiles, options: JobOptions = {}): Promise<ComparisonAnswer> {
    const { signal, onProgress } = options;
    return this.#worker({ priority: 'background' }).run(signal, async (call) => {
      const otherWarnings = await call((api) =>
        api.startCompare({
          ...other,
          ...{ cacheBytes: backgroundCacheBytes, complete: false },
          ...{ cancelFlag: undefined, walIndex: undefined },
        }),
      );
      let meter = new ProgressMeter(1, 'pages');
      let last: CompareProgress | undefined;
      for (;;) {
        signal?.throwIfAborted();
        const { result, ...step } = await call((api) => api.nextCompare(spaceStepMs));
        if (result) return { ...result, otherWarnings };
        if (last?.phase !== step.phase) {
          meter = new ProgressMeter(step.total, step.phase);
          last = undefined;
        }
        onProgress?.(meter.advance(step.done - (last?.done ?? 0)));
        last = step;
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

  #worker({ priority = 'foreground' }: Pick<QueryOptions, 'priority'>): DatabaseWorker {
    if (priority === 'foreground') return this.#foreground;
    return (this.#background ??= new DatabaseWorker(this.files, {
      cacheBytes: backgroundCacheBytes,
      complete: true,
      walIndex: this.#foreground.walIndex,
    }));
  }
}
