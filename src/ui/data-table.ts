/**
 * What a table does to its rows: filter, sort, copy, export. Everything over all rows works in slices of
 * a few milliseconds, so that the page stays alive over millions of rows. Memory: 18 bytes per row for a
 * sort (and the texts of a column of texts), 4 per row for what is shown.
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
  /** Shown on hover and read by screen readers: what the column means, with its unit. */
  readonly hint?: string;
  /** The short form shown in the grid; copying gives the value itself. `row` is the row's place in the data. */
  readonly format?: (value: Cell, row: number) => string;
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

/** One slice of work between two looks at the user's input, in milliseconds. */
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
    // A timer waits 4 ms at least once it was set from a timer a few times: half as long as the work between.
    const { scheduler } = globalThis as { scheduler?: { yield?(): Promise<void> } };
    await (scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve)));
    this.#signal?.throwIfAborted();
    this.#began = performance.now();
  }
}

/** Rows done between two looks at the clock: about a millisecond even where each is a text to decode. */
const blockRows = 1024;

/** Calls `work` for consecutive parts of [0, count), with a rest whenever a slice is used up. */
async function inSlices(
  count: number,
  slices: Slices,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += blockRows) {
    if (slices.due) await slices.rest();
    work(from, Math.min(from + blockRows, count));
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

/** No integer of a database has more digits; BigInt takes its time with longer ones. */
const mostDigits = 40;

function parseNumber(text: string): number | bigint | undefined {
  const plain = text.replaceAll(/[,_\s]/g, '');
  if (plain.length <= mostDigits && /^[+-]?\d+$/.test(plain)) {
    const exact = BigInt(plain);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  const value = plain === '' ? NaN : Number(plain);
  return Number.isNaN(value) ? undefined : value;
}

/**
 * What a user types over a column: part of the text, or `>5`, `<=5`, `=5`, `!=5`, `3..7`, `null`, `!null`.
 * Undefined for an empty filter.
 */
export function parseFilter(typed: string): CellTest | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  if (/^null$/i.test(text)) return (value) => value === null;
  if (/^!=?\s*null$/i.test(text)) return (value) => value !== null;
  const dots = text.lastIndexOf('..');
  const low = dots < 0 ? undefined : parseNumber(text.slice(0, dots));
  const high = dots < 0 ? undefined : parseNumber(text.slice(dots + 2));
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
  shownText: (value: Cell, column: number, row: number) => string,
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
      passes = test(value, () => shownText(value, column, row));
      if (!passes) break;
    }
    if (passes) rows[kept++] = row;
  }
  rows = rows.slice(0, kept);
  return sort ? sortRows(data, rows, sort, slices) : rows;
}

/**
 * Sorts by a key of 53 bits, digit by digit; only what has equal keys is compared. A million texts take about as long as
 * it takes to decode them.
 */
async function sortRows(
  data: TableData,
  rows: Uint32Array<ArrayBuffer>,
  { column, descending }: Sort,
  slices: Slices,
): Promise<Uint32Array> {
  const keys = new Float64Array(data.rowCount);
  const kinds = new Uint8Array(data.rowCount);
  /** 1: rows of an equal key are equal. */
  const settled = new Uint8Array(data.rowCount);
  // Decoding a text costs more than comparing it: each is decoded once.
  const texts: string[] = [];
  await inSlices(rows.length, slices, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = rows[i] ?? 0;
      const value = data.cell(row, column);
      kinds[row] = cellKind(value);
      if (typeof value === 'string') {
        texts[row] = value;
      } else {
        const key = keyOf(value);
        keys[row] = key;
        // The key is the value itself.
        if (!(value instanceof Uint8Array) && Math.abs(key) <= Number.MAX_SAFE_INTEGER)
          settled[row] = 1;
      }
    }
  });
  if (texts.length > 0) await keysOfTexts(texts, rows, keys, slices);

  const compare = (a: number, b: number): number => {
    const exact = compareCells(texts[a] ?? data.cell(a, column), texts[b] ?? data.cell(b, column));
    return exact === 0 ? a - b : descending ? -exact : exact;
  };
  const bits = new Uint32Array(keys.buffer);
  await makeSortable(keys, rows, descending, slices);
  const sorted = await sortByDigits(rows, bits, kinds, descending, slices);

  const same = (a: number, b: number): boolean =>
    bits[2 * a] === bits[2 * b] && bits[2 * a + 1] === bits[2 * b + 1] && kinds[a] === kinds[b];
  const ties: [start: number, end: number][] = [];
  let start = 0;
  await inSlices(sorted.length, slices, (from, to) => {
    for (let i = from; i < to; i++) {
      const first = sorted[start] ?? 0;
      const last = i + 1 === sorted.length || !same(first, sorted[i + 1] ?? 0);
      if (last && i > start && settled[first] !== 1) ties.push([start, i + 1]);
      if (last) start = i + 1;
    }
  });
  for (const [from, to] of ties) {
    if (slices.due) await slices.rest();
    await sortRun(sorted.subarray(from, to), compare, slices);
  }
  return sorted;
}

/** Grows with the value among values of one kind, texts aside; equal where only a complete comparison decides. */
function keyOf(value: Exclude<Cell, string>): number {
  if (value === null) return 0;
  if (value instanceof Uint8Array) {
    let key = 0;
    for (let i = 0; i < 6; i++) key = key * 256 + (value[i] ?? 0);
    return key;
  }
  // Zero has one sign only.
  return Number(value) + 0;
}

/**
 * Keys of texts, from what follows the beginning that all have in common: six units where all of these are below 256, else
 * three.
 */
async function keysOfTexts(
  texts: readonly string[],
  rows: Uint32Array,
  keys: Float64Array,
  slices: Slices,
): Promise<void> {
  let model: string | undefined;
  let common = 0;
  await inSlices(rows.length, slices, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = rows[i] ?? 0;
      const text = texts[row];
      if (text === undefined) continue;
      if (model === undefined) {
        model = text;
        common = text.length;
      }
      common = Math.min(common, text.length);
      for (let at = 0; at < common; at++)
        if (text.charCodeAt(at) !== model.charCodeAt(at)) common = at;
    }
  });
  const pack = (text: string, units: number, base: number): number => {
    let key = 0;
    for (let at = common; at < common + units; at++) {
      // Past the end is NaN.
      const unit = text.charCodeAt(at) || 0;
      if (unit >= base) return NaN;
      key = key * base + unit;
    }
    return key;
  };
  for (const [units, base] of [
    [6, 256],
    [3, 65536],
  ] as const) {
    let misfits = 0;
    await inSlices(rows.length, slices, (from, to) => {
      for (let i = from; i < to && misfits === 0; i++) {
        const row = rows[i] ?? 0;
        const text = texts[row];
        if (text === undefined) continue;
        const key = pack(text, units, base);
        if (Number.isNaN(key)) misfits++;
        else keys[row] = key;
      }
    });
    if (misfits === 0) return;
  }
}

/** Doubles in place into 64 bits (low half first) that grow as they do: IEEE 754 but for the sign. */
async function makeSortable(
  keys: Float64Array<ArrayBuffer>,
  rows: Uint32Array,
  descending: boolean,
  slices: Slices,
): Promise<void> {
  const bits = new Uint32Array(keys.buffer);
  const turn = descending ? 0xffffffff : 0;
  await inSlices(rows.length, slices, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = rows[i] ?? 0;
      const high = bits[2 * row + 1] ?? 0;
      const negative = high >>> 31 === 1;
      bits[2 * row] = (bits[2 * row] ?? 0) ^ (negative ? 0xffffffff : 0) ^ turn;
      bits[2 * row + 1] = high ^ (negative ? 0xffffffff : 0x80000000) ^ turn;
    }
  });
}

/** A stable radix sort, 16 bits at a time from the lowest, the kind last. */
async function sortByDigits(
  rows: Uint32Array<ArrayBuffer>,
  bits: Uint32Array,
  kinds: Uint8Array,
  descending: boolean,
  slices: Slices,
): Promise<Uint32Array<ArrayBuffer>> {
  const digits: ((row: number) => number)[] = [
    (row) => (bits[2 * row] ?? 0) & 0xffff,
    (row) => (bits[2 * row] ?? 0) >>> 16,
    (row) => (bits[2 * row + 1] ?? 0) & 0xffff,
    (row) => (bits[2 * row + 1] ?? 0) >>> 16,
    (row) => (descending ? 3 - (kinds[row] ?? 0) : (kinds[row] ?? 0)),
  ];
  const places = new Uint32Array(65536);
  let sorted = rows;
  let spare = new Uint32Array(rows.length);
  for (const digit of digits) {
    const [source, target] = [sorted, spare];
    places.fill(0);
    await inSlices(source.length, slices, (from, to) => {
      for (let i = from; i < to; i++) {
        const at = digit(source[i] ?? 0);
        places[at] = (places[at] ?? 0) + 1;
      }
    });
    if (places[digit(source[0] ?? 0)] === source.length) continue;
    let next = 0;
    for (let at = 0; at < places.length; at++) {
      const count = places[at] ?? 0;
      places[at] = next;
      next += count;
    }
    await inSlices(source.length, slices, (from, to) => {
      for (let i = from; i < to; i++) {
        const row = source[i] ?? 0;
        const at = digit(row);
        const place = places[at] ?? 0;
        target[place] = row;
        places[at] = place + 1;
      }
    });
    [sorted, spare] = [target, source];
  }
  return sorted;
}

/** Rows that one call of the engine's own sort takes; about 2 ms. */
const runLength = 2048;

/** Sorts in place by comparing: runs that the engine sorts, merged. */
async function sortRun(
  rows: Uint32Array<ArrayBuffer>,
  compare: (a: number, b: number) => number,
  slices: Slices,
): Promise<void> {
  for (let start = 0; start < rows.length; start += runLength) {
    rows.subarray(start, start + runLength).sort(compare);
    if (slices.due) await slices.rest();
  }
  if (rows.length <= runLength) return;
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
  if (from !== rows) rows.set(from);
}

/** What is copied or saved of a table. */
export interface TableSelection {
  readonly data: TableData;
  /** Positions in the data, in the order to write. */
  readonly rows: Iterable<number>;
  readonly columns: readonly number[];
  readonly formatOf: (column: number) => BlobFormat | undefined;
}

export interface TextOptions {
  readonly signal?: AbortSignal;
  /** In CSV and copies, an apostrophe before a text that a spreadsheet would run as a formula; on by default. */
  readonly escapeFormulas?: boolean;
}

const namesOf = ({ data, columns }: TableSelection): string[] =>
  uniqueNames(columns.map((column) => data.columns[column] ?? ''));

/** A rectangle of the table as text for a spreadsheet; with `header` it begins with the columns' names as in a file. */
export async function selectionAsTsv(
  selection: TableSelection,
  { header = false, signal, escapeFormulas = true }: TextOptions & { readonly header?: boolean },
): Promise<string> {
  const { data, rows, columns, formatOf } = selection;
  const tsv = { escapeFormulas };
  const slices = new Slices(signal);
  const lines = header
    ? [
        namesOf(selection)
          .map((name) => tsvField(name, name, tsv))
          .join('\t'),
      ]
    : [];
  for (const row of rows) {
    if (lines.length % checkEvery === 0 && slices.due) await slices.rest();
    const fields = columns.map((column) => {
      const value = data.cell(row, column);
      return tsvField(value, cellText(value, formatOf(column)), tsv);
    });
    lines.push(fields.join('\t'));
  }
  return lines.join('\n');
}

/** Column names as keys: the second `hash` becomes `hash_2`, in every format (as src/state/export.ts). */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** What is shown, as a file. */
export async function tableAsFile(
  selection: TableSelection,
  format: 'csv' | 'json',
  { signal, escapeFormulas = true }: TextOptions = {},
): Promise<Blob> {
  const { data, rows, columns, formatOf } = selection;
  const csv = { escapeFormulas };
  const slices = new Slices(signal);
  const names = namesOf(selection);
  const keys = names.map((name) => JSON.stringify(name));
  const parts: string[] =
    format === 'csv' ? [`${names.map((name) => csvField(name, name, csv)).join(',')}\r\n`] : ['['];
  let count = 0;
  for (const row of rows) {
    if (count % checkEvery === 0 && slices.due) await slices.rest();
    const fields = columns.map((column, at) => {
      const value = data.cell(row, column);
      const shown = cellText(value, formatOf(column));
      return format === 'csv'
        ? csvField(value, shown, csv)
        : `${keys[at] ?? '""'}:${jsonValue(value, shown)}`;
    });
    parts.push(
      format === 'csv' ? `${fields.join(',')}\r\n` : `${count ? ',' : ''}\n{${fields.join(',')}}`,
    );
    count++;
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

  /** First row and number of rows to draw, and the pixel where the first one is. */
  at(scrollTop: number): { first: number; count: number; top: number } {
    const offset = Math.max(0, scrollTop * this.#scale);
    const first = Math.min(
      Math.max(0, Math.floor(offset / this.rowHeight) - 4),
      Math.max(0, this.rowCount - 1),
    );
    const count = Math.min(this.rowCount - first, Math.ceil(this.viewHeight / this.rowHeight) + 9);
    return { first, count, top: first * this.rowHeight - offset + scrollTop };
  }

  /** Where to scroll so that a row is completely visible; the same place if it is. */
  reveal(row: number, scrollTop: number): number {
    const offset = scrollTop * this.#scale;
    const top = row * this.rowHeight;
    const bottom = top + this.rowHeight - this.viewHeight;
    const wanted = top < offset ? top : bottom > offset ? bottom : undefined;
    return wanted === undefined ? scrollTop : wanted / this.#scale;
  }
}
