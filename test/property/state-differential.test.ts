/**
 * Whatever the state of the -wal, the engine reads the rows that the sqlite3 program recovers from a private copy.
 * One start of the program for each session.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sql } from '../../src/state/engine/sqljs';
import { native, ours } from '../fuzz/databases';
import { loadNodeSql } from '../support/node-engine';
import {
  asBigEndian,
  generator,
  sessionSnapshots,
  tables,
  type Snapshot,
} from '../support/wal-shapes';

const sessions = 24;

let SQL: Sql;
const folder = mkdtempSync(join(tmpdir(), 'differential-'));
beforeAll(async () => {
  SQL = await loadNodeSql();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const questions = [
  'SELECT type, name, sql FROM sqlite_schema ORDER BY name',
  ...tables.map((table) => `SELECT quote(a), quote(b), quote(c) FROM ${table} ORDER BY 1, 2, 3`),
  'SELECT count(*) FROM t2 WHERE b IS NOT NULL',
  'PRAGMA page_count',
  'PRAGMA freelist_count',
  'PRAGMA integrity_check',
];
/** The ways in which a copy of the log goes wrong. */
function variants(snapshot: Snapshot, seed: number): Snapshot[] {
  const { name, main, wal } = snapshot;
  if (!wal || wal.length < 64) return [snapshot];
  const random = generator(seed);
  const flipped = (): Uint8Array => {
    const copy = new Uint8Array(wal);
    const at = random(wal.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    return copy;
  };
  const garbage = new Uint8Array(wal.length + 5000);
  garbage.set(wal);
  for (let i = wal.length; i < garbage.length; i++) garbage[i] = random(256);
  return [
    snapshot,
    { name: `${name}, cut`, main, wal: wal.slice(0, random(wal.length)) },
    { name: `${name}, flipped`, main, wal: flipped() },
    {
      name: `${name}, header flipped`,
      main,
      wal: ((copy) => copy.with(random(32), random(256)))(new Uint8Array(wal)),
    },
    { name: `${name}, garbage after`, main, wal: garbage },
    { name: `${name}, big-endian`, main, wal: asBigEndian(wal) },
    { name: `${name}, big-endian, cut`, main, wal: asBigEndian(wal).slice(0, random(wal.length)) },
  ];
}

describe('the same rows as sqlite3', () => {
  test.each(Array.from({ length: sessions }, (_, i) => i))('session %i', (seed) => {
    const snapshots = sessionSnapshots(folder, seed);
    expect(snapshots.length).toBeGreaterThan(4);
    const copies = snapshots.flatMap((snapshot, i) =>
      i % 3 === 0 ? variants(snapshot, seed * 100 + i) : [snapshot],
    );
    const expected = native(copies, questions);
    for (const [i, copy] of copies.entries())
      expect({ of: copy.name, answers: ours(SQL, copy, questions) }).toEqual({
        of: copy.name,
        answers: expected[i],
      });
  });
});
