import { RowPacker, type PackedRows } from '../../base/packed-rows';
import type { SqlValue } from '../types';
import { rowWithBigInts, type SqlStatement } from './sqljs';

/** How a cursor works with the connection that its statement belongs to. */
export interface CursorContext {
  /** Names of columns whose negative integers are unsigned 64-bit ones. */
  readonly unsigned: readonly string[];
  /** Called before a row is read; throws when it is too large. */
  readonly checkRow: () => void;
  readonly throwIfCancelled: () => void;
  /** Runs a step after `rowsRead` rows; throws the error that the user is to see. */
  readonly attempt: <R>(rowsRead: number, step: () => R) => R;
  /** False once the connection has ended, and with it the statement. */
  readonly isOpen: () => boolean;
}

/** Longest batch of rows, by the bytes of their texts and blobs. */
const maxBatchBytes = 32 * 1024 * 1024;

/** Rows of a running query. Close it, or run it to its end. */
export class Cursor {
  readonly columns: readonly string[];
  readonly #statement: SqlStatement;
  readonly #context: CursorContext;
  readonly #unsigned: readonly number[];
  readonly #packer: RowPacker;
  #rowsRead = 0;
  #done = false;
  #closed = false;

  constructor(statement: SqlStatement, context: CursorContext) {
    this.#statement = statement;
    this.#context = context;
    this.columns = statement.getColumnNames();
    this.#unsigned = this.columns.flatMap((name, i) =>
      context.unsigned.includes(name) ? [i] : [],
    );
    this.#packer = new RowPacker(this.columns.length);
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * The next rows, packed: at most `maxRows`, fewer when they are big or were slow (`maxMs`). Memory: 32 MiB and one row
   * (see `maxRowBytes`).
   */
  next(maxRows: number, maxMs = Infinity): PackedRows {
    const packer = this.#packer;
    const until = performance.now() + maxMs;
    while (packer.rows < maxRows && packer.heapBytes < maxBatchBytes) {
      const row = this.nextRow();
      if (!row) break;
      packer.push(row);
      if (packer.rows % 64 === 0 && performance.now() > until) break;
    }
    return packer.take();
  }

  /** One row, or undefined at the end. @throws as `Engine.cursor` */
  nextRow(): SqlValue[] | undefined {
    if (this.#done) return undefined;
    const row = this.#context.attempt(this.#rowsRead, () => {
      this.#context.throwIfCancelled();
      return this.#statement.step() ? this.#read() : undefined;
    });
    if (row) this.#rowsRead++;
    else {
      this.#done = true;
      this.close();
    }
    return row;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#context.isOpen()) this.#statement.free();
  }

  #read(): SqlValue[] {
    this.#context.checkRow();
    const row: SqlValue[] = this.#statement.get();
    let exact: unknown[] | undefined;
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      // sql.js reads integers as doubles. Below 2^53 that is exact; above, only the text of the value tells.
      if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
        exact ??= rowWithBigInts(this.#statement);
        row[i] = exact[i] as SqlValue;
      }
    }
    for (const i of this.#unsigned) {
      const value = row[i];
      if ((typeof value === 'number' && Number.isInteger(value)) || typeof value === 'bigint')
        if (value < 0) row[i] = BigInt.asUintN(64, BigInt(value));
    }
    return row;
  }
}
