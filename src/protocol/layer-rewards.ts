/** How a layer's subsidy and fees are shared: go-spacemesh genvm/rewards.go and blocks/utils.go, exact to the smidge. */

/** A fraction of unsigned 64-bit numbers; the denominator is not 0. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface Share {
  /** Subsidy and fees, in smidge. */
  readonly totalSmidge: bigint;
  /** Of it, the subsidy, in smidge. */
  readonly subsidySmidge: bigint;
}

/**
 * Each recipient gets floor(amount × weight ÷ sum of weights), of subsidy plus fees and of the subsidy alone; the
 * fractions of a smidge that are left over are burnt. Nothing is shared where all weights are 0.
 * @returns one share for each weight, in order
 */
export function layerShares(
  weights: readonly Ratio[],
  subsidySmidge: bigint,
  feesSmidge: bigint,
): Share[] {
  // Over their common denominator the weights are integers, so the division rounds down exactly once, as big.Rat's.
  const common = weights.reduce((lcm, { denominator: d }) => (lcm / gcd(lcm, d)) * d, 1n);
  const whole = weights.map(({ numerator, denominator }) => numerator * (common / denominator));
  const sum = whole.reduce((total, weight) => total + weight, 0n);
  const total = subsidySmidge + feesSmidge;
  return whole.map((weight) =>
    sum === 0n
      ? { totalSmidge: 0n, subsidySmidge: 0n }
      : { totalSmidge: (total * weight) / sum, subsidySmidge: (subsidySmidge * weight) / sum },
  );
}

/** What a block must say for a ballot: weight of its ATX ÷ slots of the epoch × eligibilities in the ballot. */
export function ballotWeight(weight: bigint, slots: number, eligibilities: number): Ratio {
  const numerator = weight * BigInt(eligibilities);
  const denominator = BigInt(slots);
  const divisor = gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}
