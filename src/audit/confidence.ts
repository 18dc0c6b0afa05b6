/** What follows from a sample for all: exact bounds, for a finite population. */

export interface Sampled {
  /** All ATXs that could have been drawn. */
  readonly population: number;
  /** Of these, the number drawn, without putting back. */
  readonly sampled: number;
  /** Of these, the number of bad ones. */
  readonly bad: number;
}

/** ln n!, to 16 digits: sums below 32, Stirling's series above. */
const smallLogFactorials = [0];
for (let n = 1; n < 32; n++) smallLogFactorials[n] = (smallLogFactorials[n - 1] ?? 0) + Math.log(n);

function logFactorial(n: number): number {
  const small = smallLogFactorials[n];
  if (small !== undefined) return small;
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

const logChoose = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** The chance to draw at most `bad` bad ones when `allBad` of the population are bad (hypergeometric). */
export function chanceOfAtMost(
  bad: number,
  allBad: number,
  { population, sampled }: Omit<Sampled, 'bad'>,
): number {
  const fewest = Math.max(0, sampled - (population - allBad));
  const most = Math.min(bad, allBad, sampled);
  const logAll = logChoose(population, sampled);
  let chance = 0;
  for (let drawn = fewest; drawn <= most; drawn++)
    chance += Math.exp(
      logChoose(allBad, drawn) + logChoose(population - allBad, sampled - drawn) - logAll,
    );
  return Math.min(1, chance);
}

/**
 * The largest share of bad ones in the population that leaves a chance of more than 1 − confidence to see `bad` of them or
 * fewer in the sample: the one-sided bound of Clopper and Pearson, for a finite population. 1 where nothing was sampled.
 * @param confidence 0.99 by default
 */
export function badShareBound({ population, sampled, bad }: Sampled, confidence = 0.99): number {
  if (population === 0 || sampled === 0) return 1;
  const size = { population: Math.max(population, sampled), sampled };
  // At least the bad ones that were seen; at most all but the good ones that were seen.
  let possible = bad;
  let impossible = size.population - (sampled - bad) + 1;
  while (impossible - possible > 1) {
    const middle = Math.floor((possible + impossible) / 2);
    if (chanceOfAtMost(bad, middle, size) > 1 - confidence) possible = middle;
    else impossible = middle;
  }
  return possible / size.population;
}

/** Counts of a sample by outcome. */
export interface SampleOutcomes {
  readonly population: number;
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
}

/**
 * The bound for a sample with inconclusive ones. These are not a random part of it, so each may be bad: they count
 * as bad.
 */
export const badShareBoundOf = (
  { population, passed, failed, inconclusive }: SampleOutcomes,
  confidence?: number,
): number =>
  badShareBound(
    { population, sampled: passed + failed + inconclusive, bad: failed + inconclusive },
    confidence,
  );

/**
 * "With 99 % confidence, at most 4.4 % of the 1,204 ATXs fail: 100 were audited, none fails." Where all were audited
 * no confidence is involved, and none is given.
 */
export function confidenceStatement(sample: SampleOutcomes, confidence = 0.99): string {
  const { population, passed, failed, inconclusive } = sample;
  const count = (n: number) => n.toLocaleString('en');
  const audited = passed + failed + inconclusive;
  if (audited === 0) return 'None was audited, so nothing follows for the rest.';
  const results = [
    failed === 0 ? 'none fails' : failed === 1 ? '1 fails' : `${count(failed)} fail`,
    ...(inconclusive > 0
      ? [`${count(inconclusive)} ${inconclusive === 1 ? 'is' : 'are'} inconclusive`]
      : []),
  ].join(', ');
  if (audited >= population) return `All ${count(population)} ATXs were audited: ${results}.`;
  // Rounded up, so that the statement stays true.
  const percent = Math.min(100, roundUp(badShareBoundOf(sample, confidence) * 100)).toLocaleString(
    'en',
    { maximumSignificantDigits: 3 },
  );
  const bad = inconclusive > 0 ? 'fail or are inconclusive' : 'fail';
  return `With ${Number((confidence * 100).toPrecision(6))} % confidence, at most ${percent} % of the ${count(population)} ATXs ${bad}: ${count(audited)} ${audited === 1 ? 'was' : 'were'} audited, ${results}.`;
}

/** Up to two significant digits. */
function roundUp(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2));
}
