// What a scan will read is known from the tree: in a file where tables grew side by side, as a node's do.
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../../../src/state/engine/engine';
import { sqlite3, withPrivateCopy } from '../../../support/native-sqlite';
import { diskSource } from '../../../../src/cli/files/disk-source';
import { allRows, loadNodeSql } from '../../../support/node-engine';
import { recorded, type RecordingSource } from '../../../support/recorded-blocks';

const SQL = await loadNodeSql();

/** Two tables and an index that grow by turns: 38 MiB, each of them in pieces all over the file. */
const grow = `
  CREATE TABLE narrow (n INTEGER PRIMARY KEY, key BLOB, filler BLOB);
  CREATE TABLE wide (n INTEGER PRIMARY KEY, filler BLOB);
  CREATE INDEX by_key ON narrow (key);
  ${Array.from(
    { length: 20 },
    (_, i) => `
  INSERT INTO narrow SELECT value, randomblob(32), zeroblob(700) FROM generate_series(${i * 1000}, ${i * 1000 + 999});
  INSERT INTO wide SELECT value, zeroblob(900) FROM generate_series(${i * 1000}, ${i * 1000 + 999});`,
  ).join('')}`;

function withGrown<R>(use: (open: (background: boolean) => [Engine, RecordingSource]) => R): R {
  return withPrivateCopy('public/sample/state.sql', (path) => {
    sqlite3(path, grow);
    expect(statSync(path).size).toBeGreaterThan(35e6);
    return use((background) => {
      const source = diskSource(path);
      const blocks = recorded(source, background);
      const main = { name: 'state.sql', source, blocks, modifiedMs: 0 };
      const engine = new Engine(
        SQL,
        { main, wal: undefined, shm: undefined },
        { cacheBytes: 12 * 1024 * 1024, nowMs: 0 },
      );
      return [engine, blocks];
    });
  });
}

describe('a scan', () => {
  test.each([
    ['of a table', 'SELECT count(*), sum(n), sum(length(filler)) FROM wide', 0.4],
    ['of a table in pieces', 'SELECT count(*), sum(n), sum(length(filler)) FROM narrow', 0.4],
    [
      'of two at once',
      'SELECT sum(length(a.filler) * length(b.filler)) FROM narrow a JOIN wide b USING (n)',
      // They share what can be under way at once.
      0.7,
    ],
  ])('%s is read ahead of SQLite, and again the second time', (_, sql, demanded) => {
    withGrown((open) => {
      const [alone, onDemand] = open(false);
      const expected = allRows(alone, sql);
      const [engine, blocks] = open(true);
      for (let round = 0; round < 2; round++) {
        blocks.reads.length = blocks.demands = 0;
        expect(allRows(engine, sql)).toEqual(expected);
        expect(blocks.reads.length).toBeGreaterThan(4);
        expect(blocks.demands).toBeLessThan(demanded * blocks.reads.length);
        const read = blocks.reads.reduce((sum, [, length]) => sum + length, 0);
        const needed = onDemand.reads.reduce((sum, [, length]) => sum + length, 0);
        expect(read).toBeLessThan(1.75 * needed);
      }
    });
  });

  test('look-ups read nothing ahead', () => {
    withGrown((open) => {
      const [engine, blocks] = open(true);
      for (let i = 0; i < 200; i++) {
        const n = (i * 7919) % 20000;
        expect(allRows(engine, 'SELECT n FROM wide WHERE n = ?', [n])).toEqual([[n]]);
      }
      expect(blocks.demands).toBe(blocks.reads.length);
    });
  });
});
