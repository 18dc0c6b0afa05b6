/** The network epoch by epoch, and how many layers an epoch has. */
import { mainnetTiming } from '../../protocol/epochs';
import { missingFrom } from '../schema';
import { type Queryable, type AskOptions, askRows, askIfAble } from './ask';
import { integer, number, numberOrNull, type Row } from './row';

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
    const [row] = await askRows(
      database,
      `SELECT b.layer, a.epoch + 1 AS epoch FROM ballots b JOIN atxs a ON a.id = b.atx
       WHERE b.layer >= :layer ORDER BY b.layer LIMIT 1`,
      { layer },
      options,
    );
    return row && { layer: number(row, 'layer'), epoch: number(row, 'epoch') };
  };
  const first = await firstFrom(0);
  const [range] = await askRows(database, 'SELECT max(layer) AS last FROM ballots', {}, options);
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
