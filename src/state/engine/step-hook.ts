/**
 * A call from inside a running statement: SQLite's progress handler (https://www.sqlite.org/c3ref/progress_handler.html), which
 * sql.js 1.16 compiles in and does not export. Without it a statement that only computes cannot see that it was cancelled,
 * and WebKit does not even end its worker: `terminate()` takes effect there only where WebAssembly calls JavaScript.
 *
 * The handler is written into the connection's structure (sqliteInt.h `struct sqlite3`, SQLite 3.54.1 for wasm32).
 * `openStepHook` compares the structure with what this build has, and proves that the handler is called and can stop a
 * statement; a build that differs has no hook.
 */
import type { Database, SqlJsStatic } from 'sql.js';

/** Stops the statement when it returns true. It must not throw. */
export type IsStopped = () => boolean;

export interface StepHook {
  /** Lets SQLite ask `isStopped` every few thousand instructions of its virtual machine: at most every few milliseconds. */
  readonly attach: (database: Database, isStopped: IsStopped) => void;
  /** Before the database is closed. */
  readonly detach: (database: Database) => void;
}

/** Instructions between two calls: 1 to 10 ms, against which a call costs nothing. */
const instructionsPerCall = 20_000;

/** Bytes from the start of `struct sqlite3`. */
const offset = {
  /** `aLimit[SQLITE_LIMIT_LENGTH]`, 10^9 by default. */
  lengthLimit: 120,
  /** `pWalArg`: pages between two automatic checkpoints, 1000 by default. */
  checkpointPages: 284,
  /** `xAuth`, `pAuthArg`: no authorizer. */
  authorizer: 372,
  /** `xProgress`, `pProgressArg`, `nProgressOps`. */
  handler: 380,
  argument: 384,
  instructions: 388,
  /** `aFunc.count`, more than 0. */
  end: 428,
} as const;

/** A module that imports a function (i32) → i32 and exports it: only such a function can be put into a table. */
const trampoline = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 6, 1, 96, 1, 127, 1, 127],
  ...[2, 7, 1, 1, 101, 1, 102, 0, 0],
  ...[7, 5, 1, 1, 102, 0, 0],
);

const exportOf = <Kind>(
  instance: WebAssembly.Instance,
  kind: new (...parameters: never[]) => Kind,
): Kind | undefined =>
  Object.values(instance.exports).find((value): value is never => value instanceof kind);

/** sql.js keeps the connection's address in `db`; its types do not have it. */
const addressOf = (database: Database): number => (database as unknown as { db: number }).db;

/**
 * Starts the hook of one instance of SQLite.
 * @returns undefined when the build is not the one whose structure is known
 */
export function openStepHook(
  SQL: SqlJsStatic,
  instance: WebAssembly.Instance,
): StepHook | undefined {
  const memory = exportOf(instance, WebAssembly.Memory);
  const table = exportOf(instance, WebAssembly.Table);
  if (!memory || !table) return undefined;
  const attached = new Map<number, IsStopped>();
  const call = (address: number): number => (attached.get(address)?.() ? 1 : 0);
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(trampoline), { e: { f: call } })
    .exports;
  // WebKitGTK 2.50 leaves the new entry empty when `grow` is given the function.
  const index = table.grow(1);
  table.set(index, f);
  const write = (database: Database, handler: number, instructions: number): number => {
    const address = addressOf(database);
    // The memory's buffer is replaced whenever it grows.
    const view = new DataView(memory.buffer);
    view.setInt32(address + offset.handler, handler, true);
    view.setInt32(address + offset.argument, address, true);
    view.setInt32(address + offset.instructions, instructions, true);
    return address;
  };
  const hook: StepHook = {
    attach: (database, isStopped) => {
      attached.set(write(database, index, instructionsPerCall), isStopped);
    },
    detach: (database) => {
      attached.delete(write(database, 0, 0));
    },
  };
  return proveHook(SQL, memory, hook) ? hook : undefined;
}

function proveHook(SQL: SqlJsStatic, memory: WebAssembly.Memory, hook: StepHook): boolean {
  const database = new SQL.Database();
  try {
    if (!hasKnownStructure(database, memory)) return false;
    let calls = 0;
    let isStopped = false;
    hook.attach(database, () => {
      calls++;
      return isStopped;
    });
    const count = (): unknown => database.exec(proofSql)[0]?.values[0]?.[0];
    if (count() !== proofRows || calls === 0) return false;
    isStopped = true;
    try {
      count();
      return false;
    } catch {
      // Interrupted, as it has to be; the connection must still answer.
    }
    isStopped = false;
    const isUsable = count() === proofRows;
    hook.detach(database);
    calls = 0;
    return isUsable && count() === proofRows && calls === 0;
  } catch {
    return false;
  } finally {
    database.close();
  }
}

const proofRows = 4000;
/** About 68,000 instructions. */
const proofSql = `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${proofRows}) SELECT count(*) FROM c`;

function hasKnownStructure(database: Database, memory: WebAssembly.Memory): boolean {
  const address = addressOf(database);
  if (!Number.isInteger(address) || address <= 0 || address % 8 !== 0) return false;
  if (address + offset.end + 4 > memory.buffer.byteLength) return false;
  const view = new DataView(memory.buffer, address);
  const word = (at: number): number => view.getInt32(at, true);
  const unused = [
    ...[offset.authorizer, offset.authorizer + 4],
    ...[offset.handler, offset.argument, offset.instructions],
  ];
  return (
    word(offset.lengthLimit) === 1_000_000_000 &&
    word(offset.checkpointPages) === 1000 &&
    unused.every((at) => word(at) === 0) &&
    word(offset.end) > 0
  );
}
