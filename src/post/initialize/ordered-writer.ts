import type { Bytes } from '../../base/bytes';
import type { PostSink } from '../directory/sink';

/** A piece of a file that is being computed. */
export interface WriterPiece {
  readonly name: string;
  /** Bytes from the file's start. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** The file ends with it. */
  readonly isLast: boolean;
}

/** Small pieces are joined, so that a slow disk sees few writes. */
const joinBytes = 2 ** 20;

/**
 * Results come in any order; files must grow from their start, or a crash would leave holes. Pieces are
 * written in the order in which they were announced. A write that failed fails the next call.
 */
export class OrderedWriter {
  readonly #sink: PostSink;
  readonly #beforeFlush: () => Promise<void>;
  readonly #onFileComplete: ((name: string) => void) | undefined;
  readonly #queue: WriterPiece[] = [];
  readonly #finished = new Map<WriterPiece, Bytes>();
  #bytesAhead = 0;
  #joined: { readonly name: string; readonly offset: number; readonly parts: Bytes[] } | undefined;
  #joinedBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];

  /** @param beforeFlush saves what must be on disk before the labels it speaks of are */
  constructor(
    sink: PostSink,
    beforeFlush: () => Promise<void>,
    onFileComplete?: (name: string) => void,
  ) {
    this.#sink = sink;
    this.#beforeFlush = beforeFlush;
    this.#onFileComplete = onFileComplete;
  }

  /** Announces a piece, in the order of the files. */
  expect(piece: WriterPiece): void {
    this.#queue.push(piece);
    this.#bytesAhead += piece.sizeBytes;
  }

  /** Takes a piece's bytes, in any order. */
  accept(piece: WriterPiece, bytes: Bytes): void {
    this.#finished.set(piece, bytes);
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const ready = this.#finished.get(next);
      if (!ready) break;
      this.#queue.shift();
      this.#finished.delete(next);
      this.#join(next, ready);
    }
    this.#wake();
  }

  /** Waits until at most `bytes` are announced and not written. */
  async room(bytes: number, signal: AbortSignal): Promise<void> {
    while (this.#bytesAhead > bytes && !this.#failure) await this.#change(signal);
    this.#check();
  }

  /** Waits until nothing announced is missing. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#queue.length > 0) await this.#change(signal);
    this.#check();
  }

  /** Writes what is finished and in order, and makes it durable. */
  async flush(): Promise<void> {
    this.#writeJoined();
    await this.#writing;
    this.#check();
    await this.#beforeFlush();
    await this.#sink.flush();
  }

  #join({ name, offset, isLast }: WriterPiece, bytes: Bytes): void {
    this.#joined ??= { name, offset, parts: [] };
    this.#joined.parts.push(bytes);
    this.#joinedBytes += bytes.length;
    if (isLast || this.#joinedBytes >= joinBytes) this.#writeJoined();
    if (isLast) this.#then(() => this.#complete(name));
  }

  async #complete(name: string): Promise<void> {
    await this.#beforeFlush();
    await this.#sink.flush();
    this.#onFileComplete?.(name);
  }

  #writeJoined(): void {
    const joined = this.#joined;
    if (!joined) return;
    const bytes = new Uint8Array(this.#joinedBytes);
    let at = 0;
    for (const part of joined.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#joined = undefined;
    this.#joinedBytes = 0;
    this.#then(async () => {
      await this.#sink.write(joined.name, joined.offset, bytes);
      this.#bytesAhead -= bytes.length;
    });
  }

  /** Queues a step behind the writes before it; after a failure nothing more is written. */
  #then(step: () => Promise<void>): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#failure) return;
      try {
        await step();
      } catch (error) {
        this.#failure = { error };
      }
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // Finished pieces below the joining threshold would otherwise be waited for without result.
    this.#writeJoined();
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(() => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
    });
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
