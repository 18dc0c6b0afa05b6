/** Why identities are not proved in time, and what to change. */
import { counted } from '../../base/counted';
import { hashesPerUnit, mainnetPost, noncesPerGroup, unitBytes } from '../../protocol/units';
import { scanSpeed } from '../proving/throughput';
import { epoch } from './epoch';
import { scanOf } from './epoch-build';
import type { EpochPlan } from './epoch-plan';
import { identityCount, type FarmContext, type PlannedMachine } from './farm-context';
import {
  failureReasons,
  type FailureReason,
  type FarmFailure,
  type FarmIdentity,
  type FarmPlan,
} from './farm-plan';

/** Proved in fewer of the epochs than this, an identity is listed as failing. */
const failing = 0.9;

const remedyTexts: Readonly<Record<FailureReason, string>> = {
  'too-small': `smaller than the ${mainnetPost.minNumUnits} SU that the network requires. Grow them.`,
  'no-space':
    'no drive has the space. Add a drive, join drives, or split the identity (which means initialising it again).',
  disk: 'the drive takes too long to read. Move some of its identities to a faster or emptier drive.',
  controller:
    'the shared controller is the limit. Connect some of its drives to another one, or read fewer at a time.',
  processor:
    'the processor scans too slowly. Use fewer nonces, more threads, or move identities to another machine.',
  k2pow: 'k2pow takes longer than reading. Use a k2pow service on another machine.',
  chance:
    'one pass fits, and there is not enough time left for all that need another. Use more nonces, or smaller identities.',
};

/** Each identity that is often not proved, by what takes the most of its drive’s time. */
export function failuresOf(
  context: FarmContext,
  identities: readonly FarmIdentity[],
): readonly FarmFailure[] {
  const { input } = context;
  const machines = new Map(input.machines.map((machine) => [machine.name, machine]));
  const drives = new Map(input.drives.map((drive) => [drive.name, drive]));
  const atWork = new Map<string, Set<string>>();
  const unitsOf = new Map<string, number>();
  for (const { machine, drive, numUnits } of identities) {
    atWork.set(machine, (atWork.get(machine) ?? new Set()).add(drive));
    unitsOf.set(drive, (unitsOf.get(drive) ?? 0) + numUnits);
  }
  const hashesEach = hashesPerUnit(input.powDifficulty);
  return identities
    .filter(({ expectedShare }) => expectedShare < failing)
    .map((identity): FarmFailure => {
      const machine = machines.get(identity.machine);
      const drive = drives.get(identity.drive);
      const base = { identity: identity.name, machine: identity.machine };
      if (!machine || !drive) return { ...base, reason: 'chance' };
      const sharing = atWork.get(identity.machine)?.size ?? 1;
      const scan = scanSpeed(scanOf(machine), identity.nonces, machine.threads) / sharing;
      const read = context.driveBytesPerS(drive);
      const bytes = identity.numUnits * unitBytes(input.labelsPerUnit);
      const passS = bytes / Math.min(scan, read);
      const hashesPerS = context.serviceShare(machine) ?? machine.hashesPerS / sharing;
      const powS =
        ((identity.nonces / noncesPerGroup) * identity.numUnits * hashesEach) / hashesPerS;
      if (powS > passS) return { ...base, reason: 'k2pow' };
      // It would be in time if its pass began at the start and succeeded.
      const readAll = (unitsOf.get(identity.drive) ?? 0) / identity.numUnits;
      if (readAll * (passS + powS) <= context.availableS) return { ...base, reason: 'chance' };
      if (scan < read) return { ...base, reason: 'processor' };
      return { ...base, reason: read < drive.bytesPerS ? 'controller' : 'disk' };
    });
}

export interface FarmOutcome {
  readonly planned: readonly PlannedMachine[];
  readonly failures: readonly FarmFailure[];
  readonly idle: FarmPlan['idle'];
  readonly expectedUnits: number;
  readonly totalUnits: number;
  readonly lateUnits: number;
  readonly everyOtherUnits: number;
}

/** Sentences, the most useful first. */
export function* remediesOf(context: FarmContext, outcome: FarmOutcome): Generator<string> {
  const { planned, failures, idle, expectedUnits, totalUnits, lateUnits, everyOtherUnits } =
    outcome;
  for (const reason of failureReasons) {
    const own = failures.filter((failure) => failure.reason === reason);
    if (own.length === 0) continue;
    const machines = [...new Set(own.map(({ machine }) => machine))].filter(
      (name) => name !== undefined,
    );
    const where = machines.length === 0 ? '' : ` on ${listed(machines)}`;
    yield `${counted(own.length, 'identity', 'identities')}${where} (${listed(own.map(({ identity }) => identity))}): ${remedyTexts[reason]}`;
  }
  if (failures.length > 0 || idle.length > 0)
    for (const { text, change } of changes) {
      const gain = gainOf(context, planned, change);
      if (gain > 0.01 * Math.max(1, expectedUnits))
        yield `${text} would bring ${unitsText(gain)} more per epoch with these identities.`;
    }
  if (totalUnits > 0 && lateUnits > expectedUnits * 1.01)
    yield `The node publishes late what is not proved in the gap: such an ATX still earns, and the identity misses the next epoch. With that, ${unitsText(lateUnits)} of ${unitsText(totalUnits)} earn per epoch on average instead of ${unitsText(expectedUnits)}.`;
  if (totalUnits > 0 && everyOtherUnits > Math.max(lateUnits, expectedUnits) * 1.01)
    yield `Proving each identity in every other epoch only, with the time until the publish epoch ends, would let ${unitsText(everyOtherUnits)} earn per epoch on average.`;
  const idleUnits = idle.reduce((sum, { units }) => sum + units, 0);
  if (!context.input.identities && totalUnits > 0 && idleUnits > 0.02 * totalUnits)
    yield `${unitsText(idleUnits)} of the drives stay empty: more identities would not be proved in time.`;
}

type Change = (plan: EpochPlan) => EpochPlan | undefined;

/** Units that a change brings, each kind of machine simulated once. */
function gainOf(context: FarmContext, planned: readonly PlannedMachine[], change: Change): number {
  return planned.reduce((sum, { setup, layout, run, key }, i) => {
    if (planned.findIndex((other) => other.key === key) !== i) return sum;
    const changed = change(context.alone(setup));
    if (!changed) return sum;
    const alike = planned.filter((other) => other.key === key).length;
    const { expectedUnits } = epoch(
      { ...changed, identities: context.identitiesOf(setup, layout) },
      { seed: context.seed, epochs: context.epochsFor(identityCount(layout), 1 / 8) },
    );
    return sum + alike * (expectedUnits - run.expectedUnits);
  }, 0);
}

/** What could be bought or set, with what it does to a machine; undefined where it changes nothing. */
const changes: readonly { readonly text: string; readonly change: Change }[] = [
  {
    text: 'A k2pow service on another machine',
    change: (plan) => ({
      ...plan,
      machines: plan.machines.map((machine) => ({
        ...machine,
        hashesPerS: Infinity,
        k2powService: undefined,
      })),
    }),
  },
  {
    text: 'k2pow of the next identity while one is read (it needs a k2pow service, which may run on the same machine)',
    change: (plan) => (plan.overlapK2pow ? undefined : { ...plan, overlapK2pow: true }),
  },
  {
    text: 'Twice the threads',
    change: (plan) => ({
      ...plan,
      machines: plan.machines.map((machine) => ({
        ...machine,
        threads: machine.threads * 2,
        hashesPerS: machine.hashesPerS * 2,
      })),
    }),
  },
  {
    text: 'Drives that read twice as fast',
    change: (plan) => ({
      ...plan,
      drives: plan.drives.map((drive) => ({ ...drive, bytesPerS: drive.bytesPerS * 2 })),
    }),
  },
];

const unitsText = (units: number): string =>
  `${Number(units.toPrecision(3)).toLocaleString('en')} SU`;

/** The first of many names. */
const listed = (names: readonly string[]): string =>
  names.length <= 4
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${(names.length - 3).toLocaleString('en')} more`;
