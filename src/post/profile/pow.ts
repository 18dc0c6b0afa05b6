/**
 * What `profiler pow` of post-rs measures (profiler/src/main.rs), with its keys and its scaling: searches for
 * one unit and one group of 16 nonces, multiplied up to the units and nonces asked for. A few searches say
 * little, since each takes an exponentially distributed time; the rate of hashes, which they give exactly,
 * gives the mean duration of all and its spread.
 */
import { readBytes, type BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { expectedHashes } from '../../protocol/k2pow';
import { nonceProblem } from '../../protocol/nonces';
import { mainnetPost, noncesPerGroup } from '../../protocol/units';
import type { JobOptions } from '../../base/progress';
import { openRandomX, type PowEngines, type RandomXOptions } from '../k2pow/engines';
import { searchK2pow, type PowProgress } from '../k2pow/k2pow';

export interface PowProfileRequest {
  /** Searches to measure: 5 by default. */
  readonly iterations?: number | undefined;
  /** A multiple of 16: 64 by default. */
  readonly nonces?: number | undefined;
  /** 4 by default. */
  readonly numUnits?: number | undefined;
  /** The network's, for one unit: 32 bytes, big-endian. Mainnet's by default. */
  readonly difficulty?: BytesLike | undefined;
}

/** As Rust's serde writes a Duration. */
interface RustDuration {
  readonly secs: number;
  readonly nanos: number;
}

export interface PowProfile {
  readonly randomx_vm_init_time: RustDuration;
  /** Mean over the searches, scaled to the units and nonces. */
  readonly average_time: RustDuration;
  readonly iterations: number;
  /** Each search, scaled likewise; seconds. */
  readonly scaled_times_s: readonly number[];
  readonly hashes: number;
  readonly hashes_per_s: number;
  /**
   * Time of all the k2pow of one pass at that rate, in seconds: its mean, and what it stays below with
   * probability 1/2, 9/10 and 99/100. The sum of one exponential a group.
   */
  readonly pass: {
    readonly mean_s: number;
    readonly p50_s: number;
    readonly p90_s: number;
    readonly p99_s: number;
  };
  readonly threads: number;
  readonly mode: PowEngines['mode'];
}

export interface PowProfileProgress extends PowProgress {
  /** Search that is running, from 0. */
  readonly iteration: number;
  readonly iterations: number;
}

/** Opens a session (one thread by default), measures, closes it. */
export async function profilePow(
  request: PowProfileRequest & Omit<RandomXOptions, 'key'> = {},
  options: JobOptions<PowProfileProgress> = {},
): Promise<PowProfile> {
  const started = performance.now();
  const { threads = 1, mode } = request;
  const engines = await openRandomX({ threads, mode }, { signal: options.signal });
  try {
    return await measurePow(engines, (performance.now() - started) / 1000, request, options);
  } finally {
    engines.close();
  }
}

/** The measurement itself. @param initS what opening the engines took, in seconds */
export async function measurePow(
  engines: PowEngines,
  initS: number,
  { iterations = 5, nonces = 64, numUnits = 4, difficulty }: PowProfileRequest,
  { signal, onProgress }: JobOptions<PowProfileProgress> = {},
): Promise<PowProfile> {
  const problem = nonceProblem(nonces);
  if (problem !== undefined) throw new WorkbenchError('nonces-not-valid', problem, { nonces });
  const unscaled = readBytes(difficulty ?? mainnetPost.powDifficulty, 32, 'difficulty');
  const groups = nonces / noncesPerGroup;
  const scale = groups * numUnits;
  const timesS: number[] = [];
  let hashes = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    // The profiler's group, challenges and miner.
    const challenge = new Uint8Array(8);
    new DataView(challenge.buffer).setBigUint64(0, BigInt(iteration), true);
    const search = {
      challenge,
      nonceGroup: 7,
      nodeId: new Uint8Array(32).fill(7),
      difficulty: unscaled,
    };
    const started = performance.now();
    const found = await searchK2pow(engines, search, {
      signal,
      onProgress: (progress) => onProgress?.({ ...progress, iteration, iterations }),
    });
    timesS.push((performance.now() - started) / 1000);
    hashes += found?.hashes ?? 0;
  }
  const totalS = timesS.reduce((sum, time) => sum + time, 0);
  const groupMeanS = (expectedHashes(unscaled) * numUnits * totalS) / hashes;
  const quantile = (probability: number): number =>
    groupMeanS * erlangQuantile(groups, probability);
  return {
    randomx_vm_init_time: rustDuration(initS),
    average_time: rustDuration((totalS * scale) / iterations),
    iterations,
    scaled_times_s: timesS.map((time) => time * scale),
    hashes,
    hashes_per_s: hashes / totalS,
    pass: {
      mean_s: groupMeanS * groups,
      p50_s: quantile(0.5),
      p90_s: quantile(0.9),
      p99_s: quantile(0.99),
    },
    threads: engines.threads,
    mode: engines.mode,
  };
}

/** As Rust's serde writes a Duration. */
export const rustDuration = (seconds: number): RustDuration => ({
  secs: Math.floor(seconds),
  nanos: Math.floor((seconds % 1) * 1e9),
});

/** What the sum of `count` exponentials of mean 1 stays below with this probability. */
export function erlangQuantile(count: number, probability: number): number {
  let low = 0;
  let high = count + 40 * Math.sqrt(count);
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (erlangCdf(count, middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** 1 - e^-x (1 + x + … + x^(n-1) / (n-1)!), the terms by logarithms: x may be some hundreds. */
function erlangCdf(count: number, x: number): number {
  let logTerm = -x;
  let above = 0;
  for (let k = 0; k < count; k++) {
    above += Math.exp(logTerm);
    logTerm += Math.log(x / (k + 1));
  }
  return 1 - above;
}
