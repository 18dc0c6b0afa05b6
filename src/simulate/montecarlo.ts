/**
 * Proving epochs drawn at random, beside the closed forms of throughput.ts: a check on them, and the
 * source of a histogram. A pass ends with the first nonce that has K2 good labels: the smallest of
 * `nonces` times, each Gamma(K2) / K1, drawn as an order statistic by inverting one nonce's distribution.
 */
import { mainnetPost } from '../protocol/units';
import { finishCurve } from './probability';
import { Random } from './random';
import { provingModel, type ProvingInput } from './throughput';

export interface ProvingSample {
  readonly epochs: number;
  /** Epochs with a proof inside the gap. */
  readonly inGap: number;
  readonly probability: number;
  /** Standard error of that probability. */
  readonly standardError: number;
  /** Mean time until a proof, in seconds, without the deadline. */
  readonly meanS: number;
  readonly meanPasses: number;
  /** Epochs by the time of their proof: bin i is [i, i + 1) × binS, the last one holds all later. */
  readonly binS: number;
  readonly histogram: Float64Array<ArrayBuffer>;
}

/** Epochs between two yields: a few milliseconds of work. */
const chunk = 20_000;
const bins = 120;

/**
 * Draws `epochs` proofs; yields how many are done, so that a worker can report and stop. A million take
 * about a second.
 */
export function* sampleProving(
  input: ProvingInput,
  epochs: number,
  seed: number,
): Generator<number, ProvingSample> {
  const random = new Random(seed);
  const model = provingModel(input);
  const { powMeanS, passS, groups, availableS, speedError, maxPasses } = model;
  const { nonces } = input;
  const pick = quantileTable(input);
  const inverse = 1 / nonces;
  const binS = availableS / (bins - 1) || 1;
  const histogram = new Float64Array(bins);
  let inGap = 0;
  let sumS = 0;
  let sumPasses = 0;
  for (let done = 0; done < epochs;) {
    const until = Math.min(epochs, done + chunk);
    for (; done < until; done++) {
      let workS = 0;
      let passes = 1;
      for (; ; passes++) {
        workS += (powMeanS / groups) * random.gamma(groups);
        // 1 − (1 − U)^(1/n): the smallest of n uniforms.
        const read = pick(-Math.expm1(Math.log(random.uniform()) * inverse));
        const isFound = read <= 1;
        if (isFound || passes >= maxPasses) {
          workS += isFound ? read * passS : Infinity;
          sumPasses += passes - 1 + Math.min(1, read);
          break;
        }
        workS += passS;
      }
      const timeS = speedError > 0 ? workS / Math.exp(speedError * random.normal()) : workS;
      if (timeS <= availableS) inGap++;
      sumS += timeS;
      const bin = Math.min(bins - 1, Math.floor(timeS / binS));
      histogram[bin] = (histogram[bin] ?? 0) + 1;
    }
    yield done;
  }
  const probability = inGap / epochs;
  return {
    epochs,
    inGap,
    probability,
    standardError: Math.sqrt((probability * (1 - probability)) / epochs),
    meanS: sumS / epochs,
    meanPasses: sumPasses / epochs,
    binS,
    histogram,
  };
}

/**
 * The fraction of the data at which one nonce has its K2 labels, as a function of the probability;
 * above 1 when a whole pass is not enough.
 */
function quantileTable(input: ProvingInput): (probability: number) => number {
  const labelsPerUnit = input.labelsPerUnit ?? mainnetPost.labelsPerUnit;
  const { k1, k2 } = input;
  const steps = 4096;
  const numLabels = input.numUnits * labelsPerUnit;
  const curve = finishCurve({ nonces: 1, k1, k2, numLabels }, steps);
  const end = curve[steps] ?? 0;
  return (probability) => {
    if (probability > end) return 2;
    let low = 0;
    let high = steps;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((curve[middle] ?? 0) < probability) low = middle;
      else high = middle;
    }
    const from = curve[low] ?? 0;
    const width = (curve[high] ?? 0) - from;
    return (low + (probability - from) / width) / steps;
  };
}
