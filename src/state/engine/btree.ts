/**
 * Pages of b-trees as stored in the file (https://www.sqlite.org/fileformat2.html §1.6), read to measure disk
 * usage: SQLite reports that only with the dbstat table, which sql.js lacks.
 */
import { childrenOf, pageType } from './inner-page';
import type { DatabasePages } from './pages';

/** One page of a b-tree: inner or leaf, of a table or of an index. */
export interface TreePage {
  readonly isLeaf: boolean;
  /** Of an inner page, in the order of their keys. */
  readonly children: readonly number[];
  /** Cells that are rows of a table or entries of an index: none on the inner pages of a rowid table. */
  readonly entries: number;
  readonly overflowPages: number;
  /** Bytes of the page that hold nothing. */
  readonly unusedBytes: number;
  /** A cell states a size that the files cannot hold; its overflow pages are not counted. */
  readonly isDamaged: boolean;
}

/** A record as it begins on a page: `localBytes` of its payload are here, the rest on overflow pages. */
export interface LocalRecord {
  readonly page: Uint8Array;
  /** Where the payload begins on the page. */
  readonly at: number;
  readonly localBytes: number;
  /** Space that the row takes: its cell, its pointer, its overflow pages. */
  readonly roomBytes: number;
}

/** A b-tree of 2^32 pages is at most about 20 levels deep (sqlite src/btreeInt.h BTCURSOR_MAX_DEPTH). */
export const maxTreeDepth = 20;

/**
 * Reads one page of a tree, and shows its records to `visit`, which must use them immediately.
 * @returns undefined for a page of another kind, which is damage
 */
export function readTreePage(
  pages: DatabasePages,
  number: number,
  visit?: (record: LocalRecord) => void,
): TreePage | undefined {
  const { pageSize } = pages;
  if (!pages.has(number)) return undefined;
  const page = pages.view((number - 1) * pageSize, Math.min(number * pageSize, pages.sizeBytes));
  if (page.length < pageSize) return undefined;
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const header = number === 1 ? 100 : 0;
  const type = page[header];
  const isLeaf = type === pageType.leafIndex || type === pageType.leafTable;
  if (!isLeaf && type !== pageType.innerIndex && type !== pageType.innerTable) return undefined;
  const usable = pageSize - pages.reservedBytes;
  const cells = view.getUint16(header + 3);
  const pointers = header + (isLeaf ? 8 : 12);
  if (pointers + 2 * cells > pageSize) return undefined;
  const isTable = type === pageType.leafTable;
  const children = childrenOf(page, number) ?? [];
  let overflowPages = 0;
  let isDamaged = false;
  for (let i = 0; i < cells; i++) {
    let at = view.getUint16(pointers + 2 * i);
    const cell = at;
    if (at + 4 > pageSize) return undefined;
    if (!isLeaf) at += 4;
    if (type === pageType.innerTable) continue;
    const payload = readVarint(page, at);
    const localBytes = localPart(payload, usable, isTable);
    const overflow = Math.ceil((payload - localBytes) / (usable - 4));
    if (overflow > pages.presentPages) {
      isDamaged = true;
      continue;
    }
    overflowPages += overflow;
    if (!visit) continue;
    at += varintLength(page, at);
    if (isTable) at += varintLength(page, at);
    if (at + localBytes > pageSize) continue;
    const link = overflow > 0 ? 4 : 0;
    const roomBytes = at - cell + localBytes + link + 2 + overflow * pageSize;
    visit({ page, at, localBytes, roomBytes });
  }
  return {
    isLeaf,
    children,
    entries: type === pageType.innerTable ? 0 : cells,
    overflowPages,
    unusedBytes: unused(view, header, pointers + 2 * cells, pageSize),
    isDamaged,
  };
}

/** Between the pointers and the cells, in freed blocks, and in fragments (fileformat2 §1.6, the page header). */
function unused(view: DataView, header: number, pointersEnd: number, pageSize: number): number {
  const content = view.getUint16(header + 5) || 65536;
  let bytes = Math.max(0, Math.min(content, pageSize) - pointersEnd) + view.getUint8(header + 7);
  let block = view.getUint16(header + 1);
  // Freed blocks are in ascending order; damage must not make a circle of them.
  for (let before = 0; block > before && block + 4 <= pageSize;) {
    bytes += view.getUint16(block + 2);
    before = block;
    block = view.getUint16(block);
  }
  return Math.min(bytes, pageSize);
}

export function readVarint(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return value * 256 + (bytes[at + 8] ?? 0);
}

export function varintLength(bytes: Uint8Array, at: number): number {
  let length = 1;
  while (length < 9 && (bytes[at + length - 1] ?? 0) >= 0x80) length++;
  return length;
}

/** Bytes of a payload that stay on the page: fileformat2 §1.6, "payload spilling". */
export function localPart(payload: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  // Of a payload that fits this is all.
  const wanted = least + ((payload - least) % (usable - 4));
  return wanted <= most ? wanted : least;
}

/** Bytes of a value by its serial type (fileformat2 §2.1). */
function valueBytes(serialType: number): number {
  if (serialType >= 12) return Math.floor((serialType - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][serialType] ?? 0;
}

/** Where a column's value is on the page; undefined when the record lacks it or has it on an overflow page. */
function locate(
  { page, at, localBytes }: LocalRecord,
  column: number,
): { serialType: number; from: number; length: number } | undefined {
  const end = at + localBytes;
  const headerEnd = at + readVarint(page, at);
  let typeAt = at + varintLength(page, at);
  let from = headerEnd;
  if (headerEnd > end) return undefined;
  for (let i = 0; typeAt < headerEnd; i++) {
    const serialType = readVarint(page, typeAt);
    const length = valueBytes(serialType);
    if (i === column) return from + length <= end ? { serialType, from, length } : undefined;
    from += length;
    typeAt += varintLength(page, typeAt);
  }
  return undefined;
}

/** An integer of a record by the place of its column; undefined for NULL, for other kinds, and where it is not on this page. */
export function integerAt(record: LocalRecord, column: number): number | undefined {
  const found = locate(record, column);
  if (!found) return undefined;
  const { serialType, from, length } = found;
  if (serialType === 8 || serialType === 9) return serialType - 8;
  if (serialType < 1 || serialType > 6) return undefined;
  let value = ((record.page[from] ?? 0) << 24) >> 24;
  for (let i = 1; i < length; i++) value = value * 256 + (record.page[from + i] ?? 0);
  return value;
}

/** A copy of a BLOB of a record by the place of its column; undefined for other kinds, and where it is not on this page. */
export function blobAt(record: LocalRecord, column: number): Uint8Array | undefined {
  const found = locate(record, column);
  return found && found.serialType >= 12 && found.serialType % 2 === 0
    ? record.page.slice(found.from, found.from + found.length)
    : undefined;
}
