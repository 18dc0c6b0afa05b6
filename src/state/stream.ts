/** A result in batches, as it comes. */
import { untilAbort } from '../base/abort';
import type { WorkerCall } from './database-worker';
import { RowBatch } from '../base/packed-rows';
import type { QueryOptions, SqlParams } from './types';

export interface StreamOptions extends QueryOptions {
  /** Rows in a batch (default 20,000); the first batch comes after 200, so that a table can show it. */
  readonly batchRows?: number | undefined;
  /** The next batch but one is read only when the promise that this returned has resolved. */
  readonly onBatch: (batch: RowBatch, columns: readonly string[]) => void | Promise<void>;
}

export interface StreamEnd {
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly truncated: boolean;
  readonly ms: number;
}

const defaultMaxRows = 100_000;
const defaultBatchRows = 20_000;
const firstBatchRows = 200;

/** Runs a statement by `call`. While `onBatch` works on one batch the next is being read; no more than these two are in memory. */
export async function streamRows(
  call: WorkerCall,
  sql: string,
  params: SqlParams,
  options: StreamOptions,
): Promise<StreamEnd> {
  const { onBatch, signal, unsigned = [] } = options;
  const { maxRows = defaultMaxRows, maxBytes = Infinity } = options;
  const batchRows = options.batchRows ?? defaultBatchRows;
  const began = performance.now();
  // One row more than wanted tells whether there are more.
  let left = maxRows + 1;
  const first = await call((api) =>
    api.start({ sql, params, unsigned }, Math.min(firstBatchRows, batchRows, left), 100),
  );
  const { columns } = first;
  let rowCount = 0;
  let sizeBytes = 0;
  let truncated = false;
  let current: { batch: RowBatch; done: boolean } = {
    batch: new RowBatch(first.batch),
    done: first.done,
  };
  for (;;) {
    const { batch, done } = current;
    left -= batch.length;
    sizeBytes += batch.sizeBytes;
    const tooMany = left <= 0;
    truncated = tooMany || (sizeBytes > maxBytes && !done);
    const kept = tooMany ? batch.head(batch.length - 1) : batch;
    rowCount += kept.length;
    const more = !done && !truncated;
    const reading = more ? call((api) => api.next(Math.min(batchRows, left), 1000)) : undefined;
    // A failure of the reading must not be unhandled while the page still works on the batch before.
    reading?.catch(() => undefined);
    await untilAbort(onBatch(kept, columns), signal);
    if (!reading) break;
    const next = await reading;
    current = { batch: new RowBatch(next.batch), done: next.done };
  }
  if (truncated) await call((api) => api.stop());
  return { columns, rowCount, truncated, ms: performance.now() - began };
}
