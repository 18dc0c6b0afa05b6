/** The names of audit values as the pages show them. */
import type { MalfeasanceReport } from '../../audit/malfeasance';
import type { DifferenceCode, LayerState } from '../../audit/rewards/types';
import type { BallotOutcome } from '../../audit/slots/types';
import type { Outcome } from '../../audit/types';

export const malfeasanceKinds: Readonly<Record<NonNullable<MalfeasanceReport['kind']>, string>> = {
  'multiple-atxs': 'two ATXs for one epoch',
  'multiple-ballots': 'two ballots in one layer',
  'hare-equivocation': 'two Hare messages in one round',
  'invalid-post-index': 'a PoST with an invalid label',
  'invalid-previous-atx': 'two ATXs on one previous ATX',
  'double-marry': 'two marriages',
  'double-merge': 'two merged ATXs for one epoch',
  'invalid-post': 'a PoST with an invalid label',
  'invalid-previous-v1': 'two ATXs on one previous ATX',
  'invalid-previous-v2': 'two ATXs on one previous ATX',
};

/** What the outcome of a proof means for the identity. */
export const malfeasanceMeanings: Readonly<Record<Outcome, string>> = {
  pass: 'The proof is valid: this identity is malicious.',
  fail: 'The proof does not prove that this identity is malicious.',
  inconclusive: 'Whether this identity is malicious is not shown by the data in this database.',
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
