/**
 * The search for the layout of one machine. The closed form goes through sizes and nonces for each number of identities
 * per drive, and the simulation decides between the best of them. farm-refine.ts then changes single identities.
 */
import { type Candidate, type FarmContext, type Layout, type Setup } from './farm-context';
import type { GivenIdentity } from './farm-plan';
import { trim } from './farm-refine';

const nonceSteps = [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 384] as const;
/** Sizes are compared with these: few where k2pow is slow, many where the drives are. */
const roughNonces = [16, 32, 96] as const;
/** Orders are compared with these, and the nonces then searched for each identity. */
const orderNonces = [16, 32, 48, 64, 80, 112, 160, 224, 288, 384] as const;
/** Sizes as shares of what a drive holds with a number of identities: it may not all be proved in time. */
const sizeShares = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.28, 0.2, 0.14, 0.1] as const;
const capSteps = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256] as const;
/** For each number of identities per drive: sizes, and nonces of each size, that are simulated. */
const comparedSizes = 3;
const comparedNonces = 2;
/** Of these simulated a second time, for longer. */
const finalists = 2;

/** Sums of sizes that are compared for the order of a drive. */
const mostSums = 2000;

type Counts = readonly (readonly [count: number, numUnits: number])[];

interface Rough {
  readonly counts: Counts;
  readonly nonces: number;
  readonly value: number;
  readonly closedFormUnits: number;
}

/** Limits of identities per drive that are compared: the steps, and the most that fit. */
function capsOf({ input, capacity, smallest }: FarmContext): readonly number[] {
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
  const byWorth = (a: Candidate, b: Candidate): number =>
    context.valueOf(b, false) - context.valueOf(a, false);
  for (const [i, cap] of caps.entries()) {
    if (cap > 1 && Math.floor(most / cap) < smallest && cap !== caps.at(-1)) break;
    // Undivided where the drives are filled: whole units are dealt out by `layoutOf`.
    const full = Math.max(smallest, Math.min(largest, most / cap));
    const sizes = sizesUpTo(full, smallest);
    const rough = (size: number, nonces: number): Rough =>
      judgeRoughly(
        context,
        setup,
        nonces,
        countsOf(context, capacities, { size, cap, nonces, setup }),
      );
    const bestSizes = sizes
      .map((size) => ({
        size,
        value: Math.max(...roughNonces.map((nonces) => rough(size, nonces).value)),
      }))
      .toSorted(byValue)
      .slice(0, comparedSizes)
      .map(({ size }) => size);
    // Of several sizes, as the error of the closed form may be more than they differ by.
    const short = bestSizes
      .flatMap((size) =>
        nonceSteps
          .map((nonces) => rough(size, nonces))
          .toSorted(byValue)
          .slice(0, comparedNonces),
      )
      .flatMap(({ counts, nonces, closedFormUnits }) => {
        const layout = layoutOf(counts, nonces);
        const isUneven = layout.some((on) => on.at(0)?.numUnits !== on.at(-1)?.numUnits);
        return [layout, ...(isUneven ? [layout.map((on) => on.toReversed())] : [])].map((order) =>
          context.simulate(setup, order, { effort: 1 / 48, closedFormUnits }),
        );
      })
      .toSorted(byWorth)
      .slice(0, finalists)
      .map(({ layout, closedFormUnits }) =>
        context.simulate(setup, layout, { effort: 1 / 12, closedFormUnits }),
      );
    const [best] = short.toSorted(byWorth);
    if (best) {
      const { layout, closedFormUnits } = trim(context, best);
      found.push(context.simulate(setup, layout, { effort: 1 / 8, closedFormUnits }));
    }
    yield from + ((to - from) * (i + 1)) / caps.length;
  }
  return found;
}

/** All sizes where there are few, else steps. */
const sizesUpTo = (full: number, smallest: number): readonly number[] => [
  ...new Set([
    full,
    ...(full - smallest <= sizeShares.length
      ? Array.from({ length: Math.floor(full - smallest) + 1 }, (_, i) => Math.floor(full) - i)
      : sizeShares.slice(1).map((share) => Math.max(smallest, Math.floor(full * share)))),
  ]),
];

const byValue = (a: { readonly value: number }, b: { readonly value: number }): number =>
  b.value - a.value;

function countsOf(
  context: FarmContext,
  capacities: readonly number[],
  { size, cap, nonces, setup }: { size: number; cap: number; nonces: number; setup: Setup },
): Counts {
  const { input, smallest } = context;
  const largest = input.maxUnitsPerIdentity ?? Infinity;
  const full = capacities.map((capacity): readonly [number, number] => {
    if (capacity < smallest) return [0, size];
    if (capacity < size) return [1, capacity];
    const count = Math.min(cap, Math.floor(capacity / size + 1e-9));
    // An undivided size means drives that are filled.
    return [count, Number.isInteger(size) ? size : Math.min(largest, capacity / count)];
  });
  return input.objective === 'all' ? fewerUntilSure(context, setup, full, nonces) : full;
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

/** Whole units dealt out: identities of a drive differ by one unit at most, the larger ones first. */
const layoutOf = (counts: Counts, nonces: number): Layout =>
  counts.map(([count, numUnits]) => {
    const total = Math.floor(count * numUnits + 1e-9);
    const least = Math.floor(total / count);
    return Array.from({ length: count }, (_, i) => ({
      numUnits: least + (i < total - least * count ? 1 : 0),
      nonces,
    }));
  });

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
  const fitting = large.map((on, d) => {
    const drive = setup.drives[d];
    return drive
      ? fittingFirst(on, setup.timeFactor * context.provableUnits(setup.machine, drive))
      : on;
  });
  const isMixed = small.some((on) => on.at(0)?.numUnits !== on.at(-1)?.numUnits);
  return orderNonces
    .flatMap((nonces) =>
      (isMixed ? [small, large, fitting] : [small]).map((order) =>
        context.simulate(
          setup,
          order.map((on) => on.map(({ numUnits }) => ({ numUnits, nonces }))),
          { effort: 1 / 16 },
        ),
      ),
    )
    .toSorted((a, b) => context.valueOf(b, true) - context.valueOf(a, true));
}

/** Identities of a drive from the largest: first those that together take the most of the time. */
function fittingFirst(
  identities: readonly GivenIdentity[],
  units: number,
): readonly GivenIdentity[] {
  // The best sum below each limit, from the identities seen so far; whole units keep it small.
  let best = new Map<number, readonly GivenIdentity[]>([[0, []]]);
  for (const identity of identities) {
    const next = new Map(best);
    for (const [sum, members] of best) {
      const total = sum + identity.numUnits;
      if (total <= units && !next.has(total) && next.size < mostSums)
        next.set(total, [...members, identity]);
    }
    best = next;
  }
  const first = new Set(best.get(Math.max(...best.keys())));
  return [...first, ...identities.filter((identity) => !first.has(identity))];
}
