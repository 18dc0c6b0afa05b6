/**
 * Proving epochs of one identity drawn at random, beside the closed forms of throughput.ts: a check on them, and
 * the source of a histogram. farm/epoch.ts simulates many identities that share disks and processors.
 */
import { mainnetPost } from '../../protocol/units';
import { passTimes } from '../probability/pass-times';
import { Random } from '../probability/random';
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
  const { nonces, k1, k2 } = input;
  const numLabels = input.numUnits * (input.labelsPerUnit ?? mainnetPost.labelsPerUnit);
  const drawPass = passTimes({ k1, k2, numLabels });
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
        const read = drawPass(nonces, random);
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
