/** Round keys as the bitsliced engines want them: with the S-box's constant folded in. */
import { expandKey, inverseSBox, shiftRowsSource } from '../protocol/aes';
import type { Bytes } from '../base/bytes';

export const scheduleBytes = 176;

/** The keys of 16 bytes each that are one after another. */
export const splitKeys = (keys: Bytes): Bytes[] =>
  Array.from({ length: keys.length / 16 }, (_, i) => keys.subarray(i * 16, i * 16 + 16));

/** Round keys for an S-box without its constant 0x63. */
export function foldedSchedule(key: Uint8Array): Bytes {
  const schedule = expandKey(key);
  // MixColumns maps 63 63 63 63 to itself (2 + 3 + 1 + 1 = 1), so it passes through every round.
  for (let i = 16; i < scheduleBytes; i++) schedule[i] = (schedule[i] ?? 0) ^ 0x63;
  return schedule;
}

/**
 * For msb = 0 only "output byte = 0" matters: S(x ⊕ k9) = k10 is x = k9 ⊕ S⁻¹(k10), so the last round
 * becomes a comparison with round key 9.
 */
export function zeroSchedule(key: Uint8Array): Bytes {
  const plain = expandKey(key);
  const schedule = foldedSchedule(key);
  for (let out = 0; out < 16; out++) {
    const at = 144 + shiftRowsSource(out);
    schedule[at] = (schedule[at] ?? 0) ^ (inverseSBox[plain[160 + out] ?? 0] ?? 0);
  }
  return schedule;
}
