/**
 * What takes the room in a database, from the pages of its b-trees. Inner pages are about one in a hundred; of the leaves
 * a sample suffices, or all are read in the order of the file, at the speed of a scan.
 * Memory: a sample holds a few hundred thousand page numbers at most, the exact count two bytes a page.
 */
import { blobAt, integerAt, maxTreeDepth, readTreePage, type LocalRecord } from './btree';
import type { DatabasePages } from './pages';

export interface Tree {
  readonly name: string;
  readonly table: string;
  readonly rootPage: number;
  readonly isIndex: boolean;
}

/** The room of one tree. Estimates where `exact` is false. */
export interface TreeSpace extends Tree {
  /** All pages: inner, leaves, overflow. */
  readonly pages: number;
  /** Rows of a table, entries of an index. */
  readonly entries: number;
  readonly leafPages: number;
  /** Bytes of its leaves that hold nothing. */
  readonly unusedBytes: number;
  readonly exact: boolean;
}

/** How the rows of a table belong to epochs: by a number in a column, or by an id that must be looked up elsewhere. */
export interface Dating {
  readonly table: string;
  /** Place of the column in the records. */
  readonly column: number;
  /** The epoch of what the column holds; undefined: none. */
  readonly epochOf: (value: number) => number;
  /** The column is an id, and its epoch is looked up. */
  readonly lookUp?: (id: Uint8Array) => number | undefined;
}

/** Rows of a table in an epoch, and the room of these rows, without indexes. Shares: see `exact`. */
export interface EpochShare {
  readonly table: string;
  /** Undefined: rows that say none. */
  readonly epoch: number | undefined;
  readonly rows: number;
  readonly roomBytes: number;
}

export interface SpaceCount {
  readonly trees: readonly TreeSpace[];
  readonly shares: readonly EpochShare[];
  readonly freePages: number;
  readonly pageCount: number;
  readonly pageSize: number;
}

export interface SpaceOptions {
  /** Reads every page instead of a sample. */
  readonly exact: boolean;
  readonly datings: readonly Dating[];
}

/** Pages read of one level of a tree in a sample: more of those trees whose rows are told apart by epoch. */
const sampledPages = { plain: 48, dated: 256 } as const;
/** Ids looked up at most, of one table: each costs a search or two of an index. A sample has fewer leaves. */
const maxLookUps = 600;

/** A tree, and what was counted of it so far. */
interface Count {
  readonly tree: Tree;
  /** Where its rows are told apart by epoch. */
  readonly shares: Shares | undefined;
  /** Of its leaves, those of which one id is looked up. */
  stride: number;
  pages: number;
  entries: number;
  leafPages: number;
  unusedBytes: number;
  exact: boolean;
}

/** Rows by epoch, with the weight of what each stands for. */
class Shares {
  readonly #dating: Dating;
  readonly #byEpoch = new Map<number | undefined, { rows: number; roomBytes: number }>();

  constructor(dating: Dating) {
    this.#dating = dating;
  }

  get looksUp(): boolean {
    return this.#dating.lookUp !== undefined;
  }

  add(record: LocalRecord, weight: number): void {
    const value = integerAt(record, this.#dating.column);
    const epoch = value === undefined ? undefined : this.#dating.epochOf(value);
    this.#put(epoch, weight, record.roomBytes);
  }

  idOf(record: LocalRecord): Uint8Array | undefined {
    return blobAt(record, this.#dating.column);
  }

  lookUp(id: Uint8Array | undefined, weight: number, roomBytes: number): void {
    this.#put(id && this.#dating.lookUp?.(id), weight, roomBytes);
  }

  #put(epoch: number | undefined, rows: number, roomBytes: number): void {
    const sum = this.#byEpoch.get(epoch) ?? { rows: 0, roomBytes: 0 };
    sum.rows += rows;
    sum.roomBytes += rows * roomBytes;
    this.#byEpoch.set(epoch, sum);
  }

  get list(): EpochShare[] {
    return [...this.#byEpoch].map(([epoch, sum]) => ({ table: this.#dating.table, epoch, ...sum }));
  }
}

/** Counts in steps, so that between them the count can be told how far it is, or left. */
export class SpaceScan {
  readonly #pages: DatabasePages;
  readonly #counts: readonly Count[];
  readonly #work: Generator<undefined, void>;
  #done = 0;

  constructor(pages: DatabasePages, trees: readonly Tree[], { exact, datings }: SpaceOptions) {
    this.#pages = pages;
    this.#counts = trees.map((tree) => {
      const dating = tree.isIndex ? undefined : datings.find(({ table }) => table === tree.table);
      return {
        tree,
        shares: dating && new Shares(dating),
        stride: 1,
        pages: 0,
        entries: 0,
        leafPages: 0,
        unusedBytes: 0,
        exact: true,
      };
    });
    this.#work = exact ? this.#readAll() : this.#sample();
  }

  /** Works for about `maxMs`. @returns true at the end @throws what reading throws */
  step(maxMs: number): boolean {
    const until = performance.now() + maxMs;
    while (!this.#work.next().done) if (performance.now() > until) return false;
    return true;
  }

  /** Pages that are accounted for. */
  get progress(): { done: number; total: number } {
    const total = this.#pages.pageCount;
    return { done: Math.min(total, Math.round(this.#done)), total };
  }

  get result(): SpaceCount {
    const { freePages, pageCount, pageSize } = this.#pages;
    return {
      trees: this.#counts.map(({ tree, pages, entries, leafPages, unusedBytes, exact }) => ({
        ...tree,
        pages: Math.round(pages),
        entries: Math.round(entries),
        leafPages: Math.round(leafPages),
        unusedBytes: Math.round(unusedBytes),
        exact,
      })),
      shares: this.#counts.flatMap(({ shares }) => shares?.list ?? []),
      freePages,
      pageCount,
      pageSize,
    };
  }

  /**
   * Walks each tree level by level. Of a level with more than so many pages it reads that many, evenly spread, and
   * takes the rest to be like them. Damaged pages end the walk of their branch.
   */
  *#sample(): Generator<undefined, void> {
    for (const count of this.#counts) {
      const most = count.shares ? sampledPages.dated : sampledPages.plain;
      let level: readonly number[] = [count.tree.rootPage];
      // How many pages each one of `level` stands for.
      let weight = 1;
      for (let depth = 0; depth < maxTreeDepth && level.length > 0; depth++) {
        const read = Math.min(level.length, most);
        const scale = (level.length / read) * weight;
        count.pages += level.length * weight;
        const children: number[] = [];
        for (let at = 0; at < read; at++) {
          const number = level[Math.floor((at * level.length) / read)] ?? 0;
          const page = this.#read(number, count, scale);
          if (page) for (const child of page.children) children.push(child);
          yield;
        }
        this.#done += level.length * weight;
        weight = scale;
        level = children;
      }
      count.exact = weight === 1;
    }
  }

  /** The inner pages tell which leaf is whose; then all leaves are read as they lie in the file. */
  *#readAll(): Generator<undefined, void> {
    const inner = 0xffff;
    const ownerOf = new Uint16Array(this.#pages.pageCount + 1);
    /** True for a page that nothing has claimed: damage may join trees, or make circles of them. */
    const claim = (number: number, owner: number): boolean => {
      if (ownerOf[number] !== 0) return false;
      ownerOf[number] = owner;
      return true;
    };
    const isLeaf = (number: number): boolean => readTreePage(this.#pages, number)?.isLeaf ?? false;
    for (const [i, count] of this.#counts.entries()) {
      const { rootPage } = count.tree;
      let leaves = 0;
      let level: readonly number[] = [];
      if (!isLeaf(rootPage)) level = claim(rootPage, inner) ? [rootPage] : [];
      else if (claim(rootPage, i + 1)) leaves++;
      for (let depth = 0; depth < maxTreeDepth && level.length > 0; depth++) {
        const children: number[] = [];
        // All leaves are equally deep: one of them tells that the next level is theirs.
        let leavesBelow: boolean | undefined;
        for (const number of level) {
          const page = this.#read(number, count, 1);
          count.pages++;
          this.#done++;
          const [first] = page?.children ?? [];
          leavesBelow ??= first === undefined ? undefined : isLeaf(first);
          for (const child of page?.children ?? [])
            if (!leavesBelow) {
              if (claim(child, inner)) children.push(child);
            } else if (claim(child, i + 1)) leaves++;
          yield;
        }
        level = children;
      }
      count.stride = Math.max(1, Math.ceil(leaves / maxLookUps));
    }
    for (let number = 1; number < ownerOf.length; number++) {
      const count = this.#counts[(ownerOf[number] ?? 0) - 1];
      if (!count) continue;
      this.#read(number, count, 1);
      count.pages++;
      this.#done = Math.max(this.#done, number);
      yield;
    }
  }

  /** Counts one page, which stands for `scale` pages. */
  #read(number: number, count: Count, scale: number): ReturnType<typeof readTreePage> {
    const { shares, stride } = count;
    let visit: ((record: LocalRecord) => void) | undefined;
    const asked: { id: Uint8Array | undefined; roomBytes: number }[] = [];
    if (shares?.looksUp) {
      if (count.leafPages % stride < 1)
        visit = (record) => {
          if (asked.length === 0)
            asked.push({ id: shares.idOf(record), roomBytes: record.roomBytes });
        };
    } else if (shares) visit = (record) => shares.add(record, scale);
    const page = readTreePage(this.#pages, number, visit);
    if (!page) return undefined;
    // Looking up reads other pages into the place of this one.
    for (const { id, roomBytes } of asked) shares?.lookUp(id, 1, roomBytes);
    count.entries += page.entries * scale;
    count.pages += page.overflowPages * scale;
    if (page.isLeaf) {
      count.leafPages += scale;
      count.unusedBytes += page.unusedBytes * scale;
    }
    return page;
  }
}
