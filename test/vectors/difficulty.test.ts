import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes';
import { provingDifficulty, vrfDifficulty } from '../../src/protocol/difficulty';

interface Vectors {
  cases: ({ num_labels: string; k1: number } & (
    { ok: true; difficulty: string; msb: number; lsb: string } | { ok: false; error: string }
  ))[];
  vrf_difficulty: { cases: { num_labels: string; difficulty: string | null }[] };
}
const vectors = JSON.parse(
  readFileSync(new URL('../data/post/difficulty.json', import.meta.url), 'utf8'),
) as Vectors;

describe('proving difficulty', () => {
  test.each(vectors.cases)('$num_labels labels, K1 $k1', (vector) => {
    const compute = () => provingDifficulty(vector.k1, BigInt(vector.num_labels));
    if (vector.ok)
      expect(compute()).toEqual({
        threshold: BigInt(vector.difficulty),
        msb: vector.msb,
        lsb: BigInt(vector.lsb),
      });
    else
      expect(compute).toThrow(
        expect.objectContaining({
          code: 'invalid-num-labels',
          message: expect.stringContaining(vector.error) as string,
          details: { numLabels: BigInt(vector.num_labels), k1: vector.k1 },
        }),
      );
  });
});

describe('VRF difficulty', () => {
  test.each(vectors.vrf_difficulty.cases)('$num_labels labels', ({ num_labels, difficulty }) => {
    const compute = () => vrfDifficulty(BigInt(num_labels));
    if (difficulty === null)
      expect(compute).toThrow(
        expect.objectContaining({
          code: 'vrf-difficulty-undefined',
          details: { numLabels: BigInt(num_labels) },
        }),
      );
    else expect(toHex(compute())).toBe(difficulty);
  });
});
