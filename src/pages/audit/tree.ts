/** A tree as rows: which are to be seen, and where the keys lead (WAI-ARIA APG, tree view). */

export interface Branch<Node> {
  readonly children: readonly Node[];
}

export interface TreeRow<Node> {
  readonly node: Node;
  /** Place from the root: "0.3.1". */
  readonly path: string;
  /** From 1. */
  readonly level: number;
  /** Among its siblings, from 1, and how many they are. */
  readonly position: number;
  readonly size: number;
  readonly expandable: boolean;
}

/** The rows in view: the root's children and, of every open row, its children. */
export function visibleRows<Node extends Branch<Node>>(
  root: Node,
  isOpen: (path: string) => boolean,
): TreeRow<Node>[] {
  const rows: TreeRow<Node>[] = [];
  const add = (node: Node, prefix: string, level: number): void => {
    for (const [i, child] of node.children.entries()) {
      const path = prefix === '' ? String(i) : `${prefix}.${i}`;
      const expandable = child.children.length > 0;
      const size = node.children.length;
      rows.push({ node: child, path, level, position: i + 1, size, expandable });
      if (expandable && isOpen(path)) add(child, path, level + 1);
    }
  };
  add(root, '', 1);
  return rows;
}

/** What a key does: another row to go to, or a row to open or close. */
export type TreeMove =
  { readonly go: string } | { readonly open: string } | { readonly close: string } | undefined;

export function treeMove<Node>(
  rows: readonly TreeRow<Node>[],
  at: string,
  isOpen: (path: string) => boolean,
  key: string,
): TreeMove {
  const index = rows.findIndex(({ path }) => path === at);
  const row = rows[index];
  if (!row) return undefined;
  const to = (target: TreeRow<Node> | undefined): TreeMove => target && { go: target.path };
  const open = row.expandable && isOpen(row.path);
  switch (key) {
    case 'ArrowDown':
      return to(rows[index + 1]);
    case 'ArrowUp':
      return to(rows[index - 1]);
    case 'Home':
      return to(rows[0]);
    case 'End':
      return to(rows.at(-1));
    case 'ArrowRight':
      return !row.expandable ? undefined : open ? to(rows[index + 1]) : { open: row.path };
    case 'ArrowLeft':
      if (open) return { close: row.path };
      return to(rows.slice(0, index).findLast(({ level }) => level < row.level));
    case 'Enter':
    case ' ':
      return !row.expandable ? undefined : open ? { close: row.path } : { open: row.path };
    default:
      return undefined;
  }
}
