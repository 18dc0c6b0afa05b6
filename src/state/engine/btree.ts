/**
 * The size of a b-tree from its pages (https://www.sqlite.org/fileformat2.html §1.6), which SQLite itself tells only
 * with the dbstat table that sql.js lacks. Inner pages are about one in a hundred; of the leaves a sample suffices.
 */
import type { DatabasePages } from './pages';

export interface TreeSize {
  /** All pages: inner, leaves, overflow. */
  readonly pages: number;
  /** Rows of a table, entries of an index. */
  readonly entries: number;
  /** False when levels were sampled. */
  readonly exact: boolean;
}

interface Node {
  readonly isLeaf: boolean;
  readonly children: readonly number[];
  /** Cells that are entries: none on the inner pages of a table. */
  readonly entries: number;
  readonly overflowPages: number;
}

/** A b-tree of 2^32 pages is at most about 20 levels deep (sqlite src/btreeInt.h BTCURSOR_MAX_DEPTH). */
const maxDepth = 20;

/**
 * Walks a tree level by level. Of a level with more than `maxPagesPerLevel` pages it reads that many, evenly
 * spread, and takes the rest to be like them. Damaged pages end the walk of their branch.
 */
export function treeSize(
  pages: DatabasePages,
  rootPage: number,
  maxPagesPerLevel: number,
): TreeSize {
  let level: readonly number[] = [rootPage];
  // How many pages each one of `level` stands for.
  let weight = 1;
  let totalPages = 0;
  let entries = 0;
  for (let depth = 0; depth < maxDepth && level.length > 0; depth++) {
    totalPages += level.length * weight;
    const step = Math.max(1, level.length / maxPagesPerLevel);
    const children: number[] = [];
    let read = 0;
    let levelEntries = 0;
    let overflow = 0;
    for (let i = 0; i < level.length; i += step) {
      const node = readNode(pages, level[Math.floor(i)] ?? 0);
      read++;
      if (!node) continue;
      levelEntries += node.entries;
      overflow += node.overflowPages;
      for (const child of node.children) children.push(child);
    }
    const scale = (level.length / read) * weight;
    entries += levelEntries * scale;
    totalPages += overflow * scale;
    weight = scale;
    level = children;
  }
  return { pages: Math.round(totalPages), entries: Math.round(entries), exact: weight === 1 };
}

const pageType = { innerIndex: 2, innerTable: 5, leafIndex: 10, leafTable: 13 } as const;

function readNode(pages: DatabasePages, number: number): Node | undefined {
  const { pageSize } = pages;
  if (number < 1 || number > pages.pageCount) return undefined;
  const page = pages.view((number - 1) * pageSize, Math.min(number * pageSize, pages.sizeBytes));
  if (page.length < pageSize) return undefined;
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const header = number === 1 ? 100 : 0;
  const type = page[header];
  const isLeaf = type === pageType.leafIndex || type === pageType.leafTable;
  if (!isLeaf && type !== pageType.innerIndex && type !== pageType.innerTable) return undefined;
  const usable = pageSize - reservedBytes(pages);
  const cells = view.getUint16(header + 3);
  const pointers = header + (isLeaf ? 8 : 12);
  if (pointers + 2 * cells > pageSize) return undefined;
  const children: number[] = [];
  let overflowPages = 0;
  for (let i = 0; i < cells; i++) {
    let at = view.getUint16(pointers + 2 * i);
    if (at + 4 > pageSize) return undefined;
    if (!isLeaf) {
      children.push(view.getUint32(at));
      at += 4;
    }
    if (type !== pageType.innerTable)
      overflowPages += overflowOf(readVarint(page, at), usable, type === pageType.leafTable);
  }
  if (!isLeaf) children.push(view.getUint32(header + 8));
  return {
    isLeaf,
    children,
    entries: type === pageType.innerTable ? 0 : cells,
    overflowPages,
  };
}

const reservedBytes = (pages: DatabasePages): number => pages.view(20, 21)[0] ?? 0;

function readVarint(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i] ?? 0;
    if (i === 8) return value * 256 + byte;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return value;
}

/** Overflow pages of a cell's payload: fileformat2 §1.6, "payload spilling". */
function overflowOf(payload: number, usable: number, isTable: boolean): number {
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (payload <= most) return 0;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((payload - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  return Math.ceil((payload - local) / (usable - 4));
}
