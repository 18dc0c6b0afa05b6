/** Rows of a running query, as a table that grows: batches stay packed as they came from the worker. */
import type { RowBatch } from '../../base/packed-rows';
import type { SqlValue } from '../../state/types';
import type { TableData } from '../../ui/cells';

export class ResultRows implements TableData {
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly #batches: readonly RowBatch[];
  readonly #starts: readonly number[];

  constructor(
    columns: readonly string[],
    batches: readonly RowBatch[] = [],
    starts: readonly number[] = [],
    rowCount = 0,
  ) {
    this.columns = columns;
    this.#batches = batches;
    this.#starts = starts;
    this.rowCount = rowCount;
  }

  /** The same rows and those of `batches` after them. */
  with(batches: readonly RowBatch[]): ResultRows {
    const starts = [...this.#starts];
    let { rowCount } = this;
    for (const batch of batches) {
      starts.push(rowCount);
      rowCount += batch.length;
    }
    return new ResultRows(this.columns, [...this.#batches, ...batches], starts, rowCount);
  }

  cell(row: number, column: number): SqlValue {
    // The last batch that begins at or before the row.
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= row) low = middle;
      else high = middle;
    }
    const batch = this.#batches[low];
    const at = row - (this.#starts[low] ?? 0);
    return batch && at >= 0 && at < batch.length ? batch.cell(at, column) : null;
  }
}
