import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BlockCache,
  blocksOf,
  memorySource,
  type BlockSource,
} from '../../../src/state/engine/source';

const KiB = 1024;
const MiB = 1024 * KiB;

/** A byte that its place determines. */
const byteAt = (offset: number): number => (Math.imul(offset, 0x9e3779b1) >>> 24) ^ (offset & 0xff);

const patterned = (sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => byteAt(i));

/** Remembers what was asked; fills slots late when told to prefetch, as another thread does. */
function recordingSource(
  bytes: Uint8Array,
  background = false,
): BlockSource & { reads: [number, number][] } {
  const reads: [number, number][] = [];
  const inner = blocksOf(memorySource(bytes));
  let pending: (() => void) | undefined;
  return {
    reads,
    sizeBytes: bytes.length,
    allocate: (size) => inner.allocate(size),
    fill: (offset, length, slots) => {
      expect(pending).toBeUndefined();
      reads.push([offset, length]);
      inner.fill(offset, length, slots);
    },
    ...(background && {
      prefetch: (offset: number, length: number, slots: readonly number[]) => {
        expect(pending).toBeUndefined();
        reads.push([offset, length]);
        pending = () => inner.fill(offset, length, slots);
        return true;
      },
      settle: () => {
        pending?.();
        pending = undefined;
        return true;
      },
    }),
  };
}

describe('BlockCache', () => {
  const file = patterned(9 * MiB + 12_345);

  test('serves the right bytes for any order of reads, however small the cache', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 1, max: 64 }),
        fc.boolean(),
        fc.array(
          fc.record({
            at: fc.nat(file.length - 1),
            length: fc.integer({ min: 1, max: 300 * KiB }),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        (capacityBlocks, maxReadBlocks, background, accesses) => {
          const cache = new BlockCache(recordingSource(file, background), {
            capacityBytes: capacityBlocks * 128 * KiB,
            maxReadBytes: maxReadBlocks * 128 * KiB,
          });
          for (const { at, length } of accesses) {
            const wanted = Math.min(length, file.length - at);
            const view = cache.view(at, wanted);
            expect(Buffer.compare(view, file.subarray(at, at + wanted))).toBe(0);
            expect(cache.statistics.heldBytes).toBeLessThanOrEqual(capacityBlocks * 128 * KiB);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([false, true])(
    'a read pushes out the old, never itself (prefetch: %s)',
    (background) => {
      // The smallest cache with the longest read-ahead: each read replaces much of what was there.
      const source = recordingSource(file, background);
      const cache = new BlockCache(source, { capacityBytes: 256 * KiB, maxReadBytes: 64 * MiB });
      for (let at = 0; at + 4096 <= file.length; at += 4096)
        expect(Buffer.compare(cache.view(at, 4096), file.subarray(at, at + 4096))).toBe(0);
      // A range across two blocks is copied before the second one is fetched.
      for (const at of [128 * KiB - 100, 4 * MiB - 1, 256 * KiB - 4095, 9 * MiB - 5])
        expect(Buffer.compare(cache.view(at, 4096), file.subarray(at, at + 4096))).toBe(0);
    },
  );

  test('reads double while access goes forward, up to 4 MiB', () => {
    const source = recordingSource(new Uint8Array(20 * MiB));
    const cache = new BlockCache(source, { capacityBytes: 16 * MiB });
    for (let at = 0; at < source.sizeBytes; at += 4096) cache.view(at, 4096);
    // The second read is the rest of the first MiB.
    const lengths = source.reads.map(([, length]) => length / (128 * KiB));
    expect(lengths.slice(0, 6)).toEqual([1, 7, 4, 8, 16, 32]);
    expect(Math.max(...lengths)).toBe(32);
    expect(source.reads.reduce((sum, [, length]) => sum + length, 0)).toBe(source.sizeBytes);
  });

  test('the window after the one that is looked at is read in the background', () => {
    const source = recordingSource(new Uint8Array(40 * MiB), true);
    const cache = new BlockCache(source, { capacityBytes: 32 * MiB });
    for (let at = 0; at < 20 * MiB; at += 4096) cache.view(at, 4096);
    const readUntil = Math.max(...source.reads.map(([offset, length]) => offset + length));
    expect(readUntil).toBeGreaterThan(23 * MiB);
    for (let at = 20 * MiB; at < source.sizeBytes; at += 4096) cache.view(at, 4096);
    expect(source.reads.reduce((sum, [, length]) => sum + length, 0)).toBe(source.sizeBytes);
  });

  test('the second miss in a MiB fetches the rest of it', () => {
    const source = recordingSource(new Uint8Array(4 * MiB));
    const cache = new BlockCache(source, { capacityBytes: 4 * MiB });
    cache.view(MiB + 600 * KiB, 10);
    cache.view(MiB + 10, 10);
    cache.view(MiB + 300 * KiB, 10);
    expect(source.reads).toEqual([
      [MiB + 512 * KiB, 128 * KiB],
      [MiB, 512 * KiB],
    ]);
  });

  test('a scan does not push out what is looked at again and again', () => {
    const source = recordingSource(new Uint8Array(64 * MiB));
    const cache = new BlockCache(source, { capacityBytes: 12 * MiB });
    const index = 63 * MiB;
    cache.view(index, 4096);
    for (let at = 0; at < 60 * MiB; at += 4096) {
      cache.view(at, 4096);
      if (at % MiB === 0) cache.view(index, 4096);
    }
    const indexReads = source.reads.filter(([offset]) => offset >= 62 * MiB);
    expect(indexReads.length).toBe(1);
  });

  test('a cancel stops before the file is read', () => {
    const source = recordingSource(file);
    const stop = new Error('stop');
    const cache = new BlockCache(source, {
      capacityBytes: MiB,
      beforeRead: () => {
        throw stop;
      },
    });
    expect(() => cache.view(0, 1)).toThrow(stop);
    expect(source.reads).toEqual([]);
  });
});
