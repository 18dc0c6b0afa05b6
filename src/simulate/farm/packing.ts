/**
 * Puts identities of given sizes onto drives: filling the space, and so that the last drive is read
 * as early as possible. Small instances are solved exactly by branch and bound; large ones by largest-first and
 * exchanges, which stay within a fraction of a percent where there are many identities.
 */
import { nonNegative, positive } from '../inputs';

export interface PackingDrive {
  readonly capacityUnits: number;
  /** Time to prove one unit: reading, and k2pow if it is not done elsewhere. */
  readonly secondsPerUnit: number;
}

export interface Packing {
  /** For each identity the index of its drive; undefined where no drive has the space. */
  readonly placed: readonly (number | undefined)[];
  readonly placedUnits: number;
  /** When everything on the last drive was read once. */
  readonly longestS: number;
}

/** Identities that are placed by a search of all ways; its nodes take a tenth of a second at most. */
const mostBranched = 16;
const mostNodes = 100_000;
const mostExchanges = 2000;

interface State {
  readonly placed: (number | undefined)[];
  readonly used: number[];
}

/** @throws WorkbenchError `input-not-valid` */
export function packIdentities(sizes: readonly number[], drives: readonly PackingDrive[]): Packing {
  for (const size of sizes) positive(size, 'numUnits');
  for (const { secondsPerUnit } of drives) nonNegative(secondsPerUnit, 'secondsPerUnit');
  const order = sizes.map((_, i) => i).toSorted((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
  const start = exchange(largestFirst(sizes, drives, order), sizes, drives);
  const best = sizes.length <= mostBranched ? branch(start, sizes, drives, order) : start;
  return { placed: best.placed, ...judge(best, sizes, drives) };
}

function judge(
  { placed, used }: State,
  sizes: readonly number[],
  drives: readonly PackingDrive[],
): { readonly placedUnits: number; readonly longestS: number } {
  return {
    placedUnits: placed.reduce<number>(
      (sum, at, i) => sum + (at === undefined ? 0 : (sizes[i] ?? 0)),
      0,
    ),
    longestS: Math.max(0, ...drives.map((drive, d) => endOf(drive, used[d] ?? 0))),
  };
}

/** A share of 0 of an infinite time is 0. */
const endOf = ({ secondsPerUnit }: PackingDrive, used: number): number =>
  used === 0 ? 0 : used * secondsPerUnit;

function largestFirst(
  sizes: readonly number[],
  drives: readonly PackingDrive[],
  order: readonly number[],
): State {
  const used = drives.map(() => 0);
  const placed = sizes.map((): number | undefined => undefined);
  for (const i of order) {
    const size = sizes[i] ?? 0;
    let [best, bestS] = [-1, Infinity];
    for (const [d, drive] of drives.entries()) {
      const end = endOf(drive, (used[d] ?? 0) + size);
      if ((used[d] ?? 0) + size <= drive.capacityUnits && (best < 0 || end < bestS))
        [best, bestS] = [d, end];
    }
    if (best < 0) continue;
    placed[i] = best;
    used[best] = (used[best] ?? 0) + size;
  }
  return { placed, used };
}

/** Moves and swaps that make the last drive end earlier, until there are none. */
function exchange(
  { placed, used }: State,
  sizes: readonly number[],
  drives: readonly PackingDrive[],
): State {
  const end = (d: number, change: number): number => {
    const drive = drives[d];
    return drive ? endOf(drive, (used[d] ?? 0) + change) : Infinity;
  };
  const fits = (d: number, change: number): boolean =>
    (used[d] ?? 0) + change <= (drives[d]?.capacityUnits ?? 0);
  for (let round = 0; round < mostExchanges; round++) {
    let worst = 0;
    for (let d = 1; d < drives.length; d++) if (end(d, 0) > end(worst, 0)) worst = d;
    let bestS = end(worst, 0) * (1 - 1e-9);
    let apply: (() => void) | undefined;
    for (const [i, at] of placed.entries()) {
      if (at !== worst) continue;
      const size = sizes[i] ?? 0;
      for (let d = 0; d < drives.length; d++) {
        if (d === worst || !fits(d, size)) continue;
        const longest = Math.max(end(d, size), end(worst, -size));
        if (longest < bestS) {
          bestS = longest;
          apply = () => shift(i, d);
        }
      }
      for (const [j, other] of placed.entries()) {
        const less = size - (sizes[j] ?? 0);
        if (other === undefined || other === worst || less <= 0 || !fits(other, less)) continue;
        const longest = Math.max(end(other, less), end(worst, -less));
        if (longest < bestS) {
          bestS = longest;
          apply = () => {
            shift(i, other);
            shift(j, worst);
          };
        }
      }
    }
    if (!apply) break;
    apply();
  }
  return { placed, used };

  function shift(i: number, to: number): void {
    const from = placed[i];
    if (from !== undefined) used[from] = (used[from] ?? 0) - (sizes[i] ?? 0);
    used[to] = (used[to] ?? 0) + (sizes[i] ?? 0);
    placed[i] = to;
  }
}

/** Every way to place the identities, without those that cannot be better than the best so far. */
function branch(
  start: State,
  sizes: readonly number[],
  drives: readonly PackingDrive[],
  order: readonly number[],
): State {
  let best: State = { placed: [...start.placed], used: [...start.used] };
  let { placedUnits: bestUnits, longestS: bestS } = judge(best, sizes, drives);
  const speed = drives.reduce((sum, { secondsPerUnit }) => sum + 1 / secondsPerUnit, 0);
  const restOf = order.map((_, at) => order.slice(at).reduce((sum, i) => sum + (sizes[i] ?? 0), 0));
  const total = restOf[0] ?? 0;
  const used = drives.map(() => 0);
  const placed = sizes.map((): number | undefined => undefined);
  let nodes = 0;
  const go = (at: number, units: number, longestS: number): void => {
    if (nodes++ > mostNodes) return;
    if (at === order.length) {
      if (units > bestUnits || (units === bestUnits && longestS < bestS)) {
        best = { placed: [...placed], used: [...used] };
        [bestUnits, bestS] = [units, longestS];
      }
      return;
    }
    const rest = restOf[at] ?? 0;
    if (units + rest < bestUnits) return;
    // Nothing is left out where all fits: then all of it divided by all drives takes this long at least.
    const leastS = bestUnits === total ? Math.max(longestS, total / speed) : longestS;
    if (units + rest <= bestUnits && leastS >= bestS * (1 - 1e-9)) return;
    const i = order[at] ?? 0;
    const size = sizes[i] ?? 0;
    const tried = new Set<string>();
    const choices = drives
      .map((drive, d) => ({ d, drive, endS: endOf(drive, (used[d] ?? 0) + size) }))
      .filter(({ d, drive }) => (used[d] ?? 0) + size <= drive.capacityUnits)
      .toSorted((a, b) => a.endS - b.endS);
    for (const { d, drive, endS } of choices) {
      const key = `${used[d]} ${drive.capacityUnits} ${drive.secondsPerUnit}`;
      if (tried.has(key)) continue;
      tried.add(key);
      const next = Math.max(longestS, endS);
      if (units + rest <= bestUnits && next >= bestS * (1 - 1e-9)) continue;
      used[d] = (used[d] ?? 0) + size;
      placed[i] = d;
      go(at + 1, units + size, next);
      used[d] = (used[d] ?? 0) - size;
      placed[i] = undefined;
    }
    go(at + 1, units, longestS);
  };
  if (drives.length > 0) go(0, 0, 0);
  return best;
}
