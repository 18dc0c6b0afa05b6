import { cellOf, fate, readThrough } from '../../src/state/engine/file-reader';
import type { ReaderSetup, ReadRequest } from '../../src/state/engine/file-reader-api';
import { scatter, type BlockSource, type SyncSource } from '../../src/state/engine/source';

/** Bytes in memory whose reads fail, or return other bytes, when a test plans it. */
export class FaultySource implements SyncSource {
  readonly sizeBytes: number;
  /** Reads since `plan` was called last. */
  reads = 0;
  readonly #bytes: Uint8Array;
  #failing: (read: number) => boolean = () => false;
  #fail: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> = (bytes) => bytes;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#bytes.subarray(offset, offset + length));
    return this.#failing(++this.reads) ? this.#fail(bytes) : bytes;
  }

  /** From now on, the reads that `failing` selects (counted from 1) throw a DOMException of this name. */
  plan(failing: (read: number) => boolean, errorName = 'NotReadableError'): void {
    this.reads = 0;
    this.#failing = failing;
    this.#fail = () => {
      throw new DOMException('a planned fault', errorName);
    };
  }

  /** From now on, the reads that `failing` selects return what `change` makes of their bytes. */
  corrupt(
    failing: (read: number) => boolean,
    change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  ): void {
    this.reads = 0;
    this.#failing = failing;
    this.#fail = change;
  }

  heal(): void {
    this.#failing = () => false;
  }
}

/**
 * The same bytes through the protocol of the helper thread, which here answers within the call. Its reads are reads of the
 * source, too, and can fail.
 */
export function throughHelper(source: SyncSource): BlockSource {
  let setup: ReaderSetup | undefined;
  const answer = ({ channel, sequence, offset, length, slots }: ReadRequest): void => {
    if (!setup) throw new Error('a read before the set-up');
    const control = new Int32Array(setup.control);
    try {
      const bytes = source.read(offset, length);
      Atomics.store(control, cellOf(channel, 'fate'), fate.written);
      scatter(bytes, new Uint8Array(setup.arena), slots);
    } catch {
      Atomics.store(control, cellOf(channel, 'failed'), 1);
    }
    Atomics.store(control, cellOf(channel, 'done'), sequence);
  };
  const worker = {
    postMessage: (message: ReaderSetup | ReadRequest): void => {
      if ('file' in message) setup = message;
      else answer(message);
    },
  };
  const file = { size: source.sizeBytes } as File;
  return readThrough({ worker, ready: () => true }, file, source);
}
