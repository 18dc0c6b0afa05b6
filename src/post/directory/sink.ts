/** Where initialisation writes: a folder that the user chose, or one that the browser keeps for the page. */
import { scopedName } from '../../base/scope';
import type { Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { limits, readTextFile } from '../../base/read-file';

export interface SinkEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

/**
 * Errors are WorkbenchErrors: `disk-full`, `folder-not-writable`, `folder-gone`, `folder-changed`, `folder-in-use`,
 * `storage-refused`.
 */
export interface PostSink {
  /**
   * Keeps the other tabs of this browser from writing data of `nodeId` there, until the returned function is called or
   * the tab ends.
   */
  lock(nodeId: string): Promise<() => void>;
  /** The files that are there, whosever they are. */
  entries(): Promise<readonly SinkEntry[]>;
  readText(name: string): Promise<string>;
  /** Replaces a small file completely. */
  writeText(name: string, text: string): Promise<void>;
  /** Writes at `offset`, which must be the file's present end; creates the file if need be. */
  write(name: string, offset: number, bytes: Bytes): Promise<void>;
  /** Cuts a file to `sizeBytes`. */
  truncate(name: string, sizeBytes: number): Promise<void>;
  /** After this, all that was written survives a crash. */
  flush(): Promise<void>;
  /** Bytes that may still be written, if anyone knows. */
  freeBytes(): Promise<number | undefined>;
}

/**
 * A folder by the File System Access API. What is written becomes part of the file only when the browser
 * closes its temporary copy, so `flush` closes it and the next write opens it again, with a copy of what is
 * there: the larger the file, the seldomer one should flush.
 * @param quota for a folder inside the browser's own storage: how to ask what is left
 */
export function directorySink(
  directory: FileSystemDirectoryHandle,
  quota?: () => Promise<StorageEstimate>,
): PostSink {
  let open: { readonly name: string; readonly stream: FileSystemWritableFileStream } | undefined;

  const flush = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.stream.close();
  };
  const writable = async (name: string): Promise<FileSystemWritableFileStream> => {
    if (open?.name === name) return open.stream;
    await flush();
    const handle = await directory.getFileHandle(name, { create: true });
    const stream = await handle.createWritable({ keepExistingData: true });
    open = { name, stream };
    return stream;
  };
  /** Another program's bytes would be overwritten, or a hole left where they are missing. */
  const requireEnd = async (name: string, offset: number): Promise<void> => {
    const { size } = await (await directory.getFileHandle(name, { create: true })).getFile();
    if (size !== offset)
      throw new WorkbenchError(
        'folder-changed',
        `${name} in “${directory.name}” has ${size} bytes where ${offset} were written: another program writes to the folder. Stop it and start again: the labels that are there are kept.`,
        { name, sizeBytes: size, expectedBytes: offset },
      );
  };

  return {
    lock: (nodeId) => lockFolder(directory.name, nodeId),
    entries: () =>
      orExplain(directory.name, async () => {
        const entries: SinkEntry[] = [];
        for await (const handle of directory.values())
          if (handle.kind === 'file')
            entries.push({ name: handle.name, sizeBytes: (await handle.getFile()).size });
        return entries;
      }),
    readText: (name) =>
      orExplain(directory.name, async () => {
        const handle = await directory.getFileHandle(name);
        return readTextFile(await handle.getFile(), { ...limits.metadata, name });
      }),
    writeText: (name, text) =>
      orExplain(directory.name, async () => {
        const handle = await directory.getFileHandle(name, { create: true });
        const stream = await handle.createWritable();
        await stream.write(text);
        await stream.close();
      }),
    write: (name, offset, bytes) =>
      orExplain(directory.name, async () => {
        if (open?.name !== name) await requireEnd(name, offset);
        const stream = await writable(name);
        await stream.write({ type: 'write', position: offset, data: bytes });
      }),
    truncate: (name, sizeBytes) =>
      orExplain(directory.name, async () => {
        await (await writable(name)).truncate(sizeBytes);
        await flush();
      }),
    flush: () => orExplain(directory.name, flush),
    freeBytes: async () => {
      const estimate = await quota?.();
      if (estimate?.quota === undefined) return undefined;
      return Math.max(0, estimate.quota - (estimate.usage ?? 0));
    },
  };
}

/**
 * The browser gives no name to a folder that holds for all tabs, so the lock is on its last name and the identity. It
 * belongs to the origin, because two deployments can be given one folder.
 */
const lockFolder = (folder: string, nodeId: string): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> => {
      if (lock) return new Promise((release) => resolve(release));
      throw new WorkbenchError(
        'folder-in-use',
        `Another tab is writing this identity's PoST data to “${folder}”. Continue there, or cancel there and start again here.`,
        { field: 'directory', folder },
      );
    };
    navigator.locks
      .request(`post-folder ${nodeId} ${folder}`, { ifAvailable: true }, hold)
      .catch(reject);
  });

/** Whether the browser keeps files for a page and can append to them. WebKitGTK has no `navigator.storage`. */
export const hasPrivateStorage = (): boolean =>
  typeof (navigator as Partial<Navigator>).storage?.getDirectory === 'function' &&
  typeof FileSystemFileHandle === 'function' &&
  'createWritable' in FileSystemFileHandle.prototype;

/**
 * For browsers that cannot write to a folder of the user's choice: a folder in the browser's own storage. It survives
 * reloads, and its files can be saved one by one (as downloads that stream from disk) and removed.
 * @throws WorkbenchError `disk-full`, `storage-missing`, `storage-refused`
 */
export const privateDirectory = (name: string): Promise<FileSystemDirectoryHandle> =>
  orExplain(name, async () => {
    if (!hasPrivateStorage())
      throw new WorkbenchError(
        'storage-missing',
        'This browser has no storage of its own for files. Use a current Chromium or Firefox to initialise in the page.',
      );
    const root = await navigator.storage.getDirectory();
    // One per deployment; a name of a folder has no slash.
    const scoped = scopedName(name, location.pathname).replaceAll('/', '%2F');
    const unscoped = await root.getDirectoryHandle(name).catch(ifMissing);
    return unscoped && (await ownerOf(root, name, scoped)) === scoped
      ? unscoped
      : root.getDirectoryHandle(scoped, { create: true });
  });

/** Absence is a value here, and every other failure is not. */
function ifMissing(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
  throw error;
}

/** A note holds the scoped name of a folder; another page of the origin could have written anything there. */
const longestNote = 4096;

/**
 * Earlier versions wrote to a folder without the path of the deployment in its name. It is too large to copy: the first
 * deployment that finds it goes on with it, and leaves a note for the rest.
 */
async function ownerOf(
  root: FileSystemDirectoryHandle,
  name: string,
  claimant: string,
): Promise<string> {
  const note = `${name}.owner`;
  const existing = await root.getFileHandle(note).catch(ifMissing);
  if (existing) return (await existing.getFile()).slice(0, longestNote).text();
  const file = await root.getFileHandle(note, { create: true });
  const writer = await file.createWritable();
  await writer.write(claimant);
  await writer.close();
  return claimant;
}

/** The sink over a private directory: it knows the browser's quota. */
export const privateSink = (directory: FileSystemDirectoryHandle): PostSink =>
  directorySink(directory, () => navigator.storage.estimate());

async function orExplain<R>(folder: string, act: () => Promise<R>): Promise<R> {
  try {
    return await act();
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : '';
    const because = (code: string, message: string) =>
      new WorkbenchError(code, message, { folder }, { cause });
    if (name === 'QuotaExceededError')
      throw because(
        'disk-full',
        `There is no space left to write to “${folder}”. What was finished is safe: make space and start again, it goes on from there.`,
      );
    if (name === 'SecurityError')
      throw because(
        'storage-refused',
        'The browser keeps nothing for this page: the window is private, or storage is blocked. Choose a folder instead, or allow the page to store data.',
      );
    if (name === 'NotAllowedError' || name === 'NoModificationAllowedError')
      throw because(
        'folder-not-writable',
        `The browser may not write to “${folder}”. Choose the folder again and allow editing; close other programs that hold its files open.`,
      );
    if (name === 'NotFoundError')
      throw because(
        'folder-gone',
        `“${folder}” or a file in it is no longer there. Choose the folder again.`,
      );
    throw cause;
  }
}
