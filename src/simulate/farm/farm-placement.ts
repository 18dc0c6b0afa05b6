/**
 * Where identities that exist go: those with a drive stay there, the rest is packed onto what is free, the largest
 * number of provable units first.
 */
import { unitBytes } from '../../protocol/units';
import { invalid, positive } from '../inputs';
import type { FarmContext } from './farm-context';
import type { FarmFailure, GivenIdentity, SizedDrive } from './farm-plan';
import { packIdentities } from './packing';

export interface Placement {
  /** By the name of their drive; undefined where the identities are to be chosen. */
  readonly placed: ReadonlyMap<string, readonly GivenIdentity[]> | undefined;
  readonly unplaced: readonly FarmFailure[];
  /** The units that a drive was taken to prove in the time, as a factor of the rough estimate. */
  readonly timeFactor: number;
}

/** How far off the rough estimate of what is proved in the time may be. */
const timeFactors = [1, 0.8, 1.25, Infinity] as const;
/** With more identities than this to place, the rough estimate decides. */
const mostCompared = 64;

/** Placements to compare; one where there is nothing to place or too much. @throws WorkbenchError `input-not-valid` */
export function placements(context: FarmContext): readonly Placement[] {
  const free = (context.input.identities ?? []).filter(({ drive }) => drive === undefined).length;
  if (free === 0 || free > mostCompared) return [placeGiven(context, 1)];
  const seen = new Set<string>();
  return timeFactors.flatMap((timeFactor) => {
    const placement = placeGiven(context, timeFactor);
    const key = JSON.stringify([...(placement.placed?.values() ?? [])]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [placement];
  });
}

function placeGiven(context: FarmContext, timeFactor: number): Placement {
  const { input, capacity, smallest } = context;
  const { identities, drives } = input;
  if (!identities) return { placed: undefined, unplaced: [], timeFactor };
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
  for (const identity of place(context, { identities: toPack, free, placed, timeFactor }))
    unplaced.push({ identity: identity.name, machine: undefined, reason: 'no-space' });
  return { placed, unplaced, timeFactor };
}

interface ToPlace {
  readonly identities: readonly GivenIdentity[];
  /** Units of space and identities of each drive: what is placed is entered. */
  readonly free: Map<string, number>;
  readonly placed: ReadonlyMap<string, GivenIdentity[]>;
  readonly timeFactor: number;
}

/** First what is proved in the time, then the rest where there is space. Returns those without a place. */
function place(
  context: FarmContext,
  { identities, free, placed, timeFactor }: ToPlace,
): readonly GivenIdentity[] {
  const { drives, machines, labelsPerUnit } = context.input;
  const machineOf = new Map(machines.map((machine) => [machine.name, machine]));
  const pack = (
    toPack: readonly GivenIdentity[],
    capacityOf: (drive: SizedDrive) => number,
  ): readonly GivenIdentity[] => {
    const { placed: at } = packIdentities(
      toPack.map(({ numUnits }) => numUnits),
      drives.map((drive) => ({
        capacityUnits: capacityOf(drive),
        secondsPerUnit: unitBytes(labelsPerUnit) / drive.bytesPerS,
      })),
    );
    return toPack.filter((identity, i) => {
      const drive = drives[at[i] ?? -1];
      if (!drive) return true;
      placed.get(drive.name)?.push(identity);
      free.set(drive.name, (free.get(drive.name) ?? 0) - identity.numUnits);
      return false;
    });
  };
  const late = pack(identities, (drive) => {
    const machine = machineOf.get(drive.machine);
    const used = (placed.get(drive.name) ?? []).reduce((sum, { numUnits }) => sum + numUnits, 0);
    const provable = machine ? timeFactor * context.provableUnits(machine, drive) - used : 0;
    return Math.min(free.get(drive.name) ?? 0, provable);
  });
  return pack(late, ({ name }) => free.get(name) ?? 0);
}
