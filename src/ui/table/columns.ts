/** What a table knows of its columns. */
import type { Cell } from '../cells';

/** How a column of one table is shown. */
export interface TableColumn {
  readonly title?: string;
  /** Shown on hover and read by screen readers: what the column means, with its unit. */
  readonly hint?: string;
  /** The short form shown in the grid; copying gives the value itself. `row` is the row's place in the data. */
  readonly format?: (value: Cell, row: number) => string;
  /** Where the value leads. */
  readonly href?: (value: Cell) => string | undefined;
  readonly hidden?: boolean;
  /** Form of its BLOBs at first. */
  readonly blobFormat?: string;
}

export interface Sort {
  readonly column: number;
  readonly descending: boolean;
}
