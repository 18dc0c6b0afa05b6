/**
 * The audit of rewards: what every layer should have paid, from its applied block, the issuance and the fees, against
 * what the table `rewards` says. It repeats go-spacemesh genvm/rewards.go and mesh/executor.go (v1.7.6) layer by layer.
 */
import type { Block } from '../protocol/block';
import { equalBytes, isZero, toHex } from '../base/bytes';
import { counted } from '../base/counted';
import type { EligibilityRules } from '../protocol/eligibility';
import { WorkbenchError } from '../base/error';
import { issuance } from '../protocol/issuance';
import { ballotWeight, layerShares, type Ratio } from '../protocol/layer-rewards';
import { missingFrom } from '../state/schema';
import type { Queryable } from '../state/queries/ask';
import { lacks } from '../state/queries/ask';
import {
  ballotKey,
  blockId,
  readLayers,
  type AtxFacts,
  type LayerData,
  type StoredReward,
} from './layer-data';
import type { Outcome } from './types';
import { ProgressMeter, type JobOptions } from '../base/progress';

export interface LayerRange {
  readonly fromLayer: number;
  /** Included. */
  readonly toLayer: number;
}

/**
 * `applied`: a block was applied; `empty`: the layer was applied without a block; `not-applied`: the node has not
 * (yet) decided; `genesis`: of the first two epochs, which have no blocks.
 */
export type LayerState = 'applied' | 'empty' | 'not-applied' | 'genesis';

/** One layer's accounts, in smidge. */
export interface LayerRow {
  readonly layer: number;
  readonly epoch: number;
  readonly state: LayerState;
  /** 20 bytes; only of applied layers. */
  readonly block: Uint8Array | undefined;
  /** ATXs that the block rewards. */
  readonly shares: number;
  /** Rows of the table. */
  readonly rewards: number;
  readonly issuanceSmidge: bigint;
  readonly feesSmidge: bigint;
  /** What the block pays, after the node's rounding. */
  readonly expectedSmidge: bigint;
  readonly storedSmidge: bigint;
  /** Issuance and fees that rounding, or a layer without block, pays to nobody. */
  readonly burntSmidge: bigint;
  readonly differences: number;
  /** Weights in the block that no ballot could confirm: the number of slots of the smesher is not in the database. */
  readonly weightsNotChecked: number;
}

export type DifferenceCode =
  /** The layer names a block that is not in the table `blocks`. */
  | 'block-missing'
  | 'block-damaged'
  | 'block-id'
  | 'block-layer'
  /** The block rewards an ATX that is not in the database. */
  | 'atx-unknown'
  /** The ATX does not count in this epoch. */
  | 'atx-epoch'
  /** Only found when weights are audited: */
  | 'ballot-missing'
  | 'ballot-damaged'
  | 'block-weight'
  /** The block's fees are not known. */
  | 'fees-damaged'
  | 'reward-missing'
  | 'reward-unexpected'
  | 'reward-total'
  | 'reward-issuance'
  | 'reward-coinbase'
  /** Rewards in a layer that applied no block. */
  | 'reward-without-block';

export interface RewardDifference {
  readonly code: DifferenceCode;
  readonly layer: number;
  readonly smesher: Uint8Array | undefined;
  readonly coinbase: Uint8Array | undefined;
  /** In smidge, where an amount differs. */
  readonly expectedSmidge: bigint | undefined;
  readonly storedSmidge: bigint | undefined;
  /** One sentence for people. */
  readonly explanation: string;
}

export interface RewardTotals {
  readonly layers: number;
  readonly byState: Readonly<Record<LayerState, number>>;
  readonly rewards: number;
  /** Rewards compared by their coinbases only: rows of their layers name no smesher. */
  readonly unnamedRewards: number;
  readonly issuanceSmidge: bigint;
  readonly feesSmidge: bigint;
  readonly expectedSmidge: bigint;
  readonly storedSmidge: bigint;
  readonly burntSmidge: bigint;
  readonly differences: number;
  readonly weightsNotChecked: number;
  /** The first layers with such weights. */
  readonly layersWithoutWeights: readonly number[];
  readonly byCode: ReadonlyMap<DifferenceCode, number>;
  /** 'pass' claims what is not in `notChecked`; 'inconclusive' if no layer in the range has a block to compare with. */
  readonly outcome: Outcome;
  /** What the audit could not compare, or was not asked to. */
  readonly notChecked: readonly string[];
  /** Of these, what the request left out. */
  readonly skipped: readonly string[];
}

export interface RewardAuditOptions extends JobOptions {
  /** The layers of each step, in order, with the differences found in them; the next step waits for it. */
  readonly onLayers?:
    | ((
        rows: readonly LayerRow[],
        differences: readonly RewardDifference[],
      ) => void | Promise<void>)
    | undefined;
  /** Whether the weights in the blocks are checked against the ballots, which is most of the reading. True by default. */
  readonly weights?: boolean | undefined;
}

/** Layers read at once: a block of mainnet rewards at most 2,350 ATXs, so some 100 MB at worst, mostly far less. */
const layersAtOnce = 16;

const needs = [
  'layers.applied_block',
  'blocks.block',
  'rewards.total_reward',
  'rewards.layer_reward',
  'rewards.coinbase',
  'atxs.coinbase',
] as const;

/**
 * Audits a range of layers. Progress counts layers. Memory: what sixteen layers hold.
 * @throws WorkbenchError `schema-lacks`, of the database; AbortError
 */
export async function auditRewards(
  database: Queryable,
  network: EligibilityRules,
  range: LayerRange,
  options: RewardAuditOptions = {},
): Promise<RewardTotals> {
  const missing = missingFrom(database.info.tables, needs);
  if (missing.length > 0) throw lacks(database.info, 'The audit of rewards', missing);
  const { fromLayer, toLayer } = range;
  const meter = new ProgressMeter(Math.max(0, toLayer - fromLayer + 1), 'layers');
  const totals = new TotalsOf();
  for (let first = fromLayer; first <= toLayer; first += layersAtOnce) {
    options.signal?.throwIfAborted();
    const last = Math.min(toLayer, first + layersAtOnce - 1);
    const step = await readLayers(database, first, last, {
      signal: options.signal,
      weights: options.weights ?? true,
    });
    const rows: LayerRow[] = [];
    const differences: RewardDifference[] = [];
    for (let layer = first; layer <= last; layer++) {
      const found = auditLayer(network, layer, step);
      rows.push(found.row);
      differences.push(...found.differences);
      totals.add(found);
    }
    await options.onLayers?.(rows, differences);
    options.onProgress?.(meter.advance(last - first + 1));
  }
  const { sum } = totals;
  return {
    ...sum,
    outcome: sum.differences > 0 ? 'fail' : sum.byState.applied > 0 ? 'pass' : 'inconclusive',
    ...gapsOf(database, sum, options.weights ?? true),
  };
}

/** What a range of layers was not checked for, in words. */
function gapsOf(
  database: Queryable,
  { byState, weightsNotChecked, layersWithoutWeights, unnamedRewards }: Sum,
  weights: boolean,
): Pick<RewardTotals, 'notChecked' | 'skipped'> {
  const has = (need: string): boolean => missingFrom(database.info.tables, [need]).length === 0;
  const skipped = weights ? [] : ['weights in the blocks'];
  const notApplied = byState['not-applied'];
  return {
    notChecked: [
      ...skipped,
      ...(weights && !has('ballots.ballot') ? ['weights in the blocks (no table ballots)'] : []),
      ...(weightsNotChecked > 0
        ? [
            `${counted(weightsNotChecked, 'weight')} in the blocks (number of slots unknown, in ${firstOf(layersWithoutWeights)})`,
          ]
        : []),
      ...(has('transactions.result') ? [] : ['fees (no table transactions)']),
      ...(unnamedRewards > 0
        ? [`smeshers of ${counted(unnamedRewards, 'reward')} (compared by coinbase only)`]
        : []),
      ...(notApplied > 0 ? [`${counted(notApplied, 'layer')} that the node has not applied`] : []),
    ],
    skipped,
  };
}

/** Layers that a text names. */
const namedLayers = 3;

/** "layer 50", "layers 50, 51, 52 and more". */
const firstOf = (layers: readonly number[]): string =>
  `${layers.length === 1 ? 'layer' : 'layers'} ${layers.slice(0, namedLayers).join(', ')}${
    layers.length > namedLayers ? ' and more' : ''
  }`;

type Sum = Omit<RewardTotals, 'outcome' | 'notChecked' | 'skipped'>;

class TotalsOf {
  readonly #byCode = new Map<DifferenceCode, number>();
  sum: Sum = {
    layers: 0,
    byState: { applied: 0, empty: 0, 'not-applied': 0, genesis: 0 },
    rewards: 0,
    unnamedRewards: 0,
    issuanceSmidge: 0n,
    feesSmidge: 0n,
    expectedSmidge: 0n,
    storedSmidge: 0n,
    burntSmidge: 0n,
    differences: 0,
    weightsNotChecked: 0,
    layersWithoutWeights: [],
    byCode: this.#byCode,
  };

  add({ row, differences, unnamedRewards }: Found): void {
    const { sum } = this;
    const { layersWithoutWeights: layers } = sum;
    for (const { code } of differences) this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    this.sum = {
      layers: sum.layers + 1,
      byState: { ...sum.byState, [row.state]: sum.byState[row.state] + 1 },
      rewards: sum.rewards + row.rewards,
      unnamedRewards: sum.unnamedRewards + unnamedRewards,
      issuanceSmidge: sum.issuanceSmidge + row.issuanceSmidge,
      feesSmidge: sum.feesSmidge + row.feesSmidge,
      expectedSmidge: sum.expectedSmidge + row.expectedSmidge,
      storedSmidge: sum.storedSmidge + row.storedSmidge,
      burntSmidge: sum.burntSmidge + row.burntSmidge,
      differences: sum.differences + differences.length,
      weightsNotChecked: sum.weightsNotChecked + row.weightsNotChecked,
      layersWithoutWeights:
        row.weightsNotChecked > 0 && layers.length <= namedLayers ? [...layers, row.layer] : layers,
      byCode: this.#byCode,
    };
  }
}

interface Found {
  readonly row: LayerRow;
  readonly differences: readonly RewardDifference[];
  /** Rewards compared by their coinbases only. */
  readonly unnamedRewards: number;
}

/** What someone must have been paid. */
export interface Due {
  readonly atx: Uint8Array;
  readonly smesher: Uint8Array;
  readonly coinbase: Uint8Array;
  readonly totalSmidge: bigint;
  readonly issuanceSmidge: bigint;
}

/** The effective genesis: the last layer of the two genesis epochs, from which the issuance is counted. */
const genesisLayer = ({ layersPerEpoch }: EligibilityRules): number => 2 * layersPerEpoch - 1;

function auditLayer(network: EligibilityRules, layer: number, data: LayerData): Found {
  const differences: RewardDifference[] = [];
  const differ = (
    code: DifferenceCode,
    explanation: string,
    about: Partial<Omit<RewardDifference, 'code' | 'layer' | 'explanation'>> = {},
  ): void => {
    differences.push({
      code,
      layer,
      smesher: about.smesher,
      coinbase: about.coinbase,
      expectedSmidge: about.expectedSmidge,
      storedSmidge: about.storedSmidge,
      explanation,
    });
  };

  const genesis = genesisLayer(network);
  const known = data.layers.get(layer);
  const applied = known?.applied && blockId(known.applied);
  const empty = applied !== undefined && isZero(applied);
  const state: LayerState =
    layer <= genesis ? 'genesis' : !applied ? 'not-applied' : empty ? 'empty' : 'applied';
  const stored = data.rewards.get(layer) ?? [];
  const issued =
    layer > genesis && state !== 'not-applied' ? issuance(layer - genesis).subsidy : 0n;
  const row: LayerRow = {
    layer,
    epoch: Math.floor(layer / network.layersPerEpoch),
    state,
    block: state === 'applied' ? applied : undefined,
    shares: 0,
    rewards: stored.length,
    issuanceSmidge: issued,
    feesSmidge: 0n,
    expectedSmidge: 0n,
    storedSmidge: stored.reduce((sum, { totalSmidge }) => sum + totalSmidge, 0n),
    burntSmidge: issued,
    differences: 0,
    weightsNotChecked: 0,
  };
  const isUnnamed = stored.some(({ smesher }) => smesher === undefined);
  const found = (more: Partial<LayerRow> = {}): Found => ({
    row: { ...row, ...more, differences: differences.length },
    differences,
    unnamedRewards: state === 'applied' && isUnnamed ? stored.length : 0,
  });

  if (state !== 'applied' || !applied) {
    for (const { smesher, coinbase, totalSmidge } of stored)
      differ(
        'reward-without-block',
        `Layer ${layer} ${withoutBlock[state]}, so nobody can have earned in it.`,
        { smesher, coinbase, expectedSmidge: 0n, storedSmidge: totalSmidge },
      );
    return found();
  }
  const block = data.blocks.get(layer);
  if (!block || block instanceof WorkbenchError) {
    if (block) differ('block-damaged', block.message);
    else
      differ(
        'block-missing',
        'The block that this layer applied is not in the database, so its rewards are not known.',
      );
    return found({ burntSmidge: 0n });
  }
  checkBlock(layer, block, applied, differ);
  const fees = data.fees.get(layer) ?? 0n;
  const feesSmidge = typeof fees === 'bigint' ? fees : 0n;
  if (typeof fees !== 'bigint') differ('fees-damaged', fees.message);
  const weightsNotChecked = checkWeights(network, layer, block, data, differ);

  const { due, expectedSmidge } = duesOf(block, issued, feesSmidge, data);
  // Where rows name no smesher, only what a coinbase got in the layer can be compared.
  if (isUnnamed) compareByCoinbase(due, stored, differ);
  else compareBySmesher(due, stored, differ);
  return found({
    shares: block.rewards.length,
    weightsNotChecked,
    feesSmidge,
    expectedSmidge,
    burntSmidge: issued + feesSmidge - expectedSmidge,
  });
}

/** Whom a block pays what. Shares of ATXs that the database does not know count in the sum only. */
function duesOf(
  block: Block,
  issuedSmidge: bigint,
  feesSmidge: bigint,
  { atxs }: LayerData,
): { due: Due[]; expectedSmidge: bigint } {
  const shares = layerShares(block.rewards, issuedSmidge, feesSmidge);
  return {
    due: block.rewards.flatMap(({ atx }, i): Due[] => {
      const facts = atxs.get(toHex(atx));
      const share = shares[i];
      if (!facts || !share) return [];
      const { smesher, coinbase } = facts;
      const { totalSmidge, subsidySmidge } = share;
      return [{ atx, smesher, coinbase, totalSmidge, issuanceSmidge: subsidySmidge }];
    }),
    expectedSmidge: shares.reduce((sum, { totalSmidge }) => sum + totalSmidge, 0n),
  };
}

/** What an ATX must be paid in a layer; undefined where the block does not name it or cannot be read. */
export function dueOf(
  network: EligibilityRules,
  layer: number,
  atx: Uint8Array,
  data: LayerData,
): Due | undefined {
  const block = data.blocks.get(layer);
  if (!block || block instanceof WorkbenchError || layer <= genesisLayer(network)) return undefined;
  const fees = data.fees.get(layer);
  const { due } = duesOf(
    block,
    issuance(layer - genesisLayer(network)).subsidy,
    typeof fees === 'bigint' ? fees : 0n,
    data,
  );
  return due.find((one) => equalBytes(one.atx, atx));
}

const withoutBlock: Readonly<Record<LayerState, string>> = {
  applied: 'applied a block',
  genesis: 'is of the two epochs before rewards begin',
  empty: 'was applied without a block',
  'not-applied': 'was not applied by this node',
};

type Differ = (
  code: DifferenceCode,
  explanation: string,
  about?: Partial<Omit<RewardDifference, 'code' | 'layer' | 'explanation'>>,
) => void;

function checkBlock(layer: number, block: Block, applied: Uint8Array, differ: Differ): void {
  if (!equalBytes(block.id, applied))
    differ(
      'block-id',
      `The layer applied block ${toHex(applied)}, but the block's bytes hash to ${toHex(block.id)}: they were changed.`,
    );
  if (block.layer !== layer)
    differ(
      'block-layer',
      `The block that layer ${layer} applied says it is of layer ${block.layer}.`,
    );
}

/**
 * The weights in the block against the ATXs and the ballots (blocks/utils.go).
 * @returns the number of weights that no ballot could confirm
 */
function checkWeights(
  network: EligibilityRules,
  layer: number,
  block: Block,
  { atxs, ballots }: LayerData,
  differ: Differ,
): number {
  const epoch = Math.floor(layer / network.layersPerEpoch);
  let notChecked = 0;
  for (const reward of block.rewards) {
    const { atx } = reward;
    const facts = atxs.get(toHex(atx));
    if (!facts) {
      differ(
        'atx-unknown',
        `The block rewards ATX ${toHex(atx)}, which is not in the database: so the recipient is not known.`,
      );
      continue;
    }
    const { smesher, publishEpoch } = facts;
    if (publishEpoch + 1 !== epoch)
      differ(
        'atx-epoch',
        `The block rewards an ATX published in epoch ${publishEpoch}, which earns in epoch ${publishEpoch + 1}, not in ${epoch}.`,
        { smesher },
      );
    if (ballots && !checkWeight(facts, reward, ballots.get(ballotKey(layer, atx)) ?? [], differ))
      notChecked++;
  }
  return notChecked;
}

/** @returns false where the ballots do not determine the weight: the number of slots of one of them is unknown */
function checkWeight(
  { smesher, weight }: AtxFacts,
  inBlock: Ratio,
  ballots: NonNullable<ReturnType<NonNullable<LayerData['ballots']>['get']>>,
  differ: Differ,
): boolean {
  if (ballots.length === 0) {
    differ(
      'ballot-missing',
      'The block rewards this smesher, but there is no ballot of its ATX in the layer.',
      { smesher },
    );
    return true;
  }
  const damaged = ballots.find((ballot) => ballot.damaged !== undefined);
  if (damaged?.damaged !== undefined) {
    differ('ballot-damaged', damaged.damaged, { smesher });
    return true;
  }
  // A ballot that states 0 slots has no weight, as one whose first ballot is missing has none that is known.
  const known = ballots.flatMap(({ slots, eligibilities }) =>
    slots === undefined || slots === 0 ? [] : [{ slots, eligibilities }],
  );
  const fits = known.some(({ slots, eligibilities }) => {
    const { numerator, denominator } = ballotWeight(weight, slots, eligibilities);
    return numerator * inBlock.denominator === inBlock.numerator * denominator;
  });
  if (fits) return true;
  const [first] = known;
  if (!first || known.length < ballots.length) return false;
  differ(
    'block-weight',
    `The block gives this smesher a weight of ${ratioText(inBlock)}; its ATX and ballot make it ${ratioText(
      ballotWeight(weight, first.slots, first.eligibilities),
    )} (${weight} ÷ ${counted(first.slots, 'slot')} × ${counted(first.eligibilities, 'eligibility', 'eligibilities')}).`,
    { smesher },
  );
  return true;
}

const ratioText = ({ numerator, denominator }: Ratio): string =>
  denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;

function compareBySmesher(
  due: readonly Due[],
  stored: readonly StoredReward[],
  differ: Differ,
): void {
  const rows = new Map(stored.map((row) => [toHex(row.smesher ?? new Uint8Array()), row]));
  for (const one of due) {
    const { smesher, coinbase } = one;
    const key = toHex(smesher);
    const row = rows.get(key);
    rows.delete(key);
    if (!row) {
      differ('reward-missing', 'The block pays this smesher, but the table has no reward of it.', {
        smesher,
        coinbase,
        expectedSmidge: one.totalSmidge,
        storedSmidge: 0n,
      });
      continue;
    }
    if (row.totalSmidge !== one.totalSmidge)
      differ('reward-total', 'The reward is not the share that the block gives.', {
        smesher,
        coinbase,
        expectedSmidge: one.totalSmidge,
        storedSmidge: row.totalSmidge,
      });
    if (row.issuanceSmidge !== one.issuanceSmidge)
      differ(
        'reward-issuance',
        'The part that is issuance is not the share that the block gives.',
        {
          smesher,
          coinbase,
          expectedSmidge: one.issuanceSmidge,
          storedSmidge: row.issuanceSmidge,
        },
      );
    if (!equalBytes(row.coinbase, coinbase))
      differ(
        'reward-coinbase',
        `The reward went to coinbase ${toHex(row.coinbase)}, but the ATX names ${toHex(coinbase)}.`,
        {
          smesher,
          coinbase: row.coinbase,
          expectedSmidge: one.totalSmidge,
          storedSmidge: row.totalSmidge,
        },
      );
  }
  for (const { smesher, coinbase, totalSmidge } of rows.values())
    differ('reward-unexpected', 'The table pays this smesher, but the block does not.', {
      smesher,
      coinbase,
      expectedSmidge: 0n,
      storedSmidge: totalSmidge,
    });
}

function compareByCoinbase(
  due: readonly Due[],
  stored: readonly StoredReward[],
  differ: Differ,
): void {
  const sums = new Map<
    string,
    { coinbase: Uint8Array; due: [bigint, bigint]; stored: [bigint, bigint] }
  >();
  const at = (coinbase: Uint8Array) => {
    const key = toHex(coinbase);
    const sum = sums.get(key) ?? { coinbase, due: [0n, 0n], stored: [0n, 0n] };
    sums.set(key, sum);
    return sum;
  };
  for (const { coinbase, totalSmidge, issuanceSmidge } of due) {
    const sum = at(coinbase).due;
    sum[0] += totalSmidge;
    sum[1] += issuanceSmidge;
  }
  for (const { coinbase, totalSmidge, issuanceSmidge } of stored) {
    const sum = at(coinbase).stored;
    sum[0] += totalSmidge;
    sum[1] += issuanceSmidge;
  }
  for (const { coinbase, due, stored } of sums.values()) {
    const code =
      stored[0] === 0n
        ? 'reward-missing'
        : due[0] === 0n
          ? 'reward-unexpected'
          : due[0] !== stored[0]
            ? 'reward-total'
            : due[1] !== stored[1]
              ? 'reward-issuance'
              : undefined;
    const i = code === 'reward-issuance' ? 1 : 0;
    if (code && due[i] !== stored[i])
      differ(
        code,
        'What the coinbase got in this layer is not what the block gives it (these rows name no smesher).',
        { coinbase, expectedSmidge: due[i], storedSmidge: stored[i] },
      );
  }
}
