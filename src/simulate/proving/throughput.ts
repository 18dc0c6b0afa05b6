/**
 * Proving against the cycle gap: how long k2pow and the passes take, and how surely they are done in time.
 *
 * The prover works k2pow for all nonces of a pass, then reads the data, and after a failed pass starts
 * over with the next nonces (post-rs src/prove.rs), so for one pass after another
 *   done after j passes: (j − 1) × pass + Gamma(j × groups) / hash rate + T × pass,
 * with T the fraction of the last pass that is read (probability/passes.ts).
 */
import {
  hashesPerUnit,
  mainnetPost,
  maxNonces,
  noncesPerGroup,
  unitBytes,
} from '../../protocol/units';
import { gammaQuantile, normalQuantile, poissonTail } from '../probability/distributions';
import { invalid, nonNegative } from '../inputs';
import { finishCurve, nonceGroups, passMoments, type PassMoments } from '../probability/passes';

/** One measured cell, as `profiler` or the Profile page gives it. */
export interface ScanMeasurement {
  readonly nonces: number;
  readonly threads: number;
  readonly bytesPerS: number;
}

/** Either a rate per thread at 16 nonces, or what was measured on the machine itself. */
export type ScanSpeed =
  { readonly bytesPerSPerThread: number } | { readonly measured: readonly ScanMeasurement[] };

export interface ProvingInput {
  readonly numUnits: number;
  /** Nonces per pass, a multiple of 16. */
  readonly nonces: number;
  readonly threads: number;
  /** Sequential read speed of the drive; 0 is allowed and never ends. */
  readonly diskBytesPerS: number;
  readonly scan: ScanSpeed;
  /** RandomX hashes per second of all threads together; Infinity where a k2pow service does the work. */
  readonly hashesPerS: number;
  /** Time to prove in; the mainnet's 12 h when absent. */
  readonly gapS?: number | undefined;
  /** Taken off the gap: to be safe, and what the node waits for the PoET proof and for publishing. */
  readonly marginS?: number | undefined;
  /** Relative error of the speeds (standard deviation of their logarithm); 0 when absent. */
  readonly speedError?: number | undefined;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly labelsPerUnit?: number | undefined;
  readonly powDifficulty?: string | undefined;
}

export interface TimelineEntry {
  readonly kind: 'k2pow' | 'pass';
  /** 1 for the first pass. */
  readonly pass: number;
  readonly startS: number;
  readonly endS: number;
  /** Probability that this phase is needed at all. */
  readonly probability: number;
}

export interface CurvePoint {
  readonly atS: number;
  /** Probability of being done by then, with uncertain speeds averaged in. */
  readonly probability: number;
  /** The same if the speeds are as bad, or as good, as one time in ten. */
  readonly low: number;
  readonly high: number;
}

export interface ProvingPlan {
  readonly dataBytes: number;
  readonly scanBytesPerS: number;
  readonly readBytesPerS: number;
  /** What limits a pass. A tie is the disk's. */
  readonly bottleneck: 'disk' | 'cpu';
  /** Seconds of a complete pass over the data; Infinity when nothing is read. */
  readonly passS: number;
  readonly powS: {
    readonly mean: number;
    readonly q50: number;
    readonly q90: number;
    readonly q99: number;
  };
  readonly pass: PassMoments;
  /** Gap less margin. */
  readonly availableS: number;
  /** Complete passes, each with its mean k2pow, that fit into it. */
  readonly passesThatFit: number;
  readonly probabilityInGap: number;
  /** The same, at speeds as bad and as good as one time in ten. */
  readonly probabilityInGapBand: readonly [low: number, high: number];
  /** Mean time to a proof without a deadline; Infinity when there is none. */
  readonly meanS: number;
  /** Times after which a proof is there with 50, 90 and 99 %; Infinity when never. */
  readonly doneS: { readonly q50: number; readonly q90: number; readonly q99: number };
  /** k2pow and passes one after the other, at their mean length, to the end of the gap. */
  readonly timeline: readonly TimelineEntry[];
  /** The threads do not help a disk that slow: the fewest that keep up with it. */
  readonly threadsNeeded: number | undefined;
}

const mainnetGapS = 12 * 3600;
/** Passes beyond which a group number would not fit into its byte (post-rs src/pow). */
const passLimit = (nonces: number): number => Math.floor(maxNonces / nonces);

/**
 * Speed of the scan, in bytes per second, were the disk infinitely fast.
 * Fitted: threads × (rate at 16 nonces) / groups. Measured: the rate per thread and group is interpolated
 * linearly in the logarithms of nonces and threads, and kept constant outside what was measured.
 */
export function scanSpeed(scan: ScanSpeed, nonces: number, threads: number): number {
  const groups = nonceGroups(nonces);
  if ('bytesPerSPerThread' in scan)
    return (threads * nonNegative(scan.bytesPerSPerThread, 'scan.bytesPerSPerThread')) / groups;
  const usable = scan.measured.filter(({ bytesPerS, threads }) => bytesPerS > 0 && threads > 0);
  const threadCounts = [...new Set(usable.map((cell) => cell.threads))];
  const rates = threadCounts.map((count): Point => {
    const cells = usable.filter((cell) => cell.threads === count);
    const points = cells.map((cell): Point => {
      const cellGroups = nonceGroups(cell.nonces);
      return [Math.log(cellGroups), Math.log((cell.bytesPerS * cellGroups) / count)];
    });
    return [Math.log(count), interpolate(points, Math.log(groups))];
  });
  return rates.length === 0
    ? 0
    : (threads * Math.exp(interpolate(rates, Math.log(threads)))) / groups;
}

type Point = readonly [x: number, y: number];

/** Piecewise linear through the points, constant outside. */
function interpolate(points: readonly Point[], x: number): number {
  const sorted = points.toSorted((a, b) => a[0] - b[0]);
  const right = sorted.findIndex((point) => point[0] >= x);
  const after = sorted[right] ?? sorted.at(-1);
  const before = sorted[right - 1];
  if (!after) return NaN;
  if (!before) return after[1];
  return before[1] + ((after[1] - before[1]) * (x - before[0])) / (after[0] - before[0]);
}

/** Everything about one identity on one drive. @throws WorkbenchError `input-not-valid` */
export function provingPlan(input: ProvingInput): ProvingPlan {
  const model = provingModel(input);
  const { availableS, passS, powMeanS, groups, pass } = model;
  const quantile = (probability: number): number =>
    (gammaQuantile(groups, probability) * powMeanS) / groups || 0;
  const attemptS = powMeanS + passS;
  const [slow, fast] = speedsOneInTen(model);
  return {
    dataBytes: model.dataBytes,
    scanBytesPerS: model.scanBytesPerS,
    readBytesPerS: model.readBytesPerS,
    bottleneck: model.scanBytesPerS < input.diskBytesPerS ? 'cpu' : 'disk',
    passS,
    powS: { mean: powMeanS, q50: quantile(0.5), q90: quantile(0.9), q99: quantile(0.99) },
    pass,
    availableS,
    passesThatFit: attemptS > 0 ? Math.floor(availableS / attemptS) : model.maxPasses,
    probabilityInGap: probabilityDone(model, availableS),
    probabilityInGapBand: [doneBy(model, availableS, slow), doneBy(model, availableS, fast)],
    meanS: pass.success > 0 ? powMeanS / pass.success + passS * pass.meanUntilFound : Infinity,
    doneS: { q50: doneAfter(model, 0.5), q90: doneAfter(model, 0.9), q99: doneAfter(model, 0.99) },
    timeline: timeline(model),
    threadsNeeded: threadsNeeded(input),
  };
}

/** Wrong by 0.003 at most, less than the width of a drawn line, at a third of the work. */
const drawnStep = 0.4;

/** Probability of being done over time, from 0 to the end of the gap or `untilS`, as exactly as a drawing needs it. */
export function doneCurve(input: ProvingInput, points = 120, untilS?: number): CurvePoint[] {
  const model = provingModel(input);
  const end = untilS ?? model.availableS;
  const [slow, fast] = speedsOneInTen(model);
  return Array.from({ length: points + 1 }, (_, i) => {
    const atS = (end * i) / points;
    return {
      atS,
      probability: probabilityDone(model, atS, drawnStep),
      low: doneBy(model, atS, slow),
      high: doneBy(model, atS, fast),
    };
  });
}

/** Probability of being done inside the gap: what heat maps and searches ask. */
export function inGap(input: ProvingInput): number {
  const model = provingModel(input);
  return probabilityDone(model, model.availableS);
}

/** The most storage units that are proved inside the gap with the wanted probability; 0 when none are. */
export function largestIdentity(
  input: Omit<ProvingInput, 'numUnits'>,
  probability: number,
  maxUnits = 2 ** 24,
): number {
  const fits = (numUnits: number): boolean => inGap({ ...input, numUnits }) >= probability;
  if (!fits(1)) return 0;
  let low = 1;
  let high = 2;
  while (high <= maxUnits && fits(high)) {
    low = high;
    high *= 2;
  }
  high = Math.min(high, maxUnits + 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The same machine with another number of threads at work: k2pow has the same number. */
export const withThreads = (input: ProvingInput, threads: number): ProvingInput => ({
  ...input,
  threads,
  hashesPerS: input.hashesPerS * (threads / input.threads),
});

/** Nonces worth trying: steps of 16 while small, of a quarter when large. */
export const noncesToTry: readonly number[] = (() => {
  const nonces: number[] = [];
  for (let groups = 1; groups <= 32; groups += groups < 8 ? 1 : groups < 16 ? 2 : 4)
    nonces.push(groups * noncesPerGroup);
  for (const more of [640, 768, 1024, 1536, 2048, 3072, 4096]) nonces.push(more);
  return nonces;
})();

/** Mean processor time of an epoch's proof: threads × seconds of k2pow and scan, until it is found. */
export const meanCpuS = (input: ProvingInput, model: ProvingModel = provingModel(input)): number =>
  // k2pow that a service does costs this machine nothing.
  input.threads * (model.powMeanS / model.pass.success + scanCpuS(model));

/** Mean time that the scan of all passes keeps the threads busy: less than it takes when the disk is slower. */
const scanCpuS = ({ dataBytes, scanBytesPerS, pass }: ProvingModel): number =>
  (pass.meanUntilFound * dataBytes) / scanBytesPerS;

/** Numbers of threads worth trying, up to the most. */
export const threadsToTry = (most: number): number[] =>
  [...new Set([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, most])].filter((count) => count <= most);

/** The fewest threads whose scan keeps up with the disk; undefined when no measured speed does. */
function threadsNeeded({ scan, nonces, diskBytesPerS }: ProvingInput): number | undefined {
  const perThread = scanSpeed(scan, nonces, 1);
  const count = Math.ceil(diskBytesPerS / perThread);
  return Number.isFinite(count) ? Math.max(1, count) : undefined;
}

export interface HeatMapAxis {
  readonly parameter: 'numUnits' | 'diskBytesPerS' | 'nonces' | 'threads' | 'hashesPerS';
  readonly values: readonly number[];
}

export interface HeatMap {
  readonly x: HeatMapAxis;
  readonly y: HeatMapAxis;
  /** Row by row: the probability for y[row] and x[column]. */
  readonly rows: readonly Float64Array<ArrayBuffer>[];
}

/** One row after the other, so that a worker can report, and be stopped, between them. */
export function* heatMap(
  input: ProvingInput,
  x: HeatMapAxis,
  y: HeatMapAxis,
): Generator<number, HeatMap> {
  const rows: Float64Array<ArrayBuffer>[] = [];
  const at = (base: ProvingInput, { parameter }: HeatMapAxis, value: number): ProvingInput =>
    parameter === 'threads' ? withThreads(base, value) : { ...base, [parameter]: value };
  for (const yValue of y.values) {
    rows.push(Float64Array.from(x.values, (xValue) => inGap(at(at(input, y, yValue), x, xValue))));
    yield rows.length;
  }
  return { x, y, rows };
}

/** The constants of one setting, worked out once for many evaluations. */
export interface ProvingModel {
  readonly dataBytes: number;
  readonly scanBytesPerS: number;
  readonly readBytesPerS: number;
  readonly passS: number;
  /** Mean k2pow time of one pass. */
  readonly powMeanS: number;
  readonly groups: number;
  readonly availableS: number;
  readonly speedError: number;
  readonly pass: PassMoments;
  readonly maxPasses: number;
  /** P(T ≤ i / steps). */
  readonly curve: Float64Array;
}

const curveSteps = 256;

export function provingModel(input: ProvingInput): ProvingModel {
  const { numUnits, nonces, k1, k2 } = input;
  if (!(numUnits > 0 && numUnits < Infinity)) throw invalid('numUnits', 'above 0', numUnits);
  if (!(input.threads > 0)) throw invalid('threads', 'at least 1', input.threads);
  const hashesPerS = nonNegative(input.hashesPerS, 'hashesPerS');
  const gapS = nonNegative(input.gapS ?? mainnetGapS, 'gapS');
  const marginS = nonNegative(input.marginS ?? 0, 'marginS');
  const labelsPerUnit = input.labelsPerUnit ?? mainnetPost.labelsPerUnit;
  const dataBytes = numUnits * unitBytes(labelsPerUnit);
  const scanBytesPerS = scanSpeed(input.scan, nonces, input.threads);
  const readBytesPerS = Math.min(nonNegative(input.diskBytesPerS, 'diskBytesPerS'), scanBytesPerS);
  const groups = nonceGroups(nonces);
  const passInput = { nonces, k1, k2, numLabels: numUnits * labelsPerUnit };
  const curve = finishCurve(passInput, curveSteps);
  return {
    dataBytes,
    scanBytesPerS,
    readBytesPerS,
    passS: dataBytes / readBytesPerS,
    powMeanS: (groups * numUnits * hashesPerUnit(input.powDifficulty)) / hashesPerS,
    groups,
    availableS: Math.max(0, gapS - marginS),
    speedError: nonNegative(input.speedError ?? 0, 'speedError'),
    pass: passMoments(passInput, curve),
    maxPasses: passLimit(nonces),
    curve,
  };
}

/**
 * Probability of a proof by an instant, averaged over uncertain speeds: the trapezoidal rule over the normal
 * logarithm of the speed, out to ±4 deviations.
 * @param step of that rule, in deviations
 */
export function probabilityDone(model: ProvingModel, atS: number, step = 0.16): number {
  if (model.speedError === 0) return doneBy(model, atS, 1);
  let sum = 0;
  let weights = 0;
  const reach = Math.floor(4 / step);
  for (let i = -reach; i <= reach; i++) {
    const z = i * step;
    const weight = Math.exp((-z * z) / 2);
    weights += weight;
    sum += weight * doneBy(model, atS, Math.exp(model.speedError * z));
  }
  return sum / weights;
}

/** As bad, and as good, as one time in ten, relative to the given speeds. */
function speedsOneInTen({ speedError }: ProvingModel): readonly [slow: number, fast: number] {
  const factor = Math.exp(speedError * normalQuantile(0.9));
  return [1 / factor, factor];
}

/** Probability of a proof by an instant when everything runs at `speed` times the given speeds. */
function doneBy(model: ProvingModel, atS: number, speed: number): number {
  const { passS, powMeanS, groups, curve, maxPasses } = model;
  if (passS === Infinity) return 0;
  const workS = atS * speed;
  const perGroupS = powMeanS / groups;
  // k2pow of j passes is done within the time that the reading leaves.
  const powDone = (passes: number, leftS: number): number =>
    leftS < 0 ? 0 : perGroupS === 0 ? 1 : poissonTail(passes * groups, leftS / perGroupS);
  let probability = 0;
  let stillOpen = 1;
  for (let pass = 1; pass <= maxPasses && stillOpen > 1e-12; pass++) {
    const leftS = workS - (pass - 1) * passS;
    if (leftS < 0) break;
    // Time enough for all of this pass, whatever its k2pow took: nothing to sum up.
    if (leftS - passS > perGroupS * shapeEnd(pass * groups)) {
      probability += stillOpen * model.pass.success;
      stillOpen *= 1 - model.pass.success;
      continue;
    }
    let found = 0;
    for (let i = 1; i <= curveSteps; i++) {
      const slice = (curve[i] ?? 0) - (curve[i - 1] ?? 0);
      if (slice > 1e-15) found += slice * powDone(pass, leftS - ((i - 0.5) / curveSteps) * passS);
    }
    probability += stillOpen * found;
    stillOpen *= 1 - model.pass.success;
  }
  return Math.min(1, probability);
}

/** A Gamma of this shape is above it less than once in 10^12. */
const shapeEnd = (shape: number): number => shape + 8 * Math.sqrt(shape) + 40;

/** When a proof is there with a probability; Infinity when never. */
function doneAfter(model: ProvingModel, probability: number): number {
  const { pass, maxPasses } = model;
  const everS = maxPasses * (model.passS + 4 * model.powMeanS);
  if (!Number.isFinite(everS) || 1 - (1 - pass.success) ** maxPasses < probability) return Infinity;
  let low = 0;
  let high = model.passS + model.powMeanS;
  const done = (atS: number): boolean => probabilityDone(model, atS, 0.5) >= probability;
  while (!done(high) && high < everS * 1e3) high *= 2;
  for (let i = 0; i < 60 && high - low > 1e-4 * high; i++) {
    const middle = (low + high) / 2;
    if (done(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function timeline({ passS, powMeanS, availableS, pass, maxPasses }: ProvingModel): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  let startS = 0;
  // A picture needs no more than a handful, however fast the machine is.
  for (let count = 1; count <= Math.min(6, maxPasses) && startS < availableS; count++) {
    const probability = (1 - pass.success) ** (count - 1);
    if (probability < 1e-4) break;
    if (powMeanS > 0) {
      entries.push({ kind: 'k2pow', pass: count, startS, endS: startS + powMeanS, probability });
      startS += powMeanS;
    }
    if (startS === Infinity) break;
    entries.push({ kind: 'pass', pass: count, startS, endS: startS + passS, probability });
    startS += passS;
  }
  return entries;
}
