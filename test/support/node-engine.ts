/** The engine over files on disk, as the worker has it over dropped ones. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import initSqlJs from 'sql.js';
import { diskSource } from '../../src/cli/files/disk-source';
import type { EngineFile } from '../../src/state/engine/database-bytes';
import { Engine, type EngineOptions } from '../../src/state/engine/engine';
import { loadSql, type Sql } from '../../src/state/engine/sqljs';
import type { Database } from '../../src/state/database';
import type { WorkerCall } from '../../src/state/database-worker';
import type { Cursor } from '../../src/state/engine/cursor';
import type { Queryable } from '../../src/state/queries/ask';
import { guardReadOnly } from '../../src/state/sql-text';
import { streamRows } from '../../src/state/stream';
import type { StateWorkerApi } from '../../src/state/worker-api';
import type { SqlParams, SqlValue } from '../../src/state/types';
import { RowBatch } from '../../src/base/packed-rows';
import { recorded } from './recorded-blocks';

/** SQLite as the tests load it. */
export const sqlWasm = createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');

export const loadNodeSql = (): Promise<Sql> =>
  loadSql({ module: new WebAssembly.Module(readFileSync(sqlWasm)), init: initSqlJs });

const engineFile = (path: string): EngineFile => ({
  name: basename(path),
  source: diskSource(path),
  modifiedMs: 0,
});

/** Read ahead as in the page, so that whatever is asked of the engine tries that, too. */
const mainFile = (path: string): EngineFile => {
  const file = engineFile(path);
  return { ...file, blocks: recorded(file.source) };
};

/** Opens a database with the -wal and -shm that are beside it. */
export function openOnDisk(
  SQL: Sql,
  path: string,
  options: Partial<EngineOptions> & { wal?: boolean; shm?: boolean } = {},
): Engine {
  const { wal = true, shm = true, ...rest } = options;
  return new Engine(
    SQL,
    {
      main: mainFile(path),
      wal: wal && existsSync(`${path}-wal`) ? engineFile(`${path}-wal`) : undefined,
      shm: shm && existsSync(`${path}-shm`) ? engineFile(`${path}-shm`) : undefined,
    },
    { cacheBytes: 16 * 1024 * 1024, nowMs: 10 * 24 * 3600 * 1000, ...rest },
  );
}

/** A copy of a database that statements have changed, beside nothing else in a folder of its own. Remove the folder after use. */
export async function editedCopy(path: string, statements: string): Promise<string> {
  const { Database } = await initSqlJs({ locateFile: () => sqlWasm });
  const database = new Database(readFileSync(path));
  database.run(statements);
  const copy = join(mkdtempSync(join(tmpdir(), 'state-')), basename(path));
  writeFileSync(copy, database.export());
  database.close();
  return copy;
}

/** All rows of a query. */
export function allRows(engine: Engine, sql: string, params: SqlParams = []): SqlValue[][] {
  const cursor = engine.cursor(sql, params);
  const rows: SqlValue[][] = [];
  while (!cursor.done) rows.push(...new RowBatch(cursor.next(10_000)));
  return rows;
}

/** The engine as the typed queries see a database. */
export const asQueryable = (engine: Engine): Queryable => ({
  info: engine.info,
  query: (sql, params = [], { maxRows = 100_000, unsigned = [] } = {}) => {
    const cursor = engine.cursor(sql, params, unsigned);
    const rows = [...new RowBatch(cursor.next(maxRows + 1))];
    const truncated = rows.length > maxRows;
    cursor.close();
    return Promise.resolve({
      columns: cursor.columns,
      rows: rows.slice(0, maxRows),
      truncated,
      ms: 0,
    });
  },
});

/** The engine as pages see a database, without the worker between them. One result is open at a time. */
export function asDatabase(engine: Engine): Pick<Database, 'info' | 'stream' | 'explain'> {
  let cursor: Cursor | undefined;
  const api: Pick<StateWorkerApi, 'start' | 'next' | 'stop'> = {
    start: ({ sql, params, unsigned }, maxRows, maxMs) => {
      cursor?.close();
      cursor = engine.cursor(sql, params, unsigned);
      return { columns: cursor.columns, batch: cursor.next(maxRows, maxMs), done: cursor.done };
    },
    next: (maxRows, maxMs) => {
      if (!cursor) throw new Error('no result is open');
      return { batch: cursor.next(maxRows, maxMs), done: cursor.done };
    },
    stop: () => {
      cursor?.close();
      cursor = undefined;
    },
  };
  const call: WorkerCall = (use) => use(api as never);
  return {
    info: engine.info,
    stream: async (sql, params, options) => {
      guardReadOnly(sql);
      options.signal?.throwIfAborted();
      return streamRows(call, sql, params, options);
    },
    explain: (sql) => Promise.resolve(engine.plan(sql)),
  };
}
