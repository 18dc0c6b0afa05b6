/** The tables of docs/trust.md, which is the one place of their content. */
import text from '../../../docs/trust.md?raw';

export interface TrustTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

/** Tables of a Markdown text, in order. */
export function markdownTables(markdown: string): TrustTable[] {
  const tables: string[][] = [];
  let isInTable = false;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) isInTable = false;
    else if (isInTable) tables.at(-1)?.push(line);
    else {
      isInTable = true;
      tables.push([line]);
    }
  }
  return tables.map(([heading = '', , ...rows]) => ({
    columns: cellsOf(heading),
    rows: rows.map(cellsOf),
  }));
}

export const trustTables = markdownTables(text);
