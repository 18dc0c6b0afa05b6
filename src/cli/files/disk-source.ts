/** Ranged reads of a file on disk, as the database engine reads. */
import { closeSync } from 'node:fs';
import type { SyncSource } from '../../state/engine/source';
import { openForReading, readUnchanged } from './read-unchanged';

export interface DiskSource extends SyncSource {
  /** When it was last written, Unix ms. */
  readonly modifiedMs: number;
  close(): void;
}

/**
 * A source that reads exactly what it is asked for.
 * @throws WorkbenchError as `openForReading`; its reads throw as `readUnchanged`
 */
export function diskSource(path: string): DiskSource {
  const file = openForReading(path);
  return {
    sizeBytes: file.sizeBytes,
    modifiedMs: file.modifiedMs,
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      readUnchanged(file.descriptor, file, bytes, offset);
      return bytes;
    },
    close: () => closeSync(file.descriptor),
  };
}
