/**
 * Where a read benchmark reads. A page cannot drop the operating system's cache, so each measurement reads
 * what none before it has read, and states when what it read may have come from memory.
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

/** Bytes `from` … `to` − 1 of the ring, counted from where the first reading began. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

const length = ({ from, to }: Stretch): number => to - from;

/** Keeps note, over the cells of a run, of what was read. Begins anywhere, since an earlier visit began anywhere too. */
export class ReadPlan {
  readonly totalBytes: number;
  readonly #memoryBytes: number;
  readonly #origin: number;
  #unread: readonly Stretch[];
  #starts: readonly number[] = [];
  /** All was read, and the reading goes round again. */
  #again = false;

  /** @param memoryBytes how much the machine may keep cached */
  constructor(files: readonly Blob[], memoryBytes: number, random: () => number = Math.random) {
    this.#memoryBytes = memoryBytes;
    this.totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    // Complete blocks of 1 MiB, as the scan reads.
    this.#origin = Math.floor((random() * this.totalBytes) / 2 ** 20) * 2 ** 20;
    this.#unread = [{ from: 0, to: this.totalBytes }];
  }

  /**
   * The starts of a number of streams, as positions in the files one after another: as far apart as
   * what is still unread allows, so that they meet neither each other nor what was read before.
   */
  next(streams = 1): number[] {
    if (this.#unread.length === 0) {
      this.#again = true;
      this.#unread = [{ from: 0, to: this.totalBytes }];
    }
    const shares = this.#unread.map((stretch) => ({ stretch, streams: 0 }));
    const room = ({ stretch, streams }: (typeof shares)[number]): number =>
      length(stretch) / (streams + 1);
    for (let i = 0; i < streams; i++) {
      const widest = shares.reduce((best, share) => (room(share) > room(best) ? share : best));
      widest.streams++;
    }
    this.#starts = shares.flatMap(({ stretch, streams }) =>
      Array.from({ length: streams }, (_, i) =>
        Math.floor(stretch.from + (i * length(stretch)) / streams),
      ),
    );
    return this.#starts.map((start) => (start + this.#origin) % Math.max(1, this.totalBytes));
  }

  /** Takes note of how much each stream read from its start; states what is doubtful about it. */
  advance(streamBytes: readonly number[]): string | undefined {
    let twice = this.#again;
    for (const [i, start] of this.#starts.entries()) {
      const bytes = streamBytes[i] ?? 0;
      const end = start + bytes;
      const fresh =
        this.#read({ from: start, to: Math.min(end, this.totalBytes) }) +
        this.#read({ from: 0, to: Math.min(Math.max(0, end - this.totalBytes), start) });
      if (fresh < bytes) twice = true;
    }
    if (twice)
      return 'Some of the data was read more than once, so part of it came from memory, not from the disk. Choose more data: a complete PoST folder, or a file of many gigabytes.';
    if (this.totalBytes < this.#memoryBytes)
      return 'The data is small enough to be in the computer’s memory if it was used lately: the disk itself may be slower. Choose a file larger than the memory, or one that was not used since the computer started.';
    return undefined;
  }

  /** Takes a stretch off what is unread; returns how much of it was. */
  #read(stretch: Stretch): number {
    let fresh = 0;
    this.#unread = this.#unread.flatMap((unread) => {
      const from = Math.max(unread.from, stretch.from);
      const to = Math.min(unread.to, stretch.to);
      if (to <= from) return [unread];
      fresh += to - from;
      return [
        { from: unread.from, to: from },
        { from: to, to: unread.to },
      ].filter((rest) => length(rest) > 0);
    });
    return fresh;
  }
}
