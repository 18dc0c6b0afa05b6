/**
 * A job as a page shows it: running with its progress, finished with its result, failed or
 * cancelled. One at a time: starting again cancels the one before.
 */
export interface JobControls<P> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: P) => void;
}

/** Between two updates of what is shown: parts may come every millisecond. */
const showEveryMs = 250;

export type JobState = 'idle' | 'running' | 'done' | 'failed' | 'cancelled';

export class Job<Result, P> {
  state = $state<JobState>('idle');
  progress = $state.raw<P>();
  result = $state.raw<Result>();
  error = $state.raw<unknown>();
  #abort: AbortController | undefined;

  get running(): boolean {
    return this.state === 'running';
  }

  /** Runs the work. Resolves to its result, or to undefined if it failed or was cancelled. */
  async start(work: (controls: JobControls<P>) => Promise<Result>): Promise<Result | undefined> {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    this.state = 'running';
    this.progress = undefined;
    this.error = undefined;
    const mine = (): boolean => this.#abort === abort;
    try {
      const result = await work({
        signal: abort.signal,
        onProgress: (progress) => {
          if (mine()) this.progress = progress;
        },
      });
      if (!mine()) return undefined;
      this.result = result;
      this.state = 'done';
      return result;
    } catch (error) {
      if (!mine()) return undefined;
      if (abort.signal.aborted) this.state = 'cancelled';
      else {
        this.error = error;
        this.state = 'failed';
      }
      return undefined;
    }
  }

  /**
   * As `start`, for results that come in parts. The work calls `changed` after each part; `show` then runs soon, at most
   * four times per second, and at the end, also of work that fails or is cancelled. A run that another has replaced shows
   * nothing any more.
   */
  collect(
    show: () => void,
    work: (controls: JobControls<P> & { readonly changed: () => void }) => Promise<Result>,
  ): Promise<Result | undefined> {
    return this.start(async (controls) => {
      const run = this.#abort;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const flush = (): void => {
        timer = undefined;
        if (this.#abort === run) show();
      };
      flush();
      try {
        return await work({
          ...controls,
          changed: () => (timer ??= setTimeout(flush, showEveryMs)),
        });
      } finally {
        clearTimeout(timer);
        flush();
      }
    });
  }

  cancel(): void {
    if (!this.running) return;
    this.#abort?.abort(new DOMException('Cancelled.', 'AbortError'));
    this.state = 'cancelled';
  }

  /** Forgets the last result and error. */
  reset(): void {
    this.cancel();
    this.#abort = undefined;
    this.state = 'idle';
    this.progress = undefined;
    this.result = undefined;
    this.error = undefined;
  }
}
