/** Copies of the sample with differences that were planted in them: all are found, and nothing else. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorkbenchError } from '../../../../src/base/error';
import { compareDatabases, type DatabaseComparison } from '../../../../src/state/compare/compare';
import { compareOrdered, compareUnordered, type Values } from '../../../../src/state/compare/rows';
import { Engine } from '../../../../src/state/engine/engine';
import type { Sql } from '../../../../src/state/engine/sqljs';
import { FaultySource } from '../../../support/faulty-source';
import { sqlite3, withPrivateCopy } from '../../../support/native-sqlite';
import { loadNodeSql, openOnDisk } from '../../../support/node-engine';

const sample = 'public/sample/state.sql';
const folder = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let SQL: Sql;
beforeAll(async () => {
  SQL = await loadNodeSql();
});

/** Edited by SQLite itself, in place: the pages that no statement touches stay as they are. */
function edited(name: string, statements: string, source = sample): string {
  const path = join(folder, name);
  copyFileSync(source, path);
  execFileSync('sqlite3', ['-batch', path], {
    input: `PRAGMA journal_mode=DELETE;\n${statements}`,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return path;
}

function compare(first: string, second: string): DatabaseComparison {
  const engines: Engine[] = [first, second].map((path) => openOnDisk(SQL, path));
  const [here, there] = engines;
  if (!here || !there) throw new Error('two databases are needed');
  try {
    return resultOf(here, there);
  } finally {
    for (const engine of engines) engine.close();
  }
}

function resultOf(here: Engine, there: Engine): DatabaseComparison {
  const work = compareDatabases(here, there);
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

const countsOf = ({ tables }: DatabaseComparison): Record<string, string> =>
  Object.fromEntries(
    tables
      .filter(({ onlyHere, onlyThere, different }) => onlyHere + onlyThere + different > 0)
      .map(({ name, onlyHere, onlyThere, different }) => [
        name,
        `-${onlyHere} +${onlyThere} ~${different}`,
      ]),
  );
const countOf = (path: string, table: string): number =>
  Number(execFileSync('sqlite3', [`file:${path}?immutable=1`, `SELECT count(*) FROM ${table}`]));

/** 20 rows that are gone, new or different, in tables with and without rowids. */
const planted = `
  DELETE FROM rewards WHERE layer = 50 AND pubkey = (SELECT min(pubkey) FROM rewards WHERE layer = 50);
  UPDATE rewards SET total_reward = total_reward + 1 WHERE layer = 77 AND pubkey = (SELECT min(pubkey) FROM rewards WHERE layer = 77);
  UPDATE rewards SET total_reward = total_reward + 1 WHERE layer = 66 AND pubkey = (SELECT max(pubkey) FROM rewards WHERE layer = 66);
  INSERT INTO rewards VALUES (x'${'ab'.repeat(32)}', x'${'cd'.repeat(24)}', 145, 5, 4);
  UPDATE layers SET state_hash = x'${'11'.repeat(32)}' WHERE id = 90;
  UPDATE layers SET state_hash = x'${'11'.repeat(32)}', aggregated_hash = x'${'22'.repeat(32)}' WHERE id = 101;
  DELETE FROM layers WHERE id = 120;
  UPDATE atxs SET coinbase = x'${'ef'.repeat(24)}' WHERE rowid = 5;
  DELETE FROM atxs WHERE rowid = 60;
  UPDATE atx_blobs SET atx = zeroblob(length(atx)) WHERE rowid = 7;
  UPDATE posts SET units = 99 WHERE rowid = 11;
  DELETE FROM posts WHERE rowid = 12;
  UPDATE ballots SET layer = 1 WHERE rowid = 100;
  DELETE FROM ballots WHERE rowid = 500;
  UPDATE blocks SET validity = -1 WHERE rowid = 3;
  UPDATE accounts SET balance = balance + 1 WHERE rowid = 200;
  INSERT INTO beacons VALUES (77, x'01020304');
  UPDATE activesets SET active_set = zeroblob(length(active_set)) WHERE epoch = 7;
  DELETE FROM certificates WHERE layer = 60;
  INSERT INTO recovery VALUES (1, 42);`;

describe('compareDatabases', () => {
  test('20 planted differences, 20 found, by table and kind', () => {
    const result = compare(sample, edited('planted.sql', planted));
    expect(countsOf(result)).toEqual({
      accounts: '-0 +0 ~1',
      activesets: '-0 +0 ~1',
      atx_blobs: '-0 +0 ~1',
      atxs: '-1 +0 ~1',
      ballots: '-1 +0 ~1',
      beacons: '-0 +1 ~0',
      blocks: '-0 +0 ~1',
      certificates: '-1 +0 ~0',
      layers: '-1 +0 ~2',
      posts: '-1 +0 ~1',
      recovery: '-0 +1 ~0',
      rewards: '-1 +1 ~2',
    });
    expect(
      result.tables.reduce((sum, row) => sum + row.onlyHere + row.onlyThere + row.different, 0),
    ).toBe(20);
    expect([result.firstStateHash, result.firstAggregatedHash]).toEqual([90, 101]);
    const rewards = result.tables.find(({ name }) => name === 'rewards');
    expect(rewards?.firstDifference).toMatchObject({ kind: 'only-here', key: { layer: 50 } });
    expect(rewards?.same).toBe(countOf(sample, 'rewards') - 3);
    expect(
      rewards?.differences.filter(({ kind }) => kind === 'different').map(({ columns }) => columns),
    ).toEqual([['total_reward'], ['total_reward']]);
    expect(result.equalPages).toBeGreaterThan(result.pages / 2);
  });

  test.each([
    ['the same file', ''],
    ['after VACUUM, with other pages', 'DELETE FROM ballots WHERE 0; VACUUM;'],
    ['with pages of another size', 'PRAGMA page_size=1024; VACUUM;'],
    [
      'with rows in another order, as of another node',
      'CREATE TEMP TABLE old AS SELECT * FROM rewards; DELETE FROM rewards; INSERT INTO rewards SELECT * FROM old ORDER BY layer DESC, pubkey;',
    ],
  ])('%s: no difference, and every row is the same', (name, statements) => {
    const result = compare(sample, edited(`${name.slice(0, 12)}.sql`, statements));
    expect(countsOf(result)).toEqual({});
    for (const { name: table, same } of result.tables)
      expect([table, same]).toEqual([table, countOf(sample, table)]);
  });

  test('an overflow page alone differs, its row’s own page is equal: the row is found', () => {
    const grown = edited(
      'grown.sql',
      `UPDATE atx_blobs SET atx = atx || zeroblob(9000) WHERE rowid = 20;
       UPDATE activesets SET active_set = active_set || zeroblob(9000) WHERE epoch = 3;`,
    );
    const other = edited(
      'tail.sql',
      `UPDATE atx_blobs SET atx = substr(atx, 1, length(atx) - 1) || x'07' WHERE rowid = 20;
       UPDATE activesets SET active_set = substr(active_set, 1, length(active_set) - 1) || x'07' WHERE epoch = 3;`,
      grown,
    );
    expect(countsOf(compare(grown, other))).toEqual({
      activesets: '-0 +0 ~1',
      atx_blobs: '-0 +0 ~1',
    });
  });

  test('a table and a column that one of them lacks: reported, the rest is compared', () => {
    const result = compare(
      sample,
      edited('schema.sql', 'DROP TABLE poets; ALTER TABLE posts ADD COLUMN extra INT;'),
    );
    const of = (table: string) => result.tables.find(({ name }) => name === table);
    expect(of('poets')).toMatchObject({ same: null, onlyHere: countOf(sample, 'poets') });
    expect(of('posts')).toMatchObject({ notCompared: ['extra'], different: 0 });
    expect(of('posts')?.same).toBe(countOf(sample, 'posts'));
    expect(result.hashesCompared).toBe(true);
    const without = edited('hashes.sql', 'ALTER TABLE layers DROP COLUMN state_hash;');
    expect(compare(sample, without)).toMatchObject({ hashesCompared: false, firstStateHash: null });
  });

  test('rewards that name no smesher: equal keys are compared as a group', () => {
    const unnamed = edited('unnamed.sql', 'UPDATE rewards SET pubkey = NULL WHERE layer < 60;');
    const changed = edited(
      'unnamed-changed.sql',
      'UPDATE rewards SET total_reward = 1 WHERE rowid = (SELECT min(rowid) FROM rewards WHERE layer = 40);',
      unnamed,
    );
    expect(countsOf(compare(unnamed, changed))).toEqual({ rewards: '-0 +0 ~1' });
  });

  test('copies with write-ahead logs: the pages of the logs are compared, as SQLite counts', () => {
    const [live, shutdown] = ['live_A', 'shutdown_A'].map(
      (name) => `test/data/node/${name}/state.sql`,
    );
    const result = compare(live ?? '', shutdown ?? '');
    const counted = withPrivateCopy(live ?? '', (a) =>
      withPrivateCopy(shutdown ?? '', (b) =>
        sqlite3(
          a,
          ['atxs', 'rewards', 'layers', 'ballots']
            .map(
              (name) =>
                `SELECT count(*) FROM (SELECT * FROM main.${name} INTERSECT SELECT * FROM b.${name});`,
            )
            .join('\n')
            .replace(/^/, `ATTACH '${b}' AS b;\n`),
        ),
      ),
    );
    const of = (table: string) => result.tables.find(({ name }) => name === table);
    expect(['atxs', 'rewards', 'layers', 'ballots'].map((name) => of(name)?.same)).toEqual(
      counted.trim().split('\n').map(Number),
    );
    // live_A has 54 ATXs, 4 of them in the log; shutdown_A has 72, 8 of them in the log.
    expect(of('atxs')).toMatchObject({ onlyHere: 0, onlyThere: 18 });
    expect(of('rewards')).toMatchObject({ same: 479, onlyHere: 0, onlyThere: 125 });
  });
});

test('compareDatabases: any read of either file fails, its error and no counts, and then all of them', () => {
  const sources = [sample, edited('faults.sql', planted)].map(
    (path) => new FaultySource(new Uint8Array(readFileSync(path))),
  );
  const engines = sources.map(
    (source) =>
      new Engine(
        SQL,
        { main: { name: 'state.sql', source, blocks: undefined, modifiedMs: 0 }, wal: undefined },
        { cacheBytes: 1, pageCacheBytes: 1, nowMs: 1e12 },
      ),
  );
  const [here, there] = engines;
  if (!here || !there) throw new Error('two databases are needed');
  const whole = (): DatabaseComparison => resultOf(here, there);
  for (const source of sources) source.plan(() => false);
  const truth = whole();
  const reads = sources.map((source) => source.reads);
  for (const [i, source] of sources.entries()) {
    const last = reads[i] ?? 0;
    expect(last).toBeGreaterThan(20);
    const step = Math.max(1, Math.floor(last / 25));
    for (let failing = 1; failing <= last; failing += step) {
      source.plan((read) => read === failing);
      let answer: DatabaseComparison | string;
      try {
        answer = whole();
      } catch (error) {
        answer = error instanceof WorkbenchError ? error.code : String(error);
      }
      source.heal();
      expect(answer, `read ${failing} of ${last}`).toBe('file-changed');
    }
  }
  expect(whole()).toEqual(truth);
  for (const engine of engines) engine.close();
});

test('compareOrdered and compareUnordered: the same differences, whatever the rows', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 200; round++) {
    const rows = (): Values[] =>
      Array.from({ length: random(12) }, () => [random(6), random(2) ? random(3) : null]).sort(
        (a, b) => Number(a[0]) - Number(b[0]),
      );
    const [here, there] = [rows(), rows()];
    const run = (work: typeof compareOrdered): string[] => {
      const found: string[] = [];
      Array.from(
        work({
          ...{ here: here.values(), there: there.values(), keyOf: (row) => row.slice(0, 1) },
          report: (kind, key) => found.push(`${String(key[0])} ${kind}`),
        }),
      );
      return found.sort();
    };
    expect(run(compareUnordered)).toEqual(run(compareOrdered));
  }
});
