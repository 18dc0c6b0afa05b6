/**
 * What a drop or a picker brings: files with their paths inside what was dropped, and their handles
 * where the browser gives them. Nothing is read here. At most `maxDroppedFiles` files are held; a larger folder is
 * refused, because a part of it would look like the complete one.
 */
export interface DroppedFile {
  /** Path inside the drop, `post/postdata_0.bin`; just the name for a single file. */
  readonly path: string;
  readonly file: File;
  /** Lets the file be opened again after a reload, and a live file be read again. */
  readonly handle?: FileSystemFileHandle;
}

export interface Dropped {
  readonly files: readonly DroppedFile[];
  /** The folders themselves, for jobs that read them later or, if asked, write into them. */
  readonly directories: readonly FileSystemDirectoryHandle[];
}

/** Far above the files of any PoST directory (4 GiB each by default); a drop of more is a disk or a home folder. */
export const maxDroppedFiles = 100_000;

/** Refuses a drop; the message states what to do. */
class DropError extends Error {
  override readonly name = 'DropError';
  readonly code = 'drop-too-many-files';
}

/** Holds the files of one drop, up to the limit. */
class FileCollection {
  readonly files: DroppedFile[] = [];

  /** @throws DropError */
  add(file: DroppedFile): void {
    if (this.files.length >= maxDroppedFiles)
      throw new DropError(
        `What you opened has more than ${maxDroppedFiles.toLocaleString('en')} files (the last one seen is ${file.path}). Nothing was read. Open the folder that holds what you need, for example the PoST folder itself.`,
      );
    this.files.push(file);
  }
}

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

// Not by their classes, which an insecure origin lacks.
const isDirectory = (handle: FileSystemHandle | null): handle is FileSystemDirectoryHandle =>
  handle?.kind === 'directory';
const isFile = (handle: FileSystemHandle | null): handle is FileSystemFileHandle =>
  handle?.kind === 'file';

const handleOf = (item: DataTransferItem): Promise<FileSystemHandle | null> =>
  'getAsFileSystemHandle' in item
    ? (item as DataTransferItem & { getAsFileSystemHandle(): Promise<FileSystemHandle | null> })
        .getAsFileSystemHandle()
        .catch(() => null)
    : Promise.resolve(null);

async function collect(pending: readonly PendingItem[]): Promise<Dropped> {
  const collection = new FileCollection();
  const directories: FileSystemDirectoryHandle[] = [];
  for (const { handle: promisedHandle, entry, file } of pending) {
    const handle = await promisedHandle;
    if (isDirectory(handle)) {
      directories.push(handle);
      await walkHandle(handle, handle.name, collection);
    } else if (entry?.isDirectory) {
      await walkEntry(entry as FileSystemDirectoryEntry, entry.name, collection);
    } else if (file) {
      collection.add({
        path: file.name,
        file,
        ...(isFile(handle) ? { handle } : {}),
      });
    }
  }
  return { files: collection.files, directories };
}

/** All files of a folder that the user picked. @throws DropError */
export async function readDirectory(directory: FileSystemDirectoryHandle): Promise<Dropped> {
  const collection = new FileCollection();
  await walkHandle(directory, directory.name, collection);
  return { files: collection.files, directories: [directory] };
}

/** Files that the user picked, by their handles. */
export const readHandles = async (handles: readonly FileSystemFileHandle[]): Promise<Dropped> => ({
  files: await Promise.all(
    handles.map(async (handle) => ({ path: handle.name, file: await handle.getFile(), handle })),
  ),
  directories: [],
});

/**
 * The files of an `<input type="file">`, with their folder if it picked one.
 * @throws DropError
 */
export function readFileList(list: Iterable<File>): Dropped {
  const collection = new FileCollection();
  for (const file of list) collection.add({ path: file.webkitRelativePath || file.name, file });
  return { files: collection.files, directories: [] };
}

async function walkHandle(
  directory: FileSystemDirectoryHandle,
  path: string,
  into: FileCollection,
): Promise<void> {
  for await (const [name, handle] of directory.entries()) {
    if (handle.kind === 'directory') await walkHandle(handle, `${path}/${name}`, into);
    else {
      const file = await handle.getFile();
      into.add({ path: `${path}/${name}`, file, handle });
    }
  }
}

async function walkEntry(
  directory: FileSystemDirectoryEntry,
  path: string,
  into: FileCollection,
): Promise<void> {
  const reader = directory.createReader();
  for (;;) {
    // readEntries gives a hundred at a time and an empty list at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return;
    for (const entry of batch) {
      if (entry.isDirectory)
        await walkEntry(entry as FileSystemDirectoryEntry, `${path}/${entry.name}`, into);
      else {
        const file = await new Promise<File>((resolve, reject) =>
          (entry as FileSystemFileEntry).file(resolve, reject),
        );
        into.add({ path: `${path}/${entry.name}`, file });
      }
    }
  }
}
