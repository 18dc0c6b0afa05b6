/**
 * Whatever the state of the -wal, the engine reads the rows that the sqlite3 program recovers from a private copy.
 * About 20 s on two cores: it is the program's starts that cost.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../src/base/error';
import { Engine } from '../../src/state/engine/engine';
import { memorySource } from '../../src/state/engine/source';
import type { Sql } from '../../src/state/engine/sqljs';
import { allRows, loadNodeSql } from '../support/node-engine';
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
const separator = '---';

/** What the program prints for each question: rows, or "error". */
function native({ main, wal }: Snapshot): string[] {
  const path = join(folder, 'native.db');
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
  writeFileSync(path, main);
  if (wal) writeFileSync(`${path}-wal`, wal);
  const input = questions.map((sql) => `${sql};\n.print ${separator}\n`).join('');
  const { stdout, stderr } = spawnSync('sqlite3', ['-batch', '-noheader', path], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const answers = stdout.split(`${separator}\n`).slice(0, questions.length);
  const failed = new Set(
    [...stderr.matchAll(/near line (\d+)/g)].map(([, line]) => (Number(line) - 1) / 2),
  );
  return answers.map((answer, i) => (failed.has(i) ? 'error' : answer));
}

function ours({ main, wal }: Snapshot): string[] {
  let engine: Engine;
  try {
    engine = new Engine(
      SQL,
      {
        main: { name: 'main', source: memorySource(main), modifiedMs: 0 },
        wal: wal && { name: 'main-wal', source: memorySource(wal), modifiedMs: 0 },
      },
      { cacheBytes: 512 * 1024, nowMs: 1e12 },
    );
  } catch (error) {
    if (error instanceof WorkbenchError) return questions.map(() => 'error');
    throw error;
  }
  const answers = questions.map((sql) => {
    try {
      return allRows(engine, sql)
        .map((row) => `${row.map((value) => String(value ?? '')).join('|')}\n`)
        .join('');
    } catch (error) {
      if (error instanceof WorkbenchError) return 'error';
      throw error;
    }
  });
  engine.close();
  return answers;
}

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
    for (const [i, snapshot] of snapshots.entries())
      for (const variant of i % 3 === 0 ? variants(snapshot, seed * 100 + i) : [snapshot])
        expect({ of: variant.name, answers: ours(variant) }).toEqual({
          of: variant.name,
          answers: native(variant),
        });
  });
});
