/** The items of a drop by folder and name, and as the findings of an inventory write them. */
import type { InventoryDrop, InventoryItem, Source } from './types';

/** Two drops are one machine only where the operator gave both the same name. */
export const placeName = ({ id, machine }: Pick<InventoryDrop, 'id' | 'machine'>): string =>
  machine === '' ? `drop ${id} ${notNamed}` : machine;

export const notNamed = '(machine not named)';

const separators = /[/\\]/;

export const isLoadedByNode = ({ path }: InventoryItem): boolean => path.endsWith('.key');

/** '' for a file that was dropped without its folder. Archives made on Windows leave backslashes in names. */
export function folderName(item: InventoryItem | undefined): string {
  return item?.path.split(separators).slice(0, -1).join('/') ?? '';
}

export const folderOf = (item: InventoryItem): string => `${item.drop} ${folderName(item)}`;

export const fileName = ({ path }: InventoryItem): string => path.split(separators).at(-1) ?? '';

/** In the order in which the groups came. */
export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

export const shown = ({ place, path }: Source): string => `${place}: ${path}`;

export const bare = ({ place, path }: Source): Source => ({ place, path });

export const distinct = (values: readonly string[]): string[] => [...new Set(values)];

export const list = (values: readonly string[]): string => values.join(', ');
