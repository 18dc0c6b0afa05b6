/**
 * The write-ahead log beside a database, read as SQLite recovers it (https://www.sqlite.org/fileformat2.html §4,
 * sqlite src/wal.c walIndexRecover): frames count from the start while their salts are the header's and the
 * running checksum holds, and only up to the last one that commits. What follows is an unfinished write, or
 * is left over from before the log was started again.
 */
import type { SyncSource } from './source';

const headerBytes = 32;
const frameHeaderBytes = 24;
/** The last bit states whether checksums add big-endian words. */
const magic = 0x377f0682;
const formatVersion = 3007000;

/** Why a log has fewer frames than its size would hold. */
type WalEnd =
  /** Every frame of the file counts. */
  | 'complete'
  /** Frames after the last commit, or after a checksum that does not hold: an unfinished write. */
  | 'torn'
  /** What follows has other salts: an earlier generation of the log. Harmless. */
  | 'stale'
  | 'empty'
  /** The header is not one, or its checksum is wrong: SQLite reads no frame of it. */
  | 'bad-header';

/** Which frame holds the newest version of each page. Plain arrays: it crosses between workers by structured clone. */
export interface WalIndex {
  readonly pageSize: number;
  /** Frames that the file has space for. */
  readonly fileFrames: number;
  /** Frames of this generation with a right checksum. */
  readonly validFrames: number;
  /** Frames up to the last commit. */
  readonly committedFrames: number;
  /** Pages of the database after the last commit; 0 without one. */
  readonly pageCount: number;
  readonly salts: readonly [number, number];
  readonly end: WalEnd;
  /** Open addressing: page numbers (0 = free) and, at the same place, frame numbers from 0. */
  readonly pages: Uint32Array;
  readonly frames: Uint32Array;
}

const none = (end: WalEnd, fileFrames = 0): WalIndex => ({
  pageSize: 0,
  fileFrames,
  validFrames: 0,
  committedFrames: 0,
  pageCount: 0,
  salts: [0, 0],
  end,
  pages: new Uint32Array(1),
  frames: new Uint32Array(1),
});

/** True for a file that begins as a WAL does. */
export const isWalHeader = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 &&
  (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & ~1) >>> 0 === magic;

/** The version of the log's format is not the one that every SQLite since 2010 writes. */
export class WalVersionError extends Error {}

/**
 * Reads a complete log, checking every frame: about 1 GB/s.
 * @throws WalVersionError as SQLite refuses it; what `source` throws
 */
export function readWal(source: SyncSource, beforeRead?: () => void): WalIndex {
  if (source.sizeBytes < headerBytes) return none('empty');
  const header = source.read(0, headerBytes);
  const view = new DataView(header.buffer);
  const pageSize = view.getUint32(8);
  const isPageSize = pageSize >= 512 && pageSize <= 65536 && (pageSize & (pageSize - 1)) === 0;
  if (!isWalHeader(header) || !isPageSize) return none('bad-header');
  const bigEndian = (view.getUint32(0) & 1) === 1;
  const sum: [number, number] = [0, 0];
  checksum(header, 0, 24, bigEndian, sum);
  if (sum[0] !== view.getUint32(24) || sum[1] !== view.getUint32(28)) return none('bad-header');
  if (view.getUint32(4) !== formatVersion) throw new WalVersionError();

  const salt: [number, number] = [view.getUint32(16), view.getUint32(20)];
  const frameBytes = frameHeaderBytes + pageSize;
  const fileFrames = Math.floor((source.sizeBytes - headerBytes) / frameBytes);
  const framesPerRead = Math.max(1, Math.floor((4 * 1024 * 1024) / frameBytes));
  let pageOfFrame = new Uint32Array(Math.min(fileFrames, 4096));
  let validFrames = 0;
  let committedFrames = 0;
  let pageCount = 0;
  let end: WalEnd = 'complete';
  scan: for (let frame = 0; frame < fileFrames; frame += framesPerRead) {
    beforeRead?.();
    const count = Math.min(framesPerRead, fileFrames - frame);
    const bytes = source.read(headerBytes + frame * frameBytes, count * frameBytes);
    const frames = new DataView(bytes.buffer, bytes.byteOffset);
    for (let i = 0; i < count; i++) {
      const at = i * frameBytes;
      const page = frames.getUint32(at);
      if (frames.getUint32(at + 8) !== salt[0] || frames.getUint32(at + 12) !== salt[1]) {
        end = 'stale';
        break scan;
      }
      checksum(bytes, at, at + 8, bigEndian, sum);
      checksum(bytes, at + frameHeaderBytes, at + frameBytes, bigEndian, sum);
      if (
        page === 0 ||
        sum[0] !== frames.getUint32(at + 16) ||
        sum[1] !== frames.getUint32(at + 20)
      ) {
        end = 'torn';
        break scan;
      }
      if (validFrames === pageOfFrame.length) {
        const more = new Uint32Array(Math.min(fileFrames, pageOfFrame.length * 2));
        more.set(pageOfFrame);
        pageOfFrame = more;
      }
      pageOfFrame[validFrames++] = page;
      const sizeAfterCommit = frames.getUint32(at + 4);
      if (sizeAfterCommit !== 0) {
        committedFrames = validFrames;
        pageCount = sizeAfterCommit;
      }
    }
  }
  if (validFrames > committedFrames) end = 'torn';
  return {
    pageSize,
    fileFrames,
    validFrames,
    committedFrames,
    pageCount,
    salts: salt,
    end: fileFrames === 0 ? 'empty' : end,
    ...hashPages(pageOfFrame.subarray(0, committedFrames)),
  };
}

/**
 * SQLite's running checksum over 32-bit words, as sqlite src/wal.c walChecksumBytes: s0 += x[i] + s1; s1 += x[i+1] + s0.
 * `from` and `to` are multiples of 8 apart.
 */
function checksum(
  bytes: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
  bigEndian: boolean,
  sum: [number, number],
): void {
  let [s0, s1] = sum;
  const start = bytes.byteOffset + from;
  if (!bigEndian && start % 4 === 0) {
    const words = new Int32Array(bytes.buffer, start, (to - from) / 4);
    for (let i = 0; i + 1 < words.length; i += 2) {
      s0 = (s0 + (words[i] ?? 0) + s1) | 0;
      s1 = (s1 + (words[i + 1] ?? 0) + s0) | 0;
    }
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let at = from; at < to; at += 8) {
      s0 = (s0 + view.getInt32(at, !bigEndian) + s1) | 0;
      s1 = (s1 + view.getInt32(at + 4, !bigEndian) + s0) | 0;
    }
  }
  sum[0] = s0 >>> 0;
  sum[1] = s1 >>> 0;
}

function hashPages(pageOfFrame: Uint32Array): Pick<WalIndex, 'pages' | 'frames'> {
  let size = 16;
  while (size < pageOfFrame.length * 2) size *= 2;
  const pages = new Uint32Array(size);
  const frames = new Uint32Array(size);
  for (const [frame, page] of pageOfFrame.entries()) {
    const slot = slotOf(pages, page);
    pages[slot] = page;
    frames[slot] = frame;
  }
  return { pages, frames };
}

/** Where a page is or would be. The table is at most half full, so the walk ends. */
function slotOf(pages: Uint32Array, page: number): number {
  const mask = pages.length - 1;
  // Fibonacci hashing: runs of neighbouring pages spread out.
  let slot = (Math.imul(page, 0x9e3779b1) >>> 7) & mask;
  for (;;) {
    const held = pages[slot];
    if (held === page || held === 0) return slot;
    slot = (slot + 1) & mask;
  }
}

/** Offset in the WAL file of the newest version of a page (from 1), or -1 when the main file has it. */
export function walOffset(wal: WalIndex, page: number): number {
  const slot = slotOf(wal.pages, page);
  if (wal.pages[slot] !== page) return -1;
  return (
    headerBytes + (wal.frames[slot] ?? 0) * (frameHeaderBytes + wal.pageSize) + frameHeaderBytes
  );
}

/** The part of a -shm that tells what the WAL looked like to the node. */
export interface ShmHeader {
  readonly initialised: boolean;
  /** Committed frames. */
  readonly frames: number;
  readonly pageCount: number;
  readonly salts: readonly [number, number];
  /** Frames that a checkpoint had already copied into the main file. */
  readonly checkpointed: number;
}

/**
 * Reads the WAL-index header (https://www.sqlite.org/walformat.html §2): two copies of 48 bytes, which differ while
 * it is being written, then the checkpoint counter. Undefined when it tells nothing.
 */
export function readShm(bytes: Uint8Array): ShmHeader | undefined {
  if (bytes.length < 136) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // Native byte order: little-endian on every machine that runs a node, but tell by the version number.
  const little = view.getUint32(0, true) === formatVersion;
  if (!little && view.getUint32(0) !== formatVersion) return undefined;
  for (let i = 0; i < 48; i += 4)
    if (view.getUint32(i) !== view.getUint32(48 + i)) return undefined;
  return {
    initialised: view.getUint8(12) !== 0,
    frames: view.getUint32(16, little),
    pageCount: view.getUint32(20, little),
    // Copied byte for byte from the WAL header, where they are big-endian.
    salts: [view.getUint32(32), view.getUint32(36)],
    checkpointed: view.getUint32(96, little),
  };
}
