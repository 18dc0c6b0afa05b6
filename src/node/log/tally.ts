/** Counts over all lines of a log, in bounded memory. */
import type { CountOf, LogHistogram } from './types';

export const mostServices = 200;

export const mostSmeshers = 1000;

const histogramBuckets = 240;

/** Counts by name, in a table of bounded size. */
export class LogTally {
  readonly #most: number;
  readonly #index = new Map<string, number>();
  readonly #counts: number[] = [];
  #beyond = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns the name's index, or -1 beyond the bound. */
  add(name: string): number {
    let i = this.#index.get(name);
    if (i === undefined) {
      if (this.#index.size >= this.#most) {
        this.#beyond++;
        return -1;
      }
      i = this.#index.size;
      this.#index.set(name, i);
    }
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    return i;
  }

  indexOf(name: string): number | undefined {
    return this.#index.get(name);
  }

  get names(): string[] {
    return [...this.#index.keys()];
  }

  get sorted(): CountOf[] {
    const counts = [...this.#index]
      .map(([name, i]) => ({ name, count: this.#counts[i] ?? 0 }))
      .sort((a, b) => b.count - a.count);
    return this.#beyond > 0 ? [...counts, { name: '…', count: this.#beyond }] : counts;
  }
}

/** A histogram over a span that is not known yet: when time runs past the last bucket, buckets double their width. */
export class TimeTally {
  #startMs = Number.NaN;
  #bucketMs = 1000;
  readonly #kinds = [0, 1, 2].map(() => new Array<number>(histogramBuckets).fill(0));

  add(timeMs: number, level: number): void {
    if (Number.isNaN(this.#startMs)) this.#startMs = timeMs;
    // A clock that was set back: count it where the log began.
    const offset = Math.max(0, timeMs - this.#startMs);
    while (offset >= this.#bucketMs * histogramBuckets) this.#widen();
    const kind = this.#kinds[level >= 3 ? 0 : level === 2 ? 1 : 2];
    const bucket = Math.floor(offset / this.#bucketMs);
    if (kind) kind[bucket] = (kind[bucket] ?? 0) + 1;
  }

  get histogram(): LogHistogram {
    const [errors = [], warnings = [], others = []] = this.#kinds;
    const startMs = Number.isNaN(this.#startMs) ? 0 : this.#startMs;
    return { startMs, bucketMs: this.#bucketMs, errors, warnings, others };
  }

  #widen(): void {
    this.#bucketMs *= 2;
    for (const kind of this.#kinds) {
      for (let i = 0; i < histogramBuckets; i++)
        kind[i] = (kind[2 * i] ?? 0) + (kind[2 * i + 1] ?? 0);
    }
  }
}
