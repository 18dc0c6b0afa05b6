/**
 * The questions that the pages and `window.workbench.state` ask, as typed values. Money is in smidge (bigint);
 * epochs are target epochs unless they say "publish": an ATX published in epoch 7 earns in epoch 8.
 */
import { readBytes, type BytesLike } from '../../base/bytes';
import { counted } from '../../base/counted';
import { mainnetTiming } from '../../protocol/epochs';
import { WorkbenchError } from '../../base/error';
import { maxTypedIds, parsePastedId } from '../../protocol/ids';
import { describeSchema, missingFrom } from '../schema';
import type { DatabaseInfo, QueryOptions, QueryResult, SqlParams, SqlValue } from '../types';
import { validities, type Validity } from '../validity';
import { askAll } from './ask';
import { catalogueQuery, resolveQuery } from './catalogue';
import { bytes, bytesOrNull, integer, integerOrNull, number, numberOrNull, type Row } from './row';

/** What the questions are put to: a Database. */
export interface Queryable {
  readonly info: DatabaseInfo;
  query(sql: string, params?: SqlParams, options?: QueryOptions): Promise<QueryResult>;
}

export type AskOptions = Pick<QueryOptions, 'signal' | 'lane'>;

async function ask(
  database: Queryable,
  sql: string,
  params: SqlParams,
  options: QueryOptions = {},
): Promise<Row[]> {
  const { columns, rows } = await askAll(database, sql, params, options);
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

/**
 * Runs a query of the catalogue in the form that fits the database.
 * @throws WorkbenchError `schema-lacks`
 */
export async function askCatalogue(
  database: Queryable,
  id: string,
  params: Readonly<Record<string, SqlValue>> = {},
  options: AskOptions = {},
): Promise<Row[]> {
  const query = catalogueQuery(id);
  const resolved = resolveQuery(query, database.info.tables);
  if ('missing' in resolved) throw lacks(database.info, query.title, resolved.missing);
  return ask(database, resolved.sql, params, { ...options, unsigned: query.unsigned });
}

/** The error for a view that the database cannot fill: names what is not there. */
export const lacks = (
  info: DatabaseInfo,
  what: string,
  missing: readonly string[],
): WorkbenchError =>
  new WorkbenchError(
    'schema-lacks',
    `"${what}" needs ${missing.join(', ')}, which this database does not have. Its schema is version ${describeSchema(info)}. The SQL console works with what there is.`,
    { missing, schemaVersion: info.schemaVersion },
  );

/** A smesher or ATX id as bytes, hex or base64. */
export const readId = (value: BytesLike, what: string): Uint8Array => readBytes(value, 32, what);

/** A coinbase as bytes, hex, base64 or address. */
export function readCoinbase(value: BytesLike): Uint8Array {
  if (typeof value !== 'string') return readBytes(value, 24, 'The coinbase');
  const pasted = parsePastedId(value);
  if (pasted.kind === 'address') return pasted.bytes;
  throw new WorkbenchError(
    'id-wrong-length',
    'This is a 32-byte id, not a coinbase. Enter an address such as sm1…, or 48 hex digits (40 without its four zero bytes).',
  );
}

/** One id or a list of at most 10,000. */
export type OneOrMore<Value> = Value | readonly Value[];

export interface RewardFilter {
  readonly smesher?: OneOrMore<BytesLike> | undefined;
  readonly coinbase?: OneOrMore<BytesLike> | undefined;
  readonly fromLayer?: number | undefined;
  readonly toLayer?: number | undefined;
}

const isList = <Value>(value: OneOrMore<Value>): value is readonly Value[] => Array.isArray(value);

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
  const rows = await ask(
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

export interface CoinbaseRow {
  readonly coinbase: Uint8Array;
  readonly firstPublishEpoch: number;
  readonly lastPublishEpoch: number;
  readonly atxs: number;
}

/** Every coinbase that a smesher put into its own ATXs, in order of first use. */
export async function coinbases(
  database: Queryable,
  smesher: BytesLike,
  options: AskOptions = {},
): Promise<CoinbaseRow[]> {
  const rows = await askCatalogue(
    database,
    'coinbases_of_smesher',
    { smesher: readId(smesher, 'The smesher id') },
    options,
  );
  return rows.map((row) => ({
    coinbase: bytes(row, 'coinbase'),
    firstPublishEpoch: number(row, 'first_publish_epoch'),
    lastPublishEpoch: number(row, 'last_publish_epoch'),
    atxs: number(row, 'atxs'),
  }));
}

export interface AtxRow {
  readonly id: Uint8Array;
  readonly publishEpoch: number;
  readonly targetEpoch: number;
  /** 1 or 2; null where the database does not say. */
  readonly version: number | null;
  readonly blobBytes: number | null;
  readonly publisher: Uint8Array;
  /** Units of this identity in it. */
  readonly ownUnits: number;
  /** Units of all identities in it, as they count. */
  readonly atxUnits: number;
  readonly tickCount: bigint;
  readonly tickHeight: bigint;
  readonly weight: bigint;
  readonly sequence: bigint;
  readonly previousAtx: Uint8Array | null;
  readonly commitmentAtx: Uint8Array | null;
  readonly vrfNonce: bigint | null;
  readonly coinbase: Uint8Array;
  /** When the node received it, Unix seconds; 0 marks an ATX from a checkpoint. */
  readonly receivedUnixS: number;
  /** This node's own opinion: see validity.ts. */
  readonly validity: Validity | null;
  /** Of the equivocation set, on merged ATXs. */
  readonly marriageAtx: Uint8Array | null;
}

const atxRow = (row: Row): AtxRow => ({
  id: bytes(row, 'atx_id'),
  publishEpoch: number(row, 'publish_epoch'),
  targetEpoch: number(row, 'publish_epoch') + 1,
  version: row['atx_version'] === 0 ? 1 : numberOrNull(row, 'atx_version'),
  blobBytes: numberOrNull(row, 'blob_bytes'),
  publisher: bytes(row, 'publisher'),
  ownUnits: number(row, 'own_units'),
  atxUnits: number(row, 'atx_units'),
  tickCount: integer(row, 'tick_count'),
  tickHeight: integer(row, 'tick_height'),
  weight: integer(row, 'weight'),
  sequence: integer(row, 'sequence'),
  previousAtx: bytesOrNull(row, 'prev_atx'),
  commitmentAtx: bytesOrNull(row, 'commitment_atx'),
  vrfNonce: integerOrNull(row, 'vrf_nonce'),
  coinbase: bytes(row, 'coinbase'),
  receivedUnixS: number(row, 'received_unix_s'),
  validity: row['validity'] === null ? null : (validities[number(row, 'validity')] ?? null),
  marriageAtx: bytesOrNull(row, 'marriage_atx'),
});

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

const askIfAble: typeof askCatalogue = async (database, id, params, options) => {
  if ('missing' in resolveQuery(catalogueQuery(id), database.info.tables)) return [];
  return askCatalogue(database, id, params, options);
};

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
    const [row] = await ask(
      database,
      `SELECT count(*) AS n FROM rewards WHERE coinbase = :coinbase${has('rewards.pubkey') ? ' AND pubkey IS NULL' : ''}`,
      { coinbase },
      options,
    );
    if (row) unnamed += number(row, 'n');
  }
  if (!has('rewards.pubkey')) return { ...none, unnamed };
  const [row] = await ask(
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
    const [row] = await ask(
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
  const rows = await ask(
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

export interface EpochRow {
  /** The epoch in which these ATXs count and these rewards were paid. */
  readonly epoch: number;
  readonly atxs: number;
  readonly publishers: number;
  /** Identities, those in merged ATXs one by one. */
  readonly identities: number;
  readonly units: number;
  readonly weight: bigint;
  readonly minTicks: bigint;
  readonly maxTicks: bigint;
  readonly rewards: number;
  readonly rewardedSmeshers: number | null;
  readonly coinbases: number;
  readonly totalSmidge: bigint;
  readonly layerSmidge: bigint;
}

/** The network epoch by epoch: ATXs, identities, weight, rewards. Scans the tables of ATXs, posts and rewards. */
export async function epochs(database: Queryable, options: AskOptions = {}): Promise<EpochRow[]> {
  const { layersPerEpoch } = await inferLayersPerEpoch(database, options);
  const totals = await askIfAble(database, 'epoch_totals', {}, options);
  const members = await askIfAble(database, 'epoch_identities', {}, options);
  const paid = await askIfAble(database, 'rewards_per_epoch', { layersPerEpoch }, options);
  const target = (row: Row): number => number(row, 'publish_epoch') + 1;
  const byEpoch = new Map<number, { total?: Row; member?: Row; paid?: Row }>();
  const at = (epoch: number): { total?: Row; member?: Row; paid?: Row } => {
    const entry = byEpoch.get(epoch) ?? {};
    byEpoch.set(epoch, entry);
    return entry;
  };
  for (const row of totals) at(target(row)).total = row;
  for (const row of members) at(target(row)).member = row;
  for (const row of paid) at(number(row, 'epoch')).paid = row;
  return [...byEpoch]
    .sort(([a], [b]) => a - b)
    .map(([epoch, { total, member, paid }]) => ({
      epoch,
      // An epoch that a table has no rows of has none of what it counts.
      atxs: total ? number(total, 'atxs') : 0,
      publishers: total ? number(total, 'publishers') : 0,
      identities: member ? number(member, 'identities') : 0,
      units: member ? number(member, 'units') : total ? number(total, 'units') : 0,
      weight: total ? integer(total, 'weight') : 0n,
      minTicks: total ? integer(total, 'min_ticks') : 0n,
      maxTicks: total ? integer(total, 'max_ticks') : 0n,
      rewards: paid ? number(paid, 'rewards') : 0,
      rewardedSmeshers: paid ? numberOrNull(paid, 'smeshers') : null,
      coinbases: paid ? number(paid, 'coinbases') : 0,
      totalSmidge: paid ? integer(paid, 'total_smidge') : 0n,
      layerSmidge: paid ? integer(paid, 'layer_smidge') : 0n,
    }));
}

export interface AtxMember {
  readonly smesher: Uint8Array;
  readonly units: number;
  readonly previousAtx: Uint8Array | null;
  /** The ATX that continues from this one. */
  readonly nextAtx: Uint8Array | null;
}

export interface AtxInfo {
  /** Every column of the row in `atxs`, as stored. */
  readonly columns: Row;
  readonly members: readonly AtxMember[];
  readonly blob: Uint8Array | null;
  /** 1 or 2; null where the database does not say. */
  readonly version: number | null;
}

const unsignedAtxColumns = ['nonce', 'base_tick_height', 'tick_count', 'sequence'];

/** One ATX with its links along the chain of previous ATXs; null when the database does not have it. */
export async function atx(
  database: Queryable,
  id: BytesLike,
  options: AskOptions = {},
): Promise<AtxInfo | null> {
  const key = readId(id, 'The ATX id');
  const { tables } = database.info;
  const has = (...needs: string[]): boolean => missingFrom(tables, needs).length === 0;
  if (!has('atxs')) throw lacks(database.info, 'ATX', ['atxs']);
  const [columns] = await ask(
    database,
    'SELECT * FROM atxs WHERE id = :id',
    { id: key },
    { ...options, unsigned: unsignedAtxColumns },
  );
  if (!columns) return null;
  const [blob] = has('atx_blobs')
    ? await ask(
        database,
        `SELECT atx, ${has('atx_blobs.version') ? 'version' : 'NULL AS version'} FROM atx_blobs WHERE id = :id`,
        { id: key },
        options,
      )
    : [{ atx: columns['atx'] ?? null, version: null }];
  return {
    columns,
    members: has('posts')
      ? await postMembers(database, key, has('posts.publish_epoch'), columns, options)
      : await ownMember(database, key, has('atxs.prev_id'), columns, options),
    blob: blob ? bytesOrNull(blob, 'atx') : null,
    version: blob?.['version'] === 0 ? 1 : blob ? numberOrNull(blob, 'version') : null,
  };
}

async function postMembers(
  database: Queryable,
  key: Uint8Array,
  hasEpoch: boolean,
  columns: Row,
  options: AskOptions,
): Promise<AtxMember[]> {
  // By (pubkey, publish_epoch), which is an index: by prev_atxid alone it would read the whole table.
  const next = hasEpoch
    ? `(SELECT n.atxid FROM posts n WHERE n.pubkey = p.pubkey AND n.publish_epoch > :epoch AND n.prev_atxid = p.atxid LIMIT 1)`
    : 'NULL';
  const rows = await ask(
    database,
    `SELECT p.pubkey, p.units, p.prev_atxid, ${next} AS next_atxid
     FROM posts p WHERE p.atxid = :id ORDER BY p.pubkey`,
    { id: key, ...(hasEpoch && { epoch: number(columns, 'epoch') }) },
    options,
  );
  return rows.map((row) => ({
    smesher: bytes(row, 'pubkey'),
    units: number(row, 'units'),
    previousAtx: bytesOrNull(row, 'prev_atxid'),
    nextAtx: bytesOrNull(row, 'next_atxid'),
  }));
}

async function ownMember(
  database: Queryable,
  key: Uint8Array,
  hasPrevious: boolean,
  columns: Row,
  options: AskOptions,
): Promise<AtxMember[]> {
  const publisher = bytes(columns, 'pubkey');
  const [next] = hasPrevious
    ? await ask(
        database,
        'SELECT id FROM atxs WHERE pubkey = :publisher AND epoch > :epoch AND prev_id = :id LIMIT 1',
        { publisher, epoch: number(columns, 'epoch'), id: key },
        options,
      )
    : [];
  return [
    {
      smesher: publisher,
      units: number(columns, 'effective_num_units'),
      previousAtx: hasPrevious ? bytesOrNull(columns, 'prev_id') : null,
      nextAtx: next ? bytesOrNull(next, 'id') : null,
    },
  ];
}

export interface LayersPerEpoch {
  readonly layersPerEpoch: number;
  /** 'default': nothing in the database contradicts mainnet, or it has no ballots. */
  readonly source: 'inferred' | 'default';
}

/**
 * Layers per epoch, which the database does not hold: a ballot in layer L cites an ATX that counts in L's epoch, so
 * epoch ≤ L / layersPerEpoch < epoch + 1. A few ballots around the change of an epoch pin it down, by index look-ups
 * alone. Mainnet's 4032 wins where it fits.
 */
export async function inferLayersPerEpoch(
  database: Queryable,
  options: AskOptions = {},
): Promise<LayersPerEpoch> {
  const mainnet: LayersPerEpoch = {
    layersPerEpoch: mainnetTiming.layersPerEpoch,
    source: 'default',
  };
  if (missingFrom(database.info.tables, ['ballots.atx', 'ballots.layer', 'atxs']).length > 0)
    return mainnet;
  const firstFrom = async (
    layer: number,
  ): Promise<{ layer: number; epoch: number } | undefined> => {
    const [row] = await ask(
      database,
      `SELECT b.layer, a.epoch + 1 AS epoch FROM ballots b JOIN atxs a ON a.id = b.atx
       WHERE b.layer >= :layer ORDER BY b.layer LIMIT 1`,
      { layer },
      options,
    );
    return row && { layer: number(row, 'layer'), epoch: number(row, 'epoch') };
  };
  const first = await firstFrom(0);
  const [range] = await ask(database, 'SELECT max(layer) AS last FROM ballots', {}, options);
  const lastLayer = range ? numberOrNull(range, 'last') : null;
  const last = lastLayer === null ? undefined : await firstFrom(lastLayer);
  if (!first || !last) return mainnet;
  // Bounds of layersPerEpoch: above `over`, at most `atMost`.
  let over = 0;
  let atMost = Infinity;
  const learn = ({ layer, epoch }: { layer: number; epoch: number }): void => {
    over = Math.max(over, layer / (epoch + 1));
    if (epoch > 0) atMost = Math.min(atMost, layer / epoch);
  };
  learn(first);
  learn(last);
  const fits = (value: number): boolean => value > over && value <= atMost;
  // The last change of epoch is the sharpest: its layer is divided by the largest epoch.
  let [low, high] = [first.layer, last.layer];
  while (last.epoch > first.epoch && low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstFrom(middle);
    if (!found) break;
    learn(found);
    if (found.epoch === last.epoch) high = middle;
    else low = Math.max(found.layer, middle) + 1;
  }
  // Where the epoch's first layer has a ballot, which is all but always, the upper bound is exact.
  const best = Math.floor(atMost);
  if (fits(mainnet.layersPerEpoch))
    return best === mainnet.layersPerEpoch ? { ...mainnet, source: 'inferred' } : mainnet;
  return fits(best) ? { layersPerEpoch: best, source: 'inferred' } : mainnet;
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

/** Layers and epochs that the database covers, and how far the node was. */
export async function tip(
  database: Queryable,
  options: AskOptions = {},
): Promise<{
  lastProcessedLayer: number | null;
  lastAppliedLayer: number | null;
  lastRewardLayer: number | null;
  lastPublishEpoch: number | null;
}> {
  const [row] = await askIfAble(database, 'state_tip', {}, options);
  return {
    lastProcessedLayer: row ? numberOrNull(row, 'last_processed') : null,
    lastAppliedLayer: row ? numberOrNull(row, 'last_applied') : null,
    lastRewardLayer: row ? numberOrNull(row, 'last_reward_layer') : null,
    lastPublishEpoch: row ? numberOrNull(row, 'last_publish_epoch') : null,
  };
}

/**
 * The ATX that a new identity would commit to: the highest of the latest publish epoch that is not marked
 * invalid (go-spacemesh activation/post.go findCommitmentAtx, which verifies it besides).
 * @returns 32 bytes
 * @throws WorkbenchError `schema-lacks`, `no-atxs`
 */
export async function highestAtx(
  database: Queryable,
  options: AskOptions = {},
): Promise<Uint8Array> {
  const { tables } = database.info;
  const missing = missingFrom(tables, ['atxs.base_tick_height', 'atxs.tick_count']);
  if (missing.length > 0) throw lacks(database.info, 'The highest ATX', missing);
  const invalid = missingFrom(tables, ['atxs.validity']).length === 0 ? 'AND validity <> 2' : '';
  const [row] = await ask(
    database,
    `SELECT id FROM atxs WHERE epoch = (SELECT max(epoch) FROM atxs) ${invalid}
     ORDER BY base_tick_height + tick_count DESC, id LIMIT 1`,
    {},
    options,
  );
  if (!row) throw new WorkbenchError('no-atxs', 'This database holds no ATXs to commit to.');
  return bytes(row, 'id');
}
