/**
 * Refuses rows that cannot be handed out correctly. sql.js copies a cell without looking at its size or at the outcome of
 * SQLite's allocations: a text beyond V8's longest string (2^29 − 24 units) comes out as `''`, and so does any text for which
 * memory ran out; a blob for which it ran out comes out as unrelated bytes.
 */
import { WorkbenchError } from '../../base/error';
import type { Sql, SqlStatement } from './sqljs';

/**
 * Bytes of texts and blobs that one row may hold. The largest value that a node stores fits: an active set of 8,000,000 ids
 * of 32 bytes (go-spacemesh common/types/activation.go EpochActiveSet).
 */
export const maxRowBytes = 256 * 1024 * 1024;

/** SQLite's C interface, as sql.js exports it (https://www.sqlite.org/c3ref/column_blob.html). */
interface ColumnApi {
  readonly sql: (statement: number) => string;
  readonly count: (statement: number) => number;
  readonly type: (statement: number, column: number) => number;
  readonly text: (statement: number, column: number) => number;
  readonly blob: (statement: number, column: number) => number;
  readonly bytes: (statement: number, column: number) => number;
}

/** SQLITE_TEXT and SQLITE_BLOB of sqlite3.h. */
const [textType, blobType] = [3, 4];

const apis = new WeakMap<Sql, ColumnApi>();

function columnApi(SQL: Sql): ColumnApi {
  const known = apis.get(SQL);
  if (known) return known;
  const { cwrap } = SQL as unknown as {
    cwrap: (
      this: void,
      name: string,
      result: string,
      parameters: readonly string[],
    ) => (...args: number[]) => never;
  };
  const column = (name: string) => cwrap(`sqlite3_column_${name}`, 'number', ['number', 'number']);
  const api: ColumnApi = {
    sql: cwrap('sqlite3_sql', 'string', ['number']),
    count: cwrap('sqlite3_data_count', 'number', ['number']),
    type: column('type'),
    text: column('text'),
    blob: column('blob'),
    bytes: column('bytes'),
  };
  apis.set(SQL, api);
  return api;
}

/** The statement's address in SQLite's memory: the number of it whose statement has this text. */
function addressOf(api: ColumnApi, statement: SqlStatement, sql: string): number {
  for (const value of Object.values(statement) as unknown[])
    // Lower numbers are positions and flags.
    if (typeof value === 'number' && value >= 1024) {
      const text = api.sql(value);
      if (text !== '' && sql.startsWith(text)) return value;
    }
  throw new WorkbenchError(
    'sqlite-not-lazy',
    'This build of SQLite does not show the sizes of values as the workbench needs it. Please report it, with the version of the workbench.',
  );
}

const mebibytes = (bytes: number): string =>
  `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;

/**
 * Prepares the check of a statement's rows. It is called after each step and before the row is read.
 * @param columns names of the columns, for the message
 * @throws WorkbenchError `row-too-large`, `query-too-large`; the first call here `sqlite-not-lazy`
 */
export function rowLimit(
  SQL: Sql,
  statement: SqlStatement,
  sql: string,
  columns: readonly string[],
): () => void {
  const api = columnApi(SQL);
  const address = addressOf(api, statement, sql);
  return () => {
    let rowBytes = 0;
    const count = api.count(address);
    for (let i = 0; i < count; i++) {
      const type = api.type(address, i);
      if (type !== textType && type !== blobType) continue;
      // Asking for a text converts it to UTF-8 first; a blob of zeros is made only after its size was looked at.
      const text = type === textType ? api.text(address, i) : undefined;
      const bytes = api.bytes(address, i);
      rowBytes += bytes;
      if (rowBytes > maxRowBytes) {
        const column = columns[i] ?? '';
        throw new WorkbenchError(
          'row-too-large',
          `A row holds more than ${mebibytes(maxRowBytes)}: column "${column}" alone has ${mebibytes(bytes)}. Select length(${column}), or a part of it with substr(${column}, 1, 1000).`,
          { column, bytes, maxRowBytes },
        );
      }
      const isLost = text === 0 || (type === blobType && bytes > 0 && api.blob(address, i) === 0);
      if (isLost)
        throw new WorkbenchError(
          'query-too-large',
          `SQLite ran out of memory (2 GiB in a browser) while it read column "${columns[i] ?? ''}". Select fewer or smaller values, or add a WHERE or LIMIT.`,
          { column: columns[i] ?? '' },
        );
    }
  };
}
