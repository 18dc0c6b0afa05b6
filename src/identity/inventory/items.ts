/** The items of a drop by folder and name, and as the findings of an inventory write them. */
import { fileNameOf, folderNameOf, type Source } from '../places';
import type { InventoryDrop, InventoryItem } from './types';

/** Two drops are one machine only where the operator gave both the same name. */
export const placeName = ({ id, machine }: Pick<InventoryDrop, 'id' | 'machine'>): string =>
  machine === '' ? `drop ${id} ${notNamed}` : machine;

export const notNamed = '(machine not named)';

export const isLoadedByNode = ({ path }: InventoryItem): boolean => path.endsWith('.key');

/** '' for a file that was dropped without its folder. Archives made on Windows leave backslashes in names. */
export const folderName = (item: InventoryItem | undefined): string =>
  item ? folderNameOf(item.path) : '';

export const folderOf = (item: InventoryItem): string => `${item.drop} ${folderName(item)}`;

export const fileName = ({ path }: InventoryItem): string => fileNameOf(path);

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

export const distinct = (values: readonly string[]): string[] => [...new Set(values)];

export const list = (values: readonly string[]): string => values.join(', ');
