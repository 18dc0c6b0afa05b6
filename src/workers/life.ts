/**
 * Notices that a worker has ended, however it did: `close()` in it, or the browser stopping it, sends no event to its owner.
 * The browser releases the locks of a worker with it, so each worker holds one that its owner waits for. It takes no call
 * before it holds it, so no call can be left without an answer. An insecure origin (plain HTTP to another computer) has no
 * locks: there the worker keeps one end of a channel, and the browser sends `close` to the other one. That event exists in
 * Chromium since 122; a browser without it reports only errors on such an origin.
 * https://html.spec.whatwg.org/multipage/web-messaging.html#event-close
 */

/** Sent by a worker: the name of the lock that it holds, or the owner's end of its channel. */
type LifeMessage = { readonly lifeLock: string } | { readonly lifePort: MessagePort };

const isLifeMessage = (data: unknown): data is LifeMessage =>
  typeof data === 'object' && data !== null && ('lifeLock' in data || 'lifePort' in data);

/** The worker's end of the channel: one that nothing refers to would be closed. */
let keptPort: MessagePort | undefined;

function showLifeByPort(): void {
  const { port1, port2 } = new MessageChannel();
  keptPort = port2;
  keptPort.start();
  postMessage({ lifePort: port1 } satisfies LifeMessage, { transfer: [port1] });
}

/** Called once by a worker. Resolves when its owner can see its end, or never could. */
export function showLife(): Promise<void> {
  if (!isSecureContext) {
    showLifeByPort();
    return Promise.resolve();
  }
  const lifeLock = `worker ${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      postMessage({ lifeLock } satisfies LifeMessage);
      resolve();
      return new Promise(() => undefined);
    };
    // Refused where the browser keeps nothing for the page.
    navigator.locks.request(lifeLock, hold).catch(() => {
      showLifeByPort();
      resolve();
    });
  });
}

/** Sees from outside whether a worker still runs. */
export class LifeWatch {
  #ended: Promise<void> = Promise.resolve();
  #port: MessagePort | undefined;

  /** @param onEnd called when a worker that took calls has ended */
  constructor(worker: Worker, onEnd: () => void) {
    const onMessage = ({ data }: MessageEvent<unknown>): void => {
      if (!isLifeMessage(data)) return;
      worker.removeEventListener('message', onMessage);
      if ('lifeLock' in data) this.#ended = navigator.locks.request(data.lifeLock, onEnd);
      else {
        this.#port = data.lifePort;
        this.#port.addEventListener('close', onEnd);
        this.#port.start();
      }
    };
    worker.addEventListener('message', onMessage);
  }

  /**
   * Resolves when the worker has ended: from then on it writes into no memory that it shares. After `terminate()` a browser
   * lets a worker finish what it is doing, for up to 2 s in Chromium. Resolves immediately for a worker that has taken no
   * call yet, and where there are no locks: no memory is shared there.
   */
  get ended(): Promise<void> {
    return this.#ended;
  }
}
