/** A thread of Node behind the methods of a browser's `Worker`, so that the pool and its calls (workers/) work over it. */
import { parentPort, Worker } from 'node:worker_threads';
import type { ThreadWorker } from '../../workers/rpc';

/** Scripts that the build puts beside the program (vite.cli.config.ts). */
export type ThreadScript = 'randomx-thread' | 'proving-thread';

/** Starts a script of this folder. It ends the process's wait only when it is terminated. */
export function startThread(script: ThreadScript): ThreadWorker {
  const worker = new Worker(new URL(`./${script}.js`, import.meta.url), { name: script });
  const events = new EventTarget();
  const fail = (message: string): void =>
    void events.dispatchEvent(Object.assign(new Event('error'), { message }));
  worker.on('message', (data: unknown) =>
    events.dispatchEvent(new MessageEvent('message', { data })),
  );
  worker.on('error', ({ message }) => fail(message));
  worker.on('exit', () => fail('it ended without an error'));
  return {
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    postMessage: worker.postMessage.bind(worker) as ThreadWorker['postMessage'],
    terminate: () => void worker.terminate(),
  };
}

type Listener = EventListenerOrEventListenerObject;

/** Where a thread's own script takes calls from (`expose`). */
export function threadEndpoint(): {
  addEventListener(type: string, listener: Listener): void;
  removeEventListener(type: string, listener: Listener): void;
  postMessage(message: unknown, transfer?: Transferable[]): void;
} {
  const events = new EventTarget();
  parentPort?.on('message', (data: unknown) =>
    events.dispatchEvent(new MessageEvent('message', { data })),
  );
  return {
    addEventListener: (type, listener) => events.addEventListener(type, listener),
    removeEventListener: (type, listener) => events.removeEventListener(type, listener),
    postMessage: (message, transfer = []) => parentPort?.postMessage(message, transfer as never),
  };
}
