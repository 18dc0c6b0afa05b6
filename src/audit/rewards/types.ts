/** What the audit of rewards reports, by layer and in all. */
import type { Outcome } from '../types';

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
  /** Issuance and fees that are not paid because of rounding or a layer without block. */
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
  /** One sentence for the user. */
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

export type Differ = (
  code: DifferenceCode,
  explanation: string,
  about?: Partial<Omit<RewardDifference, 'code' | 'layer' | 'explanation'>>,
) => void;
