/**
 * The door of every worker. Comlink carries the calls; this file adds what it lacks: errors keep their
 * code and details, and a worker that dies rejects the calls it left unanswered.
 */
import * as Comlink from 'comlink';
import { WorkbenchError, type ErrorDetails } from '../protocol/error';

export type Remote<Api> = Comlink.Remote<Api>;
/** Marks a callback so that it can cross into a worker; release it by terminating the worker. */
export const proxy = Comlink.proxy;
/** Marks buffers that move with a value instead of being copied. */
export const transfer = Comlink.transfer;

interface WireError {
  readonly workbenchError: {
    readonly code: string;
    readonly message: string;
    readonly details: ErrorDetails;
  };
}

const isWireError = (value: unknown): value is WireError =>
  typeof value === 'object' && value !== null && 'workbenchError' in value;

/** Comlink's own codec keeps only name, message and stack of a thrown error (GoogleChromeLabs/comlink#594). */
function keepErrorCodes(): void {
  const plain = Comlink.transferHandlers.get('throw');
  if (!plain) throw new Error('comlink no longer has a "throw" transfer handler');
  Comlink.transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => plain.canHandle(value),
    serialize: (thrown: { value: unknown }) => {
      const { value } = thrown;
      if (!(value instanceof WorkbenchError)) return plain.serialize(thrown);
      const { code, message, details } = value;
      return [{ workbenchError: { code, message, details } } satisfies WireError, []];
    },
    deserialize: (wire: unknown) => {
      if (!isWireError(wire)) return plain.deserialize(wire);
      const { code, message, details } = wire.workbenchError;
      throw new WorkbenchError(code, message, details);
    },
  });
}
keepErrorCodes();

/** Called once by a worker: offers `api` to the page that started it. */
export const expose = (api: object): void => Comlink.expose(api);

/** True for the rejection of a call that its caller aborted. */
export const isAbort = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AbortError';

const diedCode = 'worker-died';

/** True for the rejection of a call whose worker ended by itself before the answer. */
export const isDeath = (error: unknown): boolean =>
  error instanceof WorkbenchError && error.code === diedCode;

/** A worker as its owner sees it: calls in, and an end. */
export class WorkerHandle<Api extends object> {
  readonly #worker: Worker;
  #api: Remote<Api> | undefined;
  readonly #pending = new Set<(error: Error) => void>();
  #dead: Error | undefined;

  constructor(spawn: () => Worker) {
    this.#worker = spawn();
    this.#api = Comlink.wrap<Api>(this.#worker);
    this.#worker.addEventListener('error', this.#onError);
  }

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.terminate(
      new WorkbenchError(
        diedCode,
        `A background worker stopped: ${event.message || 'it could not be loaded or ran out of memory'}. Try again; if it happens again, reload the page.`,
      ),
    );
  };

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Runs one call; rejects if the worker dies or is terminated before the answer. */
  call<R>(use: (api: Remote<Api>) => Promise<R>): Promise<R> {
    const api = this.#api;
    if (this.#dead || !api) return Promise.reject(this.#dead ?? new Error('the worker has ended'));
    return this.#untilDeath(use(api));
  }

  /** Apart from `call`, whose variables an unanswered call would hold. */
  #untilDeath<R>(answer: Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#pending.add(reject);
      answer.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  }

  /** Ends the worker at once, in the middle of whatever it does. Unanswered calls reject with `reason`. */
  terminate(reason: Error = new DOMException('The worker was stopped.', 'AbortError')): void {
    if (this.#dead) return;
    this.#dead = reason;
    this.#worker.terminate();
    // Comlink holds the worker until its proxy is collected: nothing that the worker leads to, this listener or an
    // unanswered call, may lead to the proxy.
    this.#worker.removeEventListener('error', this.#onError);
    this.#api = undefined;
    for (const reject of this.#pending) reject(reason);
    this.#pending.clear();
  }
}
