import { scatter } from '../state/engine/source';
import type { ReaderSetup, ReadRequest } from '../state/engine/file-reader';

/** The longest read of the cache. */
const bufferBytes = 4 * 1024 * 1024;

class FileReaderThread {
  readonly #file: File;
  readonly #arena: Uint8Array;
  readonly #control: Int32Array;
  #buffer = new ArrayBuffer(bufferBytes);
  /** A stream that stands where the next read of a scan will begin. */
  #stream: ReadableStreamBYOBReader | undefined;
  #position = -1;
  /** Where the stream ends: after its first read, unless it belongs to a scan. */
  #endsAt = -1;

  constructor({ file, arena, control }: ReaderSetup) {
    this.#file = file;
    this.#arena = new Uint8Array(arena);
    this.#control = new Int32Array(control);
  }

  async perform({ offset, length, slots, sequence }: ReadRequest): Promise<void> {
    let failed = 0;
    try {
      scatter(await this.#read(offset, length), this.#arena, slots);
    } catch {
      failed = 1;
      this.#leave();
    }
    Atomics.store(this.#control, 1, failed);
    Atomics.store(this.#control, 0, sequence);
    Atomics.notify(this.#control, 0);
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (!this.#stream || this.#position !== offset) {
      // The second read in a row is a scan: only then is more asked of the file than is needed now.
      const goesOn = this.#position === offset;
      this.#leave();
      const part = this.#file.slice(offset, goesOn ? undefined : offset + length);
      this.#stream = part.stream().getReader({ mode: 'byob' });
      this.#position = offset;
      this.#endsAt = offset + (goesOn ? Infinity : length);
    }
    const bytes = this.#buffer;
    let filled = 0;
    let buffer = bytes;
    while (filled < length) {
      // Whole at once where the browser can: a chunk is 64 KiB to 2 MiB, and each costs a turn of the event loop.
      const { value, done } = await this.#stream.read(
        new Uint8Array(buffer, filled, length - filled),
        { min: length - filled },
      );
      if (done) throw new Error('the file ended');
      buffer = value.buffer;
      filled += value.length;
    }
    this.#buffer = buffer;
    this.#position += length;
    if (this.#position === this.#endsAt) this.#stream = undefined;
    return new Uint8Array(buffer, 0, length);
  }

  #leave(): void {
    this.#stream?.cancel().catch(() => undefined);
    this.#stream = undefined;
    this.#position = -1;
    if (this.#buffer.byteLength !== bufferBytes) this.#buffer = new ArrayBuffer(bufferBytes);
  }
}

let thread: FileReaderThread | undefined;
let last: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<ReaderSetup | ReadRequest>) => {
  if ('file' in data) thread = new FileReaderThread(data);
  else last = last.then(() => thread?.perform(data));
});
postMessage('ready');
