/**
 * A total of which parts were counted and parts sampled: stratified sampling with two units per stratum. The margin is that of
 * 99 in 100: Student's t with the degrees of freedom after Satterthwaite, so that a total that depends on few strata has a wide
 * one. To it comes twice the largest share of a stratum: where rows of one kind begin or end inside a stratum, both of its units may
 * be of the same kind, and its variance is then zero.
 */
export class Tally {
  #total = 0;
  #variance = 0;
  /** Of the squares of the strata's variances. */
  #squares = 0;
  #largest = 0;

  /** A part that was counted. */
  add(value: number): void {
    this.#total += value;
  }

  /**
   * A part of `size` units of which two were looked at.
   * @param isCounted the two are exact, so that of two units both are known
   */
  addStratum(size: number, a: number, b: number, isCounted: boolean): void {
    const estimate = (size * (a + b)) / 2;
    this.#total += estimate;
    if (size > 2 || !isCounted) this.#largest = Math.max(this.#largest, estimate);
    const finite = isCounted ? Math.max(0, 1 - 2 / size) : 1;
    const variance = (finite * (size * (a - b)) ** 2) / 4;
    this.#variance += variance;
    this.#squares += variance ** 2;
  }

  get total(): number {
    return this.#total;
  }

  get counted(): { value: number; margin: number } {
    return { value: Math.round(this.#total), margin: Math.ceil(this.#margin) };
  }

  get #margin(): number {
    if (this.#variance === 0) return 2 * this.#largest;
    const freedom = Math.max(1, this.#variance ** 2 / this.#squares);
    return student99(freedom) * Math.sqrt(this.#variance) + 2 * this.#largest;
  }
}

const normal99 = 2.5758;

/** The quantile of Student's t for a two-sided 99 %: the expansion of Cornish and Fisher; 1 to 3 degrees from tables. */
export function student99(freedom: number): number {
  if (freedom < 3.5) {
    const [one, two, three] = [63.66, 9.925, 5.841];
    return freedom < 1.5 ? one : freedom < 2.5 ? two : three;
  }
  const z = normal99;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
