/**
 * One connection of SQLite, used until its first failed read. SQLite keeps pages in a cache of its own and goes on after
 * some errors, so after a failed read nothing that it returns can be trusted: the statement fails even where SQLite
 * reports success, and the connection is never used again.
 */
import { WorkbenchError } from '../../base/error';
import { openLazy, stepHookOf, type LazyFile, type Sql, type SqlDatabase } from './sqljs';
import type { IsStopped, StepHook } from './step-hook';

/** A statement failed because a read below it did, or was cancelled. */
export class FailedRead extends Error {
  override readonly name = 'FailedRead';
  /** What the file's source threw. */
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('A read below the statement failed.');
    this.reason = reason;
  }
}

export class Connection {
  readonly #database: SqlDatabase;
  readonly #stepHook: StepHook | undefined;
  #failure: FailedRead | undefined;
  #isRetired = false;

  /**
   * @param pageCacheBytes bound of SQLite's own page cache
   * @param isStopped asked while a statement runs; true ends it with SQLITE_INTERRUPT
   * @throws FailedRead, SqliteError
   */
  constructor(SQL: Sql, file: LazyFile, pageCacheBytes: number, isStopped: IsStopped) {
    const guarded: LazyFile = {
      sizeBytes: file.sizeBytes,
      view: (start, end) => {
        // What still runs after a failure is discarded: it must not cost reads.
        if (this.#failure) throw this.#failure;
        return file.view(start, end);
      },
    };
    this.#database = openLazy(SQL, guarded, (reason) => (this.#failure ??= new FailedRead(reason)));
    this.#stepHook = stepHookOf(SQL);
    this.#stepHook?.attach(this.#database, isStopped);
    this.run((database) => {
      database.run(`PRAGMA cache_size=-${Math.ceil(pageCacheBytes / 1024)}`);
      // The lock is kept: nothing else can open what is in this worker's memory.
      database.run('PRAGMA locking_mode=EXCLUSIVE');
    });
  }

  /** False from the first failed read on. */
  get isUsable(): boolean {
    return !this.#failure && !this.#isRetired;
  }

  /** @throws FailedRead, also where SQLite reported success; SqliteError; WorkbenchError `query-not-running` */
  run<R>(work: (database: SqlDatabase) => R): R {
    if (!this.isUsable)
      throw new WorkbenchError('query-not-running', 'The query has ended. Run it again.');
    let result: R;
    try {
      result = work(this.#database);
    } catch (error) {
      throw this.#failure ?? error;
    }
    if (this.#failure) throw this.#failure;
    return result;
  }

  /** No statement runs on it any more; those that are open are finalised. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#stepHook?.detach(this.#database);
    this.#database.close();
  }
}
