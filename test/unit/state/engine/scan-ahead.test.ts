// What comes next in a scan, told from the inner pages alone; and how a database has it read.
import { describe, expect, test } from 'vitest';
import { DatabasePages } from '../../../../src/state/engine/pages';
import { BlockCache, blocksOf } from '../../../../src/state/engine/block-cache';
import { memorySource } from '../../../../src/state/engine/source';
import { TreeScans, type ScanAhead } from '../../../../src/state/engine/tree-scans';
import type { WalIndex } from '../../../../src/state/engine/wal';

/** An inner page of a table whose children are these. */
function inner(children: readonly number[], pageSize = 512): Uint8Array {
  const page = new Uint8Array(pageSize);
  const view = new DataView(page.buffer);
  page[0] = 5;
  view.setUint16(3, children.length - 1);
  for (const [i, child] of children.entries()) {
    if (i === children.length - 1) view.setUint32(8, child);
    else {
      const at = pageSize - 4 - 4 * i;
      view.setUint16(12 + 2 * i, at);
      view.setUint32(at, child);
    }
  }
  return page;
}
const leaf = Uint8Array.of(13);
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

/** Scans over a file of these inner pages, all others being leaves. */
function scansOf(children: Readonly<Record<number, readonly number[]>>, pageSize?: number) {
  const pages = new Map(
    Object.entries(children).map(([number, list]) => [Number(number), inner(list, pageSize)]),
  );
  const hidden = new Set<number>();
  const elsewhere = new Set<number>();
  const scans = new TreeScans({
    placeOf: (page) => (elsewhere.has(page) ? undefined : page * 10),
    peek: (page) => (hidden.has(page) ? undefined : pages.get(page)),
  });
  const read = (...numbers: number[]): ScanAhead | undefined => {
    let ahead;
    for (const number of numbers) ahead = scans.note(number, pages.get(number) ?? leaf);
    return ahead;
  };
  return { scans, read, hidden, elsewhere };
}
const isScan = (ahead: ScanAhead | undefined): ScanAhead => ahead ?? expect.fail('no scan');
const places = (...pages: number[]) => pages.map((page) => page * 10);

/** A table of two levels: the root 2, inner pages 3 to 12, and below page p the leaves 10p to 10p + 9. */
const table = {
  2: range(3, 10),
  ...Object.fromEntries(range(3, 10).map((p) => [p, range(10 * p, 10)])),
};

describe('a scan is noticed', () => {
  test('at the third page in a row, with what is left of the children', () => {
    const { read } = scansOf(table);
    expect(read(2, 3, 30, 31)).toBeUndefined();
    const ahead = isScan(read(32));
    expect(ahead).toMatchObject({ places: places(33, 34, 35, 36, 37, 38, 39), at: 0 });
    expect(read(33)).toBe(ahead);
  });

  test('wherever it begins', () => {
    const { read } = scansOf(table);
    expect(read(2, 3, 35, 36)).toBeUndefined();
    expect(isScan(read(37)).places).toEqual(places(38, 39));
  });

  test('not among look-ups', () => {
    const { read } = scansOf(table);
    expect(read(2, 3, 30, 31, 33, 34, 36, 30, 31, 30)).toBeUndefined();
    expect(read(500, 501, 502)).toBeUndefined();
    // Back to the first of them, and on: no three in a row.
    expect(read(2, 3, 30, 31, 30, 32)).toBeUndefined();
    // Pages of another table between them do not make it one: the inner page was left.
    expect(read(2, 3, 30, 2, 4, 40, 2, 5, 50)).toBeUndefined();
  });

  test('beside another one', () => {
    const { read } = scansOf(table);
    expect(read(2, 3, 30, 2, 5, 50, 31, 51)).toBeUndefined();
    expect(isScan(read(32)).places[0]).toBe(330);
    expect(isScan(read(52)).places[0]).toBe(530);
    expect(isScan(read(33)).places[0]).toBe(330);
  });

  test('of those that twelve inner pages ago were left, no more', () => {
    const read12 = (others: number) => {
      const { read } = scansOf({
        ...table,
        ...Object.fromEntries(range(200, 12).map((p) => [p, [10 * p, 10 * p + 1]])),
      });
      read(3, 30, 31);
      for (const other of range(200, others)) read(other);
      return read(32);
    };
    expect(read12(11)).toBeDefined();
    expect(read12(12)).toBeUndefined();
  });

  test('an inner page that is entered again begins again', () => {
    const { read } = scansOf(table);
    expect(read(2, 3, 30, 31, 3, 30, 31)).toBeUndefined();
    expect(isScan(read(32)).places).toHaveLength(7);
    const left = scansOf(table);
    expect(left.read(2, 3, 30, 31, 3, 30, 32)).toBeUndefined();
  });

  test('goes on in the next inner page, if all of the one before was read', () => {
    const short = { 2: [3, 4, 5], 3: [30, 31], 4: [40, 41], 5: [50, 51] };
    const whole = scansOf(short);
    expect(whole.read(2, 3, 30, 31)).toBeUndefined();
    expect(whole.read(4)).toBeUndefined();
    expect(isScan(whole.read(40)).places).toEqual(places(41));
    const half = scansOf(short);
    expect(half.read(2, 3, 30, 4, 40, 41)).toBeUndefined();
    const jumping = scansOf(short);
    expect(jumping.read(2, 3, 30, 31, 5, 50)).toBeUndefined();
    const backwards = scansOf(short);
    expect(backwards.read(2, 4, 40, 41, 3, 30, 31)).toBeUndefined();
  });
});

describe('further ahead', () => {
  test('the next inner page, and the next, four at most', () => {
    const { scans, read } = scansOf(table);
    const ahead = isScan(read(2, 3, 30, 31, 32));
    expect(scans.innerPlaces(ahead)).toEqual(places(4, 5, 6, 7, 8, 9));
    for (const page of [4, 5, 6, 7]) {
      expect(scans.extend(ahead)).toBe(true);
      expect(ahead.places.slice(-10)).toEqual(places(...range(10 * page, 10)));
    }
    expect(scans.extend(ahead)).toBe(false);
    expect(scans.innerPlaces(ahead)).toEqual([]);
    // The scan comes to the first of them: one more.
    expect(read(33, 34, 35, 36, 37, 38, 39, 4)).toBe(ahead);
    expect(scans.innerPlaces(ahead)).toEqual(places(8, 9, 10, 11, 12));
    expect(scans.extend(ahead)).toBe(true);
    expect(scans.extend(ahead)).toBe(false);
    expect(ahead.places).toHaveLength(7 + 50);
  });

  test('at most as far as the level goes', () => {
    const { scans, read } = scansOf({ 2: [3, 4], 3: [30, 31, 32], 4: [40, 41] });
    const ahead = isScan(read(2, 3, 30, 31, 32));
    expect(scans.innerPlaces(ahead)).toEqual(places(4));
    expect([scans.extend(ahead), scans.extend(ahead)]).toEqual([true, false]);
    expect(scans.innerPlaces(ahead)).toEqual([]);
    expect(ahead.places).toEqual(places(40, 41));
  });

  test('not where the next inner page is not here, or is none', () => {
    const { scans, read, hidden } = scansOf(table);
    hidden.add(4);
    const ahead = isScan(read(2, 3, 30, 31, 32));
    expect(scans.extend(ahead)).toBe(false);
    hidden.clear();
    expect(scans.extend(ahead)).toBe(true);
    const leaves = scansOf({ 2: [3, 4], 3: [30, 31, 32] });
    expect(leaves.scans.extend(isScan(leaves.read(2, 3, 30, 31, 32)))).toBe(false);
  });

  test('not from a page whose owner is unknown', () => {
    const { scans, read } = scansOf(table);
    const ahead = isScan(read(3, 30, 31, 32));
    expect([scans.extend(ahead), scans.innerPlaces(ahead)]).toEqual([false, []]);
  });

  test('pages that are not in the main file are left out', () => {
    const { scans, read, elsewhere } = scansOf(table);
    for (const page of [34, 36, 41, 5]) elsewhere.add(page);
    const ahead = isScan(read(2, 3, 30, 31, 32));
    expect(ahead.places).toEqual(places(33, 35, 37, 38, 39));
    expect(scans.innerPlaces(ahead)).toEqual(places(4, 6, 7, 8, 9));
    scans.extend(ahead);
    expect(ahead.places.slice(5)).toEqual(places(40, ...range(42, 8)));
  });

  test('a scan that leaves out an inner page goes on behind it', () => {
    const { scans, read } = scansOf(table);
    const ahead = isScan(read(2, 3, 30, 31, 32));
    expect([scans.extend(ahead), scans.extend(ahead), scans.extend(ahead)]).toEqual([
      true,
      true,
      true,
    ]);
    // From the inner page 3 to 4; then 5 is entered, and 6 still comes.
    expect(read(33, 34, 35, 36, 37, 38, 39, 4, 40)).toBe(ahead);
    expect(read(5)).toBe(ahead);
    expect(read(50, 51)).toBe(ahead);
    expect(scans.innerPlaces(ahead)).toEqual(places(7, 8, 9, 10, 11, 12));
  });

  test('a scan that goes back finds its way on', () => {
    const { scans, read } = scansOf(table);
    const ahead = isScan(read(2, 3, 30, 31, 32));
    for (const page of [4, 5, 6]) {
      expect(scans.extend(ahead)).toBe(true);
      expect(ahead.coming.map(({ parent }) => parent)).toContain(page);
    }
    expect(read(...range(33, 7), 4, ...range(40, 10), 5)).toBe(ahead);
    // All of the page before was read once, so this is a scan too, of its own.
    const again = isScan(read(4));
    expect(again).not.toBe(ahead);
    expect(again.places).toEqual(places(...range(40, 10)));
    expect(read(6)).toBe(ahead);
    expect(read(60)).toBe(ahead);
  });

  test('one level up SQLite keeps the pages itself: they are remembered', () => {
    const deep = {
      1000: [2, 1001],
      1001: [1003, 1004],
      1003: [1030, 1031, 1032],
      1004: [1040, 1041],
      ...table,
    };
    const { scans, read } = scansOf(deep);
    // The first page of a file has its header behind that of the database: here it is page 1000 instead.
    read(1000, 2, 3, 30, 31);
    read(1000, 1001, 1003, 1030);
    // Both upper pages are known: SQLite goes straight to their children.
    const first = isScan(read(7, 70, 71, 72));
    expect(scans.innerPlaces(first)).toEqual(places(8, 9, 10, 11, 12));
    const second = isScan(read(1003, 1030, 1031, 1032));
    expect(scans.innerPlaces(second)).toEqual(places(1004));
  });

  test('sixty-four upper pages, the latest', () => {
    const roots = range(100, 65);
    const tables: Record<number, number[]> = {};
    for (const root of roots) {
      tables[root] = [root * 10, root * 10 + 1];
      tables[root * 10] = range(root * 100, 3);
    }
    const { scans, read } = scansOf(tables);
    const knows = (root: number) => {
      const ahead = isScan(read(root * 10, ...range(root * 100, 3)));
      return scans.innerPlaces(ahead).length === 1;
    };
    for (const root of roots) read(root, root * 10, root * 100);
    expect(knows(100)).toBe(false);
    expect(knows(101)).toBe(true);
    expect(knows(164)).toBe(true);
  });

  test('a long list loses what is over', () => {
    const innerPages = range(3, 20);
    const fan = 5000;
    const { scans, read } = scansOf(
      { 2: innerPages, ...Object.fromEntries(innerPages.map((p) => [p, range(p * fan, fan)])) },
      65536,
    );
    let ahead: ScanAhead | undefined;
    let longest = 0;
    read(2);
    for (const page of innerPages) {
      read(page);
      for (const child of range(page * fan, fan)) {
        ahead = read(child);
        if (!ahead) continue;
        // As a reader does: all of it is begun, then the list goes on.
        ahead.at = ahead.places.length;
        if (scans.extend(ahead)) {
          const added = ahead.places.slice(ahead.at);
          expect(added).toHaveLength(fan);
          const [{ parent } = { parent: 0 }] = ahead.coming.slice(-1);
          expect(added[0]).toBe(parent * fan * 10);
        }
        longest = Math.max(longest, ahead.places.length);
      }
    }
    expect(longest).toBeGreaterThan(2 ** 16);
    expect(longest).toBeLessThanOrEqual(2 ** 16 + 2 * fan);
  });
});

describe('a tree', () => {
  test('goes on from one inner page to the next, also when SQLite keeps the root', () => {
    const pages = new Map([
      [2, inner([3, 4, 5])],
      [3, inner([10, 11, 12, 13])],
      [4, inner([20, 21, 22, 23])],
      [5, inner([30, 31, 32, 33])],
    ]);
    const scans = new TreeScans({ placeOf: (page) => page, peek: (page) => pages.get(page) });
    const read = (number: number) => scans.note(number, pages.get(number) ?? leaf);
    for (const from of [[2, 3], [3]]) {
      for (const number of from) expect(read(number)).toBeUndefined();
      expect(read(10)).toBeUndefined();
      expect(read(11)).toBeUndefined();
      const ahead = read(12);
      if (!ahead) return expect.fail('a scan is noticed at its third page');
      expect(ahead.places).toEqual([13]);
      expect(scans.innerPlaces(ahead)).toEqual([4, 5]);
      expect(scans.extend(ahead)).toBe(true);
      expect(ahead.places).toEqual([13, 20, 21, 22, 23]);
      expect(scans.innerPlaces(ahead)).toEqual([5]);
      read(13);
      expect(read(4)).toBe(ahead);
      expect(read(20)).toBe(ahead);
      expect(scans.extend(ahead)).toBe(true);
      expect(scans.extend(ahead)).toBe(false);
      expect(ahead.places.slice(-4)).toEqual([30, 31, 32, 33]);
    }
  });

  test('a tree that leads back to itself, or nowhere, is followed no further than others', () => {
    const pages = new Map([
      [2, inner([2, 2, 3, 0, 0xffffffff])],
      [3, inner([2, 3, 2, 3])],
    ]);
    const scans = new TreeScans({ placeOf: (page) => page, peek: (page) => pages.get(page) });
    let extended = 0;
    for (let i = 0; i < 200; i++)
      for (const number of [2, 3, 2, 2, 3, 3, 0]) {
        const ahead = scans.note(number, pages.get(number) ?? leaf);
        while (ahead && scans.extend(ahead)) extended++;
        if (ahead) expect(ahead.coming.length).toBeLessThanOrEqual(8);
      }
    expect(extended).toBeLessThan(1400 * 8);
  });
});

describe('a database', () => {
  const pageSize = 512;
  /** States what it is asked to read ahead, and reads nothing. */
  class WatchedCache extends BlockCache {
    readonly asked: { places: number[]; from: number }[] = [];
    readonly around: number[][] = [];
    room = 99;
    /** How far reading ahead comes at a time. */
    step = Number.POSITIVE_INFINITY;
    background = true;
    override get readsAhead() {
      return this.background;
    }
    override get hasRoomAhead() {
      return this.room-- > 0;
    }
    override ahead(list: readonly number[], from: number): number {
      this.asked.push({ places: [...list], from });
      return Math.min(list.length, from + this.step);
    }
    override aheadAround(list: readonly number[]): void {
      this.around.push([...list]);
    }
    /** All that is in the main file is here. */
    override peek(offset: number, length: number): Uint8Array | undefined {
      return this.view(offset, length).slice();
    }
  }

  /** Root 2, inner pages 3 and 4, leaves 5 to 9 and 10 to 14. */
  function fileOf(pages: number): Uint8Array {
    const file = new Uint8Array(pages * pageSize);
    for (const [number, children] of [
      [2, [3, 4]],
      [3, range(5, 5)],
      [4, range(10, 5)],
    ] as const)
      file.set(inner(children), (number - 1) * pageSize);
    return file;
  }
  const cacheOf = (file: Uint8Array) =>
    new WatchedCache(blocksOf(memorySource(file)), { capacityBytes: 2 ** 20 });
  const offset = (page: number) => (page - 1) * pageSize;
  const offsets = (...pages: number[]) => pages.map(offset);
  const readPages = (database: DatabasePages, ...pages: number[]) => {
    for (const page of pages) database.view(offset(page), offset(page + 1));
  };
  /** A log with these pages, in the same order as frames. */
  function logOf(pagesOfLog: readonly number[], pageCount: number) {
    const pages = new Uint32Array(64);
    const frames = new Uint32Array(64);
    for (const [frame, page] of pagesOfLog.entries()) {
      let slot = (Math.imul(page, 0x9e3779b1) >>> 7) & 63;
      while (pages[slot] !== 0) slot = (slot + 1) & 63;
      pages[slot] = page;
      frames[slot] = frame;
    }
    const count = pagesOfLog.length;
    const index: WalIndex = {
      pageSize,
      fileFrames: count,
      validFrames: count,
      committedFrames: count,
      pageCount,
      salts: [1, 2],
      end: 'complete',
      pages,
      frames,
    };
    return { cache: cacheOf(new Uint8Array(32 + count * (24 + pageSize))), index };
  }

  test('has a scan read ahead: its leaves, the next inner page’s, and what is around those after', () => {
    const cache = cacheOf(fileOf(14));
    const database = new DatabasePages(cache, pageSize);
    readPages(database, 2, 3, 5, 6);
    expect(cache.asked).toEqual([]);
    readPages(database, 7);
    expect(cache.asked).toEqual([
      { places: offsets(8, 9), from: 0 },
      { places: offsets(8, 9, 10, 11, 12, 13, 14), from: 2 },
    ]);
    expect(cache.around).toEqual([[]]);
  });

  test('goes on where it stopped', () => {
    const cache = cacheOf(fileOf(14));
    const database = new DatabasePages(cache, pageSize);
    cache.step = 1;
    readPages(database, 2, 3, 5, 6, 7, 8);
    expect(cache.asked.map(({ from }) => from)).toEqual([0, 1, 2]);
    expect(cache.around).toEqual([]);
  });

  test('asks only while there is space', () => {
    const cache = cacheOf(fileOf(14));
    const database = new DatabasePages(cache, pageSize);
    cache.room = 0;
    readPages(database, 2, 3, 5, 6, 7, 8);
    expect(cache.asked).toEqual([]);
    cache.room = 1;
    readPages(database, 9);
    expect(cache.asked).toHaveLength(1);
    expect(cache.around).toEqual([]);
  });

  test('takes note of complete pages only', () => {
    const cache = cacheOf(fileOf(14));
    const database = new DatabasePages(cache, pageSize);
    readPages(database, 2, 3);
    for (const page of [5, 6, 7, 8]) database.view(offset(page), offset(page) + pageSize - 1);
    // A range over two pages is no page either.
    database.view(offset(5), offset(7));
    expect(cache.asked).toEqual([]);
  });

  test('without a thread for it reads nothing ahead', () => {
    const cache = cacheOf(fileOf(14));
    cache.background = false;
    readPages(new DatabasePages(cache, pageSize), 2, 3, 5, 6, 7, 8);
    expect([cache.asked, cache.around]).toEqual([[], []]);
  });

  test('leaves out what the log has, and what the main file lacks', () => {
    // Page 9 is in the log, of page 14 the main file has a part.
    const cache = cacheOf(fileOf(14).subarray(0, 13 * pageSize + 100));
    const database = new DatabasePages(cache, pageSize, logOf([9], 14));
    readPages(database, 2, 3, 5, 6, 7);
    expect(cache.asked[1]?.places).toEqual(offsets(8, 10, 11, 12, 13));
  });

  test('does not look into an inner page that the log has', () => {
    const cache = cacheOf(fileOf(14));
    const database = new DatabasePages(cache, pageSize, logOf([4], 14));
    readPages(database, 2, 3, 5, 6, 7);
    expect(cache.asked).toEqual([{ places: offsets(8, 9), from: 0 }]);
    // It is not to be had from the main file, so nothing is read around it.
    expect(cache.around).toEqual([[]]);
  });

  test('has read around the inner pages that are not here yet', () => {
    const cache = cacheOf(fileOf(14));
    cache.peek = () => undefined;
    readPages(new DatabasePages(cache, pageSize), 2, 3, 5, 6, 7);
    expect(cache.around).toEqual([offsets(4)]);
  });

  test('a number that is not a page has no place', () => {
    const file = fileOf(14);
    file.set(inner([5, 6, 7, 0, 8]), offset(3));
    const cache = cacheOf(file);
    readPages(new DatabasePages(cache, pageSize), 2, 3, 5, 6, 7);
    expect(cache.asked[0]?.places).toEqual(offsets(8));
  });

  test('reports reserved bytes and free pages of its first page, these at most the pages of the file', () => {
    const file = fileOf(4);
    file[20] = 32;
    const freePages = (stored: number): number => {
      new DataView(file.buffer).setUint32(36, stored);
      return new DatabasePages(cacheOf(file), pageSize).freePages;
    };
    expect([freePages(3), freePages(70_000)]).toEqual([3, 4]);
    expect(new DatabasePages(cacheOf(file), pageSize).reservedBytes).toBe(32);
  });
});
