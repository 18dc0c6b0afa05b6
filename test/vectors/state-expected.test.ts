/** Every answer of the small network's database, as the sqlite3 shell gave them (test/data/node/README). */
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/state/engine/engine';
import type { SqlParams, SqlValue } from '../../src/state/types';
import { allRows, loadNodeSql, openOnDisk } from '../support/node-engine';

interface Expected {
  readonly row_counts: Record<string, number>;
  readonly queries: Record<
    string,
    {
      readonly sql: string;
      readonly plan: readonly string[];
      readonly runs: readonly {
        readonly params: Record<string, string | number>;
        readonly rows: readonly Record<string, string | number | null>[];
      }[];
    }
  >;
}

const expected = JSON.parse(readFileSync('test/data/node/expected.json', 'utf8')) as Expected;

/** expected.json has integers beyond 2^53 as strings. */
const plain = (value: SqlValue): SqlValue => (typeof value === 'bigint' ? String(value) : value);

const bound = (params: Record<string, string | number>): SqlParams =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? hex.decode(value) : value,
    ]),
  );

describe('public/sample/state.sql', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = openOnDisk(await loadNodeSql(), 'public/sample/state.sql');
  });

  test('is recognised', () => {
    expect(engine.info).toMatchObject({
      kind: 'state',
      schemaVersion: 25,
      pageSize: 4096,
      sizeBytes: 2_564_096,
    });
    expect(engine.info.findings.map(({ code }) => code)).toEqual(['wal-missing']);
  });

  test.each(Object.entries(expected.row_counts))('%s has %i rows', (table, count) => {
    expect(allRows(engine, `SELECT count(*) FROM "${table}"`)).toEqual([[count]]);
  });

  for (const [name, { sql, plan, runs }] of Object.entries(expected.queries)) {
    test.each(runs.map((run, i) => [i, run] as const))(`${name}, run %i`, (_, { params, rows }) => {
      const cursor = engine.cursor(sql, bound(params));
      const answer: Record<string, SqlValue>[] = [];
      for (let row = cursor.nextRow(); row; row = cursor.nextRow())
        answer.push(
          Object.fromEntries(cursor.columns.map((column, i) => [column, plain(row[i] ?? null)])),
        );
      expect(answer).toEqual(rows);
    });
    if (plan.length > 0)
      test(`${name}: the plan uses the same indexes`, () => {
        const used = (lines: readonly string[]): string[] =>
          lines.flatMap((line) => /INDEX (\w+)/.exec(line)?.[1] ?? []).sort();
        expect(used(engine.plan(sql).map(({ detail }) => detail))).toEqual(used(plan));
      });
  }
});
