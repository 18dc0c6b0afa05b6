/** The first passes of a farm's schedule as bars, one row per drive. */
import type { FarmPlan } from '../../simulate/farm/farm-plan';

export interface GanttBar {
  readonly kind: 'k2pow' | 'scan';
  readonly identity: string;
  readonly startS: number;
  readonly endS: number;
}

export interface GanttLane {
  readonly drive: string;
  readonly bars: readonly GanttBar[];
}

/** Rows of the drives with the most work; a chart with more would be unreadable. */
const mostLanes = 12;

export function ganttLanes({ schedule, identities }: Pick<FarmPlan, 'schedule' | 'identities'>): {
  readonly lanes: readonly GanttLane[];
  /** Drives that are not drawn. */
  readonly more: number;
} {
  const driveOf = new Map(identities.map(({ name, drive }) => [name, drive]));
  const lanes = new Map<string, GanttBar[]>();
  for (const { identity, pass, kind, startS, endS } of schedule) {
    const drive = driveOf.get(identity);
    if (pass !== 1 || drive === undefined) continue;
    const bars = lanes.get(drive) ?? [];
    lanes.set(drive, bars);
    bars.push({ kind, identity, startS, endS });
  }
  const all = [...lanes].map(([drive, bars]): GanttLane => ({ drive, bars }));
  return { lanes: all.slice(0, mostLanes), more: Math.max(0, all.length - mostLanes) };
}
