/**
 * Bytes of a file, read synchronously and in blocks: SQLite in WebAssembly cannot wait for a promise.
 * In a worker the reader is FileReaderSync, in tests fs.readSync.
 */
export interface SyncSource {
  readonly sizeBytes: number;
  /**
   * Exactly `length` bytes from `offset`, in an array that the caller may keep.
   * Throws what the platform throws: NotReadableError (changed), NotFoundError (gone).
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/** A file whose blocks are read into the places of one arena. */
export interface BlockSource {
  readonly sizeBytes: number;
  /** Memory for the blocks; asked for once. Shared where another thread fills it. */
  allocate(bytes: number): Uint8Array;
  /**
   * Reads the range, which begins at a block's start, and puts its blocks in these slots of the arena.
   * Throws as `SyncSource.read`.
   */
  fill(offset: number, length: number, slots: readonly number[]): void;
  /**
   * Begins the same in the background and returns immediately, if there is a thread for it. What is under way is not asked
   * for again before `settle`.
   */
  prefetch?(offset: number, length: number, slots: readonly number[]): Ticket | undefined;
  /** Whether waiting for it would take no time. */
  isDone?(ticket: Ticket): boolean;
  /** Waits for what was begun; false if it failed. */
  settle?(ticket: Ticket): boolean;
}

/** A read in the background: the channel that does it, and which of the channel's reads it is. */
export interface Ticket {
  readonly channel: number;
  readonly sequence: number;
}

const KiB = 1024;

export const MiB = 1024 * KiB;

/** A FileReaderSync call takes 0.6–0.75 ms up to 64 KiB and about 0.8 for 128: smaller blocks save nothing. */
export const blockBytes = 128 * KiB;

/** Puts bytes that were read in one piece into the slots of an arena. */
export function scatter(bytes: Uint8Array, arena: Uint8Array, slots: readonly number[]): void {
  for (const [i, slot] of slots.entries())
    arena.set(bytes.subarray(i * blockBytes, (i + 1) * blockBytes), slot * blockBytes);
}

/** A source over bytes in memory. */
export const memorySource = (bytes: Uint8Array): SyncSource => ({
  sizeBytes: bytes.length,
  read: (offset, length) => {
    if (offset + length > bytes.length) throw new RangeError('read past the end');
    // Not slice(): that of a Node Buffer is a view.
    return new Uint8Array(bytes.subarray(offset, offset + length));
  },
});
