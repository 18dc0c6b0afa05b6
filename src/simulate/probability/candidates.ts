import { poissonPmf } from './distributions';

export interface CandidateHistogram {
  /** Good labels found: 0, 1, 2 … */
  readonly count: readonly number[];
  /** Nonces that have found this number. */
  readonly nonces: readonly number[];
  /** Nonces expected to have, if each label is good with its due probability. */
  readonly expected: readonly number[];
}

/**
 * How the good labels are spread over the nonces, beside the Poisson distribution that they should follow.
 * A scan far from it reads bad data or counts wrongly.
 * @param goodPerNonce good labels of each nonce
 * @param mean K1 × the share of the data that was read
 * @param k2 shown at least up to here, where a proof is complete
 */
export function candidateHistogram(
  goodPerNonce: ArrayLike<number>,
  mean: number,
  k2: number,
): CandidateHistogram {
  const found = Array.from(goodPerNonce);
  const last = Math.max(k2, ...found);
  const nonces = new Array<number>(last + 1).fill(0);
  for (const good of found) nonces[good] = (nonces[good] ?? 0) + 1;
  const count = nonces.map((_, good) => good);
  return { count, nonces, expected: count.map((good) => found.length * poissonPmf(good, mean)) };
}
