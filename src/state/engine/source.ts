/**
 * Bytes of a file, read synchronously and in blocks: SQLite in WebAssembly cannot wait for a promise.
 * In a worker the reader is FileReaderSync, in tests fs.readSync.
 */
export interface SyncSource {
  readonly sizeBytes: number;
  /**
   * Exactly `length` bytes from `offset`, in an array that the caller may keep and release.
   * Throws what the platform throws: NotReadableError (changed), NotFoundError (gone).
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** Called when the bytes of a read are not needed any more: frees them without waiting for the collector. */
  release?(bytes: Uint8Array<ArrayBuffer>): void;
}

export interface CacheOptions {
  /** Bound of the bytes held. */
  readonly capacityBytes: number;
  /** Longest read; at most a half of the capacity, so that a read cannot push itself out. */
  readonly maxReadBytes?: number;
  /** Asked before every read of the file; throws to stop. */
  readonly beforeRead?: () => void;
}

const KiB = 1024;
const MiB = 1024 * KiB;
/** A FileReaderSync call takes 0.6–0.75 ms up to 64 KiB and about 0.8 for 128: smaller blocks save nothing. */
const blockBytes = 128 * KiB;
const regionBlocks = MiB / blockBytes;
/** A scan of a b-tree skips the pages of its neighbours: a step ahead of this many blocks is still a scan. */
const scanGapBlocks = 8;
const trackedScans = 4;

interface Segment {
  readonly firstBlock: number;
  readonly blocks: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Looked at again after something else had been read: worth a second round. */
  hot: boolean;
}

interface Scan {
  endBlock: number;
  windowBlocks: number;
}

/**
 * A bounded cache of a file's blocks. Reads grow from 128 KiB to 4 MiB while access goes forward; a second
 * miss in the same MiB fetches all of it. What was read stays in its own buffer (a segment, never copied);
 * segments leave in order of arrival, those seen again later get a second round (CLOCK), so that a scan
 * does not push out the index pages.
 *
 * Memory: `capacityBytes`, plus nothing that outlives a read when the source can `release`.
 */
export class BlockCache {
  readonly #source: SyncSource;
  readonly #capacityBytes: number;
  readonly #maxReadBlocks: number;
  readonly #beforeRead: (() => void) | undefined;
  readonly #segmentOfBlock = new Map<number, Segment>();
  readonly #queue = new Set<Segment>();
  readonly #scans: Scan[] = [];
  readonly #missesOfRegion = new Map<number, number>();
  #heldBytes = 0;
  #latest: Segment | undefined;
  #readCount = 0;
  #readBytes = 0;

  constructor(
    source: SyncSource,
    { capacityBytes, maxReadBytes = 4 * MiB, beforeRead }: CacheOptions,
  ) {
    this.#source = source;
    this.#capacityBytes = Math.max(capacityBytes, 2 * blockBytes);
    this.#maxReadBlocks = Math.max(
      1,
      Math.floor(Math.min(maxReadBytes, this.#capacityBytes / 2) / blockBytes),
    );
    this.#beforeRead = beforeRead;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** What was asked of the file so far, and what is held now. */
  get statistics(): {
    readonly reads: number;
    readonly readBytes: number;
    readonly heldBytes: number;
  } {
    return { reads: this.#readCount, readBytes: this.#readBytes, heldBytes: this.#heldBytes };
  }

  /**
   * A view of the file's bytes, good until the next call. The range must lie inside the file.
   */
  view(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const block = Math.floor(offset / blockBytes);
    const segment = this.#segment(block);
    const start = offset - segment.firstBlock * blockBytes;
    if (start + length <= segment.bytes.length)
      return segment.bytes.subarray(start, start + length);
    // The rest lies in other segments, and fetching them may push this one out: copy as we go.
    const joined = new Uint8Array(length);
    let done = segment.bytes.length - start;
    joined.set(segment.bytes.subarray(start));
    while (done < length) {
      const next = this.#segment(Math.floor((offset + done) / blockBytes));
      const from = offset + done - next.firstBlock * blockBytes;
      const part = next.bytes.subarray(from, from + length - done);
      joined.set(part, done);
      done += part.length;
    }
    return joined;
  }

  /** Drops everything; what comes next is read anew. */
  clear(): void {
    for (const segment of this.#queue) this.#evict(segment);
    this.#latest = undefined;
    this.#scans.length = 0;
    this.#missesOfRegion.clear();
  }

  #segment(block: number): Segment {
    const latest = this.#latest;
    if (latest && block >= latest.firstBlock && block < latest.firstBlock + latest.blocks)
      return latest;
    const held = this.#segmentOfBlock.get(block);
    if (held) {
      held.hot = true;
      return held;
    }
    return this.#fetch(block);
  }

  #fetch(block: number): Segment {
    this.#beforeRead?.();
    const [first, end] = this.#plan(block);
    const offset = first * blockBytes;
    const length = Math.min(end * blockBytes, this.#source.sizeBytes) - offset;
    this.#makeRoom(length);
    const bytes = this.#source.read(offset, length);
    this.#readCount++;
    this.#readBytes += length;
    const segment: Segment = { firstBlock: first, blocks: end - first, bytes, hot: false };
    for (let i = first; i < end; i++) this.#segmentOfBlock.set(i, segment);
    this.#queue.add(segment);
    this.#heldBytes += length;
    this.#latest = segment;
    return segment;
  }

  /** The blocks to read for a miss, [first, end): contiguous, not held yet, with `block` among them. */
  #plan(block: number): [number, number] {
    const lastBlock = Math.ceil(this.#source.sizeBytes / blockBytes);
    const region = Math.floor(block / regionBlocks);
    const misses = (this.#missesOfRegion.get(region) ?? 0) + 1;
    this.#missesOfRegion.set(region, misses);
    const scan = this.#followScan(block);
    let first = block;
    let end = block + scan.windowBlocks;
    if (misses >= 2 && scan.windowBlocks < regionBlocks) {
      first = region * regionBlocks;
      end = first + regionBlocks;
      while (first < block && this.#anyHeld(first, block)) first++;
    }
    end = Math.min(end, first + this.#maxReadBlocks, lastBlock);
    if (end <= block) [first, end] = [block, block + 1];
    for (let i = block + 1; i < end; i++) if (this.#segmentOfBlock.has(i)) end = i;
    scan.endBlock = end;
    return [first, end];
  }

  #anyHeld(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.#segmentOfBlock.has(i)) return true;
    return false;
  }

  #followScan(block: number): Scan {
    const index = this.#scans.findIndex(
      ({ endBlock }) => block >= endBlock && block <= endBlock + scanGapBlocks,
    );
    const [known] = index < 0 ? [] : this.#scans.splice(index, 1);
    const scan: Scan = known
      ? { endBlock: block, windowBlocks: Math.min(known.windowBlocks * 2, this.#maxReadBlocks) }
      : { endBlock: block, windowBlocks: 1 };
    this.#scans.unshift(scan);
    this.#scans.length = Math.min(this.#scans.length, trackedScans);
    return scan;
  }

  /** Runs before the read, so that nothing of it can be chosen. */
  #makeRoom(bytes: number): void {
    for (const segment of this.#queue) {
      if (this.#heldBytes + bytes <= this.#capacityBytes) return;
      if (segment.hot) {
        segment.hot = false;
        this.#queue.delete(segment);
        this.#queue.add(segment);
      } else {
        this.#evict(segment);
      }
    }
  }

  #evict(segment: Segment): void {
    this.#queue.delete(segment);
    for (let i = 0; i < segment.blocks; i++) this.#segmentOfBlock.delete(segment.firstBlock + i);
    this.#heldBytes -= segment.bytes.length;
    if (this.#latest === segment) this.#latest = undefined;
    // A region that was pushed out starts small again: it may be wanted for one page only.
    this.#missesOfRegion.delete(Math.floor(segment.firstBlock / regionBlocks));
    this.#source.release?.(segment.bytes);
  }
}

const join = (offset: number, length: number): string => `${length} bytes at ${offset}`;

/** A source over bytes in memory: the samples and the tests. */
export const memorySource = (bytes: Uint8Array): SyncSource => ({
  sizeBytes: bytes.length,
  read: (offset, length) => {
    if (offset + length > bytes.length)
      throw new RangeError(`read past the end: ${join(offset, length)}`);
    // Not slice(): that of a Node Buffer is a view.
    return new Uint8Array(bytes.subarray(offset, offset + length));
  },
});
