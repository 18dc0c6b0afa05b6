/** How the columns of one table are shown: which of them, how wide, in which form, and what is typed into their filters. */
import { cellText, plainBlobFormats, type BlobFormat, type Cell, type TableData } from '../cells';
import { formatBytes } from '../../base/format';
import type { TableColumn } from './columns';
import { uniqueNames } from './file';
import { parseFilter, type CellTest } from './filter';

export interface ColumnViewInput {
  readonly data: TableData;
  readonly columns: readonly (TableColumn | undefined)[];
  /** Beside hex, base64 and text. */
  readonly blobFormats: readonly BlobFormat[];
}

/** Rows that are looked at to learn what a column holds. */
const sampledRows = 40;

const isNumeric = (value: Cell): boolean => typeof value === 'number' || typeof value === 'bigint';

export class ColumnView {
  readonly #input: () => ColumnViewInput;
  hidden = $state<boolean[]>([]);
  widths = $state<number[]>([]);
  formatIds = $state<string[]>([]);
  filters = $state<string[]>([]);

  /** Forms of a BLOB to choose from. */
  readonly formats: readonly BlobFormat[] = $derived.by(() => [
    ...this.#input().blobFormats,
    ...plainBlobFormats,
  ]);
  readonly #names: readonly string[] = $derived.by(() => this.#input().data.columns);
  /** Columns that are not hidden, by their position in the data. */
  readonly shown: readonly number[] = $derived(
    this.#names.map((_, column) => column).filter((column) => !this.hidden[column]),
  );
  /** As a CSS grid. */
  readonly template: string = $derived(
    this.shown.map((column) => `${this.widthOf(column)}px`).join(' '),
  );
  /** Names that copies and files number, since two columns have them. */
  readonly numbered: readonly string[] = $derived(
    uniqueNames(this.#names).filter((name, column) => name !== this.#names[column]),
  );
  readonly numeric: readonly boolean[] = $derived.by(() =>
    this.#names.map((_, column) => {
      const first = this.#sample(column).find((value) => value !== null);
      return first !== undefined && isNumeric(first);
    }),
  );
  readonly blobs: readonly number[] = $derived.by(() =>
    this.shown.filter((column) =>
      this.#sample(column).some((value) => value instanceof Uint8Array),
    ),
  );
  /** What the filters ask for. */
  readonly tests: readonly (readonly [column: number, test: CellTest])[] = $derived(
    this.filters.flatMap((typed, column) => {
      const test = parseFilter(typed);
      return test ? [[column, test] as const] : [];
    }),
  );

  constructor(input: () => ColumnViewInput) {
    this.#input = input;
  }

  /** For another result, whose columns are other columns. */
  reset(): void {
    const { data, columns } = this.#input();
    this.hidden = data.columns.map((_, column) => columns[column]?.hidden ?? false);
    this.formatIds = data.columns.map((_, column) => columns[column]?.blobFormat ?? 'hex');
    this.filters = data.columns.map(() => '');
    this.widths = data.columns.map((_, column) => this.fittingWidth(column));
  }

  titleOf(column: number): string {
    return this.#input().columns[column]?.title ?? this.#names[column] ?? '';
  }

  hintOf(column: number): string | undefined {
    return this.#input().columns[column]?.hint;
  }

  linkOf(value: Cell, column: number): string | undefined {
    return this.#input().columns[column]?.href?.(value);
  }

  widthOf(column: number): number {
    return this.widths[column] ?? 100;
  }

  formatOf = (column: number): BlobFormat | undefined =>
    this.formats.find((format) => format.id === this.formatIds[column]);

  fullText(value: Cell, column: number): string {
    return cellText(value, this.formatOf(column));
  }

  /** What a cell shows: enough to recognise it; the detail pane has the rest. */
  shortText(value: Cell, column: number, row: number): string {
    const format = this.#input().columns[column]?.format;
    if (format) return format(value, row);
    if (value === null) return 'NULL';
    if (value instanceof Uint8Array && value.length > 64)
      return `${this.fullText(value.subarray(0, 48), column).slice(0, 64)}… (${formatBytes(value.length)})`;
    const text = this.fullText(value, column);
    return text.length > 300 ? `${text.slice(0, 300)}…` : text;
  }

  /** What a filter looks at: the value in full, and as it is shown. */
  searchText(value: Cell, column: number, row: number): string {
    const full = this.fullText(value, column);
    const format = this.#input().columns[column]?.format;
    return format ? `${full} ${format(value, row)}` : full;
  }

  fittingWidth(column: number): number {
    const values = this.#sample(column);
    const longest = Math.max(
      0,
      ...values.map((value, row) => this.shortText(value, column, row).length),
    );
    // Ids are recognised by their beginning.
    const widest = values.some((value) => value instanceof Uint8Array) ? 190 : 340;
    const content = Math.min(widest, longest * 8 + 20);
    return Math.round(Math.max(64, content, Math.min(220, this.titleOf(column).length * 8 + 36)));
  }

  #sample(column: number): Cell[] {
    const { data } = this.#input();
    return Array.from({ length: Math.min(data.rowCount, sampledRows) }, (_, row) =>
      data.cell(row, column),
    );
  }
}
