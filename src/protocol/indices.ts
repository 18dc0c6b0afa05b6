/** Label indices as a proof carries them: a fixed number of bits each, least significant bit first. */
import type { Bytes } from '../base/bytes';

/** Bits that an index takes: the length of `value` (the number of labels, not the last index) in binary; 0 for 0. */
export const requiredBits = (value: bigint): number =>
  value === 0n ? 0 : value.toString(2).length;

/** Bytes of `count` packed indices (post-rs src/verification.rs, expected_indices_bytes). */
export const packedLength = (bits: number, count: number): number => Math.ceil((bits * count) / 8);

/**
 * Packs the low `bits` of every index; what does not fit is cut off, as the reference does.
 * Source: post-rs src/compression.rs.
 * @returns packedLength(bits, indices.length) bytes, padded with zero bits
 */
export function packIndices(indices: readonly bigint[], bits: number): Bytes {
  const packed = new Uint8Array(packedLength(bits, indices.length));
  const mask = (1n << BigInt(bits)) - 1n;
  let pending = 0n;
  let pendingBits = 0;
  let at = 0;
  for (const index of indices) {
    pending |= (index & mask) << BigInt(pendingBits);
    for (pendingBits += bits; pendingBits >= 8; pendingBits -= 8) {
      packed[at++] = Number(pending & 0xffn);
      pending >>= 8n;
    }
  }
  if (pendingBits > 0) packed[at] = Number(pending);
  return packed;
}

/**
 * Every complete group of `bits`. There may be more than were packed: padding reads as further indices.
 * @returns floor(8 × packed.length / bits) indices; none for bits = 0
 */
export function unpackIndices(packed: Uint8Array, bits: number): bigint[] {
  if (bits === 0) return [];
  const indices: bigint[] = [];
  const mask = (1n << BigInt(bits)) - 1n;
  let pending = 0n;
  let pendingBits = 0;
  for (const byte of packed) {
    pending |= BigInt(byte) << BigInt(pendingBits);
    for (pendingBits += 8; pendingBits >= bits; pendingBits -= bits) {
      indices.push(pending & mask);
      pending >>= BigInt(bits);
    }
  }
  return indices;
}
