/**
 * Two databases, row by row: yesterday and today, node A and node B. Of two copies of one database most pages are equal, and
 * rows on equal pages are equal: all pages are compared first, in the order of the files, and then only the rows of the
 * leaves that differ are read. Where the pages do not correspond, as for two nodes, each table is read in the order of its
 * key. Memory: 2 bytes per page, the inner pages of one tree, and at most `maxHeldRows` fingerprints of rows.
 */
import { WorkbenchError } from '../../base/error';
import type { Engine } from '../engine/engine';
import type { SqlValue } from '../types';
import { comparePages, pageLimit, type PageComparison } from './pages';
import { planTables, type CompareProgress, type Ranges, type TablePlan } from './plan';
import {
  compareOrdered,
  compareUnordered,
  compareValues,
  type RowDifference,
  type Values,
} from './rows';

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
  /** False: one of them has no table of layers, or a column of hashes less. */
  readonly hashesCompared: boolean;
  /** The first layers whose hashes both have and that differ. */
  readonly firstStateHash: number | null;
  readonly firstAggregatedHash: number | null;
  readonly pages: number;
  readonly equalPages: number;
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
): Pick<DatabaseComparison, 'hashesCompared' | 'firstStateHash' | 'firstAggregatedHash'> {
  const layers = tables.find(({ name }) => name === 'layers');
  const hashes = 'SELECT id, state_hash, aggregated_hash FROM layers ORDER BY id';
  const missing = ['state_hash', 'aggregated_hash'].some((column) =>
    [here, there].some(
      ({ info }) =>
        !info.tables
          .find(({ name }) => name === 'layers')
          ?.columns.some(({ name }) => name === column),
    ),
  );
  const hashesCompared = !missing;
  if (missing || layers?.different === 0)
    return { hashesCompared, firstStateHash: null, firstAggregatedHash: null };
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
  return {
    hashesCompared,
    firstStateHash: first[0] ?? null,
    firstAggregatedHash: first[1] ?? null,
  };
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
