/** Which cells of a table are selected, and where the keys lead. Knows no data: rows and columns are those shown. */

export interface CellPlace {
  /** −1 is the header. */
  readonly row: number;
  readonly column: number;
}

/** What a move depends on. */
export interface MoveBounds {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Rows of a page. */
  readonly pageRows: number;
  /** To the end of the table instead of one step (Ctrl). */
  readonly toEnd: boolean;
  /** The selection is extended (Shift): it stays below the header. */
  readonly extend: boolean;
}

/** A rectangle of cells, from where it was begun to the active cell. */
export class CellSelection {
  active = $state.raw<CellPlace>({ row: 0, column: 0 });
  anchor = $state.raw<CellPlace>({ row: 0, column: 0 });

  readonly top: number = $derived(Math.max(0, Math.min(this.anchor.row, this.active.row)));
  readonly bottom: number = $derived(Math.max(this.anchor.row, this.active.row));
  readonly left: number = $derived(Math.min(this.anchor.column, this.active.column));
  readonly right: number = $derived(Math.max(this.anchor.column, this.active.column));
  /** Number of cells; none while the header is active. */
  readonly cells: number = $derived(
    this.active.row < 0
      ? 0
      : (Math.abs(this.active.row - this.anchor.row) + 1) * (this.right - this.left + 1),
  );

  has(row: number, column: number): boolean {
    return (
      row >= Math.min(this.anchor.row, this.active.row) &&
      row <= this.bottom &&
      column >= this.left &&
      column <= this.right
    );
  }

  isActive(row: number, column: number): boolean {
    return this.active.row === row && this.active.column === column;
  }

  select(place: CellPlace, extend = false): void {
    this.active = place;
    if (!extend || place.row < 0) this.anchor = place;
  }

  selectAll({ rowCount, columnCount }: Pick<MoveBounds, 'rowCount' | 'columnCount'>): void {
    this.anchor = { row: 0, column: 0 };
    this.active = { row: Math.max(0, rowCount - 1), column: columnCount - 1 };
  }

  /** Keeps the active cell inside a table that has become smaller. */
  fit({ rowCount, columnCount }: Pick<MoveBounds, 'rowCount' | 'columnCount'>): void {
    const { row, column } = this.active;
    const lastRow = Math.max(0, rowCount - 1);
    const lastColumn = Math.max(0, columnCount - 1);
    if (row > lastRow || column > lastColumn)
      this.select({ row: Math.min(row, lastRow), column: Math.min(column, lastColumn) });
  }

  /** Where a key leads from the active cell; undefined for a key that does not move. */
  target(
    key: string,
    { rowCount, columnCount, pageRows, toEnd, extend }: MoveBounds,
  ): CellPlace | undefined {
    const { row, column } = this.active;
    const lastRow = rowCount - 1;
    const lastColumn = columnCount - 1;
    switch (key) {
      case 'ArrowDown':
        return { row: toEnd ? lastRow : Math.min(row + 1, lastRow), column };
      case 'ArrowUp':
        return { row: toEnd ? 0 : Math.max(row - 1, extend ? 0 : -1), column };
      case 'ArrowRight':
        return { row, column: toEnd ? lastColumn : Math.min(column + 1, lastColumn) };
      case 'ArrowLeft':
        return { row, column: toEnd ? 0 : Math.max(column - 1, 0) };
      case 'PageDown':
        return { row: Math.min(Math.max(row, 0) + pageRows, lastRow), column };
      case 'PageUp':
        return { row: Math.max(row - pageRows, 0), column };
      case 'Home':
        return { row: toEnd ? 0 : row, column: 0 };
      case 'End':
        return { row: toEnd ? lastRow : row, column: lastColumn };
      default:
        return undefined;
    }
  }
}
