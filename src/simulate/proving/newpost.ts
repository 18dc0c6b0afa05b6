/**
 * The announced new PoST: weight by the quality of the labels found, work per nonce fixed, labels per
 * proof growing with the logarithm of the storage. The announcement gives no parameters, so this is our
 * model and every parameter can be changed.
 *
 * The k-th smallest of N uniform label values is Gamma(k) / N, so (k − 1) / value estimates N without bias
 * and with a relative deviation of 1 / √(k − 2). A smesher who tries n nonces keeps the best of n
 * estimates; weight is that, divided by what `referenceNonces` are expected to give.
 */
import { poissonPmf, poissonTail } from '../probability/distributions';
import { positive, whole } from '../inputs';

export interface NewPostRules {
  /** Labels in a proof of one unit. */
  readonly baseLabels: number;
  /** Labels more for each doubling of the storage. */
  readonly labelsPerDoubling: number;
  /** k2pow hashes of one nonce group, whatever the size. */
  readonly hashesPerGroup: number;
  /** Nonces for which weight equals storage on average. */
  readonly referenceNonces: number;
}

/**
 * Ours, chosen so that the announcement's claims hold with the simulator's prices, for every class and size ("Reducing
 * Network Load"; test/unit/simulate/proving/newpost.test.ts): 32 nonces earn most. Fewer lose: 16 bring 1.2 to 1.3 %
 * less weight and save less than that in work. More are negligible: 64 bring at most 1.3 % more weight, for about 2 %
 * of the reward in work. The labels of a proof grow by 16 per doubling, and one identity earns at least as much as a
 * split.
 *
 * How far this depends on prices: the work grows with the nonces and the weight with their logarithm, so each number of
 * nonces is the best one in a range of prices only. 32 are while the reward of an SU, in hours of a busy thread, is 0.90
 * to 1.53 times the assumed one (`noncesHold` of a strategy gives the range for one smesher). Between half and twice the
 * assumed reward, 32 nonces lose less than 1 % of the reward against the best number, so the choice hardly matters there.
 */
export const newPostDefaults: NewPostRules = {
  baseLabels: 500,
  labelsPerDoubling: 16,
  hashesPerGroup: 4687.5,
  referenceNonces: 32,
};

export interface QualityMoments {
  /** Mean weight as a factor of the storage. */
  readonly mean: number;
  /** Standard deviation of one epoch's weight, as a factor of the storage. */
  readonly deviation: number;
}

/** Labels in a proof of this many units. */
export const proofLabels = (rules: NewPostRules, numUnits: number): number =>
  Math.max(
    3,
    Math.round(
      rules.baseLabels + rules.labelsPerDoubling * Math.log2(positive(numUnits, 'numUnits')),
    ),
  );

/** Weight, as a factor of the storage, that `nonces` nonces bring in one epoch. */
export function labelQuality(
  rules: NewPostRules,
  numUnits: number,
  nonces: number,
): QualityMoments {
  const labels = proofLabels(rules, numUnits);
  const reference = bestEstimate(labels, rules.referenceNonces).mean;
  const { mean, deviation } = bestEstimate(labels, nonces);
  return { mean: mean / reference, deviation: deviation / reference };
}

/** Mean and deviation of the best of n estimates (k − 1) / Gamma(k), relative to the true size. */
export function bestEstimate(labels: number, nonces: number): QualityMoments {
  whole(labels, 'labels', 3, 1e6);
  whole(nonces, 'nonces', 1, 4096);
  // The smallest of n Gamma(k) values has the distribution function 1 − (1 − P(Gamma(k) ≤ x))^n; P is summed
  // from the density, whose ends are flat, so that the midpoint rule is as good as exact.
  const width = 9 * Math.sqrt(labels);
  const from = Math.max(0, labels - width);
  const steps = 1000;
  const step = (labels + width + 20 - from) / steps;
  let single = poissonTail(labels, from);
  let before = 0;
  let mean = 0;
  let square = 0;
  for (let i = 0; i < steps; i++) {
    const x = from + (i + 0.5) * step;
    single = Math.min(1, single + step * poissonPmf(labels - 1, x));
    const smallest = -Math.expm1(nonces * Math.log1p(-single));
    const estimate = (labels - 1) / x;
    mean += (smallest - before) * estimate;
    square += (smallest - before) * estimate * estimate;
    before = smallest;
  }
  return { mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)) };
}
