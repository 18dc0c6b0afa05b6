/**
 * Cells of a table: what they may hold, how they are shown, compared and copied. Rows are read by
 * position, since a query may name two columns alike.
 */
import { compareBytes, toBase64, toHex } from '../base/bytes';
import { csvText, formulaGuard, type CsvOptions } from '../base/csv';

export type Cell = null | boolean | number | bigint | string | Uint8Array;

/** A table of any size. A source that grows is given again with more rows; the old one stays as it was. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rowCount: number;
  cell(row: number, column: number): Cell;
}

export const tableOf = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): TableData => ({
  columns,
  rowCount: rows.length,
  cell: (row, column) => rows[row]?.[column] ?? null,
});

/** One way to write a BLOB. */
export interface BlobFormat {
  readonly id: string;
  readonly name: string;
  /** Undefined where this form does not apply; then hex is shown. */
  readonly format: (bytes: Uint8Array) => string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
function text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Every table has these; a page may add forms of its own. */
export const plainBlobFormats: readonly BlobFormat[] = [
  { id: 'hex', name: 'hex', format: toHex },
  { id: 'base64', name: 'base64', format: toBase64 },
  { id: 'text', name: 'text (UTF-8)', format: text },
];

/** A cell in full, as it is copied and exported. NULL is empty. */
export function cellText(value: Cell, blobFormat: BlobFormat | undefined): string {
  if (value === null) return '';
  if (value instanceof Uint8Array) return blobFormat?.format(value) ?? toHex(value);
  return String(value);
}

/** SQLite's order of the kinds of values. */
export const cellKind = (value: Cell): number =>
  value === null ? 0 : typeof value === 'string' ? 2 : value instanceof Uint8Array ? 3 : 1;

/** As SQLite orders values: NULL, numbers, texts by code unit, blobs by bytes. */
export function compareCells(a: Cell, b: Cell): number {
  const byKind = cellKind(a) - cellKind(b);
  if (byKind !== 0 || a === null || b === null) return byKind;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  // Numbers and bigints compare exactly with each other.
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Numbers are never formulas: a spreadsheet must get "-1" as the number. */
const guardOf = (value: Cell, { escapeFormulas }: CsvOptions): CsvOptions => ({
  escapeFormulas: escapeFormulas && (typeof value === 'string' || value instanceof Uint8Array),
});

/** A field of CSV (RFC 4180). NULL is empty. */
export const csvField = (value: Cell, shown: string, options: CsvOptions): string =>
  value === null ? '' : csvText(shown, guardOf(value, options));

/** A field of what is pasted into a spreadsheet: tabs and line ends would break the grid, and a text may be a formula. */
export function tsvField(value: Cell, shown: string, options: CsvOptions): string {
  const plain = formulaGuard(shown, guardOf(value, options)) + shown;
  return /[\t\r\n"]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** JSON: integers beyond 2^53 as strings, since most readers would round them; blobs as they are shown. */
export function jsonValue(value: Cell, shown: string): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return JSON.stringify(shown);
}
