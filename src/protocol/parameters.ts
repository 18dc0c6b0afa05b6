/** What a network demands of a PoST and its proof (go-spacemesh v1.7.6 config/mainnet.go, config/presets). */
import { hex } from '@scure/base';
import type { Bytes } from './bytes';

export interface PostParameters {
  readonly labelsPerUnit: bigint;
  readonly minNumUnits: number;
  readonly maxNumUnits: number;
  /** Labels expected to be good for one nonce, of all labels. */
  readonly k1: number;
  /** Good labels that a proof needs. */
  readonly k2: number;
  /** Of these, how many a verifier checks. */
  readonly k3: number;
  /** k2pow threshold for one unit, 32 bytes big-endian. */
  readonly powDifficulty: Bytes;
  readonly scryptN: number;
}

const U32_MAX = 0xffff_ffff;
const MAINNET_SCRYPT_N = 8192;

/** Go post config/config.go, DefaultConfig: any hash but ff…ff will do. */
const anyHash = (): Bytes => new Uint8Array(32).fill(0xff);

export const MAINNET: PostParameters = {
  labelsPerUnit: 1n << 32n,
  minNumUnits: 4,
  maxNumUnits: U32_MAX,
  k1: 26,
  k2: 37,
  k3: 1,
  powDifficulty: new Uint8Array(hex.decode('000dfb23b0979b4b'.padEnd(64, '0'))),
  scryptN: MAINNET_SCRYPT_N,
};

export const TESTNET: PostParameters = {
  labelsPerUnit: 1024n,
  minNumUnits: 2,
  maxNumUnits: U32_MAX,
  k1: 26,
  k2: 37,
  k3: 1,
  powDifficulty: anyHash(),
  scryptN: MAINNET_SCRYPT_N,
};

/** One node by itself, as developers run it. */
export const STANDALONE: PostParameters = {
  labelsPerUnit: 64n,
  minNumUnits: 1,
  maxNumUnits: 2,
  k1: 12,
  k2: 4,
  k3: 1,
  powDifficulty: anyHash(),
  scryptN: MAINNET_SCRYPT_N,
};
