/** Labels: scrypt (Keccak-512, ChaCha20/8, r = p = 1) over commitment and index (post-rs src/initialize.rs). */
import type { Bytes } from '../base/bytes';
import { compareBytes } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { mainnetPost } from './units';

/** Bytes of scrypt output per label; the first `labelBytes` of them are stored on disk. */
export const wholeLabelBytes = 32;
/** 128 bytes × N are a label's scratch: 2^20 rows are 128 MiB, far beyond any network's N. */
const maxScryptN = 2 ** 20;
const maxIndex = (1n << 64n) - 1n;

/** A label found by its size: candidates for the VRF nonce. */
export interface SmallestLabel {
  readonly index: bigint;
  /** All 32 bytes. */
  readonly label: Bytes;
}

/** @throws WorkbenchError `scrypt-n-invalid` unless N is a power of two from 2 to 2^20 */
export function checkScryptN(scryptN: number): number {
  const isPowerOfTwo = Number.isInteger(scryptN) && Number.isInteger(Math.log2(scryptN));
  if (!isPowerOfTwo || scryptN < 2 || scryptN > maxScryptN)
    throw new WorkbenchError(
      'scrypt-n-invalid',
      `Scrypt N must be a power of two from 2 to ${maxScryptN}, but it is ${scryptN}. Mainnet has ${mainnetPost.scryptN}.`,
      { scryptN },
    );
  return scryptN;
}

/**
 * A range of label indices.
 * @throws WorkbenchError `label-range-invalid` unless all of start … start + count − 1 are u64
 */
export function checkLabelRange(start: bigint | number, count: bigint | number): bigint {
  const isWhole = (value: bigint | number) =>
    typeof value === 'bigint' || Number.isSafeInteger(value);
  if (
    !isWhole(start) ||
    !isWhole(count) ||
    start < 0 ||
    count < 0 ||
    BigInt(start) + BigInt(count) > maxIndex + 1n
  )
    throw new WorkbenchError(
      'label-range-invalid',
      `A label range must start at a whole number from 0 on and end below 2^64, but this starts at ${start.toString()} and has ${counted(count, 'label')}. Give a start beyond 2^53 as a bigint.`,
      { start, count },
    );
  return BigInt(start);
}

/** The one with the smaller label, byte by byte; of equal labels the earlier. */
export function smallerLabel(
  a: SmallestLabel | undefined,
  b: SmallestLabel | undefined,
): SmallestLabel | undefined {
  if (!a || !b) return a ?? b;
  const order = compareBytes(a.label, b.label);
  if (order !== 0) return order < 0 ? a : b;
  return a.index <= b.index ? a : b;
}
