/**
 * Whether, when and after how many passes a PoST proof is found.
 * Each label is good for a nonce with probability K1 / labels, so the good labels of a nonce are
 * Binomial(labels, K1 / labels), in the limit of large data Poisson(K1). A pass tries `nonces` of them in
 * once and ends when the first has K2 (post-rs src/prove.rs).
 */
import { hashesPerUnit, mainnetPost, maxNonces, noncesPerGroup } from '../../protocol/units';
import { binomialTail, gammaQuantile, invert, poissonTail } from './distributions';
import { invalid, nonceCount, positive, whole } from '../inputs';

export interface PassInput {
  /** Nonces tried in one pass. The formulas hold for any number; a prover takes multiples of 16. */
  readonly nonces: number;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  /** Labels of the entire data; absent: the limit for large data, right to 9 digits from 1 SU on. */
  readonly numLabels?: number | bigint | undefined;
}

interface Pass {
  readonly nonces: number;
  readonly k1: number;
  readonly k2: number;
  readonly numLabels: number | undefined;
}

/** Probability that one pass over all the data finds a proof. @throws WorkbenchError `input-not-valid` */
export const passSuccess = (input: PassInput): number => successBy(readPass(input), 1);

/** Probability that the proof is found before `fraction` of the data was read in one pass. */
export function finishFraction(input: PassInput & { readonly fraction: number }): number {
  const { fraction } = input;
  if (!(fraction >= 0 && fraction <= 1))
    throw invalid('fraction', 'a number from 0 (nothing read) to 1 (all of the data)', fraction);
  return successBy(readPass(input), fraction);
}

/**
 * The fraction of the data after which a pass has ended with the given probability; undefined when a
 * single pass does not reach it.
 */
export function finishQuantile(input: PassInput, probability: number): number | undefined {
  const pass = readPass(input);
  if (probability <= 0) return 0;
  if (!(probability <= successBy(pass, 1))) return undefined;
  return invert((fraction) => successBy(pass, fraction), probability, 0, 1);
}

/** Smallest number of nonces, a multiple of 16, for a wanted success of one pass; undefined beyond 4096. */
export function noncesFor(
  probability: number,
  input: Omit<PassInput, 'nonces'> = {},
): number | undefined {
  let groups = 1;
  for (let step = maxNonces / noncesPerGroup / 2; step >= 1; step /= 2)
    if (passSuccess({ ...input, nonces: (groups + step - 1) * noncesPerGroup }) < probability)
      groups += step;
  const nonces = groups * noncesPerGroup;
  return passSuccess({ ...input, nonces }) >= probability ? nonces : undefined;
}

/** What a pass costs and brings, on average. Fractions are of the entire data. */
export interface PassMoments {
  readonly success: number;
  /** Mean fraction read by a pass that succeeds; 1 when none can. */
  readonly meanIfFound: number;
  /** Standard deviation of that fraction. */
  readonly deviationIfFound: number;
  /** Mean fraction read by any pass. */
  readonly meanRead: number;
  /** Mean passes, counting parts of one, until a proof is found; Infinity when none can be. */
  readonly meanUntilFound: number;
}

/** @param curve of `finishCurve` with an even number of steps, where the caller has it already */
export function passMoments(
  input: PassInput,
  curve: Float64Array = finishCurve(input, 512),
): PassMoments {
  const steps = curve.length - 1;
  const success = curve[steps] ?? 0;
  // E[T] and E[T²] over the passes that end early, by parts: Simpson's rule on the distribution function.
  let area = 0;
  let moment = 0;
  for (let i = 0; i <= steps; i++) {
    const t = i / steps;
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    const value = weight * (curve[i] ?? 0);
    area += value;
    moment += value * 2 * t;
  }
  area /= 3 * steps;
  moment /= 3 * steps;
  const meanRead = 1 - area;
  if (success === 0)
    return { success, meanIfFound: 1, deviationIfFound: 0, meanRead: 1, meanUntilFound: Infinity };
  const meanIfFound = Math.min(1, (success - area) / success);
  const variance = (success - moment) / success - meanIfFound ** 2;
  return {
    success,
    meanIfFound,
    deviationIfFound: Math.sqrt(Math.max(0, variance)),
    meanRead,
    meanUntilFound: meanRead / success,
  };
}

/** Distribution function of the fraction read, sampled for a curve or a quadrature: index i is at i / steps. */
export function finishCurve(input: PassInput, steps: number): Float64Array<ArrayBuffer> {
  const pass = readPass(input);
  return Float64Array.from({ length: steps + 1 }, (_, i) => successBy(pass, i / steps));
}

export interface PowInput {
  readonly numUnits: number;
  readonly nonces: number;
  /** Difficulty of one unit, 32 bytes in hex, big-endian; mainnet's when absent. */
  readonly powDifficulty?: string | undefined;
}

export interface PowHashes {
  readonly mean: number;
  readonly q50: number;
  readonly q90: number;
  readonly q99: number;
}

/**
 * RandomX hashes of the k2pow before one pass: one search per group of 16 nonces, each exponential with
 * mean 2^256 / difficulty × units, so their sum is Gamma(groups).
 */
export function k2powHashes({ numUnits, nonces, powDifficulty }: PowInput): PowHashes {
  const groups = nonceGroups(nonces);
  if (!(numUnits >= 0 && numUnits < Infinity))
    throw invalid('numUnits', 'a number of storage units, 0 or more', numUnits);
  const perGroup = hashesPerUnit(powDifficulty) * numUnits;
  const quantile = (probability: number) => gammaQuantile(groups, probability) * perGroup;
  return { mean: groups * perGroup, q50: quantile(0.5), q90: quantile(0.9), q99: quantile(0.99) };
}

/** Groups of 16 of a number of nonces. @throws WorkbenchError `input-not-valid`, with the nearest valid numbers */
export const nonceGroups = (nonces: number): number => nonceCount(nonces) / noncesPerGroup;

function successBy({ nonces, k1, k2, numLabels }: Pass, fraction: number): number {
  const single =
    numLabels === undefined
      ? poissonTail(k2, k1 * fraction)
      : binomialTail(k2, Math.floor(numLabels * fraction), Math.min(1, k1 / numLabels));
  return -Math.expm1(nonces * Math.log1p(-single));
}

function readPass({
  nonces,
  k1 = mainnetPost.k1,
  k2 = mainnetPost.k2,
  numLabels,
}: PassInput): Pass {
  whole(nonces, 'nonces', 1, maxNonces);
  positive(k1, 'k1');
  whole(k2, 'k2', 0, 2 ** 32 - 1);
  const labels = numLabels === undefined ? undefined : Number(numLabels);
  if (labels !== undefined && (!Number.isFinite(labels) || labels < 1))
    throw invalid('numLabels', 'the number of labels of the data, at least 1', labels);
  return { nonces, k1, k2, numLabels: labels === undefined ? undefined : Math.floor(labels) };
}
