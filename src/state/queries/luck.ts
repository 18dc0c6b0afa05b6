/**
 * What a database holds about a smesher's luck: in each of its epochs the slots that were due, the layers that paid
 * it, and what the network was paid. The statistics are in simulate/rewards/luck.ts.
 */
import type { BytesLike } from '../../base/bytes';
import { eligibleSlots, type EligibilityRules } from '../../protocol/eligibility';
import { missingFrom } from '../schema';
import type { SqlParams, SqlValue } from '../types';
import { lacks, type AskOptions, type Queryable } from './ask';
import { readId } from './ids';

export interface LuckRequest {
  readonly smesher?: BytesLike | undefined;
  readonly ids?: readonly BytesLike[] | undefined;
  /** Target epochs: those in which rewards are paid. */
  readonly fromEpoch?: number | undefined;
  readonly toEpoch?: number | undefined;
}

export interface LuckRow {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  /** Slots of its own ATX. */
  readonly slots: number;
  readonly layers: number;
  /** Layers of the epoch in which someone was paid, and in which this smesher was. */
  readonly paidLayers: number;
  readonly paid: number;
  readonly paidSmidge: bigint;
  /** Its share of the weight of all that the epoch paid. */
  readonly expectedSmidge: bigint;
  /** Rewards of the smeshers that were paid at all, as a share of those due to them. */
  readonly inclusion: number;
}

const needs = ['rewards.pubkey', 'atxs.pubkey', 'atxs.epoch'] as const;

/**
 * One row per smesher and epoch that is over in the database. Memory: the distinct weights of an epoch.
 * @throws WorkbenchError `schema-lacks`, of the ids
 */
export async function luckRows(
  database: Queryable,
  { smesher, ids = [], fromEpoch = 0, toEpoch = 2 ** 31 }: LuckRequest,
  rules: EligibilityRules,
  { signal, lane }: AskOptions = {},
): Promise<LuckRow[]> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'Unlucky or broken?', missing);
  const keys = [...(smesher === undefined ? [] : [smesher]), ...ids].map((id) =>
    readId(id, 'The smesher id'),
  );
  const hasWeight = missingFrom(database.info.tables, ['atxs.weight']).length === 0;
  const weight = hasWeight ? 'weight' : '(effective_num_units * tick_count)';
  const rows = async (sql: string, params: SqlParams): Promise<readonly (readonly SqlValue[])[]> =>
    (await database.query(sql, params, { signal, lane, maxRows: 1_000_000 })).rows;
  const { layersPerEpoch } = rules;
  const [[tip] = []] = await rows('SELECT max(layer) FROM rewards', {});
  const lastOver = Math.floor((Number(tip ?? -1) + 1) / layersPerEpoch) - 1;
  const networks = new Map<number, Promise<EpochFacts>>();
  const found: LuckRow[] = [];
  for (const key of keys) {
    const atxs = await rows(
      `SELECT epoch, ${weight} FROM atxs WHERE pubkey = :key AND epoch BETWEEN :from AND :to ORDER BY epoch`,
      { key, from: fromEpoch - 1, to: Math.min(toEpoch, lastOver) - 1 },
    );
    for (const [publishEpoch, own] of atxs) {
      signal?.throwIfAborted();
      const epoch = Number(publishEpoch) + 1;
      const network =
        networks.get(epoch) ?? epochFacts((sql, params) => rows(sql, params), weight, epoch, rules);
      networks.set(epoch, network);
      const { totalWeight, paidLayers, paidSmidge, inclusion } = await network;
      const range = { from: epoch * layersPerEpoch, to: (epoch + 1) * layersPerEpoch - 1 };
      const [[count, sum] = []] = await rows(
        'SELECT count(*), sum(total_reward) FROM rewards WHERE pubkey = :key AND layer BETWEEN :from AND :to',
        { key, ...range },
      );
      const ownWeight = bigOf(own);
      found.push({
        ...{ smesher: key, epoch, layers: layersPerEpoch, paidLayers, inclusion },
        slots: eligibleSlots({ ...rules, weight: ownWeight, totalWeight }),
        paid: Number(count ?? 0),
        paidSmidge: bigOf(sum),
        expectedSmidge: (paidSmidge * ownWeight) / totalWeight,
      });
    }
  }
  return found;
}

interface EpochFacts {
  readonly totalWeight: bigint;
  readonly paidLayers: number;
  readonly paidSmidge: bigint;
  readonly inclusion: number;
}

async function epochFacts(
  rows: (sql: string, params: SqlParams) => Promise<readonly (readonly SqlValue[])[]>,
  weight: string,
  epoch: number,
  rules: EligibilityRules,
): Promise<EpochFacts> {
  const { layersPerEpoch } = rules;
  const range = { from: epoch * layersPerEpoch, to: (epoch + 1) * layersPerEpoch - 1 };
  const [[total] = []] = await rows(`SELECT sum(${weight}) FROM atxs WHERE epoch = :publish`, {
    publish: epoch - 1,
  });
  const [[layers, sum, count] = []] = await rows(
    'SELECT count(DISTINCT layer), sum(total_reward), count(*) FROM rewards WHERE layer BETWEEN :from AND :to',
    range,
  );
  const classes = await rows(
    `SELECT ${weight}, count(*) FROM atxs WHERE epoch = :publish AND pubkey IN
       (SELECT pubkey FROM rewards WHERE layer BETWEEN :from AND :to) GROUP BY 1`,
    { publish: epoch - 1, ...range },
  );
  const totalWeight = bigOf(total) > 0n ? bigOf(total) : 1n;
  const paidLayers = Number(layers ?? 0);
  const due = classes.reduce((sum, [own, smeshers]) => {
    const slots = eligibleSlots({ ...rules, weight: bigOf(own), totalWeight });
    // Layers that are hit at least once, of those that paid anyone.
    return (
      sum + Number(smeshers) * paidLayers * -Math.expm1(slots * Math.log1p(-1 / layersPerEpoch))
    );
  }, 0);
  return {
    ...{ totalWeight, paidLayers, paidSmidge: bigOf(sum) },
    inclusion: due > 0 ? Math.min(1, Number(count ?? 0) / due) : 1,
  };
}

const bigOf = (value: SqlValue | undefined): bigint =>
  typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
