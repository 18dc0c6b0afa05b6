/**
 * The file of one shard of an audit. While it is made, a journal of JSON lines grows in the order of the ATXs, so that a run
 * that was stopped or killed goes on after its last complete line. In the end it becomes a Parquet file.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../../base/error';
import { isRecord } from '../../base/record';
import { shardSpan } from '../../audit/run';
import { Exporter, type RowSource } from '../../state/export';
import { appendLines, makeFolder, readLines, writeComplete, type Line } from '../files/lines';
import { readPartFile } from './part-file';
import {
  allColumns,
  fullRow,
  identityColumns,
  identityKeys,
  type AuditRow,
  type PartIdentity,
} from './rows';

export interface AuditPart {
  /** Where its rows are in the end. */
  readonly path: string;
  readonly isComplete: boolean;
  /** Rows that are there already, read again at each call. Memory: a line, or a complete part. */
  earlier(): Iterable<AuditRow>;
  /** Rows may come in any order. Memory: those that wait for an earlier one. */
  add(row: AuditRow): void;
  /** Writes the Parquet file and removes the journal. */
  finish(): Promise<void>;
  /** Keeps what is there for the next run; later rows are dropped. */
  close(): void;
}

const partPath = (folder: string, { shard, shards }: PartIdentity): string =>
  join(folder, `audit-${shard}-of-${shards}.parquet`);

/**
 * Opens a part in a folder, which is made if need be.
 * @throws WorkbenchError `part-differs` if the folder has this part of another audit, `part-damaged`, `output-not-writable`
 */
export async function openPart(folder: string, identity: PartIdentity): Promise<AuditPart> {
  makeFolder(folder);
  const path = partPath(folder, identity);
  if (existsSync(path)) return completePart(path, identity);
  const { shard, shards, chosen } = identity;
  const { first, end } = shardSpan(chosen, { number: shard, total: shards });
  const journal = `${path}.journal`;
  const known = existsSync(journal) ? readJournal(journal, identity, first) : undefined;
  const file = appendLines(journal, known?.keptBytes ?? 0);
  if (!known) file.append(JSON.stringify(identity));
  let next = known?.next ?? first;
  let isClosed = false;
  const close = (): void => {
    if (!isClosed) file.close();
    isClosed = true;
  };
  const waiting = new Map<number, AuditRow>();
  return {
    path,
    isComplete: false,
    earlier: () => journalRows(journal, first),
    add: (row) => {
      if (isClosed) return;
      waiting.set(row.place, row);
      for (let due = waiting.get(next); due; due = waiting.get(next)) {
        file.append(JSON.stringify(due));
        waiting.delete(next++);
      }
    },
    finish: async () => {
      close();
      if (next !== end) throw damaged(journal, `it ends at ATX ${next} of ${end}`);
      if (end > first)
        await writeComplete(path, (write) => {
          const rows = rowSource(journalRows(journal, first), identity);
          const request = { sql: '', params: [], unsigned: [], format: 'parquet' as const };
          const exporter = new Exporter(rows, request);
          for (let chunk = exporter.next(); chunk; chunk = exporter.next()) write(chunk.bytes);
        });
      rmSync(journal);
    },
    close,
  };
}

async function completePart(path: string, identity: PartIdentity): Promise<AuditPart> {
  const part = await readPartFile(path);
  requireSame(path, part.identity, identity);
  const refuse = (): never => {
    throw new Error(`${path} is complete.`);
  };
  return {
    path,
    isComplete: true,
    earlier: () => part.rows,
    add: refuse,
    finish: () => Promise.resolve(),
    close: () => undefined,
  };
}

/** @throws WorkbenchError `part-differs` */
export function requireSame(
  path: string,
  found: PartIdentity,
  wanted: PartIdentity,
  keys: readonly (keyof PartIdentity)[] = identityKeys,
): void {
  for (const key of keys) {
    if (found[key] === wanted[key]) continue;
    const column = identityColumns[key];
    throw new WorkbenchError(
      'part-differs',
      `${path} is a part of another audit: its ${column} is "${found[key]}", not "${wanted[key]}". Use another folder, or remove that file.`,
      { path, column, found: found[key], expected: wanted[key] },
    );
  }
}

function readJournal(
  path: string,
  identity: PartIdentity,
  first: number,
): { readonly keptBytes: number; readonly next: number } | undefined {
  const lines = readLines(path);
  const header = lines.next();
  lines.return(undefined);
  // Killed before the first line was complete.
  if (header.done) return undefined;
  const { text, end } = header.value;
  requireSame(path, parseLine(path, text) as unknown as PartIdentity, identity);
  let kept = { keptBytes: end, next: first };
  for (const line of journalLines(path, first)) kept = { keptBytes: line.end, next: kept.next + 1 };
  return kept;
}

function* journalLines(path: string, first: number): Generator<Line & { readonly row: AuditRow }> {
  let place = first - 1;
  for (const line of readLines(path)) {
    // The first line identifies the part.
    if (place++ < first) continue;
    const row = parseLine(path, line.text) as unknown as AuditRow;
    if (row.place !== place - 1)
      throw damaged(path, `ATX ${row.place} follows where ${place - 1} is due`);
    yield { ...line, row };
  }
}

function* journalRows(path: string, first: number): Generator<AuditRow> {
  for (const { row } of journalLines(path, first)) yield row;
}

function parseLine(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Explained below.
  }
  throw damaged(path, 'a line is not JSON');
}

const damaged = (path: string, why: string): WorkbenchError =>
  new WorkbenchError(
    'part-damaged',
    `${path} cannot be continued: ${why}. Remove it and run the command again.`,
    { path, why },
  );

/** Rows of a part for the export. */
export function rowSource(rows: Iterable<AuditRow>, identity: PartIdentity): RowSource {
  const iterator = rows[Symbol.iterator]();
  return {
    columns: allColumns,
    nextRow: () => {
      const next = iterator.next();
      return next.done ? undefined : fullRow(next.value, identity);
    },
  };
}
