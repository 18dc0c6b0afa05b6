/** What an audit says: of every ATX, ballot, block and malfeasance proof, check by check. */
import type { Bytes } from '../protocol/bytes';

/** 'cannot be told': what the check needs is not in this database (pruned, checkpointed, or of another network). */
export type Outcome = 'holds' | 'fails' | 'cannot be told';

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

export type CheckName =
  | AtxCheckName
  // of malfeasance proofs
  | 'first-signature'
  | 'second-signature'
  | 'same-smesher'
  | 'contradiction'
  | 'smesher-known'
  // of ballots and blocks
  | 'layer-column'
  | 'atx-column';

export interface Check {
  readonly check: CheckName;
  /** What it was done on, where there are several: "PoST of 43057b28…", "certificate 2". */
  readonly subject?: string | undefined;
  readonly outcome: Outcome;
  /** One sentence for people: what was compared, what was found. */
  readonly explanation: string;
}

export interface Report {
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
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

/** 'fails' if anything fails; 'cannot be told' unless every one of `needed` was told. */
export function outcomeOf(
  checks: readonly Check[],
  needed: readonly CheckName[] = ['id', 'signature', 'k2pow', 'post-indices'],
): Outcome {
  if (checks.some(({ outcome }) => outcome === 'fails')) return 'fails';
  const told = (name: CheckName) => {
    const named = checks.filter(({ check }) => check === name);
    return named.length > 0 && named.every(({ outcome }) => outcome === 'holds');
  };
  return needed.every(told) ? 'holds' : 'cannot be told';
}
