/**
 * When a pass ends, drawn at random. A pass ends with the first nonce that has K2 good labels: the smallest of
 * `nonces` times, each Gamma(K2) / K1, drawn as an order statistic by inverting the distribution of one nonce.
 */
import { mainnetPost } from '../../protocol/units';
import { finishCurve, type PassInput } from './passes';
import type { Random } from './random';

/** Draws the fraction of the data that a pass reads until its proof is found; 2 when it finds none. */
export type DrawPass = (nonces: number, random: Random) => number;

export function passTimes(input: Omit<PassInput, 'nonces'>): DrawPass {
  // The more good labels, the earlier and steeper. Linear between steps, this is wrong by 10^-4 of a pass at most.
  const steps = Math.min(4096, Math.max(512, Math.ceil(16 * (input.k1 ?? mainnetPost.k1))));
  const curve = finishCurve({ ...input, nonces: 1 }, steps);
  const end = curve[steps] ?? 0;
  return (nonces, random) => {
    // 1 − (1 − U)^(1/n): the smallest of n uniforms.
    const probability = -Math.expm1(Math.log(random.uniform()) / nonces);
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
