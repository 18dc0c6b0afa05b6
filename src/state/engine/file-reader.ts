/**
 * A file that a helper thread reads into shared memory while SQLite computes: streams are about twice as fast as
 * FileReaderSync and use one buffer over and over, where FileReaderSync leaves each read to the collector (hundreds of MiB
 * in a scan). Short reads, and all of them until the helper has started, go through FileReaderSync.
 */
import { scatter, type BlockSource, type SyncSource } from './source';

/** One read: bytes [offset, offset + length) into these slots; `sequence` is stored when it is done. */
export interface ReadRequest {
  readonly offset: number;
  readonly length: number;
  readonly slots: readonly number[];
  readonly sequence: number;
}

export interface ReaderSetup {
  readonly file: File;
  readonly arena: SharedArrayBuffer;
  /** [0]: sequence of the last read that ended; [1]: 1 if it failed. */
  readonly control: SharedArrayBuffer;
}

/** Below this a stream does not pay for its start. */
const shortestStreamBytes = 256 * 1024;

/** A helper thread that waits for its file. */
export interface ReaderThread {
  readonly worker: Worker;
  /** It has loaded: before that, what is asked of it would wait for the event loop that it is to spare. */
  readonly ready: () => boolean;
}

export function startReaderThread(): ReaderThread {
  const worker = new Worker(new URL('../../workers/file-reader.worker.ts', import.meta.url), {
    type: 'module',
    name: 'file-reader',
  });
  let ready = false;
  worker.onmessage = () => (ready = true);
  worker.onerror = (event) => event.preventDefault();
  return { worker, ready: () => ready };
}

/** @param direct reads the same file without the helper */
export function readThrough(helper: ReaderThread, file: File, direct: SyncSource): BlockSource {
  const control = new Int32Array(new SharedArrayBuffer(8));
  let arena = new Uint8Array(new SharedArrayBuffer(0));
  let sequence = 0;

  const post = (offset: number, length: number, slots: readonly number[]): void => {
    helper.worker.postMessage({
      offset,
      length,
      slots,
      sequence: ++sequence,
    } satisfies ReadRequest);
  };
  const settle = (): boolean => {
    for (;;) {
      const done = Atomics.load(control, 0);
      if (done === sequence) return Atomics.load(control, 1) === 0;
      Atomics.wait(control, 0, done);
    }
  };
  return {
    sizeBytes: file.size,
    allocate: (bytes) => {
      const shared = new SharedArrayBuffer(bytes);
      arena = new Uint8Array(shared);
      helper.worker.postMessage({
        file,
        arena: shared,
        control: control.buffer,
      } satisfies ReaderSetup);
      return arena;
    },
    fill: (offset, length, slots) => {
      if (helper.ready() && length >= shortestStreamBytes) {
        post(offset, length, slots);
        if (settle()) return;
        // FileReaderSync says what is wrong with the file.
      }
      scatter(direct.read(offset, length), arena, slots);
    },
    prefetch: (offset, length, slots) => {
      if (!helper.ready()) return false;
      post(offset, length, slots);
      return true;
    },
    settle,
  };
}
