/** What `farm` takes and gives. */
import type { EpochPlan, FarmDrive, PlannedIdentity, ScheduledPhase } from './epoch-plan';

export interface SizedDrive extends FarmDrive {
  readonly bytes: number;
}

/** An identity that exists. */
export interface GivenIdentity {
  readonly name: string;
  readonly numUnits: number;
  /** Where its data is; absent: where it fits best. */
  readonly drive?: string | undefined;
}

/** What things are worth, in any one currency. */
export interface FarmPrices {
  /** Reward of one proved SU in an epoch. */
  readonly unitEpoch: number;
  readonly threadHour: number;
  /** What each identity costs in an epoch: its post-service, its place in the network. */
  readonly identityEpoch: number;
}

export interface FarmInput extends Omit<EpochPlan, 'drives' | 'identities' | 'late'> {
  readonly drives: readonly SizedDrive[];
  /** Absent: choose them. */
  readonly identities?: readonly GivenIdentity[] | undefined;
  /** `weight` when absent. */
  readonly objective?: 'weight' | 'all' | undefined;
  /** For the objective `all`; 0.99 when absent. */
  readonly probability?: number | undefined;
  /** With prices the objective is the reward less the cost. */
  readonly prices?: FarmPrices | undefined;
  /** Share of each drive left empty; 0.02 when absent. */
  readonly reserve?: number | undefined;
  readonly minUnitsPerIdentity?: number | undefined;
  readonly maxUnitsPerIdentity?: number | undefined;
  /** The most identities to choose for a drive; no limit when absent. */
  readonly maxIdentitiesPerDrive?: number | undefined;
  /**
   * Share of the best plan’s value that may be given up for fewer identities; 0.03 when absent. Each identity is an ATX
   * that every node checks, and a post-service to run: of the plans within this share the one with the fewest
   * identities per drive is taken.
   */
  readonly fewerIdentitiesShare?: number | undefined;
  readonly seed?: number | undefined;
}

export interface FarmIdentity extends PlannedIdentity {
  readonly machine: string;
  /** Share of the epochs in which it is proved inside the gap. */
  readonly expectedShare: number;
  /** Mean start of its first k2pow and mean end of its first pass; undefined where the gap ends before. */
  readonly startS: number | undefined;
  readonly endS: number | undefined;
}

/** Why an identity is not placed or often not proved, in the order in which remedies are listed. */
export const failureReasons = [
  'too-small',
  'no-space',
  'disk',
  'controller',
  'processor',
  'k2pow',
  'chance',
] as const;
export type FailureReason = (typeof failureReasons)[number];

export interface FarmFailure {
  readonly identity: string;
  readonly machine: string | undefined;
  readonly reason: FailureReason;
}

/** Units by the closed form, with the range that its stated error leaves. */
export interface FarmEstimate {
  readonly expectedUnits: number;
  readonly lowUnits: number;
  readonly highUnits: number;
  /** The stated error, as a share of all units; simulated farms are within it (farm/estimate.ts). */
  readonly errorShare: number;
}

/** The best plan with at most this many identities per drive. */
export interface FarmAlternative {
  readonly identitiesPerDrive: number;
  readonly identities: number;
  /** Of the largest identity. */
  readonly numUnits: number;
  /** Fewest and most nonces per pass of its identities. */
  readonly nonces: readonly [fewest: number, most: number];
  readonly totalUnits: number;
  /** Mean units proved inside the gap, by simulation, and the standard error of that mean. */
  readonly expectedUnits: number;
  readonly standardError: number;
  readonly probabilityAll: number;
  readonly cpuHours: number;
  /** Its expected units as a share of those of the best alternative. */
  readonly shareOfBest: number;
  /** Whether the plan is this one, by the rule of `fewerIdentitiesShare`. */
  readonly isChosen: boolean;
}

export interface FarmPlan extends EpochPlan {
  readonly identities: readonly FarmIdentity[];
  /** Mean units proved inside the gap in an epoch, by simulation, and the standard error of that mean. */
  readonly expectedUnits: number;
  readonly standardError: number;
  /** The same by the closed form, for equal identities; undefined for given ones. */
  readonly closedFormUnits: number | undefined;
  /** The closed form with its stated range; undefined for given identities. */
  readonly estimate: FarmEstimate | undefined;
  /** From few identities per drive to many, each the best of its kind; empty for given identities. */
  readonly alternatives: readonly FarmAlternative[];
  readonly totalUnits: number;
  readonly provedShare: number;
  readonly probabilityAll: number;
  /** Mean units that earn if what is not proved in the gap is published late, as the node does. */
  readonly lateUnits: number;
  /** Mean units that earn if each identity is proved in every other epoch only, with the time until its end. */
  readonly everyOtherUnits: number;
  readonly cpuHours: number;
  /** Units of each drive without an identity. */
  readonly idle: readonly { readonly drive: string; readonly units: number }[];
  readonly schedule: readonly ScheduledPhase[];
  /** Identities that are proved in less than nine of ten epochs, or not at all. */
  readonly failures: readonly FarmFailure[];
  /** What fails and what to change, the most useful first. */
  readonly remedies: readonly string[];
}
