/**
 * Disk usage of a database, from the pages of its b-trees (https://www.sqlite.org/fileformat2.html §1.6). Small trees are
 * counted exactly; of a large one a stratified sample of its leaves gives an estimate and the margin that goes with it, or all
 * leaves are read in the order of the file, at the speed of a scan. Every number that a page states is bounded by the pages that
 * the files have.
 * Memory: a sample holds up to about a million page numbers, the exact count two bytes per page.
 */
import {
  blobAt,
  integerAt,
  maxTreeDepth,
  readTreePage,
  type LocalRecord,
  type TreePage,
} from './btree';
import type { DatabasePages } from './pages';
import {
  type Tree,
  type SpaceCount,
  type SpaceOptions,
  type Unit,
  newUnit,
  Count,
  put,
  epochIn,
  bounded,
} from './space-count';

/** A tree of up to this many leaves is read completely. */
const exactLeaves = 640;

/** Leaves of a larger one that are read, in strata of two. The entries of an index are alike, so fewer of its leaves do. */
const sampledLeaves = { table: 320, index: 96 } as const;

/** Inner pages that are sampled where there are too many of them to read, and children of each that are followed. */
const sampledInner = { table: 128, index: 48 } as const;

const followedChildren = 2;

/** A level of up to this many inner pages is read completely: about 250,000 leaves at 4 KiB. */
const innerPagesRead = 600;

/** Ids looked up at most in an exact count, per table: each costs a search or two of an index. */
const maxLookUps = 600;

/** Counts in steps, so that between them progress can be shown, or the count be cancelled. */
export class SpaceScan {
  readonly #pages: DatabasePages;
  readonly #counts: readonly Count[];
  readonly #work: Generator<undefined, void>;
  #random: number;
  #done = 0;

  constructor(pages: DatabasePages, trees: readonly Tree[], options: SpaceOptions) {
    this.#pages = pages;
    this.#random = (options.seed ?? 1) >>> 0;
    this.#counts = trees.map((tree) => {
      const dating = tree.isIndex
        ? undefined
        : options.datings.find(({ table }) => table === tree.table);
      return new Count(tree, dating);
    });
    this.#work = options.exact ? this.#readAll() : this.#sample();
  }

  /** Works for about `maxMs`. @returns true at the end @throws what reading throws */
  step(maxMs: number): boolean {
    const until = performance.now() + maxMs;
    while (!this.#work.next().done) if (performance.now() > until) return false;
    return true;
  }

  /** Pages that are accounted for. */
  get progress(): { done: number; total: number } {
    const total = this.#pages.presentPages;
    return { done: Math.min(total, Math.round(this.#done)), total };
  }

  get result(): SpaceCount {
    const { freePages, presentPages, pageSize } = this.#pages;
    return {
      trees: this.#counts.map((count) => ({
        ...count.tree,
        pages: bounded(count.pages.counted, presentPages),
        entries: count.entries.counted,
        leafPages: count.leafPages.counted.value,
        unusedBytes: bounded(count.unusedBytes.counted, presentPages * pageSize),
        exact: count.exact,
        damagedPages: count.damagedPages,
      })),
      shares: this.#counts.flatMap(({ shares }) => shares),
      freePages,
      pageCount: presentPages,
      pageSize,
    };
  }

  /** Reads the upper levels of each tree completely, then a level of few pages completely and of many a sample. */
  *#sample(): Generator<undefined, void> {
    for (const count of this.#counts) {
      const before = this.#done;
      let level: readonly number[] = this.#known([count.tree.rootPage], count);
      for (let depth = 0; depth < maxTreeDepth && level.length > 0; depth++) {
        const isLeaf = this.#isLeafLevel(level);
        if (level.length > (isLeaf ? exactLeaves : innerPagesRead)) {
          count.exact = false;
          yield* this.#sampleLevel(level, isLeaf, count);
          break;
        }
        const children: number[] = [];
        for (const number of level) {
          const unit = newUnit();
          const page = this.#read(number, count, unit);
          if (page) for (const child of page.children) children.push(child);
          count.add(unit);
          yield;
        }
        level = this.#known(children, count);
      }
      this.#done = before + count.pages.total;
    }
  }

  /** The first and the last page of the level by themselves; between them strata, each with two pages drawn at random. */
  *#sampleLevel(
    level: readonly number[],
    isLeaf: boolean,
    count: Count,
  ): Generator<undefined, void> {
    const sizes = isLeaf ? sampledLeaves : sampledInner;
    const strata = (count.tree.isIndex ? sizes.index : sizes.table) / 2;
    for (const end of [0, level.length - 1])
      count.add(yield* this.#unit(level[end] ?? 0, count, 0));
    const between = level.length - 2;
    const before = this.#done;
    for (let i = 0; i < strata; i++) {
      const from = 1 + Math.floor((i * between) / strata);
      const size = 1 + Math.floor(((i + 1) * between) / strata) - from;
      const first = this.#below(size);
      const second = (first + 1 + this.#below(size - 1)) % size;
      const a = yield* this.#unit(level[from + first] ?? 0, count, 0);
      const b = yield* this.#unit(level[from + second] ?? 0, count, 0);
      count.addStratum(size, a, b, isLeaf);
      this.#done = before + count.pages.total;
    }
  }

  /** A page with all below it: of an inner page's children two are followed. */
  *#unit(number: number, count: Count, depth: number): Generator<undefined, Unit> {
    const unit = newUnit();
    const page = this.#read(number, count, unit);
    yield;
    const children = page?.children ?? [];
    if (children.length === 0 || depth >= maxTreeDepth) return unit;
    const followed = Math.min(followedChildren, children.length);
    const first = this.#below(children.length);
    const second = (first + 1 + this.#below(children.length - 1)) % children.length;
    for (const at of [first, second].slice(0, followed)) {
      const below = yield* this.#unit(children[at] ?? 0, count, depth + 1);
      const scale = children.length / followed;
      for (const key of ['pages', 'entries', 'leafPages', 'unusedBytes'] as const)
        unit[key] += below[key] * scale;
      for (const [epoch, { rows, roomBytes }] of below.epochs)
        put(unit, epoch, rows * scale, roomBytes * scale);
    }
    return unit;
  }

  /** The inner pages show which leaf belongs to which tree; then all leaves are read in the order of the file. */
  *#readAll(): Generator<undefined, void> {
    const { mainPages, laterPages } = this.#pages;
    const inner = 0xffff;
    // By page number, and after those of the main file by place among the log's.
    const ownerOf = new Uint16Array(mainPages + laterPages.length + 1);
    const later = new Map([...laterPages].map((page, i) => [page, mainPages + 1 + i]));
    const slotOf = (number: number): number =>
      number <= mainPages ? number : (later.get(number) ?? 0);
    /** True for a page that belongs to no tree yet: damage may join trees, or make circles of them. */
    const claim = (number: number, owner: number, count: Count): boolean => {
      const slot = slotOf(number);
      if (slot < 1 || ownerOf[slot] !== 0) {
        count.damagedPages++;
        return false;
      }
      ownerOf[slot] = owner;
      return true;
    };
    for (const [i, count] of this.#counts.entries()) {
      let leaves = 0;
      let level: readonly number[] = [count.tree.rootPage];
      for (let depth = 0; depth < maxTreeDepth && level.length > 0; depth++) {
        // All leaves are equally deep: one of them shows that the level is theirs.
        const isLeaf = this.#isLeafLevel(level);
        const children: number[] = [];
        for (const number of level) {
          if (!claim(number, isLeaf ? i + 1 : inner, count)) continue;
          if (isLeaf) {
            leaves++;
            continue;
          }
          const unit = newUnit();
          const page = this.#read(number, count, unit);
          count.add(unit);
          this.#done++;
          for (const child of page?.children ?? []) children.push(child);
          yield;
        }
        level = isLeaf ? [] : children;
      }
      count.stride = Math.max(1, Math.ceil(leaves / maxLookUps));
    }
    for (let slot = 1; slot < ownerOf.length; slot++) {
      const count = this.#counts[(ownerOf[slot] ?? 0) - 1];
      if (!count) continue;
      this.#readLeaf(slot <= mainPages ? slot : (laterPages[slot - mainPages - 1] ?? 0), count);
      this.#done = Math.max(this.#done, slot);
      yield;
    }
  }

  /** A leaf of an exact count. Ids are looked up on one in `stride` of them: their epochs are estimates. */
  #readLeaf(number: number, count: Count): void {
    const { dating, stride } = count;
    const unit = newUnit();
    const looksUp = dating?.lookUp !== undefined;
    const isLookedUp = !looksUp || count.leafPages.total % stride < 1;
    this.#read(number, count, unit, isLookedUp);
    if (!looksUp || stride === 1) {
      count.add(unit);
      return;
    }
    count.add({ ...unit, epochs: new Map() });
    if (!isLookedUp) return;
    if (count.waiting) {
      count.addEpochs(2 * stride, count.waiting, unit, false);
      count.waiting = undefined;
    } else count.waiting = unit;
  }

  /** Counts one page into `unit`. @returns undefined for damage */
  #read(number: number, count: Count, unit: Unit, isDated = true): TreePage | undefined {
    const { dating } = count;
    let visit: ((record: LocalRecord) => void) | undefined;
    let drawn: { id: Uint8Array | undefined; roomBytes: number } | undefined;
    let records = 0;
    if (dating?.lookUp && isDated)
      visit = (record) => {
        // Each of the page's records is the one with the same probability.
        if (this.#below(++records) > 0) return;
        drawn = { id: blobAt(record, dating.column), roomBytes: record.roomBytes };
      };
    else if (dating && isDated)
      visit = (record) => {
        const value = integerAt(record, dating.column);
        put(
          unit,
          value === undefined ? undefined : epochIn(dating.epochOf(value)),
          1,
          record.roomBytes,
        );
      };
    const page = readTreePage(this.#pages, number, visit);
    if (!page) {
      count.damagedPages++;
      return undefined;
    }
    if (page.isDamaged) count.damagedPages++;
    unit.pages = 1 + page.overflowPages;
    unit.entries = page.entries;
    if (page.isLeaf) {
      unit.leafPages = 1;
      unit.unusedBytes = page.unusedBytes;
    }
    // Looking up reads other pages into the place of this one.
    if (drawn) {
      const epoch = drawn.id && dating?.lookUp?.(drawn.id);
      put(unit, epoch, page.entries, page.entries * drawn.roomBytes);
    }
    return page;
  }

  /** Page numbers that the files have, each once. What is missing or double is damage. */
  #known(numbers: readonly number[], count: Count): readonly number[] {
    const known = new Set<number>();
    for (const number of numbers) if (this.#pages.has(number)) known.add(number);
    count.damagedPages += numbers.length - known.size;
    return [...known];
  }

  /** Whether the pages are leaves: the first of them that is a page of a tree shows it. */
  #isLeafLevel(level: readonly number[]): boolean {
    for (const number of level.slice(0, 64)) {
      const page = readTreePage(this.#pages, number);
      if (page) return page.isLeaf;
    }
    return true;
  }

  /** A number from 0 on below `limit`: mulberry32. */
  #below(limit: number): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * Math.max(1, limit));
  }
}
