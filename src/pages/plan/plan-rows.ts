/** A farm plan as the rows of its schedule. */
import type { FailureReason, FarmPlan } from '../../simulate/farm/farm-plan';
import { formatCount } from '../../base/format';
import type { Cell } from '../../ui/cells';

export const planColumns = [
  'machine',
  'drive',
  'order',
  'identity',
  'size (SU)',
  'nonces',
  'threads',
  'start (h into the gap)',
  'end of first pass (h)',
  'start in the next gap (UTC)',
  'in time (%)',
  'fails because',
  'remedy',
] as const;

/** Why an identity is often not proved or has no place, and what to change: a few words each, for a cell. */
const failureTexts: Readonly<
  Record<FailureReason, { readonly reason: string; readonly remedy: string }>
> = {
  'no-space': {
    reason: 'no drive has the space',
    remedy: 'add or join drives, or split it and initialise it again',
  },
  'too-small': { reason: 'below the network’s minimum', remedy: 'grow it' },
  disk: {
    reason: 'the drive is too slow',
    remedy: 'move identities of this drive to a faster or emptier one',
  },
  processor: {
    reason: 'the processor is too slow',
    remedy: 'fewer nonces, more threads, or another machine',
  },
  k2pow: { reason: 'k2pow takes longer than reading', remedy: 'a k2pow service' },
  controller: {
    reason: 'the shared controller is too slow',
    remedy: 'connect some of its drives to another controller',
  },
  chance: {
    reason: 'not enough time for a second pass',
    remedy: 'more nonces, or smaller identities',
  },
};

/** "2026-12-07 20:15": sorts as it reads. */
const utcMinute = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

const hours = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Number((seconds / 3600).toFixed(2));

/**
 * One row per identity, those without a place at the end. Times are means of its first pass.
 * @param gapStartMs of the gap that the times of day are for
 */
export function planRows({ identities, failures }: FarmPlan, gapStartMs: number): Cell[][] {
  const textsOf = new Map(failures.map(({ identity, reason }) => [identity, failureTexts[reason]]));
  const order = new Map<string, number>();
  const rows = identities.map((identity): Cell[] => {
    const at = (order.get(identity.drive) ?? 0) + 1;
    order.set(identity.drive, at);
    return [
      ...[identity.machine, identity.drive, at, identity.name, identity.numUnits],
      ...[identity.nonces, identity.threads, hours(identity.startS), hours(identity.endS)],
      identity.startS === undefined ? null : utcMinute(gapStartMs + identity.startS * 1000),
      Number((identity.expectedShare * 100).toFixed(1)),
      textsOf.get(identity.name)?.reason ?? '',
      textsOf.get(identity.name)?.remedy ?? '',
    ];
  });
  const placed = new Set(identities.map(({ name }) => name));
  const left = failures
    .filter(({ identity }) => !placed.has(identity))
    .map(({ identity, reason }): Cell[] => [
      ...[null, null, null, identity, null, null, null, null, null, null, 0],
      failureTexts[reason].reason,
      failureTexts[reason].remedy,
    ]);
  return [...rows, ...left];
}

export interface FarmHeadline {
  readonly title: string;
  /** Units that earn in an average epoch, by what happens to identities that miss the gap. */
  readonly earningUnits: number;
}

/** @param late whether what misses the gap is published late */
export function farmHeadline(plan: FarmPlan, late: boolean): FarmHeadline {
  const earningUnits = late ? plan.lateUnits : plan.expectedUnits;
  return {
    earningUnits,
    title: `${formatCount(Math.round(earningUnits))} of ${formatCount(plan.totalUnits)} SU ${
      late ? 'earn per epoch with late ATXs' : 'proved per epoch'
    }, on average`,
  };
}
