/**
 * Notices that a worker has ended, however it did: `close()` in it, or the browser stopping it, sends no event to its owner.
 * The browser releases the locks of a worker with it, so each worker holds one that its owner waits for. It takes no call
 * before it holds it, so no call can be left without an answer. An insecure origin (plain HTTP to another computer) has no
 * locks: only errors are noticed there.
 */

/** Sent by a worker: the name of the lock that it holds. */
interface LifeMessage {
  readonly lifeLock: string;
}

const isLifeMessage = (data: unknown): data is LifeMessage =>
  typeof (data as Partial<LifeMessage> | null)?.lifeLock === 'string';

/** Called once by a worker. Resolves when its owner can see its end, or never could. */
export function showLife(): Promise<void> {
  if (!isSecureContext) return Promise.resolve();
  const lifeLock = `worker ${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      postMessage({ lifeLock } satisfies LifeMessage);
      resolve();
      return new Promise(() => undefined);
    };
    // Refused where the browser keeps nothing for the page; the worker works all the same.
    navigator.locks.request(lifeLock, hold).catch(() => resolve());
  });
}

/**
 * Calls `onEnd` once the worker has ended.
 * @returns stops the watch; call it when the worker is ended on purpose
 */
export function watchLife(worker: Worker, onEnd: () => void): () => void {
  const waiting = new AbortController();
  const { signal } = waiting;
  const onMessage = ({ data }: MessageEvent<unknown>): void => {
    if (!isLifeMessage(data)) return;
    worker.removeEventListener('message', onMessage);
    // Rejects when the watch is stopped.
    navigator.locks.request(data.lifeLock, { signal }, onEnd).catch(() => undefined);
  };
  worker.addEventListener('message', onMessage, { signal });
  return () => waiting.abort();
}
