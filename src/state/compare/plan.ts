/**
 * Which rows of two databases have to be read to compare them: those on the leaves that differ, or all of a table whose
 * pages do not correspond. Memory: 2 bytes per page, and the inner pages of one tree.
 */
import type { Engine } from '../engine/engine';
import type { DatabasePages } from '../engine/pages';
import type { TableInfo } from '../types';
import { cellCount, overflowPages, rowidRange } from './cells';
import {
  freePages,
  pageLimit,
  PageSet,
  treePages,
  type PageComparison,
  type TreePages,
} from './pages';

/** Rows of a table that are held to be matched; with more of them the table is read in the order of its key. */
const maxHeldRows = 200_000;

export interface CompareProgress {
  readonly phase: 'pages' | 'rows';
  readonly done: number;
  readonly total: number;
}

/** How the rows of one table are compared. */
export interface TablePlan {
  readonly name: string;
  readonly hasHere: boolean;
  readonly hasThere: boolean;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly notCompared: readonly string[];
  /** Rows on equal leaves: not read. */
  readonly skipped: number;
  /** Ranges of rowids that are read; undefined: all rows, in the order of the key. */
  readonly ranges: { readonly here: Ranges; readonly there: Ranges } | undefined;
  /** Rows to read in both together. */
  readonly rows: number;
}

/** Of rowids, both ends included. */
export type Ranges = readonly (readonly [number, number])[];

interface SidePages {
  readonly pages: DatabasePages;
  /** By the table's name; indexes are not among them. */
  readonly trees: ReadonlyMap<string, TreePages>;
  readonly accounted: PageSet;
}

function* sidePages(
  engine: Engine,
  limit: number,
  equal: PageSet,
): Generator<CompareProgress, SidePages> {
  const { pages } = engine;
  const trees = new Map<string, TreePages>();
  const accounted = new PageSet(limit);
  for (const page of freePages(pages)) accounted.add(page);
  for (const { name, table, rootPage, isIndex } of engine.trees()) {
    const walk = treePages(pages, rootPage, engine.info.name);
    let step = walk.next();
    for (; !step.done; step = walk.next()) yield { phase: 'pages', done: limit, total: limit };
    const tree = step.value;
    if (!isIndex && name === table) trees.set(name, tree);
    for (const page of [...tree.inner, ...tree.leaves]) {
      accounted.add(page);
      // Of an equal page the chains are the same in both, and looked at only where a page is left over.
      if (!equal.has(page)) for (const next of overflowPages(pages, page)) accounted.add(next);
    }
    yield { phase: 'pages', done: limit, total: limit };
  }
  return { pages, trees, accounted };
}

/** What is to be read of each table, by its pages. */
export function* planTables(
  here: Engine,
  there: Engine,
  { equal, cells }: PageComparison,
): Generator<CompareProgress, TablePlan[]> {
  const limit = pageLimit(here.pages, there.pages);
  const a = yield* sidePages(here, limit, equal);
  const b = yield* sidePages(there, limit, equal);
  const hasLeftOver = leftOver(a, b, limit, equal);
  const tablesOf = ({ info }: Engine): Map<string, TableInfo> =>
    new Map(
      info.tables
        .filter(({ kind, name }) => kind === 'table' && !/^sqlite_/.test(name))
        .map((table) => [table.name, table]),
    );
  const [left, right] = [tablesOf(here), tablesOf(there)];
  const plans: TablePlan[] = [];
  for (const name of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const [first, second] = [left.get(name), right.get(name)];
    const one = first ?? second;
    if (!one) continue;
    const names = (table: TableInfo | undefined): string[] =>
      (table ?? one).columns.map((column) => column.name);
    const shared = names(first).filter((column) => names(second).includes(column));
    const plan = {
      ...{ name, hasHere: first !== undefined, hasThere: second !== undefined },
      columns: shared,
      key: keyOf(one, shared),
      notCompared: [...new Set([...names(first), ...names(second)])].filter(
        (column) => !shared.includes(column),
      ),
    };
    const [treeHere, treeThere] = [a.trees.get(name), b.trees.get(name)];
    const isSameForm = first && second && plan.notCompared.length === 0;
    const leaves =
      isSameForm && treeHere && treeThere
        ? unequalLeaves({ a, b, treeHere, treeThere, equal, cells, limit, hasLeftOver })
        : undefined;
    yield { phase: 'pages', done: limit, total: limit };
    const rowsOf = (side: SidePages, list: readonly number[]): number =>
      list.reduce((sum, page) => sum + cellCount(side.pages, page), 0);
    const allRows = (side: SidePages, tree: TreePages | undefined): number =>
      tree ? rowsOf(side, tree.isRowidTable ? tree.leaves : [...tree.leaves, ...tree.inner]) : 0;
    const some = leaves && rowsOf(a, leaves.here) + rowsOf(b, leaves.there);
    const ranges =
      leaves && some !== undefined && some <= maxHeldRows
        ? { here: rangesOf(a.pages, leaves.here), there: rangesOf(b.pages, leaves.there) }
        : undefined;
    plans.push({
      ...plan,
      skipped: ranges && leaves ? leaves.sharedRows : 0,
      ranges,
      rows: ranges ? (some ?? 0) : allRows(a, treeHere) + allRows(b, treeThere),
    });
    yield { phase: 'pages', done: limit, total: limit };
  }
  return plans;
}

/**
 * Whether a page differs that is part of no tree page, free list or chain that was looked at: an overflow page of a row whose
 * own page is equal. Then the chains of equal pages are looked at, too.
 */
function leftOver(a: SidePages, b: SidePages, limit: number, equal: PageSet): boolean {
  for (let page = 1; page <= limit; page++) {
    if (equal.has(page)) continue;
    if (a.pages.has(page) && !a.accounted.has(page)) return true;
    if (b.pages.has(page) && !b.accounted.has(page)) return true;
  }
  return false;
}

interface LeafQuestion {
  readonly a: SidePages;
  readonly b: SidePages;
  readonly treeHere: TreePages;
  readonly treeThere: TreePages;
  readonly equal: PageSet;
  readonly cells: Uint16Array;
  readonly limit: number;
  readonly hasLeftOver: boolean;
}

interface UnequalLeaves {
  readonly here: readonly number[];
  readonly there: readonly number[];
  readonly sharedRows: number;
}

/** Undefined for tables without rowids of which a page differs: their rows are on all levels. */
function unequalLeaves(question: LeafQuestion): UnequalLeaves | undefined {
  const { a, treeHere, treeThere, equal, cells, limit, hasLeftOver } = question;
  if (treeHere.isRowidTable !== treeThere.isRowidTable) return undefined;
  const inThere = new PageSet(limit);
  for (const page of treeThere.leaves) inThere.add(page);
  const chainDiffers = (page: number): boolean => {
    for (const next of overflowPages(a.pages, page)) if (!equal.has(next)) return true;
    return false;
  };
  const shared = new PageSet(limit);
  let sharedRows = 0;
  const here: number[] = [];
  for (const page of treeHere.leaves)
    if (equal.has(page) && inThere.has(page) && !(hasLeftOver && chainDiffers(page))) {
      shared.add(page);
      sharedRows += cells[page] ?? 0;
    } else here.push(page);
  const there = treeThere.leaves.filter((page) => !shared.has(page));
  if (treeHere.isRowidTable) return { here, there, sharedRows };
  const isEqual =
    here.length === 0 &&
    there.length === 0 &&
    treeHere.inner.length === treeThere.inner.length &&
    treeHere.inner.every(
      (page, i) =>
        page === treeThere.inner[i] && equal.has(page) && !(hasLeftOver && chainDiffers(page)),
    );
  if (!isEqual) return undefined;
  const innerRows = treeHere.inner.reduce((sum, page) => sum + (cells[page] ?? 0), 0);
  return { here, there, sharedRows: sharedRows + innerRows };
}

/** Neighbouring leaves are one range. */
function rangesOf(pages: DatabasePages, leaves: readonly number[]): Ranges {
  const ranges: [number, number][] = [];
  for (const page of leaves) {
    const range = rowidRange(pages, page);
    if (!range) continue;
    const last = ranges.at(-1);
    if (last && range[0] === last[1] + 1) last[1] = range[1];
    else ranges.push([...range]);
  }
  return ranges;
}

/** What identifies a row: the primary key, or what go-spacemesh keeps unique. */
const knownKeys: Readonly<Record<string, readonly string[]>> = {
  atxs: ['id'],
  atx_blobs: ['id'],
  posts: ['atxid', 'pubkey'],
};

function keyOf({ name, columns }: TableInfo, shared: readonly string[]): readonly string[] {
  const primary = columns
    .filter(({ primaryKey }) => primaryKey > 0)
    .sort((x, y) => x.primaryKey - y.primaryKey)
    .map((column) => column.name);
  const key = primary.length > 0 ? primary : (knownKeys[name] ?? []);
  return key.every((column) => shared.includes(column)) ? key : [];
}
