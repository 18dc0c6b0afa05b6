/** What the audit of slots reads of the database besides ballots. */
import { WorkbenchError } from '../../base/error';
import type { Queryable } from '../../state/queries/ask';
import type { BallotEvidenceReader } from '../ballot-evidence';
import { integerOf, type Rows } from '../layer-data';
import type { SlotEpoch, SlotNetwork } from './types';

export interface EpochAtx {
  readonly id: Uint8Array;
  readonly publisher: Uint8Array;
  readonly epoch: number;
  readonly weight: bigint;
}

export interface SlotReading {
  readonly database: Queryable;
  readonly network: SlotNetwork;
  readonly rows: Rows;
  /** SQL of an ATX's weight. */
  readonly weight: string;
  readonly signal: AbortSignal | undefined;
  /** The database holds a proof against the smesher, or marks it through its marriage. */
  readonly malicious: boolean;
  readonly evidence: BallotEvidenceReader;
}

export async function isMalicious(
  rows: Rows,
  has: (need: string) => boolean,
  smesher: Uint8Array,
): Promise<boolean> {
  const found = async (table: string, condition: string): Promise<boolean> =>
    has(`${table}.proof`) &&
    (await rows(`SELECT 1 FROM ${table} WHERE pubkey = :smesher ${condition}`, { smesher }))
      .length > 0;
  // In `identities` a row without proof may be a marriage; in `malfeasance` it is another's proof that counts.
  return (await found('identities', 'AND proof IS NOT NULL')) || (await found('malfeasance', ''));
}

/** The weight that slots are a share of: of the active set if the database has all of it, else of all ATXs. */
export async function totalWeight(
  { rows, weight, evidence }: SlotReading,
  publishEpoch: number,
  activeSet: Uint8Array | undefined,
): Promise<{ weight: bigint; from: SlotEpoch['totalFrom'] }> {
  const set = activeSet && (await evidence.activeSet(activeSet));
  if (set && !(set instanceof WorkbenchError) && set.known === set.size)
    return { weight: set.weight, from: 'active-set' };
  const [[sum] = []] = await rows(
    `SELECT sum(${weight}) FROM atxs a WHERE a.epoch = :publishEpoch`,
    { publishEpoch },
  );
  return { weight: integerOf(sum), from: 'all-atxs' };
}
