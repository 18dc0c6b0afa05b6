// Pages of b-trees, written here byte by byte after https://www.sqlite.org/fileformat2.html §1.6 and §2.1.
import { describe, expect, test } from 'vitest';
import {
  blobAt,
  integerAt,
  readTreePage,
  type LocalRecord,
  type TreePage,
} from '../../../../src/state/engine/btree';
import { childrenOf } from '../../../../src/state/engine/inner-page';
import { DatabasePages } from '../../../../src/state/engine/pages';
import { BlockCache, blocksOf } from '../../../../src/state/engine/block-cache';
import { memorySource } from '../../../../src/state/engine/source';

/** Big-endian base 128, the ninth byte whole. */
function varint(value: number | bigint): number[] {
  let rest = BigInt(value);
  if (rest >= 1n << 56n)
    return [...varint((rest >> 8n) | (1n << 55n)).map((b) => b | 0x80), Number(rest & 0xffn)];
  const bytes = [Number(rest & 0x7fn)];
  while ((rest >>= 7n) > 0n) bytes.unshift(Number(rest & 0x7fn) | 0x80);
  return bytes;
}

type Kind = 'inner index' | 'inner table' | 'leaf index' | 'leaf table';
const typeByte: Readonly<Record<Kind, number>> = {
  'inner index': 2,
  'inner table': 5,
  'leaf index': 10,
  'leaf table': 13,
};

interface PageOptions {
  readonly pageSize?: number;
  /** Number of the page: the first one has the database's header before its own. */
  readonly number?: number;
  readonly last?: number;
  readonly fragments?: number;
  /** Freed blocks, place and length. */
  readonly freed?: readonly (readonly [at: number, length: number])[];
  readonly reserved?: number;
}

/** A page with these cells, laid from its end downwards in the order of their pointers. */
function pageOf(kind: Kind, cells: readonly (readonly number[])[], options: PageOptions = {}) {
  const { pageSize = 512, number = 2, last = 0, fragments = 0, freed = [], reserved = 0 } = options;
  const page = new Uint8Array(pageSize);
  const view = new DataView(page.buffer);
  const header = number === 1 ? 100 : 0;
  const isLeaf = kind.startsWith('leaf');
  page[header] = typeByte[kind];
  view.setUint16(header + 1, freed[0]?.[0] ?? 0);
  view.setUint16(header + 3, cells.length);
  page[header + 7] = fragments;
  if (!isLeaf) view.setUint32(header + 8, last);
  let content = pageSize - reserved;
  for (const [i, cell] of cells.entries()) {
    content -= cell.length;
    page.set(cell, content);
    view.setUint16(header + (isLeaf ? 8 : 12) + 2 * i, content);
  }
  for (const [i, [at, length]] of freed.entries()) {
    view.setUint16(at, freed[i + 1]?.[0] ?? 0);
    view.setUint16(at + 2, length);
  }
  view.setUint16(header + 5, content);
  return page;
}

function databaseOf(page: Uint8Array, { number = 2, reserved = 0 }: PageOptions = {}) {
  const pageSize = page.length;
  // As many pages as the longest row of these tests takes.
  const file = new Uint8Array(pageSize * Math.max(80, number));
  file.set(page, (number - 1) * pageSize);
  file[20] = reserved;
  const cache = new BlockCache(blocksOf(memorySource(file)), { capacityBytes: 2 ** 20 });
  return new DatabasePages(cache, pageSize);
}

function read(page: Uint8Array, options: PageOptions = {}) {
  const records: (Omit<LocalRecord, 'page'> & { payload: number[] })[] = [];
  const tree = readTreePage(databaseOf(page, options), options.number ?? 2, (record) => {
    const { page: bytes, at, localBytes, roomBytes } = record;
    records.push({ at, localBytes, roomBytes, payload: [...bytes.subarray(at, at + localBytes)] });
  });
  return { tree, records };
}
const damaged = (page: Uint8Array, options?: PageOptions) =>
  expect(read(page, options).tree).toBeUndefined();
const bytes = (length: number, from = 1) => Array.from({ length }, (_, i) => (from + i) & 0x7f);

/** A leaf's cell of which `local` bytes are here, and an overflow page's number where that is not all. */
const tableCell = (payload: number, rowid: number | bigint, local = payload) => [
  ...varint(payload),
  ...varint(rowid),
  ...bytes(local),
  ...(local < payload ? [0, 0, 0, 9] : []),
];
const indexCell = (payload: number, local = payload) => [
  ...varint(payload),
  ...bytes(local),
  ...(local < payload ? [0, 0, 0, 9] : []),
];

describe('leaves', () => {
  test.each([1, 2])('of a table, page %d', (number) => {
    const page = pageOf('leaf table', [tableCell(5, 1), tableCell(3, 200)], { number });
    const { tree, records } = read(page, { number });
    const header = number === 1 ? 100 : 0;
    expect(tree).toEqual<TreePage>({
      isLeaf: true,
      children: [],
      entries: 2,
      overflowPages: 0,
      isDamaged: false,
      unusedBytes: 512 - header - 8 - 2 * 2 - (2 + 5) - (3 + 3),
    });
    // A row has its sizes, its payload and two bytes of pointer.
    expect(records).toEqual([
      { at: 512 - 5, localBytes: 5, roomBytes: 2 + 5 + 2, payload: bytes(5) },
      { at: 512 - 7 - 3, localBytes: 3, roomBytes: 3 + 3 + 2, payload: bytes(3) },
    ]);
  });

  test('of an index', () => {
    const { tree, records } = read(pageOf('leaf index', [indexCell(5), indexCell(100)]));
    expect(tree).toMatchObject({ isLeaf: true, children: [], entries: 2, overflowPages: 0 });
    expect(records).toEqual([
      { at: 507, localBytes: 5, roomBytes: 1 + 5 + 2, payload: bytes(5) },
      { at: 406, localBytes: 100, roomBytes: 1 + 100 + 2, payload: bytes(100) },
    ]);
  });

  test('without a cell', () => {
    expect(read(pageOf('leaf table', []))).toEqual({
      tree: {
        isLeaf: true,
        children: [],
        entries: 0,
        overflowPages: 0,
        isDamaged: false,
        unusedBytes: 512 - 8,
      },
      records: [],
    });
  });

  test('without anybody to look at the records', () => {
    const page = pageOf('leaf table', [tableCell(600, 1, 92), tableCell(5, 2)]);
    expect(readTreePage(databaseOf(page), 2)).toMatchObject({ entries: 2, overflowPages: 1 });
  });

  test('row numbers up to nine bytes, negative ones too', () => {
    for (const rowid of [0, 127, 128, 2 ** 32, 2n ** 56n - 1n, 2n ** 56n, 2n ** 64n - 1n]) {
      const { records } = read(pageOf('leaf table', [tableCell(5, rowid)]));
      expect(records.map(({ payload }) => payload)).toEqual([bytes(5)]);
      expect(records[0]?.roomBytes).toBe(1 + varint(rowid).length + 5 + 2);
    }
  });
});

/*
 * §1.6: U the usable bytes, X the most that stays, M the least, K = M + (P - M) mod (U - 4); K stays if it is no more
 * than X, else M. With U = 512: M = 39; X = 477 in a table, 102 in an index.
 */
describe('payloads that spill', () => {
  test.each([
    [477, 477, 0],
    [478, 39, 1],
    [547, 39, 1],
    [548, 40, 1],
    [700, 192, 1],
    [985, 477, 1],
    [986, 39, 2],
    [1200, 184, 2],
    [16_384, 128, 32],
    [20_000, 39 + (19_961 % 508), 39],
    [35_599, 39, 70],
  ])('a row of %d bytes leaves %d here, the rest on %d pages', (payload, local, overflow) => {
    const { tree, records } = read(pageOf('leaf table', [tableCell(payload, 7, local)]));
    expect(tree?.overflowPages).toBe(overflow);
    expect(overflow).toBe(Math.ceil((payload - local) / 508));
    const pointer = overflow > 0 ? 4 : 0;
    const roomBytes = varint(payload).length + 1 + local + pointer + 2 + overflow * 512;
    expect(records).toEqual([
      expect.objectContaining({ localBytes: local, roomBytes, payload: bytes(local) }),
    ]);
  });

  test.each([
    [102, 102, 0],
    [103, 39, 1],
    [547, 39, 1],
    [600, 92, 1],
    [610, 102, 1],
    [611, 39, 2],
  ])('an entry of %d bytes leaves %d here, the rest on %d pages', (payload, local, overflow) => {
    for (const kind of ['leaf index', 'inner index'] as const) {
      const child = kind === 'inner index' ? [0, 0, 0, 5] : [];
      const { tree, records } = read(pageOf(kind, [[...child, ...indexCell(payload, local)]]));
      expect(tree?.overflowPages).toBe(overflow);
      expect(records).toEqual([
        expect.objectContaining({ localBytes: local, payload: bytes(local) }),
      ]);
      expect(records[0]?.roomBytes).toBe(
        child.length + varint(payload).length + local + (overflow > 0 ? 4 : 0) + 2 + overflow * 512,
      );
    }
  });

  test('a row that states more pages than the file has: damaged, and none of them counted', () => {
    for (const payload of [2 ** 31, 2 ** 40, 2n ** 62n, 2n ** 64n - 1n]) {
      const cell = [...varint(payload), 7, ...bytes(400)];
      const { tree, records } = read(pageOf('leaf table', [cell, tableCell(5, 8)]));
      expect(tree).toMatchObject({ entries: 2, overflowPages: 0, isDamaged: true });
      expect(records).toHaveLength(1);
    }
  });

  test('of all cells are counted together', () => {
    const page = pageOf('leaf table', [
      tableCell(20_000, 1, 188),
      tableCell(600, 2, 92),
      tableCell(9, 3),
    ]);
    expect(read(page).tree?.overflowPages).toBe(39 + 1);
  });

  test('bytes that are reserved in every page are none of it', () => {
    // U = 480: M = 35, X = 445; K = 35 + (446 - 35) mod 476 = 446.
    const options = { reserved: 32 };
    for (const [payload, local, overflow] of [
      [445, 445, 0],
      [446, 35, 1],
      [600, 124, 1],
    ] as const) {
      const page = pageOf('leaf table', [tableCell(payload, 1, local)], options);
      const { tree, records } = read(page, options);
      expect([tree?.overflowPages, records[0]?.localBytes]).toEqual([overflow, local]);
    }
  });

  test('pages of 64 KiB', () => {
    // Their first byte of content is at 65536, written as 0 where nothing is in them.
    const full = pageOf('leaf table', [], { pageSize: 65536 });
    expect(read(full).tree?.unusedBytes).toBe(65536 - 8);
    const page = pageOf('leaf table', [tableCell(60_000, 1)], { pageSize: 65536 });
    expect(read(page).tree?.unusedBytes).toBe(65536 - 10 - 60_004);
  });
});

describe('inner pages', () => {
  test('of a table have children and no entries', () => {
    for (const number of [1, 2]) {
      const cells = [
        [0, 0, 0, 7, ...varint(10)],
        [0, 1, 0, 0, ...varint(300)],
      ];
      const { tree, records } = read(pageOf('inner table', cells, { number, last: 9 }), { number });
      expect(tree).toEqual({
        isLeaf: false,
        children: [7, 65536, 9],
        entries: 0,
        overflowPages: 0,
        isDamaged: false,
        unusedBytes: 512 - (number === 1 ? 100 : 0) - 12 - 4 - 5 - 6,
      });
      expect(records).toEqual([]);
    }
  });

  test('of an index have both', () => {
    const cell = [0, 0, 0, 7, ...indexCell(20)];
    const { tree, records } = read(pageOf('inner index', [cell], { last: 9 }));
    expect(tree).toEqual({
      isLeaf: false,
      children: [7, 9],
      entries: 1,
      overflowPages: 0,
      isDamaged: false,
      unusedBytes: 512 - 12 - 2 - 25,
    });
    expect(records).toEqual([
      { at: 512 - 20, localBytes: 20, roomBytes: 25 + 2, payload: bytes(20) },
    ]);
  });

  test('tell their children by themselves', () => {
    const inner = pageOf('inner table', [[0, 0, 0, 7, 1]], { last: 9 });
    expect(childrenOf(inner, 2)).toEqual([7, 9]);
    expect(childrenOf(pageOf('inner index', [], { last: 9 }), 2)).toEqual([9]);
    expect(childrenOf(pageOf('leaf table', [tableCell(5, 1)]), 2)).toBeUndefined();
    expect(childrenOf(pageOf('leaf index', [indexCell(5)]), 2)).toBeUndefined();
    expect(childrenOf(pageOf('inner table', [[0, 0, 0, 7, 1]], { number: 1, last: 9 }), 1)).toEqual(
      [7, 9],
    );
    // Wherever the bytes are.
    expect(childrenOf(new Uint8Array([1, 2, 3, ...inner]).subarray(3), 2)).toEqual([7, 9]);
  });

  test('that are damaged have none', () => {
    // A page whose pointers all lead to its own beginning.
    const inner = Uint8Array.of(5, ...new Uint8Array(511));
    const view = new DataView(inner.buffer);
    view.setUint16(3, 250);
    expect(childrenOf(inner, 2)).toHaveLength(251);
    view.setUint16(3, 251);
    expect(childrenOf(inner, 2)).toBeUndefined();
    view.setUint16(3, 1);
    view.setUint16(12, 508);
    expect(childrenOf(inner, 2)).toHaveLength(2);
    view.setUint16(12, 509);
    expect(childrenOf(inner, 2)).toBeUndefined();
  });
});

describe('space that nothing is in', () => {
  test('between pointers and cells, in fragments, in freed blocks', () => {
    const options = {
      fragments: 7,
      freed: [
        [300, 40],
        [400, 20],
      ],
    } as const;
    const page = pageOf('leaf table', [tableCell(5, 1)], options);
    new DataView(page.buffer).setUint16(5, 290);
    expect(read(page).tree?.unusedBytes).toBe(290 - 10 + 7 + 40 + 20);
  });

  test('damage makes no circle of the freed blocks, and no more of it than a page', () => {
    const page = pageOf('leaf table', []);
    const view = new DataView(page.buffer);
    const unused = () => read(page).tree?.unusedBytes;
    view.setUint16(5, 8);
    view.setUint16(1, 300);
    view.setUint16(302, 40);
    expect(unused()).toBe(40);
    // Back to itself, or to one before it.
    view.setUint16(300, 300);
    expect(unused()).toBe(40);
    view.setUint16(300, 200);
    view.setUint16(202, 3);
    expect(unused()).toBe(40);
    // A block has four bytes at least.
    view.setUint16(300, 508);
    view.setUint16(510, 5);
    expect(unused()).toBe(45);
    view.setUint16(300, 509);
    expect(unused()).toBe(40);
    view.setUint16(302, 60_000);
    expect(unused()).toBe(512);
    // Content that begins before the pointers end, or beyond the page.
    view.setUint16(1, 0);
    view.setUint16(5, 7);
    expect(unused()).toBe(0);
    view.setUint16(5, 600);
    expect(unused()).toBe(512 - 8);
  });
});

describe('pages that are not part of a tree', () => {
  const sound = pageOf('leaf table', [tableCell(5, 1)]);

  test('beyond the file, or only a part of it there', () => {
    const database = databaseOf(sound);
    expect(readTreePage(database, 0)).toBeUndefined();
    expect(readTreePage(database, -1)).toBeUndefined();
    expect(readTreePage(database, 3)).toBeUndefined();
    expect(readTreePage(database, 2)).toBeDefined();
    const cut = new BlockCache(
      blocksOf(memorySource(new Uint8Array([...new Uint8Array(512), ...sound.subarray(0, 500)]))),
      {
        capacityBytes: 2 ** 20,
      },
    );
    expect(readTreePage(new DatabasePages(cut, 512), 2)).toBeUndefined();
  });

  test('of another type', () => {
    for (const type of [0, 1, 3, 9, 14, 255]) damaged(Uint8Array.of(type, ...sound.subarray(1)));
  });

  test('with more pointers than fit, or pointers beyond it', () => {
    const page = Uint8Array.of(13, ...new Uint8Array(511));
    const view = new DataView(page.buffer);
    view.setUint16(3, 252);
    expect(read(page).tree).toMatchObject({ entries: 252 });
    view.setUint16(3, 253);
    damaged(page);
    view.setUint16(3, 1);
    view.setUint16(8, 508);
    expect(read(page).tree).toMatchObject({ entries: 1 });
    view.setUint16(8, 509);
    damaged(page);
    const inner = pageOf('inner table', [[0, 0, 0, 7, 1]], { last: 9 });
    new DataView(inner.buffer).setUint16(12, 509);
    damaged(inner);
  });

  test('a record that would end beyond it is passed over', () => {
    const page = pageOf('leaf table', [tableCell(5, 1), tableCell(6, 2)]);
    // The first cell, at the page's end, says one byte more than there is.
    page[512 - 7] = 6;
    const { tree, records } = read(page);
    expect(tree).toMatchObject({ entries: 2 });
    expect(records.map(({ payload }) => payload)).toEqual([bytes(6)]);
  });
});

describe('values of a record', () => {
  /** A record by its serial types and its bytes, on a page that goes on behind it. */
  function recordOf(
    types: readonly number[],
    body: readonly number[],
    localBytes?: number,
  ): LocalRecord {
    const typeBytes = types.flatMap(varint);
    const head = varint(typeBytes.length + 1);
    const payload = [...head, ...typeBytes, ...body];
    const page = new Uint8Array([0xff, 0xff, 0xff, ...payload, 0xee, 0xee]);
    return { page, at: 3, localBytes: localBytes ?? payload.length, roomBytes: 0 };
  }

  test.each([
    ['1 byte', 1, [0x7f], 127],
    ['1 byte, negative', 1, [0xff], -1],
    ['2 bytes', 2, [0x01, 0x02], 258],
    ['2 bytes, negative', 2, [0x80, 0x00], -32768],
    ['3 bytes', 3, [0x01, 0x00, 0x00], 65536],
    ['4 bytes', 4, [0x7f, 0xff, 0xff, 0xff], 2 ** 31 - 1],
    ['4 bytes, negative', 4, [0xff, 0xff, 0xff, 0xfe], -2],
    ['6 bytes', 5, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff], 2 ** 47 - 1],
    ['8 bytes', 6, [0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
    ['the constant 0', 8, [], 0],
    ['the constant 1', 9, [], 1],
    ['NULL', 0, [], undefined],
    ['a REAL', 7, [0x40, 0, 0, 0, 0, 0, 0, 0], undefined],
    ['what is reserved', 10, [], undefined],
    ['an empty BLOB', 12, [], undefined],
    ['a text', 15, [0x31], undefined],
  ])('an integer of %s', (_, type, body, value) => {
    expect(integerAt(recordOf([type], body), 0)).toBe(value);
    // With columns of every length before it.
    const before = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 17];
    const skipped = bytes(0 + 1 + 2 + 3 + 4 + 6 + 8 + 8 + 0 + 0 + 1 + 2);
    const record = recordOf([...before, type, 1], [...skipped, ...body, 5]);
    expect(integerAt(record, before.length)).toBe(value);
    expect(integerAt(record, before.length + 1)).toBe(5);
    expect(integerAt(record, before.length + 2)).toBeUndefined();
  });

  test('a BLOB is copied, a text is none', () => {
    const record = recordOf([1, 18, 19, 12], [5, 7, 8, 9, 0x61, 0x62, 0x63]);
    const blob = blobAt(record, 1);
    expect(blob).toEqual(Uint8Array.of(7, 8, 9));
    expect(blobAt(recordOf([2], [1, 2]), 0)).toBeUndefined();
    expect([0, 2, 4].map((column) => blobAt(record, column))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(blobAt(record, 3)).toEqual(new Uint8Array());
    record.page.fill(0);
    expect(blob).toEqual(Uint8Array.of(7, 8, 9));
  });

  test('a long value is marked by a type of several bytes', () => {
    const long = bytes(100);
    const record = recordOf([12 + 2 * 100, 1], [...long, 42]);
    expect(blobAt(record, 0)).toEqual(Uint8Array.from(long));
    expect(integerAt(record, 1)).toBe(42);
  });

  test('a type may be written in nine bytes, of which the last counts with all its bits', () => {
    const long = bytes(123);
    // A BLOB of 123 bytes has the type 12 + 2 × 123 = 258.
    const type = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0x02];
    const payload = [10, ...type, ...long];
    const page = Uint8Array.from(payload);
    const record = { page, at: 0, localBytes: payload.length, roomBytes: 0 };
    expect(blobAt(record, 0)).toEqual(Uint8Array.from(long));
  });

  test('what follows the types is none', () => {
    expect(integerAt(recordOf([18], [8, 8, 8]), 1)).toBeUndefined();
  });

  test('what is on an overflow page is not known here', () => {
    const types = [18, 2, 1];
    const body = [7, 8, 9, 1, 2, 3];
    // Header of 4 bytes: the BLOB ends at 7, the integer of two bytes at 9.
    const at = (localBytes: number) => {
      const record = recordOf(types, body, localBytes);
      return [blobAt(record, 0)?.length, integerAt(record, 1), integerAt(record, 2)];
    };
    expect(at(10)).toEqual([3, 258, 3]);
    expect(at(9)).toEqual([3, 258, undefined]);
    expect(at(8)).toEqual([3, undefined, undefined]);
    expect(at(7)).toEqual([3, undefined, undefined]);
    expect(at(6)).toEqual([undefined, undefined, undefined]);
    // Nor what the header says behind the end of what is here.
    expect(at(2)).toEqual([undefined, undefined, undefined]);
  });

  test('a header that goes on beyond the record ends with it', () => {
    const record = recordOf([8, 8], []);
    record.page[3] = 100;
    // The header gives where the values are: none of them is here.
    expect(integerAt(record, 0)).toBeUndefined();
    expect(integerAt(record, 5)).toBeUndefined();
    // Whatever length it states.
    const endless = { ...record, page: new Uint8Array(20).fill(0xff) };
    expect(integerAt(endless, 1)).toBeUndefined();
  });
});
