/** Where a job is. `done` and `total` count `unit`s; rate and ETA come from what was measured so far. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  /** Units per second over the recent past; 0 until something was measured. */
  readonly ratePerS: number;
  /** Seconds left at that rate; undefined until something was measured. */
  readonly etaS: number | undefined;
}

/** What every call that can take over a second accepts. It rejects with an AbortError once aborted. */
export interface JobOptions<P = Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
}

/** Turns "n more done" into Progress. The rate is an exponential mean over about `windowS` seconds. */
export class ProgressMeter {
  readonly #total: number;
  readonly #unit: string;
  readonly #windowS: number;
  #longestStepS = 0;
  #done: number;
  #ratePerS = 0;
  #measuredS = 0;
  #lastMs: number;

  constructor(
    total: number,
    unit: string,
    { done = 0, windowS = 10, nowMs = performance.now() } = {},
  ) {
    this.#total = total;
    this.#unit = unit;
    this.#windowS = windowS;
    this.#done = done;
    this.#lastMs = nowMs;
  }

  advance(units: number, nowMs = performance.now()): Progress {
    const elapsedS = (nowMs - this.#lastMs) / 1000;
    this.#done += units;
    // A clock that was set back counts from where it now is.
    if (elapsedS < 0) this.#lastMs = nowMs;
    if (this.#hasSlept(elapsedS)) {
      this.#lastMs = nowMs;
    } else if (elapsedS > 0) {
      this.#longestStepS = Math.max(this.#longestStepS, elapsedS);
      this.#measuredS += elapsedS;
      // Until a complete window was seen this is the plain mean, so the first second does not linger.
      const weight = Math.min(1, elapsedS / Math.min(this.#windowS, this.#measuredS));
      this.#ratePerS += weight * (units / elapsedS - this.#ratePerS);
      this.#lastMs = nowMs;
    }
    return this.progress;
  }

  /**
   * Some systems count the time in which the machine slept. It shows as one step that is far longer than every step before
   * it, and must not count as slow work: the rate would be near zero, and the time left years.
   */
  #hasSlept(elapsedS: number): boolean {
    return (
      this.#longestStepS > 0 && elapsedS > Math.max(3 * this.#windowS, 20 * this.#longestStepS)
    );
  }

  /** Time that passed without work (a pause) must not count as slow work. */
  resume(nowMs = performance.now()): void {
    this.#lastMs = nowMs;
  }

  get progress(): Progress {
    const left = Math.max(0, this.#total - this.#done);
    return {
      done: this.#done,
      total: this.#total,
      unit: this.#unit,
      ratePerS: this.#ratePerS,
      etaS: this.#ratePerS > 0 ? left / this.#ratePerS : undefined,
    };
  }
}
