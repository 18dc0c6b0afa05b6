/** The files of one database, sorted from what was dropped. */
import { WorkbenchError } from '../base/error';
import { recognitionBytes, recogniseFile } from '../protocol/recognise';

export interface DatabaseFiles {
  readonly main: File;
  readonly wal: File | undefined;
  readonly shm: File | undefined;
}

/**
 * Sorts what was dropped: one database with its -wal and -shm, by name and, where names do not tell, by content.
 * @throws WorkbenchError `database-no-file`, `database-several-files`
 */
export async function sortDatabaseFiles(files: Iterable<File>): Promise<DatabaseFiles> {
  const mains: File[] = [];
  let wal: File | undefined;
  let shm: File | undefined;
  for (const file of files) {
    const kind = await kindOf(file);
    if (kind === 'wal') wal = file;
    else if (kind === 'shm') shm = file;
    else mains.push(file);
  }
  const [main, second] = mains;
  if (!main)
    throw wal
      ? new WorkbenchError(
          'wal-without-database',
          `${wal.name} is a write-ahead log without its database. Drop state.sql together with it.`,
        )
      : new WorkbenchError(
          'database-no-file',
          'There is no database among these files. Drop state.sql.',
        );
  if (second)
    throw new WorkbenchError(
      'database-several-files',
      `These are several databases: ${mains.map(({ name }) => name).join(', ')}. Drop one, with its -wal and -shm.`,
      { names: mains.map(({ name }) => name) },
    );
  return { main, wal, shm };
}

async function kindOf(file: File): Promise<'main' | 'wal' | 'shm'> {
  // A file that cannot be read is left to the engine, which states why.
  const head = await file
    .slice(0, recognitionBytes)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0));
  const { name, size: sizeBytes } = file;
  if (/-wal$/i.test(name)) return 'wal';
  if (/-shm$/i.test(name)) return 'shm';
  const kind = recogniseFile({ name, sizeBytes, head: new Uint8Array(head) });
  return kind === 'database-wal' ? 'wal' : kind === 'database-shm' ? 'shm' : 'main';
}
