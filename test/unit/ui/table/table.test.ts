import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cellText,
  compareCells,
  csvField,
  plainBlobFormats,
  tableOf,
  tsvField,
  type Cell,
} from '../../../../src/ui/cells';
import { arrangeRows } from '../../../../src/ui/table/arrange';
import { parseFilter } from '../../../../src/ui/table/filter';
import { selectionAsTsv, tableAsFile } from '../../../../src/ui/table/file';
import { VirtualRows } from '../../../../src/ui/table/virtual-rows';
import type { Sort } from '../../../../src/ui/table/columns';
import { hexDump } from '../../../../src/ui/hex-dump';

const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.string(),
  fc.constantFrom('abc', 'abcd', 'ab'),
  fc.uint8Array({ maxLength: 9 }),
);
const plain = (value: Cell): string => cellText(value, undefined);
const column = (values: readonly Cell[]) =>
  tableOf(
    ['v'],
    values.map((value) => [value]),
  );
const matches = (filter: string, value: Cell): boolean =>
  parseFilter(filter)?.(value, () => plain(value)) ?? true;

describe('sorting', () => {
  test('is stable and orders as compareCells does, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { maxLength: 60 }),
        fc.boolean(),
        async (values, descending) => {
          const sort: Sort = { column: 0, descending };
          const rows = await arrangeRows(column(values), { tests: [], sort, shownText: plain });
          const wanted = values
            .map((_, i) => i)
            .sort(
              (a, b) =>
                (descending ? -1 : 1) * compareCells(values[a] ?? null, values[b] ?? null) || a - b,
            );
          expect([...(rows ?? [])]).toEqual(wanted);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('merges runs of more rows than one call sorts', async () => {
    const values = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 10_007);
    const rows = await arrangeRows(column(values), {
      tests: [],
      sort: { column: 0, descending: false },
      shownText: plain,
    });
    const sorted = [...(rows ?? [])];
    expect(new Set(sorted).size).toBe(values.length);
    const wrong = sorted.findIndex((row, i) => {
      const before = sorted[i - 1];
      if (before === undefined) return false;
      const order = (values[before] ?? 0) - (values[row] ?? 0);
      return order > 0 || (order === 0 && before > row);
    });
    expect(wrong).toBe(-1);
  });

  test.each<[string, (i: number) => string]>([
    ['differ only far behind', (i) => `stest1qqqqqq-same-${(i * 7919) % 5003}`],
    ['begin all alike, some ending there', (i) => 'ab'.repeat((i * 31) % 4)],
    [
      'need more than a byte a letter',
      (i) => `${'é'.repeat(i % 3)}${String.fromCharCode(0x4e00 + ((i * 7919) % 900))}`,
    ],
    ['are all equal', () => 'same'],
  ])('sorts texts that %s', async (_, text) => {
    const values = Array.from({ length: 6000 }, (__, i) => text(i));
    for (const descending of [false, true]) {
      const rows = await arrangeRows(column(values), {
        tests: [],
        sort: { column: 0, descending },
        shownText: plain,
      });
      const sign = descending ? -1 : 1;
      const wanted = values
        .map((_value, i) => i)
        .sort((a, b) => sign * compareCells(values[a] ?? null, values[b] ?? null) || a - b);
      expect([...(rows ?? [])]).toEqual(wanted);
    }
  });

  test('distinguishes integers that doubles do not', async () => {
    const values = [2n ** 63n + 1n, 2 ** 63, 2n ** 63n - 1n];
    const rows = await arrangeRows(column(values), {
      tests: [],
      sort: { column: 0, descending: false },
      shownText: plain,
    });
    expect([...(rows ?? [])]).toEqual([2, 1, 0]);
  });

  test('stops when it is no longer wanted', async () => {
    const stop = new AbortController();
    const values = Array.from({ length: 200_000 }, (_, i) => String(-i));
    const sorting = arrangeRows(
      column(values),
      { tests: [], sort: { column: 0, descending: false }, shownText: plain },
      stop.signal,
    );
    stop.abort();
    await expect(sorting).rejects.toThrow();
  });

  test('leaves the event loop its turns over many rows', async () => {
    const values = Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await arrangeRows(column(values), {
      tests: [],
      sort: { column: 0, descending: true },
      shownText: plain,
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('filters', () => {
  test.each<[string, Cell, boolean]>([
    ['', 5, true],
    ['abc', 'xABCx', true],
    ['abc', 'abd', false],
    ['>5', 6, true],
    ['>5', 5, false],
    ['<= 5', 5n, true],
    ['=18446744073709551615', 18446744073709551615n, true],
    ['=18446744073709551615', 18446744073709551614n, false],
    ['!=3', 4, true],
    ['3..7', 7, true],
    ['3..7', 8, false],
    ['3 .. 7', 7, true],
    [`<${'9'.repeat(1000)}`, 5, true],
    ['1,000..2,000', 1500n, true],
    ['null', null, true],
    ['null', 0, false],
    ['!null', 0, true],
    ['!null', null, false],
    ['>5', null, false],
    ['=abc', 'abc', true],
    ['0aff', new Uint8Array([10, 255]), true],
    ['>x', 5, false],
  ])('%j of %s is %s', (filter, value, passes) => {
    expect(matches(filter, value)).toBe(passes);
  });

  test('keep the order of the rows and combine', async () => {
    const data = tableOf(
      ['a', 'b'],
      [
        [1, 'x'],
        [2, 'y'],
        [3, 'x'],
        [4, 'x'],
      ],
    );
    const tests = [
      [0, parseFilter('>1') ?? (() => false)],
      [1, parseFilter('x') ?? (() => false)],
    ] as const;
    expect([
      ...((await arrangeRows(data, { tests, sort: undefined, shownText: plain })) ?? []),
    ]).toEqual([2, 3]);
    expect(
      await arrangeRows(data, { tests: [], sort: undefined, shownText: plain }),
    ).toBeUndefined();
  });
});

describe('files and the clipboard', () => {
  const data = tableOf(
    ['id', 'id', 'note'],
    [
      [new Uint8Array([1, 2]), 2n ** 60n, 'a "b",\nc'],
      [null, 1.5, ''],
    ],
  );
  const hexOnly = () => plainBlobFormats[0];

  const selection = (source = data, columns = [0, 1, 2], rows: Iterable<number> = [0, 1]) => ({
    data: source,
    rows,
    columns,
    formatOf: hexOnly,
  });

  test('tableAsFile: NULL and the empty text, differ in CSV', async () => {
    const csv = await (await tableAsFile(selection(), 'csv')).text();
    expect(csv).toBe('id,id_2,note\r\n0102,1152921504606846976,"a ""b"",\nc"\r\n,1.5,""\r\n');
  });

  test('tableAsFile: JSON, has every digit and every column', async () => {
    const json = await (await tableAsFile(selection(data, [0, 1, 2], [1, 0]), 'json')).text();
    expect(JSON.parse(json)).toEqual([
      { id: null, id_2: 1.5, note: '' },
      { id: '0102', id_2: '1152921504606846976', note: 'a "b",\nc' },
    ]);
    const empty = await tableAsFile(selection(tableOf(['a'], []), [0], []), 'json');
    expect(JSON.parse(await empty.text())).toEqual([]);
  });

  const risky = selection(tableOf(['=a', 'b'], [['+1', -1]]), [0, 1], [0]);

  test('tableAsFile: texts that a spreadsheet would run, defused unless the option is off', async () => {
    const csv = await tableAsFile(risky, 'csv');
    expect(await csv.text()).toBe("'=a,b\r\n'+1,-1\r\n");
    const plain = await tableAsFile(risky, 'csv', { escapeFormulas: false });
    expect(await plain.text()).toBe('=a,b\r\n+1,-1\r\n');
  });

  test('selectionAsTsv: texts that a spreadsheet would run, defused unless the option is off', async () => {
    expect(await selectionAsTsv(risky, { header: true })).toBe("'=a\tb\n'+1\t-1");
    expect(await selectionAsTsv(risky, { header: true, escapeFormulas: false })).toBe(
      '=a\tb\n+1\t-1',
    );
  });

  test.each(['=1+1', '+1', '-1', '@sum(a1)', '\t=1', '\r=1', '=a\tb'])(
    'tsvField: %j, begins with an apostrophe',
    (text) => {
      expect(tsvField(text, text, { escapeFormulas: true })).toMatch(/^"?'/);
    },
  );

  test('selectionAsTsv: a rectangle with its header, keeps its grid', async () => {
    expect(await selectionAsTsv(selection(data, [1, 0], [1, 0]), { header: true })).toBe(
      'id\tid_2\n1.5\t\n1152921504606846976\t0102',
    );
    expect(tsvField('a\tb', 'a\tb', { escapeFormulas: true })).toBe('"a\tb"');
    expect(csvField(null, '', { escapeFormulas: true })).toBe('');
  });

  test('shows a BLOB as hex where another form does not apply', () => {
    const text = plainBlobFormats.find(({ id }) => id === 'text');
    const base64 = plainBlobFormats.find(({ id }) => id === 'base64');
    expect(cellText(new Uint8Array([0xff]), text)).toBe('ff');
    expect(cellText(new TextEncoder().encode('täg'), text)).toBe('täg');
    const long = new Uint8Array(70_000).fill(7);
    expect(cellText(long, base64)).toBe(Buffer.from(long).toString('base64'));
  });
});

describe('virtual rows', () => {
  test('reach every row, also beyond what a browser can scroll', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000_000 }),
        fc.integer({ min: 60, max: 900 }),
        fc.nat(),
        (rowCount, viewHeight, pick) => {
          const rows = new VirtualRows(rowCount, 30, viewHeight);
          expect(rows.height).toBeLessThanOrEqual(VirtualRows.maxHeight);
          const row = pick % rowCount;
          const scrollTop = rows.reveal(row, 0);
          const { first, count, top } = rows.at(scrollTop);
          expect(row).toBeGreaterThanOrEqual(first);
          expect(row).toBeLessThan(first + count);
          expect(count).toBeLessThan(50);
          // The row is inside the view, to a pixel of rounding.
          const y = top + (row - first) * 30 - scrollTop;
          expect(y).toBeGreaterThanOrEqual(-1);
          if (viewHeight >= 30) expect(y + 30).toBeLessThanOrEqual(viewHeight + 1);
        },
      ),
    );
  });
});

describe('hex dump', () => {
  test('shows offsets, bytes and what is ASCII', () => {
    expect(hexDump(new TextEncoder().encode('PoST Workbench\n!?'))).toBe(
      '00000000  50 6f 53 54 20 57 6f 72  6b 62 65 6e 63 68 0a 21  PoST Workbench.!\n' +
        '00000010  3f                                                ?',
    );
    expect(hexDump(new Uint8Array(40), 16, 16).split('\n')).toHaveLength(1);
    expect(hexDump(new Uint8Array())).toBe('');
  });
});
