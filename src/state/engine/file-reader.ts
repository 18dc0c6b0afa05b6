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

export function startFileReader(file: File, direct: SyncSource): BlockSource {
  const control = new Int32Array(new SharedArrayBuffer(8));
  let arena = new Uint8Array(new SharedArrayBuffer(0));
  let helper: Worker | undefined;
  let ready = false;
  let sequence = 0;

  const post = (offset: number, length: number, slots: readonly number[]): void => {
    helper?.postMessage({ offset, length, slots, sequence: ++sequence } satisfies ReadRequest);
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
      if (file.size >= shortestStreamBytes) {
        helper = new Worker(new URL('../../workers/file-reader.worker.ts', import.meta.url), {
          type: 'module',
          name: 'file-reader',
        });
        helper.onmessage = () => (ready = true);
        helper.onerror = (event) => event.preventDefault();
        helper.postMessage({ file, arena: shared, control: control.buffer } satisfies ReaderSetup);
      }
      return arena;
    },
    fill: (offset, length, slots) => {
      if (ready && length >= shortestStreamBytes) {
        post(offset, length, slots);
        if (settle()) return;
        // FileReaderSync says what is wrong with the file.
      }
      scatter(direct.read(offset, length), arena, slots);
    },
    prefetch: (offset, length, slots) => {
      if (!ready) return false;
      post(offset, length, slots);
      return true;
    },
    settle,
  };
}
