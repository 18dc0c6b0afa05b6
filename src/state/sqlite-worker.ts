/** Workers with SQLite running in them, as yet without a database: one may wait, so that opening a file does not. */
import sqlWasmUrl from 'sql.js/dist/sql-wasm-browser.wasm?url';
import { WorkbenchError } from '../base/error';
import { WorkerHandle } from '../workers/rpc';
import type { StateWorkerApi } from './worker-api';
import { spawnState } from '../workers/state/spawn';

let compiled: Promise<WebAssembly.Module> | undefined;
/** SQLite as the workers instantiate it; loaded once per page. @throws WorkbenchError `sqlite-not-loaded` */
export const compileSql = (): Promise<WebAssembly.Module> =>
  (compiled ??= WebAssembly.compileStreaming(fetch(sqlWasmUrl)).catch((cause: unknown) => {
    compiled = undefined;
    throw new WorkbenchError(
      'sqlite-not-loaded',
      'SQLite could not be loaded. Check the connection to this page and try again.',
      {},
      { cause },
    );
  }));

/** Takes the module from the page: a worker has no connection to load it by itself (src/server/headers.ts). */
export function useCompiledSql(module: WebAssembly.Module): void {
  compiled = Promise.resolve(module);
}

export type StateHandle = WorkerHandle<StateWorkerApi>;

/** A worker with SQLite running in it, as yet without a database. */
function startWorker(): { readonly handle: StateHandle; readonly prepared: Promise<void> } {
  const handle = new WorkerHandle<StateWorkerApi>(spawnState);
  const prepared = compileSql().then((module) => handle.call((api) => api.prepare(module)));
  prepared.catch(() => handle.terminate());
  return { handle, prepared };
}

let spare: ReturnType<typeof startWorker> | undefined;

/**
 * Starts a worker ahead of need: for a database that is dropped soon, or to take over from a worker that is ended in the
 * middle of a query. At most one waits.
 * @throws WorkbenchError `sqlite-not-loaded`
 */
export function warmUp(): Promise<void> {
  if (!spare?.handle.alive) spare = startWorker();
  return spare.prepared;
}

/** The worker that waits, or a new one. */
export function takeWorker(): ReturnType<typeof startWorker> {
  const ready = spare?.handle.alive ? spare : startWorker();
  spare = undefined;
  return ready;
}
