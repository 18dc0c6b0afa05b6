/**
 * Who makes up the network: identity sizes and coinbase clusters of one epoch, and how both have grown.
 * A coinbase represents an owner: one owner may use several, so there may be fewer owners than clusters.
 */
import { toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { missingFrom } from '../schema';
import type { SqlValue } from '../types';
import { askCatalogue, lacks, type AskOptions, type Queryable } from './ask';
import { askAll } from './ask';

/** Identities of one coinbase. */
export interface CoinbaseCluster {
  readonly coinbase: Uint8Array;
  readonly identities: number;
  readonly units: number;
  /** Identities by size: units → how many. */
  readonly sizes: ReadonlyMap<number, number>;
}

/** Identities that one owner has: those of a marriage set, or the unmarried ones of a coinbase. */
export interface OwnerGroup {
  readonly sizes: ReadonlyMap<number, number>;
  /** Married identities are one equivocation set; merged ones publish one ATX, as they did in this epoch. */
  readonly ties: 'none' | 'married' | 'merged';
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
  /** The same identities by who decides for them. */
  readonly owners: readonly OwnerGroup[];
  /** Married identities among them, and how many of those are merged. */
  readonly married: number;
  readonly merged: number;
  /** Identities with an ATX in that epoch that are known to be malicious, and counted nowhere else. */
  readonly malicious: { readonly identities: number; readonly units: number };
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
  const background: AskOptions = { priority: 'background', ...options };
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
  const { rows } = await askAll(
    database,
    groupsSql(database),
    { epoch: newest.publishEpoch },
    { maxRows: maxGroups, ...background },
  );
  const groups = rows.map(readGroup);
  const honest = groups.filter(({ malicious }) => !malicious);
  const clusters = clustersOf(honest);
  const owners = ownersOf(honest);
  return {
    publishEpoch: newest.publishEpoch,
    ...totals(honest),
    clusters,
    owners,
    married: totals(honest.filter(({ set }) => set !== undefined)).identities,
    merged: totals(honest.filter(({ merged }) => merged)).identities,
    malicious: totals(groups.filter(({ malicious }) => malicious)),
    epochs,
    unitGrowth: growth(epochs, at),
  };
}

/**
 * Columns: coinbase, units, marriage set, in a merged ATX, malicious, identities. Members of merged ATXs count one by
 * one, where posts tells of them.
 */
function groupsSql(database: Queryable): string {
  const { tables } = database.info;
  const has = (...needs: string[]): boolean => missingFrom(tables, needs).length === 0;
  const needs = ['atxs.coinbase', 'atxs.effective_num_units', 'atxs.epoch', 'atxs.pubkey'];
  if (!has(...needs)) throw lacks(database.info, 'The network’s identities', needs);
  const [who, units, from] = has('posts.publish_epoch')
    ? [
        'p.pubkey',
        'p.units',
        'posts p JOIN atxs a ON a.id = p.atxid WHERE p.publish_epoch = :epoch',
      ]
    : has('posts')
      ? ['p.pubkey', 'p.units', 'atxs a JOIN posts p ON p.atxid = a.id WHERE a.epoch = :epoch']
      : ['a.pubkey', 'a.effective_num_units', 'atxs a WHERE a.epoch = :epoch'];
  // From schema 24 on marriages have a table of their own; before, a row of identities tells of both.
  const marriages = has('marriages')
    ? 'SELECT pubkey, id AS marriage FROM marriages'
    : has('identities.marriage_atx')
      ? 'SELECT pubkey, marriage_atx AS marriage FROM identities WHERE marriage_atx IS NOT NULL'
      : 'SELECT NULL AS pubkey, NULL AS marriage WHERE 0';
  const proven = [
    ...(has('identities.proof') ? ['SELECT pubkey FROM identities WHERE proof IS NOT NULL'] : []),
    ...(has('malfeasance') ? ['SELECT pubkey FROM malfeasance'] : []),
  ];
  return `WITH married AS (${marriages}),
proven AS (${proven.length > 0 ? proven.join(' UNION ') : 'SELECT NULL AS pubkey WHERE 0'}),
malicious AS (
  SELECT pubkey FROM proven
  UNION
  SELECT pubkey FROM married
  WHERE marriage IN (SELECT marriage FROM married WHERE pubkey IN (SELECT pubkey FROM proven))
),
counted AS (
  SELECT a.coinbase, ${units} AS units, ${who} AS pubkey,
    ${has('atxs.marriage_atx') ? 'a.marriage_atx IS NOT NULL' : '0'} AS merged
  FROM ${from}
)
SELECT c.coinbase, c.units, m.marriage, c.merged, c.pubkey IN (SELECT pubkey FROM malicious), count(*)
FROM counted c LEFT JOIN married m ON m.pubkey = c.pubkey
GROUP BY 1, 2, 3, 4, 5`;
}

interface Group {
  /** In hex. */
  readonly owner: string;
  readonly coinbase: Uint8Array;
  readonly units: number;
  /** Undefined for the unmarried. */
  readonly set: string | undefined;
  readonly merged: boolean;
  readonly malicious: boolean;
  readonly count: number;
}

function readGroup([owner, units, set, merged, malicious, count]: readonly SqlValue[]): Group {
  const coinbase = owner instanceof Uint8Array ? owner : new Uint8Array();
  const setName = set instanceof Uint8Array ? toHex(set) : String(set);
  return {
    owner: toHex(coinbase),
    coinbase,
    units: Number(units),
    set: set === null || set === undefined ? undefined : setName,
    merged: Number(merged) === 1,
    malicious: Number(malicious) === 1,
    // An ATX without storage has no weight.
    count: Number(units) >= 1 ? Number(count) : 0,
  };
}

const totals = (groups: readonly Group[]): { identities: number; units: number } => ({
  identities: groups.reduce((sum, { count }) => sum + count, 0),
  units: groups.reduce((sum, { count, units }) => sum + count * units, 0),
});

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

/** Counts of a key's identities by size, the keys in the order of their first group. */
function sizesBy(
  groups: readonly Group[],
  key: (group: Group) => string,
): Map<string, Map<number, number>> {
  const by = new Map<string, Map<number, number>>();
  for (const group of groups) {
    if (group.count === 0) continue;
    const sizes = by.get(key(group)) ?? new Map<number, number>();
    sizes.set(group.units, (sizes.get(group.units) ?? 0) + group.count);
    by.set(key(group), sizes);
  }
  return by;
}

function clustersOf(groups: readonly Group[]): CoinbaseCluster[] {
  const coinbases = new Map(groups.map(({ owner, coinbase }) => [owner, coinbase]));
  return [...sizesBy(groups, ({ owner }) => owner)]
    .map(([owner, sizes]) => ({
      coinbase: coinbases.get(owner) ?? new Uint8Array(),
      sizes,
      identities: [...sizes.values()].reduce((sum, count) => sum + count, 0),
      units: [...sizes].reduce((sum, [units, count]) => sum + units * count, 0),
    }))
    .sort((a, b) => b.units - a.units);
}

function ownersOf(groups: readonly Group[]): OwnerGroup[] {
  const merged = new Set(
    groups.flatMap(({ set, merged: is }) => (set !== undefined && is ? [set] : [])),
  );
  const alone = groups.filter(({ set }) => set === undefined);
  const married = groups.filter(({ set }) => set !== undefined);
  return [
    ...[...sizesBy(alone, ({ owner }) => owner).values()].map((sizes): OwnerGroup => ({
      sizes,
      ties: 'none',
    })),
    ...[...sizesBy(married, ({ set }) => set ?? '')].map(([set, sizes]): OwnerGroup => ({
      sizes,
      ties: merged.has(set) ? 'merged' : 'married',
    })),
  ];
}
