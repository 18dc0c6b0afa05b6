import { describe, expect, test } from 'vitest';
import { issuance, subsidyBetween, totalSubsidySmidge } from '../../src/protocol/issuance';
import vectors from '../data/issuance.json';

describe('issuance vectors (spacemeshos/economics)', () => {
  test.each(vectors)('layer $layers_after_effective_genesis', (vector) => {
    const { subsidy, accumulated } = issuance(vector.layers_after_effective_genesis);
    expect(subsidy).toBe(BigInt(vector.subsidy_smidge));
    expect(accumulated).toBe(BigInt(vector.accumulated_smidge));
  });

  test('adds up layer by layer', () => {
    let sum = 0n;
    for (let layer = 0; layer < 100; layer++) sum += issuance(layer).subsidy;
    expect(sum).toBe(issuance(99).accumulated);
    expect(subsidyBetween(0, 100)).toBe(sum);
    expect(subsidyBetween(40, 100)).toBe(sum - issuance(39).accumulated);
    expect(subsidyBetween(7, 7)).toBe(0n);
  });

  test('stops short of the total, even at the last layer that a node can number', () => {
    expect(issuance(2 ** 32 - 2).accumulated).toBe(totalSubsidySmidge - 1n);
    expect(() => issuance(-1)).toThrow('whole number');
    expect(() => issuance(1.5)).toThrow('whole number');
  });
});
