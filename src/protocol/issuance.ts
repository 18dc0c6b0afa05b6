/**
 * The block subsidy, exact to the smidge. spacemeshos/economics rewards/rewards.go, in closed form:
 * accumulated(L) = floor(S (1 − 0.8^((L + 1) / 1051201))), because a fifth of S is issued in the first ten
 * years of 105 120 layers and the genesis layer.
 */
import { WorkbenchError } from '../base/error';

/** Everything that will ever be issued as subsidy, in smidge. */
export const totalSubsidySmidge = 2_250_000_000_000_000_000n;
/** Layers in which a fifth of it is issued. */
const period = 1_051_201n;
/** Layer numbers are uint32 in the node. */
const maxLayers = 2 ** 32 - 1;

export interface Issuance {
  /** Subsidy of this layer, in smidge. */
  readonly subsidy: bigint;
  /** Subsidy of all layers up to and including this one, in smidge. */
  readonly accumulated: bigint;
}

/**
 * @param layersAfterEffectiveGenesis 0 for the effective genesis layer itself (8063 on mainnet)
 * @throws WorkbenchError `layer-not-valid`
 */
export function issuance(layersAfterEffectiveGenesis: number): Issuance {
  if (
    !Number.isInteger(layersAfterEffectiveGenesis) ||
    layersAfterEffectiveGenesis < 0 ||
    layersAfterEffectiveGenesis >= maxLayers
  )
    throw new WorkbenchError(
      'layer-not-valid',
      'Layers after effective genesis must be a whole number from 0 to 4294967294.',
      { layersAfterEffectiveGenesis },
    );
  const accumulated = issuedInLayers(BigInt(layersAfterEffectiveGenesis) + 1n);
  return {
    accumulated,
    subsidy: accumulated - issuedInLayers(BigInt(layersAfterEffectiveGenesis)),
  };
}

/** Subsidy of the layers `from` ≤ layer < `to`, counted after effective genesis, in smidge. */
export const subsidyBetween = (from: number, to: number): bigint =>
  from >= to ? 0n : issuance(to - 1).accumulated - (from > 0 ? issuance(from - 1).accumulated : 0n);

/** floor(S (1 − 0.8^(count / period))) for `count` layers. */
function issuedInLayers(count: bigint): bigint {
  const periods = count / period;
  const rest = count % period;
  // A whole number of periods gives a fraction of integers. No finite precision can decide how to round it down.
  if (rest === 0n) {
    const denominator = 5n ** periods;
    return totalSubsidySmidge - ceilDivide(totalSubsidySmidge * 4n ** periods, denominator);
  }
  for (let bits = 192n; ; bits *= 2n) {
    const left = totalSubsidySmidge * decay(periods, rest, bits);
    // The error of `decay` is far below 2^32 units in the last place: if it cannot change the rounded value, done.
    const slack = totalSubsidySmidge << 32n;
    const one = 1n << bits;
    const low = (totalSubsidySmidge * one - left - slack) >> bits;
    const high = (totalSubsidySmidge * one - left + slack) >> bits;
    if (low === high) return low;
  }
}

/** 0.8^(periods + rest / period) × 2^bits. */
function decay(periods: bigint, rest: bigint, bits: bigint): bigint {
  const one = 1n << bits;
  // ln 1.25 = 2 artanh(1/9) = 2 Σ 9^−(2k+1) / (2k + 1)
  let log = 0n;
  for (let term = one / 9n, k = 1n; term > 0n; term /= 81n, k += 2n) log += (2n * term) / k;
  // exp(−x) for 0 ≤ x < 0.224, as its Taylor series for x / 2^8 and eight squarings.
  const x = (log * rest) / period / 256n;
  let power = one;
  for (let term = one, k = 1n; term !== 0n; k++) {
    term = (-term * x) / k / one;
    power += term;
  }
  for (let i = 0; i < 8; i++) power = (power * power) >> bits;
  return (power * 4n ** periods) / 5n ** periods;
}

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
