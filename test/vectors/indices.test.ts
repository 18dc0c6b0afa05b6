import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes';
import { packIndices, packedLength, requiredBits, unpackIndices } from '../../src/protocol/indices';

interface Packed {
  bits: number;
  indices: string[];
  compressed: string;
  decompressed: string[];
}
const vectors = JSON.parse(
  readFileSync(new URL('../data/post/indices.json', import.meta.url), 'utf8'),
) as {
  cases: (Packed & { num_labels: string })[];
  required_bits: { value: string; bits: number }[];
  low_bits_kept: Packed;
};

describe('packed indices', () => {
  test.each([...vectors.cases, vectors.low_bits_kept])('$bits bits: $compressed', (vector) => {
    const packed = packIndices(vector.indices.map(BigInt), vector.bits);
    expect(toHex(packed)).toBe(vector.compressed);
    expect(packed).toHaveLength(packedLength(vector.bits, vector.indices.length));
    expect(unpackIndices(packed, vector.bits)).toEqual(vector.decompressed.map(BigInt));
  });

  test.each(vectors.cases)('$num_labels labels take $bits bits', ({ num_labels, bits }) => {
    expect(requiredBits(BigInt(num_labels))).toBe(bits);
  });

  test.each(vectors.required_bits)('$value takes $bits bits', ({ value, bits }) => {
    expect(requiredBits(BigInt(value))).toBe(bits);
  });

  test('indices of no bits are none, whatever the bytes', () => {
    expect(unpackIndices(Uint8Array.of(1, 2), 0)).toEqual([]);
    expect(packIndices([], 0)).toHaveLength(0);
  });
});
