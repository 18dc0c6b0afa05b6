/** Rows as a file or for the clipboard. */
import { cellText, csvField, jsonValue, tsvField, type BlobFormat, type TableData } from '../cells';
import { checkEvery, Slices } from './slices';

/** What is copied or saved of a table. */
export interface TableSelection {
  readonly data: TableData;
  /** Positions in the data, in the order to write. */
  readonly rows: Iterable<number>;
  readonly columns: readonly number[];
  readonly formatOf: (column: number) => BlobFormat | undefined;
}

export interface TextOptions {
  readonly signal?: AbortSignal;
  /** In CSV and copies, an apostrophe before a text that a spreadsheet would run as a formula; on by default. */
  readonly escapeFormulas?: boolean;
}

const namesOf = ({ data, columns }: TableSelection): string[] =>
  uniqueNames(columns.map((column) => data.columns[column] ?? ''));

/** A rectangle of the table as text for a spreadsheet; with `header` it begins with the columns' names as in a file. */
export async function selectionAsTsv(
  selection: TableSelection,
  { header = false, signal, escapeFormulas = true }: TextOptions & { readonly header?: boolean },
): Promise<string> {
  const { data, rows, columns, formatOf } = selection;
  const tsv = { escapeFormulas };
  const slices = new Slices(signal);
  const lines = header
    ? [
        namesOf(selection)
          .map((name) => tsvField(name, name, tsv))
          .join('\t'),
      ]
    : [];
  for (const row of rows) {
    if (lines.length % checkEvery === 0 && slices.due) await slices.rest();
    const fields = columns.map((column) => {
      const value = data.cell(row, column);
      return tsvField(value, cellText(value, formatOf(column)), tsv);
    });
    lines.push(fields.join('\t'));
  }
  return lines.join('\n');
}

/** Column names as keys: the second `hash` becomes `hash_2`, in every format (as src/state/export.ts). */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}_${i}`;
    taken.add(unique);
    return unique;
  });
}

/** What is shown, as a file. */
export async function tableAsFile(
  selection: TableSelection,
  format: 'csv' | 'json',
  { signal, escapeFormulas = true }: TextOptions = {},
): Promise<Blob> {
  const { data, rows, columns, formatOf } = selection;
  const csv = { escapeFormulas };
  const slices = new Slices(signal);
  const names = namesOf(selection);
  const keys = names.map((name) => JSON.stringify(name));
  const parts: string[] =
    format === 'csv' ? [`${names.map((name) => csvField(name, name, csv)).join(',')}\r\n`] : ['['];
  let count = 0;
  for (const row of rows) {
    if (count % checkEvery === 0 && slices.due) await slices.rest();
    const fields = columns.map((column, at) => {
      const value = data.cell(row, column);
      const shown = cellText(value, formatOf(column));
      return format === 'csv'
        ? csvField(value, shown, csv)
        : `${keys[at] ?? '""'}:${jsonValue(value, shown)}`;
    });
    parts.push(
      format === 'csv' ? `${fields.join(',')}\r\n` : `${count ? ',' : ''}\n{${fields.join(',')}}`,
    );
    count++;
  }
  if (format === 'json') parts.push('\n]\n');
  return new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/json' });
}
