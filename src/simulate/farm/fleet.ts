/**
 * One big identity or many small ones: splitting an allocation, trying few nonces, and trying again only
 * where the first pass failed ("Reducing Network Load"; section 5 of the planner's formulas).
 *
 * Model. Drives work side by side, identities of one drive one after another: first each once, then those
 * that failed, until all are proved or the gap ends. The hash rate and the scan speed are shared equally by
 * the drives at work, and a drive that is done gives nothing back, which errs on the safe side.
 * An attempt succeeds with P(n), whichever identity it is for, so the j-th proof of a drive comes with a
 * number of attempts that is negative-binomial, and takes
 *   attempts × k2pow + (attempts − j) × pass + j × (part of the pass until found).
 */
import { hashesPerUnit } from '../../protocol/units';
import { normalCdf } from '../probability/distributions';
import { nonNegative, positive, whole } from '../inputs';
import {
  probabilityDone,
  provingModel,
  type ProvingInput,
  type ProvingModel,
} from '../proving/throughput';

export interface FleetInput extends Omit<ProvingInput, 'speedError'> {
  /** Identities that the `numUnits` are split into, equally. */
  readonly identities: number;
  /** Drives read in parallel, each at `diskBytesPerS`. */
  readonly drives: number;
  /** Price of an hour of one busy thread; for comparisons. 0 when absent. */
  readonly pricePerThreadH?: number | undefined;
  /** Share of the identities that counts as success in `probabilityShare`; 0.95 when absent. */
  readonly wantedShare?: number | undefined;
}

export interface FleetPlan {
  readonly identities: number;
  readonly unitsPerIdentity: number;
  /** Identities one after another on the fullest drive. */
  readonly identitiesPerDrive: number;
  readonly attemptSuccess: number;
  readonly probabilityAll: number;
  /** Probability that at least the wanted share of the identities is proved inside the gap. */
  readonly probabilityShare: number;
  /** Mean share of the identities, and so of the weight, that is proved inside the gap. */
  readonly provedShare: number;
  /** Means of one epoch, up to the end of the gap. */
  readonly attempts: number;
  readonly hashes: number;
  readonly bytesRead: number;
  readonly cpuS: number;
  readonly cost: number;
  /** ATXs published: one per proved identity. Merged: one per 256 of them, with the PoSTs of all. */
  readonly atxs: number;
  readonly mergedAtxs: number;
  /** When all are proved, with 50 and 99 %; Infinity when never. */
  readonly allDoneS: { readonly q50: number; readonly q99: number };
}

/** The maximum of identities merged into one ATX: go-spacemesh activation/wire, `scale:"max=256"`. */
export const maxMerged = 256;
/** Beyond this many identities the number proved is taken as normal instead of convolved drive by drive. */
const exactLimit = 2048;
/** Beyond this many proofs on a drive the time they take is taken as normal. */
const exactProofs = 48;

/** @throws WorkbenchError `input-not-valid` */
export function fleet(input: FleetInput): FleetPlan {
  const allotment = allot(input);
  const { identities, model, full, rest, fullest } = allotment;
  const wantedShare = nonNegative(input.wantedShare ?? 0.95, 'wantedShare');
  const allBy = (atS: number): number =>
    proofsDone(model, fullest, atS) ** full.count *
    proofsDone(model, fullest - 1, atS) ** rest.count;
  return {
    identities,
    unitsPerIdentity: input.numUnits / identities,
    identitiesPerDrive: fullest,
    attemptSuccess: model.pass.success,
    probabilityAll: allBy(model.availableS),
    probabilityShare: shareProbability([full, rest], Math.ceil(wantedShare * identities - 1e-9)),
    ...work(input, allotment),
    allDoneS: { q50: timeUntil(allBy, model, 0.5), q99: timeUntil(allBy, model, 0.99) },
  };
}

/** Probability that at least x of the identities are proved inside the gap, for x = 0 … identities. */
export function provedDistribution(input: FleetInput): Float64Array<ArrayBuffer> {
  whole(input.identities, 'identities', 1, exactLimit);
  const { full, rest } = allot(input);
  const pmf = convolveDrives([full, rest]);
  for (let i = pmf.length - 2; i >= 0; i--) pmf[i] = (pmf[i] ?? 0) + (pmf[i + 1] ?? 0);
  return pmf;
}

/** Identities dealt out to the drives: some have one more than the rest. */
export interface Allotment {
  readonly identities: number;
  readonly atWork: number;
  readonly model: DriveModel;
  /** Identities of a fullest drive. */
  readonly fullest: number;
  readonly full: DriveGroup;
  readonly rest: DriveGroup;
}

export function allot(input: FleetInput): Allotment {
  const identities = whole(input.identities, 'identities', 1, 1_000_000);
  const drives = whole(input.drives, 'drives', 1, 100_000);
  positive(input.numUnits, 'numUnits');
  const atWork = Math.min(drives, identities);
  const model = driveModel(input, input.numUnits / identities, atWork);
  const fullest = Math.ceil(identities / atWork);
  const fullDrives = identities - (fullest - 1) * atWork;
  const tail = proofTail(model, fullest, model.availableS);
  return {
    identities,
    atWork,
    model,
    fullest,
    full: { count: fullDrives, tail },
    rest: { count: atWork - fullDrives, tail: tail.slice(0, fullest) },
  };
}

export type FleetWork = Pick<
  FleetPlan,
  'provedShare' | 'attempts' | 'hashes' | 'bytesRead' | 'cpuS' | 'cost' | 'atxs' | 'mergedAtxs'
>;

export function work(
  input: FleetInput,
  { identities, atWork, model, full, rest }: Allotment,
): FleetWork {
  const proved = meanProved([full, rest]);
  // Every proof took 1 / P(n) attempts on average, whenever the drive stopped (Wald).
  const { success, meanRead } = model.pass;
  const attempts = success > 0 ? proved / success : attemptsThatFit(model) * atWork;
  // Drives that are not done have one more under way when the gap ends: all of the gap, or half of an attempt.
  const underWay = [full, rest].reduce(
    (sum, { count, tail }) => sum + count * (1 - (tail.at(-1) ?? 0)),
    0,
  );
  const { powMeanS, passS, availableS } = model;
  const isLong = powMeanS + passS > availableS;
  const powS = isLong ? Math.min(powMeanS, availableS) : powMeanS / 2;
  const readS = isLong ? Math.min(passS, availableS - powS) : passS / 2;
  // 0 of nothing to do, or of what never ends.
  const powDone = attempts + (underWay * powS) / powMeanS || attempts;
  const readDone = attempts * meanRead + (underWay * readS) / passS || attempts * meanRead;
  const busyS =
    (powDone * powMeanS + (readDone * model.dataBytes) / model.scanBytesPerS) *
    (input.threads / atWork);
  // A processor that never ends, and so does nothing of something endless, is busy all the gap.
  const cpuS = Number.isFinite(busyS) ? busyS : availableS * input.threads;
  return {
    provedShare: proved / identities,
    attempts,
    hashes: powDone * model.hashesPerPass,
    bytesRead: readDone * model.dataBytes,
    cpuS,
    cost: (cpuS / 3600) * nonNegative(input.pricePerThreadH ?? 0, 'pricePerThreadH'),
    atxs: proved,
    mergedAtxs: Math.ceil(proved / maxMerged),
  };
}

export interface DriveModel extends ProvingModel {
  readonly hashesPerPass: number;
}

/** One drive with its share of the processor. */
export function driveModel(input: FleetInput, numUnits: number, atWork: number): DriveModel {
  const whole = provingModel({ ...input, numUnits, speedError: 0 });
  const scanBytesPerS = whole.scanBytesPerS / atWork;
  const readBytesPerS = Math.min(input.diskBytesPerS, scanBytesPerS);
  const powMeanS = whole.powMeanS * atWork;
  return {
    ...whole,
    scanBytesPerS,
    readBytesPerS,
    passS: whole.dataBytes / readBytesPerS,
    powMeanS,
    hashesPerPass: whole.groups * numUnits * hashesPerUnit(input.powDifficulty),
  };
}

export interface DriveGroup {
  /** Drives like this one. */
  readonly count: number;
  /** P(at least j proofs in time) for j = 0 … identities of the drive. */
  readonly tail: Float64Array<ArrayBuffer>;
}

const proofTail = (model: ProvingModel, proofs: number, atS: number): Float64Array<ArrayBuffer> =>
  Float64Array.from({ length: proofs + 1 }, (_, j) => proofsDone(model, j, atS));

/** P(the j-th proof of a drive is there by `atS`). */
export function proofsDone(model: ProvingModel, j: number, atS: number): number {
  const { pass, passS, powMeanS, groups } = model;
  if (j <= 0) return 1;
  if (j === 1) return probabilityDone(model, atS);
  if (pass.success === 0 || passS === Infinity || powMeanS === Infinity) return 0;
  const powVariance = powMeanS ** 2 / groups;
  const foundS = pass.meanIfFound * passS;
  const foundVariance = (pass.deviationIfFound * passS) ** 2;
  const doneWith = (meanS: number, variance: number): number =>
    variance > 0 ? normalCdf((atS - meanS) / Math.sqrt(variance)) : atS >= meanS ? 1 : 0;
  const fail = 1 - pass.success;
  if (j > exactProofs) {
    const attempts = j / pass.success;
    return doneWith(
      attempts * powMeanS + (attempts - j) * passS + j * foundS,
      attempts * powVariance +
        ((j * fail) / pass.success ** 2) * (powMeanS + passS) ** 2 +
        j * foundVariance,
    );
  }
  let probability = 0;
  let chance = pass.success ** j;
  for (let failures = 0, left = 1; left > 1e-10 && failures < 100_000; failures++) {
    const attempts = j + failures;
    const meanS = attempts * powMeanS + failures * passS + j * foundS;
    probability += chance * doneWith(meanS, attempts * powVariance + j * foundVariance);
    left -= chance;
    if (meanS > atS && chance < 1e-10) break;
    chance *= (fail * attempts) / (failures + 1);
  }
  return Math.min(1, probability);
}

const meanProved = (groups: readonly DriveGroup[]): number =>
  groups.reduce((sum, { count, tail }) => sum + count * (tail.reduce((a, b) => a + b, 0) - 1), 0);

function shareProbability(groups: readonly DriveGroup[], wanted: number): number {
  if (wanted <= 0) return 1;
  const identities = groups.reduce((sum, { count, tail }) => sum + count * (tail.length - 1), 0);
  if (wanted > identities) return 0;
  if (identities <= exactLimit)
    return Math.min(
      1,
      convolveDrives(groups)
        .subarray(wanted)
        .reduce((a, b) => a + b, 0),
    );
  const mean = meanProved(groups);
  const variance = groups.reduce((sum, { count, tail }) => {
    // E[X²] = Σ (2j − 1) P(X ≥ j)
    const square = tail.reduce((a, p, j) => a + (j > 0 ? (2 * j - 1) * p : 0), 0);
    return sum + count * Math.max(0, square - (tail.reduce((a, b) => a + b, 0) - 1) ** 2);
  }, 0);
  return variance > 0
    ? normalCdf((mean - wanted + 0.5) / Math.sqrt(variance))
    : mean >= wanted - 0.5
      ? 1
      : 0;
}

/** Distribution of the number of proofs of all drives together. */
function convolveDrives(groups: readonly DriveGroup[]): Float64Array<ArrayBuffer> {
  let sum = Float64Array.of(1);
  for (const { count, tail } of groups) {
    const pmf = tail.map((p, j) => p - (tail[j + 1] ?? 0));
    // By squaring: the count is halved, the distribution doubled.
    for (let power = pmf, left = count; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) sum = convolve(sum, power);
      if (left > 1) power = convolve(power, power);
    }
  }
  return sum;
}

function convolve(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(a.length + b.length - 1);
  for (const [i, x] of a.entries())
    if (x > 0) for (let j = 0; j < b.length; j++) sum[i + j] = (sum[i + j] ?? 0) + x * (b[j] ?? 0);
  return sum;
}

const attemptsThatFit = ({ availableS, powMeanS, passS }: ProvingModel): number =>
  powMeanS + passS > 0 ? Math.floor(availableS / (powMeanS + passS)) : 0;

function timeUntil(
  allBy: (atS: number) => number,
  model: ProvingModel,
  probability: number,
): number {
  let high = Math.max(1, model.passS + model.powMeanS);
  if (high === Infinity || model.pass.success === 0) return Infinity;
  for (let i = 0; allBy(high) < probability; i++) {
    if (i > 60) return Infinity;
    high *= 2;
  }
  let low = 0;
  for (let i = 0; i < 30 && high - low > 1; i++) {
    const middle = (low + high) / 2;
    if (allBy(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}
