/** The blocks of a file in memory, read ahead of scans. */
import { type SyncSource, type BlockSource, type Ticket, MiB, blockBytes, scatter } from './source';

export interface CacheOptions {
  /** Bound of the bytes held. */
  readonly capacityBytes: number;
  /** Longest read. */
  readonly maxReadBytes?: number;
  /** Asked before every read of the file; throws to stop. */
  readonly beforeRead?: () => void;
}

const regionBlocks = MiB / blockBytes;

/** A scan of a b-tree skips the pages of its neighbours: a step ahead of this many blocks is still a scan … */
const nearBlocks = regionBlocks;

/** … and one of this many is a scan that goes on behind another table's pages, with a smaller window. */
const farBlocks = 64 * regionBlocks;

const trackedScans = 4;

/** Parallel reads in the background: more gain nothing, and each needs space in the arena. */
const readsAtOnce = 3;

/** A read costs as much as this many blocks more of the one before it. */
const worthReading = 4;

interface Scan {
  endBlock: number;
  windowBlocks: number;
}

interface Prefetch {
  readonly first: number;
  readonly slots: readonly number[];
  readonly ticket: Ticket;
}

/**
 * A bounded cache of a file's blocks. Reads grow from 128 KiB to 4 MiB while access goes forward; a second miss in the same
 * MiB fetches all of it; and who knows what will be asked for next has it read in the background (`ahead`). Blocks leave in
 * order of arrival, those that were looked at again later get a second round (CLOCK), so that a scan does not push out
 * the index pages.
 *
 * A read never takes a slot that it fills itself or that a read under way fills: the arena holds at least four
 * reads of the longest kind, and at most half of it is under way or waits to be looked at.
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
  /** 1: read ahead, and not used yet. */
  readonly #unseen: Uint8Array;
  #unseenCount = 0;
  #hand = 0;
  #fills = 0;
  readonly #scans: Scan[] = [];
  readonly #missesOfRegion = new Map<number, number>();
  #underWay: Prefetch[] = [];
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
    // A small file needs no more space than itself.
    const wanted = Math.min(Math.floor(capacityBytes / blockBytes), this.#fileBlocks);
    const slots = Math.max(4, wanted);
    this.#maxReadBlocks = Math.max(1, Math.min(Math.floor(maxReadBytes / blockBytes), slots >> 2));
    this.#arena = source.allocate(slots * blockBytes);
    this.#blockOfSlot = new Float64Array(slots).fill(-1);
    this.#hot = new Uint8Array(slots);
    this.#filledBy = new Uint32Array(slots);
    this.#busy = new Uint8Array(slots);
    this.#unseen = new Uint8Array(slots);
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

  /** A view of the file's bytes, good until the next call. The range must be inside the file. */
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

  /** Forgets every block, so that what comes next is read again. Waits for what is read in the background. */
  clear(): void {
    for (const read of [...this.#underWay]) this.#land(read);
    this.#slotOfBlock.clear();
    this.#blockOfSlot.fill(-1);
    this.#hot.fill(0);
    this.#unseen.fill(0);
    this.#unseenCount = 0;
    this.#missesOfRegion.clear();
    this.#scans.length = 0;
    this.#lastBlock = -1;
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
    if (this.#unseen[slot] === 1) this.#seeUntil(block);
    this.#lastBlock = block;
    this.#lastSlot = slot;
    return slot;
  }

  /** Whether there is a thread that reads in the background. */
  get readsAhead(): boolean {
    return this.#source.prefetch !== undefined;
  }

  /** Whether `ahead` may begin something now. */
  get hasRoomAhead(): boolean {
    return this.readsAhead && this.#underWay.length < readsAtOnce;
  }

  /** The bytes, good until the next call, if they are here; nothing is waited for. The range is in one block. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const block = Math.floor(offset / blockBytes);
    const coming = this.#readUnderWay(block);
    if (coming && this.#source.isDone?.(coming.ticket)) this.#land(coming);
    const slot = this.#slotOfBlock.get(block);
    if (slot === undefined) return undefined;
    const at = slot * blockBytes + (offset - block * blockBytes);
    return this.#arena.subarray(at, at + length);
  }

  /**
   * Begins to read in the background what will be asked for next: the blocks of these places in the file, in this order, from
   * the place number `from` on. The view that was given out last stays good.
   * @returns the number of the first place that is neither here nor on its way: where to go on later
   */
  ahead(places: readonly number[], from: number): number {
    let at = from;
    for (; at < places.length; at++) {
      const block = Math.floor((places[at] ?? 0) / blockBytes);
      if (!this.#isHeld(block) && !this.#beginRun(block, 0, worthReading, places, at + 1)) break;
    }
    return at;
  }

  /** The same for these places and what is around them. */
  aheadAround(places: readonly number[]): void {
    for (const [i, place] of places.entries()) {
      const block = Math.floor(place / blockBytes);
      if (this.#isHeld(block)) continue;
      // Up to what is held, if that is not far: a hole would be a read of its own.
      let first = block;
      while (first > Math.max(0, block - 2 * nearBlocks) && !this.#isHeld(first - 1)) first--;
      if (first > 0 && !this.#isHeld(first - 1)) first = Math.max(first, block - nearBlocks);
      if (!this.#beginRun(first, nearBlocks, 2 * nearBlocks, places, i)) return;
    }
  }

  /** A read from `first` on of the places from number `from` on that are close behind, and of `more` blocks. */
  #beginRun(
    first: number,
    more: number,
    closeBlocks: number,
    places: readonly number[],
    from: number,
  ): boolean {
    if (!this.hasRoomAhead) return false;
    let last = first;
    for (let i = from; i < places.length; i++) {
      const next = Math.floor((places[i] ?? 0) / blockBytes);
      if (next >= first && next <= last) continue;
      if (next < first || next > last + closeBlocks || next >= first + this.#maxReadBlocks) break;
      last = next;
    }
    const end = Math.min(last + 1 + more, first + this.#maxReadBlocks);
    return this.#begin(first, this.#freeUntil(first + 1, end));
  }

  #begin(first: number, end: number): boolean {
    const underWay = this.#underWay.reduce((sum, { slots }) => sum + slots.length, 0);
    if (underWay + this.#unseenCount + end - first > this.#hot.length >> 1) return false;
    const given = this.#lastSlot;
    const slots = this.#takeSlots(end - first, given);
    const length = Math.min(end * blockBytes, this.#source.sizeBytes) - first * blockBytes;
    const ticket = this.#source.prefetch?.(first * blockBytes, length, slots);
    if (!ticket) {
      for (const slot of slots) this.#busy[slot] = 0;
      return false;
    }
    this.#underWay.push({ first, slots, ticket });
    this.#count(length);
    return true;
  }

  /** A block was used: the scan has skipped those right before it. */
  #seeUntil(block: number): void {
    for (let i = block; ; i--) {
      const slot = this.#slotOfBlock.get(i);
      if (slot === undefined || this.#unseen[slot] === 0) return;
      this.#see(slot);
    }
  }

  #see(slot: number): void {
    this.#unseenCount -= this.#unseen[slot] ?? 0;
    this.#unseen[slot] = 0;
  }

  #isHeld(block: number): boolean {
    return this.#slotOfBlock.has(block) || this.#readUnderWay(block) !== undefined;
  }

  #readUnderWay(block: number): Prefetch | undefined {
    return this.#underWay.find(
      ({ first, slots }) => block >= first && block < first + slots.length,
    );
  }

  #fetch(block: number): number {
    this.#beforeRead?.();
    const coming = this.#readUnderWay(block);
    if (coming) {
      // What was begun before it and is here has been passed over: it must not hold its place for ever.
      for (const read of this.#underWay.slice(0, this.#underWay.indexOf(coming)))
        if (this.#source.isDone?.(read.ticket)) this.#land(read);
      this.#land(coming);
      const slot = this.#slotOfBlock.get(block);
      if (slot !== undefined) return slot;
    } else if (this.#underWay.length >= readsAtOnce) {
      const [oldest] = this.#underWay;
      if (oldest) this.#land(oldest);
    }
    const { first, end } = this.#plan(block);
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
    return slots[block - first] ?? 0;
  }

  /** The blocks to read for a miss, [first, end): contiguous, not held yet, with `block` among them. */
  #plan(block: number): { first: number; end: number } {
    const region = Math.floor(block / regionBlocks);
    const misses = (this.#missesOfRegion.get(region) ?? 0) + 1;
    this.#missesOfRegion.set(region, misses);
    const { scan, gap } = this.#followScan(block);
    let first = block;
    let end = block + scan.windowBlocks;
    // An inner page ahead of its leaves: these come next, and in one piece with it they cost less than on their own.
    if (gap <= nearBlocks && gap < scan.windowBlocks)
      while (first > block - gap && !this.#isHeld(first - 1)) first--;
    if (misses >= 2 && scan.windowBlocks < regionBlocks) {
      first = Math.max(region * regionBlocks, block + 1 - this.#maxReadBlocks);
      end = (region + 1) * regionBlocks;
      for (let i = block - 1; i >= first; i--) if (this.#isHeld(i)) first = i + 1;
    }
    end = this.#freeUntil(block + 1, Math.min(end, first + this.#maxReadBlocks));
    scan.endBlock = end;
    return { first, end };
  }

  /** The first held block from `from` on, or `end`, or the end of the file. */
  #freeUntil(from: number, end: number): number {
    const last = Math.min(end, this.#fileBlocks);
    for (let i = from; i < last; i++) if (this.#isHeld(i)) return i;
    return Math.max(from, last);
  }

  /** The scan that a miss at `block` belongs to, and how far ahead of it the miss is. */
  #followScan(block: number): { scan: Scan; gap: number } {
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
    const scan: Scan = { endBlock: block, windowBlocks };
    this.#scans.unshift(scan);
    this.#scans.length = Math.min(this.#scans.length, trackedScans);
    return { scan, gap: known ? block - known.endBlock : 0 };
  }

  /** Waits for a read in the background. If it failed, the same read will fail again, and then be reported. */
  #land(read: Prefetch): void {
    const { first, slots, ticket } = read;
    this.#underWay = this.#underWay.filter((other) => other !== read);
    const arrived = this.#source.settle?.(ticket) ?? false;
    for (const slot of slots) this.#busy[slot] = 0;
    if (!arrived) return;
    this.#fills++;
    this.#publish(first, slots);
    for (const slot of slots) this.#unseen[slot] = 1;
    this.#unseenCount += slots.length;
  }

  #publish(first: number, slots: readonly number[]): void {
    for (const [i, slot] of slots.entries()) {
      this.#slotOfBlock.set(first + i, slot);
      this.#blockOfSlot[slot] = first + i;
      this.#filledBy[slot] = this.#fills;
      this.#hot[slot] = 0;
    }
  }

  /** Empties slots for a read, but not `given`, and marks them so that nothing else takes them before it has landed. */
  #takeSlots(count: number, given = -1): number[] {
    const taken: number[] = [];
    while (taken.length < count) {
      const slot = this.#hand;
      this.#hand = (this.#hand + 1) % this.#hot.length;
      if (slot === given || this.#busy[slot] === 1) continue;
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
      this.#see(slot);
      this.#blockOfSlot[slot] = -1;
      this.#busy[slot] = 1;
      taken.push(slot);
    }
    if (given < 0) this.#lastBlock = -1;
    return taken;
  }

  #count(length: number): void {
    this.#readCount++;
    this.#readBytes += length;
  }
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
