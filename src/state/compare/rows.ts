/** Rows of one table in two databases, compared by their keys. */
import { blake3 } from '@noble/hashes/blake3.js';
import { compareBytes, concatBytes, toHex } from '../../base/bytes';
import type { SqlValue } from '../types';

export type Values = readonly SqlValue[];

export type RowDifference = 'only-here' | 'only-there' | 'different';

/** Gets each difference by its key. */
export type ReportDifference = (kind: RowDifference, key: Values) => void;

const kindOf = (value: SqlValue): number =>
  value === null ? 0 : typeof value === 'string' ? 2 : value instanceof Uint8Array ? 3 : 1;

/** As SQLite orders values. */
export function compareValues(a: SqlValue, b: SqlValue): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0 || a === null || b === null) return byKind;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareKeys(a: Values, b: Values): number {
  for (const [i, value] of a.entries()) {
    const order = compareValues(value, b[i] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

const encoder = new TextEncoder();

/** A text that only the same values have; of large rows, their hash. */
function fingerprint(values: Values): string {
  const parts = values.map((value) =>
    value === null
      ? 'n'
      : value instanceof Uint8Array
        ? `b${value.length}`
        : `${typeof value === 'string' ? 't' : 'i'}${String(value).length}:${String(value)}`,
  );
  const blobs = values.filter((value) => value instanceof Uint8Array);
  const size = blobs.reduce((sum, { length }) => sum + length, 0);
  const text = parts.join(';');
  if (size + text.length <= 128) return [text, ...blobs.map(toHex)].join(';');
  return toHex(blake3(concatBytes(encoder.encode(text), ...blobs)));
}

/** Where the row of a key has several: rows before v1.3 whose key has a NULL. */
function compareGroups(
  key: Values,
  here: readonly Values[],
  there: readonly Values[],
  report: ReportDifference,
): void {
  const left = here.map(fingerprint);
  const added: string[] = [];
  for (const row of there) {
    const print = fingerprint(row);
    const at = left.indexOf(print);
    if (at >= 0) left.splice(at, 1);
    else added.push(print);
  }
  const changed = Math.min(left.length, added.length);
  for (let i = 0; i < changed; i++) report('different', key);
  for (let i = changed; i < left.length; i++) report('only-here', key);
  for (let i = changed; i < added.length; i++) report('only-there', key);
}

interface Group {
  readonly key: Values;
  readonly rows: Values[];
}

/** Groups rows of one key. */
function* groups(rows: Iterator<Values>, keyOf: (row: Values) => Values): Generator<Group> {
  let group: Group | undefined;
  for (let step = rows.next(); !step.done; step = rows.next()) {
    const row = step.value;
    const key = keyOf(row);
    if (group && compareKeys(group.key, key) === 0) group.rows.push(row);
    else {
      if (group) yield group;
      group = { key, rows: [row] };
    }
  }
  if (group) yield group;
}

interface Sides {
  readonly here: Iterator<Values>;
  readonly there: Iterator<Values>;
  readonly keyOf: (row: Values) => Values;
  readonly report: ReportDifference;
}

/** Both in the order of their keys. Memory: the rows of one key. Yields the rows that were read since. */
export function* compareOrdered({ here, there, keyOf, report }: Sides): Generator<number> {
  const [a, b] = [groups(here, keyOf), groups(there, keyOf)];
  let [left, right] = [a.next(), b.next()];
  let rows = 0;
  const reportAll = (kind: RowDifference, group: Group): void => {
    for (let i = 0; i < group.rows.length; i++) report(kind, group.key);
  };
  while (!left.done || !right.done) {
    const order = left.done ? 1 : right.done ? -1 : compareKeys(left.value.key, right.value.key);
    if (!left.done && order < 0) reportAll('only-here', left.value);
    if (!right.done && order > 0) reportAll('only-there', right.value);
    if (!left.done && !right.done && order === 0)
      compareGroups(left.value.key, left.value.rows, right.value.rows, report);
    if (!left.done && order <= 0) {
      rows += left.value.rows.length;
      left = a.next();
    }
    if (!right.done && order >= 0) {
      rows += right.value.rows.length;
      right = b.next();
    }
    if (rows >= 200) {
      yield rows;
      rows = 0;
    }
  }
  yield rows;
}

/** In any order. Memory: key and fingerprint of every row of `here` that has no equal in `there`, and the reverse. */
export function* compareUnordered({ here, there, keyOf, report }: Sides): Generator<number> {
  const left = new Map<string, { key: Values; prints: string[] }>();
  let rows = 0;
  for (let step = here.next(); !step.done; step = here.next()) {
    const key = keyOf(step.value);
    const name = fingerprint(key);
    const known = left.get(name);
    const print = fingerprint(step.value);
    if (known) known.prints.push(print);
    else left.set(name, { key, prints: [print] });
    if (++rows % 200 === 0) yield 200;
  }
  const added = new Map<string, { key: Values; count: number }>();
  for (let step = there.next(); !step.done; step = there.next()) {
    const key = keyOf(step.value);
    const name = fingerprint(key);
    const known = left.get(name);
    const at = known?.prints.indexOf(fingerprint(step.value)) ?? -1;
    if (known && at >= 0) {
      known.prints.splice(at, 1);
      if (known.prints.length === 0) left.delete(name);
    } else {
      const more = added.get(name) ?? { key, count: 0 };
      more.count++;
      added.set(name, more);
    }
    if (++rows % 200 === 0) yield 200;
  }
  yield rows % 200;
  for (const [name, { key, prints }] of left) {
    const more = added.get(name)?.count ?? 0;
    const changed = Math.min(prints.length, more);
    for (let i = 0; i < prints.length; i++) report(i < changed ? 'different' : 'only-here', key);
    for (let i = changed; i < more; i++) report('only-there', key);
  }
  for (const [name, { key, count }] of added)
    if (!left.has(name)) for (let i = 0; i < count; i++) report('only-there', key);
}
