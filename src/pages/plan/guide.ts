/** From disks and a machine to what runs on it: the steps of the guided path, each with its reason. */
import { counted } from '../../base/counted';
import { unitBytes } from '../../protocol/units';
import { serviceName, type ServiceSchedule } from '../../runbooks/schedule';
import type { FarmInput, FarmPlan } from '../../simulate/farm/farm-plan';
import { formatDuration, formatNumber, formatPercent } from '../../base/format';

export interface GuideFigures {
  readonly drives: number;
  readonly driveTB: number;
  readonly driveMBPerS: number;
  readonly threads: number;
  readonly scanBytesPerSPerThread: number;
  readonly hashesPerS: number;
  readonly gapS: number;
  readonly marginS: number;
}

const machineName = 'machine';

export const guideFarm = (figures: GuideFigures): FarmInput => ({
  machines: [
    {
      name: machineName,
      threads: figures.threads,
      scanBytesPerSPerThread: figures.scanBytesPerSPerThread,
      hashesPerS: figures.hashesPerS,
    },
  ],
  drives: Array.from({ length: figures.drives }, (_, i) => ({
    name: `disk-${i + 1}`,
    machine: machineName,
    bytes: figures.driveTB * 1e12,
    bytesPerS: figures.driveMBPerS * 1e6,
  })),
  gapS: figures.gapS,
  marginS: figures.marginS,
});

export interface LayoutRow {
  readonly drive: string;
  readonly identities: number;
  readonly unitsEach: string;
  readonly nonces: string;
  readonly threads: string;
  readonly provedShare: number;
}

const distinct = (values: readonly number[]): string =>
  [...new Set(values)].map((value) => formatNumber(value)).join(', ');

/** The layout, a row per drive. */
export function layoutRows({ drives, identities }: FarmPlan): readonly LayoutRow[] {
  return drives.map(({ name }) => {
    const on = identities.filter(({ drive }) => drive === name);
    const units = on.reduce((sum, { numUnits }) => sum + numUnits, 0);
    return {
      drive: name,
      identities: on.length,
      unitsEach: distinct(on.map(({ numUnits }) => numUnits)) || '–',
      nonces: distinct(on.map(({ nonces }) => nonces)) || '–',
      threads: distinct(on.map(({ threads }) => threads)) || '–',
      provedShare:
        units > 0 ? on.reduce((sum, one) => sum + one.numUnits * one.expectedShare, 0) / units : 0,
    };
  });
}

/** Why the layout is as it is. */
export function layoutReason(figures: GuideFigures, plan: FarmPlan): string {
  const capacity = Math.floor((figures.drives * figures.driveTB * 1e12 * 0.98) / unitBytes());
  const count = plan.identities.length;
  if (count === 0)
    return 'No identity can be proved in time with these figures. See what to change below.';
  const readS = (plan.totalUnits * unitBytes()) / figures.drives / (figures.driveMBPerS * 1e6);
  const use =
    plan.totalUnits < capacity * 0.98
      ? `They use ${formatNumber(plan.totalUnits)} of the ${formatNumber(capacity)} SU that the disks hold: more could not be proved in time.`
      : `They fill the disks, ${formatNumber(plan.totalUnits)} SU.`;
  return `${counted(count, 'identity', 'identities')}, the number that is expected to prove most: ${formatNumber(plan.expectedUnits)} SU in an average epoch (${formatPercent(plan.provedShare)}). ${use} Reading all of a disk once takes ${formatDuration(readS)} of the ${formatDuration(figures.gapS - figures.marginS)} that you have; an identity that fails is read again by itself.`;
}

/** Why these nonces and threads. */
export const settingReason = (figures: GuideFigures): string =>
  `More nonces make one pass more certain, but each group of 16 costs k2pow and slows the scan. The threads of all post-services that work at the same time share the ${counted(figures.threads, 'thread')} of the machine.`;

/** The schedule that the runbooks write, in the order in which the plan proves. */
export function guideSchedule(
  plan: FarmPlan,
  paths: { readonly dataRoot: string; readonly nodeAddress: string },
  gapStartsMs: readonly number[],
): ServiceSchedule {
  return {
    machine: machineName,
    nodeAddress: paths.nodeAddress,
    drives: plan.drives
      .map(({ name }) =>
        plan.identities
          .filter(({ drive }) => drive === name)
          .map((identity, i) => ({
            name: serviceName(identity.name, i),
            dataDir: `${paths.dataRoot}/${name}/${serviceName(identity.name, i)}`,
            nonces: identity.nonces,
            threads: identity.threads,
          })),
      )
      .filter((services) => services.length > 0),
    firstPort: 50_061,
    gapStartsMs,
  };
}
