/**
 * AES-128 (FIPS 197) as proving uses it: the keys of nonce groups and nonces, key expansion, and a plain
 * cipher of one block. The cipher follows the standard's text, for oracles and single blocks; the scans
 * have their own (kernels/proving.ts).
 */
import { blake3 } from '@noble/hashes/blake3.js';
import type { Bytes } from '../base/bytes';
import { noncesPerGroup } from './units';

const xtime = (a: number): number => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;

function substitutionBox(): Bytes {
  // Powers of the generator 3 give inverses; then the affine map (FIPS 197 §5.1.1).
  const power = new Uint8Array(256);
  const logarithm = new Uint8Array(256);
  for (let exponent = 0, value = 1; exponent < 255; exponent++) {
    power[exponent] = value;
    logarithm[value] = exponent;
    value ^= xtime(value);
  }
  const rotated = (byte: number, by: number): number => ((byte << by) | (byte >> (8 - by))) & 0xff;
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const inverse = byte === 0 ? 0 : (power[(255 - (logarithm[byte] ?? 0)) % 255] ?? 0);
    return [1, 2, 3, 4].reduce((sum, by) => sum ^ rotated(inverse, by), inverse) ^ 0x63;
  });
}

/** The S-box, and its inverse. */
export const sBox: Bytes = substitutionBox();
export const inverseSBox: Bytes = new Uint8Array(256);
for (const [byte, image] of sBox.entries()) inverseSBox[image] = byte;

/** The byte of the state that ShiftRows moves to place `i` (bytes in columns of four, FIPS 197 §5.1.2). */
export const shiftRowsSource = (i: number): number => (((i >> 2) + (i & 3)) & 3) * 4 + (i & 3);

/** Expands a 16-byte key to the eleven round keys, 176 bytes (FIPS 197 §5.2). */
export function expandKey(key: Uint8Array): Bytes {
  const schedule = new Uint8Array(176);
  schedule.set(key.subarray(0, 16));
  for (let i = 16, roundConstant = 1; i < 176; i += 4) {
    const before = schedule.slice(i - 4, i);
    if (i % 16 === 0) {
      const [a = 0, b = 0, c = 0, d = 0] = before;
      before.set([b, c, d, a].map((byte) => sBox[byte] ?? 0));
      before[0] = (before[0] ?? 0) ^ roundConstant;
      roundConstant = xtime(roundConstant);
    }
    for (let j = 0; j < 4; j++) schedule[i + j] = (schedule[i + j - 16] ?? 0) ^ (before[j] ?? 0);
  }
  return schedule;
}

/** Encrypts the 16-byte block at `offset` under an expanded key. */
export function encryptBlock(schedule: Uint8Array, blocks: Uint8Array, offset = 0): Bytes {
  const state = new Uint8Array(16);
  for (let i = 0; i < 16; i++) state[i] = (blocks[offset + i] ?? 0) ^ (schedule[i] ?? 0);
  const substituted = new Uint8Array(16);
  for (let round = 1; round <= 10; round++) {
    for (let i = 0; i < 16; i++) substituted[i] = sBox[state[shiftRowsSource(i)] ?? 0] ?? 0;
    for (let i = 0; i < 16; i++) {
      const at = (row: number): number => substituted[(i & 12) | ((i + row) & 3)] ?? 0;
      const mixed = round < 10 ? xtime(at(0) ^ at(1)) ^ at(1) ^ at(2) ^ at(3) : at(0);
      state[i] = mixed ^ (schedule[round * 16 + i] ?? 0);
    }
  }
  return state;
}

const keyOf = (challenge: Uint8Array, group: number, pow: bigint, nonce?: number): Bytes => {
  const input = new Uint8Array(32 + 4 + 8 + (nonce === undefined ? 0 : 4));
  const view = new DataView(input.buffer);
  input.set(challenge.subarray(0, 32));
  view.setUint32(32, group, true);
  view.setBigUint64(36, pow, true);
  if (nonce !== undefined) view.setUint32(44, nonce, true);
  return new Uint8Array(blake3(input).subarray(0, 16));
};

/** blake3(challenge ‖ group ‖ pow)[0..16]: the key that all 16 nonces of a group share (post-rs src/cipher.rs). */
export const groupKey = (challenge: Uint8Array, group: number, pow: bigint): Bytes =>
  keyOf(challenge, group, pow);

/** blake3(challenge ‖ group ‖ pow ‖ nonce)[0..16]: a nonce's own key, for the low 56 bits (post-rs src/cipher.rs). */
export const lazyKey = (challenge: Uint8Array, nonce: number, pow: bigint): Bytes =>
  keyOf(challenge, Math.floor(nonce / noncesPerGroup), pow, nonce);

/** The 56 bits of a lazy block that are compared with difficulty_lsb. */
export const lazyBits = (block: Uint8Array): bigint =>
  new DataView(block.buffer, block.byteOffset).getBigUint64(0, true) & 0x00ff_ffff_ffff_ffffn;
