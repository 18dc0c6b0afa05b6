/**
 * From a layout of equal identities, or of given ones, to a better one: a local search that the simulation judges. Every
 * layout meets the same luck in the same epoch, so the difference of two is far less uncertain than either of them.
 *
 * A layout of few identities is changed identity by identity (farm-moves.ts). Of the small farms compared with all their
 * layouts (test/unit/simulate/farm/optimum.test.ts), all but one end within 1 % of the best, that one 1.8 % below it. A
 * large layout is changed by kinds of drives and positions on a drive.
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
import { fewIdentities, movesOf } from './farm-moves';
import { Random } from '../probability/random';

const mostNonces = 512;
/** An identity that is proved less often is not worth its storage. */
const leastShare = 0.06;
/** Simulations of changed layouts, for all kinds of machines together and for one of them. */
const mostTrials = 120;
const fewestTrials = 6;
const mostTrialsOfKind = 24;
/** Simulated epochs times identities for the layouts of few identities, for all kinds of machines together. */
const workOfFew = 700_000;
/** Simulated epochs of each layout: few reject what is worse, more decide what is uncertain after the ones before. */
const runLengths = [300, 1500, 6000] as const;
/** Standard errors that a layout may be below the best one, and be simulated for longer. */
const mostErrors = 2;
/** Starts of different structure that are compared. */
const mostStarts = 3;
/** Layouts that are climbed from after the best one, some random moves away from it. */
const mostDetours = 8;
const movesOfDetour = 2;
/** A gain below this share of the value ends the search. */
const leastGain = 0.0005;
const leastGainOfMany = 0.002;
const sizeStep = 0.08;

export interface RefineLimits {
  /** Kinds of machines, which share the work. */
  readonly kinds: number;
  readonly identitiesPerDrive: number;
}

/**
 * The layout with what the simulation finds better, and its own run.
 * @param starts the chosen one first
 */
export function refine(
  context: FarmContext,
  setup: Setup,
  starts: readonly [Candidate, ...Candidate[]],
  limits: RefineLimits,
): Candidate {
  const [start] = starts;
  const hasGiven = setup.given !== undefined;
  const isAll = context.input.objective === 'all' && !hasGiven;
  const isSmall = identityCount(start.layout) <= fewIdentities && !isAll;
  const best = isSmall
    ? refineFew(context, setup, starts, limits)
    : refineMany(context, setup, start, limits);
  const { closedFormUnits } = start;
  if (isAll) return fewerSimulated(context, setup, { ...best, closedFormUnits });
  const { layout } = hasGiven ? best : trim(context, best);
  return context.simulate(setup, layout, { closedFormUnits });
}

/** Identity by identity, until no move gains or the work is done. */
function refineFew(
  context: FarmContext,
  setup: Setup,
  starts: readonly Candidate[],
  { kinds, identitiesPerDrive }: RefineLimits,
): Candidate {
  const hasGiven = setup.given !== undefined;
  let work = workOfFew / kinds;
  const trialOf = (layout: Layout): Trial => {
    const runs: Candidate[] = [];
    return {
      layout,
      run: (level) => {
        const epochs = runLengths[level] ?? 0;
        work -= runs[level] ? 0 : epochs * Math.max(1, identityCount(layout));
        return (runs[level] ??= context.simulate(setup, layout, { epochs }));
      },
    };
  };
  const isBetter = (tried: Trial, best: Trial, levels: number): boolean => {
    for (let level = 0; level < levels; level++) {
      const least = leastGain * Math.abs(context.valueOf(best.run(level), hasGiven));
      const { gain, error } = context.gainOf(tried.run(level), best.run(level), hasGiven);
      // Of hundreds of moves some seem to gain in a short run: the last one decides.
      if (level === levels - 1) return gain > Math.max(0.5 * error, least);
      if (gain <= -mostErrors * error) return false;
    }
    return false;
  };
  const climb = (start: Layout, isLong: boolean): Trial => {
    const known = new Set<string>();
    let best = trialOf(start);
    for (let goesOn = true; goesOn && work > 0;) {
      goesOn = false;
      for (const layout of movesOf(context, setup, best.layout, { identitiesPerDrive, isLong })) {
        const key = JSON.stringify(layout);
        if (known.has(key)) continue;
        known.add(key);
        if (work <= 0) break;
        const tried = trialOf(layout);
        if (!isBetter(tried, best, isLong ? runLengths.length : 1)) continue;
        best = tried;
        goesOn = true;
        // From the small moves of the new layout on: most gains follow each other.
        if (isLong) break;
      }
    }
    return best;
  };
  const [best] = starts
    .slice(0, mostStarts)
    .map(({ layout }) => trialOf(climb(layout, false).layout).run(1))
    .toSorted((a, b) => context.valueOf(b, hasGiven) - context.valueOf(a, hasGiven));
  if (!best) return context.empty(setup);
  let found = climb(best.layout, true);
  // What no move of two identities improves may still not be the best: the rest of the work starts nearby.
  const random = new Random(context.seed);
  for (let i = 0; i < mostDetours && work > 0; i++) {
    let { layout } = found;
    for (let move = 0; move < movesOfDetour; move++) {
      const moves = [...movesOf(context, setup, layout, { identitiesPerDrive, isLong: false })];
      layout = moves[Math.floor(random.uniform() * moves.length)] ?? layout;
    }
    const other = climb(layout, false);
    if (isBetter(other, found, runLengths.length)) found = climb(other.layout, true);
  }
  return found.run(1);
}

/** A layout, simulated as far as it is compared. */
interface Trial {
  readonly layout: Layout;
  /** @param level of `runLengths` */
  readonly run: (level: number) => Candidate;
}

function refineMany(
  context: FarmContext,
  setup: Setup,
  start: Candidate,
  { kinds }: RefineLimits,
): Candidate {
  const hasGiven = setup.given !== undefined;
  let trials = Math.min(mostTrialsOfKind, Math.max(fewestTrials, Math.floor(mostTrials / kinds)));
  const effort = 1 / 16;
  let best = context.simulate(setup, start.layout, { effort });
  for (let isBetter = true; isBetter && trials > 0;) {
    isBetter = false;
    for (const change of changesOf(context, setup, best.layout)) {
      const layout = change(best.layout);
      if (!layout) continue;
      if (trials-- <= 0) break;
      const tried = context.simulate(setup, layout, { effort });
      const { gain, error } = context.gainOf(tried, best, hasGiven);
      if (gain <= Math.max(error, leastGainOfMany * Math.abs(context.valueOf(best, hasGiven))))
        continue;
      best = tried;
      isBetter = true;
    }
  }
  return best;
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
