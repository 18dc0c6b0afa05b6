/** Long work in short slices, so that the page stays responsive. */

/** One slice of work between two looks at the user's input, in milliseconds. */
const sliceMs = 8;

export const checkEvery = 256;

/** Gives the event loop its turn when a slice is used up. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get due(): boolean {
    return performance.now() - this.#began > sliceMs;
  }

  async rest(): Promise<void> {
    // A timer waits 4 ms at least once it was set from a timer a few times: half as long as the work between.
    const { scheduler } = globalThis as { scheduler?: { yield?(): Promise<void> } };
    await (scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve)));
    this.#signal?.throwIfAborted();
    this.#began = performance.now();
  }
}

/** Rows done between two looks at the clock: about a millisecond even where each is a text to decode. */
const blockRows = 1024;

/** Calls `work` for consecutive parts of [0, count), with a rest whenever a slice is used up. */
export async function inSlices(
  count: number,
  slices: Slices,
  work: (from: number, to: number) => void,
): Promise<void> {
  for (let from = 0; from < count; from += blockRows) {
    if (slices.due) await slices.rest();
    work(from, Math.min(from + blockRows, count));
  }
}
