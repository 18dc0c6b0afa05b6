/**
 * From a layout of equal identities, or of given ones, to a better one: the simulation tries other nonces for each
 * identity, other sizes for each kind of drive, and the reverse order.
 */
import {
  identityCount,
  mostPerDrive,
  type Candidate,
  type FarmContext,
  type LaidOut,
  type Layout,
  type Setup,
} from './farm-context';

const mostNonces = 512;
/** An identity that is proved less often is not worth its storage. */
const leastShare = 0.06;
/** Simulations of changed layouts, for all kinds of machines together and for one of them. */
const mostTrials = 120;
const fewestTrials = 6;
const mostTrialsOfKind = 24;
/** A layout of few identities has few changes, and each is simulated in little time. */
const fewIdentities = 8;
const mostTrialsOfFew = 60;
const sizeStep = 0.08;

/** The layout with what the simulation finds better, and its own run. @param kinds of machines, which share the work */
export function refine(
  context: FarmContext,
  setup: Setup,
  start: Candidate,
  kinds: number,
): Candidate {
  const hasGiven = setup.given !== undefined;
  const isAll = context.input.objective === 'all' && !hasGiven;
  const isSmall = identityCount(start.layout) <= fewIdentities;
  const most = isSmall ? mostTrialsOfFew : mostTrialsOfKind;
  let trials = Math.min(most, Math.max(fewestTrials, Math.floor(mostTrials / kinds)));
  const effort = 1 / 8;
  let best = context.simulate(setup, start.layout, { effort });
  for (let isBetter = true; isBetter && trials > 0;) {
    isBetter = false;
    for (const change of changesOf(context, setup, best.layout)) {
      const layout = change(best.layout);
      if (!layout) continue;
      if (trials-- <= 0) break;
      const tried = context.simulate(setup, layout, { effort });
      const gain = context.valueOf(tried, hasGiven) - context.valueOf(best, hasGiven);
      const noise = isAll ? 0 : Math.hypot(tried.run.standardError, best.run.standardError);
      if (gain <= Math.max(noise, 0.003 * Math.abs(context.valueOf(best, hasGiven)))) continue;
      best = tried;
      isBetter = true;
    }
  }
  const { closedFormUnits } = start;
  if (isAll) return fewerSimulated(context, setup, { ...best, closedFormUnits });
  const { layout } = hasGiven ? best : trim(context, best);
  return context.simulate(setup, layout, { closedFormUnits });
}

type IsTarget = (drive: number, at: number, length: number) => boolean;
/** Undefined where nothing changes, or it does not fit. */
type Change = (layout: Layout) => Layout | undefined;

/**
 * In the order of what they promise. Nonces: of all identities, of the last of each drive, where the end of the gap is
 * near, of each kind of drives, of each position, and of each position of a kind. Sizes: of all, and of each kind.
 */
function* changesOf(context: FarmContext, setup: Setup, layout: Layout): Generator<Change> {
  const kinds = driveClasses(setup, layout);
  const ofKind = kinds.length > 1 ? kinds : [];
  const positions = Array.from({ length: mostPerDrive(layout) }, (_, position) => position);
  const all: IsTarget = () => true;
  const fromEnd =
    (position: number): IsTarget =>
    (_, at, length) =>
      at === length - 1 - position;
  const maySize = setup.given === undefined && context.input.objective !== 'all';
  yield* nonceChanges(all);
  if (maySize) yield* sizeChanges(context, setup, all);
  if (positions.length > 1) yield* nonceChanges(fromEnd(0));
  for (const members of ofKind) {
    const isTarget: IsTarget = (drive) => members.has(drive);
    yield* nonceChanges(isTarget);
    if (maySize) yield* sizeChanges(context, setup, isTarget);
  }
  yield (current) => {
    const reversed = current.map((on) => on.toReversed());
    return JSON.stringify(reversed) === JSON.stringify(current) ? undefined : reversed;
  };
  for (const position of positions.slice(1)) yield* nonceChanges(fromEnd(position));
  for (const position of positions)
    for (const members of ofKind)
      yield* nonceChanges(
        (drive, at, length) => members.has(drive) && at === length - 1 - position,
      );
}

function* nonceChanges(isTarget: IsTarget): Generator<Change> {
  for (const by of [16, -16, 48]) yield (layout) => withNonces(layout, isTarget, by);
}

function* sizeChanges(
  context: FarmContext,
  { drives }: Setup,
  isTarget: IsTarget,
): Generator<Change> {
  const { smallest, capacity, input } = context;
  for (const sign of [1, -1])
    yield (layout) => {
      const changed = layout.map((on, drive) =>
        on.map((identity, at): LaidOut => {
          if (!isTarget(drive, at, on.length)) return identity;
          const step = sign * Math.max(1, Math.round(identity.numUnits * sizeStep));
          return { ...identity, numUnits: identity.numUnits + step };
        }),
      );
      const fits = changed.every(
        (on, drive) =>
          on.reduce((sum, { numUnits }) => sum + numUnits, 0) <=
            (capacity.get(drives[drive]?.name ?? '') ?? 0) &&
          on.every(
            ({ numUnits }) =>
              numUnits >= smallest && numUnits <= (input.maxUnitsPerIdentity ?? Infinity),
          ),
      );
      return fits ? changed : undefined;
    };
}

const withNonces = (layout: Layout, isTarget: IsTarget, by: number): Layout =>
  layout.map((on, drive) =>
    on.map(({ numUnits, nonces }, at): LaidOut => ({
      numUnits,
      nonces: isTarget(drive, at, on.length)
        ? Math.min(mostNonces, Math.max(16, nonces + by))
        : nonces,
    })),
  );

function driveClasses({ drives }: Setup, layout: Layout): readonly ReadonlySet<number>[] {
  const classes = new Map<string, Set<number>>();
  for (const [i, drive] of drives.entries()) {
    if ((layout[i] ?? []).length === 0) continue;
    const key = `${drive.bytesPerS} ${drive.controller ?? ''} ${JSON.stringify(layout[i])}`;
    classes.set(key, (classes.get(key) ?? new Set()).add(i));
  }
  return [...classes.values()];
}

/** Without identities that are hardly ever proved: their storage need not be initialised. */
export function trim({ input }: FarmContext, candidate: Candidate): Candidate {
  if (input.objective === 'all') return candidate;
  let i = 0;
  const layout = candidate.layout.map((on) =>
    on.filter(() => (candidate.run.identities[i++]?.onTimeShare ?? 0) >= leastShare),
  );
  return { ...candidate, layout };
}

/** For the objective `all`: one identity less on the fullest drives until the simulation agrees. */
function fewerSimulated(context: FarmContext, setup: Setup, planned: Candidate): Candidate {
  let current = context.simulate(setup, planned.layout, planned);
  while (current.run.probabilityAll < context.goal && identityCount(current.layout) > 0) {
    const most = mostPerDrive(current.layout);
    current = context.simulate(
      setup,
      current.layout.map((on) => (on.length === most ? on.slice(0, -1) : on)),
    );
  }
  return current;
}
