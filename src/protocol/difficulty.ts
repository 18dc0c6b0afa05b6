/** How good a label has to be: the thresholds of proving and of the VRF nonce. */
import type { Bytes } from '../base/bytes';
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';

const lsbBits = 56n;
const lsbMask = (1n << lsbBits) - 1n;

/** The proving threshold as the two ciphers compare it (post-rs src/prove.rs, Prover8_56). */
export interface ProvingDifficulty {
  /** floor(2^64 × K1 / labels). A label is good when its 64 bits are below. */
  readonly threshold: bigint;
  /** Top byte: what a byte of the group cipher's output is compared with. */
  readonly msb: number;
  /** Low 56 bits: what the lazy cipher's output is compared with when the top bytes are equal. */
  readonly lsb: bigint;
}

/**
 * Threshold below which a label counts for a nonce, so that K1 labels of all are expected to.
 * Source: post-rs src/difficulty.rs.
 * @param k1 u32
 * @param numLabels u64
 * @throws WorkbenchError `invalid-num-labels` for 0 labels, or no more labels than K1
 */
export function provingDifficulty(k1: number, numLabels: bigint): ProvingDifficulty {
  if (numLabels === 0n)
    throw new WorkbenchError('invalid-num-labels', 'number of label blocks must be > 0', {
      numLabels,
      k1,
    });
  if (numLabels <= BigInt(k1))
    throw new WorkbenchError(
      'invalid-num-labels',
      `number of labels (${numLabels}) must be bigger than k1 (${k1})`,
      { numLabels, k1 },
    );
  const threshold = (BigInt(k1) << 64n) / numLabels;
  return { threshold, msb: Number(threshold >> lsbBits), lsb: threshold & lsbMask };
}

/**
 * Threshold of the VRF nonce: a label's 32 bytes, big-endian, must be strictly below.
 * On average eight of all labels are (Go post shared.PowDifficulty: floor(2^256 / labels) << 3).
 * @returns 32 bytes, big-endian
 * @throws WorkbenchError `vrf-difficulty-undefined` for 8 labels or fewer, where Go panics: the value needs more than 32 bytes
 */
export function vrfDifficulty(numLabels: bigint): Bytes {
  if (numLabels <= 8n)
    throw new WorkbenchError(
      'vrf-difficulty-undefined',
      `There is no VRF difficulty for ${counted(numLabels, 'label')}: it takes at least 9. Check NumUnits and LabelsPerUnit.`,
      { numLabels },
    );
  const hexDigits = (((1n << 256n) / numLabels) << 3n).toString(16).padStart(64, '0');
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hexDigits.slice(2 * i, 2 * i + 2), 16));
}
