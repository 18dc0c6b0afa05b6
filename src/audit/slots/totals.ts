/** The epochs of a smesher added up, and what their audit could not check. */
import { counted } from '../../base/counted';
import { checkTitles, hasVerifiedProofs, type WordedVerdict } from '../presentation';
import type { CheckName } from '../types';
import type { BallotOutcome, SlotEpoch } from './types';

/** What contradicts the block. */
const wrongOutcomes: ReadonlySet<BallotOutcome> = new Set([
  'amount-differs',
  'coinbase-elsewhere',
  'reward-missing',
]);

export interface SlotTotals extends WordedVerdict {
  /** Slots that a ballot used. */
  readonly used: number;
  /** Of these, the ones with valid VRF proofs. */
  readonly verified: number;
  readonly rewarded: number;
  readonly undecided: number;
  /** Slots that no readable ballot used. */
  readonly unused: number;
  readonly missed: number;
  readonly toCome: number;
  /** Whether `unused`, `missed` and `toCome` depend on an estimate, or on ballots that cannot be read. */
  readonly isEstimate: boolean;
  readonly storedSmidge: bigint;
  /** Ballots whose reward contradicts the block. */
  readonly wrongRewards: number;
}

/**
 * Whether the number of slots of an epoch is an estimate, of the weight of all ATXs: no readable ballot states it. An
 * ATX that is merged into another's has 0 slots, which is exact.
 */
export const isEstimate = ({ slots, statedSlots }: SlotEpoch): boolean =>
  statedSlots === undefined && slots > 0;

/** Slots that paid nothing: no ballot used them, or their ballot was not paid. */
export const missedSlots = ({ unused, used, rewarded, undecided }: SlotEpoch): number =>
  unused + used - rewarded - undecided;

/** Slots whose VRF proofs were verified. */
export const verifiedSlots = ({ ballots }: SlotEpoch): number =>
  ballots.reduce(
    (sum, { slots, report }) => sum + (hasVerifiedProofs(report) ? slots.length : 0),
    0,
  );

/** Adds up the epochs of a smesher, and names what their audit could not check. */
export function slotTotals(epochs: readonly SlotEpoch[]): SlotTotals {
  const sum = (of: (epoch: SlotEpoch) => number): number =>
    epochs.reduce((total, epoch) => total + of(epoch), 0);
  const ballots = epochs.flatMap((epoch) => epoch.ballots);
  const wrongRewards = ballots.filter(({ outcome }) => wrongOutcomes.has(outcome)).length;
  const isFailed = wrongRewards > 0 || epochs.some(({ problems }) => problems.length > 0);
  const isIncomplete =
    ballots.length === 0 || ballots.some(({ report }) => report.outcome === 'inconclusive');
  const notCheckedBy = new Map<CheckName, number>();
  for (const { report } of ballots)
    for (const name of report.notChecked) notCheckedBy.set(name, (notCheckedBy.get(name) ?? 0) + 1);
  const undecided = sum((epoch) => epoch.undecided);
  const unreadable = sum((epoch) => epoch.unreadable);
  const estimates = epochs.filter(isEstimate).map(({ epoch }) => epoch);
  return {
    outcome: isFailed ? 'fail' : isIncomplete ? 'inconclusive' : 'pass',
    notChecked: [
      ...[...notCheckedBy].map(
        ([name, count]) => `${checkTitles[name]} (${counted(count, 'ballot')})`,
      ),
      ...(undecided > 0
        ? [`rewards of ${counted(undecided, 'slot')} (layer not applied, or block unknown)`]
        : []),
      ...(unreadable > 0 ? [`slots of ${counted(unreadable, 'unreadable ballot')}`] : []),
      ...(estimates.length > 0
        ? [
            `number of slots in ${estimates.length === 1 ? 'epoch' : 'epochs'} ${estimates.join(', ')} (an estimate: no ballot states it)`,
          ]
        : []),
    ],
    skipped: [],
    used: sum(({ used }) => used),
    verified: sum(verifiedSlots),
    rewarded: sum(({ rewarded }) => rewarded),
    undecided,
    unused: sum(({ unused }) => unused),
    missed: sum(missedSlots),
    toCome: sum(({ toCome }) => toCome),
    isEstimate: epochs.some(
      (epoch) => epoch.unused + epoch.toCome > 0 && (isEstimate(epoch) || epoch.unreadable > 0),
    ),
    storedSmidge: epochs.reduce((total, { storedSmidge }) => total + storedSmidge, 0n),
    wrongRewards,
  };
}
