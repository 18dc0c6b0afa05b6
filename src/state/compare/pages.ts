/**
 * Which pages of two databases are equal, by number, and which pages the b-trees of each have. Equal leaves of one table in
 * both hold equal rows, which then need not be read. Memory: 2 bytes and some bits per page of the larger database.
 */
import { WorkbenchError } from '../../base/error';
import { maxTreeDepth } from '../engine/btree';
import { childrenOf, pageType } from '../engine/inner-page';
import type { DatabasePages } from '../engine/pages';

/** A set of page numbers up to a limit. */
export class PageSet {
  readonly #bits: Uint8Array;

  constructor(limit: number) {
    this.#bits = new Uint8Array((limit >> 3) + 1);
  }

  add(page: number): void {
    const at = page >> 3;
    if (at < this.#bits.length) this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (page & 7));
  }

  has(page: number): boolean {
    return ((this.#bits[page >> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }
}

/** Pages above it, which only a damaged log has, count as different. */
export const pageLimit = (here: DatabasePages, there: DatabasePages): number =>
  Math.max(here.presentPages, there.presentPages);

/** Bytes of a page, good until the next call; undefined where neither file has it. */
export function pageBytes(pages: DatabasePages, number: number): Uint8Array | undefined {
  if (!pages.has(number)) return undefined;
  const { pageSize } = pages;
  const page = pages.view((number - 1) * pageSize, Math.min(number * pageSize, pages.sizeBytes));
  return page.length === pageSize ? page : undefined;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  if ((a.byteOffset | b.byteOffset) % 4 !== 0) return a.every((byte, i) => byte === b[i]);
  const [x, y] = [a, b].map(
    ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length >> 2),
  );
  if (!x || !y) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

export interface PageComparison {
  readonly equal: PageSet;
  /** Of the pages that are equal: cells, if it is a page of a b-tree. */
  readonly cells: Uint16Array;
}

/** Compares all pages in the order of the files. Yields the number of pages that are done. */
export function* comparePages(
  here: DatabasePages,
  there: DatabasePages,
): Generator<number, PageComparison> {
  const limit = pageLimit(here, there);
  const equal = new PageSet(limit);
  const cells = new Uint16Array(limit + 1);
  if (here.pageSize !== there.pageSize || here.reservedBytes !== there.reservedBytes)
    return { equal, cells };
  for (let number = 1; number <= limit; number++) {
    if (number % 256 === 0) yield number;
    const [a, b] = [pageBytes(here, number), pageBytes(there, number)];
    if (!a || !b || !areEqual(a, b)) continue;
    equal.add(number);
    const header = number === 1 ? 100 : 0;
    cells[number] = ((a[header + 3] ?? 0) << 8) | (a[header + 4] ?? 0);
  }
  return { equal, cells };
}

/** The pages of one b-tree. */
export interface TreePages {
  /** In the order of their keys. */
  readonly leaves: readonly number[];
  readonly inner: readonly number[];
  /** Rows are in the leaves alone, by their rowids. */
  readonly isRowidTable: boolean;
}

const damaged = (name: string, page: number): WorkbenchError =>
  new WorkbenchError(
    'database-damaged',
    `Page ${page} of ${name} is not a page of the table that it should be in. Copy the database again while the node is stopped.`,
    { page },
  );

/** Reads the inner pages alone: all leaves of a b-tree are on one level. @throws WorkbenchError `database-damaged` */
export function* treePages(
  pages: DatabasePages,
  root: number,
  name: string,
): Generator<undefined, TreePages> {
  let level = [root];
  const inner: number[] = [];
  let isRowidTable = false;
  for (let depth = 0; depth <= maxTreeDepth; depth++) {
    const first = pageBytes(pages, level[0] ?? 0);
    const type = first?.[level[0] === 1 ? 100 : 0];
    if (depth === 0) isRowidTable = type === pageType.leafTable || type === pageType.innerTable;
    if (type === pageType.leafTable || type === pageType.leafIndex)
      return { leaves: level, inner, isRowidTable };
    const next: number[] = [];
    for (const number of level) {
      const page = pageBytes(pages, number);
      const children = page && childrenOf(page, number);
      if (!children) throw damaged(name, number);
      inner.push(number);
      for (const child of children) next.push(child);
      if (next.length + inner.length > pages.presentPages) throw damaged(name, number);
      if (inner.length % 64 === 0) yield undefined;
    }
    level = next;
  }
  throw damaged(name, root);
}

/** Pages of the free list (fileformat2 §1.5). A circle, which is damage, ends it. */
export function freePages(pages: DatabasePages): number[] {
  const found: number[] = [];
  const header = pageBytes(pages, 1);
  let trunk = header ? new DataView(header.buffer, header.byteOffset).getUint32(32) : 0;
  while (trunk !== 0 && found.length < pages.presentPages) {
    const page = pageBytes(pages, trunk);
    if (!page) break;
    const view = new DataView(page.buffer, page.byteOffset, page.length);
    found.push(trunk);
    const leaves = Math.min(view.getUint32(4), pages.pageSize / 4 - 2);
    for (let i = 0; i < leaves; i++) found.push(view.getUint32(8 + 4 * i));
    trunk = view.getUint32(0);
  }
  return found;
}
