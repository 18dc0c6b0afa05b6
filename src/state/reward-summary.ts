/** Rewards as a user asks for them: totals, per epoch, with running sums. All amounts in smidge. */
import type { RewardRow } from './queries/rewards';

export interface EpochRewards {
  readonly epoch: number;
  /** Rewards in it: one for each layer in which the smesher was eligible. */
  readonly count: number;
  readonly totalSmidge: bigint;
  readonly layerSmidge: bigint;
  /** All rewards up to the end of this epoch. */
  readonly runningSmidge: bigint;
}

export interface RewardSummary {
  readonly count: number;
  readonly totalSmidge: bigint;
  /** The share of the issuance; the rest are fees. */
  readonly layerSmidge: bigint;
  readonly firstLayer: number | undefined;
  readonly lastLayer: number | undefined;
  /** Without the epochs that had none. */
  readonly epochs: readonly EpochRewards[];
  /** After each reward, in the order of the rows. */
  readonly runningSmidge: readonly bigint[];
}

/** @param rows by layer */
export function summariseRewards(
  rows: readonly RewardRow[],
  layersPerEpoch: number,
): RewardSummary {
  const epochs: EpochRewards[] = [];
  const running: bigint[] = [];
  let totalSmidge = 0n;
  let layerSmidge = 0n;
  for (const row of rows) {
    totalSmidge += row.totalSmidge;
    layerSmidge += row.layerSmidge;
    running.push(totalSmidge);
    const epoch = Math.floor(row.layer / layersPerEpoch);
    const last = epochs.at(-1);
    const same = last?.epoch === epoch ? last : undefined;
    if (same) epochs.pop();
    epochs.push({
      epoch,
      count: (same?.count ?? 0) + 1,
      totalSmidge: (same?.totalSmidge ?? 0n) + row.totalSmidge,
      layerSmidge: (same?.layerSmidge ?? 0n) + row.layerSmidge,
      runningSmidge: totalSmidge,
    });
  }
  return {
    count: rows.length,
    totalSmidge,
    layerSmidge,
    firstLayer: rows[0]?.layer,
    lastLayer: rows.at(-1)?.layer,
    epochs,
    runningSmidge: running,
  };
}

export interface MonthRewards {
  /** "2024-03", by the start of a reward's layer in UTC. */
  readonly month: string;
  readonly count: number;
  readonly totalSmidge: bigint;
  readonly layerSmidge: bigint;
  /** All rewards up to the end of this month. */
  readonly runningSmidge: bigint;
}

/**
 * Rewards by calendar month in UTC, without the months that had none.
 * @param rows by layer
 */
export function summariseByMonth(
  rows: readonly RewardRow[],
  layerStartMs: (layer: number) => number,
): MonthRewards[] {
  const months: MonthRewards[] = [];
  let runningSmidge = 0n;
  for (const { layer, totalSmidge, layerSmidge } of rows) {
    runningSmidge += totalSmidge;
    const month = new Date(layerStartMs(layer)).toISOString().slice(0, 7);
    const same = months.at(-1)?.month === month ? months.pop() : undefined;
    months.push({
      month,
      count: (same?.count ?? 0) + 1,
      totalSmidge: (same?.totalSmidge ?? 0n) + totalSmidge,
      layerSmidge: (same?.layerSmidge ?? 0n) + layerSmidge,
      runningSmidge,
    });
  }
  return months;
}
