/** What a cell holds. */
export type CellValue = null | number | bigint | string | Uint8Array;

/**
 * Rows of a result, packed: 9 bytes a cell, texts and blobs in one heap. A batch crosses from the worker by
 * transfer, and a table of a million rows holds a few big buffers instead of millions of objects; cells are
 * decoded when they are looked at.
 */
export interface PackedRows {
  readonly columnCount: number;
  readonly length: number;
  /** What each cell is, row by row. */
  readonly tags: Uint8Array<ArrayBuffer>;
  /** Each cell's value: a double, a 64-bit integer, or offset and length in the heap as two 32-bit integers. */
  readonly words: Float64Array<ArrayBuffer>;
  readonly heap: Uint8Array<ArrayBuffer>;
}

const tag = { null: 0, number: 1, bigint: 2, text: 3, blob: 4 } as const;

/** The buffers of a batch, for the transfer list of a message. */
export const packedBuffers = (packed: PackedRows): ArrayBuffer[] => [
  packed.tags.buffer,
  packed.words.buffer,
  packed.heap.buffer,
];

/** A batch of rows as the page sees it. */
export class RowBatch {
  readonly length: number;
  readonly columnCount: number;
  readonly #packed: PackedRows;
  readonly #integers: BigInt64Array;
  readonly #halves: Uint32Array;

  constructor(packed: PackedRows) {
    this.#packed = packed;
    this.length = packed.length;
    this.columnCount = packed.columnCount;
    this.#integers = new BigInt64Array(packed.words.buffer);
    this.#halves = new Uint32Array(packed.words.buffer);
  }

  /** Memory that the batch holds. */
  get sizeBytes(): number {
    const { tags, words, heap } = this.#packed;
    return tags.byteLength + words.byteLength + heap.byteLength;
  }

  /** One cell; blobs are copies. Undefined positions are errors of the caller and read as NULL. */
  cell(row: number, column: number): CellValue {
    const { tags, words, heap } = this.#packed;
    const i = row * this.columnCount + column;
    switch (tags[i]) {
      case tag.number:
        return words[i] ?? null;
      case tag.bigint:
        return this.#integers[i] ?? null;
      case tag.text:
        return decoder.decode(this.#bytes(i, heap));
      case tag.blob:
        return this.#bytes(i, heap).slice();
      default:
        return null;
    }
  }

  /** The first `length` rows, over the same memory. */
  head(length: number): RowBatch {
    return new RowBatch({ ...this.#packed, length });
  }

  row(row: number): CellValue[] {
    return Array.from({ length: this.columnCount }, (_, column) => this.cell(row, column));
  }

  *[Symbol.iterator](): Generator<CellValue[], void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.row(i);
  }

  #bytes(i: number, heap: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const start = this.#halves[2 * i] ?? 0;
    return heap.subarray(start, start + (this.#halves[2 * i + 1] ?? 0));
  }
}

// SQLite may hold a BOM as part of a text: it must come through.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** UTF-16 units that are encoded together: memory for the worst case stays small. */
const pieceUnits = 1024 * 1024;
/** A heap that one huge row made this large is not kept for the next batch. */
const keptHeapBytes = 96 * 1024 * 1024;

/** A text in pieces of about a million units; no surrogate pair is split. */
export function* textPieces(text: string): Generator<string, void, undefined> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + pieceUnits);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    yield text.slice(at, end);
    at = end;
  }
}

/** Packs rows up to a number of rows or bytes, whichever is reached first. */
export class RowPacker {
  readonly #columnCount: number;
  #tags: Uint8Array<ArrayBuffer>;
  #words: Float64Array<ArrayBuffer>;
  #integers: BigInt64Array;
  #halves: Uint32Array;
  #heap = new Uint8Array(4096);
  #used = 0;
  #rows = 0;

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.#tags = new Uint8Array(64 * columnCount);
    this.#words = new Float64Array(64 * columnCount);
    this.#integers = new BigInt64Array(this.#words.buffer);
    this.#halves = new Uint32Array(this.#words.buffer);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Bytes of texts and blobs so far. */
  get heapBytes(): number {
    return this.#used;
  }

  push(row: readonly CellValue[]): void {
    const base = this.#rows * this.#columnCount;
    if (base + this.#columnCount > this.#tags.length) this.#growCells();
    for (let column = 0; column < this.#columnCount; column++) {
      const value = row[column];
      const i = base + column;
      if (typeof value === 'number') {
        this.#tags[i] = tag.number;
        this.#words[i] = value;
      } else if (typeof value === 'string') {
        this.#put(i, tag.text, this.#encode(value));
      } else if (typeof value === 'bigint') {
        this.#tags[i] = tag.bigint;
        this.#integers[i] = value;
      } else if (value) {
        this.#reserve(value.length);
        this.#heap.set(value, this.#used);
        this.#used += value.length;
        this.#put(i, tag.blob, value.length);
      } else {
        this.#tags[i] = tag.null;
      }
    }
    this.#rows++;
  }

  /** The rows so far, in buffers of their exact size; the packer starts again. */
  take(): PackedRows {
    const cells = this.#rows * this.#columnCount;
    const packed: PackedRows = {
      columnCount: this.#columnCount,
      length: this.#rows,
      tags: this.#tags.slice(0, cells),
      words: this.#words.slice(0, cells),
      heap: this.#heap.slice(0, this.#used),
    };
    this.#rows = 0;
    this.#used = 0;
    if (this.#heap.length > keptHeapBytes) this.#heap = new Uint8Array(4096);
    return packed;
  }

  /** Notes a value that ends where the heap does. */
  #put(i: number, kind: number, length: number): void {
    this.#tags[i] = kind;
    this.#halves[2 * i] = this.#used - length;
    this.#halves[2 * i + 1] = length;
  }

  /** Appends a text as UTF-8, piece by piece. @returns its bytes */
  #encode(text: string): number {
    const start = this.#used;
    for (const piece of textPieces(text)) {
      // A UTF-16 unit takes at most three bytes of UTF-8.
      this.#reserve(piece.length * 3);
      this.#used += encoder.encodeInto(piece, this.#heap.subarray(this.#used)).written;
    }
    return this.#used - start;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#heap.length) return;
    const heap = new Uint8Array(Math.max(this.#heap.length * 2, this.#used + bytes));
    heap.set(this.#heap.subarray(0, this.#used));
    this.#heap = heap;
  }

  #growCells(): void {
    const tags = new Uint8Array(this.#tags.length * 2);
    tags.set(this.#tags);
    const words = new Float64Array(this.#words.length * 2);
    words.set(this.#words);
    this.#tags = tags;
    this.#words = words;
    this.#integers = new BigInt64Array(words.buffer);
    this.#halves = new Uint32Array(words.buffer);
  }
}
