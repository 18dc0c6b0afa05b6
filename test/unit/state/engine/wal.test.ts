// The write-ahead log, frame by frame: logs written here after SQLite's description of the format, and a node's.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../../../../src/state/engine/source';
import {
  WalVersionError,
  isWalHeader,
  readShm,
  readWal,
  walOffset,
  type WalIndex,
} from '../../../../src/state/engine/wal';

interface LogFrame {
  readonly page: number;
  /** Pages of the database after this commit; absent: it does not commit. */
  readonly commit?: number;
}

/** Checksum by the letter of https://www.sqlite.org/fileformat2.html §4.2, in bigints. */
function checksum(bytes: Uint8Array, bigEndian: boolean, from: [bigint, bigint]): [bigint, bigint] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let [s0, s1] = from;
  for (let at = 0; at < bytes.length; at += 8) {
    s0 = (s0 + BigInt(view.getUint32(at, !bigEndian)) + s1) % 2n ** 32n;
    s1 = (s1 + BigInt(view.getUint32(at + 4, !bigEndian)) + s0) % 2n ** 32n;
  }
  return [s0, s1];
}

const salts: [number, number] = [0x89abcdef, 0x01234567];

function writeLog(
  frames: readonly LogFrame[],
  { pageSize = 512, bigEndian = false, version = 3007000 } = {},
): Uint8Array<ArrayBuffer> {
  const frameBytes = 24 + pageSize;
  const log = new Uint8Array(32 + frames.length * frameBytes);
  const view = new DataView(log.buffer);
  view.setUint32(0, bigEndian ? 0x377f0683 : 0x377f0682);
  view.setUint32(4, version);
  view.setUint32(8, pageSize);
  view.setUint32(12, 7);
  view.setUint32(16, salts[0]);
  view.setUint32(20, salts[1]);
  let sum = checksum(log.subarray(0, 24), bigEndian, [0n, 0n]);
  view.setUint32(24, Number(sum[0]));
  view.setUint32(28, Number(sum[1]));
  for (const [i, { page, commit = 0 }] of frames.entries()) {
    const at = 32 + i * frameBytes;
    view.setUint32(at, page);
    view.setUint32(at + 4, commit);
    view.setUint32(at + 8, salts[0]);
    view.setUint32(at + 12, salts[1]);
    for (let j = 0; j < pageSize; j++) log[at + 24 + j] = (i * 31 + j * 7 + page) & 0xff;
    sum = checksum(log.subarray(at, at + 8), bigEndian, sum);
    sum = checksum(log.subarray(at + 24, at + frameBytes), bigEndian, sum);
    view.setUint32(at + 16, Number(sum[0]));
    view.setUint32(at + 20, Number(sum[1]));
  }
  return log;
}

const read = (log: Uint8Array<ArrayBuffer>): WalIndex => readWal(memorySource(log));
const withBytes = (log: Uint8Array, at: number, bytes: readonly number[]) => {
  const changed = new Uint8Array(log);
  changed.set(bytes, at);
  return changed;
};
const frameAt = (frame: number, pageSize = 512): number => 32 + frame * (24 + pageSize);

const three: readonly LogFrame[] = [{ page: 2 }, { page: 1, commit: 2 }, { page: 2, commit: 3 }];

describe('a complete log', () => {
  test.each([
    ['little-endian', false],
    ['big-endian', true],
  ])('with %s checksums', (_, bigEndian) => {
    const log = writeLog(three, { bigEndian });
    expect(isWalHeader(log)).toBe(true);
    const wal = read(log);
    expect(wal).toMatchObject({
      pageSize: 512,
      fileFrames: 3,
      validFrames: 3,
      committedFrames: 3,
      pageCount: 3,
      salts,
      end: 'complete',
    });
    expect(walOffset(wal, 1)).toBe(frameAt(1) + 24);
    expect(walOffset(wal, 2)).toBe(frameAt(2) + 24);
    expect(walOffset(wal, 3)).toBe(-1);
  });

  test.each([512, 1024, 4096, 65536])('of %d-byte pages', (pageSize) => {
    const wal = read(writeLog(three, { pageSize }));
    expect(wal).toMatchObject({ pageSize, committedFrames: 3, end: 'complete' });
    expect(walOffset(wal, 2)).toBe(frameAt(2, pageSize) + 24);
  });

  test('a source that begins at an odd place of its buffer', () => {
    const log = writeLog(three);
    const shifted = new Uint8Array(log.length + 3);
    shifted.set(log, 3);
    const source = {
      sizeBytes: log.length,
      read: (offset: number, length: number) => {
        const copy = new Uint8Array(length + 3);
        copy.set(shifted.subarray(3 + offset, 3 + offset + length), 3);
        return copy.subarray(3);
      },
    };
    // The header is read with the view's own offset of 0: only frames may be unaligned.
    const wal = readWal({
      sizeBytes: log.length,
      read: (offset, length) => (offset === 0 ? log.slice(0, length) : source.read(offset, length)),
    });
    expect(wal).toMatchObject({ committedFrames: 3, end: 'complete' });
  });

  test('of more frames than one read, one table and one hash run hold', () => {
    const frames = Array.from({ length: 9000 }, (_, i) => ({
      page: 1 + ((i * 7919) % 5000),
      ...(i % 10 === 9 && { commit: 5000 }),
    }));
    const log = writeLog(frames);
    let reads = 0;
    const lengths: number[] = [];
    const memory = memorySource(log);
    const source = {
      ...memory,
      read: (offset: number, length: number) => {
        lengths.push(length);
        return memory.read(offset, length);
      },
    };
    const wal = readWal(source, () => reads++);
    expect(wal).toMatchObject({ fileFrames: 9000, committedFrames: 9000, end: 'complete' });
    // The header, then several reads of some MiB, asked for before each.
    expect(lengths).toHaveLength(1 + reads);
    expect(reads).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeGreaterThan(2 ** 19);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 22);
    const newest = new Map(frames.map(({ page }, frame) => [page, frame]));
    for (let page = 1; page <= 5001; page++) {
      const frame = newest.get(page);
      expect(walOffset(wal, page)).toBe(frame === undefined ? -1 : frameAt(frame) + 24);
    }
    // Half full at most, or the walk over the places would not end.
    expect(wal.pages.length).toBeGreaterThanOrEqual(2 * 9000);
    expect(wal.frames).toHaveLength(wal.pages.length);
  });

  test('a stop is asked for before each read', () => {
    expect(() =>
      readWal(memorySource(writeLog(three)), () => {
        throw new Error('stopped');
      }),
    ).toThrow('stopped');
  });
});

describe('a log that ends early', () => {
  const log = writeLog([...three, { page: 5, commit: 5 }, { page: 6, commit: 6 }]);

  test('at a frame of which a part is missing', () => {
    for (const length of [frameAt(4) + 535, frameAt(4) + 1, frameAt(4)])
      expect(read(log.slice(0, length))).toMatchObject({
        fileFrames: 4,
        committedFrames: 4,
        pageCount: 5,
        end: 'complete',
      });
  });

  test.each([
    ['its page number', frameAt(3) + 3],
    ['its commit mark', frameAt(3) + 7],
    ['its data', frameAt(3) + 24],
    ['the end of its data', frameAt(4) - 1],
    ['the first half of its checksum', frameAt(3) + 16],
    ['the second half', frameAt(3) + 20],
  ])('torn: a frame is wrong in %s', (_, at) => {
    const wal = read(withBytes(log, at, [(log[at] ?? 0) ^ 1]));
    expect(wal).toMatchObject({
      fileFrames: 5,
      validFrames: 3,
      committedFrames: 3,
      pageCount: 3,
      end: 'torn',
    });
    expect(walOffset(wal, 5)).toBe(-1);
  });

  test.each([
    ['first', frameAt(3) + 8],
    ['second', frameAt(3) + 12],
  ])('stale: the %s salt is another', (_, at) => {
    expect(read(withBytes(log, at, [0]))).toMatchObject({
      validFrames: 3,
      committedFrames: 3,
      end: 'stale',
    });
  });

  test('a page of number 0 ends it, though its checksum holds', () => {
    const wal = read(writeLog([...three, { page: 0, commit: 3 }]));
    expect(wal).toMatchObject({ validFrames: 3, committedFrames: 3, end: 'torn' });
  });

  test('frames after the last commit do not count', () => {
    const wal = read(writeLog([...three, { page: 7 }, { page: 1 }]));
    expect(wal).toMatchObject({ validFrames: 5, committedFrames: 3, pageCount: 3, end: 'torn' });
    expect(walOffset(wal, 7)).toBe(-1);
    expect(walOffset(wal, 1)).toBe(frameAt(1) + 24);
  });

  test('uncommitted frames before an earlier generation are an unfinished write', () => {
    const stale = withBytes(writeLog([...three, { page: 7 }, { page: 8 }]), frameAt(4) + 8, [0]);
    expect(read(stale)).toMatchObject({ validFrames: 4, committedFrames: 3, end: 'torn' });
  });

  test('without any commit nothing counts', () => {
    const wal = read(writeLog([{ page: 1 }, { page: 2 }]));
    expect(wal).toMatchObject({ validFrames: 2, committedFrames: 0, pageCount: 0, end: 'torn' });
    expect([walOffset(wal, 1), walOffset(wal, 2)]).toEqual([-1, -1]);
  });
});

describe('a log without frames', () => {
  const nothing = {
    pageSize: 0,
    fileFrames: 0,
    validFrames: 0,
    committedFrames: 0,
    pageCount: 0,
    salts: [0, 0],
  };

  test.each([0, 31])('%d bytes are empty', (length) => {
    const wal = read(writeLog([]).slice(0, length));
    expect(wal).toMatchObject({ ...nothing, end: 'empty' });
    expect(walOffset(wal, 1)).toBe(-1);
  });

  test('a header alone is empty, of its page size', () => {
    const wal = read(writeLog([]));
    expect(wal).toMatchObject({ ...nothing, pageSize: 512, salts, end: 'empty' });
    const unasked = () => expect.fail('there is nothing to read');
    expect(readWal(memorySource(writeLog([])), unasked)).toMatchObject({ end: 'empty' });
    expect(walOffset(wal, 1)).toBe(-1);
  });

  /** A log with a field of its header changed and the checksum made to fit. */
  const resealed = (at: number, value: number) => {
    const log = writeLog(three);
    const view = new DataView(log.buffer);
    view.setUint32(at, value);
    const bigEndian = (view.getUint32(0) & 1) === 1;
    const sum = checksum(log.subarray(0, 24), bigEndian, [0n, 0n]);
    view.setUint32(24, Number(sum[0]));
    view.setUint32(28, Number(sum[1]));
    return log;
  };

  test.each([
    ['magic', resealed(0, 0x377f0684)],
    ['magic', resealed(0, 0xb77f0682)],
    ['page size 0', resealed(8, 0)],
    ['page size 256', resealed(8, 256)],
    ['page size 768', resealed(8, 768)],
    ['page size 2^17', resealed(8, 2 ** 17)],
    ['first sum', withBytes(writeLog(three), 24, [0x55])],
    ['second sum', withBytes(writeLog(three), 28, [0x55])],
  ])('a wrong %s is a bad header', (_, log) => {
    expect(read(log)).toMatchObject({ ...nothing, end: 'bad-header' });
  });

  test('another version of the format is refused as SQLite refuses it', () => {
    expect(() => read(resealed(4, 3007001))).toThrow(WalVersionError);
    expect(() => read(writeLog(three, { version: 3008000 }))).toThrow(WalVersionError);
  });

  test('what begins as a log, and what does not', () => {
    const log = writeLog(three);
    expect(isWalHeader(log.subarray(0, 4))).toBe(true);
    expect(isWalHeader(log.subarray(0, 3))).toBe(false);
    expect(isWalHeader(withBytes(log, 0, [0x38]))).toBe(false);
    expect(isWalHeader(withBytes(log, 3, [0x81]))).toBe(false);
    expect(isWalHeader(new Uint8Array([0, 0, ...log]).subarray(2))).toBe(true);
  });
});

describe("a node's log and its index", () => {
  const file = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../../../data/node/live_A/${name}`, import.meta.url)));
  const shm = file('state.sql-shm');
  const header = readShm(shm) ?? expect.fail();

  test('say the same', () => {
    const wal = read(file('state.sql-wal'));
    expect(header).toEqual({
      initialised: true,
      frames: wal.committedFrames,
      pageCount: wal.pageCount,
      salts: wal.salts,
      checkpointed: header.checkpointed,
    });
    expect(wal.committedFrames).toBeGreaterThan(0);
    expect(header.checkpointed).toBeLessThanOrEqual(wal.committedFrames);
  });

  test('an index in the other byte order gives the same', () => {
    const swapped = new Uint8Array(shm.subarray(0, 136));
    const view = new DataView(swapped.buffer);
    for (let at = 0; at < 136; at += 4)
      if (![12, 32, 36, 60, 80, 84].includes(at)) view.setUint32(at, view.getUint32(at, true));
    // One-byte flags and the salts stay as they are.
    expect(readShm(swapped)).toEqual(header);
  });

  test('a view into a larger buffer is read where it is', () => {
    const larger = new Uint8Array(300);
    larger.set(shm.subarray(0, 136), 8);
    expect(readShm(larger.subarray(8, 144))).toEqual(header);
  });

  test('tells of frames that a checkpoint has copied', () => {
    const copy = new Uint8Array(shm);
    new DataView(copy.buffer).setUint32(96, 17, true);
    expect(readShm(copy)?.checkpointed).toBe(17);
    copy[12] = copy[60] = 0;
    expect(readShm(copy)?.initialised).toBe(false);
  });

  test('tells nothing when it is short, of another version, or being written', () => {
    expect(readShm(shm.subarray(0, 136))).toEqual(header);
    expect(readShm(shm.subarray(0, 135))).toBeUndefined();
    expect(readShm(withBytes(withBytes(shm, 0, [9]), 48, [9]))).toBeUndefined();
    for (const at of [16, 44, 47, 48, 95])
      expect(readShm(withBytes(shm, at, [(shm[at] ?? 0) ^ 1])), `byte ${at}`).toBeUndefined();
  });
});
