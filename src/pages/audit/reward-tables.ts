/** The audit of rewards and slots as tables and series. */
import type { LayerRow, RewardDifference } from '../../audit/rewards';
import type { BallotRow, SlotEpoch } from '../../audit/slots';
import { toHex } from '../../protocol/bytes';
import { smhNumber } from '../../protocol/money';
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
            'No ballot used these slots: the node was off, not synced or late. In which layers they lay only its private key tells.',
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
  ballot.expectedSmidge ?? null,
  ballot.storedSmidge ?? null,
  ballot.coinbase ?? null,
  ballot.explanation,
];
