/** Results as text and as JSON. */
import { toHex } from '../base/bytes';
import type { Output } from './context';

/** A value as JSON: 64-bit integers are decimal strings, bytes are hex. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_key, part: unknown) => {
      if (typeof part === 'bigint') return String(part);
      if (part instanceof Uint8Array) return toHex(part);
      return part;
    },
    2,
  );
  return `${text}\n`;
}

/**
 * Text that cannot move the cursor or change the terminal: control characters and those that reverse the direction of text
 * are written as \u followed by four digits. A file's content may hold them.
 */
export const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Rows that decide the widths of the columns. */
const measuredRows = 1000;
/** A longer cell does not widen its column. */
const mostWidth = 80;

export interface TableColumn {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

/**
 * Writes rows as columns of text, as they come. Memory: the first 1000 rows, which decide the widths; a later row that is
 * wider moves its own columns only.
 */
export async function writeTable(
  out: Output,
  columns: readonly TableColumn[],
  rows: Iterable<readonly string[]>,
): Promise<void> {
  const iterator = rows[Symbol.iterator]();
  const first: (readonly string[])[] = [columns.map(({ name }) => printable(name))];
  while (first.length <= measuredRows) {
    const next = iterator.next();
    if (next.done) break;
    first.push(next.value.map(printable));
  }
  const widths = columns.map((_, i) =>
    Math.min(
      mostWidth,
      first.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), 0),
    ),
  );
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ align }, i) => {
      const [cell = '', width = 0] = [cells[i], widths[i]];
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${padded.join('  ').trimEnd()}\n`;
  };
  const [header = [], ...measured] = first;
  await out.write(line(header) + line(widths.map((width) => '-'.repeat(width))));
  for (const row of measured) await out.write(line(row));
  for (let next = iterator.next(); !next.done; next = iterator.next())
    await out.write(line(next.value.map(printable)));
}
