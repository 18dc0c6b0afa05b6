/**
 * Who makes up the network: identity sizes and coinbase clusters of one epoch, and how both have grown.
 * A coinbase stands for an owner: one owner may use several, so there may be fewer owners than clusters.
 */
import { toHex } from '../../protocol/bytes';
import { WorkbenchError } from '../../protocol/error';
import { missingFrom } from '../schema';
import type { SqlValue } from '../types';
import { askCatalogue, lacks, type AskOptions, type Queryable } from './typed';

/** Identities of one coinbase. */
export interface CoinbaseCluster {
  readonly coinbase: Uint8Array;
  readonly identities: number;
  readonly units: number;
  /** Identities by size: units → how many. */
  readonly sizes: ReadonlyMap<number, number>;
}

export interface EpochSize {
  readonly publishEpoch: number;
  readonly identities: number;
  readonly units: number;
}

export interface NetworkPopulation {
  /** Epoch in which the ATXs were published; they count in the next. */
  readonly publishEpoch: number;
  readonly identities: number;
  readonly units: number;
  /** From the largest storage to the smallest. */
  readonly clusters: readonly CoinbaseCluster[];
  /** All epochs, those still being published too. */
  readonly epochs: readonly EpochSize[];
  /**
   * Growth of the storage in an epoch as a share, the mean over up to six epochs before this one;
   * null where there is nothing to compare with.
   */
  readonly unitGrowth: number | null;
}

/** An epoch with fewer identities than this share of the one before is still being published. */
const completeFrom = 0.9;
const growthEpochs = 6;
/** Distinct pairs of a coinbase and a size: far more than a network has. */
const maxGroups = 5_000_000;

/**
 * Reads the newest epoch whose ATXs are all there. Reads that epoch's ATXs one by one, so it takes a while
 * on a large database. Memory: some 100 bytes a coinbase and size.
 * @throws WorkbenchError `schema-lacks`, `no-atxs`
 */
export async function networkPopulation(
  database: Queryable,
  options: AskOptions = {},
): Promise<NetworkPopulation> {
  const background: AskOptions = { lane: 'background', ...options };
  const epochs = (await askCatalogue(database, 'epoch_identities', {}, background)).map(
    (row): EpochSize => ({
      publishEpoch: Number(row['publish_epoch']),
      identities: Number(row['identities']),
      units: Number(row['units']),
    }),
  );
  const at = newestComplete(epochs);
  const newest = epochs[at];
  if (!newest)
    throw new WorkbenchError(
      'no-atxs',
      `${database.info.name} holds no ATXs, so there is no network to read from it. Open the state.sql of a node that has synced.`,
    );
  const { rows } = await database.query(
    groupsSql(database),
    { epoch: newest.publishEpoch },
    { maxRows: maxGroups, ...background },
  );
  const clusters = clustersOf(rows);
  return {
    publishEpoch: newest.publishEpoch,
    identities: clusters.reduce((sum, { identities }) => sum + identities, 0),
    units: clusters.reduce((sum, { units }) => sum + units, 0),
    clusters,
    epochs,
    unitGrowth: growth(epochs, at),
  };
}

/** Columns: coinbase, units, identities. Members of merged ATXs count one by one, where posts tells of them. */
function groupsSql(database: Queryable): string {
  const { tables } = database.info;
  const has = (...needs: string[]): boolean => missingFrom(tables, needs).length === 0;
  const needs = ['atxs.coinbase', 'atxs.effective_num_units', 'atxs.epoch'];
  if (!has(...needs)) throw lacks(database.info, 'The network’s identities', needs);
  if (has('posts.publish_epoch'))
    return `SELECT a.coinbase, p.units, count(*)
FROM posts p JOIN atxs a ON a.id = p.atxid
WHERE p.publish_epoch = :epoch
GROUP BY a.coinbase, p.units`;
  if (has('posts'))
    return `SELECT a.coinbase, p.units, count(*)
FROM atxs a JOIN posts p ON p.atxid = a.id
WHERE a.epoch = :epoch
GROUP BY a.coinbase, p.units`;
  return `SELECT coinbase, effective_num_units, count(*)
FROM atxs
WHERE epoch = :epoch
GROUP BY coinbase, effective_num_units`;
}

function newestComplete(epochs: readonly EpochSize[]): number {
  const last = epochs.length - 1;
  const [newest, before] = [epochs[last], epochs[last - 1]];
  const growing = newest && before && newest.identities < completeFrom * before.identities;
  return growing ? last - 1 : last;
}

function growth(epochs: readonly EpochSize[], at: number): number | null {
  const from = Math.max(0, at - growthEpochs);
  const [first, last] = [epochs[from], epochs[at]];
  const apart = (last?.publishEpoch ?? 0) - (first?.publishEpoch ?? 0);
  if (!first || !last || apart < 1 || first.units === 0) return null;
  return (last.units / first.units) ** (1 / apart) - 1;
}

function clustersOf(rows: readonly (readonly SqlValue[])[]): CoinbaseCluster[] {
  const byCoinbase = new Map<string, { coinbase: Uint8Array; sizes: Map<number, number> }>();
  for (const [owner, size, count] of rows) {
    const coinbase = owner instanceof Uint8Array ? owner : new Uint8Array();
    const units = Number(size);
    // An ATX without storage has no weight.
    if (!(units >= 1)) continue;
    const key = toHex(coinbase);
    const cluster = byCoinbase.get(key) ?? { coinbase, sizes: new Map<number, number>() };
    cluster.sizes.set(units, (cluster.sizes.get(units) ?? 0) + Number(count));
    byCoinbase.set(key, cluster);
  }
  return [...byCoinbase.values()]
    .map(({ coinbase, sizes }) => ({
      coinbase,
      sizes,
      identities: [...sizes.values()].reduce((sum, count) => sum + count, 0),
      units: [...sizes].reduce((sum, [units, count]) => sum + units * count, 0),
    }))
    .sort((a, b) => b.units - a.units);
}
