/** A farm plan as the rows of its schedule. */
import type { FarmPlan } from '../../simulate/farm/farm-plan';
import type { Cell } from '../../ui/cells';

export const planColumns = [
  'machine',
  'drive',
  'order',
  'identity',
  'size (SU)',
  'nonces',
  'threads',
  'start (h)',
  'end (h)',
  'in time (%)',
  'reason',
] as const;

const reasonTexts = {
  'no-space': 'no space',
  'too-small': 'too small',
  disk: 'the drive is too slow',
  processor: 'the processor is too slow',
  k2pow: 'k2pow is too slow',
  controller: 'the controller is too slow',
  chance: 'no time for a second pass',
} as const;

const hours = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Number((seconds / 3600).toFixed(2));

/** One row per identity, those without a place at the end. Times are means of its first pass. */
export function planRows({ identities, failures }: FarmPlan): Cell[][] {
  const reasonOf = new Map(failures.map(({ identity, reason }) => [identity, reasonTexts[reason]]));
  const order = new Map<string, number>();
  const rows = identities.map((identity): Cell[] => {
    const at = (order.get(identity.drive) ?? 0) + 1;
    order.set(identity.drive, at);
    return [
      ...[identity.machine, identity.drive, at, identity.name, identity.numUnits],
      ...[identity.nonces, identity.threads, hours(identity.startS), hours(identity.endS)],
      Number((identity.expectedShare * 100).toFixed(1)),
      reasonOf.get(identity.name) ?? '',
    ];
  });
  const placed = new Set(identities.map(({ name }) => name));
  const left = failures
    .filter(({ identity }) => !placed.has(identity))
    .map(({ identity, reason }): Cell[] => [
      ...[null, null, null, identity, null, null, null, null, null, 0],
      reasonTexts[reason],
    ]);
  return [...rows, ...left];
}
