/** What the audits of ballots and blocks share, and that of blocks: id, and the columns beside the blob. */
import { shortIdBytes } from '../protocol/ballot';
import { decodeBlock } from '../protocol/block';
import { concatBytes, readBytes, toHex, type Bytes, type BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { Queryable } from '../state/queries/ask';
import type { SqlValue } from '../state/types';
import type { JobOptions } from '../base/progress';
import { columnCheck } from './check';
import { readable } from './layer-data';
import type { Check, CheckName, Report } from './types';
import { verdictOf } from './verdict';
import { askAll } from '../state/queries/ask';

export interface MessageReport extends Report {
  /** 20 bytes. */
  readonly id: Bytes;
  readonly layer: number;
}

type Waiting = Pick<JobOptions, 'signal'>;

/** Ids of ballots and blocks: 20 bytes, or the 32 that the tables hold. */
export function readShortId(value: BytesLike, what: string): Bytes {
  try {
    return readBytes(value, shortIdBytes, what);
  } catch (error) {
    // Zeros fill the id in the tables: an id copied from there is accepted too.
    if (error instanceof WorkbenchError) return readBytes(value, 32, what).slice(0, shortIdBytes);
    throw error;
  }
}

/** As the tables hold it. */
export const storedShortId = (id: Uint8Array): Bytes =>
  concatBytes(id, new Uint8Array(32 - shortIdBytes));

const bytesOf = (value: SqlValue | undefined): Bytes =>
  new Uint8Array(value instanceof Uint8Array ? value : []);

/** Not so a value of another type: that is a damaged row. */
export const isAbsent = (blob: SqlValue | undefined): boolean =>
  blob === null || blob === undefined || (blob instanceof Uint8Array && blob.length === 0);

export const idCheck = (computed: Bytes, id: Bytes): Check =>
  columnCheck('id', 'The id recomputed', toHex(computed), toHex(id));

const blockChecks = ['blob', 'id', 'layer-column'] as const satisfies readonly CheckName[];

/** Of a message without bytes that can be decoded: nothing else in it can be checked. */
export function unread(
  id: Bytes,
  layer: number,
  expected: readonly CheckName[],
  error: WorkbenchError | undefined,
): MessageReport {
  const blob: Check = error
    ? { check: 'blob', outcome: 'fail', explanation: error.message }
    : {
        check: 'blob',
        outcome: 'inconclusive',
        explanation: 'Its content is not in this database, so nothing in it can be checked.',
      };
  return { id, layer, ...verdictOf([blob], { needed: ['id'], expected }) };
}

/** @returns null if the database has no such block */
export async function auditBlock(
  database: Queryable,
  id: BytesLike,
  { signal }: Waiting = {},
): Promise<MessageReport | null> {
  const key = readShortId(id, 'The block id');
  const { rows } = await askAll(
    database,
    'SELECT block, layer FROM blocks WHERE id IN (:id, :short)',
    { id: storedShortId(key), short: key },
    { signal },
  );
  const [row] = rows;
  if (!row) return null;
  const [blob, layer] = row;
  if (isAbsent(blob)) return unread(key, Number(layer), blockChecks, undefined);
  const block = readable(() => decodeBlock(bytesOf(blob)));
  if (block instanceof WorkbenchError) return unread(key, Number(layer), blockChecks, block);
  const checks: Check[] = [
    { check: 'blob', outcome: 'pass', explanation: 'Every byte is accounted for.' },
    idCheck(block.id, key),
    columnCheck('layer-column', 'The layer', String(block.layer), String(layer)),
  ];
  return { id: key, layer: block.layer, ...verdictOf(checks, { needed: ['id'] }) };
}
