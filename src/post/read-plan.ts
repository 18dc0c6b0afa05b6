/**
 * Where a read benchmark reads. A page cannot drop the operating system's cache, so each measurement goes
 * on where the one before ended, and says when what it read may have come from memory.
 */

/** The files' bytes from a position on, the ones before it at the end: a window onto a ring. */
export function rotated(files: readonly Blob[], start: number): Blob[] {
  let before = 0;
  const head: Blob[] = [];
  const tail: Blob[] = [];
  for (const file of files) {
    const cut = Math.min(Math.max(0, start - before), file.size);
    if (cut < file.size) head.push(cut === 0 ? file : file.slice(cut));
    if (cut > 0) tail.push(cut === file.size ? file : file.slice(0, cut));
    before += file.size;
  }
  return [...head, ...tail];
}

/** Keeps the place over the cells of a run. Begins anywhere, since an earlier visit began anywhere too. */
export class ReadPlan {
  readonly totalBytes: number;
  readonly #files: readonly Blob[];
  readonly #memoryBytes: number;
  #position: number;
  #readBytes = 0;

  /** @param memoryBytes how much the machine may keep cached */
  constructor(files: readonly Blob[], memoryBytes: number, random: () => number = Math.random) {
    this.#files = files;
    this.#memoryBytes = memoryBytes;
    this.totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    // Whole blocks of 1 MiB, as the scan reads.
    this.#position = Math.floor((random() * this.totalBytes) / 2 ** 20) * 2 ** 20;
  }

  /** What to read next, from where the last reading ended. */
  next(): Blob[] {
    return rotated(this.#files, this.#position);
  }

  /** Takes note of what was read; says what is doubtful about it. */
  advance(bytes: number): string | undefined {
    this.#position = (this.#position + bytes) % Math.max(1, this.totalBytes);
    this.#readBytes += bytes;
    if (this.#readBytes > this.totalBytes)
      return 'Everything was read more than once, so part of it came from memory, not from the disk. Choose more data: a whole PoST folder, or a file of many gigabytes.';
    if (this.totalBytes < this.#memoryBytes)
      return 'The data is small enough to lie in the computer’s memory if it was used lately: the disk itself may be slower. Choose a file larger than the memory, or one that was not used since the computer started.';
    return undefined;
  }
}
