/** A result in batches, as it comes. */
import type { RowBatch } from './rows';
import type { QueryOptions } from './types';

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
