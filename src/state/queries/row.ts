/**
 * Values of a row by their column. A column that is missing, or that holds another kind of value, is an error of the query and
 * the schema: it never becomes 0 or an empty value.
 */
import { WorkbenchError } from '../../base/error';
import type { SqlValue } from '../types';

export type Row = Readonly<Record<string, SqlValue>>;

function valueOf(row: Row, column: string): SqlValue {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value === undefined)
    throw new WorkbenchError(
      'row-column-missing',
      `The answer has no column "${column}". Please report this, with the schema version of the database.`,
      { column, columns: Object.keys(row) },
    );
  return value;
}

const wrong = (column: string, value: SqlValue, wanted: string): WorkbenchError =>
  new WorkbenchError(
    'row-value-wrong',
    `Column "${column}" holds ${value === null ? 'NULL' : typeof value === 'object' ? 'a BLOB' : JSON.stringify(String(value))} where ${wanted} is expected. Other programs may have changed this database: copy it again from the node's folder.`,
    { column, value },
  );

/** An integer or real. @throws WorkbenchError `row-column-missing`, `row-value-wrong` */
export function number(row: Row, column: string): number {
  const value = valueOf(row, column);
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw wrong(column, value, 'a number');
  return Number(value);
}

/** An integer of any size. @throws as `number` */
export function integer(row: Row, column: string): bigint {
  const value = valueOf(row, column);
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw wrong(column, value, 'an integer');
  return BigInt(value);
}

/** @throws as `number` */
export function bytes(row: Row, column: string): Uint8Array {
  const value = valueOf(row, column);
  if (!(value instanceof Uint8Array)) throw wrong(column, value, 'a BLOB');
  return value;
}

const orNull =
  <Value>(read: (row: Row, column: string) => Value) =>
  (row: Row, column: string): Value | null =>
    valueOf(row, column) === null ? null : read(row, column);

export const numberOrNull = orNull(number);
export const integerOrNull = orNull(integer);

/** Null also for an empty blob, as the node writes an absent id in some versions. @throws as `number` */
export function bytesOrNull(row: Row, column: string): Uint8Array | null {
  const value = valueOf(row, column);
  return value === null || (value instanceof Uint8Array && value.length === 0)
    ? null
    : bytes(row, column);
}
