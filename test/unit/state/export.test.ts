import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  Exporter,
  renamedColumns,
  uniqueNames,
  type ExportRequest,
} from '../../../src/state/export';
import type { SqlValue } from '../../../src/state/types';

const folder = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(
  columns: readonly string[],
  rows: Iterable<SqlValue[]>,
  request: Pick<ExportRequest, 'format'> & Partial<ExportRequest>,
): Map<string, Uint8Array> {
  const iterator = rows[Symbol.iterator]();
  const exporter = new Exporter(
    { columns, nextRow: () => iterator.next().value as SqlValue[] | undefined },
    { sql: '', params: [], unsigned: [], ...request },
  );
  const parts = new Map<string, Uint8Array[]>();
  for (let chunk = exporter.next(); chunk; chunk = exporter.next())
    parts.set(chunk.part, [...(parts.get(chunk.part) ?? []), chunk.bytes]);
  return new Map([...parts].map(([part, chunks]) => [part, Buffer.concat(chunks)]));
}

const text = (parts: Map<string, Uint8Array>, part = ''): string =>
  new TextDecoder().decode(parts.get(part));

const columns = ['layer', 'pubkey', 'note', 'note'];
const rows: SqlValue[][] = [
  [1, new Uint8Array([0, 255]), 'plain', null],
  [9007199254740993n, null, 'with "quotes", commas\nand lines', ''],
  [-0.5, new Uint8Array(), ' spaces ', 'é😀'],
];

describe('CSV', () => {
  test('quotes what needs it; NULL is nothing, an empty text is ""', () => {
    expect(text(run(columns, rows, { format: 'csv' }))).toBe(
      [
        'layer,pubkey,note,note_2',
        '1,00ff,plain,',
        '9007199254740993,,"with ""quotes"", commas\nand lines",""',
        '-0.5,," spaces ",é😀',
        '',
      ].join('\r\n'),
    );
  });

  test('Exporter: texts that a spreadsheet would run, defused unless the option is off', () => {
    const formula: SqlValue[] = ['=cmd()', -1, '-1', null, new Uint8Array([255])];
    const names = ['@a', 'b', 'c', 'd', 'e'];
    expect(text(run(names, [formula], { format: 'csv' }))).toBe(
      "'@a,b,c,d,e\r\n'=cmd(),-1,'-1,,ff\r\n",
    );
    expect(text(run(names, [formula], { format: 'csv', escapeFormulas: false }))).toBe(
      '@a,b,c,d,e\r\n=cmd(),-1,-1,,ff\r\n',
    );
  });

  test('an empty result has its header', () => {
    expect(text(run(['a', 'b'], [], { format: 'csv' }))).toBe('a,b\r\n');
  });

  test('millions of rows come in chunks', () => {
    const many = function* (): Generator<SqlValue[]> {
      for (let i = 0; i < 200_000; i++) yield [i, 'some text that takes room'];
    };
    const iterator = many();
    const exporter = new Exporter(
      { columns: ['i', 't'], nextRow: () => iterator.next().value as SqlValue[] | undefined },
      { sql: '', params: [], unsigned: [], format: 'csv' },
    );
    const sizes: number[] = [];
    for (let chunk = exporter.next(); chunk; chunk = exporter.next())
      sizes.push(chunk.bytes.length);
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBeLessThan(1.1 * 1024 * 1024);
  });
});

describe('JSON', () => {
  const known = [
    { layer: 1, pubkey: '00ff', note: 'plain', note_2: null },
    {
      layer: '9007199254740993',
      pubkey: null,
      note: 'with "quotes", commas\nand lines',
      note_2: '',
    },
    { layer: -0.5, pubkey: '', note: ' spaces ', note_2: 'é😀' },
  ];
  test('one array', () => {
    expect(JSON.parse(text(run(columns, rows, { format: 'json' })))).toEqual(known);
    expect(JSON.parse(text(run(columns, [], { format: 'json' })))).toEqual([]);
  });
  test('one object a line', () => {
    const lines = text(run(columns, rows, { format: 'ndjson' }))
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(known);
  });
});

describe('Parquet', () => {
  const read = async (bytes: Uint8Array | undefined): Promise<Record<string, unknown>[]> => {
    const path = join(folder, 'x.parquet');
    writeFileSync(path, bytes ?? new Uint8Array());
    return parquetReadObjects({ file: await asyncBufferFromFile(path), utf8: false });
  };

  test('is read back exactly, over several row groups', async () => {
    const many = Array.from({ length: 120_000 }, (_, i): SqlValue[] => [
      i % 10 === 0 ? null : BigInt(i) * 100_000_000_000n,
      i / 2,
      i % 3 === 0 ? null : `text ${i % 100}`,
      new Uint8Array([i & 255, i >> 8]),
    ]);
    const back = await read(run(['n', 'r', 't', 'b'], many, { format: 'parquet' }).get(''));
    expect(back.length).toBe(many.length);
    for (const i of [0, 1, 49_999, 50_000, 119_999])
      expect(Object.values(back[i] ?? {}).map((value) => value ?? null)).toEqual(many[i]);
  }, 60_000);

  test('mixed types are refused with the column’s name', () => {
    expect(() => run(['a'], [[1], ['x']].slice(), { format: 'parquet' })).toThrow(
      expect.objectContaining({ code: 'export-mixed-types', details: { column: 'a' } }) as Error,
    );
  });

  test('unsigned columns keep values beyond 2^63', async () => {
    const back = await read(
      run(['u'], [[18446744073709551615n], [5]], { format: 'parquet', unsigned: ['u'] }).get(''),
    );
    expect(back.map(({ u }) => u)).toEqual([18446744073709551615n, 5n]);
  });
});

describe('partitions', () => {
  test('one file for each epoch, named as Hive does', () => {
    const parts = run(
      ['layer', 'v'],
      [
        [5, 'a'],
        [12, 'b'],
        [19, 'c'],
        [null, 'd'],
      ],
      {
        format: 'csv',
        partition: { name: 'epoch', column: 'layer', divisor: 10 },
      },
    );
    expect([...parts.keys()]).toEqual(['epoch=0', 'epoch=1', 'epoch=__HIVE_DEFAULT_PARTITION__']);
    expect(text(parts, 'epoch=1')).toBe('layer,v\r\n12,b\r\n19,c\r\n');
  });

  test('a column that is not there is named', () => {
    expect(() =>
      run(['a'], [], { format: 'csv', partition: { name: 'epoch', column: 'layer', divisor: 1 } }),
    ).toThrow(expect.objectContaining({ code: 'export-no-column' }) as Error);
  });

  test('columns of one name: renamed alike in every format, and stated', async () => {
    const names = ['layer', 'hash', 'hash', 'layer'];
    const row: SqlValue[][] = [[1, 'a', 'b', 2n ** 63n]];
    const request = { unsigned: ['layer'] };
    const unique = ['layer', 'hash', 'hash_2', 'layer_2'];
    expect(text(run(names, row, { ...request, format: 'csv' })).split('\r\n')[0]).toBe(
      unique.join(','),
    );
    for (const format of ['json', 'ndjson'] as const) {
      const written = text(run(names, row, { ...request, format }));
      const [object] = [JSON.parse(written) as unknown].flat();
      expect(Object.keys(object as object), format).toEqual(unique);
    }
    const path = join(folder, 'alike.parquet');
    writeFileSync(path, run(names, row, { ...request, format: 'parquet' }).get('') ?? '');
    // The second `layer` is unsigned like the first one.
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(path) })).toEqual([
      { layer: 1n, hash: 'a', hash_2: 'b', layer_2: 2n ** 63n },
    ]);
    expect(renamedColumns(names)).toEqual(['hash → hash_2', 'layer → layer_2']);
    expect(renamedColumns(['a', 'b'])).toEqual([]);
  });

  test('large cells: written in pieces, the same as small ones', () => {
    const long = `"${'é😀"\n'.repeat(700_000)}`;
    const blob = new Uint8Array(3_000_000).map((_, i) => i % 251);
    const large: SqlValue[][] = [[long, blob]];
    const csv = text(run(['t', 'b'], large, { format: 'csv' }));
    const hex = Buffer.from(blob).toString('hex');
    expect(csv === `t,b\r\n"${long.replaceAll('"', '""')}",${hex}\r\n`).toBe(true);
    const [object] = JSON.parse(text(run(['t', 'b'], large, { format: 'json' }))) as {
      t: string;
      b: string;
    }[];
    expect(object?.t === long && object.b === hex).toBe(true);
  });

  test('names stay apart', () => {
    expect(uniqueNames(['a', 'a', 'a_2', 'a'])).toEqual(['a', 'a_2', 'a_2_2', 'a_3']);
  });
});
