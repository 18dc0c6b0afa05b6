/**
 * How the run time of a function grows with the size of its input: the exponent k of t ~ n^k, fitted over four sizes.
 * Processor time, and of several runs the least: what else runs on the machine then hardly matters.
 */

/** Sizes at which the time is measured; each is twice the one before. */
const measuredSizes = 4;
const runsPerSize = 3;
/** Below this a run is mostly the clock's error and the compiler's work. */
const shortestRunMs = Number(process.env['GROWTH_RUN_MS'] ?? 2);
const firstSize = 64;
/**
 * An input of this size that is read within `fastMs` proves that there is no quadratic part: even at the speed of
 * memory such a part would take seconds.
 */
const largestSize = 1 << 17;
const fastMs = 20;
/** A fit above the limit is measured again, since a collection of garbage may have been in it. */
const attempts = 3;

export interface Growth {
  /** 0 where even the largest input takes no time that could be measured. */
  readonly exponent: number;
  readonly sizes: readonly number[];
  readonly timesMs: readonly number[];
}

type Run = () => unknown;

async function leastMs(run: Run, runs: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

/** The slope of a straight line through the points, by least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return covariance / variance;
}

async function measure(runOf: (size: number) => Run, from: number): Promise<Growth> {
  const sizes: number[] = [];
  const timesMs: number[] = [];
  for (let i = 0; i < measuredSizes; i++) {
    const size = from * 2 ** i;
    sizes.push(size);
    timesMs.push(await leastMs(runOf(size), runsPerSize));
  }
  const points = sizes.map((size, i) => [Math.log(size), Math.log(timesMs[i] ?? 0)] as const);
  return { exponent: slope(points), sizes, timesMs };
}

/**
 * Finds the smallest size whose run takes a time that can be measured, and fits the growth around it.
 * @param runOf makes the input of a size, and gives what is to be measured
 * @param limit an exponent that is accepted as it is first measured
 */
export async function growthOf(runOf: (size: number) => Run, limit: number): Promise<Growth> {
  let size = firstSize;
  for (; ; size *= 2) {
    const leastTime = await leastMs(runOf(size), 2);
    if (size === largestSize && leastTime < fastMs) return { exponent: 0, sizes: [], timesMs: [] };
    if (leastTime >= shortestRunMs && size < largestSize / 8) break;
    if (leastTime >= fastMs) break;
  }
  // Two sizes below that one and one above it.
  const from = Math.max(1, size / 4);
  let growth = await measure(runOf, from);
  for (let attempt = 1; attempt < attempts && growth.exponent > limit; attempt++) {
    const again = await measure(runOf, from);
    if (again.exponent < growth.exponent) growth = again;
  }
  return growth;
}
