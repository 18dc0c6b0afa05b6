/** Which rows of a long table are drawn, and where. */

/**
 * Which rows stand where. Browsers cap the height of an element (Chromium at 33.5 million pixels, Firefox
 * at 17.9 million): beyond `maxHeight` the scroll bar covers the rows in a larger scale.
 */
export class VirtualRows {
  static readonly maxHeight = 15_000_000;
  readonly rowCount: number;
  readonly rowHeight: number;
  readonly viewHeight: number;

  constructor(rowCount: number, rowHeight: number, viewHeight: number) {
    this.rowCount = rowCount;
    this.rowHeight = rowHeight;
    this.viewHeight = viewHeight;
  }

  /** Pixels that all rows would take. */
  get fullHeight(): number {
    return this.rowCount * this.rowHeight;
  }

  /** Pixels that the scrolled element takes. */
  get height(): number {
    return Math.min(this.fullHeight, VirtualRows.maxHeight);
  }

  get #scale(): number {
    const reach = this.height - this.viewHeight;
    return reach > 0 ? (this.fullHeight - this.viewHeight) / reach : 1;
  }

  /** First row and number of rows to draw, and the pixel where the first one is. */
  at(scrollTop: number): { first: number; count: number; top: number } {
    const offset = Math.max(0, scrollTop * this.#scale);
    const first = Math.min(
      Math.max(0, Math.floor(offset / this.rowHeight) - 4),
      Math.max(0, this.rowCount - 1),
    );
    const count = Math.min(this.rowCount - first, Math.ceil(this.viewHeight / this.rowHeight) + 9);
    return { first, count, top: first * this.rowHeight - offset + scrollTop };
  }

  /** Where to scroll so that a row is completely visible; the same place if it is. */
  reveal(row: number, scrollTop: number): number {
    const offset = scrollTop * this.#scale;
    const top = row * this.rowHeight;
    const bottom = top + this.rowHeight - this.viewHeight;
    const wanted = top < offset ? top : bottom > offset ? bottom : undefined;
    return wanted === undefined ? scrollTop : wanted / this.#scale;
  }
}
