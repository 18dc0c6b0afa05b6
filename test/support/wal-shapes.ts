/** Databases with a -wal in every state that a node, a crash or a bad copy can leave, made by the sqlite3 program. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Small, seeded, good enough to choose shapes with: mulberry32. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

export interface Snapshot {
  readonly name: string;
  readonly main: Uint8Array;
  readonly wal: Uint8Array | undefined;
}

export const tables = ['t0', 't1', 't2'] as const;

const pageSizes = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

/** One session of writes, with copies of the files taken in the middle of it. */
export function sessionSnapshots(folder: string, seed: number): Snapshot[] {
  const random = generator(seed);
  const pageSize = pageSizes[seed % pageSizes.length] ?? 4096;
  const autoVacuum =
    ['NONE', 'FULL', 'INCREMENTAL'][Math.floor(seed / pageSizes.length) % 3] ?? 'NONE';
  const path = join(folder, `s${seed}.db`);
  const script = [
    `PRAGMA page_size=${pageSize};`,
    `PRAGMA auto_vacuum=${autoVacuum};`,
    'PRAGMA journal_mode=WAL;',
    'PRAGMA wal_autocheckpoint=0;',
    'PRAGMA cache_size=4;',
    'CREATE TABLE t0 (a INTEGER PRIMARY KEY, b BLOB, c);',
    'CREATE TABLE t1 (a TEXT PRIMARY KEY, b INTEGER, c REAL) WITHOUT ROWID;',
  ];
  const bytes = (): number => (random(3) === 0 ? random(pageSize * 2) : random(60));
  const insert = (rows: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     INSERT INTO t0 (b, c) SELECT randomblob(${bytes()}), CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN i + 0.5 WHEN 2 THEN i WHEN 3 THEN 'text ' || i END FROM n;
     INSERT OR IGNORE INTO t1 SELECT hex(randomblob(8)), a * 4611686018427387, a / 4.0 FROM t0 ORDER BY a DESC LIMIT ${rows};`;
  let copies = 0;
  const copy = (): string => {
    const to = `${path}.copy${copies++}`;
    return `.shell cp ${path} ${to}; cp ${path}-wal ${to}-wal`;
  };
  for (let step = 0; step < 9; step++) {
    switch (random(9)) {
      case 0:
        script.push(insert(1 + random(80)), copy());
        break;
      case 1:
        script.push(`DELETE FROM t0 WHERE a % ${2 + random(3)} = 0;`, insert(5), copy());
        break;
      case 2:
        // Uncommitted pages spill into the log; the copy must not show them.
        script.push(
          'BEGIN;',
          insert(60 + random(60)),
          copy(),
          random(2) ? 'COMMIT;' : 'ROLLBACK;',
          copy(),
        );
        break;
      case 3:
        script.push('PRAGMA wal_checkpoint(RESTART);', insert(1 + random(10)), copy());
        break;
      case 4:
        script.push('PRAGMA wal_checkpoint(TRUNCATE);', copy(), insert(1 + random(20)), copy());
        break;
      case 5:
        script.push('DELETE FROM t0;', 'VACUUM;', copy());
        break;
      case 6:
        script.push(
          'DELETE FROM t0 WHERE a % 2 = 1;',
          `PRAGMA incremental_vacuum(${1 + random(20)});`,
          copy(),
        );
        break;
      case 7:
        script.push(
          'CREATE TABLE IF NOT EXISTS t2 (a, b, c);',
          'CREATE INDEX IF NOT EXISTS t2_b ON t2 (b);',
          'INSERT INTO t2 SELECT * FROM t0;',
          copy(),
        );
        break;
      default:
        script.push(
          'PRAGMA wal_checkpoint(PASSIVE);',
          `UPDATE t0 SET c = a WHERE a < ${random(50)};`,
          copy(),
        );
    }
  }
  execFileSync('sqlite3', ['-batch', path], {
    input: script.join('\n'),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return readdirSync(folder)
    .filter((name) => name.startsWith(`s${seed}.db.copy`) && !name.endsWith('-wal'))
    .sort()
    .map((name) => {
      const wal = join(folder, `${name}-wal`);
      return {
        name: `${name}, ${pageSize}, ${autoVacuum}`,
        main: readFileSync(join(folder, name)),
        wal: existsSync(wal) ? readFileSync(wal) : undefined,
      };
    });
}

export interface Frame {
  readonly page: number;
  readonly bytes: Uint8Array;
  /** Pages of the database after this commit; 0: the frame does not commit. */
  readonly pageCount: number;
}

/** A log with these frames and correct checksums, whatever its numbers claim. */
export function logOf(pageSize: number, frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  const log = new Uint8Array(32 + frames.length * (24 + pageSize));
  const view = new DataView(log.buffer);
  view.setUint32(4, 3007000);
  view.setUint32(8, pageSize);
  view.setUint32(16, 1);
  view.setUint32(20, 2);
  for (const [i, { page, bytes, pageCount }] of frames.entries()) {
    const at = 32 + i * (24 + pageSize);
    view.setUint32(at, page);
    view.setUint32(at + 4, pageCount);
    view.setUint32(at + 8, 1);
    view.setUint32(at + 12, 2);
    log.set(bytes, at + 24);
  }
  return asBigEndian(log);
}

/** The same log with sums over big-endian words, as a big-endian machine writes it. */
export function asBigEndian(wal: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(wal);
  if (copy.length < 32) return copy;
  const view = new DataView(copy.buffer);
  const pageSize = view.getUint32(8);
  const salts = [view.getUint32(16), view.getUint32(20)];
  view.setUint32(0, 0x377f0683);
  let [s0, s1] = [0, 0];
  const add = (from: number, length: number): void => {
    for (let at = from; at < from + length; at += 8) {
      s0 = (s0 + view.getUint32(at) + s1) >>> 0;
      s1 = (s1 + view.getUint32(at + 4) + s0) >>> 0;
    }
  };
  add(0, 24);
  view.setUint32(24, s0);
  view.setUint32(28, s1);
  for (let at = 32; at + 24 + pageSize <= copy.length; at += 24 + pageSize) {
    if (view.getUint32(at + 8) !== salts[0] || view.getUint32(at + 12) !== salts[1]) break;
    add(at, 8);
    add(at + 24, pageSize);
    view.setUint32(at + 16, s0);
    view.setUint32(at + 20, s1);
  }
  return copy;
}
