import { describe, expect, test } from 'vitest';
import { k2powHashes, finishFraction, passSuccess } from '../../src/simulate/probability/passes';
import vectors from '../data/simulation.json';

/** Relative difference, so that tails are held to the same standard as the middle. */
const off = (actual: number, expected: number) => Math.abs(actual / expected - 1);

describe('simulation vectors (SciPy, mpmath)', () => {
  test.each(vectors.pass_success)('one pass with $n nonces succeeds with $p', ({ n, p }) => {
    expect(off(passSuccess({ nonces: n }), p)).toBeLessThan(1e-12);
  });

  test.each(vectors.exact_binomial_single_nonce)(
    'one nonce over $num_labels labels, K1 $k1, K2 $k2: $p',
    ({ num_labels, k1, k2, p }) => {
      expect(off(passSuccess({ nonces: 1, k1, k2, numLabels: num_labels }), p)).toBeLessThan(1e-12);
      expect(passSuccess({ nonces: 1, k1, k2, numLabels: BigInt(num_labels) })).toBe(
        passSuccess({ nonces: 1, k1, k2, numLabels: num_labels }),
      );
    },
  );

  test.each(vectors.finish_fraction_cdf)(
    '$n nonces are done after $t of the data with $p',
    ({ n, t, p }) => {
      expect(off(finishFraction({ nonces: n, fraction: t }), p)).toBeLessThan(1e-12);
    },
  );

  test.each(vectors.k2pow_hashes)(
    'k2pow of $units SU and $nonces nonces',
    ({ units, nonces, ...expected }) => {
      const hashes = k2powHashes({ numUnits: units, nonces });
      expect(off(hashes.mean, expected.mean)).toBeLessThan(1e-12);
      expect(off(hashes.q50, expected.q50)).toBeLessThan(1e-12);
      expect(off(hashes.q90, expected.q90)).toBeLessThan(1e-12);
      expect(off(hashes.q99, expected.q99)).toBeLessThan(1e-12);
    },
  );
});
