/** A stream that is meant to last: opened again after each break, with pauses that grow. */
import { WorkbenchError } from '../../base/error';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

interface Break {
  /** Absent where the other side ended the stream in order. */
  readonly error: WorkbenchError | undefined;
  readonly retryInMs: number;
}

/**
 * Hands over items until the signal ends it. A stream that gave something before it broke starts the pauses again.
 * @param open opens the stream; what it gave before it may give again
 * @throws any error that is not a WorkbenchError: that is a defect of this code
 */
export async function follow<T>(
  open: (signal: AbortSignal) => AsyncIterable<T>,
  accept: (item: T) => void,
  onBreak: (info: Break) => void,
  { signal, firstPauseMs = 1000, longestPauseMs = 60_000 }: FollowOptions,
): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  let breaks = 0;
  while (!stopped()) {
    let error: WorkbenchError | undefined;
    try {
      for await (const item of open(signal)) {
        breaks = 0;
        accept(item);
        if (stopped()) return;
      }
    } catch (thrown) {
      if (stopped()) return;
      if (!(thrown instanceof WorkbenchError)) throw thrown;
      error = thrown;
    }
    // Some chance, so that a page with many nodes does not connect to all of them at the same time.
    const pauseMs =
      Math.min(longestPauseMs, firstPauseMs * 2 ** breaks++) * (0.75 + Math.random() / 2);
    onBreak({ error, retryInMs: pauseMs });
    await pause(pauseMs, signal);
  }
}

/** Resolves after the time, or immediately when the signal ends it. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
