/** What a sample says about all: exact bounds, for a finite population. */

export interface Sampled {
  /** All ATXs that could have been drawn. */
  readonly population: number;
  /** Of these, how many were drawn, without putting back, and told. */
  readonly sampled: number;
  /** Of these, how many were bad. */
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
 * The largest share of bad ones in the population that leaves a chance of more than 1 − confidence to see as few as
 * `bad` of them in the sample: the one-sided bound of Clopper and Pearson, for a finite population. 1 where nothing
 * was sampled.
 * @param confidence 0.99 unless said
 */
export function badShareBound({ population, sampled, bad }: Sampled, confidence = 0.99): number {
  if (population === 0 || sampled === 0) return 1;
  const size = { population: Math.max(population, sampled), sampled };
  // So many there are at least; all but the good ones that were seen, at most.
  let possible = bad;
  let impossible = size.population - (sampled - bad) + 1;
  while (impossible - possible > 1) {
    const middle = Math.floor((possible + impossible) / 2);
    if (chanceOfAtMost(bad, middle, size) > 1 - confidence) possible = middle;
    else impossible = middle;
  }
  return possible / size.population;
}

/**
 * "With 99 % confidence at most 4.4 % of the 1,204 ATXs are bad: 100 were checked, none is bad." Where all were
 * checked there is nothing to be confident of, and it says so.
 */
export function confidenceStatement(sampled: Sampled, confidence = 0.99): string {
  const count = (n: number) => n.toLocaleString('en');
  const found =
    sampled.bad === 0
      ? 'none is bad'
      : sampled.bad === 1
        ? '1 is bad'
        : `${count(sampled.bad)} are bad`;
  if (sampled.sampled === 0) return 'None was checked yet, so nothing can be said.';
  if (sampled.sampled >= sampled.population)
    return `All ${count(sampled.population)} ATXs were checked: ${found}.`;
  const bound = badShareBound(sampled, confidence);
  // Rounded up, so that the statement stays true.
  const percent = Math.min(100, roundUp(bound * 100)).toLocaleString('en', {
    maximumSignificantDigits: 3,
  });
  return `With ${Number((confidence * 100).toPrecision(6))} % confidence, at most ${percent} % of the ${count(sampled.population)} ATXs are bad: ${count(sampled.sampled)} were checked, ${found}.`;
}

/** Up to two significant digits. */
function roundUp(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(2));
}
