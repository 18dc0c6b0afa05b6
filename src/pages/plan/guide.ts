/** From disks and a machine to what runs on it: the steps of the guided path, each with its reason. */
import { counted } from '../../base/counted';
import type { ProfileRun } from '../../post/profile/run';
import { noncesPerGroup, unitBytes } from '../../protocol/units';
import { serviceName, type ServiceSchedule } from '../../runbooks/schedule';
import type { FarmInput, FarmPlan } from '../../simulate/farm/farm-plan';
import { scanSpeed } from '../../simulate/proving/throughput';
import { machineFigures } from '../shared/machine-figures';
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
  return `${counted(count, 'identity', 'identities')}: ${formatNumber(plan.expectedUnits)} SU are proved in an average epoch (${formatPercent(plan.provedShare)} of what is stored). ${use} Reading a complete disk once takes ${formatDuration(readS)} of the ${formatDuration(figures.gapS - figures.marginS)} that you have. An identity whose pass fails is read again.`;
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

/** What Profile measured, as values of the path’s fields, with its source and age in words. */
export interface MeasuredFigures {
  /** In the units of the fields: MB/s, GiB/s per thread at 16 nonces, hashes/s. Absent where nothing was measured. */
  readonly values: {
    readonly disk?: string;
    readonly scan?: string;
    readonly pow?: string;
  };
  readonly statement: string;
}

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/** @param runs kept runs of this machine, newest first; undefined where they hold no figure that the path needs */
export function measuredFigures(
  runs: readonly ProfileRun[],
  nowMs: number,
): MeasuredFigures | undefined {
  const [page, native] = (['page', 'native'] as const).map((origin) =>
    runs.filter((run) => run.origin === origin).slice(0, 1),
  ) as [ProfileRun[], ProfileRun[]];
  const figures = machineFigures(page, native);
  const threads = Math.max(1, ...figures.scan.scan.map((cell) => cell.threads));
  const values = {
    ...(figures.diskBytesPerS === undefined
      ? {}
      : { disk: threeDigits(figures.diskBytesPerS / 1e6) }),
    ...(figures.scan.scan.length === 0
      ? {}
      : {
          scan: threeDigits(
            scanSpeed({ measured: figures.scan.scan }, noncesPerGroup, threads) / threads / 2 ** 30,
          ),
        }),
    ...(figures.hashesPerS === undefined ? {} : { pow: threeDigits(figures.hashesPerS) }),
  };
  const names = [
    ...('disk' in values ? ['disk speed'] : []),
    ...('scan' in values ? ['scan speed'] : []),
    ...('pow' in values ? ['k2pow speed'] : []),
  ];
  if (names.length === 0) return undefined;
  const age = (run: ProfileRun): string =>
    `${formatDuration(Math.max(0, nowMs - run.startedMs) / 1000)} ago`;
  const sources = [
    ...page.map((run) => `by this page ${age(run)}`),
    ...native.map((run) => `by the native profiler ${age(run)}`),
  ];
  const isEstimate = ('scan' in values && !figures.scanIsNative) || !figures.hashesAreNative;
  return {
    values,
    statement: `Measured in this browser: ${names.join(', ')} (${sources.join(', ')}).${
      isEstimate
        ? ' The native prover is faster than a page: its scan and k2pow speeds are estimated from the page’s.'
        : ''
    }`,
  };
}

export interface AlternativeRow {
  readonly layout: string;
  readonly identities: number;
  readonly unitsEach: number;
  readonly nonces: string;
  readonly expectedUnits: number;
  readonly shareOfBest: number;
  readonly cpuHours: number;
  readonly isChosen: boolean;
}

/** Fewer, larger identities against more, smaller ones. */
export const alternativeRows = ({ alternatives }: FarmPlan): readonly AlternativeRow[] =>
  alternatives.map(({ identitiesPerDrive, nonces: [fewest, most], ...row }) => ({
    layout: `${formatNumber(identitiesPerDrive)} per disk`,
    ...{ identities: row.identities, unitsEach: row.numUnits },
    nonces: fewest === most ? String(fewest) : `${fewest}–${most}`,
    ...{ expectedUnits: row.expectedUnits, shareOfBest: row.shareOfBest, cpuHours: row.cpuHours },
    isChosen: row.isChosen,
  }));

/** Why the chosen number of identities. */
export function alternativeReason({ alternatives }: FarmPlan): string | undefined {
  const chosen = alternatives.find(({ isChosen }) => isChosen);
  const best = alternatives.reduce<(typeof alternatives)[number] | undefined>(
    (most, one) => (most && most.expectedUnits >= one.expectedUnits ? most : one),
    undefined,
  );
  if (!chosen || !best) return undefined;
  const why = 'Each identity is an ATX that every node checks, and a post-service for you to run.';
  return chosen === best
    ? `No other number of identities proves more. ${why}`
    : `${counted(best.identities, 'identity', 'identities')} would prove ${formatNumber(best.expectedUnits - chosen.expectedUnits)} SU more (${formatPercent(1 - chosen.shareOfBest, 1)}), with ${formatNumber(best.identities / chosen.identities)} times the number of identities. ${why}`;
}

/**
 * The node's side of post-services that run beside it (1:N): it must not start its own (smeshing-start), listens for
 * them, and knows where rewards go. Source: go-spacemesh node/node.go, api/grpcserver/config.go.
 */
export function nodeConfigText(nodeAddress: string): string {
  const listener = nodeAddress.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
  return `${JSON.stringify(
    {
      api: { 'grpc-post-listener': listener },
      smeshing: { 'smeshing-start': false, 'smeshing-coinbase': 'YOUR_COINBASE_ADDRESS' },
    },
    null,
    2,
  )}\n`;
}

export interface DatedStart {
  readonly identity: string;
  readonly drive: string;
  readonly startMs: number;
  readonly endMs: number | undefined;
}

/** When each identity is expected to begin in the gap that starts then: means of its first pass, in order of time. */
export const datedStarts = (plan: FarmPlan, gapStartMs: number): readonly DatedStart[] =>
  plan.identities
    .flatMap(({ name, drive, startS, endS }): DatedStart[] =>
      startS === undefined
        ? []
        : [
            {
              ...{ identity: name, drive, startMs: gapStartMs + startS * 1000 },
              endMs: endS === undefined ? undefined : gapStartMs + endS * 1000,
            },
          ],
    )
    .toSorted((a, b) => a.startMs - b.startMs || a.drive.localeCompare(b.drive, 'en'));
