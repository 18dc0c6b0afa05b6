import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineFile } from '../../../../src/state/engine/database-bytes';
import { Engine } from '../../../../src/state/engine/engine';
import { memorySource, type SyncSource } from '../../../../src/state/engine/source';
import { proveLazyReads, type Sql } from '../../../../src/state/engine/sqljs';
import { RowBatch, RowPacker } from '../../../../src/base/packed-rows';
import type { SqlValue } from '../../../../src/state/types';
import { diskSource } from '../../../../src/cli/files/disk-source';
import { allRows, loadNodeSql, openOnDisk } from '../../../support/node-engine';

const folder = mkdtempSync(join(tmpdir(), 'engine-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

const make = (name: string, sql: string): string => {
  const path = join(folder, name);
  execFileSync('sqlite3', [path], { input: sql });
  return path;
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'passed';
  } catch (error) {
    return (error as { code?: string; name: string }).code ?? String(error);
  }
};

const fileOf = (
  bytes: Uint8Array | SyncSource,
  name = 'state.sql',
  modifiedMs = 0,
): EngineFile => ({
  name,
  source: bytes instanceof Uint8Array ? memorySource(bytes) : bytes,
  modifiedMs,
});
const options = { cacheBytes: 1024 * 1024, nowMs: 1e12 };
const open = (main: Uint8Array | SyncSource, wal?: Uint8Array): Engine =>
  new Engine(SQL, { main: fileOf(main), wal: wal && fileOf(wal, 'state.sql-wal') }, options);

describe('values', () => {
  let engine: Engine;
  beforeAll(() => {
    engine = openOnDisk(
      SQL,
      make(
        'values.db',
        `CREATE TABLE v (i INTEGER, u UNSIGNED LONG INT, r REAL, t TEXT, b BLOB);
         INSERT INTO v VALUES (9223372036854775807, -1, 1e300, 'a' || char(0) || 'b' || char(128512), zeroblob(300000)),
           (-9223372036854775808, 9007199254740993, -0.5, '', x''),
           (9007199254740991, 0, 9e999, NULL, x'00ff'), (9007199254740992, 5, 9007199254740994.0, 'é', NULL);`,
      ),
    );
  });

  test('come exactly: 64-bit integers, REAL, NUL in texts, long and empty blobs', () => {
    const rows = allRows(engine, 'SELECT * FROM v');
    expect(rows[0]?.slice(0, 4)).toEqual([9223372036854775807n, -1, 1e300, 'a\0b😀']);
    expect((rows[0]?.[4] as Uint8Array).length).toBe(300_000);
    expect(rows.slice(1)).toEqual([
      [-9223372036854775808n, 9007199254740993n, -0.5, '', new Uint8Array()],
      [9007199254740991, 0, Infinity, null, new Uint8Array([0, 255])],
      [9007199254740992n, 5, 9007199254740994, 'é', null],
    ]);
  });

  test('unsigned columns by name', () => {
    const cursor = engine.cursor('SELECT u, i FROM v', [], ['u']);
    expect(cursor.nextRow()).toEqual([18446744073709551615n, 9223372036854775807n]);
  });

  test('columns of one name are all there', () => {
    const cursor = engine.cursor('SELECT 1 AS a, 2 AS a, 3 AS b');
    expect(cursor.columns).toEqual(['a', 'a', 'b']);
    expect(cursor.nextRow()).toEqual([1, 2, 3]);
  });

  test('parameters of every type find the rows they should', () => {
    const count = (sql: string, params: readonly SqlValue[]): unknown =>
      allRows(engine, sql, params)[0]?.[0];
    expect(count('SELECT count(*) FROM v WHERE i = ?', [9223372036854775807n])).toBe(1);
    expect(count('SELECT count(*) FROM v WHERE i = ?', [9007199254740991])).toBe(1);
    expect(count('SELECT count(*) FROM v WHERE u = ?', [18446744073709551615n])).toBe(1);
    expect(count('SELECT count(*) FROM v WHERE b = ?', [new Uint8Array([0, 255])])).toBe(1);
    expect(count('SELECT count(*) FROM v WHERE t = ?', ['é'])).toBe(1);
    expect(count('SELECT typeof(?)', [5_000_000_000])).toBe('integer');
    expect(count('SELECT typeof(?)', [-9223372036854775808n])).toBe('integer');
  });

  test('packed rows come out as they went in', () => {
    const rows: SqlValue[][] = [
      [null, 1.5, -7n, 'text 😀', new Uint8Array([1, 2])],
      ['', 0, (2n ** 64n - 1n) >> 1n, '\ufeffbom', new Uint8Array()],
    ];
    const packer = new RowPacker(5);
    for (let i = 0; i < 100; i++) for (const row of rows) packer.push(row);
    const batch = new RowBatch(packer.take());
    expect(batch.length).toBe(200);
    expect([...batch].slice(-2)).toEqual(rows);
    expect([...batch.head(1)]).toEqual([rows[0]]);
  });
});

describe('what is refused, and how', () => {
  test('not a database, empty, encrypted, cut off, a lone -wal', () => {
    expect(codeOf(() => open(new TextEncoder().encode('not a database at all'.repeat(50))))).toBe(
      'not-a-database',
    );
    expect(codeOf(() => open(new Uint8Array()))).toBe('database-empty');
    expect(codeOf(() => open(new Uint8Array(), new Uint8Array(5000)))).toBe(
      'database-empty-with-wal',
    );
    expect(codeOf(() => open(new Uint8Array(randomBytes(16384))))).toBe('database-encrypted');
    expect(codeOf(() => open(diskSource('test/data/node/live_A/state.sql-wal')))).toBe(
      'wal-without-database',
    );
    const cut = join(folder, 'cut.sql');
    cpSync('public/sample/state.sql', cut);
    truncateSync(cut, 1_000_000);
    expect(codeOf(() => openOnDisk(SQL, cut))).toBe('database-truncated');
    truncateSync(cut, 60);
    expect(codeOf(() => openOnDisk(SQL, cut))).toBe('database-truncated');
  });

  test('a page of garbage is damage, and the connection lives on', () => {
    const path = join(folder, 'damaged.sql');
    cpSync('public/sample/state.sql', path);
    const engine = openOnDisk(SQL, path);
    const root = engine.trees().find(({ name }) => name === 'rewards')?.rootPage ?? 0;
    const bytes = new Uint8Array(diskSource(path).read(0, 2_564_096));
    bytes.set(randomBytes(4096), (root - 1) * 4096);
    writeFileSync(path, bytes);
    const damaged = openOnDisk(SQL, path);
    expect(codeOf(() => allRows(damaged, 'SELECT * FROM rewards'))).toBe('database-damaged');
    expect(allRows(damaged, 'SELECT count(*) FROM atxs')).toEqual([[72]]);
  });

  test.each([
    ['NotReadableError', 'file-changed'],
    ['NotFoundError', 'file-vanished'],
    ['NotAllowedError', 'file-not-allowed'],
    ['DataError', 'file-not-readable'],
  ])('%s of a read is %s, and the next query works again', (name, code) => {
    const disk = diskSource('public/sample/state.sql');
    let failing = false;
    const source: SyncSource = {
      sizeBytes: disk.sizeBytes,
      read: (offset, length) => {
        if (failing) throw new DOMException('no', name);
        return disk.read(offset, length);
      },
    };
    const engine = new Engine(SQL, { main: fileOf(source) }, { ...options, cacheBytes: 1 });
    failing = true;
    expect(codeOf(() => allRows(engine, 'SELECT sum(length(block)) FROM blocks'))).toBe(code);
    failing = false;
    expect(allRows(engine, 'SELECT count(*) FROM blocks')).toEqual([[125]]);
  });

  test('a cancel stops a query in the middle of its pages and of its rows', () => {
    let cancelled = false;
    const engine = new Engine(
      SQL,
      { main: fileOf(diskSource('public/sample/state.sql')) },
      { ...options, isCancelled: () => cancelled },
    );
    const cursor = engine.cursor('SELECT * FROM rewards');
    cursor.next(10);
    cancelled = true;
    expect(() => cursor.next(10)).toThrow(expect.objectContaining({ name: 'AbortError' }) as Error);
    cursor.close();
    expect(() => allRows(engine, 'SELECT sum(length(ballot)) FROM ballots')).toThrow(
      expect.objectContaining({ name: 'AbortError' }) as Error,
    );
    cancelled = false;
    expect(allRows(engine, 'SELECT count(*) FROM rewards')).toEqual([[604]]);
  });

  test('nothing writes: the words, the program and the connection each say no', () => {
    const engine = openOnDisk(SQL, 'public/sample/state.sql');
    expect(codeOf(() => engine.cursor('DELETE FROM rewards'))).toBe('sql-not-read-only');
    expect(codeOf(() => engine.cursor('PRAGMA user_version = 1'))).toBe('sql-pragma-refused');
    expect(codeOf(() => engine.cursor('SELECT nothing FROM nowhere'))).toBe('sql-error');
    expect(allRows(engine, 'PRAGMA query_only')).toEqual([[1]]);
  });

  test('the build of SQLite reads lazily', () => {
    expect(() => proveLazyReads(SQL)).not.toThrow();
  });
});

describe('the copy', () => {
  const liveMain = diskSource('test/data/node/live_A/state.sql');
  const liveWal = diskSource('test/data/node/live_A/state.sql-wal');
  const liveShm = diskSource('test/data/node/live_A/state.sql-shm');
  const codes = (
    files: { main: EngineFile; wal?: EngineFile; shm?: EngineFile },
    nowMs = 1e12,
  ): string[] =>
    new Engine(SQL, files, { ...options, nowMs }).info.findings.map(({ code }) => code);

  test('looks live when the -wal was just written and the main file was not', () => {
    const wal = fileOf(liveWal, 'state.sql-wal', 1e12 - 5000);
    expect(codes({ main: fileOf(liveMain, 'state.sql', 1e12 - 600_000), wal })).toEqual([
      'looks-live',
    ]);
    expect(codes({ main: fileOf(liveMain, 'state.sql', 1e12 - 6000), wal })).toEqual([]);
  });

  test('a -wal that was cut off is recognized by the -shm', () => {
    const half: SyncSource = { ...liveWal, sizeBytes: 32 + 500 * 4120 };
    expect(
      codes({
        main: fileOf(liveMain),
        wal: fileOf(half, 'state.sql-wal'),
        shm: fileOf(liveShm, 'state.sql-shm'),
      }),
    ).toContain('wal-torn');
  });

  test('files of two moments are distinguished by their salts', () => {
    const other = diskSource('test/data/node/shutdown_A/state.sql-shm');
    expect(
      codes({
        main: fileOf(liveMain),
        wal: fileOf(liveWal, 'state.sql-wal'),
        shm: fileOf(other, 'state.sql-shm'),
      }),
    ).toContain('copy-torn');
  });

  test('a main file that is too short for its -wal is recognized by the pages that are missing', () => {
    const short: SyncSource = { ...liveMain, sizeBytes: 4096 * 380 };
    expect(codes({ main: fileOf(short), wal: fileOf(liveWal, 'state.sql-wal') })).toContain(
      'copy-torn',
    );
  });

  test('when even the schema is missing, the copy is named as the reason', () => {
    const short: SyncSource = { ...liveMain, sizeBytes: 4096 * 5 };
    expect(
      codeOf(() => codes({ main: fileOf(short), wal: fileOf(liveWal, 'state.sql-wal') })),
    ).toBe('copy-torn');
  });

  test('a -wal of another page size is left out, and reports it', () => {
    const small = make(
      'small.db',
      'PRAGMA page_size=1024; CREATE TABLE t (a); INSERT INTO t VALUES (1);',
    );
    const engine = new Engine(
      SQL,
      { main: fileOf(diskSource(small)), wal: fileOf(liveWal, 'x-wal') },
      options,
    );
    expect(engine.info.findings.map(({ code }) => code)).toContain('wal-foreign');
    expect(allRows(engine, 'SELECT a FROM t')).toEqual([[1]]);
  });
});
