/**
 * What a drop or a picker brings: files with their paths inside what was dropped, and their handles
 * where the browser gives them. Nothing is read here.
 */
export interface DroppedFile {
  /** Path inside the drop, `post/postdata_0.bin`; just the name for a single file. */
  readonly path: string;
  readonly file: File;
  /** Lets the file be opened again after a reload, and a live file be looked at afresh. */
  readonly handle?: FileSystemFileHandle;
}

export interface Dropped {
  readonly files: readonly DroppedFile[];
  /** The folders themselves, for jobs that read them later or, if asked, write into them. */
  readonly directories: readonly FileSystemDirectoryHandle[];
}

/** A folder with more files than this is not what anyone means to drop. */
const maxFiles = 100_000;

/**
 * Reads the items of a drop or paste. Must be called synchronously from the event: the browser empties
 * the transfer once the handler returns.
 */
export function readTransfer(transfer: DataTransfer): Promise<Dropped> {
  const pending = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({
      handle: handleOf(item),
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
    }));
  return collect(pending);
}

interface PendingItem {
  readonly handle: Promise<FileSystemHandle | null>;
  readonly entry: FileSystemEntry | null;
  readonly file: File | null;
}

const handleOf = (item: DataTransferItem): Promise<FileSystemHandle | null> =>
  'getAsFileSystemHandle' in item
    ? (item as DataTransferItem & { getAsFileSystemHandle(): Promise<FileSystemHandle | null> })
        .getAsFileSystemHandle()
        .catch(() => null)
    : Promise.resolve(null);

async function collect(pending: readonly PendingItem[]): Promise<Dropped> {
  const files: DroppedFile[] = [];
  const directories: FileSystemDirectoryHandle[] = [];
  for (const { handle: promisedHandle, entry, file } of pending) {
    const handle = await promisedHandle;
    if (handle instanceof FileSystemDirectoryHandle) {
      directories.push(handle);
      await walkHandle(handle, handle.name, files);
    } else if (entry?.isDirectory) {
      await walkEntry(entry as FileSystemDirectoryEntry, entry.name, files);
    } else if (file) {
      files.push({
        path: file.name,
        file,
        ...(handle instanceof FileSystemFileHandle ? { handle } : {}),
      });
    }
  }
  return { files, directories };
}

/** All files of a folder that the person picked. */
export async function readDirectory(directory: FileSystemDirectoryHandle): Promise<Dropped> {
  const files: DroppedFile[] = [];
  await walkHandle(directory, directory.name, files);
  return { files, directories: [directory] };
}

/** Files that the person picked, by their handles. */
export const readHandles = async (handles: readonly FileSystemFileHandle[]): Promise<Dropped> => ({
  files: await Promise.all(
    handles.map(async (handle) => ({ path: handle.name, file: await handle.getFile(), handle })),
  ),
  directories: [],
});

/** The files of an `<input type="file">`, with their folder if it picked one. */
export const readFileList = (list: Iterable<File>): Dropped => ({
  files: [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file })),
  directories: [],
});

async function walkHandle(
  directory: FileSystemDirectoryHandle,
  path: string,
  into: DroppedFile[],
): Promise<void> {
  for await (const [name, handle] of directory.entries()) {
    if (into.length >= maxFiles) return;
    if (handle.kind === 'directory') await walkHandle(handle, `${path}/${name}`, into);
    else {
      const fileHandle = handle;
      into.push({ path: `${path}/${name}`, file: await fileHandle.getFile(), handle: fileHandle });
    }
  }
}

async function walkEntry(
  directory: FileSystemDirectoryEntry,
  path: string,
  into: DroppedFile[],
): Promise<void> {
  const reader = directory.createReader();
  for (;;) {
    // readEntries gives a hundred at a time and an empty list at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0 || into.length >= maxFiles) return;
    for (const entry of batch) {
      if (entry.isDirectory)
        await walkEntry(entry as FileSystemDirectoryEntry, `${path}/${entry.name}`, into);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        into.push({ path: `${path}/${entry.name}`, file });
      }
    }
  }
}
