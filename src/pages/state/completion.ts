/** What the editor completes: names of tables and their columns, in a bounded number. */
import type { TableInfo } from '../../state/types';

/**
 * The editor builds a tree of all names in one step, whose time grows faster than their number. state.sql has 30 tables
 * with 150 columns.
 */
const mostTables = 300;
const mostColumns = 100;
const mostNames = 3000;

/** Columns by table, of the first tables and of each the first columns. */
export function completionSchema(tables: readonly TableInfo[]): Record<string, readonly string[]> {
  const schema = new Map<string, readonly string[]>();
  let names = 0;
  for (const { name, columns } of tables.slice(0, mostTables)) {
    if (names >= mostNames) break;
    schema.set(
      name,
      columns.slice(0, mostColumns).map((column) => column.name),
    );
    names += 1 + Math.min(columns.length, mostColumns);
  }
  return Object.fromEntries(schema);
}
