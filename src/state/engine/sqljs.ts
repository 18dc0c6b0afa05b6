/**
 * sql.js over pages that are read when SQLite asks for them, with the unmodified package and its public
 * constructor only: `new Database(data)` hands `data` to Emscripten's MEMFS, which keeps what `data.slice`
 * returns as the file's contents and calls `subarray(position, end)` on it for every read.
 * (Emscripten src/lib/libmemfs.js; `proveLazyReads` checks at start-up that the build still does so.)
 */
import type { Database, InitSqlJsStatic, SqlJsStatic, Statement } from 'sql.js';
import { WorkbenchError } from '../../base/error';
import { openStepHook, type StepHook } from './step-hook';

export type { Database as SqlDatabase, Statement as SqlStatement } from 'sql.js';
export type Sql = SqlJsStatic;

/** What SQLite reads from: all that MEMFS asks of a file's contents. */
export interface LazyFile {
  readonly sizeBytes: number;
  /** Bytes [start, end); used immediately. Throws to fail the read. */
  view(start: number, end: number): Uint8Array;
}

/** EACCES in WASI's numbering: SQLite reports it as "disk I/O error". EIO would read as "malformed", EINTR would be tried again without end. */
const errnoAccess = 2;

/**
 * What a failed read throws. Emscripten's file calls recognise it by its name and hand its number to C, which they read
 * from a property whose name the minifier changes from build to build; without the number a failed read is a
 * success with whatever the buffer held. So this error answers every property name with the number.
 */
const readFailure = (): Error =>
  new Proxy(new Error('A read failed.'), {
    get: (error, property): unknown => {
      if (property === 'name') return 'ErrnoError';
      if (typeof property === 'symbol' || property in error) return Reflect.get(error, property);
      return errnoAccess;
    },
  });

/** An error of SQLite itself. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  /** Primary result code: https://www.sqlite.org/rescode.html */
  readonly resultCode: number;

  constructor(resultCode: number, message: string) {
    super(message);
    this.resultCode = resultCode;
  }
}

/** The result codes that the workbench distinguishes: https://www.sqlite.org/rescode.html */
export const resultCode = {
  noMemory: 7,
  readOnly: 8,
  interrupted: 9,
  ioError: 10,
  corrupt: 11,
  cannotOpen: 14,
  tooBig: 18,
  notADatabase: 26,
} as const;

/** sql.js has it, its types do not: every call that can fail passes its result code through it. */
interface WithErrorHandler {
  handleError(code: number): null;
}

/**
 * Opens a connection over `file`. The reason of a failed read goes to `onReadError`; SQLite only learns that it failed.
 * Errors of SQLite are thrown as SqliteError.
 */
export function openLazy(
  SQL: Sql,
  file: LazyFile,
  onReadError: (reason: unknown) => void,
): Database {
  const contents = {
    length: file.sizeBytes,
    buffer: undefined,
    slice: () => contents,
    subarray: (start: number, end: number): Uint8Array => {
      try {
        return file.view(start, end);
      } catch (reason) {
        onReadError(reason);
        throw readFailure();
      }
    },
    // Nothing writes to a connection that is query_only; should something, it ends here.
    set: (): never => {
      throw readFailure();
    },
  };
  const database = new SQL.Database(contents);
  keepResultCodes(database);
  database.run('PRAGMA query_only=1; PRAGMA trusted_schema=0; PRAGMA temp_store=MEMORY');
  return database;
}

function keepResultCodes(database: WithErrorHandler): void {
  const plain = database.handleError.bind(database);
  database.handleError = (code) => {
    try {
      return plain(code);
    } catch (error) {
      // Extended codes carry the primary one in their low byte.
      throw new SqliteError(code & 0xff, error instanceof Error ? error.message : String(error));
    }
  };
}

/** Compiles once what every worker of the session instantiates. */
export interface SqlLoader {
  /** The compiled sql-wasm.wasm. */
  readonly module: WebAssembly.Module;
  readonly init: InitSqlJsStatic;
}

const stepHooks = new WeakMap<Sql, StepHook>();

/** How a running statement of this SQLite can be stopped; undefined where the build does not allow it. */
export const stepHookOf = (SQL: Sql): StepHook | undefined => stepHooks.get(SQL);

/** Starts SQLite and proves that lazy reading works in this build. @throws WorkbenchError `sqlite-not-lazy` */
export async function loadSql({ module, init }: SqlLoader): Promise<Sql> {
  let started: WebAssembly.Instance | undefined;
  const SQL = await init({
    // Without it sql.js puts functions of 2010 over SQLite's own: log() to base e, sqrt('abc') 0, floor() an integer.
    useOldExtensionFunctions: false,
    instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object => {
      void WebAssembly.instantiate(module, imports).then((instance) => {
        started = instance;
        receive(instance, module);
      });
      return {};
    },
  } as object);
  proveLazyReads(SQL);
  const hook = started && openStepHook(SQL, started);
  if (hook) stepHooks.set(SQL, hook);
  return SQL;
}

/**
 * A few milliseconds at start-up against wrong rows without an error after an upgrade of sql.js: a scan in which each of
 * its reads fails once must end in an error, after the rows that were read before it and no others.
 * @throws WorkbenchError `sqlite-not-lazy`
 */
export function proveLazyReads(SQL: Sql): void {
  const bytes = proofDatabase(SQL);
  const reading = new ProofReading(SQL, bytes);
  const complete = reading.rows();
  const reads = reading.reads;
  const problems: string[] = [];
  if (complete.failed || complete.rows.join() !== proofRows.join())
    problems.push('a scan without a failure gives other rows');
  if (reads < 16) problems.push(`a scan takes ${reads} reads`);
  if (!refusesWrites(SQL, bytes)) problems.push('a write is accepted');
  for (let read = 1; read <= reads; read++) {
    const { rows, failed } = new ProofReading(SQL, bytes, read).rows();
    if (!failed) problems.push(`read ${read} fails without an error`);
    if (rows.join() !== proofRows.slice(0, rows.length).join())
      problems.push(`read ${read} fails after wrong rows`);
  }
  if (problems.length > 0)
    throw new WorkbenchError(
      'sqlite-not-lazy',
      'This build of SQLite does not report failed reads as the workbench needs it, so its answers could be wrong. Please report this, with the version of the workbench.',
      { problems },
    );
}

const proofRows = Array.from({ length: 64 }, (_, i) => i + 1);

function proofDatabase(SQL: Sql): Uint8Array {
  const scratch = new SQL.Database();
  scratch.run('CREATE TABLE proof (n INTEGER, filler BLOB)');
  scratch.run(
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 64) INSERT INTO proof SELECT n, zeroblob(1000) FROM c',
  );
  const bytes = scratch.export();
  scratch.close();
  return bytes;
}

function refusesWrites(SQL: Sql, bytes: Uint8Array): boolean {
  const database = openLazy(
    SQL,
    { sizeBytes: bytes.length, view: (start, end) => bytes.subarray(start, end) },
    () => undefined,
  );
  try {
    database.run('CREATE TABLE written (x)');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}

/** A scan of the proof's table with a cache of one page; its read number `failingRead`, from 1, fails. */
class ProofReading {
  reads = 0;
  readonly #database: Database;
  #scanning = false;

  constructor(SQL: Sql, bytes: Uint8Array, failingRead = Infinity) {
    this.#database = openLazy(
      SQL,
      {
        sizeBytes: bytes.length,
        view: (start, end) => {
          if (this.#scanning && ++this.reads === failingRead) throw new Error('proof');
          return bytes.subarray(start, end);
        },
      },
      () => undefined,
    );
    this.#database.run('PRAGMA cache_size=1');
  }

  rows(): { rows: unknown[]; failed: boolean } {
    const rows: unknown[] = [];
    this.#scanning = true;
    try {
      const statement = this.#database.prepare('SELECT n FROM proof');
      while (statement.step()) rows.push(statement.get()[0]);
      return { rows, failed: false };
    } catch {
      return { rows, failed: true };
    } finally {
      this.#scanning = false;
      this.#database.close();
    }
  }
}

/** sql.js knows `useBigInt`, its types do not. */
export const rowWithBigInts = (statement: Statement): unknown[] =>
  (statement as unknown as { get(params: null, config: { useBigInt: boolean }): unknown[] }).get(
    null,
    { useBigInt: true },
  );
