/**
 * What a scan will read next. The pages of a b-tree are scattered over the file of a node that has run for months, so where
 * the last reads were predicts little; but every inner page names its children in the order in which a scan comes to them.
 */
import { childrenOf } from './inner-page';

/** Where the pages are that a scan will come to, in its order: the children of one inner page after the other. */
export interface ScanAhead {
  readonly places: number[];
  /** Position of reading ahead in `places`. */
  at: number;
  /** The inner pages whose children are in `places` and to which the scan has not come yet, and the one before them. */
  readonly coming: Family[];
}

interface Family {
  readonly parent: number;
  readonly children: readonly number[];
  /** The parent among its own siblings; undefined at the root. */
  readonly above: { readonly family: Family; readonly place: number } | undefined;
  /** Place among the children of the one that a scan would read next. */
  next: number;
  /** Children read one after the other. */
  run: number;
  ahead: ScanAhead | undefined;
}

/** How the pages are in the file. */
export interface PagePlaces {
  /** Undefined for what is not read from the main file. */
  placeOf(page: number): number | undefined;
  /** A page's bytes if they are here; nothing is read for it. */
  peek(page: number): Uint8Array | undefined;
}

/** From the third page in a row it is a scan: a look-up in a range may well read two. */
const shortestScan = 3;
/** Two cursors down the deepest trees that there are in practice. */
const rememberedFamilies = 12;
const rememberedUpper = 64;
/** Inner pages that a list goes ahead: with all pages in memory it would else grow to the end of the table. */
const farthestAhead = 4;
/** Inner pages that are asked for before their turn, so that several reads are under way. */
const innerAhead = 6;
/** A list is started again after this number of entries: some hundred inner pages of 4 KiB. */
const longestList = 1 << 16;

/** Watches the pages that SQLite reads. Memory: the children of some inner pages, and a list for each running scan. */
export class TreeScans {
  readonly #places: PagePlaces;
  /** The ones in use first. */
  readonly #families: Family[] = [];
  /** Those whose children are inner pages. SQLite keeps these itself and does not ask for them again. */
  readonly #upper: Family[] = [];

  constructor(places: PagePlaces) {
    this.#places = places;
  }

  /**
   * Notes that a page is read.
   * @param page its bytes; not kept
   * @returns what comes next, if this page is one more of a scan
   */
  note(number: number, page: Uint8Array): ScanAhead | undefined {
    const family = this.#step(number);
    const children = childrenOf(page, number);
    const now = children
      ? this.#enter(number, children, family ?? this.#knownAbove(number))
      : family;
    if (!now || now.run < shortestScan) return undefined;
    return (now.ahead ??= {
      places: this.#placesOf(now.children.slice(now.next)),
      at: 0,
      coming: [now],
    });
  }

  /**
   * Lengthens the list by the children of the inner page that the scan comes to next, if that one is here.
   * @returns whether there was something to add
   */
  extend(ahead: ScanAhead): boolean {
    const last = ahead.coming.at(-1);
    if (!last?.above || ahead.coming.length > farthestAhead) return false;
    const [parent] = innerAfter(last);
    const page = parent === undefined ? undefined : this.#places.peek(parent);
    const children = page && parent !== undefined ? childrenOf(page, parent) : undefined;
    if (!children || parent === undefined) return false;
    const { family, place } = last.above;
    const next: Family = {
      parent,
      children,
      above: { family, place: place + 1 },
      next: 0,
      run: shortestScan,
      ahead,
    };
    ahead.coming.push(next);
    if (ahead.at > longestList) {
      ahead.places.splice(0, ahead.at);
      ahead.at = 0;
    }
    ahead.places.push(...this.#placesOf(children));
    return true;
  }

  /** Where the inner pages are that come after all that is known. Their children are most often around them. */
  innerPlaces({ coming }: ScanAhead): readonly number[] {
    const last = coming.at(-1);
    return last && coming.length <= farthestAhead ? this.#placesOf(innerAfter(last)) : [];
  }

  #placesOf(pages: readonly number[]): number[] {
    return pages.flatMap((page) => this.#places.placeOf(page) ?? []);
  }

  /** The family that this page is the next child of, or a child of out of turn. */
  #step(number: number): Family | undefined {
    const expected = this.#families.findIndex(({ children, next }) => children[next] === number);
    if (expected >= 0) {
      const family = this.#toFront(expected);
      if (family) {
        family.next++;
        family.run++;
      }
      return family;
    }
    const [latest] = this.#families;
    const place = latest?.children.indexOf(number) ?? -1;
    if (!latest || place < 0) return undefined;
    latest.next = place + 1;
    latest.run = 1;
    return latest;
  }

  #knownAbove(number: number): Family | undefined {
    const above = this.#upper.find(({ children }) => children.includes(number));
    if (above) above.next = above.children.indexOf(number) + 1;
    return above;
  }

  /** SQLite goes down through an inner page, which is a child of `above`. */
  #enter(parent: number, children: readonly number[], above: Family | undefined): Family {
    const place = above ? above.next - 1 : 0;
    if (above && !this.#upper.includes(above)) {
      this.#upper.unshift(above);
      this.#upper.length = Math.min(this.#upper.length, rememberedUpper);
    }
    const before = above?.children[place - 1];
    const sibling = this.#families.find((family) => family.parent === before);
    const known = this.#families.findIndex((family) => family.parent === parent);
    if (known >= 0) this.#families.splice(known, 1);
    const coming = sibling?.ahead?.coming ?? [];
    const at = coming.findIndex((family) => family.parent === parent);
    const [entered] = coming.splice(0, at + 1).slice(-1);
    if (entered) coming.unshift(entered);
    const family: Family = entered ?? {
      parent,
      children,
      above: above && { family: above, place },
      next: 0,
      // A scan that has read all of the sibling before goes on here.
      run: sibling && sibling.next === sibling.children.length ? sibling.run : 0,
      ahead: undefined,
    };
    this.#families.unshift(family);
    this.#families.length = Math.min(this.#families.length, rememberedFamilies);
    return family;
  }

  #toFront(index: number): Family | undefined {
    const [family] = this.#families.splice(index, 1);
    if (family) this.#families.unshift(family);
    return family;
  }
}

/** The inner pages that a scan comes to after this one: fewer or none at the end of the level. */
const innerAfter = ({ above }: Family): readonly number[] =>
  above ? above.family.children.slice(above.place + 1, above.place + 1 + innerAhead) : [];
