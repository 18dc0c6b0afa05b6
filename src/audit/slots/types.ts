/** What the audit of slots reports, by ballot and by epoch. */
import type { Bytes } from '../../base/bytes';
import type { EligibilityRules } from '../../protocol/eligibility';
import type { JobOptions } from '../../base/progress';
import type { Report } from '../types';

export type BallotOutcome =
  | 'rewarded'
  /** Paid, but not the share that the block gives. */
  | 'amount-differs'
  /** Paid to another coinbase than the ATX names. */
  | 'coinbase-elsewhere'
  /** The block pays it, the table does not. */
  | 'reward-missing'
  /** The ballot came too late for the layer's block, or Hare left it out. */
  | 'not-in-block'
  /** The layer was applied without a block. */
  | 'empty-layer'
  /** The node has not applied the layer (yet). */
  | 'not-applied'
  /** The layer's block is not here, or cannot be read. */
  | 'block-unknown'
  /** The ballot cannot be read. */
  | 'ballot-damaged';

export interface BallotRow {
  readonly epoch: number;
  readonly layer: number;
  /** 20 bytes. */
  readonly ballot: Uint8Array;
  /** Numbers of the slots that it uses, from 0. */
  readonly slots: readonly number[];
  readonly outcome: BallotOutcome;
  /** By the block's weights; undefined where the block does not pay it. */
  readonly expectedSmidge: bigint | undefined;
  readonly storedSmidge: bigint | undefined;
  /** Of the stored reward. */
  readonly coinbase: Uint8Array | undefined;
  /** What became of it, in one sentence. */
  readonly explanation: string;
  /** Whether the ballot is what its row states, and its smesher eligible. */
  readonly report: Report;
}

export interface SlotEpoch {
  readonly epoch: number;
  /** The ATX that counts in the epoch. */
  readonly atx: Uint8Array;
  /** Who published it: another, if the smesher's space was merged into its ATX; then the slots are the other's. */
  readonly publisher: Uint8Array;
  readonly weight: bigint;
  /** Of the network, with what it was added up from: the smesher's active set as in the database, or all ATXs. */
  readonly totalWeight: bigint;
  readonly totalFrom: 'active-set' | 'all-atxs';
  /** By these weights as the node computes it; an estimate where the total is of all ATXs. 0 if merged into another's. */
  readonly slots: number;
  /** By its first ballot of the epoch, which the network checked. */
  readonly statedSlots: number | undefined;
  /** Slots that a ballot used. */
  readonly used: number;
  /** Slots whose ballot was paid. */
  readonly rewarded: number;
  /** Slots whose ballot may have been paid: its layer is not applied, or its block cannot be read. */
  readonly undecided: number;
  /** Ballots that cannot be read: which slots they use is unknown. */
  readonly unreadable: number;
  /** Slots that no readable ballot used, in an epoch that is over. */
  readonly unused: number;
  /** Slots that no readable ballot used, in an epoch that goes on in this database. */
  readonly toCome: number;
  readonly storedSmidge: bigint;
  readonly ballots: readonly BallotRow[];
  /** What contradicts itself, one sentence each. */
  readonly problems: readonly string[];
}

export interface SlotNetwork extends EligibilityRules {
  /** 20 bytes, under every signature; where it is not known, signatures are not checked. */
  readonly genesisId?: Bytes | undefined;
}

export interface SlotOptions extends JobOptions {
  /** Every epoch as it is done, in order. */
  readonly onEpoch?: ((epoch: SlotEpoch) => void) | undefined;
}
