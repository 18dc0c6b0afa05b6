/**
 * k2pow: the proof of work that a smesher does for every group of 16 nonces before it scans its data.
 * RandomX with one fixed key over a 48-byte input, the hash below a difficulty. Source: post-rs
 * src/pow/randomx.rs.
 */
import { concatBytes, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';

/** RandomX key, the same for all networks. */
export const randomxKey: Bytes = Uint8Array.from('spacemesh-randomx-cache-key', (character) =>
  character.charCodeAt(0),
);

/** Bytes of the proof's challenge that the proof of work takes part of. */
export const powChallengeBytes = 8;
/** The counter has 7 bytes in the input (its eighth counts elsewhere, as part of the AES keys). */
export const powCounterEnd = 1n << 56n;

export interface PowRequest {
  /** The proof's challenge: 32 bytes, or its first 8. */
  readonly challenge: Bytes;
  /** 0 to 255. */
  readonly nonceGroup: number;
  /** 32 bytes. */
  readonly nodeId: Bytes;
  /** 32 bytes, big-endian, scaled to the number of units. */
  readonly difficulty: Bytes;
}

/**
 * counter (7 bytes, little-endian) ‖ group ‖ challenge[0..8] ‖ node id.
 * @throws WorkbenchError `nonce-group-out-of-bounds`
 */
export function k2powInput(
  counter: bigint,
  { nonceGroup, challenge, nodeId }: Omit<PowRequest, 'difficulty'>,
): Bytes {
  if (!Number.isInteger(nonceGroup) || nonceGroup < 0 || nonceGroup > 255)
    throw new WorkbenchError(
      'nonce-group-out-of-bounds',
      `A nonce group is a number from 0 to 255, not ${nonceGroup}: the k2pow input has one byte for it.`,
      { nonceGroup },
    );
  const head = new Uint8Array(8);
  new DataView(head.buffer).setBigUint64(0, counter, true);
  head[7] = nonceGroup;
  return concatBytes(head, challenge.subarray(0, powChallengeBytes), nodeId);
}

const toInteger = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/**
 * The network's difficulty (32 bytes, big-endian, for one unit) for an identity of `numUnits`: their quotient.
 * @throws WorkbenchError `num-units-zero`
 */
export function scalePowDifficulty(difficulty: Uint8Array, numUnits: number): Bytes {
  if (numUnits < 1)
    throw new WorkbenchError(
      'num-units-zero',
      'The k2pow difficulty is divided by the number of units, so that must be at least 1.',
      { numUnits },
    );
  let quotient = toInteger(difficulty) / BigInt(numUnits);
  const scaled = new Uint8Array(32);
  for (let i = 31; i >= 0; i--) {
    scaled[i] = Number(quotient & 0xffn);
    quotient >>= 8n;
  }
  return scaled;
}

/** Hashes that a search takes on average; Infinity where no hash can be below the difficulty. */
export function expectedHashes(difficulty: Uint8Array): number {
  const value = toInteger(difficulty);
  if (value === 0n) return Infinity;
  return Number((1n << 288n) / value) / 2 ** 32;
}
