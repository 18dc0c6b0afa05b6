/**
 * sql.js over pages that are read when SQLite asks for them, with the unmodified package and its public
 * constructor only: `new Database(data)` hands `data` to Emscripten's MEMFS, which keeps what `data.slice`
 * returns as the file's contents and calls `subarray(position, end)` on it for every read.
 * (Emscripten src/lib/libmemfs.js; `proveLazyReads` checks at start-up that the build still does so.)
 */
import type { Database, InitSqlJsStatic, SqlJsStatic, Statement } from 'sql.js';
import { WorkbenchError } from '../../protocol/error';

export type { Database as SqlDatabase, Statement as SqlStatement } from 'sql.js';
export type Sql = SqlJsStatic;

/** What SQLite reads from: all that MEMFS asks of a file's contents. */
export interface LazyFile {
  readonly sizeBytes: number;
  /** Bytes [start, end); used at once. Throws to fail the read. */
  view(start: number, end: number): Uint8Array;
}

/**
 * Emscripten's file calls return `errno` to C for an error of this name, and let any other one tear the
 * WebAssembly stack apart. EACCES (2, WASI numbering) surfaces as "disk I/O error" and leaves the connection usable;
 * EIO would read as "malformed", EINTR would be tried again for ever.
 */
class ReadError extends Error {
  override readonly name = 'ErrnoError';
  readonly errno = 2;
}

/** Opens a connection over `file`. The reason of a failed read goes to `onReadError`; SQLite only knows that it failed. */
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
        throw new ReadError();
      }
    },
    // Nothing writes to a connection that is query_only; should something, it ends here.
    set: (): never => {
      throw new ReadError();
    },
  };
  const database = new SQL.Database(contents);
  database.run('PRAGMA query_only=1; PRAGMA trusted_schema=0; PRAGMA temp_store=MEMORY');
  return database;
}

/** Compiles once what every worker of the session instantiates. */
export interface SqlLoader {
  /** The compiled sql-wasm.wasm. */
  readonly module: WebAssembly.Module;
  readonly init: InitSqlJsStatic;
}

/** Starts SQLite and proves that lazy reading works in this build. @throws WorkbenchError `sqlite-not-lazy` */
export async function loadSql({ module, init }: SqlLoader): Promise<Sql> {
  const SQL = await init({
    // Without it sql.js puts functions of 2010 over SQLite's own: log() to base e, sqrt('abc') 0, floor() an integer.
    useOldExtensionFunctions: false,
    instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ): object => {
      void WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module));
      return {};
    },
  } as object);
  proveLazyReads(SQL);
  return SQL;
}

/** A few milliseconds at start-up against silently wrong rows after an upgrade of sql.js. */
export function proveLazyReads(SQL: Sql): void {
  const scratch = new SQL.Database();
  scratch.run('CREATE TABLE proof (n INTEGER, filler BLOB)');
  scratch.run(
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 64) INSERT INTO proof SELECT n, zeroblob(1000) FROM c',
  );
  const bytes = scratch.export();
  scratch.close();

  let reads = 0;
  let failing = false;
  const failures: unknown[] = [];
  const database = openLazy(
    SQL,
    {
      sizeBytes: bytes.length,
      view: (start, end) => {
        if (failing) throw new Error('proof');
        reads++;
        return bytes.subarray(start, end);
      },
    },
    (reason) => failures.push(reason),
  );
  // A cache of one page, so that the second query has to read again.
  database.run('PRAGMA cache_size=1');
  const sum = (): unknown => database.exec('SELECT sum(n) FROM proof')[0]?.values[0]?.[0];
  const refuses = (sql: string): boolean => {
    try {
      database.run(sql);
      return false;
    } catch {
      return true;
    }
  };
  const first = sum();
  failing = true;
  const failed = refuses('SELECT sum(n) FROM proof');
  failing = false;
  const proved =
    first === 2080 &&
    reads > 16 &&
    failed &&
    failures.length > 0 &&
    sum() === 2080 &&
    refuses('CREATE TABLE written (x)') &&
    sum() === 2080;
  database.close();
  if (!proved)
    throw new WorkbenchError(
      'sqlite-not-lazy',
      'This build of SQLite does not read files page by page as the workbench needs it. Please report it, with the version of the workbench.',
      { first, reads, failed, failures: failures.length },
    );
}

/** sql.js knows `useBigInt`, its types do not. */
export const rowWithBigInts = (statement: Statement): unknown[] =>
  (statement as unknown as { get(params: null, config: { useBigInt: boolean }): unknown[] }).get(
    null,
    { useBigInt: true },
  );
