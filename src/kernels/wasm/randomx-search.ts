/** A small piece of a k2pow search on one thread: one counter per lane of the engine. */
import { compareBytes, type Bytes } from '../../base/bytes';
import { k2powInput, type PowRequest } from '../../protocol/k2pow';
import type { RandomX } from './randomx';

export interface PowTask {
  readonly request: PowRequest;
  readonly first: bigint;
  /** Up to the lanes of the engine. */
  readonly count: number;
}

interface PowHit {
  readonly counter: bigint;
  readonly hash: Bytes;
}

/** The smallest counter of the task whose hash is below the difficulty; undefined if there is none. */
export type PowAnswer = PowHit | undefined;

export function searchPow(randomx: RandomX, { request, first, count }: PowTask): PowAnswer {
  const counters = Array.from({ length: count }, (_, i) => first + BigInt(i));
  const hashes = randomx.hash(counters.map((counter) => k2powInput(counter, request)));
  for (const [i, hash] of hashes.entries())
    if (compareBytes(hash, request.difficulty) < 0) return { counter: first + BigInt(i), hash };
  return undefined;
}
