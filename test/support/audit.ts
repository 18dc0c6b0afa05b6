/** What audits run on in Node: the sample's database, open for tampering, and engines in this thread. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import initSqlJs, { type BindParams, type Database } from 'sql.js';
import { LabelQueue, type AuditEngines } from '../../src/audit/engines';
import type { PoetFacts } from '../../src/audit/evidence';
import { inspectAtx } from '../../src/audit/inspect/inspect-atx';
import { inspectPoet } from '../../src/audit/inspect/poets';
import { toHex } from '../../src/base/bytes';
import type { Queryable } from '../../src/state/queries/ask';
import type { SqlValue } from '../../src/state/types';
import { openRandomx } from './kernels';
import { loadNodeSql, openOnDisk } from './node-engine';
import { labelEngines } from './post-fixtures';

const samplePath = 'public/sample/state.sql';

/** The small network's database in memory. What `tampered` changes is as it was when `use` has ended. */
export interface SampleDatabase extends Queryable {
  tampered<R>(
    sql: string,
    params: Readonly<Record<string, SqlValue>>,
    use: () => Promise<R>,
  ): Promise<R>;
}

export async function openSample(): Promise<SampleDatabase> {
  const engine = openOnDisk(await loadNodeSql(), samplePath);
  const { info } = engine;
  const wasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
  const SQL = await initSqlJs({ locateFile: () => wasm });
  const database = new SQL.Database(readFileSync(samplePath));
  return {
    info,
    query: (sql, params = {}) => Promise.resolve(ask(database, sql, params)),
    async tampered(sql, params, use) {
      database.run('SAVEPOINT before');
      try {
        database.run(sql, bind(params));
        if (database.getRowsModified() === 0) throw new Error(`nothing was changed by ${sql}`);
        return await use();
      } finally {
        database.run('ROLLBACK TO before; RELEASE before');
      }
    },
  };
}

type Params = Readonly<Record<string, SqlValue>> | readonly SqlValue[];

/** sql.js declares neither that it binds bigints nor that it gives them. */
const bind = (params: Params): BindParams =>
  (Array.isArray(params)
    ? params
    : Object.fromEntries(
        Object.entries(params).map(([name, value]) => [`:${name}`, value]),
      )) as BindParams;

function ask(database: Database, sql: string, params: Params) {
  const statement = database.prepare(sql, bind(params));
  const get = statement.get.bind(statement) as unknown as (
    params: null,
    config: { readonly useBigInt: boolean },
  ) => unknown[];
  try {
    const rows: SqlValue[][] = [];
    while (statement.step()) rows.push(get(null, { useBigInt: true }).map(asEngineGivesIt));
    return { columns: statement.getColumnNames(), rows, truncated: false, ms: 0 };
  } finally {
    statement.free();
  }
}

/** Integers as numbers while these hold them. */
const asEngineGivesIt = (value: unknown): SqlValue =>
  typeof value === 'bigint' &&
  BigInt(Number(value)) === value &&
  Number.isSafeInteger(Number(value))
    ? Number(value)
    : (value as SqlValue);

/** One set for a complete suite: RandomX takes 1.5 s to open, and is opened at its first use. */
export function nodeAuditEngines(): AuditEngines {
  const closing = new AbortController();
  const queue = new LabelQueue(() => Promise.resolve(labelEngines()), closing.signal, 1);
  const poets = new Map<string, PoetFacts>();
  let pow: ReturnType<typeof openRandomx> | undefined;
  return {
    description: 'this thread',
    labels: (wanted) => queue.labels(wanted),
    powHash: async (input) => (await (pow ??= openRandomx()))(input),
    inspectAtx: (evidence, network) => Promise.resolve(inspectAtx(evidence, network)),
    inspectPoet: (blob) => {
      const key = toHex(blob);
      const facts = poets.get(key) ?? inspectPoet(blob);
      poets.set(key, facts);
      return Promise.resolve(facts);
    },
    close: () => closing.abort(),
  };
}
