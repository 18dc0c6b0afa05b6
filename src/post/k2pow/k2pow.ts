/** The k2pow search: the counters that are tried, what they give, and how long it takes. */
import type { PowTask } from '../../kernels/wasm/randomx-search';
import { readBytes, type Bytes, type BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { ProgressMeter, type JobOptions, type Progress } from '../../base/progress';
import {
  expectedHashes,
  k2powInput,
  powChallengeBytes,
  powCounterEnd,
  type PowRequest,
} from '../../protocol/k2pow';
import { openRandomX, type PowEngines, type RandomXOptions } from './engines';

export interface PowProgress extends Progress {
  /**
   * Seconds until found with probability 1/2, 9/10, 99/100. A search has no memory: failed attempts do not
   * bring the end nearer, so these (and etaS, the mean) change with the rate only.
   */
  readonly etaQuantilesS:
    { readonly p50: number; readonly p90: number; readonly p99: number } | undefined;
  /** Every counter below was tried: give it as `startNonce` to go on from here. */
  readonly resumeFrom: bigint;
}

export interface K2powRequest {
  /** 32 bytes, or the first 8 of them. */
  readonly challenge: BytesLike;
  /** 0 to 255. */
  readonly nonceGroup: number;
  /** 32 bytes. */
  readonly nodeId: BytesLike;
  /** 32 bytes, big-endian, scaled to the number of units (scalePowDifficulty). */
  readonly difficulty: BytesLike;
  /** First counter to try. */
  readonly startNonce?: bigint | undefined;
  /** Gives up after this number of hashes. */
  readonly maxHashes?: number | undefined;
}

export interface K2powResult {
  readonly pow: bigint;
  /** Hashes computed for it. */
  readonly hashes: number;
}

/** @throws WorkbenchError `bytes-wrong-length` and the like, `nonce-group-out-of-bounds` */
export function readPowRequest(
  request: Omit<K2powRequest, 'startNonce' | 'maxHashes'>,
): PowRequest {
  return {
    challenge: readChallenge(request.challenge),
    nonceGroup: request.nonceGroup,
    nodeId: readBytes(request.nodeId, 32, 'nodeId'),
    difficulty: readBytes(request.difficulty, 32, 'difficulty'),
  };
}

function readChallenge(challenge: BytesLike): Bytes {
  const isShort =
    typeof challenge === 'string'
      ? /^(0x)?[0-9a-f]{16}$/i.test(challenge.trim())
      : challenge.length === powChallengeBytes;
  return isShort
    ? readBytes(challenge, powChallengeBytes, 'challenge')
    : readBytes(challenge, 32, 'challenge').slice(0, powChallengeBytes);
}

/**
 * Searches the counters from `startNonce` upward. Answers the smallest one that is good, with any number of
 * threads; null after `maxHashes` without result. An abort takes effect immediately.
 */
export async function searchK2pow(
  engines: PowEngines,
  request: K2powRequest,
  { signal, onProgress }: JobOptions<PowProgress> = {},
): Promise<K2powResult | null> {
  const pow = readPowRequest(request);
  const { startNonce = 0n, maxHashes = Infinity } = request;
  if (startNonce < 0n || startNonce > powCounterEnd)
    throw new WorkbenchError(
      'start-nonce-not-valid',
      `A search starts at a counter from 0 to 2^56, not at ${startNonce.toString()}.`,
      { startNonce },
    );
  // Refuses a group out of bounds before anything is started.
  k2powInput(startNonce, pow);
  const expected = expectedHashes(pow.difficulty);
  const meter = new ProgressMeter(expected, 'hashes');
  const untried = new UntriedCounters(startNonce);
  let best: bigint | undefined;
  let hashes = 0;

  // No new task once there is a hit; those on their way are waited for, since theirs may be smaller.
  function* tasks(): Generator<PowTask, void> {
    for (let first = startNonce, left = maxHashes; left > 0 && first < powCounterEnd;) {
      if (best !== undefined) return;
      const room = powCounterEnd - first;
      const count = Math.min(engines.lanes, left, Number(room));
      yield { request: pow, first, count };
      first += BigInt(count);
      left -= count;
    }
  }
  await engines.run(
    tasks(),
    (hit, { first, count }) => {
      hashes += count;
      // A hit stays untried: who stops before it is given out finds it again.
      if (!hit) untried.remove(first, count);
      else if (best === undefined || hit.counter < best) best = hit.counter;
      const { done, total, unit, ratePerS } = meter.advance(count);
      onProgress?.({
        ...{ done, total, unit, ratePerS },
        ...exponentialEta(expected, ratePerS),
        resumeFrom: untried.lowest,
      });
    },
    signal,
  );
  return best === undefined ? null : { pow: best, hashes };
}

/** Mean and quantiles of the time to a success with one chance in `expected` a hash. */
export function exponentialEta(
  expected: number,
  ratePerS: number,
): Pick<PowProgress, 'etaS' | 'etaQuantilesS'> {
  if (ratePerS <= 0) return { etaS: undefined, etaQuantilesS: undefined };
  const etaS = expected / ratePerS;
  const quantile = (p: number): number => -Math.log(1 - p) * etaS;
  return { etaS, etaQuantilesS: { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) } };
}

/** Answers come in any order: keeps the lowest counter that has none yet. */
class UntriedCounters {
  lowest: bigint;
  readonly #ahead = new Map<bigint, bigint>();

  constructor(first: bigint) {
    this.lowest = first;
  }

  remove(first: bigint, count: number): void {
    this.#ahead.set(first, first + BigInt(count));
    for (let end = this.#ahead.get(this.lowest); end !== undefined;) {
      this.#ahead.delete(this.lowest);
      this.lowest = end;
      end = this.#ahead.get(end);
    }
  }
}

/** A search with a session of its own, closed when it ends. Parameters as for searchK2pow and openRandomX. */
export async function k2pow(
  request: K2powRequest & Omit<RandomXOptions, 'key'>,
  options: JobOptions<PowProgress> = {},
): Promise<K2powResult | null> {
  const { threads, mode } = request;
  const engines = await openRandomX({ threads, mode }, { signal: options.signal });
  try {
    return await searchK2pow(engines, request, options);
  } finally {
    engines.close();
  }
}

/** Hash of one k2pow; the proof of work is good if it is below the difficulty (compareBytes). */
export const k2powHash = (
  engines: PowEngines,
  counter: bigint,
  request: Omit<K2powRequest, 'difficulty'>,
): Promise<Bytes> =>
  engines.hash(
    k2powInput(counter, {
      challenge: readChallenge(request.challenge),
      nonceGroup: request.nonceGroup,
      nodeId: readBytes(request.nodeId, 32, 'nodeId'),
    }),
  );

/** RandomX (rx/0) of any input under any key; 32 bytes. Fills a cache for it: 1 to 2 s, 256 MiB. */
export async function randomx(
  key: Bytes,
  input: Bytes,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<Bytes> {
  const engines = await openRandomX({ threads: 1, key }, { signal });
  try {
    return await engines.hash(input);
  } finally {
    engines.close();
  }
}
