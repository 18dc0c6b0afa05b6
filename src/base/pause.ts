/** Pauses a job between its pieces. Shared by the job and its button. */
export class Pause {
  #released: Promise<void> | undefined;
  #release: (() => void) | undefined;

  get isPaused(): boolean {
    return this.#released !== undefined;
  }

  pause(): void {
    this.#released ??= new Promise((resolve) => (this.#release = resolve));
  }

  resume(): void {
    this.#release?.();
    this.#released = undefined;
  }

  /** Settles immediately, or when the pause is over, or rejects when the job is aborted meanwhile. */
  async whenRunning(signal?: AbortSignal): Promise<void> {
    while (this.#released) {
      const released = this.#released;
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(signal?.reason as Error);
        signal?.throwIfAborted();
        signal?.addEventListener('abort', abort, { once: true });
        void released.then(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
      });
    }
  }
}
