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

/** Sees from outside whether a worker still runs. */
export class LifeWatch {
  #ended: Promise<void> = Promise.resolve();

  /** @param onEnd called when a worker that took calls has ended */
  constructor(worker: Pick<Worker, 'addEventListener' | 'removeEventListener'>, onEnd: () => void) {
    const onMessage = ({ data }: MessageEvent<unknown>): void => {
      if (!isLifeMessage(data)) return;
      worker.removeEventListener('message', onMessage);
      this.#ended = navigator.locks.request(data.lifeLock, onEnd);
    };
    worker.addEventListener('message', onMessage);
  }

  /**
   * Resolves when the worker has ended: from then on it writes into no memory that it shares. After `terminate()` a browser
   * lets a worker finish what it is doing, for up to 2 s in Chromium. Resolves immediately for a worker that has taken no
   * call yet, and on an insecure origin, where no memory is shared.
   */
  get ended(): Promise<void> {
    return this.#ended;
  }
}
