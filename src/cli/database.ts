/** A database on disk, opened with its -wal and -shm, for reading only. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import initSqlJs from 'sql.js';
import { WorkbenchError } from '../base/error';
import { Engine } from '../state/engine/engine';
import { loadSql } from '../state/engine/sqljs';
import type { Queryable } from '../state/queries/ask';
import type { EngineFile } from '../state/engine/database-bytes';
import type { SqlValue } from '../state/types';
import type { CliContext } from './context';
import { diskSource, type DiskSource } from './files/disk-source';
import { printable } from './output';

const cacheBytes = 64 * 1024 * 1024;
const defaultMaxRows = 100_000;

export interface CliDatabase extends Queryable {
  readonly engine: Engine;
}

/**
 * Opens a database, runs `use`, and closes it. What the files show about how they were copied goes to the error output.
 * Memory: 72 MiB for pages, and what SQLite needs for the query.
 * @throws WorkbenchError of the files and as `Engine`; the code of a finding that makes answers wrong
 */
export async function withDatabase<R>(
  context: CliContext,
  path: string,
  use: (database: CliDatabase) => Promise<R>,
): Promise<R> {
  const sources: DiskSource[] = [];
  const open = (filePath: string): EngineFile => {
    const source = diskSource(filePath);
    sources.push(source);
    return { name: basename(filePath), source, modifiedMs: source.modifiedMs };
  };
  const openIfPresent = (filePath: string): EngineFile | undefined =>
    existsSync(filePath) ? open(filePath) : undefined;
  let engine: Engine | undefined;
  try {
    const files = {
      main: open(path),
      wal: openIfPresent(`${path}-wal`),
      shm: openIfPresent(`${path}-shm`),
    };
    const sql = await loadSql({ module: await context.loadModule('sqlite'), init: initSqlJs });
    engine = new Engine(sql, files, { cacheBytes, nowMs: Date.now() });
    await reportFindings(context, engine);
    return await use({ engine, info: engine.info, query: queryOf(engine) });
  } finally {
    engine?.close();
    for (const source of sources) source.close();
  }
}

/** @throws WorkbenchError with the code of the first finding that is an error */
async function reportFindings(context: CliContext, { info }: Engine): Promise<void> {
  for (const { code, severity, message } of info.findings) {
    if (severity === 'error') throw new WorkbenchError(code, message);
    if (severity === 'info') continue;
    const text =
      code === 'wal-missing'
        ? `There is no ${info.name}-wal beside ${info.name}. A node keeps its latest changes there, even after it was stopped. If the node's folder has one, copy both files together; if it has none, this is everything.`
        : message;
    await context.err.write(`warning[${code}]: ${printable(text)}\n`);
  }
}

const queryOf =
  (engine: Engine): Queryable['query'] =>
  (sql, params = [], { maxRows = defaultMaxRows, unsigned = [] } = {}) => {
    const began = performance.now();
    const cursor = engine.cursor(sql, params, unsigned);
    try {
      const rows: SqlValue[][] = [];
      let row = cursor.nextRow();
      for (; row && rows.length < maxRows; row = cursor.nextRow()) rows.push(row);
      return Promise.resolve({
        columns: cursor.columns,
        rows,
        truncated: row !== undefined,
        ms: performance.now() - began,
      });
    } finally {
      cursor.close();
    }
  };
