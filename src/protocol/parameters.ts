/** What each network demands of a PoST and its proof (go-spacemesh v1.7.6 config/mainnet.go, config/presets). */
import { hex } from '@scure/base';
import type { Bytes } from '../base/bytes';
import { mainnetPost } from './units';

export interface NetworkParameters {
  /** u64 */
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

const u32Max = 0xffff_ffff;

const mainnet: NetworkParameters = {
  ...mainnetPost,
  labelsPerUnit: BigInt(mainnetPost.labelsPerUnit),
  maxNumUnits: u32Max,
  powDifficulty: new Uint8Array(hex.decode(mainnetPost.powDifficulty)),
};

/** By the name of the preset in a node's config. */
export const networkParameters = {
  mainnet,
  testnet: {
    ...mainnet,
    labelsPerUnit: 1024n,
    minNumUnits: 2,
    // Go post config/config.go, DefaultConfig: any hash but ff…ff will do.
    powDifficulty: new Uint8Array(32).fill(0xff),
  },
  /** One node by itself, as developers run it. */
  standalone: {
    labelsPerUnit: 64n,
    minNumUnits: 1,
    maxNumUnits: 2,
    k1: 12,
    k2: 4,
    k3: 1,
    powDifficulty: new Uint8Array(32).fill(0xff),
    scryptN: mainnet.scryptN,
  },
} as const satisfies Record<string, NetworkParameters>;
