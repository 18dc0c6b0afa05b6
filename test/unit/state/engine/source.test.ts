import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockCache } from '../../../../src/state/engine/block-cache';
import { memorySource } from '../../../../src/state/engine/source';
import { recorded, type RecordingSource } from '../../../support/recorded-blocks';

const KiB = 1024;
const MiB = 1024 * KiB;

/** A byte that its place determines. */
const byteAt = (offset: number): number => (Math.imul(offset, 0x9e3779b1) >>> 24) ^ (offset & 0xff);

const patterned = (sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => byteAt(i));

/** Remembers what was asked. */
const recordingSource = (bytes: Uint8Array, background = false): RecordingSource =>
  recorded(memorySource(bytes), background);

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
            ahead: fc.array(fc.nat(file.length - 1), { maxLength: 12 }),
            isAround: fc.boolean(),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        (capacityBlocks, maxReadBlocks, background, accesses) => {
          const cache = new BlockCache(recordingSource(file, background), {
            capacityBytes: capacityBlocks * 128 * KiB,
            maxReadBytes: maxReadBlocks * 128 * KiB,
          });
          for (const { at, length, ahead, isAround } of accesses) {
            const wanted = Math.min(length, file.length - at);
            const view = cache.view(at, wanted);
            // What is begun meanwhile leaves the view as it is.
            if (isAround) cache.aheadAround(ahead);
            else expect(cache.ahead(ahead, 0)).toBeLessThanOrEqual(ahead.length);
            const [place = at] = ahead as readonly (number | undefined)[];
            const peeked = cache.peek(place, 1);
            if (peeked) expect(peeked[0]).toBe(byteAt(place));
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

  test('what is announced is read in the background, in few reads, and once', () => {
    const source = recordingSource(patterned(30 * MiB), true);
    const cache = new BlockCache(source, { capacityBytes: 32 * MiB });
    const places = Array.from({ length: 100 }, (_, i) => i * 300 * KiB);
    let at = 0;
    for (const place of places) {
      at = cache.ahead(places, at);
      expect(at).toBeGreaterThan(places.indexOf(place));
      expect(cache.view(place, 4096)[0]).toBe(byteAt(place));
    }
    expect(source.reads.length).toBeLessThan(12);
    const total = source.reads.reduce((sum, [, length]) => sum + length, 0);
    expect(total).toBeLessThanOrEqual(30 * MiB);
  });

  test('around a place is read what is near, without a hole to what is here', () => {
    const source = recordingSource(new Uint8Array(40 * MiB), true);
    const cache = new BlockCache(source, { capacityBytes: 32 * MiB });
    cache.view(10 * MiB, 1);
    cache.aheadAround([11 * MiB + 512 * KiB, 30 * MiB]);
    expect(source.reads.slice(1)).toEqual([
      [10 * MiB + 128 * KiB, 2.5 * MiB - 128 * KiB + 128 * KiB],
      [29 * MiB, 2 * MiB + 128 * KiB],
    ]);
  });

  test('what was begun and passed over makes space for more', () => {
    const source = recordingSource(patterned(24 * MiB), true);
    const cache = new BlockCache(source, { capacityBytes: 8 * MiB });
    for (let round = 0; round < 8; round++) {
      // Of three reads that are begun only the last is wanted.
      const wanted = (round * 3 + 2) * MiB;
      const places = [wanted - 2 * MiB, wanted - MiB, wanted];
      expect(cache.ahead(places, 0)).toBeGreaterThan(0);
      expect(cache.view(wanted, 1)[0]).toBe(byteAt(wanted));
    }
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
