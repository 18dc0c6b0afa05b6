/** Statements about thousands of ids. */
import { toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import type { SqlValue } from '../types';
import { askAll, type AskOptions, type Queryable } from './ask';

/** Ids of one statement: SQLite takes 32,766 parameters. */
export const batchIds = 30_000;
/**
 * More ids than these are looked for in one pass over the table. An index leads to rows all over the file, and each such row
 * costs a read of a block; a pass reads ahead.
 */
const mostLookUps = 50;

/** A database, and how many ids are looked for in it. */
export interface IdQuestion {
  readonly database: Queryable;
  readonly options: AskOptions;
}

export const distinct = (ids: readonly Uint8Array[]): Uint8Array[] => [
  ...new Map(ids.map((id) => [toHex(id), id])).values(),
];

export type Values = readonly SqlValue[];

/** Runs a statement with `IN (:ids)` for all ids, some thousands at a time. */
export async function askOf(
  { database, options }: IdQuestion,
  ids: readonly Uint8Array[],
  sql: (list: string, without: string) => string,
  params: Readonly<Record<string, SqlValue>> = {},
): Promise<Values[]> {
  const found: Values[] = [];
  for (let start = 0; start < ids.length; start += batchIds) {
    const batch = ids.slice(start, start + batchIds);
    const { rows } = await askAll(
      database,
      // A + before a column keeps SQLite from using an index of it.
      sql(batch.map((_, i) => `:id${i}`).join(), ids.length > mostLookUps ? '+' : ''),
      { ...params, ...Object.fromEntries(batch.map((id, i) => [`id${i}`, id])) },
      options,
    );
    for (const row of rows) found.push(row);
  }
  return found;
}

/** @throws WorkbenchError `row-value-wrong` */
export function blob(value: SqlValue | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new WorkbenchError(
    'row-value-wrong',
    'A row of this database holds no BLOB where an id is expected. Other programs may have changed this database: copy it again from the node’s folder.',
    { value },
  );
}

/** @throws WorkbenchError `row-value-wrong` */
export function big(value: SqlValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new WorkbenchError(
    'row-value-wrong',
    'A row of this database holds no integer where an amount is expected. Other programs may have changed this database: copy it again from the node’s folder.',
    { value },
  );
}
