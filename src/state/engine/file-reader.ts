/**
 * A file that a helper thread reads into shared memory while SQLite computes: streams are about twice as fast as
 * FileReaderSync, several at once faster still, and they use their buffers over and over, where FileReaderSync leaves each
 * read to the collector (hundreds of MiB in a scan). Short reads, and all of them until the helper has started, go through
 * FileReaderSync.
 */
import { scatter, type BlockSource, type SyncSource, type Ticket } from './source';

/** One read: bytes [offset, offset + length) into these slots; `sequence` is stored when it is done. */
export interface ReadRequest extends Ticket {
  readonly offset: number;
  readonly length: number;
  readonly slots: readonly number[];
}

export interface ReaderSetup {
  readonly file: File;
  readonly arena: SharedArrayBuffer;
  /** Two numbers a lane: the sequence of its last read that ended, and that of its first read that failed, or 0. */
  readonly control: SharedArrayBuffer;
}

/** Reads at once, each from a stream of its own: three of some MiB are faster than one stream over all of it. */
export const readerLanes = 3;
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
  const control = new Int32Array(new SharedArrayBuffer(8 * readerLanes));
  /** The last read that was given to each lane. */
  const given = new Int32Array(readerLanes);
  let arena = new Uint8Array(new SharedArrayBuffer(0));

  const done = (lane: number): number => Atomics.load(control, 2 * lane);
  const hasFailed = ({ lane, sequence }: Ticket): boolean => {
    const failed = Atomics.load(control, 2 * lane + 1);
    return failed !== 0 && sequence >= failed;
  };
  const begin = (offset: number, length: number, slots: readonly number[]): Ticket | undefined => {
    if (!helper.ready()) return undefined;
    const lane = given.findIndex((sequence, i) => done(i) === sequence);
    const sequence = (given[lane] ?? 0) + 1;
    const ticket = { lane, sequence };
    // None is idle, or the file has changed: from now on it is FileReaderSync that says so.
    if (lane < 0 || hasFailed(ticket)) return undefined;
    given[lane] = sequence;
    helper.worker.postMessage({ ...ticket, offset, length, slots } satisfies ReadRequest);
    return ticket;
  };
  const settle = (ticket: Ticket): boolean => {
    for (;;) {
      const last = done(ticket.lane);
      if (last >= ticket.sequence) return !hasFailed(ticket);
      Atomics.wait(control, 2 * ticket.lane, last);
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
      const ticket = length >= shortestStreamBytes ? begin(offset, length, slots) : undefined;
      if (ticket && settle(ticket)) return;
      // Also what failed: FileReaderSync says what is wrong with the file.
      scatter(direct.read(offset, length), arena, slots);
    },
    prefetch: begin,
    isDone: ({ lane, sequence }) => done(lane) >= sequence,
    settle,
  };
}
