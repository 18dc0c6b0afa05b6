/**
 * Two databases, row by row: yesterday and today, node A and node B. Of two copies of one database most pages are equal, and
 * rows on equal pages are equal: all pages are compared first, in the order of the files, and then only the rows of the
 * leaves that differ are read. Where the pages do not correspond, as for two nodes, each table is read in the order of its
 * key. Memory: 2 bytes per page, the inner pages of one tree, and at most `maxHeldRows` fingerprints of rows.
 */
import { WorkbenchError } from '../../base/error';
import type { Engine } from '../engine/engine';
import type { DatabasePages } from '../engine/pages';
import type { SqlValue, TableInfo } from '../types';
import { cellCount, overflowPages, rowidRange } from './cells';
import {
  comparePages,
  freePages,
  pageLimit,
  PageSet,
  treePages,
  type PageComparison,
  type TreePages,
} from './pages';
import {
  compareOrdered,
  compareUnordered,
  compareValues,
  type RowDifference,
  type Values,
} from './rows';

/** Rows of a table that are held to be matched; with more of them the table is read in the order of its key. */
const maxHeldRows = 200_000;
/** Differences of a table that are listed. */
const listed = 100;

export interface ListedDifference {
  readonly kind: RowDifference;
  readonly key: Readonly<Record<string, SqlValue>>;
  /** Of a row that is different: which. */
  readonly columns: readonly string[];
}

export interface TableComparison {
  readonly name: string;
  /** Null: the table is in one of them only. */
  readonly same: number | null;
  readonly onlyHere: number;
  readonly onlyThere: number;
  readonly different: number;
  /** With the lowest layer or epoch, where the table has one; else by the key. */
  readonly firstDifference: ListedDifference | null;
  readonly differences: readonly ListedDifference[];
  /** Columns that one of them lacks: they are not compared. */
  readonly notCompared: readonly string[];
}

export interface DatabaseComparison {
  readonly tables: readonly TableComparison[];
  /** The first layers whose hashes both have and that differ. */
  readonly firstStateHash: number | null;
  readonly firstAggregatedHash: number | null;
  readonly pages: number;
  readonly equalPages: number;
}

export interface CompareProgress {
  readonly phase: 'pages' | 'rows';
  readonly done: number;
  readonly total: number;
}

/** Both stay open. Yields often: between two steps other work, or a stop, may come. @throws as `Engine` */
export function* compareDatabases(
  here: Engine,
  there: Engine,
): Generator<CompareProgress, DatabaseComparison> {
  const pages = pageLimit(here.pages, there.pages);
  const scan = comparePages(here.pages, there.pages);
  let compared: PageComparison | undefined;
  for (let step = scan.next(); ; step = scan.next()) {
    if (step.done) {
      compared = step.value;
      break;
    }
    yield { phase: 'pages', done: step.value, total: pages };
  }
  yield { phase: 'pages', done: pages, total: pages };
  const plans = yield* planTables(here, there, compared);
  const total = plans.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  const tables: TableComparison[] = [];
  for (const plan of plans) {
    const work = compareTable(here, there, plan);
    for (let step = work.next(); ; step = work.next()) {
      if (step.done) {
        tables.push(step.value);
        break;
      }
      done += step.value;
      yield { phase: 'rows', done: Math.min(done, total), total };
    }
  }
  let equalPages = 0;
  for (let page = 1; page <= pages; page++) if (compared.equal.has(page)) equalPages++;
  return { tables, ...firstHashes(here, there, tables), pages, equalPages };
}

interface TablePlan {
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

type Ranges = readonly (readonly [number, number])[];

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

function* planTables(
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

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function* compareTable(
  here: Engine,
  there: Engine,
  plan: TablePlan,
): Generator<number, TableComparison> {
  const { name, columns, key, hasHere, hasThere, ranges, notCompared } = plan;
  const counts: Record<RowDifference, number> = { 'only-here': 0, 'only-there': 0, different: 0 };
  const differences = new Differences(plan);
  let readHere = 0;
  // Without a key of its own a row is known by all of its values.
  const keyPlaces = (key.length > 0 ? key : columns).map((column) => columns.indexOf(column));
  const list = columns.map(quote).join();
  const sql = ranges
    ? `SELECT ${list} FROM ${quote(name)} WHERE rowid BETWEEN :low AND :high`
    : `SELECT ${list} FROM ${quote(name)}${key.length > 0 ? ` ORDER BY ${key.map(quote).join()}` : ''}`;
  const rowsOf = (engine: Engine, own: Ranges | undefined, exists: boolean): Iterator<Values> =>
    exists && columns.length > 0 ? rowsIn(engine, sql, own) : [].values();
  const sides = {
    here: counting(rowsOf(here, ranges?.here, hasHere), () => readHere++),
    there: rowsOf(there, ranges?.there, hasThere),
    keyOf: (row: Values): Values => keyPlaces.map((place) => row[place] ?? null),
    report: (kind: RowDifference, row: Values): void => {
      counts[kind]++;
      differences.add(kind, row);
    },
  };
  // Only with a key does an order exist in which both can be read.
  yield* ranges || key.length === 0 ? compareUnordered(sides) : compareOrdered(sides);
  const all = differences.sorted.map(({ kind, key: values }) =>
    describe(here, there, plan, kind, values),
  );
  return {
    name,
    same:
      hasHere && hasThere ? plan.skipped + readHere - counts['only-here'] - counts.different : null,
    onlyHere: counts['only-here'],
    onlyThere: counts['only-there'],
    different: counts.different,
    firstDifference: all[0] ?? null,
    differences: all,
    notCompared: hasHere && hasThere ? notCompared : [],
  };
}

/** The first differences, bounded. */
class Differences {
  readonly #place: number;
  #found: { kind: RowDifference; key: Values }[] = [];

  constructor({ key, columns }: TablePlan) {
    const names = key.length > 0 ? key : columns;
    this.#place = names.findIndex((column) =>
      /^(layer|epoch|publish_epoch|layer_updated)$/.test(column),
    );
  }

  add(kind: RowDifference, key: Values): void {
    this.#found.push({ kind, key });
    if (this.#found.length >= 2 * listed) this.#found = this.sorted.slice(0, listed);
  }

  get sorted(): readonly { kind: RowDifference; key: Values }[] {
    const orderOf = (a: Values, b: Values): number => {
      const byTime =
        this.#place < 0 ? 0 : compareValues(a[this.#place] ?? null, b[this.#place] ?? null);
      if (byTime !== 0) return byTime;
      for (const [i, value] of a.entries()) {
        const order = compareValues(value, b[i] ?? null);
        if (order !== 0) return order;
      }
      return 0;
    };
    return [...this.#found].sort((a, b) => orderOf(a.key, b.key)).slice(0, listed);
  }
}

function describe(
  here: Engine,
  there: Engine,
  { name, columns, key }: TablePlan,
  kind: RowDifference,
  values: Values,
): ListedDifference {
  const names = key.length > 0 ? key : columns;
  const record = Object.fromEntries(names.map((column, i) => [column, values[i] ?? null]));
  if (kind !== 'different' || key.length === 0) return { kind, key: record, columns: [] };
  const sql = `SELECT ${columns.map(quote).join()} FROM ${quote(name)} WHERE ${key
    .map((column, i) => `${quote(column)} IS :k${i}`)
    .join(' AND ')}`;
  const params = Object.fromEntries(values.map((value, i) => [`k${i}`, value]));
  const [a, b] = [here.firstRow(sql, params), there.firstRow(sql, params)];
  return {
    kind,
    key: record,
    columns: columns.filter((_, i) => compareValues(a?.[i] ?? null, b?.[i] ?? null) !== 0),
  };
}

function* rowsIn(engine: Engine, sql: string, ranges: Ranges | undefined): Generator<Values> {
  for (const range of ranges ?? [undefined]) {
    const cursor = engine.cursor(sql, range ? { low: range[0], high: range[1] } : []);
    try {
      for (let row = cursor.nextRow(); row; row = cursor.nextRow()) yield row;
    } finally {
      cursor.close();
    }
  }
}

function* counting(rows: Iterator<Values>, count: () => void): Generator<Values> {
  for (let step = rows.next(); !step.done; step = rows.next()) {
    count();
    yield step.value;
  }
}

/** Layers of which both have the hash, read in their order, where the table of layers differs. */
function firstHashes(
  here: Engine,
  there: Engine,
  tables: readonly TableComparison[],
): Pick<DatabaseComparison, 'firstStateHash' | 'firstAggregatedHash'> {
  const layers = tables.find(({ name }) => name === 'layers');
  if (!layers || layers.same === null || layers.different === 0)
    return { firstStateHash: null, firstAggregatedHash: null };
  const hashes = 'SELECT id, state_hash, aggregated_hash FROM layers ORDER BY id';
  const missing = ['state_hash', 'aggregated_hash'].some((column) =>
    [here, there].some(
      ({ info }) =>
        !info.tables
          .find(({ name }) => name === 'layers')
          ?.columns.some(({ name }) => name === column),
    ),
  );
  if (missing) return { firstStateHash: null, firstAggregatedHash: null };
  const [a, b] = [rowsIn(here, hashes, undefined), rowsIn(there, hashes, undefined)];
  const first: (number | null)[] = [null, null];
  let [left, right] = [a.next(), b.next()];
  while (!left.done && !right.done && first.includes(null)) {
    const order = compareValues(left.value[0] ?? null, right.value[0] ?? null);
    for (const [i, known] of first.entries()) {
      const [x, y] = [left.value[i + 1] ?? null, right.value[i + 1] ?? null];
      if (order === 0 && known === null && x !== null && y !== null && compareValues(x, y) !== 0)
        first[i] = Number(left.value[0]);
    }
    if (order <= 0) left = a.next();
    if (order >= 0) right = b.next();
  }
  a.return(undefined);
  b.return(undefined);
  return { firstStateHash: first[0] ?? null, firstAggregatedHash: first[1] ?? null };
}

/** A comparison in steps of some milliseconds. */
export class ComparisonRun {
  readonly #work: Generator<CompareProgress, DatabaseComparison>;
  #progress: CompareProgress = { phase: 'pages', done: 0, total: 1 };

  constructor(here: Engine, there: Engine) {
    if (here === there)
      throw new WorkbenchError('compare-same', 'Choose another database to compare this one with.');
    this.#work = compareDatabases(here, there);
  }

  /** Works for about that long. `result` is there at the end. */
  step(maxMs: number): CompareProgress & { readonly result: DatabaseComparison | undefined } {
    const until = performance.now() + maxMs;
    while (performance.now() < until) {
      const step = this.#work.next();
      if (step.done) return { ...this.#progress, result: step.value };
      this.#progress = step.value;
    }
    return { ...this.#progress, result: undefined };
  }
}
