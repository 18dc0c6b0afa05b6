/** The order of rows by one column, of a million of them within a second. */
import { cellKind, compareCells, type Cell, type TableData } from '../cells';
import type { Sort } from './columns';
import { checkEvery, inSlices, type Slices } from './slices';

/**
 * Sorts by a key of 53 bits, digit by digit; only what has equal keys is compared. A million texts take about as long as
 * it takes to decode them.
 */
export async function sortRows(
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
