/** What a scan of b-trees counts, of all pages or of a sample. */
import { Tally } from './tally';

export interface Tree {
  readonly name: string;
  readonly table: string;
  readonly rootPage: number;
  readonly isIndex: boolean;
}

/** A count, and the margin within which the true one is in 99 of 100 samples; 0: exact. */
export interface Counted {
  readonly value: number;
  readonly margin: number;
}

/** Disk usage of one tree. */
export interface TreeSpace extends Tree {
  /** All pages: inner, leaves, overflow. */
  readonly pages: Counted;
  /** Rows of a table, entries of an index. */
  readonly entries: Counted;
  readonly leafPages: number;
  /** Bytes of its leaves that hold nothing. */
  readonly unusedBytes: Counted;
  /** Every page of the tree was read. */
  readonly exact: boolean;
  /** Pages among those read that are not pages of a tree, or state impossible sizes. */
  readonly damagedPages: number;
}

/** How the rows of a table belong to epochs: by a number in a column, or by an id that is looked up in another table. */
export interface Dating {
  readonly table: string;
  /** Place of the column in the records. */
  readonly column: number;
  /** The epoch of what the column holds. */
  readonly epochOf: (value: number) => number;
  /** The column is an id, and its epoch is looked up. */
  readonly lookUp?: (id: Uint8Array) => number | undefined;
}

/** Rows of a table in an epoch, and the bytes of these rows, without indexes. */
export interface EpochShare {
  readonly table: string;
  /** Undefined: rows without one. */
  readonly epoch: number | undefined;
  readonly rows: Counted;
  readonly roomBytes: Counted;
}

export interface SpaceCount {
  readonly trees: readonly TreeSpace[];
  readonly shares: readonly EpochShare[];
  readonly freePages: number;
  /** Pages that the files have. */
  readonly pageCount: number;
  readonly pageSize: number;
}

export interface SpaceOptions {
  /** Reads every page instead of a sample. */
  readonly exact: boolean;
  readonly datings: readonly Dating[];
  /** Of the sample. */
  readonly seed?: number;
}

/** Epochs that are counted separately, per table. What a damaged or foreign file has beyond it counts as "none". */
const maxEpochs = 4096;

/** What one page and all below it hold: counted, or estimated from two of its children. */
export interface Unit {
  pages: number;
  entries: number;
  leafPages: number;
  unusedBytes: number;
  readonly epochs: Map<number | undefined, { rows: number; roomBytes: number }>;
}

export const newUnit = (): Unit => ({
  pages: 0,
  entries: 0,
  leafPages: 0,
  unusedBytes: 0,
  epochs: new Map(),
});

/** A tree, and what was counted of it so far. */
export class Count {
  readonly tree: Tree;
  readonly dating: Dating | undefined;
  readonly pages = new Tally();
  readonly entries = new Tally();
  readonly leafPages = new Tally();
  readonly unusedBytes = new Tally();
  readonly #epochs = new Map<number | undefined, { rows: Tally; roomBytes: Tally }>();
  damagedPages = 0;
  exact = true;
  /** In an exact count: of its leaves, one in `stride` has an id looked up. */
  stride = 1;
  waiting: Unit | undefined;

  constructor(tree: Tree, dating: Dating | undefined) {
    this.tree = tree;
    this.dating = dating;
  }

  /** Adds what was counted. */
  add(unit: Unit): void {
    for (const key of ['pages', 'entries', 'leafPages', 'unusedBytes'] as const)
      this[key].add(unit[key]);
    for (const [epoch, { rows, roomBytes }] of unit.epochs) {
      const sums = this.#epoch(epoch);
      sums.rows.add(rows);
      sums.roomBytes.add(roomBytes);
    }
  }

  /**
   * Adds a stratum of `size` units of which two were looked at.
   * @param isCounted the units themselves are exact, not estimates
   */
  addStratum(size: number, a: Unit, b: Unit, isCounted: boolean): void {
    for (const key of ['pages', 'entries', 'leafPages', 'unusedBytes'] as const)
      this[key].addStratum(size, a[key], b[key], isCounted);
    this.addEpochs(size, a, b, isCounted);
  }

  addEpochs(size: number, a: Unit, b: Unit, isCounted: boolean): void {
    for (const epoch of new Set([...a.epochs.keys(), ...b.epochs.keys()])) {
      const sums = this.#epoch(epoch);
      const [ofA, ofB] = [a.epochs.get(epoch), b.epochs.get(epoch)];
      sums.rows.addStratum(size, ofA?.rows ?? 0, ofB?.rows ?? 0, isCounted);
      sums.roomBytes.addStratum(size, ofA?.roomBytes ?? 0, ofB?.roomBytes ?? 0, isCounted);
    }
  }

  get shares(): EpochShare[] {
    const { table } = this.tree;
    return [...this.#epochs].map(([epoch, { rows, roomBytes }]) => ({
      table,
      epoch,
      rows: rows.counted,
      roomBytes: roomBytes.counted,
    }));
  }

  #epoch(epoch: number | undefined): { rows: Tally; roomBytes: Tally } {
    const key = this.#epochs.size < maxEpochs || this.#epochs.has(epoch) ? epoch : undefined;
    const known = this.#epochs.get(key);
    if (known) return known;
    const sums = { rows: new Tally(), roomBytes: new Tally() };
    this.#epochs.set(key, sums);
    return sums;
  }
}

export function put(unit: Unit, epoch: number | undefined, rows: number, roomBytes: number): void {
  const sums = unit.epochs.get(epoch) ?? { rows: 0, roomBytes: 0 };
  sums.rows += rows;
  sums.roomBytes += roomBytes;
  unit.epochs.set(epoch, sums);
}

/** An epoch, or undefined for a number that is not one: epochs are unsigned 32-bit (go-spacemesh common/types/epoch.go). */
export const epochIn = (value: number): number | undefined =>
  value >= 0 && value <= 0xffffffff ? value : undefined;

export const bounded = ({ value, margin }: Counted, most: number): Counted => ({
  value: Math.min(value, most),
  margin: Math.min(margin, most),
});
