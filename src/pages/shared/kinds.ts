/** What was dropped, sorted by what it is. */
import { readSlice } from '../../base/read-slice';
import { recogniseFile, recognitionBytes, type FileKind } from '../../protocol/recognise';
import type { DroppedFile } from '../../ui/drop';

export const kindNames: Readonly<Record<FileKind, string>> = {
  database: 'a database',
  'database-wal': 'a database’s write-ahead log (-wal)',
  'database-shm': 'a database’s shared-memory index (-shm)',
  'post-metadata': 'PoST metadata',
  'post-data': 'PoST data',
  key: 'an identity key',
  'node-config': 'a node config',
  'profiler-results': 'profiler results',
  proof: 'a PoST proof',
  metrics: 'metrics',
  log: 'a log',
  'event-stream': 'node events',
  empty: 'empty',
  unknown: 'not recognised',
};

/** Kinds of which thousands may be dropped together and whose bytes show nothing: recognised by name alone. */
const knownByName = /(^|\/)postdata_\d+\.bin$/;

/** Reads the head of each file, and nothing more. */
export async function byKind(
  files: readonly DroppedFile[],
): Promise<ReadonlyMap<FileKind, readonly DroppedFile[]>> {
  const kinds = new Map<FileKind, DroppedFile[]>();
  for (const dropped of files) {
    const { path, file } = dropped;
    const head = knownByName.test(path)
      ? new Uint8Array()
      : await readSlice({ file, from: 0, to: Math.min(file.size, recognitionBytes) });
    const kind = recogniseFile({ name: path, sizeBytes: file.size, head });
    const some = kinds.get(kind);
    if (some) some.push(dropped);
    else kinds.set(kind, [dropped]);
  }
  return kinds;
}
