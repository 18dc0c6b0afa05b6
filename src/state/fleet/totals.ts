/** Sums over the rows of a fleet, and its income as an accountant needs it. */
import { toHex } from '../../base/bytes';
import { dayOf, monthOf, type TimeZone } from '../../base/instant';
import { layerStartMs, type LayerClock } from '../../protocol/epochs';
import type { FleetRow } from '../queries/fleet';
import type { FleetIncome } from '../queries/fleet-income';

export interface FleetTotal {
  /** What the rows have in common. */
  readonly key: string;
  readonly identities: number;
  /** Of the newest epoch in which each identity has an ATX. */
  readonly units: number;
  /** Of each ATX once, whichever of its members are in the fleet. */
  readonly slots: number;
  readonly rewards: number;
  readonly missed: number;
  readonly smidge: bigint;
}

/** In the order in which the keys come. */
export function fleetTotals(
  rows: readonly FleetRow[],
  keyOf: (row: FleetRow) => string,
): FleetTotal[] {
  const groups = new Map<string, FleetRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups].map(([key, group]) => ({ key, ...sumOf(group) }));
}

function sumOf(rows: readonly FleetRow[]): Omit<FleetTotal, 'key'> {
  const newest = new Map<string, FleetRow>();
  const atxs = new Map<string, FleetRow>();
  let smidge = 0n;
  for (const row of rows) {
    smidge += row.smidge;
    const smesher = toHex(row.smesher);
    const before = newest.get(smesher);
    if (row.atx && (!before || row.epoch >= before.epoch)) newest.set(smesher, row);
    else if (!before) newest.set(smesher, row);
    atxs.set(row.atx ? toHex(row.atx) : `${smesher} ${row.epoch}`, row);
  }
  const sum = (list: Iterable<FleetRow>, of: (row: FleetRow) => number | null): number => {
    let total = 0;
    for (const row of list) total += of(row) ?? 0;
    return total;
  };
  return {
    identities: newest.size,
    units: sum(newest.values(), ({ units }) => units),
    slots: sum(atxs.values(), ({ slots }) => slots),
    rewards: sum(atxs.values(), ({ rewards }) => rewards),
    missed: sum(atxs.values(), ({ missed }) => missed),
    smidge,
  };
}

export type Period = 'day' | 'month' | 'year';

export interface IncomeRow {
  /** `2026-11-21`, `2026-11` or `2026` */
  readonly period: string;
  readonly coinbase: Uint8Array;
  readonly rewards: number;
  readonly smidge: bigint;
  /** Of it the issuance; the rest are fees. */
  readonly layerSmidge: bigint;
  /** In the currency of the prices; undefined where a day has no price. */
  readonly value: number | undefined;
}

/** The price of one SMH: always the same, or by the day (`2026-11-21`). */
export type Prices = number | ReadonlyMap<string, number>;

const smidgePerSmh = 1e9;

/** Income by period and coinbase. The day, month and year of a layer are those of its start in the zone. */
export function incomeByPeriod(
  income: readonly FleetIncome[],
  {
    clock,
    zone,
    period,
    prices,
  }: {
    readonly clock: LayerClock;
    readonly zone: TimeZone;
    readonly period: Period;
    readonly prices?: Prices | undefined;
  },
): IncomeRow[] {
  const rows = new Map<string, IncomeRow>();
  for (const one of income) {
    const startMs = layerStartMs(clock, one.layer);
    const month = monthOf(startMs, zone);
    const name =
      period === 'day' ? dayOf(startMs, zone) : period === 'month' ? month : month.slice(0, 4);
    const key = `${name} ${toHex(one.coinbase)}`;
    const before = rows.get(key);
    const price = typeof prices === 'number' ? prices : prices?.get(dayOf(startMs, zone));
    const value = price === undefined ? undefined : (Number(one.smidge) / smidgePerSmh) * price;
    rows.set(key, {
      period: name,
      coinbase: one.coinbase,
      rewards: (before?.rewards ?? 0) + one.rewards,
      smidge: (before?.smidge ?? 0n) + one.smidge,
      layerSmidge: (before?.layerSmidge ?? 0n) + one.layerSmidge,
      value:
        value === undefined || (before && before.value === undefined)
          ? undefined
          : (before?.value ?? 0) + value,
    });
  }
  return [...rows.values()];
}
