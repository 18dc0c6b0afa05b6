/**
 * A file that a helper thread reads into shared memory while SQLite computes: streams are about twice as fast as
 * FileReaderSync, several in parallel faster still, and they reuse their buffers, where FileReaderSync leaves each
 * read to the collector (hundreds of MiB in a scan). Short reads, and all of them until the helper has started, go through
 * FileReaderSync.
 */
import type { ReaderSetup, ReadRequest } from './file-reader-api';
import { spawnFileReader } from '../../workers/file-reader/spawn';
import { scatter, type BlockSource, type SyncSource, type Ticket } from './source';

/** What the two threads exchange about a channel, which has one read at a time. */
export const channelCell = {
  /** Sequence of its last read that ended. */
  done: 0,
  /** 1 for ever once a read has failed. */
  failed: 1,
  /** Of the running read: 0, then `written` when its bytes go into the arena, or `abandoned` when no call waits any more. */
  fate: 2,
} as const;
export const fate = { open: 0, written: 1, abandoned: 2 } as const;
export const cellOf = (channel: number, cell: keyof typeof channelCell): number =>
  channel * Object.keys(channelCell).length + channelCell[cell];

/** Parallel reads, each from a stream of its own: three of some MiB are faster than one stream over all of it. */
export const readerChannels = 3;
/** Below this a stream does not pay for its start. */
const shortestStreamBytes = 256 * 1024;

/** A disk that has to start takes this long, a thread or stream that is stuck for ever. */
const patienceMs = 15_000;

/** A helper thread that waits for its file. */
export interface ReaderThread {
  readonly worker: Pick<Worker, 'postMessage'>;
  /** It has loaded: before that, what is asked of it would wait for the event loop that it is to spare. */
  readonly ready: () => boolean;
}

export function startReaderThread(): ReaderThread {
  const worker = spawnFileReader();
  let ready = false;
  worker.onmessage = () => (ready = true);
  worker.onerror = (event) => event.preventDefault();
  return { worker, ready: () => ready };
}

/** @param direct reads the same file without the helper */
export function readThrough(
  helper: ReaderThread,
  file: File,
  direct: SyncSource,
  patience = patienceMs,
): BlockSource {
  const control = new Int32Array(new SharedArrayBuffer(4 * cellOf(readerChannels, 'done')));
  /** The last read that was given to each channel. */
  const given = new Int32Array(readerChannels);
  let arena = new Uint8Array(new SharedArrayBuffer(0));

  const done = (channel: number): number => Atomics.load(control, cellOf(channel, 'done'));
  const hasFailed = (channel: number): boolean =>
    Atomics.load(control, cellOf(channel, 'failed')) !== 0;
  const begin = (offset: number, length: number, slots: readonly number[]): Ticket | undefined => {
    if (!helper.ready()) return undefined;
    const channel = given.findIndex((sequence, i) => done(i) === sequence);
    // None is idle, or the file has changed: from now on it is FileReaderSync that states so.
    if (channel < 0 || hasFailed(channel)) return undefined;
    const ticket = { channel, sequence: (given[channel] ?? 0) + 1 };
    given[channel] = ticket.sequence;
    Atomics.store(control, cellOf(channel, 'fate'), fate.open);
    helper.worker.postMessage({ ...ticket, offset, length, slots } satisfies ReadRequest);
    return ticket;
  };
  /** A read that never ends must not hold SQLite: it is given up, and its channel with it. */
  const settle = ({ channel, sequence }: Ticket): boolean => {
    for (;;) {
      const last = done(channel);
      // The channel may have done more reads since.
      if (last >= sequence) return !hasFailed(channel);
      if (Atomics.wait(control, cellOf(channel, 'done'), last, patience) !== 'timed-out') continue;
      const cell = cellOf(channel, 'fate');
      if (Atomics.compareExchange(control, cell, fate.open, fate.abandoned) !== fate.written)
        return false;
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
      // Also what failed: FileReaderSync states what is wrong with the file.
      scatter(direct.read(offset, length), arena, slots);
    },
    prefetch: begin,
    isDone: ({ channel, sequence }) => done(channel) >= sequence,
    settle,
  };
}
