import type { BlockCache } from './block-cache';
import { TreeScans } from './tree-scans';
import { walOffset, type WalIndex } from './wal';

/** Offsets of the database header's fields: https://www.sqlite.org/fileformat2.html §1.3 */
const header = {
  pageSize: 16,
  writeVersion: 18,
  readVersion: 19,
  reserved: 20,
  freePages: 36,
} as const;

/** 1: rollback journal, 2: WAL. */
const newestVersion = 2;

/** The page size that a database header names, or undefined when it names none. */
export function pageSizeOf(firstBytes: Uint8Array): number | undefined {
  const stored = ((firstBytes[header.pageSize] ?? 0) << 8) | (firstBytes[header.pageSize + 1] ?? 0);
  const pageSize = stored === 1 ? 65536 : stored;
  return pageSize >= 512 && (pageSize & (pageSize - 1)) === 0 ? pageSize : undefined;
}

/**
 * The database as it is after its last commit: the main file's bytes with the pages of the WAL in
 * their place. In the first page the two bytes that ask for a WAL say "rollback journal" instead, so that SQLite
 * reads it without one.
 */
export class DatabasePages {
  /** As SQLite sees it: a log that commits states the size. A damaged or hostile one may state any number. */
  readonly sizeBytes: number;
  readonly pageSize: number;
  /** Pages from 1 on that the main file has. */
  readonly mainPages: number;
  /** Pages after these that the log has, in ascending order: at most its number of frames. */
  readonly laterPages: Uint32Array;
  readonly #main: BlockCache;
  readonly #log: { readonly cache: BlockCache; readonly index: WalIndex } | undefined;
  readonly #firstPage: Uint8Array;
  readonly #patched: boolean = false;
  readonly #scans: TreeScans | undefined;

  /** `pageSize` is the main file's; an index with committed frames has the same. */
  constructor(main: BlockCache, pageSize: number, log?: { cache: BlockCache; index: WalIndex }) {
    this.#main = main;
    this.pageSize = pageSize;
    this.#log = log && log.index.committedFrames > 0 ? log : undefined;
    this.sizeBytes = this.#log ? this.#log.index.pageCount * pageSize : main.sizeBytes;
    const mainPages = main.sizeBytes / pageSize;
    this.mainPages = this.#log
      ? Math.min(this.pageCount, Math.floor(mainPages))
      : Math.ceil(mainPages);
    this.laterPages = (this.#log?.index.pages ?? new Uint32Array())
      .filter((page) => page > this.mainPages && page <= this.pageCount)
      .sort();
    this.#firstPage = this.#page(0, 0, pageSize).slice();
    // A higher version is of a format that SQLite refuses to read or to write: it must see that one.
    for (const field of [header.writeVersion, header.readVersion])
      if ((this.#firstPage[field] ?? 0) <= newestVersion) this.#firstPage[field] = 1;
    this.#patched = true;
    if (main.readsAhead)
      this.#scans = new TreeScans({
        placeOf: (page) => this.#placeOf(page),
        peek: (page) => {
          const place = this.#placeOf(page);
          return place === undefined ? undefined : main.peek(place, pageSize);
        },
      });
  }

  /** As SQLite sees it: see `sizeBytes`. */
  get pageCount(): number {
    return Math.ceil(this.sizeBytes / this.pageSize);
  }

  /** Pages that one of the files has: what work and memory are bounded by. */
  get presentPages(): number {
    return this.mainPages + this.laterPages.length;
  }

  /** Whether one of the files has this page. */
  has(page: number): boolean {
    if (page < 1 || page > this.pageCount) return false;
    return page <= this.mainPages || (this.#log ? walOffset(this.#log.index, page) >= 0 : false);
  }

  /** Bytes at the end of every page that SQLite leaves to extensions. */
  get reservedBytes(): number {
    return this.#firstPage[header.reserved] ?? 0;
  }

  /** Pages on the free list: nothing is in them, the next rows go there. At most the pages that there are. */
  get freePages(): number {
    const { buffer, byteOffset } = this.#firstPage;
    const stored = new DataView(buffer, byteOffset).getUint32(header.freePages);
    return Math.min(stored, this.presentPages);
  }

  /** A view of the bytes [start, end), good until the next call. */
  view(start: number, end: number): Uint8Array {
    const page = Math.floor(start / this.pageSize);
    const from = start - page * this.pageSize;
    const length = end - start;
    if (from + length <= this.pageSize) {
      const bytes = this.#page(page, from, length);
      if (length === this.pageSize) this.#readAhead(page + 1, bytes);
      return bytes;
    }
    const joined = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = start + done;
      const part = this.#page(
        Math.floor(at / this.pageSize),
        at % this.pageSize,
        Math.min(this.pageSize - (at % this.pageSize), length - done),
      );
      joined.set(part, done);
      done += part.length;
    }
    return joined;
  }

  /** Pages that the log counts and neither file has: a complete copy has none. */
  get missingPages(): number {
    return this.pageCount - this.presentPages;
  }

  /** Where a page is in the main file; undefined if the WAL has it, or nothing. */
  #placeOf(page: number): number | undefined {
    const place = (page - 1) * this.pageSize;
    const isElsewhere = this.#log !== undefined && walOffset(this.#log.index, page) >= 0;
    return page < 1 || isElsewhere || place + this.pageSize > this.#main.sizeBytes
      ? undefined
      : place;
  }

  /** Has read in the background what a scan, of which this page is one, will come to. `bytes` stay good. */
  #readAhead(number: number, bytes: Uint8Array): void {
    const scans = this.#scans;
    const ahead = scans?.note(number, bytes);
    if (!scans || !ahead) return;
    while (this.#main.hasRoomAhead) {
      ahead.at = this.#main.ahead(ahead.places, ahead.at);
      if (ahead.at < ahead.places.length) return;
      if (scans.extend(ahead)) continue;
      this.#main.aheadAround(scans.innerPlaces(ahead));
      return;
    }
  }

  #page(page: number, from: number, length: number): Uint8Array {
    if (page === 0 && this.#patched) return this.#firstPage.subarray(from, from + length);
    if (this.#log) {
      const at = walOffset(this.#log.index, page + 1);
      if (at >= 0) return this.#log.cache.view(at + from, length);
    }
    const offset = page * this.pageSize + from;
    if (offset + length <= this.#main.sizeBytes) return this.#main.view(offset, length);
    // What neither file has reads as zeros, as sqlite's os_unix fills a short read.
    const filled = new Uint8Array(length);
    if (offset < this.#main.sizeBytes)
      filled.set(this.#main.view(offset, this.#main.sizeBytes - offset));
    return filled;
  }
}
