/** Cells of a page (https://www.sqlite.org/fileformat2.html §1.6): the rowids at its ends, and its overflow chains. */
import { localPart, readVarint, varintLength } from '../engine/btree';
import { pageType } from '../engine/inner-page';
import type { DatabasePages } from '../engine/pages';
import { pageBytes } from './pages';

interface Cells {
  readonly page: Uint8Array;
  readonly view: DataView;
  readonly type: number;
  readonly count: number;
  readonly pointers: number;
}

function cellsOf(page: Uint8Array, number: number): Cells | undefined {
  const header = number === 1 ? 100 : 0;
  const type = page[header] ?? 0;
  const isLeaf = type === pageType.leafIndex || type === pageType.leafTable;
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const count = view.getUint16(header + 3);
  const pointers = header + (isLeaf ? 8 : 12);
  return pointers + 2 * count <= page.length ? { page, view, type, count, pointers } : undefined;
}

/** Rows or entries of a page. */
export function cellCount(pages: DatabasePages, number: number): number {
  const page = pageBytes(pages, number);
  return (page && cellsOf(page, number)?.count) ?? 0;
}

/** The lowest and the highest rowid of a leaf of a table; undefined for an empty leaf and for what is not one. */
export function rowidRange(
  pages: DatabasePages,
  number: number,
): readonly [number, number] | undefined {
  const page = pageBytes(pages, number);
  const cells = page && cellsOf(page, number);
  if (!cells || cells.count === 0 || cells.type !== pageType.leafTable) return undefined;
  const rowidOf = (i: number): number => {
    const at = cells.view.getUint16(cells.pointers + 2 * i);
    return readVarint(cells.page, at + varintLength(cells.page, at));
  };
  return [rowidOf(0), rowidOf(cells.count - 1)];
}

/** First pages of the overflow chains of a page. */
function overflowHeads(pages: DatabasePages, number: number): number[] {
  const page = pageBytes(pages, number);
  const cells = page && cellsOf(page, number);
  if (!cells || cells.type === pageType.innerTable) return [];
  const usable = pages.pageSize - pages.reservedBytes;
  const isTable = cells.type === pageType.leafTable;
  const heads: number[] = [];
  for (let i = 0; i < cells.count; i++) {
    let at = cells.view.getUint16(cells.pointers + 2 * i);
    if (cells.type === pageType.innerIndex) at += 4;
    const payload = readVarint(cells.page, at);
    at += varintLength(cells.page, at);
    if (isTable) at += varintLength(cells.page, at);
    const local = localPart(payload, usable, isTable);
    if (local < payload && at + local + 4 <= cells.page.length)
      heads.push(cells.view.getUint32(at + local));
  }
  return heads;
}

/** All overflow pages of a page's rows; at most the pages of the files, so that a circle ends. */
export function* overflowPages(pages: DatabasePages, number: number): Generator<number> {
  let left = pages.presentPages;
  for (const head of overflowHeads(pages, number)) {
    for (let next = head; next !== 0 && left > 0; left--) {
      yield next;
      const page = pageBytes(pages, next);
      next = page ? new DataView(page.buffer, page.byteOffset).getUint32(0) : 0;
    }
  }
}
