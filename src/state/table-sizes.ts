import type { TreeSize } from './engine/btree';
import type { TableSize } from './types';

/** Adds up the trees of each table. Rows are the entries of the table's own tree. */
export function sumTreeSizes(
  trees: readonly (TreeSize & { readonly table: string; readonly isIndex: boolean })[],
  pageSize: number,
): TableSize[] {
  const tables = new Map<string, TableSize>();
  for (const { table, isIndex, pages, entries, exact } of trees) {
    const sum = tables.get(table) ?? {
      name: table,
      rows: 0,
      tableBytes: 0,
      indexBytes: 0,
      exact: true,
    };
    tables.set(table, {
      ...sum,
      rows: sum.rows + (isIndex ? 0 : entries),
      tableBytes: sum.tableBytes + (isIndex ? 0 : pages * pageSize),
      indexBytes: sum.indexBytes + (isIndex ? pages * pageSize : 0),
      exact: sum.exact && exact,
    });
  }
  return [...tables.values()].sort(
    (a, b) => b.tableBytes + b.indexBytes - (a.tableBytes + a.indexBytes),
  );
}
