/** "Did you mean pubkey?": names of the schema that are close to one that SQLite does not know. */
import type { TableInfo } from './types';

const unknownName = /no such (column|table|function): (?:(\w+)\.)?(\w+)/;

/** Longer names are none of a schema's; the cost of a comparison grows with both lengths. */
const mostLetters = 64;
/** Names that are offered. */
const mostOffered = 3;

/** Letters to change, insert, leave out, or swap with the next one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let [older, old, now] = [[], Array.from({ length: b.length + 1 }, (_, i) => i), []] as [
    number[],
    number[],
    number[],
  ];
  for (let i = 1; i <= a.length; i++) {
    now = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(
        (old[j] ?? 0) + 1,
        (now[j - 1] ?? 0) + 1,
        (old[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (older[j - 2] ?? 0) + 1);
      now[j] = least;
    }
    [older, old] = [old, now];
  }
  return old[b.length] ?? 0;
}

/**
 * Names that may have been meant by the one that an error of SQLite's names, the closest first; none where no name is close.
 * A column is looked for in the table that is named before it, if one is.
 */
export function suggestNames(message: string, tables: readonly TableInfo[]): readonly string[] {
  const [, what, table, typed] = unknownName.exec(message) ?? [];
  if (typed === undefined || what === 'function' || typed.length > mostLetters) return [];
  const own = tables.filter(({ name }) => name === table);
  const names =
    what === 'table'
      ? tables.map(({ name }) => name)
      : (own.length > 0 ? own : tables).flatMap(({ columns }) => columns.map(({ name }) => name));
  const wanted = typed.toLowerCase();
  // Of short names one letter, of longer ones a third may be wrong.
  const most = Math.max(1, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .filter((name) => Math.abs(name.length - wanted.length) <= most)
    .map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, mostOffered)
    .map(({ name }) => name);
}
