/**
 * Random numbers with a seed, so that a run is determined by its inputs and can be repeated.
 * xoshiro128** by Blackman and Vigna (public domain), seeded through splitmix32.
 */

export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param seed any whole number; its low 32 bits count */
  constructor(seed: number) {
    this.restart(seed);
  }

  /** Continues as a new one with this seed does. Further keys select one of many streams of a seed. */
  restart(seed: number, ...keys: readonly number[]): void {
    let state = seed >>> 0;
    for (const key of keys) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + Math.imul(key + 1, 0x9e3779b1);
      state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    }
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next()];
  }

  /** 0 … 2^32 − 1. */
  uint32(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in (0, 1): never 0 or 1, so that its logarithm is finite. */
  uniform(): number {
    return (this.uint32() + 0.5) / 2 ** 32;
  }

  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** Standard normal (Box and Muller; the second value of the pair is dropped). */
  normal(): number {
    return Math.sqrt(2 * this.exponential()) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Gamma with scale 1 (Marsaglia and Tsang 2000), shape ≥ 1. */
  gamma(shape: number): number {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < (x * x) / 2 + d * (1 - v + Math.log(v))) return d * v;
    }
  }

  /** Binomial: trial by trial while small, by the gaps between rare successes, else the normal limit. */
  binomial(trials: number, p: number): number {
    if (p <= 0 || trials <= 0) return 0;
    if (p >= 1) return trials;
    if (trials <= 12) {
      let hits = 0;
      for (let i = 0; i < trials; i++) if (this.uniform() < p) hits++;
      return hits;
    }
    if (p > 0.5) return trials - this.binomial(trials, 1 - p);
    const variance = trials * p * (1 - p);
    if (variance > 400) {
      const value = Math.round(trials * p + Math.sqrt(variance) * this.normal());
      return Math.min(trials, Math.max(0, value));
    }
    const logFail = Math.log1p(-p);
    let count = 0;
    for (let at = Math.log(this.uniform()) / logFail; at < trials; count++)
      at += 1 + Math.floor(Math.log(this.uniform()) / logFail);
    return count;
  }
}
