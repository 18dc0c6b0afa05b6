/** Between a file and a row: whatever read fails, an answer is right or it is refused, and the next one is right. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../../src/base/error';
import type { EngineFile } from '../../../../src/state/engine/database-bytes';
import { Engine } from '../../../../src/state/engine/engine';
import {
  memorySource,
  type BlockSource,
  type SyncSource,
} from '../../../../src/state/engine/source';
import { proveLazyReads, type Sql } from '../../../../src/state/engine/sqljs';
import type { SqlValue } from '../../../../src/state/types';
import { FaultySource, throughHelper } from '../../../support/faulty-source';
import { allRows, loadNodeSql } from '../../../support/node-engine';
import { recorded } from '../../../support/recorded-blocks';

const folder = mkdtempSync(join(tmpdir(), 'failed-reads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let SQL: Sql;
let bytes: Uint8Array;
beforeAll(async () => {
  SQL = await loadNodeSql();
  const path = join(folder, 'two.db');
  // Two tables whose pages alternate, with overflow chains and an index: 1.3 MB, ten blocks of the cache.
  execFileSync('sqlite3', [path], {
    input: `CREATE TABLE a (id INTEGER PRIMARY KEY, k INTEGER, b BLOB); CREATE INDEX a_k ON a (k);
      CREATE TABLE c (id INTEGER PRIMARY KEY, t TEXT);
      CREATE TRIGGER fill AFTER INSERT ON a BEGIN INSERT INTO c VALUES (new.id, hex(zeroblob(60)) || new.k); END;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
        INSERT INTO a SELECT i, i * 7919 % 1000, CASE WHEN i % 40 = 0 THEN zeroblob(9000) ELSE zeroblob(700) END FROM n;
      DROP TRIGGER fill;`,
  });
  bytes = new Uint8Array(readFileSync(path));
});

const queries = {
  scan: 'SELECT count(*), sum(length(b)) FROM a',
  rows: 'SELECT id, k, length(b) FROM a',
  index: 'SELECT k, length(b) FROM a WHERE k BETWEEN 100 AND 200 ORDER BY k',
  join: 'SELECT a.id, c.t FROM a JOIN c USING (id) WHERE a.k % 25 = 0',
  group: 'SELECT k % 10, count(*), sum(length(b)) FROM a GROUP BY 1 ORDER BY 2, 1',
  check: 'PRAGMA integrity_check',
};

type Path = (source: SyncSource) => BlockSource | undefined;
const paths: Record<string, Path> = {
  'direct path': () => undefined,
  prefetch: (source) => recorded(source),
  'helper thread': (source) => throughHelper(source),
};

// The smallest caches there are, so that every query reads.
const options = { cacheBytes: 1, pageCacheBytes: 1, nowMs: 1e12 };
const fileOf = (source: SyncSource, path: Path = () => undefined): EngineFile => ({
  name: 'state.sql',
  source,
  blocks: path(source),
  modifiedMs: 0,
});

/** Pairs of failing reads further apart than this are tried with FAULT_PAIRS=Infinity, which takes some minutes. */
const pairDistance = Number(process.env['FAULT_PAIRS'] ?? 2);

/** The rows, or the code or name of the error. */
function answerOf(engine: Engine, sql: string): SqlValue[][] | string {
  try {
    return allRows(engine, sql);
  } catch (error) {
    return error instanceof WorkbenchError ? error.code : (error as Error).name;
  }
}

describe.each(Object.entries(paths))('a read that fails, on the %s', (name, path) => {
  test.each(Object.entries(queries))(
    'query %s: every read alone, in pairs and from there on, right rows or file-changed, and then right rows',
    (_, sql) => {
      const source = new FaultySource(bytes);
      const engine = new Engine(SQL, { main: fileOf(source, path) }, options);
      const right = allRows(engine, sql);
      const outcomes = { rows: 0, refused: 0 };
      const tryWith = (failing: (read: number) => boolean): number => {
        source.plan(failing);
        const answer = answerOf(engine, sql);
        const { reads } = source;
        source.heal();
        if (typeof answer === 'string') expect(answer).toBe('file-changed');
        else expect(answer).toEqual(right);
        outcomes[typeof answer === 'string' ? 'refused' : 'rows']++;
        expect(answerOf(engine, sql)).toEqual(right);
        return reads;
      };
      for (let first = 1; ; first++) {
        if (tryWith((read) => read === first) < first) break;
        tryWith((read) => read >= first);
        for (let second = first + 1; second <= first + pairDistance; second++)
          if (tryWith((read) => read === first || read === second) < second) break;
      }
      // The reads of a thread that helps are repeated without it, so that only some failures reach the user.
      expect(outcomes.refused).toBeGreaterThan(name === 'direct path' ? 20 : 5);
    },
  );
});

test('a failed read of the -wal: every read alone, right rows or file-changed with its name', () => {
  const main = memorySource(readFileSync('test/data/node/live_A/state.sql'));
  const wal = new FaultySource(readFileSync('test/data/node/live_A/state.sql-wal'));
  const open = (): Engine =>
    new Engine(
      SQL,
      { main: fileOf(main), wal: { name: 'state.sql-wal', source: wal, modifiedMs: 0 } },
      options,
    );
  const sql = 'SELECT layer, total_reward, hex(pubkey) FROM rewards ORDER BY 1, 3';
  const right = allRows(open(), sql);
  expect(right.length).toBe(479);
  let failed = 0;
  for (let first = 1; ; first++) {
    wal.plan((read) => read === first);
    let answer: SqlValue[][] | string;
    try {
      answer = allRows(open(), sql);
    } catch (error) {
      expect(error).toMatchObject({ code: 'file-changed' });
      expect((error as Error).message).toMatch(/^state\.sql-wal /);
      failed++;
      continue;
    }
    expect(answer).toEqual(right);
    if (wal.reads < first) break;
  }
  expect(failed).toBeGreaterThan(4);
});

test('a -shm that cannot be read is a finding, not a silent gap in the checks', () => {
  const shm = new FaultySource(new Uint8Array(32768));
  shm.plan(() => true);
  const engine = new Engine(
    SQL,
    {
      main: fileOf(memorySource(bytes)),
      shm: { name: 'state.sql-shm', source: shm, modifiedMs: 0 },
    },
    options,
  );
  expect(engine.info.findings.map(({ code }) => code)).toContain('shm-not-read');
});

describe('a cancel', () => {
  /** Moments: before every page that SQLite reads, every read of the file and every row. */
  const cancelAt = (moments: number): { isCancelled: () => boolean; count: number } => {
    const state = { count: 0, isCancelled: () => ++state.count >= moments };
    return state;
  };

  // 10,000 with CANCELS=10000.
  const cancels = Number(process.env['CANCELS'] ?? 2_000);

  test('at thousands of random moments: AbortError or right rows, and then right rows', () => {
    let current = cancelAt(Infinity);
    const source = new FaultySource(bytes);
    const engine = new Engine(
      SQL,
      { main: fileOf(source, paths['prefetch']) },
      { ...options, isCancelled: () => current.isCancelled() },
    );
    const cases = [queries.index, queries.rows, 'SELECT sum(length(t)) FROM c'].map((sql) => {
      current = cancelAt(Infinity);
      const right = allRows(engine, sql);
      return { sql, right, moments: current.count };
    });
    let seed = 12345;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const outcomes = { cancelled: 0, answered: 0 };
    for (let i = 0; i < cancels; i++) {
      const { sql, right, moments } = cases[i % cases.length] ?? expect.fail('there are cases');
      current = cancelAt(1 + Math.floor(random() * moments * 1.05));
      const answer = answerOf(engine, sql);
      current = cancelAt(Infinity);
      if (typeof answer === 'string') expect(answer).toBe('AbortError');
      else if (answer.length !== right.length) expect(answer).toEqual(right);
      outcomes[typeof answer === 'string' ? 'cancelled' : 'answered']++;
      // The next query is another one, so that it meets what the cancelled one left behind.
      const next = cases[(i + 1) % cases.length] ?? expect.fail('there are cases');
      const after = answerOf(engine, next.sql);
      if (JSON.stringify(after) !== JSON.stringify(next.right)) expect(after).toEqual(next.right);
    }
    expect(outcomes.cancelled).toBeGreaterThan(cancels * 0.8);
    expect(outcomes.answered).toBeGreaterThan(cancels * 0.01);
  });
});

describe('damage', () => {
  const garbage = (read: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
    // Not the first page, which names the page size.
    read.map((byte, i) => (i % 4096 < 8 && i >= 4096 ? 0xff : byte));

  test('of every reading: is reported as database-damaged, after the file was read twice', () => {
    const source = new FaultySource(bytes);
    const engine = new Engine(SQL, { main: fileOf(source) }, options);
    source.corrupt(() => true, garbage);
    expect(answerOf(engine, queries.rows)).toBe('database-damaged');
    source.heal();
    expect(answerOf(engine, 'SELECT count(*) FROM c')).toEqual([[900]]);
  });

  test('of one reading: is never reported as damage, and the answer is discarded', () => {
    const source = new FaultySource(bytes);
    const engine = new Engine(SQL, { main: fileOf(source) }, options);
    const right = allRows(engine, queries.rows);
    const outcomes = new Set<unknown>();
    for (let first = 1; first <= 8; first++) {
      source.corrupt((read) => read === first, garbage);
      const answer = answerOf(engine, queries.rows);
      source.heal();
      if (typeof answer === 'string') outcomes.add(answer);
      expect(answerOf(engine, queries.rows)).toEqual(right);
    }
    expect([...outcomes]).toEqual(['readings-differ']);
  });

  test.each([
    ['SELECT corrupted FROM a', 'sql-error'],
    [`SELECT json('{bad')`, 'sql-error'],
    [`SELECT abs(-9223372036854775808)`, 'sql-error'],
    [`SELECT zeroblob(2000000000)`, 'query-too-large'],
  ])('is judged by result codes, not by words: %s is %s', (sql, code) => {
    const engine = new Engine(SQL, { main: fileOf(memorySource(bytes)) }, options);
    expect(answerOf(engine, sql)).toBe(code);
    expect(answerOf(engine, 'SELECT count(*) FROM a')).toEqual([[900]]);
  });
});

describe('a file that changes', () => {
  test('replaced by another database after a failed read: file-changed until it is back', () => {
    const original = new FaultySource(bytes);
    const other = bytes.slice();
    new DataView(other.buffer).setUint32(24, 4711);
    let isReplaced = false;
    const source: SyncSource = {
      sizeBytes: bytes.length,
      read: (offset, length) =>
        isReplaced ? other.slice(offset, offset + length) : original.read(offset, length),
    };
    const engine = new Engine(SQL, { main: fileOf(source) }, options);
    const right = allRows(engine, queries.rows);
    original.plan(() => true);
    expect(answerOf(engine, queries.rows)).toBe('file-changed');
    isReplaced = true;
    expect(answerOf(engine, queries.rows)).toBe('file-changed');
    expect(answerOf(engine, queries.rows)).toBe('file-changed');
    isReplaced = false;
    original.heal();
    expect(answerOf(engine, queries.rows)).toEqual(right);
  });

  test.each([
    ['NotFoundError', 'file-vanished'],
    ['NotReadableError', 'file-changed'],
    ['NotAllowedError', 'file-not-allowed'],
  ])('%s until it comes back: %s, then right rows', (name, code) => {
    const source = new FaultySource(bytes);
    const engine = new Engine(SQL, { main: fileOf(source) }, options);
    const right = allRows(engine, queries.join);
    source.plan(() => true, name);
    for (let i = 0; i < 3; i++) expect(answerOf(engine, queries.join)).toBe(code);
    source.heal();
    expect(answerOf(engine, queries.join)).toEqual(right);
  });
});

test('proveLazyReads: refuses a build whose failed reads succeed', () => {
  expect(() => proveLazyReads(SQL)).not.toThrow();
  // A build that swallows the errors of its file: a failed read is a success with zeros.
  const Database = new Proxy(SQL.Database, {
    construct: (
      target,
      [contents]: [{ subarray?: (start: number, end: number) => Uint8Array }?],
    ) => {
      if (contents?.subarray && !(contents instanceof Uint8Array)) {
        const plain = contents.subarray.bind(contents);
        contents.subarray = (start, end) => {
          try {
            return plain(start, end);
          } catch {
            return new Uint8Array(end - start);
          }
        };
      }
      return new target(contents as Uint8Array | undefined);
    },
  });
  expect(() => proveLazyReads({ ...SQL, Database })).toThrow(
    expect.objectContaining({ code: 'sqlite-not-lazy' }) as Error,
  );
});
