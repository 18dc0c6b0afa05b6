/** Reads a Parquet file that `audit --out` wrote. */
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { WorkbenchError } from '../../base/error';
import type { Outcome } from '../../audit/types';
import { diskFile } from '../files/disk-file';
import {
  allColumns,
  identityColumns,
  identityKeys,
  rowColumns,
  type AuditRow,
  type PartIdentity,
} from './rows';

export interface PartFile {
  readonly path: string;
  readonly identity: PartIdentity;
  /** By place. */
  readonly rows: readonly AuditRow[];
}

const outcomes: readonly unknown[] = ['pass', 'fail', 'inconclusive'] satisfies Outcome[];

/**
 * Memory: all rows of the part, about 1 KiB each.
 * @throws WorkbenchError `part-not-readable`, `part-differs`, and of the file
 */
export async function readPartFile(path: string): Promise<PartFile> {
  const disk = diskFile(path);
  const file = {
    byteLength: disk.size,
    slice: (start: number, end?: number) => disk.slice(start, end).arrayBuffer(),
  };
  const refuse = (why: string, cause?: unknown): WorkbenchError =>
    new WorkbenchError(
      'part-not-readable',
      `${path} is not a part that audit --out wrote: ${why}. Name the files of the folder of --out.`,
      { path, why },
      { cause },
    );
  let found: readonly Record<string, unknown>[];
  try {
    const metadata = await parquetMetadataAsync(file);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const missing = allColumns.filter((column) => !names.includes(column));
    if (missing.length > 0) throw refuse(`it has no column ${missing.join(', ')}`);
    found = await parquetReadObjects({ file, metadata, columns: [...allColumns] });
  } catch (error) {
    throw error instanceof WorkbenchError || error instanceof DOMException
      ? error
      : refuse(error instanceof Error ? error.message : String(error), error);
  }
  const [head] = found;
  if (!head) throw refuse('it has no rows');
  const identity = Object.fromEntries(
    identityKeys.map((key) => [key, plain(head[identityColumns[key]])]),
  ) as unknown as PartIdentity;
  const rows = found.map((row) => {
    for (const key of identityKeys)
      if (plain(row[identityColumns[key]]) !== identity[key])
        throw refuse(`its rows are of several parts, by their ${identityColumns[key]}`);
    if (!outcomes.includes(row['outcome'])) throw refuse('a row has no outcome');
    return Object.fromEntries(
      rowColumns.map((column) => [column, plain(row[column])]),
    ) as unknown as AuditRow;
  });
  return { path, identity, rows };
}

/** Counts of these columns are far below 2^53. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : (value ?? null);
