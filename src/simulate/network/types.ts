/** What the network simulator takes and gives. Epochs of measures are counted from the start of the run. */
import type { FleetRules } from '../farm/frontier';
import type { NewPostRules } from '../proving/newpost';
import type { Random } from '../probability/random';
import type { Assumptions, PerClass } from './assumptions';
import type { Limit, Load } from './load';
import type { RealIdentities } from './population';
import type { StrategyChoice } from './strategy';

/** What is switched on, and from which epoch of the run. All may be combined. */
export interface Measures {
  /** ATX Merge. Marriages begin then and take effect two epochs later (handler_v2.go). */
  readonly merge?:
    | {
        readonly fromEpoch: number;
        /** Share of each class that marries in the end. */
        readonly adoption: PerClass<number>;
        /** Epochs until that share is reached. */
        readonly overEpochs?: number | undefined;
      }
    | undefined;
  readonly newPost?:
    { readonly fromEpoch: number; readonly rules?: NewPostRules | undefined } | undefined;
  /** Emergency: each identity is eligible every other epoch only. */
  readonly everyOtherEpoch?:
    { readonly fromEpoch: number; readonly untilEpoch?: number | undefined } | undefined;
  /** Emergency: smaller ATXs no longer count. */
  readonly minimum?: { readonly fromEpoch: number; readonly units: number } | undefined;
  /** Emergency: an ATX that is worth less than one slot has none, or has one with that probability. */
  readonly noGuarantee?:
    { readonly fromEpoch: number; readonly below?: 'none' | 'lottery' | undefined } | undefined;
}

export interface NetworkInput {
  readonly epochs: number;
  readonly seed?: number | undefined;
  /** Number of the first epoch, for the issuance; 60 when absent. */
  readonly firstEpoch?: number | undefined;
  readonly measures?: Measures | undefined;
  /** Changed assumptions by key; see `assumptionList`. */
  readonly assumptions?: Readonly<Record<string, number>> | undefined;
  /** A real network to start from, instead of the classes' drawn ones. */
  readonly identities?: RealIdentities | undefined;
}

export interface ClassEpoch {
  readonly smeshers: number;
  readonly identities: number;
  readonly units: number;
  readonly splitUnits: number;
  readonly mergedIdentities: number;
  /** ATXs that count this epoch. */
  readonly atxs: number;
  readonly weight: number;
  readonly rewardSmidge: number;
  readonly rewardPerUnitSmidge: number;
  /** Relative deviation of one epoch's reward of the class's average smesher, with all of its identities. */
  readonly rewardDeviation: number;
  /** The same of one identity of the class by itself. */
  readonly identityDeviation: number;
  /** What one such smesher happened to earn for a unit this epoch, drawn with that deviation. */
  readonly sampleRewardPerUnitSmidge: number;
  /** Units expected to be condemned for equivocation in this epoch; they are not taken out of the other figures. */
  readonly condemnedUnits: number;
}

export interface NetworkEpoch {
  readonly epoch: number;
  readonly classes: PerClass<ClassEpoch>;
  readonly units: number;
  readonly identities: number;
  readonly soloAtxs: number;
  readonly mergedAtxs: number;
  readonly atxs: number;
  /** PoST proofs in those ATXs, and the labels in them. */
  readonly posts: number;
  readonly proofLabels: number;
  /** ATXs that have at least one slot this epoch. */
  readonly eligibleAtxs: number;
  readonly slots: number;
  /** A proposal carries exactly one ballot, so this is also the number of proposals. */
  readonly ballots: number;
  readonly load: Load;
  readonly limits: readonly Limit[];
  readonly stateBytes: number;
  readonly totalWeight: number;
  readonly issuanceSmidge: number;
  readonly rewardedSmidge: number;
  /** What earns most for each class under this epoch's rules, with the arithmetic. */
  readonly strategies: PerClass<StrategyChoice>;
}

export interface NetworkRun {
  readonly epochs: readonly NetworkEpoch[];
  readonly assumptions: Assumptions;
  readonly seed: number;
}

/** Everything that an epoch is worked out from, beside the population. */
export interface EpochContext {
  /** Counted from the start of the run, as the measures' epochs are. */
  readonly index: number;
  readonly epoch: number;
  readonly assumptions: Assumptions;
  readonly measures: Measures;
  readonly rules: FleetRules;
  readonly strategies: PerClass<StrategyChoice>;
  readonly random: Random;
}
