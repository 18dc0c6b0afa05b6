/**
 * What a database holds about a smesher's luck: in each of its epochs the slots that were due, the proposals it made (a
 * ballot each), the blocks that include them, the layers that paid it, and what the network was paid. The statistics are
 * in simulate/rewards/luck.ts.
 *
 * Proposals that no other node received are in no state.sql but the smesher's own. The node's own list of its slots
 * (`eligibilities` in local.sql) exists only after v1.7.6, so the slots due are calculated from the weight.
 */
import { toHex, type BytesLike } from '../../base/bytes';
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
  /** Layers of the epoch that paid anyone, and in which this smesher was. */
  readonly paidLayers: number;
  readonly paid: number;
  /** Layers in which it made a proposal, and of these the ones whose applied block includes it; null: see `absent`. */
  readonly proposals: number | null;
  readonly blocks: number | null;
  readonly absent: readonly AbsentFigure[];
  readonly paidSmidge: bigint;
  /** Its share of the weight of all that the epoch paid. */
  readonly expectedSmidge: bigint;
  /** Rewards of the smeshers that were paid at all, as a share of those due to them. */
  readonly inclusion: number;
}

/** A figure that the database does not have, and why. */
export interface AbsentFigure {
  readonly what: 'proposals' | 'blocks';
  readonly reason: 'no-table' | 'not-all-layers';
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
  { signal, priority }: AskOptions = {},
): Promise<LuckRow[]> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'Unlucky or broken?', missing);
  const given = [...(smesher === undefined ? [] : [smesher]), ...ids];
  // An id that is given twice counts once.
  const keys = [
    ...new Map(
      given.map((id) => readId(id, 'The smesher id')).map((key) => [toHex(key), key] as const),
    ).values(),
  ];
  const tables = tablesFor(database);
  const hasWeight = missingFrom(database.info.tables, ['atxs.weight']).length === 0;
  const weight = hasWeight ? 'weight' : '(effective_num_units * tick_count)';
  const rows = async (sql: string, params: SqlParams): Promise<readonly (readonly SqlValue[])[]> =>
    (await database.query(sql, params, { signal, priority, maxRows: 1_000_000 })).rows;
  const { layersPerEpoch } = rules;
  const [[tip] = []] = await rows('SELECT max(layer) FROM rewards', {});
  const lastOver = Math.floor((Number(tip ?? -1) + 1) / layersPerEpoch) - 1;
  const networks = new Map<number, Promise<EpochFacts>>();
  const found: LuckRow[] = [];
  for (const key of keys) {
    const atxs = await rows(
      `SELECT epoch, ${weight}, id FROM atxs WHERE pubkey = :key AND epoch BETWEEN :from AND :to ORDER BY epoch`,
      { key, from: fromEpoch - 1, to: Math.min(toEpoch, lastOver) - 1 },
    );
    for (const [publishEpoch, own, atx] of atxs) {
      signal?.throwIfAborted();
      const epoch = Number(publishEpoch) + 1;
      const network = networks.get(epoch) ?? epochFacts({ rows, tables, weight, epoch, rules });
      networks.set(epoch, network);
      const { totalWeight, paidLayers, paidSmidge, inclusion, absent } = await network;
      const range = { from: epoch * layersPerEpoch, to: (epoch + 1) * layersPerEpoch - 1 };
      const [[count, sum] = []] = await rows(
        'SELECT count(*), sum(total_reward) FROM rewards WHERE pubkey = :key AND layer BETWEEN :from AND :to',
        { key, ...range },
      );
      const ownWeight = bigOf(own);
      const counted = async (what: AbsentFigure['what']): Promise<number | null> => {
        if (absent.some((figure) => figure.what === what)) return null;
        const [[figure] = []] = await rows(ownSql[what], { atx: atx ?? null, ...range });
        return Number(figure ?? 0);
      };
      found.push({
        ...{ smesher: key, epoch, layers: layersPerEpoch, paidLayers, inclusion },
        slots: eligibleSlots({ ...rules, weight: ownWeight, totalWeight }),
        paid: Number(count ?? 0),
        ...{ proposals: await counted('proposals'), blocks: await counted('blocks'), absent },
        paidSmidge: bigOf(sum),
        expectedSmidge: (paidSmidge * ownWeight) / totalWeight,
      });
    }
  }
  return found;
}

/** Block ids are stored with zeros up to 32 bytes, and `applied_block` has 20. */
const appliedBlocks = `layers JOIN blocks
    ON blocks.layer = layers.id AND substr(blocks.id, 1, 20) = layers.applied_block`;

/** By the ATX: an index of ballots begins with it, and a block lists the ATXs that it pays. */
const ownSql: Readonly<Record<AbsentFigure['what'], string>> = {
  proposals:
    'SELECT count(DISTINCT layer) FROM ballots WHERE atx = :atx AND layer BETWEEN :from AND :to',
  blocks: `SELECT count(*) FROM ${appliedBlocks} WHERE layers.id IN (SELECT layer FROM ballots WHERE atx = :atx AND layer BETWEEN :from AND :to)
      AND instr(blocks.block, :atx) > 0`,
};

/** Layers of the network that have what is counted. */
const networkSql: Readonly<Record<AbsentFigure['what'], string>> = {
  proposals: 'SELECT count(DISTINCT layer) FROM ballots WHERE layer BETWEEN :from AND :to',
  blocks: `SELECT count(*) FROM ${appliedBlocks} WHERE layers.id BETWEEN :from AND :to`,
};

const ballotColumns = ['ballots.atx', 'ballots.layer'] as const;
const blockColumns = ['blocks.block', 'layers.applied_block'] as const;

type Tables = Readonly<Record<AbsentFigure['what'], boolean>>;

function tablesFor({ info }: Queryable): Tables {
  const has = (columns: readonly string[]): boolean =>
    missingFrom(info.tables, columns).length === 0;
  const proposals = has(ballotColumns);
  return { proposals, blocks: proposals && has(blockColumns) };
}

interface EpochFacts {
  readonly totalWeight: bigint;
  readonly paidLayers: number;
  readonly paidSmidge: bigint;
  readonly inclusion: number;
  readonly absent: readonly AbsentFigure[];
}

interface EpochQuestion {
  readonly rows: (sql: string, params: SqlParams) => Promise<readonly (readonly SqlValue[])[]>;
  readonly tables: Tables;
  readonly weight: string;
  readonly epoch: number;
  readonly rules: EligibilityRules;
}

async function epochFacts({
  rows,
  tables,
  weight,
  epoch,
  rules,
}: EpochQuestion): Promise<EpochFacts> {
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
  const absent: AbsentFigure[] = [];
  for (const what of ['proposals', 'blocks'] as const) {
    if (!tables[what]) {
      absent.push({ what, reason: 'no-table' });
      continue;
    }
    // A database that began with a checkpoint has the rewards of layers without their ballots and blocks.
    const [[present] = []] = await rows(networkSql[what], range);
    if (Number(present ?? 0) < paidLayers) absent.push({ what, reason: 'not-all-layers' });
  }
  return {
    ...{ totalWeight, paidLayers, paidSmidge: bigOf(sum), absent },
    inclusion: due > 0 ? Math.min(1, Number(count ?? 0) / due) : 1,
  };
}

const bigOf = (value: SqlValue | undefined): bigint =>
  typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
