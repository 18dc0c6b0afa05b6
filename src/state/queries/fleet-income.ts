/** What a fleet was paid, for its books. */
import type { BytesLike } from '../../base/bytes';
import { missingFrom } from '../schema';
import { lacks, type AskOptions, type Queryable } from './ask';
import { askOf, batchIds, big, blob, distinct } from './ask-ids';
import { readId } from './ids';

/** What the fleet's publishers were paid, layer by layer and coinbase by coinbase: the base of book-keeping. */
export interface FleetIncome {
  readonly layer: number;
  readonly coinbase: Uint8Array;
  readonly rewards: number;
  readonly smidge: bigint;
  readonly layerSmidge: bigint;
}

/**
 * By layer. Of a merged ATX the publisher is paid all: the income of a fleet without some of its members is more than their
 * shares. Memory: a row per layer and coinbase.
 */
export async function fleetIncome(
  database: Queryable,
  ids: readonly BytesLike[],
  options: AskOptions = {},
): Promise<FleetIncome[]> {
  const missing = missingFrom(database.info.tables, ['rewards.pubkey']);
  if (missing.length > 0) throw lacks(database.info, 'Income', missing);
  const keys = distinct(ids.map((id) => readId(id, 'The smesher id')));
  const rows = await askOf(
    { database, options },
    keys,
    (
      list,
      without,
    ) => `SELECT layer, coinbase, count(*), sum(total_reward), sum(layer_reward) FROM rewards
      WHERE ${without}pubkey IN (${list}) GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  const income = rows.map((row) => ({
    layer: Number(row[0]),
    coinbase: blob(row[1]),
    rewards: Number(row[2]),
    smidge: big(row[3]),
    layerSmidge: big(row[4]),
  }));
  return keys.length > batchIds ? income.sort((a, b) => a.layer - b.layer) : income;
}
