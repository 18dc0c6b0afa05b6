/** What identifies the state of a database, wherever it is copied to: parts of an audit are joined only if they agree in it. */
import { blake3 } from '@noble/hashes/blake3.js';
import { existsSync } from 'node:fs';
import { toHex } from '../../base/bytes';
import { diskSource, type DiskSource } from '../files/disk-source';

export interface InputIdentity {
  readonly databaseBytes: number;
  /** blake3 of the first and of the last page, in hex. */
  readonly firstPage: string;
  readonly lastPage: string;
  /** Empty without a -wal, else its size and the blake3 of its first and last 4 KiB: "32992 9f…". */
  readonly wal: string;
}

const walEndBytes = 4096;

/** @throws WorkbenchError of the files; DOMException NotReadableError if one changes meanwhile */
export function identifyInput(path: string, pageSize: number): InputIdentity {
  const walPath = `${path}-wal`;
  return {
    ...withSource(path, (source) => ({
      databaseBytes: source.sizeBytes,
      firstPage: hashOf(source, 0, pageSize),
      lastPage: hashOf(source, source.sizeBytes - pageSize, pageSize),
    })),
    wal: existsSync(walPath) ? withSource(walPath, identifyWal) : '',
  };
}

function identifyWal(source: DiskSource): string {
  const { sizeBytes } = source;
  if (sizeBytes === 0) return '';
  const hash = blake3.create();
  for (const from of [0, sizeBytes - walEndBytes])
    hash.update(readWithin(source, from, walEndBytes));
  return `${sizeBytes} ${toHex(hash.digest())}`;
}

const hashOf = (source: DiskSource, from: number, length: number): string =>
  toHex(blake3(readWithin(source, from, length)));

function readWithin(source: DiskSource, from: number, length: number): Uint8Array {
  const start = Math.max(0, from);
  return source.read(start, Math.min(length, source.sizeBytes - start));
}

function withSource<R>(path: string, use: (source: DiskSource) => R): R {
  const source = diskSource(path);
  try {
    return use(source);
  } finally {
    source.close();
  }
}
