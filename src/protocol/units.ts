/**
 * The units and the mainnet parameters that everything else counts in.
 * Source: go-spacemesh config/mainnet.go (v1.7.6), post config/config.go, post-rs docs/profiler.md.
 */

import { readBytes, toHex } from '../base/bytes';

/** A label on disk, in bytes (the first half of a 32-byte scrypt output). */
export const labelBytes = 16;
/** Nonces that share one AES key and one k2pow: `Prover8_56::NONCES_PER_AES` in post-rs src/prove.rs. */
export const noncesPerGroup = 16;
/** Group numbers are one byte in the k2pow input, so no proof can use a later nonce (post-rs src/pow). */
export const maxNonces = 256 * noncesPerGroup;
export const tebibyte = 2 ** 40;
/** Base units ("smidge") in one SMH. */
export const smidgePerSmh = 1_000_000_000n;

/** What a PoST proof must satisfy on a network. */
export interface PostParameters {
  /** Expected good labels per nonce and pass. */
  readonly k1: number;
  /** Labels a proof needs. */
  readonly k2: number;
  /** Labels a verifier samples. */
  readonly k3: number;
  readonly labelsPerUnit: number;
  readonly minNumUnits: number;
  /** k2pow difficulty of one storage unit, 32 bytes in hex, big-endian. */
  readonly powDifficulty: string;
  readonly scryptN: number;
}

export const mainnetPost: PostParameters = {
  k1: 26,
  k2: 37,
  k3: 1,
  labelsPerUnit: 2 ** 32,
  minNumUnits: 4,
  powDifficulty: '000dfb23b0979b4b000000000000000000000000000000000000000000000000',
  scryptN: 8192,
};

/** Bytes of one storage unit; 64 GiB on mainnet. */
export const unitBytes = (labelsPerUnit: number = mainnetPost.labelsPerUnit): number =>
  labelsPerUnit * labelBytes;

/**
 * Mean RandomX hashes of one nonce group of one storage unit: 2^256 / difficulty. 4687.5 on mainnet.
 * A group of an identity with n units takes n times that number, since the difficulty is divided by n.
 * Infinity for a difficulty of 0, which no hash is below.
 * @param powDifficulty 32 bytes in hex, big-endian
 * @throws WorkbenchError `bytes-not-readable`, `bytes-wrong-length`
 */
export function hashesPerUnit(powDifficulty: string = mainnetPost.powDifficulty): number {
  const difficulty = BigInt(`0x${toHex(readBytes(powDifficulty, 32, 'The k2pow difficulty'))}`);
  // 20 decimal digits of the quotient, so that its fraction survives the division of integers.
  const scale = 10n ** 20n;
  return difficulty === 0n ? Infinity : Number(((1n << 256n) * scale) / difficulty) / Number(scale);
}
