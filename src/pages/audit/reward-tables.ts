/** The audit of rewards and slots as tables and series. */
import type { BallotTotals } from '../../audit/ballots';
import type { EpochBeacon } from '../../audit/beacons';
import type { LayerRow, RewardDifference, RewardTotals } from '../../audit/rewards/types';
import type { MessageReport } from '../../audit/messages';
import {
  eligibilityText,
  failedChecks,
  namedVerdictText,
  notCheckedText,
  outcomePresentation,
  reasons,
  verdictSeverity,
} from '../../audit/presentation';
import { missedSlots, slotTotals, verifiedSlots, type SlotTotals } from '../../audit/slots/totals';
import type { BallotRow, SlotEpoch } from '../../audit/slots/types';
import { equalBytes, toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { smhNumber } from '../../protocol/money';
import { formatCount, formatPercent } from '../../base/format';
import { tableOf, type Cell, type TableData } from '../../ui/cells';
import { ballotOutcomes, differenceTitles, layerStates } from './words';

export const layerTable = (rows: readonly LayerRow[]): TableData =>
  tableOf(
    [
      'layer',
      'epoch',
      'state',
      'rewards',
      'issuance_smidge',
      'fees_smidge',
      'expected_smidge',
      'stored_smidge',
      'difference_smidge',
      'burnt_smidge',
      'differences',
      'weights_not_checked',
      'block',
    ],
    rows.map((row): Cell[] => [
      row.layer,
      row.epoch,
      layerStates[row.state],
      row.rewards,
      row.issuanceSmidge,
      row.feesSmidge,
      row.expectedSmidge,
      row.storedSmidge,
      row.storedSmidge - row.expectedSmidge,
      row.burntSmidge,
      row.differences,
      row.weightsNotChecked,
      row.block ?? null,
    ]),
  );

export const differenceTable = (differences: readonly RewardDifference[]): TableData =>
  tableOf(
    ['layer', 'what', 'smesher', 'coinbase', 'expected_smidge', 'stored_smidge', 'reason'],
    differences.map((one): Cell[] => [
      one.layer,
      differenceTitles[one.code],
      one.smesher ?? null,
      one.coinbase ?? null,
      one.expectedSmidge ?? null,
      one.storedSmidge ?? null,
      one.explanation,
    ]),
  );

export interface PaidSeries {
  /** Layers, or epochs where there are too many layers to be distinguished. */
  readonly by: 'layer' | 'epoch';
  readonly x: readonly number[];
  /** In SMH. */
  readonly stored: readonly number[];
  readonly due: readonly number[];
}

const mostLayersDrawn = 1000;

/** What was paid beside what was due. */
export function paidSeries(rows: readonly LayerRow[]): PaidSeries {
  const by = rows.length > mostLayersDrawn ? 'epoch' : 'layer';
  const sums = new Map<number, { stored: bigint; due: bigint }>();
  for (const row of rows) {
    const before = sums.get(row[by]);
    sums.set(row[by], {
      stored: (before?.stored ?? 0n) + row.storedSmidge,
      due: (before?.due ?? 0n) + row.expectedSmidge,
    });
  }
  return {
    by,
    x: [...sums.keys()],
    stored: [...sums.values()].map(({ stored }) => smhNumber(stored)),
    due: [...sums.values()].map(({ due }) => smhNumber(due)),
  };
}

export const slotTable = (epochs: readonly SlotEpoch[], smesher: string): TableData =>
  tableOf(
    [
      'epoch',
      'slots',
      'stated_slots',
      'used',
      'verified',
      'rewarded',
      'missed',
      'undecided',
      'to_come',
      'stored_smidge',
      'weight',
      'total_weight',
      'total_from',
      'merged_into',
      'atx',
    ],
    epochs.map((epoch): Cell[] => [
      epoch.epoch,
      epoch.slots,
      epoch.statedSlots ?? null,
      epoch.used,
      verifiedSlots(epoch),
      epoch.rewarded,
      missedSlots(epoch),
      epoch.undecided,
      epoch.toCome,
      epoch.storedSmidge,
      epoch.weight,
      epoch.totalWeight,
      epoch.totalFrom === 'active-set' ? 'its active set' : 'all ATXs (estimate)',
      toHex(epoch.publisher) === smesher ? null : epoch.publisher,
      epoch.atx,
    ]),
  );

/** The result of an audit of rewards as a heading, and a sentence below it. */
export function rewardSummary(totals: RewardTotals): {
  readonly severity: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly text: string;
} {
  const { outcome, differences, rewards, layers, byState } = totals;
  const counts = `${counted(rewards, 'reward')} in ${counted(layers, 'layer')}`;
  const texts = {
    pass: `${counts} add up to the smidge.`,
    fail: `${counted(differences, 'difference')} in ${counts}: the table does not have what the blocks, the issuance and the fees give.`,
    inconclusive:
      byState.applied === 0
        ? 'No layer in this range has a block, so there is nothing to compare with.'
        : counts,
  };
  return {
    severity: verdictSeverity(totals),
    title: `Rewards: ${namedVerdictText(totals)}`,
    text: texts[outcome],
  };
}

/** The result of an audit of slots as a heading, and its figures. */
export function slotSummary(epochs: readonly SlotEpoch[]): {
  readonly severity: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly text: string;
  readonly totals: SlotTotals;
  /** "2", "≈ 2". */
  readonly missed: string;
  readonly toCome: string;
  /** What the missed ones are. */
  readonly missedNote: string;
} {
  const totals = slotTotals(epochs);
  const { used, verified, rewarded, undecided, unused, wrongRewards, isEstimate } = totals;
  const about = (count: number): string => `${isEstimate ? '≈ ' : ''}${formatCount(count)}`;
  return {
    severity: verdictSeverity(totals),
    title: `Slots of this smesher: ${namedVerdictText(totals)}`,
    text: [
      `The VRF proofs of ${formatCount(verified)} of ${counted(used, 'used slot')} are valid.`,
      wrongRewards > 0
        ? `${counted(wrongRewards, 'reward')} ${wrongRewards === 1 ? 'differs' : 'differ'} from the block.`
        : 'No reward differs from its block.',
    ].join(' '),
    totals,
    missed: about(totals.missed),
    toCome: about(totals.toCome),
    missedNote: `${formatCount(used - rewarded - undecided)} with a ballot that was not paid, ${about(unused)} without a ballot`,
  };
}

/** Ballots, and at the end of every epoch what no ballot used; with `onlyMissed` without those that were paid. */
export function ballotTable(epochs: readonly SlotEpoch[], onlyMissed: boolean): TableData {
  const rows = epochs.flatMap((epoch): Cell[][] => [
    ...epoch.ballots
      .filter(({ outcome }) => !onlyMissed || outcome !== 'rewarded')
      .map((ballot) => ballotCells(ballot)),
    ...(epoch.unused > 0
      ? [
          [
            epoch.epoch,
            null,
            null,
            epoch.unused,
            'no ballot',
            null,
            null,
            null,
            null,
            'No ballot used these slots: the node was off, not synced or late. Their layers follow from VRF proofs that only its private key can make.',
          ],
        ]
      : []),
  ]);
  return tableOf(
    [
      'epoch',
      'layer',
      'ballot',
      'slots',
      'outcome',
      'eligibility',
      'expected_smidge',
      'stored_smidge',
      'coinbase',
      'reason',
    ],
    rows,
  );
}

const ballotCells = (ballot: BallotRow): Cell[] => [
  ballot.epoch,
  ballot.layer,
  ballot.ballot,
  ballot.slots.length,
  ballotOutcomes[ballot.outcome],
  eligibilityText(ballot.report),
  ballot.expectedSmidge ?? null,
  ballot.storedSmidge ?? null,
  ballot.coinbase ?? null,
  ballot.explanation,
];

/** Ballots with what their audit found. */
export const ballotReportTable = (reports: readonly MessageReport[]): TableData =>
  tableOf(
    ['layer', 'ballot', 'outcome', 'failed_checks', 'not_checked', 'reason'],
    reports.map((report): Cell[] => [
      report.layer,
      report.id,
      outcomePresentation[report.outcome].word,
      failedChecks(report.checks),
      notCheckedText(report),
      reasons(report.checks),
    ]),
  );

/** "Epoch 9: beacon b7479a07, of 100 % of the weight of these ballots, as in the table beacons." */
export function beaconText({ epoch, stored, majority, share }: EpochBeacon): string {
  if (!majority)
    return `Epoch ${epoch}: no beacon has more than half of the weight of these ballots.`;
  const used = `Epoch ${epoch}: beacon ${toHex(majority)}, of ${formatPercent(share)} of the weight of these ballots`;
  if (!stored) return `${used}. The table beacons has none for this epoch: not checked.`;
  return equalBytes(stored, majority)
    ? `${used}, as in the table beacons.`
    : `${used}, but the table beacons has ${toHex(stored)}.`;
}

/** The result of a verification of ballots as a heading, and what it covers. */
export function ballotSummary({ ballots, byOutcome, notCheckedBy, slots, beacons }: BallotTotals): {
  readonly severity: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly slots: string;
} {
  const { pass, fail, inconclusive } = byOutcome;
  const counts = [
    `${counted(pass, 'ballot')} of ${ballots.toLocaleString('en')} pass`,
    ...(fail > 0 ? [`${fail.toLocaleString('en')} fail`] : []),
    ...(inconclusive > 0 ? [`${inconclusive.toLocaleString('en')} inconclusive`] : []),
    ...(notCheckedBy.size > 0
      ? [`${counted(notCheckedBy.size, 'check')} not possible for all`]
      : []),
  ];
  const isComplete = inconclusive === 0 && notCheckedBy.size === 0 && ballots > 0;
  const isBad = fail > 0 || beacons.some(({ outcome }) => outcome === 'fail');
  return {
    severity: isBad ? 'bad' : isComplete ? 'good' : 'warn',
    title: ballots === 0 ? 'No ballots in these layers' : counts.join('; '),
    slots: `They use ${counted(slots, 'slot')}.`,
  };
}
