/** Files that may change on disk while they are open: distinguished and opened again by their handles. */

/** A file as it was opened, and the handle that tells what became of it. */
export interface HeldFile {
  readonly file: File;
  readonly handle?: FileSystemFileHandle | undefined;
}

export type FileChange =
  { readonly state: 'same' } | { readonly state: 'changed' | 'gone'; readonly name: string };

/** Looks at the files' sizes and times, without reading them. Those without a handle cannot be looked at. */
export async function lookAgain(files: readonly HeldFile[]): Promise<FileChange> {
  for (const { file, handle } of files) {
    if (!handle) continue;
    try {
      const now = await handle.getFile();
      if (now.size !== file.size || now.lastModified !== file.lastModified)
        return { state: 'changed', name: file.name };
    } catch (error) {
      // Anything else, such as a revoked permission, is not evidence about the file.
      if (error instanceof Error && error.name === 'NotFoundError')
        return { state: 'gone', name: file.name };
    }
  }
  return { state: 'same' };
}

/** The same files as they are now. Those that are gone are left out: a -wal and a -shm come and go. */
export async function readAgain<Held extends HeldFile>(files: readonly Held[]): Promise<Held[]> {
  const fresh: Held[] = [];
  for (const held of files) {
    if (!held.handle) fresh.push(held);
    else {
      try {
        fresh.push({ ...held, file: await held.handle.getFile() });
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'NotFoundError') fresh.push(held);
      }
    }
  }
  return fresh;
}
