/** Where identities that exist go: those with a drive stay there, the rest is packed onto what is free. */
import { unitBytes } from '../../protocol/units';
import { invalid, positive } from '../inputs';
import type { FarmContext } from './farm-context';
import type { FarmFailure, GivenIdentity } from './farm-plan';
import { packIdentities } from './packing';

export interface Placement {
  /** By the name of their drive; undefined where the identities are to be chosen. */
  readonly placed: ReadonlyMap<string, readonly GivenIdentity[]> | undefined;
  readonly unplaced: readonly FarmFailure[];
}

/** @throws WorkbenchError `input-not-valid` */
export function placeGiven({ input, capacity, smallest }: FarmContext): Placement {
  const { identities, drives, labelsPerUnit } = input;
  if (!identities) return { placed: undefined, unplaced: [] };
  const placed = new Map<string, GivenIdentity[]>(drives.map(({ name }) => [name, []]));
  const free = new Map(capacity);
  const unplaced: FarmFailure[] = [];
  const names = new Set<string>();
  const toPack: GivenIdentity[] = [];
  for (const identity of identities) {
    positive(identity.numUnits, 'numUnits');
    if (names.has(identity.name))
      throw invalid('identities', 'named differently from each other', identity.name);
    names.add(identity.name);
    if (identity.numUnits < smallest)
      unplaced.push({ identity: identity.name, machine: undefined, reason: 'too-small' });
    else if (identity.drive === undefined) toPack.push(identity);
    else {
      const on = placed.get(identity.drive);
      if (!on) throw invalid('identities.drive', 'the name of a drive', identity.drive);
      // It is there, whatever the size of the drive was typed as.
      on.push(identity);
      free.set(identity.drive, (free.get(identity.drive) ?? 0) - identity.numUnits);
    }
  }
  const { placed: at } = packIdentities(
    toPack.map(({ numUnits }) => numUnits),
    drives.map((drive) => ({
      capacityUnits: free.get(drive.name) ?? 0,
      secondsPerUnit: unitBytes(labelsPerUnit) / drive.bytesPerS,
    })),
  );
  for (const [i, identity] of toPack.entries()) {
    const drive = drives[at[i] ?? -1];
    if (drive) placed.get(drive.name)?.push(identity);
    else unplaced.push({ identity: identity.name, machine: undefined, reason: 'no-space' });
  }
  return { placed, unplaced };
}
