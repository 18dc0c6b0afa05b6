/** One identity with everything that the database holds about it. */
import type { BytesLike } from '../../base/bytes';
import { missingFrom } from '../schema';
import { type CoinbaseRow, coinbases } from './accounts';
import { type Queryable, type AskOptions, askRows, askCatalogue, askIfAble } from './ask';
import { type AtxRow, atxRow } from './atxs';
import { readId } from './ids';
import { bytes, integer, integerOrNull, number, numberOrNull } from './row';

export interface Neighbour {
  readonly rank: number;
  readonly smesher: Uint8Array;
  readonly units: number;
  readonly weight: bigint;
}

export interface SmesherInfo {
  readonly id: Uint8Array;
  readonly atxs: readonly AtxRow[];
  readonly coinbases: readonly CoinbaseRow[];
  readonly rewards: {
    readonly count: number;
    readonly totalSmidge: bigint;
    readonly firstLayer: number | null;
    readonly lastLayer: number | null;
    /** Rewards of its coinbases that name no smesher (from before v1.3): some of them may be its own. */
    readonly unnamed: number;
  };
  readonly malfeasance: {
    readonly source: string;
    readonly receivedUnixS: number;
    readonly proofBytes: number | null;
  } | null;
  /** The identities it is married to, itself included; empty when it is not. */
  readonly equivocationSet: readonly { readonly smesher: Uint8Array; readonly index: number }[];
  /** Publishers by weight in its newest publish epoch, three on each side. */
  readonly rank: {
    readonly publishEpoch: number;
    readonly of: number;
    readonly neighbours: readonly Neighbour[];
  } | null;
}

/** Everything about one identity. Parts that the database cannot answer are empty. */
export async function smesher(
  database: Queryable,
  id: BytesLike,
  options: AskOptions = {},
): Promise<SmesherInfo> {
  const key = readId(id, 'The smesher id');
  const atxs = (await askCatalogue(database, 'atx_history', { smesher: key }, options)).map(atxRow);
  const used = await coinbases(database, key, options);
  return {
    id: key,
    atxs,
    coinbases: used,
    rewards: await rewardTotals(database, key, used, options),
    malfeasance: await malfeasanceOf(database, key, options),
    equivocationSet: (
      await askIfAble(database, 'marriage_set_of_smesher', { smesher: key }, options)
    ).map((row) => ({ smesher: bytes(row, 'smesher'), index: number(row, 'marriage_idx') })),
    rank: await rankOf(database, atxs.at(-1), options),
  };
}

async function rewardTotals(
  database: Queryable,
  key: Uint8Array,
  used: readonly CoinbaseRow[],
  options: AskOptions,
): Promise<SmesherInfo['rewards']> {
  const none = { count: 0, totalSmidge: 0n, firstLayer: null, lastLayer: null };
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;
  if (!has('rewards')) return { ...none, unnamed: 0 };
  let unnamed = 0;
  for (const { coinbase } of used) {
    const [row] = await askRows(
      database,
      `SELECT count(*) AS n FROM rewards WHERE coinbase = :coinbase${has('rewards.pubkey') ? ' AND pubkey IS NULL' : ''}`,
      { coinbase },
      options,
    );
    if (row) unnamed += number(row, 'n');
  }
  if (!has('rewards.pubkey')) return { ...none, unnamed };
  const [row] = await askRows(
    database,
    `SELECT count(*) AS n, sum(total_reward) AS total, min(layer) AS first, max(layer) AS last
     FROM rewards WHERE pubkey = :smesher`,
    { smesher: key },
    options,
  );
  if (!row) return { ...none, unnamed };
  return {
    count: number(row, 'n'),
    // The sum of no rows is NULL.
    totalSmidge: integerOrNull(row, 'total') ?? 0n,
    firstLayer: numberOrNull(row, 'first'),
    lastLayer: numberOrNull(row, 'last'),
    unnamed,
  };
}

async function malfeasanceOf(
  database: Queryable,
  key: Uint8Array,
  options: AskOptions,
): Promise<SmesherInfo['malfeasance']> {
  const { tables } = database.info;
  for (const source of ['identities', 'malfeasance']) {
    if (missingFrom(tables, [`${source}.proof`, `${source}.received`]).length > 0) continue;
    // In `identities` of v1.6 and v1.7.0–4 a row without proof is a married identity, not a malicious one.
    const [row] = await askRows(
      database,
      `SELECT length(proof) AS proof_bytes, received / 1000000000 AS received FROM ${source}
       WHERE pubkey = :smesher${source === 'identities' ? ' AND proof IS NOT NULL' : ''}`,
      { smesher: key },
      options,
    );
    if (row)
      return {
        source,
        receivedUnixS: number(row, 'received'),
        proofBytes: numberOrNull(row, 'proof_bytes'),
      };
  }
  return null;
}

async function rankOf(
  database: Queryable,
  newest: AtxRow | undefined,
  options: AskOptions,
): Promise<SmesherInfo['rank']> {
  if (!newest) return null;
  const weight =
    missingFrom(database.info.tables, ['atxs.weight']).length === 0
      ? 'weight'
      : 'effective_num_units * tick_count';
  const rows = await askRows(
    database,
    `WITH ranked AS (
       SELECT row_number() OVER (ORDER BY ${weight} DESC, pubkey) AS rank, count(*) OVER () AS of,
         pubkey, effective_num_units AS units, ${weight} AS weight, id
       FROM atxs WHERE epoch = :epoch),
     own AS (SELECT rank FROM ranked WHERE id = :atx)
     SELECT ranked.rank, of, pubkey, units, weight FROM ranked, own
     WHERE ranked.rank BETWEEN own.rank - 3 AND own.rank + 3 ORDER BY ranked.rank`,
    { epoch: newest.publishEpoch, atx: newest.id },
    options,
  );
  return {
    publishEpoch: newest.publishEpoch,
    of: rows[0] ? number(rows[0], 'of') : 0,
    neighbours: rows.map((row) => ({
      rank: number(row, 'rank'),
      smesher: bytes(row, 'pubkey'),
      units: number(row, 'units'),
      weight: integer(row, 'weight'),
    })),
  };
}
