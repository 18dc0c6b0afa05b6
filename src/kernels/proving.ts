/**
 * The proving scan: which labels are good for which nonces (post-rs src/prove.rs, Prover8_56).
 * One interface, several engines: wasm/proving.ts (SIMD and scalar) and gpu/proving.ts.
 */
import { groupKey, lazyKey, noncesPerGroup } from '../protocol/aes';
import type { Bytes } from '../protocol/bytes';
import type { ProvingDifficulty } from '../protocol/difficulty';
import { WorkbenchError } from '../protocol/error';

/** What a kernel looks for. Survives structured clone. */
export interface ProvingJob {
  /** A multiple of 16. */
  readonly firstNonce: number;
  /** 16 bytes a nonce group. */
  readonly groupKeys: Bytes;
  /** 16 bytes a nonce. */
  readonly lazyKeys: Bytes;
  /** Top byte and low 56 bits of the difficulty. */
  readonly msb: number;
  readonly lsb: bigint;
}

/** Pairs of a good label and the nonce it is good for, in no fixed order. */
export interface GoodLabels {
  /** Positions in the labels that were scanned. */
  readonly labels: Uint32Array<ArrayBuffer>;
  readonly nonces: Uint32Array<ArrayBuffer>;
}

export interface ProvingKernel {
  setJob(job: ProvingJob): void | Promise<void>;
  /** @param labels 16 bytes each; any number below 2^32 */
  scan(labels: Bytes): GoodLabels | Promise<GoodLabels>;
  /** Gives back what the kernel holds outside of memory that is collected anyway. */
  dispose(): void;
}

/** A nonce group is one byte of the k2pow's input (post-rs src/prove.rs: `nonce_group.try_into::<u8>()`). */
export const maxNonceGroups = 256;

/**
 * Derives the keys of a pass.
 * @param firstGroup the first nonce group
 * @param pows k2pow of each group of the pass
 * @throws WorkbenchError `nonce-group-out-of-bounds` above group 255
 */
export function provingJob(
  challenge: Uint8Array,
  firstGroup: number,
  pows: readonly bigint[],
  { msb, lsb }: Pick<ProvingDifficulty, 'msb' | 'lsb'>,
): ProvingJob {
  if (firstGroup + pows.length > maxNonceGroups)
    throw new WorkbenchError(
      'nonce-group-out-of-bounds',
      `Nonce groups end at ${maxNonceGroups - 1} (nonce ${maxNonceGroups * noncesPerGroup - 1}), but this pass would reach group ${firstGroup + pows.length - 1}.`,
      { firstGroup, groups: pows.length },
    );
  const firstNonce = firstGroup * noncesPerGroup;
  const groupKeys = new Uint8Array(pows.length * 16);
  const lazyKeys = new Uint8Array(pows.length * noncesPerGroup * 16);
  for (const [i, pow] of pows.entries()) {
    groupKeys.set(groupKey(challenge, firstGroup + i, pow), i * 16);
    for (let j = i * noncesPerGroup; j < (i + 1) * noncesPerGroup; j++)
      lazyKeys.set(lazyKey(challenge, firstNonce + j, pow), j * 16);
  }
  return { firstNonce, groupKeys, lazyKeys, msb, lsb };
}
