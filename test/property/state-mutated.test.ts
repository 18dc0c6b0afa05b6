/**
 * Broken databases and logs: an answer or an error that says something, never a hang or a crash of SQLite.
 * 2,400 of them, about 15 s.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../src/base/error';
import { SpaceScan } from '../../src/state/engine/space';
import { Engine } from '../../src/state/engine/engine';
import { diskSource } from '../../src/cli/files/disk-source';
import { memorySource } from '../../src/state/engine/source';
import type { Sql } from '../../src/state/engine/sqljs';
import { allRows, loadNodeSql, openOnDisk } from '../support/node-engine';
import { generator, sessionSnapshots, type Snapshot } from '../support/wal-shapes';

const mutants = 2400;
const batches = 12;
/** Far beyond what any of these small files needs: whoever reaches it hangs. */
const deadlineMs = 5000;

let SQL: Sql;
const seeds: Snapshot[] = [];
const folder = mkdtempSync(join(tmpdir(), 'mutated-'));
beforeAll(async () => {
  SQL = await loadNodeSql();
  for (const seed of [0, 3, 10, 19])
    seeds.push(
      ...sessionSnapshots(folder, seed)
        .filter(({ main }) => main.length < 300_000)
        .slice(0, 5),
    );
  const sample = diskSource('test/data/node/live_A/local.sql');
  const wal = diskSource('test/data/node/live_A/local.sql-wal');
  seeds.push({
    name: 'local.sql',
    main: sample.read(0, sample.sizeBytes),
    wal: wal.read(0, wal.sizeBytes),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Random = (below: number) => number;

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = new Uint8Array(bytes);
  const at = random(copy.length);
  switch (random(7)) {
    case 0:
      return copy.slice(0, at);
    case 1:
      copy.fill(0, at, at + 1 + random(4096));
      return copy;
    case 2:
      copy.copyWithin(at, random(copy.length), random(copy.length));
      return copy;
    case 3:
      // The headers of the file and of its pages are where a wrong number leads furthest.
      copy[random(Math.min(128, copy.length))] = random(256);
      return copy;
    case 4:
      for (let page = 0; page < copy.length; page += 512)
        if (random(4) === 0 && page + 12 < copy.length) copy[page + random(12)] = random(256);
      return copy;
    default:
      for (let i = 0; i < 1 + random(20); i++) copy[random(copy.length)] = random(256);
      return copy;
  }
}

function mutant(random: Random): Snapshot {
  const { name, main, wal } = seeds[random(seeds.length)] ?? {
    name: '',
    main: new Uint8Array(),
    wal: undefined,
  };
  const where = random(3);
  return {
    name,
    main: where === 0 && wal ? main : mutate(main, random),
    wal: wal && where !== 1 && wal.length > 0 ? mutate(wal, random) : wal,
  };
}

/** What happened to one of them: 'answered', or the code of the error. Anything else is thrown. */
function ask({ main, wal }: Snapshot): string {
  const began = performance.now();
  const outcome = (error: unknown): string => {
    if (error instanceof WorkbenchError) return error.code;
    throw error;
  };
  let engine: Engine;
  try {
    engine = new Engine(
      SQL,
      {
        main: { name: 'main', source: memorySource(main), modifiedMs: 0 },
        wal: wal && { name: 'main-wal', source: memorySource(wal), modifiedMs: 0 },
      },
      {
        cacheBytes: 512 * 1024,
        nowMs: 1e12,
        isCancelled: () => performance.now() - began > deadlineMs,
      },
    );
  } catch (error) {
    return outcome(error);
  }
  let result = 'answered';
  try {
    for (const { name, kind } of engine.info.tables) {
      if (kind !== 'table') continue;
      try {
        const table = `"${name.replaceAll('"', '""')}"`;
        allRows(engine, `SELECT * FROM ${table} LIMIT 2000`);
        allRows(engine, `SELECT count(*) FROM ${table}`);
      } catch (error) {
        result = outcome(error);
      }
    }
    try {
      allRows(engine, 'PRAGMA integrity_check(3)');
      for (const exact of [false, true]) {
        const scan = new SpaceScan(engine.pages, engine.trees(), { exact, datings: [] });
        while (!scan.step(100));
      }
    } catch (error) {
      result = outcome(error);
    }
  } finally {
    engine.close();
  }
  return result;
}

const told = new Set([
  'answered',
  'database-damaged',
  'database-empty',
  'database-empty-with-wal',
  'database-encrypted',
  'database-truncated',
  'not-a-database',
  'copy-torn',
  'wal-torn',
  'wal-foreign',
  'wal-version',
  'wal-without-database',
  'query-too-large',
  'sql-error',
]);

describe('broken databases', () => {
  test.each(Array.from({ length: batches }, (_, i) => i))(`batch %i of ${batches}`, (batch) => {
    const random = generator(1000 + batch);
    for (let i = 0; i < mutants / batches; i++) {
      const broken = mutant(random);
      const result = ask(broken);
      expect(told, `${broken.name}: ${result}`).toContain(result);
    }
  });

  test('after all of them SQLite still answers', () => {
    const engine = openOnDisk(SQL, 'public/sample/state.sql');
    expect(allRows(engine, 'SELECT count(*) FROM rewards')).toEqual([[604]]);
  });
});
