/** From what was chosen for each machine to the plan of the farm: figures, schedule, failures and remedies. */
import { epoch } from './epoch';
import type { EpochPlan, EpochRun, PlannedIdentity, ScheduledPhase } from './epoch-plan';
import { estimateErrorShare } from './estimate';
import {
  identityCount,
  type PlannedMachine,
  type FarmContext,
  type Layout,
  type Setup,
} from './farm-context';
import type {
  FarmAlternative,
  FarmEstimate,
  FarmFailure,
  FarmIdentity,
  FarmPlan,
} from './farm-plan';
import { failuresOf, remediesOf } from './farm-remedies';

export interface ChosenFarm {
  readonly planned: readonly PlannedMachine[];
  readonly unplaced: readonly FarmFailure[];
  readonly alternatives: readonly FarmAlternative[];
}

/** Epochs of the simulations of strategies, whose figures are shown beside the plan’s. */
const strategyEpochs = 100;

export function reportFarm(
  context: FarmContext,
  { planned, unplaced, alternatives }: ChosenFarm,
): FarmPlan {
  const { input, settings } = context;
  const parts = planned.map(({ setup, layout }) => context.identitiesOf(setup, layout));
  const planIdentities = parts.flat();
  const figures = runFigures(context, planned, parts);
  const identities = withTimes(input.drives, planIdentities, figures);
  const totalUnits = planIdentities.reduce((total, { numUnits }) => total + numUnits, 0);
  const idle = idleUnits(context, planIdentities);
  const failures = [...unplaced, ...failuresOf(context, identities)];
  const estimate = estimateOf(context, planned);
  const { expectedUnits, lateUnits, everyOtherUnits } = figures;
  const adjusted = alternatives.map((alternative): FarmAlternative =>
    // The nonces of its identities were searched after the comparison: its figures are those of the plan.
    alternative.isChosen
      ? {
          ...alternative,
          ...{ identities: identities.length, totalUnits, expectedUnits },
          ...{ standardError: figures.standardError, probabilityAll: figures.probabilityAll },
          ...{ cpuHours: figures.cpuHours, nonces: nonceRange(identities) },
        }
      : alternative,
  );
  const most = adjusted.reduce((max, each) => Math.max(max, each.expectedUnits), 0);
  return {
    ...settings,
    ...{ machines: input.machines, drives: input.drives, identities },
    ...{ expectedUnits, standardError: figures.standardError },
    ...{ closedFormUnits: estimate?.expectedUnits, estimate },
    alternatives: adjusted.map((each) => ({
      ...each,
      shareOfBest: most > 0 ? each.expectedUnits / most : 0,
    })),
    totalUnits,
    provedShare: totalUnits > 0 ? expectedUnits / totalUnits : 0,
    ...{ probabilityAll: figures.probabilityAll, lateUnits, everyOtherUnits },
    ...{ cpuHours: figures.cpuHours, idle, schedule: figures.schedule, failures },
    remedies: [
      ...remediesOf(context, {
        ...{ planned, failures, idle, expectedUnits, totalUnits, lateUnits, everyOtherUnits },
      }),
    ],
  };
}

interface Figures {
  readonly expectedUnits: number;
  readonly standardError: number;
  readonly probabilityAll: number;
  readonly cpuHours: number;
  readonly lateUnits: number;
  readonly everyOtherUnits: number;
  readonly schedule: readonly ScheduledPhase[];
  /** For each identity, in the order of the parts. */
  readonly onTimeShares: readonly number[];
}

/** What is shared binds machines together: they are simulated as one. Otherwise each kind of machine by itself. */
function runFigures(
  context: FarmContext,
  planned: readonly PlannedMachine[],
  parts: readonly (readonly PlannedIdentity[])[],
): Figures {
  const { k2powServices, controllers } = context.input;
  const isShared = (k2powServices?.length ?? 0) > 0 || (controllers?.length ?? 0) > 0;
  return isShared ? sharedFigures(context, parts.flat()) : separateFigures(context, planned, parts);
}

function sharedFigures(context: FarmContext, identities: readonly PlannedIdentity[]): Figures {
  const { input, settings, seed } = context;
  const { machines, drives } = input;
  const plan: EpochPlan = { ...settings, machines, drives, identities };
  const run = epoch(plan, { seed, epochs: context.epochsFor(identities.length) });
  const earning = (change: Partial<EpochPlan>): number =>
    epoch({ ...plan, ...change }, { seed, epochs: strategyEpochs }).earningUnits;
  return {
    ...{ expectedUnits: run.expectedUnits, standardError: run.standardError },
    ...{ probabilityAll: run.probabilityAll, cpuHours: run.cpuS / 3600, schedule: run.schedule },
    lateUnits: earning({ late: true }),
    everyOtherUnits: earning({ identities: everyOther(identities) }),
    onTimeShares: run.identities.map(({ onTimeShare }) => onTimeShare),
  };
}

function separateFigures(
  context: FarmContext,
  planned: readonly PlannedMachine[],
  parts: readonly (readonly PlannedIdentity[])[],
): Figures {
  const runs = new Map<string, EpochRun>();
  const strategy = (i: number, name: string, change: Partial<EpochPlan>): number => {
    const { key, setup } = planned[i] as PlannedMachine;
    if ((parts[i] ?? []).length === 0) return 0;
    const run =
      runs.get(`${name} ${key}`) ??
      epoch(
        { ...context.alone(setup), identities: parts[i] ?? [], ...change },
        { seed: context.seed, epochs: strategyEpochs },
      );
    runs.set(`${name} ${key}`, run);
    return run.earningUnits;
  };
  const sum = (of: (planned: PlannedMachine, i: number) => number): number =>
    planned.reduce((total, each, i) => total + of(each, i), 0);
  return {
    expectedUnits: sum(({ run }) => run.expectedUnits),
    standardError: Math.hypot(...planned.map(({ run }) => run.standardError)),
    probabilityAll: planned.reduce((product, { run }) => product * run.probabilityAll, 1),
    cpuHours: sum(({ run }) => run.cpuS) / 3600,
    lateUnits: sum((_, i) => strategy(i, 'late', { late: true })),
    everyOtherUnits: sum((_, i) =>
      strategy(i, 'every other', { identities: everyOther(parts[i] ?? []) }),
    ),
    schedule: planned.flatMap(({ run, setup }, i) => renamed(run, parts[i] ?? [], setup)),
    onTimeShares: planned.flatMap(({ run }, i) =>
      (parts[i] ?? []).map((_, at) => run.identities[at]?.onTimeShare ?? 0),
    ),
  };
}

/** The identities of each drive in even and odd epochs by turns. */
function everyOther(identities: readonly PlannedIdentity[]): PlannedIdentity[] {
  const counts = new Map<string, number>();
  return identities.map((identity) => {
    const count = counts.get(identity.drive) ?? 0;
    counts.set(identity.drive, count + 1);
    return { ...identity, cadence: count % 2 === 0 ? 'even-epochs' : 'odd-epochs' };
  });
}

/** The schedule of a machine like this one, with this one’s names. */
function renamed(
  run: EpochRun,
  identities: readonly PlannedIdentity[],
  { machine }: Setup,
): readonly ScheduledPhase[] {
  const names = new Map(run.identities.map(({ name }, at) => [name, identities[at]?.name ?? name]));
  return run.schedule.map((phase) => ({
    ...phase,
    machine: machine.name,
    identity: names.get(phase.identity) ?? phase.identity,
  }));
}

function withTimes(
  drives: FarmContext['input']['drives'],
  identities: readonly PlannedIdentity[],
  { schedule, onTimeShares }: Figures,
): readonly FarmIdentity[] {
  const firsts = new Map<string, { startS?: number; endS?: number }>();
  for (const { identity, pass, kind, startS, endS } of schedule) {
    if (pass !== 1) continue;
    const times = firsts.get(identity) ?? {};
    firsts.set(identity, kind === 'k2pow' ? { ...times, startS } : { ...times, endS });
  }
  const machineOf = new Map(drives.map(({ name, machine }) => [name, machine]));
  return identities.map((identity, i): FarmIdentity => ({
    ...identity,
    machine: machineOf.get(identity.drive) ?? '',
    expectedShare: onTimeShares[i] ?? 0,
    startS: firsts.get(identity.name)?.startS,
    endS: firsts.get(identity.name)?.endS,
  }));
}

function idleUnits(
  { input, capacity }: FarmContext,
  identities: readonly PlannedIdentity[],
): FarmPlan['idle'] {
  const used = new Map<string, number>();
  for (const { drive, numUnits } of identities) used.set(drive, (used.get(drive) ?? 0) + numUnits);
  return input.drives
    .map(({ name }) => ({
      drive: name,
      units: Math.max(0, (capacity.get(name) ?? 0) - (used.get(name) ?? 0)),
    }))
    .filter(({ units }) => units > 0);
}

/** The closed form of the layout, with the nonces that most of its identities have. */
function estimateOf(
  context: FarmContext,
  planned: readonly PlannedMachine[],
): FarmEstimate | undefined {
  if (context.input.identities) return undefined;
  const known = new Map<string, number>();
  let [expectedUnits, totalUnits] = [0, 0];
  for (const { key, setup, layout, run } of planned) {
    const units = known.get(key) ?? closedForm(context, setup, layout);
    known.set(key, units);
    expectedUnits += units;
    totalUnits += run.totalUnits;
  }
  const error = estimateErrorShare * totalUnits;
  return {
    expectedUnits,
    lowUnits: Math.max(0, expectedUnits - error),
    highUnits: Math.min(totalUnits, expectedUnits + error),
    errorShare: estimateErrorShare,
  };
}

function closedForm(context: FarmContext, setup: Setup, layout: Layout): number {
  if (identityCount(layout) === 0) return 0;
  const counts = new Map<number, number>();
  for (const { nonces } of layout.flat()) counts.set(nonces, (counts.get(nonces) ?? 0) + 1);
  const [[nonces] = [16]] = [...counts].toSorted((a, b) => b[1] - a[1]);
  return context.estimate(
    setup,
    layout.map((on) => [on.length, on[0]?.numUnits ?? 0] as const),
    nonces,
  ).expectedUnits;
}

function nonceRange(identities: readonly FarmIdentity[]): FarmAlternative['nonces'] {
  const nonces = identities.map((identity) => identity.nonces);
  return [
    nonces.reduce((a, b) => Math.min(a, b), Infinity),
    nonces.reduce((a, b) => Math.max(a, b), 0),
  ];
}
