/**
 * Tails and quantiles that the models need, to near double precision.
 * Point probabilities follow C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000):
 * a saddle-point form without the cancellation that differences of log-gamma suffer at 2^36 trials.
 */

const stirlingErrors = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.020790672103765093,
  0.016644691189821193, 0.013876128823070748, 0.01189670994589177, 0.01041126526197209,
  0.009255462182712733, 0.00833056343336287, 0.007573675487951841, 0.00694284010720953,
  0.006408994188004207, 0.0059513701127588475, 0.005554733551962801,
];

/** ln n! minus Stirling's formula, for an integer n. */
function stirlingError(n: number): number {
  const tabled = stirlingErrors[n];
  if (tabled !== undefined) return tabled;
  const n2 = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / n2) / n2) / n2) / n2) / n;
}

/** Deviance x ln(x / m) + m − x, without cancellation near x = m. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** P(Poisson(mean) = k). */
export function poissonPmf(k: number, mean: number): number {
  if (k === 0) return Math.exp(-mean);
  return Math.exp(-stirlingError(k) - deviance(k, mean)) / Math.sqrt(2 * Math.PI * k);
}

/** P(Binomial(trials, p) = k) for 0 ≤ k ≤ trials and 0 < p < 1. */
function binomialPmf(k: number, trials: number, p: number): number {
  if (k === 0) return Math.exp(trials * Math.log1p(-p));
  if (k === trials) return Math.exp(trials * Math.log(p));
  const rest = trials - k;
  const exponent =
    stirlingError(trials) -
    stirlingError(k) -
    stirlingError(rest) -
    deviance(k, trials * p) -
    deviance(rest, trials * (1 - p));
  return Math.exp(exponent) * Math.sqrt(trials / (2 * Math.PI * k * rest));
}

/** Sum of terms from k upwards, each the last times `ratio(k)`, until they no longer count. */
function sumUp(first: number, k: number, ratio: (k: number) => number): number {
  let sum = first;
  for (let term = first; term > sum * 1e-18; k++) sum += term *= ratio(k);
  return sum;
}

/** Sum of terms from k downwards to 0, each the last times `ratio(k)`, which is 0 for k = 0. */
function sumDown(first: number, k: number, ratio: (k: number) => number): number {
  let sum = first;
  for (let term = first; term > sum * 1e-18; k--) sum += term *= ratio(k);
  return sum;
}

/** P(Poisson(mean) ≥ k): also the distribution function of a Gamma(k, 1) at `mean`, for integer k. */
export function poissonTail(k: number, mean: number): number {
  if (k <= 0) return 1;
  if (!(mean > 0)) return 0;
  if (mean === Infinity) return 1;
  if (k > mean) return sumUp(poissonPmf(k, mean), k, (i) => mean / (i + 1));
  return Math.max(0, 1 - sumDown(poissonPmf(k - 1, mean), k - 1, (i) => i / mean));
}

/** P(Binomial(trials, p) ≥ k). */
export function binomialTail(k: number, trials: number, p: number): number {
  if (k <= 0) return 1;
  if (k > trials || p <= 0) return 0;
  if (p >= 1) return 1;
  const odds = p / (1 - p);
  if (k > trials * p)
    return sumUp(binomialPmf(k, trials, p), k, (i) => ((trials - i) / (i + 1)) * odds);
  const below = sumDown(binomialPmf(k - 1, trials, p), k - 1, (i) => i / ((trials - i + 1) * odds));
  return Math.max(0, 1 - below);
}

/** The x with P(Gamma(shape, 1) ≤ x) = probability, for an integer shape. */
export function gammaQuantile(shape: number, probability: number): number {
  if (probability <= 0) return 0;
  if (probability >= 1) return Infinity;
  if (shape === 1) return -Math.log1p(-probability);
  return invert((x) => poissonTail(shape, x), probability, 0, shape + 10 * Math.sqrt(shape) + 50);
}

/**
 * The x in [low, high] where a growing function reaches `target`: bisection to the last bit,
 * since none of the callers is hot. `high` grows as needed if the function has not got there.
 */
export function invert(
  f: (x: number) => number,
  target: number,
  low: number,
  high: number,
): number {
  while (f(high) < target && high < Number.MAX_VALUE / 4) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 200; i++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Standard normal distribution function. Below −38 it is 0, for what is left has too few bits.
 * Series near 0, continued fraction outside (Abramowitz & Stegun 26.2.11 and 26.2.14).
 */
export function normalCdf(z: number): number {
  if (z < -38) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const x = Math.abs(z);
  if (x < 3) {
    let sum = x;
    for (let term = x, k = 3; term > sum * 1e-17; k += 2) sum += term *= (x * x) / k;
    return z < 0 ? 0.5 - density * sum : 0.5 + density * sum;
  }
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / fraction;
  return z < 0 ? density / fraction : 1 - density / fraction;
}

/** The z with normalCdf(z) = probability. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  return probability > 0.5
    ? -normalQuantile(1 - probability)
    : invert((z) => normalCdf(z), probability, -40, 0);
}
