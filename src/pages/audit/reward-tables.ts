/** The audit of rewards and slots as tables and series. */
import type { BallotTotals } from '../../audit/ballots';
import type { EpochBeacon } from '../../audit/beacons';
import type { LayerRow, RewardDifference } from '../../audit/rewards';
import type { MessageReport } from '../../audit/messages';
import {
  eligibilityText,
  failedChecks,
  hasVerifiedProofs,
  notCheckedText,
  outcomePresentation,
  reasons,
} from '../../audit/presentation';
import type { BallotRow, SlotEpoch } from '../../audit/slots';
import { equalBytes, toHex } from '../../protocol/bytes';
import { counted } from '../../protocol/counted';
import { smhNumber } from '../../protocol/money';
import { formatPercent } from '../../ui/format';
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
  /** Layers, or epochs where there are too many layers to be told apart. */
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
      epoch.toCome,
      epoch.storedSmidge,
      epoch.weight,
      epoch.totalWeight,
      epoch.totalFrom === 'active-set' ? 'its active set' : 'all ATXs (estimate)',
      toHex(epoch.publisher) === smesher ? null : epoch.publisher,
      epoch.atx,
    ]),
  );

/** Slots whose VRF proofs were verified. */
export const verifiedSlots = ({ ballots }: SlotEpoch): number =>
  ballots.reduce(
    (sum, { slots, report }) => sum + (hasVerifiedProofs(report) ? slots.length : 0),
    0,
  );

/** Slots that paid nothing: no ballot used them, or their ballot was not paid. */
export const missedSlots = ({ unused, used, rewarded }: SlotEpoch): number =>
  unused + used - rewarded;

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
