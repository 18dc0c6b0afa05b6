/**
 * The calls between a page and its workers. Comlink carries them; this file adds what it lacks: only an API's own methods
 * can be called, errors keep their code and details, and a worker that dies rejects the calls it left unanswered.
 */
import * as Comlink from 'comlink';
import { WorkbenchError, type ErrorDetails } from '../base/error';
import { LifeWatch, showLife } from './life';
import { guardScriptUrls } from './trusted-types';

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

/** A trap's message is the engine's own, as "memory access out of bounds". */
const explainTrap = (error: unknown): unknown =>
  error instanceof WebAssembly.RuntimeError
    ? new WorkbenchError(
        'kernel-stopped',
        `A WebAssembly kernel stopped with an error (${error.message}), and its result was discarded. Start again. If it happens again, report it.`,
        { trap: error.message },
      )
    : error;

/** Comlink's own codec keeps only name, message and stack of a thrown error (GoogleChromeLabs/comlink#594). */
function keepErrorCodes(): void {
  const plain = Comlink.transferHandlers.get('throw');
  if (!plain) throw new Error('comlink no longer has a "throw" transfer handler');
  Comlink.transferHandlers.set('throw', {
    canHandle: (value): value is { value: unknown } => plain.canHandle(value),
    serialize: (thrown: { value: unknown }) => {
      const value = explainTrap(thrown.value);
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

/**
 * Names of the methods of an object and of its classes. Comlink would follow any path, as `open.constructor`, which is
 * Function and turns text into code.
 */
function methodNames(api: object): ReadonlySet<string> {
  const names = new Set<string>();
  for (
    let object: object | null = api;
    object && object !== Object.prototype;
    object = Object.getPrototypeOf(object) as object | null
  )
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object)))
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
  return names;
}

/** A message of Comlink's protocol, as far as it is looked at before Comlink acts on it. */
interface CallMessage {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly path?: unknown;
  readonly argumentList?: unknown;
}

/** A plain value, or a callback: Comlink throws while it reads anything else. */
const isArgument = (value: unknown): boolean => {
  const { type, name } = (value ?? {}) as { type?: unknown; name?: unknown };
  return type === 'RAW' || (type === 'HANDLER' && name === 'proxy');
};

const isCall = ({ type, path = [], argumentList = [] }: CallMessage, depth: number): boolean =>
  type === 'APPLY' &&
  Array.isArray(path) &&
  path.length === depth &&
  Array.isArray(argumentList) &&
  argumentList.every(isArgument);

/** How Comlink releases what it wraps once the caller's proxy is collected. */
const isRelease = ({ type, path = [] }: CallMessage): boolean =>
  type === 'RELEASE' && Array.isArray(path) && path.length === 0;

/**
 * Lets through to Comlink the calls of `methods`, or with none the call of the object itself, which is then a callback.
 * Reading, setting, constructing and further endpoints are refused with an error.
 * @param ready calls wait for it, in their order
 */
function guard(
  endpoint: Comlink.Endpoint,
  methods?: ReadonlySet<string>,
  ready?: Promise<void>,
): Comlink.Endpoint {
  const isAllowed = (message: CallMessage): boolean =>
    isRelease(message) ||
    (methods
      ? isCall(message, 1) && methods.has((message.path as [string])[0])
      : isCall(message, 0));
  let pass: EventListener = () => undefined;
  const listener = (event: Event): void => {
    const message = ((event as MessageEvent<unknown>).data ?? {}) as CallMessage;
    if (isAllowed(message)) {
      if (ready) void ready.then(() => pass(event));
      else pass(event);
    } else if (typeof message.id === 'string')
      endpoint.postMessage({ id: message.id, type: 'HANDLER', name: 'throw', value: refusal });
  };
  return {
    addEventListener: (type, handler) => {
      pass = (event) => {
        if (typeof handler === 'function') handler(event);
        else handler.handleEvent(event);
      };
      endpoint.addEventListener(type, listener);
    },
    removeEventListener: (type) => {
      endpoint.removeEventListener(type, listener);
      if (endpoint instanceof MessagePort) endpoint.close();
    },
    postMessage: (message, transferables) => {
      endpoint.postMessage(message, transferables);
    },
    ...(endpoint.start && { start: () => endpoint.start?.() }),
  };
}

const refusal: WireError = {
  workbenchError: {
    code: 'call-refused',
    message: 'A background worker was asked for something that it does not offer. Report this.',
    details: {},
  },
};

/** A callback that crosses can be called, and nothing else. */
function guardCallbacks(): void {
  const plain = Comlink.transferHandlers.get('proxy');
  if (!plain) throw new Error('comlink no longer has a "proxy" transfer handler');
  Comlink.transferHandlers.set('proxy', {
    canHandle: (value): value is unknown => plain.canHandle(value),
    serialize: (callback: unknown) => {
      const { port1, port2 } = new MessageChannel();
      Comlink.expose(callback, guard(port1));
      return [port2, [port2]];
    },
    deserialize: (port: unknown) => plain.deserialize(port),
  });
}
guardCallbacks();

/** Called once by a worker: offers the methods of `api` to the page that started it. */
export function expose(api: object, endpoint?: Comlink.Endpoint): void {
  guardScriptUrls();
  const ready = endpoint ? undefined : showLife();
  Comlink.expose(api, guard(endpoint ?? (globalThis as never), methodNames(api), ready));
}

/** What this file needs of a thread: a browser's `Worker` is one, and so is a thread of Node behind the same methods. */
export type ThreadWorker = Pick<
  Worker,
  'addEventListener' | 'removeEventListener' | 'postMessage' | 'terminate'
>;

const diedCode = 'worker-died';
/** An error event and the end of its worker come by different ways, in no fixed order. */
const endGraceMs = 50;

/** True for the rejection of a call whose worker ended by itself before the answer. */
export const isDeath = (error: unknown): boolean =>
  error instanceof WorkbenchError && error.code === diedCode;

/** A worker as its owner sees it: calls in, and an end. */
export class WorkerHandle<Api extends object> {
  readonly #worker: ThreadWorker;
  readonly #life: LifeWatch;
  #api: Remote<Api> | undefined;
  readonly #pending = new Set<(error: Error) => void>();
  #dead: Error | undefined;

  constructor(spawn: () => ThreadWorker) {
    this.#worker = spawn();
    this.#api = Comlink.wrap<Api>(this.#worker);
    this.#worker.addEventListener('error', this.#onError);
    this.#life = new LifeWatch(this.#worker, this.#onEnd);
  }

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.#die(event.message || 'it could not be loaded or ran out of memory');
  };

  /** A script that cannot be loaded ends the worker too: its error event comes first, or soon. */
  readonly #onEnd = (): void => {
    setTimeout(() => this.#die('it ended without an error, or the browser stopped it'), endGraceMs);
  };

  #die(cause: string): void {
    this.terminate(
      new WorkbenchError(
        diedCode,
        `A background worker stopped: ${cause}. Try again; if it happens again, reload the page.`,
      ),
    );
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Resolves when a worker that was terminated, or died, no longer runs. */
  get ended(): Promise<void> {
    return this.#life.ended;
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

  /** Ends the worker immediately, in the middle of whatever it does. Unanswered calls reject with `reason`. */
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
