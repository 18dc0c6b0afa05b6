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
  /** Begins the same in the background, when there is one, and returns at once. Nothing else is asked before `settle`. */
  prefetch?(offset: number, length: number, slots: readonly number[]): boolean;
  /** Waits for what was begun; false if it failed. */
  settle?(): boolean;
}

export interface CacheOptions {
  /** Bound of the bytes held. */
  readonly capacityBytes: number;
  /** Longest read. */
  readonly maxReadBytes?: number;
  /** Asked before every read of the file; throws to stop. */
  readonly beforeRead?: () => void;
}

const KiB = 1024;
const MiB = 1024 * KiB;
/** A FileReaderSync call takes 0.6–0.75 ms up to 64 KiB and about 0.8 for 128: smaller blocks save nothing. */
const blockBytes = 128 * KiB;
const regionBlocks = MiB / blockBytes;
/** A scan of a b-tree skips the pages of its neighbours: a step ahead of this many blocks is still a scan … */
const nearBlocks = regionBlocks;
/** … and one of this many is a scan that goes on behind another table's pages, with a smaller window. */
const farBlocks = 64 * regionBlocks;
const trackedScans = 4;

interface Scan {
  endBlock: number;
  windowBlocks: number;
}

interface Prefetch {
  readonly first: number;
  readonly slots: readonly number[];
}

/**
 * A bounded cache of a file's blocks. Reads grow from 128 KiB to 4 MiB while access goes forward, and then the next
 * window is fetched in the background where the source can; a second miss in the same MiB fetches all of it. Blocks leave in
 * order of arrival, those that were looked at again later get a second round (CLOCK), so that a scan does not push out
 * the index pages.
 *
 * A read never takes a slot that it fills itself or that the running prefetch fills: the arena holds at least four
 * reads of the longest kind.
 */
export class BlockCache {
  readonly #source: BlockSource;
  readonly #arena: Uint8Array;
  readonly #maxReadBlocks: number;
  readonly #fileBlocks: number;
  readonly #beforeRead: (() => void) | undefined;
  readonly #slotOfBlock = new Map<number, number>();
  readonly #blockOfSlot: Float64Array;
  /** 1: looked at again after something else had been read. */
  readonly #hot: Uint8Array;
  /** Number of the read that filled a slot. */
  readonly #filledBy: Uint32Array;
  readonly #busy: Uint8Array;
  #hand = 0;
  #fills = 0;
  readonly #scans: Scan[] = [];
  readonly #missesOfRegion = new Map<number, number>();
  #prefetch: Prefetch | undefined;
  #lastBlock = -1;
  #lastSlot = -1;
  #readCount = 0;
  #readBytes = 0;

  constructor(
    source: BlockSource,
    { capacityBytes, maxReadBytes = 4 * MiB, beforeRead }: CacheOptions,
  ) {
    this.#source = source;
    this.#fileBlocks = Math.ceil(source.sizeBytes / blockBytes);
    // A small file needs no more room than itself.
    const wanted = Math.min(Math.floor(capacityBytes / blockBytes), this.#fileBlocks);
    const slots = Math.max(4, wanted);
    this.#maxReadBlocks = Math.max(1, Math.min(Math.floor(maxReadBytes / blockBytes), slots >> 2));
    this.#arena = source.allocate(slots * blockBytes);
    this.#blockOfSlot = new Float64Array(slots).fill(-1);
    this.#hot = new Uint8Array(slots);
    this.#filledBy = new Uint32Array(slots);
    this.#busy = new Uint8Array(slots);
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
    return {
      reads: this.#readCount,
      readBytes: this.#readBytes,
      heldBytes: this.#slotOfBlock.size * blockBytes,
    };
  }

  /** A view of the file's bytes, good until the next call. The range must lie inside the file. */
  view(offset: number, length: number): Uint8Array {
    const block = Math.floor(offset / blockBytes);
    const from = offset - block * blockBytes;
    if (from + length <= blockBytes) return this.#part(block, from, length);
    // Fetching the next block may push the one before out: copy as we go.
    const joined = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = offset + done;
      const next = Math.floor(at / blockBytes);
      const start = at - next * blockBytes;
      const part = this.#part(next, start, Math.min(blockBytes - start, length - done));
      joined.set(part, done);
      done += part.length;
    }
    return joined;
  }

  #part(block: number, from: number, length: number): Uint8Array {
    const at = this.#slot(block) * blockBytes + from;
    return this.#arena.subarray(at, at + length);
  }

  #slot(block: number): number {
    if (block === this.#lastBlock) return this.#lastSlot;
    let slot = this.#slotOfBlock.get(block);
    if (slot === undefined) {
      slot = this.#fetch(block);
    } else if (this.#filledBy[slot] !== this.#fills) {
      this.#hot[slot] = 1;
    }
    this.#lastBlock = block;
    this.#lastSlot = slot;
    return slot;
  }

  #fetch(block: number): number {
    this.#beforeRead?.();
    const pending = this.#prefetch;
    if (pending) {
      this.#land(pending);
      const slot = this.#slotOfBlock.get(block);
      if (slot !== undefined) {
        this.#lookAhead(this.#followScan(block, pending.first + pending.slots.length).scan);
        return slot;
      }
    }
    const { first, end, scan } = this.#plan(block);
    this.#fills++;
    const slots = this.#takeSlots(end - first);
    const length = Math.min(end * blockBytes, this.#source.sizeBytes) - first * blockBytes;
    try {
      this.#source.fill(first * blockBytes, length, slots);
    } finally {
      for (const slot of slots) this.#busy[slot] = 0;
    }
    this.#count(length);
    this.#publish(first, slots);
    this.#lookAhead(scan);
    return slots[block - first] ?? 0;
  }

  /** The blocks to read for a miss, [first, end): contiguous, not held yet, with `block` among them. */
  #plan(block: number): { first: number; end: number; scan: Scan } {
    const region = Math.floor(block / regionBlocks);
    const misses = (this.#missesOfRegion.get(region) ?? 0) + 1;
    this.#missesOfRegion.set(region, misses);
    const { scan, gap } = this.#followScan(block, block);
    let first = block;
    let end = block + scan.windowBlocks;
    // An inner page ahead of its leaves: these come next, and in one piece with it they cost less than on their own.
    if (gap <= nearBlocks && gap < scan.windowBlocks)
      while (first > block - gap && !this.#slotOfBlock.has(first - 1)) first--;
    if (misses >= 2 && scan.windowBlocks < regionBlocks) {
      first = Math.max(region * regionBlocks, block + 1 - this.#maxReadBlocks);
      end = (region + 1) * regionBlocks;
      for (let i = block - 1; i >= first; i--) if (this.#slotOfBlock.has(i)) first = i + 1;
    }
    end = this.#freeUntil(block + 1, Math.min(end, first + this.#maxReadBlocks));
    scan.endBlock = end;
    return { first, end, scan };
  }

  /** The first held block from `from` on, or `end`, or the end of the file. */
  #freeUntil(from: number, end: number): number {
    const last = Math.min(end, this.#fileBlocks);
    for (let i = from; i < last; i++) if (this.#slotOfBlock.has(i)) return i;
    return Math.max(from, last);
  }

  /** The scan that a miss at `block` belongs to, which has been read up to `endBlock`, and how far ahead of it the miss is. */
  #followScan(block: number, endBlock: number): { scan: Scan; gap: number } {
    const index = this.#scans.findIndex(
      (scan) => block >= scan.endBlock && block <= scan.endBlock + farBlocks,
    );
    const [known] = index < 0 ? [] : this.#scans.splice(index, 1);
    let windowBlocks = 1;
    if (known)
      windowBlocks =
        block <= known.endBlock + nearBlocks
          ? Math.min(known.windowBlocks * 2, this.#maxReadBlocks)
          : Math.max(1, Math.min(known.windowBlocks >> 1, regionBlocks));
    const scan: Scan = { endBlock, windowBlocks };
    this.#scans.unshift(scan);
    this.#scans.length = Math.min(this.#scans.length, trackedScans);
    return { scan, gap: known ? block - known.endBlock : 0 };
  }

  /**
   * Begins to read what a scan will want next, once its window is long: shorter runs end too often, and what was read in vain
   * is waited for.
   */
  #lookAhead(scan: Scan): void {
    if (!this.#source.prefetch || scan.windowBlocks < this.#maxReadBlocks >> 1) return;
    const first = scan.endBlock;
    if (first >= this.#fileBlocks || this.#slotOfBlock.has(first)) return;
    const end = this.#freeUntil(first + 1, first + scan.windowBlocks);
    const slots = this.#takeSlots(end - first);
    const length = Math.min(end * blockBytes, this.#source.sizeBytes) - first * blockBytes;
    if (this.#source.prefetch(first * blockBytes, length, slots)) {
      this.#prefetch = { first, slots };
      this.#count(length);
    } else {
      for (const slot of slots) this.#busy[slot] = 0;
    }
  }

  /** Waits for the prefetch. If it failed, the same read will fail again, and then be told. */
  #land({ first, slots }: Prefetch): void {
    this.#prefetch = undefined;
    const arrived = this.#source.settle?.() ?? false;
    for (const slot of slots) this.#busy[slot] = 0;
    if (!arrived) return;
    this.#fills++;
    this.#publish(first, slots);
  }

  #publish(first: number, slots: readonly number[]): void {
    for (const [i, slot] of slots.entries()) {
      this.#slotOfBlock.set(first + i, slot);
      this.#blockOfSlot[slot] = first + i;
      this.#filledBy[slot] = this.#fills;
      this.#hot[slot] = 0;
    }
  }

  /** Empties slots for a read, and marks them so that nothing else takes them before it has landed. */
  #takeSlots(count: number): number[] {
    const taken: number[] = [];
    while (taken.length < count) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#hot.length;
      if (this.#busy[slot] === 1) continue;
      if (this.#hot[slot] === 1) {
        this.#hot[slot] = 0;
        continue;
      }
      const block = this.#blockOfSlot[slot] ?? -1;
      if (block >= 0) {
        this.#slotOfBlock.delete(block);
        // A region that was pushed out starts small again: it may be wanted for one page only.
        this.#missesOfRegion.delete(Math.floor(block / regionBlocks));
      }
      this.#blockOfSlot[slot] = -1;
      this.#busy[slot] = 1;
      taken.push(slot);
    }
    this.#lastBlock = -1;
    return taken;
  }

  #count(length: number): void {
    this.#readCount++;
    this.#readBytes += length;
  }
}

/** Puts bytes that were read in one piece into the slots of an arena. */
export function scatter(bytes: Uint8Array, arena: Uint8Array, slots: readonly number[]): void {
  for (const [i, slot] of slots.entries())
    arena.set(bytes.subarray(i * blockBytes, (i + 1) * blockBytes), slot * blockBytes);
}

/** Blocks from a plain source: read, then copied. */
export function blocksOf(source: SyncSource): BlockSource {
  let arena = new Uint8Array();
  return {
    sizeBytes: source.sizeBytes,
    allocate: (bytes) => (arena = new Uint8Array(bytes)),
    fill: (offset, length, slots) => scatter(source.read(offset, length), arena, slots),
  };
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
