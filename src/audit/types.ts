/** What an audit reports: of every ATX, ballot, block and malfeasance proof, check by check. */
import type { Bytes } from '../base/bytes';

/**
 * How a check came out, or a report. 'inconclusive': the check needs something that this database does not have
 * (pruned, brought by a checkpoint, of another network), or that was not asked for.
 */
export type Outcome = 'pass' | 'fail' | 'inconclusive';

/**
 * The checks of an ATX, in the order of a report. Columns are those of the tables atxs and posts; everything else
 * is recomputed from the blob and from the blobs and rows that it refers to.
 */
export const atxChecks = [
  'blob',
  'id',
  'signature',
  'form',
  'smesher-column',
  'epoch-column',
  'coinbase-column',
  'sequence',
  'positioning-atx',
  'previous-atxs',
  'no-second-atx',
  'commitment-atx',
  'marriage-certificates',
  'marriage-atx',
  'units-in-limits',
  'posts-table',
  'effective-units',
  'poet-proof',
  'membership',
  'ticks',
  'base-tick-height',
  'weight',
  'vrf-nonce-column',
  'vrf-nonce',
  'initial-post',
  'k2pow',
  'post-indices',
] as const;
export type AtxCheckName = (typeof atxChecks)[number];

/** The checks of a ballot's eligibility, in the order of a report. */
export const eligibilityChecks = [
  'ballot-atx',
  'reference-ballot',
  'epoch-beacon',
  'active-set',
  'slot-count',
  'slot-numbers',
  'slot-vrf',
  'slot-layers',
] as const;
export type EligibilityCheckName = (typeof eligibilityChecks)[number];

export type CheckName =
  | AtxCheckName
  // of malfeasance proofs
  | 'first-signature'
  | 'second-signature'
  | 'same-smesher'
  | 'contradiction'
  | 'smesher-known'
  // of malfeasance proofs of version 2
  | 'merkle-proofs'
  | 'domain-column'
  | 'marriage-column'
  // of layers
  | 'state-hash'
  | 'account-balances'
  | 'mesh-hash'
  | 'certificate'
  | 'certificate-signatures'
  | 'certificate-vrf'
  | 'certificate-seats'
  // of active sets
  | 'members'
  // of ballots and blocks
  | 'layer-column'
  | 'atx-column'
  // of the eligibility of ballots
  | EligibilityCheckName;

export interface Check {
  readonly check: CheckName;
  /** What it was done on, where there are several: "PoST of 43057b28…", "certificate 2". */
  readonly subject?: string | undefined;
  readonly outcome: Outcome;
  /** One sentence for the user: what was compared, and the result. */
  readonly explanation: string;
}

export interface Report {
  /** 'pass' claims the checks that are not in `notChecked`, and no more. */
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
  /** Checks without a result, or with a result for a part of their subjects only; those left out by the request too. */
  readonly notChecked: readonly CheckName[];
  /** Of these, the ones that the request left out. */
  readonly skipped: readonly CheckName[];
}

export interface AtxReport extends Report {
  readonly id: Bytes;
  /** The publisher. */
  readonly smesher: Bytes | undefined;
  readonly publishEpoch: number | undefined;
  readonly version: 1 | 2 | undefined;
  /** As the table has it. */
  readonly effectiveUnits: number | undefined;
  /** PoSTs in the ATX, the initial one included; 0 where the blob is missing. */
  readonly posts: number;
}
