/** The audit's names as people read them. */
import type { MalfeasanceReport } from '../../audit/malfeasance';
import type { DifferenceCode, LayerState } from '../../audit/rewards';
import type { BallotOutcome } from '../../audit/slots';
import type { Check, CheckName, Outcome } from '../../audit/types';

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  holds: 'holds',
  fails: 'fails',
  'cannot be told': 'cannot be told',
};

export const outcomeSigns: Readonly<Record<Outcome, string>> = {
  holds: '✓',
  fails: '×',
  'cannot be told': '?',
};

export const checkTitles: Readonly<Record<CheckName, string>> = {
  blob: 'Bytes can be read',
  id: 'Id',
  signature: 'Signature',
  form: 'Form',
  'smesher-column': 'Smesher in the table',
  'epoch-column': 'Publish epoch in the table',
  'coinbase-column': 'Coinbase in the table',
  sequence: 'Sequence',
  'positioning-atx': 'Positioning ATX',
  'previous-atxs': 'Previous ATXs',
  'no-second-atx': 'No second ATX in its epoch',
  'commitment-atx': 'Commitment ATX',
  'marriage-certificates': 'Marriage certificates',
  'marriage-atx': 'Marriage ATX',
  'units-in-limits': 'Units within the limits',
  'posts-table': 'Rows of the table posts',
  'effective-units': 'Effective units',
  'poet-proof': 'PoET proof',
  membership: 'Membership in the PoET round',
  ticks: 'Ticks',
  'base-tick-height': 'Base tick height',
  weight: 'Weight',
  'vrf-nonce-column': 'VRF nonce in the table',
  'vrf-nonce': 'VRF nonce',
  'initial-post': 'Initial PoST',
  k2pow: 'k2pow',
  'post-indices': 'PoST labels',
  'first-signature': 'First signature',
  'second-signature': 'Second signature',
  'same-smesher': 'Same smesher',
  contradiction: 'Contradiction',
  'smesher-known': 'Smesher is known',
  'layer-column': 'Layer in the table',
  'atx-column': 'ATX in the table',
};

/** The checks that failed, each once, as a table shows them. */
export const failedChecks = (checks: readonly Check[]): string =>
  [
    ...new Set(
      checks.filter(({ outcome }) => outcome === 'fails').map(({ check }) => checkTitles[check]),
    ),
  ].join(', ');

/** Why an ATX is what it is: the failures, or what could not be told; empty where all holds. */
export function reasons(checks: readonly Check[]): string {
  const failed = checks.filter(({ outcome }) => outcome === 'fails');
  const told = failed.length > 0 ? failed : checks.filter(({ outcome }) => outcome !== 'holds');
  return told.map(({ explanation }) => explanation).join(' ');
}

export const malfeasanceKinds: Readonly<Record<NonNullable<MalfeasanceReport['kind']>, string>> = {
  'multiple-atxs': 'two ATXs for one epoch',
  'multiple-ballots': 'two ballots in one layer',
  'hare-equivocation': 'two Hare messages in one round',
  'invalid-post-index': 'a PoST with an invalid label',
  'invalid-previous-atx': 'two ATXs on one previous ATX',
};

export const layerStates: Readonly<Record<LayerState, string>> = {
  applied: 'applied',
  empty: 'empty',
  'not-applied': 'not applied',
  genesis: 'genesis',
};

export const differenceTitles: Readonly<Record<DifferenceCode, string>> = {
  'block-missing': 'block is missing',
  'block-damaged': 'block cannot be read',
  'block-id': 'block is not the one applied',
  'block-layer': 'block of another layer',
  'atx-unknown': 'rewarded ATX is unknown',
  'atx-epoch': 'ATX of another epoch',
  'ballot-missing': 'no ballot',
  'ballot-damaged': 'ballot cannot be read',
  'block-weight': 'weight in the block',
  'fees-damaged': 'fees cannot be read',
  'reward-missing': 'reward is missing',
  'reward-unexpected': 'reward without cause',
  'reward-total': 'amount of the reward',
  'reward-issuance': 'issuance in the reward',
  'reward-coinbase': 'coinbase of the reward',
  'reward-without-block': 'reward without a block',
};

export const ballotOutcomes: Readonly<Record<BallotOutcome, string>> = {
  rewarded: 'rewarded',
  'amount-differs': 'amount differs',
  'coinbase-elsewhere': 'another coinbase',
  'reward-missing': 'reward is missing',
  'not-in-block': 'not in the block',
  'empty-layer': 'layer without block',
  'not-applied': 'layer not applied',
  'block-unknown': 'block unknown',
  'ballot-damaged': 'ballot cannot be read',
};
