/** Rewards by layer. Money is in smidge (bigint). */
import type { BytesLike } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { maxTypedIds } from '../../protocol/ids';
import { missingFrom } from '../schema';
import type { SqlValue } from '../types';
import { coinbases } from './accounts';
import { type Queryable, type AskOptions, askRows, lacks } from './ask';
import { readId, readCoinbase, type OneOrMore, isList } from './ids';
import { bytes, bytesOrNull, integer, number } from './row';

export interface RewardFilter {
  readonly smesher?: OneOrMore<BytesLike> | undefined;
  readonly coinbase?: OneOrMore<BytesLike> | undefined;
  readonly fromLayer?: number | undefined;
  readonly toLayer?: number | undefined;
}

export interface RewardRow {
  readonly layer: number;
  /** Null in rows from before v1.3. */
  readonly smesher: Uint8Array | null;
  readonly coinbase: Uint8Array;
  readonly totalSmidge: bigint;
  /** The share of the layer's issuance; the rest of the total is fees. */
  readonly layerSmidge: bigint;
}

/**
 * Rewards by layer: of the smeshers given, of the coinbases given, or of these smeshers that went to these coinbases.
 * @throws WorkbenchError `rewards-no-filter`, `id-too-many`, `schema-lacks`
 */
export async function rewards(
  database: Queryable,
  filter: RewardFilter,
  options: AskOptions = {},
): Promise<RewardRow[]> {
  const { smesher, coinbase, fromLayer, toLayer } = filter;
  if (smesher === undefined && coinbase === undefined)
    throw new WorkbenchError(
      'rewards-no-filter',
      'Name a smesher or a coinbase. For all rewards use the SQL console.',
    );
  const { tables } = database.info;
  const missing = missingFrom(tables, smesher === undefined ? ['rewards'] : ['rewards.pubkey']);
  if (missing.length > 0) throw lacks(database.info, 'Rewards', missing);
  const named = missingFrom(tables, ['rewards.pubkey']).length === 0;
  const params: Record<string, SqlValue> = {};
  const conditions: string[] = [];
  const addCondition = (
    column: string,
    ids: OneOrMore<BytesLike>,
    read: (id: BytesLike) => Uint8Array,
  ): void => {
    const list = isList(ids) ? ids : [ids];
    if (list.length > maxTypedIds)
      throw new WorkbenchError(
        'id-too-many',
        `This list has ${counted(list.length, 'id')}, the limit is ${counted(maxTypedIds, 'id')}. Split it.`,
        { ids: list.length, maxIds: maxTypedIds },
      );
    list.forEach((id, i) => (params[`${column}${i}`] = read(id)));
    conditions.push(`${column} IN (${list.map((_, i) => `:${column}${i}`).join()})`);
  };
  if (smesher !== undefined) addCondition('pubkey', smesher, (id) => readId(id, 'The smesher id'));
  if (coinbase !== undefined) addCondition('coinbase', coinbase, readCoinbase);
  if (fromLayer !== undefined) {
    conditions.push('layer >= :fromLayer');
    params['fromLayer'] = fromLayer;
  }
  if (toLayer !== undefined) {
    conditions.push('layer <= :toLayer');
    params['toLayer'] = toLayer;
  }
  const rows = await askRows(
    database,
    `SELECT layer, ${named ? 'pubkey' : 'NULL AS pubkey'}, coinbase, total_reward, layer_reward
     FROM rewards WHERE ${conditions.join(' AND ')} ORDER BY layer, pubkey`,
    params,
    { ...options, unsigned: ['total_reward', 'layer_reward'] },
  );
  return rows.map((row) => ({
    layer: number(row, 'layer'),
    smesher: bytesOrNull(row, 'pubkey'),
    coinbase: bytes(row, 'coinbase'),
    totalSmidge: integer(row, 'total_reward'),
    layerSmidge: integer(row, 'layer_reward'),
  }));
}

/** The documentation's two steps: the coinbases of a smesher, then the rewards of each. */
export async function rewardsThroughCoinbases(
  database: Queryable,
  id: BytesLike,
  options: AskOptions = {},
): Promise<{ coinbase: Uint8Array; rewards: RewardRow[] }[]> {
  const used = await coinbases(database, id, options);
  const found: { coinbase: Uint8Array; rewards: RewardRow[] }[] = [];
  for (const { coinbase } of used)
    found.push({ coinbase, rewards: await rewards(database, { coinbase }, options) });
  return found;
}
