/**
 * The proving scan: which labels are good for which nonces (post-rs src/prove.rs, Prover8_56).
 * One interface, several engines: wasm/proving.ts (SIMD and scalar) and gpu/proving.ts.
 */
import { groupKey, lazyKey } from '../protocol/aes';
import type { Bytes } from '../base/bytes';
import type { ProvingDifficulty } from '../protocol/difficulty';
import { WorkbenchError } from '../base/error';
import { maxNonces, noncesPerGroup } from '../protocol/units';

/** What a kernel looks for. Survives structured clone. */
export interface ProvingJob {
  /** A multiple of 16. */
  readonly firstNonce: number;
  /** 16 bytes per nonce group. */
  readonly groupKeys: Bytes;
  /** 16 bytes per nonce. */
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
  close(): void;
}

/**
 * Derives the keys of a pass.
 * @param firstGroup the first nonce group
 * @param pows k2pow of each group of the pass
 * @throws WorkbenchError `nonces-exhausted` above nonce 4095
 */
export function provingJob(
  challenge: Uint8Array,
  firstGroup: number,
  pows: readonly bigint[],
  { msb, lsb }: Pick<ProvingDifficulty, 'msb' | 'lsb'>,
): ProvingJob {
  const firstNonce = firstGroup * noncesPerGroup;
  const nonces = pows.length * noncesPerGroup;
  if (firstNonce + nonces > maxNonces)
    throw new WorkbenchError(
      'nonces-exhausted',
      `Nonces end at ${maxNonces - 1}, because a nonce group is one byte of its k2pow, but this pass would reach ${firstNonce + nonces - 1}.`,
      { firstNonce, nonces },
    );
  const groupKeys = new Uint8Array(pows.length * 16);
  const lazyKeys = new Uint8Array(nonces * 16);
  for (const [i, pow] of pows.entries()) {
    groupKeys.set(groupKey(challenge, firstGroup + i, pow), i * 16);
    for (let j = i * noncesPerGroup; j < (i + 1) * noncesPerGroup; j++)
      lazyKeys.set(lazyKey(challenge, firstNonce + j, pow), j * 16);
  }
  return { firstNonce, groupKeys, lazyKeys, msb, lsb };
}
