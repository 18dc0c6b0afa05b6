/**
 * What a table does to its rows: filter, sort, copy, export. Everything over all rows works in slices of
 * a few milliseconds, so that the page stays alive over millions of rows. Memory: 13 bytes a row for a
 * sort (and the texts of a column of texts), 4 a row for what is shown.
 */
import {
  cellKind,
  cellText,
  compareCells,
  csvField,
  jsonValue,
  tsvField,
  type BlobFormat,
  type Cell,
  type TableData,
} from './cells';

/** How a column of one table is shown. */
export interface TableColumn {
  readonly title?: string;
  /** Said on hover and to screen readers: what the column means, with its unit. */
  readonly hint?: string;
  /** The short form shown in the grid; copying gives the value itself. */
  readonly format?: (value: Cell) => string;
  /** Where the value leads. */
  readonly href?: (value: Cell) => string | undefined;
  readonly hidden?: boolean;
  /** Form of its BLOBs at first. */
  readonly blobFormat?: string;
}

export interface Sort {
  readonly column: number;
  readonly descending: boolean;
}

/** One slice of work between two looks at the person's input, in milliseconds. */
const sliceMs = 8;
const checkEvery = 256;

/** Gives the event loop its turn when a slice is used up. */
class Slices {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get due(): boolean {
    return performance.now() - this.#began > sliceMs;
  }

  async rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#signal?.throwIfAborted();
    this.#began = performance.now();
  }
}

export type CellTest = (value: Cell, shown: () => string) => boolean;

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
};

function parseNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll(/[,_\s]/g, '');
  if (/^[+-]?\d+$/.test(plain)) {
    const exact = BigInt(plain);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  const value = plain === '' ? NaN : Number(plain);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * What a person types over a column: part of the text, or `>5`, `<=5`, `=5`, `!=5`, `3..7`, `null`, `!null`.
 * Undefined for an empty filter.
 */
export function parseFilter(typed: string): CellTest | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  if (/^null$/i.test(text)) return (value) => value === null;
  if (/^!=?\s*null$/i.test(text)) return (value) => value !== null;
  const range = /^(\S+)\s*\.\.\s*(\S+)$/.exec(text);
  const low = parseNumber(range?.[1] ?? '');
  const high = parseNumber(range?.[2] ?? '');
  if (low !== undefined && high !== undefined)
    return (value) =>
      (typeof value === 'number' || typeof value === 'bigint') && value >= low && value <= high;
  const comparison = /^(>=|<=|!=|>|<|=)\s*(.+)$/.exec(text);
  if (comparison) {
    const [, sign = '', operand = ''] = comparison;
    const holds = comparisons[sign] ?? (() => false);
    const number = parseNumber(operand);
    return (value, shown) =>
      typeof value === 'number' || typeof value === 'bigint'
        ? number !== undefined && holds(compareCells(value, number))
        : value !== null && holds(compareCells(shown(), operand));
  }
  const wanted = text.toLowerCase();
  return (_, shown) => shown().toLowerCase().includes(wanted);
}

/**
 * The rows to show, in order: filtered, then sorted (stable, as SQLite orders values).
 * @returns row numbers; undefined when all rows are shown as they come
 * @throws AbortError
 */
export async function arrangeRows(
  data: TableData,
  tests: readonly (readonly [column: number, test: CellTest])[],
  sort: Sort | undefined,
  shownText: (value: Cell, column: number) => string,
  signal?: AbortSignal,
): Promise<Uint32Array | undefined> {
  if (tests.length === 0 && !sort) return undefined;
  const slices = new Slices(signal);
  let rows = new Uint32Array(data.rowCount);
  let kept = 0;
  for (let row = 0; row < data.rowCount; row++) {
    if (row % checkEvery === 0 && slices.due) await slices.rest();
    let passes = true;
    for (const [column, test] of tests) {
      const value = data.cell(row, column);
      passes = test(value, () => shownText(value, column));
      if (!passes) break;
    }
    if (passes) rows[kept++] = row;
  }
  rows = rows.slice(0, kept);
  return sort ? sortRows(data, rows, sort, slices) : rows;
}

/** Rows that one call of the engine's own sort takes; about 2 ms. */
const runLength = 2048;

async function sortRows(
  data: TableData,
  rows: Uint32Array<ArrayBuffer>,
  { column, descending }: Sort,
  slices: Slices,
): Promise<Uint32Array> {
  // A key of 53 bits decides most comparisons; only equal keys look at the cells themselves.
  const keys = new Float64Array(data.rowCount);
  const kinds = new Uint8Array(data.rowCount);
  // Decoding a text costs more than comparing it: each is decoded once.
  const texts: string[] = [];
  for (const [i, row] of rows.entries()) {
    if (i % checkEvery === 0 && slices.due) await slices.rest();
    const value = data.cell(row, column);
    kinds[row] = cellKind(value);
    keys[row] = keyOf(value);
    if (typeof value === 'string') texts[row] = value;
  }
  const sign = descending ? -1 : 1;
  const compare = (a: number, b: number): number => {
    const byKind = (kinds[a] ?? 0) - (kinds[b] ?? 0);
    if (byKind !== 0) return sign * byKind;
    const keyA = keys[a] ?? 0;
    const keyB = keys[b] ?? 0;
    if (keyA !== keyB) return keyA < keyB ? -sign : sign;
    const exact = compareCells(texts[a] ?? data.cell(a, column), texts[b] ?? data.cell(b, column));
    return exact === 0 ? a - b : sign * exact;
  };
  for (let start = 0; start < rows.length; start += runLength) {
    rows.subarray(start, start + runLength).sort(compare);
    if (slices.due) await slices.rest();
  }
  let from = rows;
  let to = new Uint32Array(rows.length);
  for (let width = runLength; width < rows.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let left = start;
      let right = middle;
      for (let out = start; out < end; out++) {
        if (out % checkEvery === 0 && slices.due) await slices.rest();
        const a = from[left] ?? 0;
        const b = from[right] ?? 0;
        if (left < middle && (right >= end || compare(a, b) <= 0)) {
          to[out] = a;
          left++;
        } else {
          to[out] = b;
          right++;
        }
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Grows with the value among values of one kind; equal for what only a closer look tells apart. */
function keyOf(value: Cell): number {
  if (value === null) return 0;
  if (typeof value === 'string')
    return (
      (value.charCodeAt(0) || 0) * 2 ** 32 +
      (value.charCodeAt(1) || 0) * 2 ** 16 +
      (value.charCodeAt(2) || 0)
    );
  if (value instanceof Uint8Array) {
    let key = 0;
    for (let i = 0; i < 6; i++) key = key * 256 + (value[i] ?? 0);
    return key;
  }
  return Number(value);
}

/** A rectangle of the table as text for a spreadsheet. */
export function selectionAsTsv(
  data: TableData,
  rows: Iterable<number>,
  columns: readonly number[],
  formatOf: (column: number) => BlobFormat | undefined,
  header: boolean,
): string {
  const lines = header ? [columns.map((c) => tsvField(data.columns[c] ?? '')).join('\t')] : [];
  for (const row of rows)
    lines.push(columns.map((c) => tsvField(cellText(data.cell(row, c), formatOf(c)))).join('\t'));
  return lines.join('\n');
}

/** Column names as keys: the second `hash` becomes `hash_2`. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** What is shown, as a file: the rows in their order, the columns that are not hidden. */
export async function tableAsFile(
  data: TableData,
  rows: Uint32Array | undefined,
  columns: readonly number[],
  formatOf: (column: number) => BlobFormat | undefined,
  format: 'csv' | 'json',
  signal?: AbortSignal,
): Promise<Blob> {
  const slices = new Slices(signal);
  const names = columns.map((column) => data.columns[column] ?? '');
  const keys = uniqueNames(names).map((name) => JSON.stringify(name));
  const parts: string[] =
    format === 'csv' ? [`${names.map((name) => csvField(name, name)).join(',')}\r\n`] : ['['];
  const count = rows?.length ?? data.rowCount;
  for (let i = 0; i < count; i++) {
    if (i % checkEvery === 0 && slices.due) await slices.rest();
    const row = rows ? (rows[i] ?? 0) : i;
    const fields = columns.map((column, at) => {
      const value = data.cell(row, column);
      const shown = cellText(value, formatOf(column));
      return format === 'csv'
        ? csvField(value, shown)
        : `${keys[at] ?? '""'}:${jsonValue(value, shown)}`;
    });
    parts.push(
      format === 'csv' ? `${fields.join(',')}\r\n` : `${i ? ',' : ''}\n{${fields.join(',')}}`,
    );
  }
  if (format === 'json') parts.push('\n]\n');
  return new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/json' });
}

/**
 * Which rows stand where. Browsers cap the height of an element (Chromium at 33.5 million pixels, Firefox
 * at 17.9 million): beyond `maxHeight` the scroll bar covers the rows in a larger scale.
 */
export class VirtualRows {
  static readonly maxHeight = 15_000_000;
  readonly rowCount: number;
  readonly rowHeight: number;
  readonly viewHeight: number;

  constructor(rowCount: number, rowHeight: number, viewHeight: number) {
    this.rowCount = rowCount;
    this.rowHeight = rowHeight;
    this.viewHeight = viewHeight;
  }

  /** Pixels that all rows would take. */
  get fullHeight(): number {
    return this.rowCount * this.rowHeight;
  }

  /** Pixels that the scrolled element takes. */
  get height(): number {
    return Math.min(this.fullHeight, VirtualRows.maxHeight);
  }

  get #scale(): number {
    const reach = this.height - this.viewHeight;
    return reach > 0 ? (this.fullHeight - this.viewHeight) / reach : 1;
  }

  /** First row and number of rows to draw, and the pixel where the first one stands. */
  at(scrollTop: number): { first: number; count: number; top: number } {
    const offset = Math.max(0, scrollTop * this.#scale);
    const first = Math.min(
      Math.max(0, Math.floor(offset / this.rowHeight) - 4),
      Math.max(0, this.rowCount - 1),
    );
    const count = Math.min(this.rowCount - first, Math.ceil(this.viewHeight / this.rowHeight) + 9);
    return { first, count, top: first * this.rowHeight - offset + scrollTop };
  }

  /** Where to scroll so that a row is seen whole; the same place if it is. */
  reveal(row: number, scrollTop: number): number {
    const offset = scrollTop * this.#scale;
    const top = row * this.rowHeight;
    const bottom = top + this.rowHeight - this.viewHeight;
    const wanted = top < offset ? top : bottom > offset ? bottom : undefined;
    return wanted === undefined ? scrollTop : wanted / this.#scale;
  }
}
