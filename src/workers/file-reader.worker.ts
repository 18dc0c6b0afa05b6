import { scatter } from '../state/engine/source';
import type { ReaderSetup, ReadRequest } from './file-reader';

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
      this.#leave();
      this.#stream = this.#file.slice(offset).stream().getReader({ mode: 'byob' });
      this.#position = offset;
    }
    const bytes = this.#buffer;
    let filled = 0;
    let buffer = bytes;
    while (filled < length) {
      const { value, done } = await this.#stream.read(
        new Uint8Array(buffer, filled, length - filled),
      );
      if (done) throw new Error('the file ended');
      buffer = value.buffer;
      filled += value.length;
    }
    this.#buffer = buffer;
    this.#position += length;
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
  if ('file' in data) {
    thread = new FileReaderThread(data);
    postMessage('ready');
    return;
  }
  last = last.then(() => thread?.perform(data));
});
