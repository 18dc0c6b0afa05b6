/**
 * Where an export goes: straight to disk where the browser can (whatever the size), else collected in memory and
 * handed over as a download.
 */
import type { ByteSink } from '../../state/types';
import { download } from '../../ui/download';

export interface Destination {
  /** Of the file, or of the folder that holds the parts, as the user chose it. */
  readonly name: string;
  /** A sink for the one file (empty name), or for one part: `epoch=12`. */
  readonly open: (part: string) => Promise<ByteSink>;
}

/** Not yet in TypeScript's DOM library. */
interface Pickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
  showDirectoryPicker?(options: { mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}

const toDisk = async (handle: FileSystemFileHandle): Promise<ByteSink> => {
  const stream = await handle.createWritable();
  return {
    write: (bytes) => stream.write(new Uint8Array(bytes)),
    close: () => stream.close(),
    // Ends the stream without changing the file.
    abort: (reason) => stream.abort(reason),
  };
};

const toDownload = (name: string): ByteSink => {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: (bytes) => {
      parts.push(new Uint8Array(bytes));
    },
    close: () => download(name, new Blob(parts)),
  };
};

/** What an export loses where the browser cannot write to disk; undefined where it can. */
export function memoryText(parts: boolean): string | undefined {
  if ((parts ? 'showDirectoryPicker' : 'showSaveFilePicker') in window) return undefined;
  return parts
    ? 'This browser cannot write into a folder: each epoch becomes a download, and is collected in memory first. Keep each below 1 GiB, or use a Chromium (Chrome, Edge).'
    : 'This browser cannot write to a file while rows come: the export is collected in memory first, and then downloaded. Keep it below 1 GiB, or use a Chromium (Chrome, Edge).';
}

/**
 * Asks where to. Call it from a click.
 * @param name of the file, or of the folder when there are parts
 * @throws AbortError when the user closes the dialog
 */
export async function chooseDestination(
  name: string,
  extension: string,
  parts: boolean,
): Promise<Destination> {
  const pickers = window as Window & Pickers;
  if (parts && pickers.showDirectoryPicker) {
    const chosen = await pickers.showDirectoryPicker({ mode: 'readwrite' });
    const folder = await chosen.getDirectoryHandle(name, { create: true });
    return {
      name,
      open: async (part) => {
        const of = await folder.getDirectoryHandle(part, { create: true });
        return toDisk(await of.getFileHandle(`part-0.${extension}`, { create: true }));
      },
    };
  }
  if (!parts && pickers.showSaveFilePicker) {
    const handle = await pickers.showSaveFilePicker({ suggestedName: `${name}.${extension}` });
    return { name: handle.name, open: () => toDisk(handle) };
  }
  return {
    name: parts ? name : `${name}.${extension}`,
    open: (part) =>
      Promise.resolve(toDownload(part ? `${name}.${part}.${extension}` : `${name}.${extension}`)),
  };
}
