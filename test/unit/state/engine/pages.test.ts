// The database under a log: which file a page comes from, whatever part of it is asked for.
import { describe, expect, test } from 'vitest';
import { DatabasePages, pageSizeOf } from '../../../../src/state/engine/pages';
import { BlockCache, blocksOf } from '../../../../src/state/engine/block-cache';
import { memorySource } from '../../../../src/state/engine/source';
import type { WalIndex } from '../../../../src/state/engine/wal';
import { recorded } from '../../../support/recorded-blocks';

const pageSize = 512;
const cacheOf = (bytes: Uint8Array) =>
  new BlockCache(blocksOf(memorySource(bytes)), { capacityBytes: 2 ** 20 });

/** Byte i of page p of the main file is (p + i) mod 251; of frame f of the log (100 + f + i) mod 251. */
const pattern = (seed: number, length: number) =>
  Uint8Array.from({ length }, (_, i) => (seed + i) % 251);
const mainFile = (pages: number, extra = 0) => {
  const bytes = new Uint8Array(pages * pageSize + extra);
  for (let page = 1; page <= pages; page++)
    bytes.set(pattern(page, pageSize), (page - 1) * pageSize);
  bytes.set(pattern(pages + 1, extra), pages * pageSize);
  return bytes;
};
/** A log whose frames hold these pages, the last one newest, and the database's size after it. */
function logOf(pagesOfFrames: readonly number[], pageCount: number, committed = true) {
  const frameBytes = 24 + pageSize;
  const bytes = new Uint8Array(32 + pagesOfFrames.length * frameBytes);
  const pages = new Uint32Array(64);
  const frames = new Uint32Array(64);
  for (const [frame, page] of pagesOfFrames.entries()) {
    bytes.set(pattern(100 + frame, pageSize), 32 + frame * frameBytes + 24);
    let slot = (Math.imul(page, 0x9e3779b1) >>> 7) & 63;
    while (pages[slot] !== 0 && pages[slot] !== page) slot = (slot + 1) & 63;
    pages[slot] = page;
    frames[slot] = frame;
  }
  const index: WalIndex = {
    pageSize,
    fileFrames: pagesOfFrames.length,
    validFrames: pagesOfFrames.length,
    committedFrames: committed ? pagesOfFrames.length : 0,
    pageCount,
    salts: [1, 2],
    end: 'complete',
    pages,
    frames,
  };
  return { cache: cacheOf(bytes), index };
}
/** What the first page looks like: of the patterns, the two bytes that may ask for a log are another version. */
const first = (seed: number) => pattern(seed, pageSize);

describe('the versions in a header', () => {
  test.each([
    [0, 0, 1, 1],
    [1, 1, 1, 1],
    [2, 2, 1, 1],
    [3, 1, 3, 1],
    [1, 3, 1, 3],
    [2, 244, 1, 244],
  ])(
    'DatabasePages: write version %i and read version %i, given to SQLite as %i and %i',
    (write, read, writeSeen, readSeen) => {
      const bytes = mainFile(1);
      bytes.set([write, read], 18);
      const pages = new DatabasePages(cacheOf(bytes), pageSize);
      expect([...pages.view(18, 20)]).toEqual([writeSeen, readSeen]);
    },
  );
});

describe('the page size in a header', () => {
  const named = (high: number, low: number) => {
    const header = new Uint8Array(100);
    header.set([high, low], 16);
    return pageSizeOf(header);
  };
  test.each([
    [2, 0, 512],
    [16, 0, 4096],
    [128, 0, 32768],
    [0, 1, 65536],
    [1, 0, undefined],
    [0, 0, undefined],
    [3, 0, undefined],
    [2, 1, undefined],
  ])('%d, %d is %s', (high, low, size) => {
    expect(named(high, low)).toBe(size);
  });
  test('of a file that ends before it', () => {
    expect(pageSizeOf(new Uint8Array(16))).toBeUndefined();
    expect(pageSizeOf(new Uint8Array([...new Uint8Array(16), 2]))).toBe(512);
  });
});

describe('without a log', () => {
  const database = new DatabasePages(cacheOf(mainFile(3)), pageSize);

  test('pages are the file’s, the first without its wish for a log', () => {
    expect([database.sizeBytes, database.pageCount, database.missingPages]).toEqual([
      3 * pageSize,
      3,
      0,
    ]);
    expect(database.view(0, pageSize)).toEqual(first(1));
    expect(database.view(pageSize, 2 * pageSize)).toEqual(pattern(2, pageSize));
    expect(database.view(pageSize + 5, pageSize + 9)).toEqual(pattern(7, 4));
  });

  test('a range over several pages is joined', () => {
    const whole = [first(1), pattern(2, pageSize), pattern(3, pageSize)].flatMap((p) => [...p]);
    for (const [start, end] of [
      [500, 530],
      [0, 3 * pageSize],
      [511, 1025],
      [511, 512],
      [512, 1025],
    ] as const)
      expect([...database.view(start, end)]).toEqual(whole.slice(start, end));
  });

  test('a last page that is cut off counts as a page', () => {
    const cut = new DatabasePages(cacheOf(mainFile(2, 100)), pageSize);
    expect([cut.sizeBytes, cut.pageCount]).toEqual([2 * pageSize + 100, 3]);
    expect(cut.view(2 * pageSize, 2 * pageSize + 100)).toEqual(pattern(3, 100));
  });

  test('of a file shorter than a page', () => {
    const tiny = new DatabasePages(cacheOf(pattern(1, 100)), pageSize);
    expect([tiny.sizeBytes, tiny.pageCount]).toEqual([100, 1]);
    expect([...tiny.view(0, 100)]).toEqual([...first(1).subarray(0, 100)]);
  });
});

describe('in a cache that was filled with other pages since', () => {
  const blockBytes = 128 * 1024;
  const blocks = 80;
  /** Many times what the cache holds. */
  const large = () => {
    const bytes = new Uint8Array(blocks * blockBytes).fill(7);
    bytes.set(pattern(1, pageSize));
    return bytes;
  };
  function filled(main: Uint8Array, log?: ReturnType<typeof logOf>) {
    const source = recorded(memorySource(main), false);
    const cache = new BlockCache(source, {
      capacityBytes: 16 * blockBytes,
      maxReadBytes: blockBytes,
    });
    const database = new DatabasePages(cache, pageSize, log);
    for (let at = 0; at + pageSize <= main.length; at += blockBytes / 2)
      database.view(at, at + pageSize);
    return { database, reads: source.reads };
  }

  test('the first page is still the first page', () => {
    const { database } = filled(large());
    expect(database.view(0, pageSize)).toEqual(first(1));
  });

  test('what the file lacks is zeros, and nothing is read for it', () => {
    const pages = large().length / pageSize;
    const { database, reads } = filled(large(), logOf([pages + 1000], pages + 1000));
    reads.length = 0;
    for (const page of [pages, pages + 1, pages + 900])
      expect(database.view(page * pageSize, (page + 1) * pageSize)).toEqual(
        new Uint8Array(pageSize),
      );
    expect(reads).toEqual([]);
    const cut = large().subarray(0, -100);
    const { database: short } = filled(cut, logOf([pages + 1000], pages + 1000));
    const last = short.view((pages - 1) * pageSize, pages * pageSize);
    expect(last).toEqual(new Uint8Array(pageSize).fill(7, 0, pageSize - 100));
  });
});

describe('with a log', () => {
  test('its pages stand before the file’s, the newest of each', () => {
    const database = new DatabasePages(cacheOf(mainFile(3)), pageSize, logOf([2, 3, 2], 3));
    expect(database.view(0, pageSize)).toEqual(first(1));
    expect(database.view(pageSize, 2 * pageSize)).toEqual(pattern(102, pageSize));
    expect(database.view(2 * pageSize + 7, 2 * pageSize + 9)).toEqual(pattern(108, 2));
    expect([...database.view(2 * pageSize - 2, 2 * pageSize + 2)]).toEqual([
      ...pattern(102, pageSize).slice(-2),
      ...pattern(101, 2),
    ]);
  });

  test('the first page of the log is patched too', () => {
    const database = new DatabasePages(cacheOf(mainFile(2)), pageSize, logOf([1], 2));
    expect(database.view(0, pageSize)).toEqual(first(100));
  });

  test('the size is that of the last commit, larger or smaller than the file', () => {
    const grown = new DatabasePages(cacheOf(mainFile(2)), pageSize, logOf([4, 3], 4));
    expect([grown.sizeBytes, grown.pageCount]).toEqual([4 * pageSize, 4]);
    expect(grown.view(3 * pageSize, 4 * pageSize)).toEqual(pattern(100, pageSize));
    expect(grown.missingPages).toBe(0);
    const shrunk = new DatabasePages(cacheOf(mainFile(5)), pageSize, logOf([1], 2));
    expect([shrunk.sizeBytes, shrunk.pageCount, shrunk.missingPages]).toEqual([2 * pageSize, 2, 0]);
  });

  test('what was not committed is not there', () => {
    const database = new DatabasePages(cacheOf(mainFile(2)), pageSize, logOf([1, 2], 0, false));
    expect([database.sizeBytes, database.missingPages]).toEqual([2 * pageSize, 0]);
    expect(database.view(pageSize, 2 * pageSize)).toEqual(pattern(2, pageSize));
  });

  test('pages that neither file has are zeros, and are counted', () => {
    const database = new DatabasePages(cacheOf(mainFile(2)), pageSize, logOf([6], 7));
    expect(database.missingPages).toBe(4);
    expect([database.pageCount, database.presentPages]).toEqual([7, 3]);
    expect([1, 2, 3, 6, 7, 0].map((page) => database.has(page))).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
    expect(database.view(2 * pageSize, 3 * pageSize)).toEqual(new Uint8Array(pageSize));
    expect(database.view(5 * pageSize, 6 * pageSize)).toEqual(pattern(100, pageSize));
  });

  test('a page of which the file has a part is filled up with zeros, and is missing', () => {
    const database = new DatabasePages(cacheOf(mainFile(2, 100)), pageSize, logOf([1], 3));
    expect(database.missingPages).toBe(1);
    const expected = new Uint8Array(pageSize);
    expected.set(pattern(3, 100));
    expect(database.view(2 * pageSize, 3 * pageSize)).toEqual(expected);
    expect([...database.view(2 * pageSize + 98, 2 * pageSize + 102)]).toEqual([
      ...expected.subarray(98, 102),
    ]);
    expect(database.view(2 * pageSize + 100, 2 * pageSize + 104)).toEqual(new Uint8Array(4));
  });
});
