/**
 * The audit of active sets: that each has the hash under which ballots name it, and which ATXs it counts
 * (go-spacemesh v1.7.6 common/types/atxid_list.go, miner/active_set_generator.go). Not determined by a database: whether
 * a smesher had to count these ATXs and no others; that depends on when each arrived.
 */
import { decodeActiveSet } from '../protocol/active-set';
import { toHex, type Bytes } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import type { Queryable } from '../state/queries/ask';
import { missingFrom } from '../state/schema';
import { ProgressMeter, type JobOptions } from '../base/progress';
import { columnCheck, judged } from './check';
import { bytesOf, cutIds, readable } from './layer-data';
import type { Check, Report } from './types';
import { verdictOf } from './verdict';
import { askAll } from '../state/queries/ask';

export interface ActiveSetReport extends Report {
  readonly id: Bytes;
  /** By the content; undefined where it cannot be read. */
  readonly epoch: number | undefined;
  readonly atxs: number;
}

/**
 * Audits every active set of the database, in the order of their epochs. The node prunes them, so few are there.
 * Memory: one active set, which has 32 bytes per ATX.
 * @throws WorkbenchError of the database; AbortError
 */
export async function auditActiveSets(
  database: Queryable,
  { signal, onProgress }: JobOptions = {},
): Promise<ActiveSetReport[]> {
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;
  if (!has('activesets.active_set')) return [];
  const { rows: ids } = await askAll(database, 'SELECT id FROM activesets ORDER BY id', [], {
    signal,
  });
  const meter = new ProgressMeter(ids.length, 'active sets');
  const reports: ActiveSetReport[] = [];
  for (const [value] of ids) {
    const id = new Uint8Array(bytesOf(value) ?? []);
    const { rows } = await askAll(
      database,
      `SELECT active_set, ${has('activesets.epoch') ? 'epoch' : 'NULL'} FROM activesets WHERE id = :id`,
      { id },
      { signal },
    );
    const [blob, epoch = null] = rows[0] ?? [];
    reports.push(await judgeSet(database, id, bytesOf(blob), epoch, signal));
    onProgress?.(meter.advance(1));
  }
  return reports.sort((a, b) => (a.epoch ?? 0) - (b.epoch ?? 0));
}

const expected = ['blob', 'id', 'epoch-column', 'members'] as const;

async function judgeSet(
  database: Queryable,
  id: Bytes,
  blob: Uint8Array | undefined,
  epochColumn: unknown,
  signal: AbortSignal | undefined,
): Promise<ActiveSetReport> {
  const claims = { needed: ['id', 'members'], expected } as const;
  const set = readable(() => decodeActiveSet(blob ?? new Uint8Array()));
  if (set instanceof WorkbenchError) {
    const unread = judged('blob', blob ? 'fail' : 'inconclusive', set.message);
    return { id, epoch: undefined, atxs: 0, ...verdictOf([unread], claims) };
  }
  const { epoch, ids, size, hash, isSorted } = set;
  const checks = [
    judged('blob', true, 'Every byte is accounted for.'),
    columnCheck('id', 'The hash of its ATXs', toHex(hash), toHex(id)),
    epochColumn === null
      ? judged('epoch-column', 'inconclusive', 'The table has no epoch: it is older than v1.3.')
      : columnCheck('epoch-column', 'The epoch', epoch, Number(epochColumn)),
    isSorted
      ? await members(database, ids, epoch, signal)
      : judged('members', false, 'Its ATXs are not in ascending order, as the node demands.'),
  ];
  return { id, epoch, atxs: size, ...verdictOf(checks, claims) };
}

/** Each ATX is here, and was published in the epoch before. */
async function members(
  database: Queryable,
  ids: Bytes,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<Check> {
  const count = ids.length / 32;
  const { rows } = await askAll(
    database,
    `${cutIds(32)}
     SELECT count(a.id), coalesce(sum(a.epoch != :published), 0), count(DISTINCT substr(:ids, i * 32 + 1, 32))
     FROM wanted LEFT JOIN atxs a ON a.id = substr(:ids, i * 32 + 1, 32)`,
    { ids, published: epoch - 1 },
    { signal },
  );
  const [here, ofOther, distinct] = (rows[0] ?? []).map(Number);
  if (distinct !== count)
    return judged('members', false, `It has ${counted(count, 'ATX')}, some of them twice.`);
  if (ofOther)
    return judged(
      'members',
      false,
      `${counted(ofOther, 'ATX')} in it ${ofOther === 1 ? 'is' : 'are'} not of publish epoch ${epoch - 1}.`,
    );
  if (here !== count)
    return judged(
      'members',
      'inconclusive',
      `${counted(count - (here ?? 0), 'ATX')} in it ${count - (here ?? 0) === 1 ? 'is' : 'are'} not in this database.`,
    );
  return judged('members', true, `All ${counted(count, 'ATX')} are of publish epoch ${epoch - 1}.`);
}
