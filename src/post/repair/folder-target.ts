/** A repair into folders that the user chose, by the File System Access API. */
import { equalBytes, type Bytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { readSlice } from '../../base/read-slice';
import type { RepairTarget } from './repair';

/**
 * What is written becomes part of a file only when the browser closes its temporary copy, which is as large as the file: the
 * disk needs that much free space for one file.
 * @throws WorkbenchError `repair-same-folder`; its functions `repair-original-exists`, `repair-folder-refused`
 */
export async function folderRepairTarget(
  data: FileSystemDirectoryHandle,
  originals: FileSystemDirectoryHandle,
): Promise<RepairTarget> {
  if (await data.isSameEntry(originals))
    throw new WorkbenchError(
      'repair-same-folder',
      'The original bytes cannot be kept in the PoST folder itself: a node would find files there that it does not know. Choose another folder for them.',
    );
  let open: { readonly name: string; readonly stream: FileSystemWritableFileStream } | undefined;
  const close = async (): Promise<void> => {
    const closing = open;
    open = undefined;
    await closing?.stream.close();
  };
  const read = async (name: string, from: number, to: number): Promise<Bytes> => {
    const file = await (await data.getFileHandle(name)).getFile();
    return readSlice({ file, from, to });
  };
  return {
    read: (name, from, to) => orExplain(data, () => read(name, from, to)),
    write: (name, offset, bytes) =>
      orExplain(data, async () => {
        if (open?.name !== name) {
          await close();
          const handle = await data.getFileHandle(name);
          open = { name, stream: await handle.createWritable({ keepExistingData: true }) };
        }
        await open.stream.write({ type: 'write', position: offset, data: bytes });
      }),
    flush: () => orExplain(data, close),
    keepOriginal: (name, bytes) =>
      orExplain(originals, async () => {
        const handle = await originals.getFileHandle(name, { create: true });
        const present = new Uint8Array(await (await handle.getFile()).arrayBuffer());
        if (present.length > 0 && !equalBytes(present, bytes))
          throw new WorkbenchError(
            'repair-original-exists',
            `${name} is already in “${originals.name}”, with other bytes. Choose an empty folder for the original bytes.`,
            { name },
          );
        const stream = await handle.createWritable();
        await stream.write(bytes);
        await stream.close();
      }),
  };
}

async function orExplain<R>(folder: FileSystemDirectoryHandle, act: () => Promise<R>): Promise<R> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new WorkbenchError(
      'repair-folder-refused',
      `“${folder.name}” could not be read or written (${cause.name}). Allow editing, make space, stop other programs that use its files, and start again.`,
      { folder: folder.name },
      { cause },
    );
  }
}
