/**
 * Which rows of a table are shown, in which order. Everything over all rows works in slices of a few milliseconds, so that the
 * page stays responsive over millions of rows. Memory: 18 bytes per row for a sort (and the texts of a column of texts), 4
 * per row for what is shown.
 */
import type { Cell, TableData } from '../cells';
import type { Sort } from './columns';
import { checkEvery, Slices } from './slices';
import type { CellTest } from './filter';
import { sortRows } from './sort';

export interface Arrangement {
  readonly tests: readonly (readonly [column: number, test: CellTest])[];
  readonly sort: Sort | undefined;
  /** What a filter on text looks at. */
  readonly shownText: (value: Cell, column: number, row: number) => string;
}

/**
 * The rows to show, in order: filtered, then sorted (stable, as SQLite orders values).
 * @returns row numbers; undefined when all rows are shown as they come
 * @throws AbortError
 */
export async function arrangeRows(
  data: TableData,
  { tests, sort, shownText }: Arrangement,
  signal?: AbortSignal,
): Promise<Uint32Array | undefined> {
  if (tests.length === 0 && !sort) return undefined;
  const slices = new Slices(signal);
  let rows = new Uint32Array(data.rowCount);
  let kept = 0;
  for (let row = 0; row < data.rowCount; row++) {
    if (row % checkEvery === 0 && slices.due) await slices.rest();
    let passes = true;
    for (const [column, test] of tests) {
      const value = data.cell(row, column);
      passes = test(value, () => shownText(value, column, row));
      if (!passes) break;
    }
    if (passes) rows[kept++] = row;
  }
  rows = rows.slice(0, kept);
  return sort ? sortRows(data, rows, sort, slices) : rows;
}
