/**
 * The search for the layout of one machine. The closed form goes through sizes and nonces for each number of identities
 * per drive; the simulation decides between the best of them, and then tries other nonces for each identity.
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

const nonceSteps = [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 384] as const;
const mostNonces = 512;
/** With which the sizes are compared first. */
const usualNonces = 80;
/** Sizes as shares of what a drive holds with a number of identities: it may not all be proved in time. */
const sizeShares = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.2, 0.14, 0.1] as const;
const capSteps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256] as const;
/** Layouts of the closed form that are simulated for each number of identities per drive. */
const finalists = 2;
/** An identity that is proved less often is not worth its storage. */
const leastShare = 0.1;
/** Simulations with other nonces, for all kinds of machines together and for one of them. */
const mostTrials = 96;
const fewestTrials = 6;
const mostTrialsOfKind = 32;

type Counts = readonly (readonly [count: number, numUnits: number])[];

interface Rough {
  readonly counts: Counts;
  readonly nonces: number;
  readonly value: number;
  readonly closedFormUnits: number;
}

/** Limits of identities per drive that are compared: the steps, and the most that fit. */
export function capsOf({ input, capacity, smallest }: FarmContext): readonly number[] {
  const fitting = Math.floor(Math.max(0, ...capacity.values()) / smallest);
  const most = Math.min(fitting, input.maxIdentitiesPerDrive ?? Infinity);
  return most < 1 ? [] : [...capSteps.filter((cap) => cap < most), most];
}

/** The best layout for each limit of identities per drive. Yields progress between `from` and `to`. */
export function* searchCaps(
  context: FarmContext,
  setup: Setup,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<number, readonly Candidate[]> {
  const { input, smallest } = context;
  const capacities = setup.drives.map(({ name }) => context.capacity.get(name) ?? 0);
  const most = Math.max(0, ...capacities);
  const largest = Math.min(most, input.maxUnitsPerIdentity ?? Infinity);
  if (largest < smallest) return [];
  const found: Candidate[] = [];
  const caps = capsOf(context);
  for (const [i, cap] of caps.entries()) {
    if (cap > 1 && Math.floor(most / cap) < smallest && cap !== caps.at(-1)) break;
    const full = Math.min(largest, Math.floor(most / cap));
    const sizes = new Set(
      sizeShares.map((share) => Math.max(smallest, Math.min(largest, Math.floor(full * share)))),
    );
    const rough = (size: number, nonces: number): Rough =>
      judgeRoughly(
        context,
        setup,
        nonces,
        countsOf(context, capacities, { size, cap, nonces, setup }),
      );
    const bySize = [...sizes].map((size) => rough(size, usualNonces)).toSorted(byValue);
    const bestSizes = bySize
      .slice(0, 3)
      .map(({ counts }) => Math.max(...counts.map(([, size]) => size)));
    const short = bestSizes
      .flatMap((size) => nonceSteps.map((nonces) => rough(size, nonces)))
      .toSorted(byValue)
      .slice(0, finalists)
      .map(({ counts, nonces, closedFormUnits }) =>
        context.simulate(setup, layoutOf(counts, nonces), { effort: 1 / 16, closedFormUnits }),
      );
    const [best] = short.toSorted((a, b) => context.valueOf(b, false) - context.valueOf(a, false));
    if (best) {
      const { layout, closedFormUnits } = trim(context, best);
      found.push(context.simulate(setup, layout, { effort: 1 / 4, closedFormUnits }));
    }
    yield from + ((to - from) * (i + 1)) / caps.length;
  }
  return found;
}

const byValue = (a: Rough, b: Rough): number => b.value - a.value;

function countsOf(
  context: FarmContext,
  capacities: readonly number[],
  { size, cap, nonces, setup }: { size: number; cap: number; nonces: number; setup: Setup },
): Counts {
  const full = capacities.map((capacity): readonly [number, number] =>
    capacity < context.smallest
      ? [0, size]
      : capacity < size
        ? [1, capacity]
        : [Math.min(cap, Math.floor(capacity / size)), size],
  );
  return context.input.objective === 'all' ? fewerUntilSure(context, setup, full, nonces) : full;
}

function judgeRoughly(context: FarmContext, setup: Setup, nonces: number, counts: Counts): Rough {
  const { expectedUnits, totalUnits } = context.estimate(setup, counts, nonces);
  const { objective, prices } = context.input;
  const identities = counts.reduce((sum, [count]) => sum + count, 0);
  const value =
    objective === 'all'
      ? totalUnits
      : prices
        ? expectedUnits * prices.unitEpoch - identities * prices.identityEpoch
        : expectedUnits;
  return { counts, nonces, value, closedFormUnits: expectedUnits };
}

const layoutOf = (counts: Counts, nonces: number): Layout =>
  counts.map(([count, numUnits]) => Array.from({ length: count }, () => ({ numUnits, nonces })));

/** The most identities that are all proved with the wanted probability, by the closed form. */
function fewerUntilSure(context: FarmContext, setup: Setup, full: Counts, nonces: number): Counts {
  const part = (share: number): (readonly [number, number])[] =>
    full.map(([count, units]) => [Math.floor(count * share + 1e-9), units] as const);
  const most = Math.max(...full.map(([count]) => count));
  let [low, high] = [0, most + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const { probabilityAll } = context.estimate(setup, part(middle / most), nonces);
    if (probabilityAll >= context.goal) low = middle;
    else high = middle;
  }
  return part(low / most);
}

/** Given identities in each order on their drives, with each number of nonces; the best first. */
export function searchOrders(context: FarmContext, setup: Setup): readonly Candidate[] {
  const small = (setup.given ?? []).map((on) => on.toSorted((a, b) => a.numUnits - b.numUnits));
  const large = small.map((on) => on.toReversed());
  const isMixed = small.some((on) => on.at(0)?.numUnits !== on.at(-1)?.numUnits);
  return nonceSteps
    .flatMap((nonces) =>
      (isMixed ? [small, large] : [small]).map((order) =>
        context.simulate(
          setup,
          order.map((on) => on.map(({ numUnits }) => ({ numUnits, nonces }))),
          { effort: 1 / 8 },
        ),
      ),
    )
    .toSorted((a, b) => context.valueOf(b, true) - context.valueOf(a, true));
}

/** Other nonces for identities, where the simulation gives more; then the plan’s own run. */
export function refine(
  context: FarmContext,
  setup: Setup,
  start: Candidate,
  kinds: number,
): Candidate {
  const hasGiven = setup.given !== undefined;
  const isAll = context.input.objective === 'all' && !hasGiven;
  const effort = 1 / 8;
  let trials = Math.min(mostTrialsOfKind, Math.max(fewestTrials, Math.floor(mostTrials / kinds)));
  let best = context.simulate(setup, start.layout, { effort });
  for (const isTarget of targetsOf(setup, start.layout))
    for (const by of [16, -16, 48]) {
      if (trials-- <= 0) break;
      const tried = context.simulate(setup, withNonces(best.layout, isTarget, by), { effort });
      const gain = context.valueOf(tried, hasGiven) - context.valueOf(best, hasGiven);
      const noise = isAll ? 0 : 2 * Math.hypot(tried.run.standardError, best.run.standardError);
      if (gain > Math.max(noise, 0.003 * Math.abs(context.valueOf(best, hasGiven)))) best = tried;
    }
  const { closedFormUnits } = start;
  if (isAll) return fewerSimulated(context, setup, { ...best, closedFormUnits });
  const { layout } = hasGiven ? best : trim(context, best);
  return context.simulate(setup, layout, { closedFormUnits });
}

type IsTarget = (drive: number, at: number, length: number) => boolean;

/**
 * Which identities get other nonces together: all, each position from the last of a drive on, where the end of the gap
 * is near, and all of a kind of drives; given identities, which may differ in size, each position of such a kind.
 */
function targetsOf(setup: Setup, layout: Layout): readonly IsTarget[] {
  const classes = driveClasses(setup, layout);
  const fromEnd =
    (position: number): IsTarget =>
    (_, at, length) =>
      at === length - 1 - position;
  const positions = Array.from({ length: mostPerDrive(layout) }, (_, position) => position);
  return [
    () => true,
    ...positions.slice(0, 1).map(fromEnd),
    ...(classes.length > 1
      ? classes.map(
          (members): IsTarget =>
            (drive) =>
              members.has(drive),
        )
      : []),
    ...positions.slice(1).map(fromEnd),
    ...(classes.length > 1
      ? positions.flatMap((position) =>
          classes.map(
            (members): IsTarget =>
              (drive, at, length) =>
                members.has(drive) && at === length - 1 - position,
          ),
        )
      : []),
  ];
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
function trim({ input }: FarmContext, candidate: Candidate): Candidate {
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
