import { scatter } from '../../state/engine/source';
import { cellOf, fate, readerChannels } from '../../state/engine/file-reader';
import type { ReaderSetup, ReadRequest } from '../../state/engine/file-reader-api';
import { closeByteStream, openByteStream } from '../../base/byte-stream';

/** Reads one piece after the other into its own buffer, which is as long as the longest of them: at most 4 MiB. */
class Channel {
  readonly #file: File;
  #buffer = new ArrayBuffer(0);

  constructor(file: File) {
    this.#file = file;
  }

  /** @returns the bytes, good until the next read */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const stream = openByteStream(this.#file.slice(offset, offset + length));
    if (!stream) throw new Error('no byte streams here');
    let buffer = this.#buffer.byteLength < length ? new ArrayBuffer(length) : this.#buffer;
    // Should the stream fail, it has taken the buffer with it.
    this.#buffer = new ArrayBuffer(0);
    try {
      for (let filled = 0; filled < length;) {
        // In one read where the browser can: a chunk is 64 KiB to 2 MiB, and each costs a turn of the event loop.
        const { value, done } = await stream.read(new Uint8Array(buffer, filled, length - filled), {
          min: length - filled,
        });
        if (done) throw new Error('the file ended');
        buffer = value.buffer;
        filled += value.length;
      }
    } finally {
      void closeByteStream(stream);
    }
    this.#buffer = buffer;
    return new Uint8Array(buffer, 0, length);
  }
}

class FileReaderThread {
  readonly #arena: Uint8Array;
  readonly #control: Int32Array;
  readonly #channels: readonly Channel[];

  constructor({ file, arena, control }: ReaderSetup) {
    this.#arena = new Uint8Array(arena);
    this.#control = new Int32Array(control);
    this.#channels = Array.from({ length: readerChannels }, () => new Channel(file));
  }

  /** A channel is asked for its next read when this one is done. */
  async perform({ channel, sequence, offset, length, slots }: ReadRequest): Promise<void> {
    const control = this.#control;
    try {
      const bytes = await this.#channels[channel]?.read(offset, length);
      // The slots of a read that was given up hold something else by now.
      const now = Atomics.compareExchange(
        control,
        cellOf(channel, 'fate'),
        fate.open,
        fate.written,
      );
      if (now === fate.abandoned) return;
      if (bytes) scatter(bytes, this.#arena, slots);
    } catch {
      Atomics.store(control, cellOf(channel, 'failed'), 1);
    }
    Atomics.store(control, cellOf(channel, 'done'), sequence);
    Atomics.notify(control, cellOf(channel, 'done'));
  }
}

let thread: FileReaderThread | undefined;

addEventListener('message', ({ data }: MessageEvent<ReaderSetup | ReadRequest>) => {
  if ('file' in data) thread = new FileReaderThread(data);
  else void thread?.perform(data);
});
postMessage('ready');
