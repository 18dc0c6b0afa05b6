/** What became worse for a fleet between two readings of its database: a missed publish, an epoch without rewards, units that fell. */
import { toHex } from '../../base/bytes';
import type { Fleet, FleetMiss, FleetRow } from '../queries/fleet';

export interface FleetChange {
  readonly smesher: Uint8Array;
  readonly epoch: number;
  readonly what: Exclude<FleetMiss, 'not-yet-published'> | 'units-fell';
}

/** The newest epoch first. What was missing before is not reported again. */
export function fleetChanges(before: Fleet, after: Fleet): FleetChange[] {
  const keyOf = ({ smesher, epoch, what }: FleetChange): string =>
    `${toHex(smesher)} ${epoch} ${what}`;
  const problemsOf = (fleet: Fleet): FleetChange[] => [
    ...fleet.missing.flatMap(({ smesher, epoch, what }) =>
      what === 'not-yet-published' ? [] : [{ smesher, epoch, what }],
    ),
    ...unitsThatFell(fleet.rows),
  ];
  const known = new Set(problemsOf(before).map(keyOf));
  return problemsOf(after)
    .filter((problem) => !known.has(keyOf(problem)))
    .sort((a, b) => b.epoch - a.epoch);
}

/** Compared with the ATX before, of the same identity. `rows` are by epoch. */
function unitsThatFell(rows: readonly FleetRow[]): FleetChange[] {
  const last = new Map<string, number>();
  return rows.flatMap(({ smesher, epoch, units, atx }): FleetChange[] => {
    if (!atx) return [];
    const hex = toHex(smesher);
    const unitsBefore = last.get(hex) ?? 0;
    last.set(hex, units);
    return units < unitsBefore ? [{ smesher, epoch, what: 'units-fell' }] : [];
  });
}
