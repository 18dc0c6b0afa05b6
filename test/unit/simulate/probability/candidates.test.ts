import { expect, test } from 'vitest';
import { candidateHistogram } from '../../../../src/simulate/probability/candidates';

test('counts every nonce once and expects the number there is', () => {
  const { count, nonces, expected } = candidateHistogram([0, 2, 2, 5], 2, 37);
  expect(count).toHaveLength(38);
  expect(nonces.slice(0, 6)).toEqual([1, 0, 2, 0, 0, 1]);
  expect(expected.reduce((sum, value) => sum + value, 0)).toBeCloseTo(4, 10);
  expect(expected[2]).toBeCloseTo(4 * 2 * Math.exp(-2), 12);
});

test('reserves a place for a nonce beyond K2', () => {
  expect(candidateHistogram([41], 26, 37).nonces[41]).toBe(1);
});

test('expects nothing found when nothing was read', () => {
  expect(candidateHistogram([0, 0], 0, 3).expected).toEqual([2, 0, 0, 0]);
});
