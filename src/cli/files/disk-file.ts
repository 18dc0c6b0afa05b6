/** A file on disk with the interface of a browser's `File`, read in place: the jobs over PoST data take these. */
import { closeSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { PlacedFile } from '../../post/directory/directory';
import {
  explainFileError,
  fileStateOf,
  openForReading,
  readUnchanged,
  type FileState,
} from './read-unchanged';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** What another thread needs to read the same bytes. Survives structured clone. */
export interface DiskRange extends Range {
  readonly path: string;
  readonly state: FileState;
}

/** Bytes of a chunk for a consumer without a buffer of its own. */
const chunkBytes = 64 * 1024;

/**
 * Bytes of a file. Each read opens the file, so that any number of them can exist, and rejects with a NotReadableError once
 * the file was changed. Memory: nothing of the file.
 */
export class DiskFile extends File {
  readonly #path: string;
  readonly #state: FileState;
  readonly #range: Range;

  /** Use `diskFile`. */
  constructor(path: string, state: FileState, range: Range = { from: 0, to: state.sizeBytes }) {
    super([], basename(path), { lastModified: Number(state.modifiedNs / 1_000_000n) });
    this.#path = path;
    this.#state = state;
    this.#range = range;
    Object.defineProperty(this, 'size', { value: range.to - range.from });
  }

  /** The same bytes, after their way from another thread. */
  static of({ path, state, from, to }: DiskRange): DiskFile {
    return new DiskFile(path, state, { from, to });
  }

  get range(): DiskRange {
    return { path: this.#path, state: this.#state, ...this.#range };
  }

  override slice(start = 0, end = this.size): DiskFile {
    const { from, to } = this.#range;
    const clamp = (position: number): number =>
      Math.min(to, Math.max(from, position < 0 ? to + position : from + position));
    const sliceFrom = clamp(start);
    const range = { from: sliceFrom, to: Math.max(sliceFrom, clamp(end)) };
    return new DiskFile(this.#path, this.#state, range);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      autoAllocateChunkSize: chunkBytes,
      pull: async (controller) => {
        // Lets signals and the output have their turn.
        await setImmediate();
        const request = controller.byobRequest;
        const view = request?.view;
        if (!request || !view) return;
        const length = Math.min(view.byteLength, this.size - at);
        if (length > 0) this.#read(new Uint8Array(view.buffer, view.byteOffset, length), at);
        else controller.close();
        at += length;
        request.respond(length);
      },
    });
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.bytes().then(({ buffer }) => buffer);
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    await setImmediate();
    const bytes = new Uint8Array(this.size);
    this.#read(bytes, 0);
    return bytes;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  #read(target: Uint8Array, offset: number): void {
    const { descriptor } = openForReading(this.#path);
    try {
      readUnchanged(descriptor, this.#state, target, this.#range.from + offset);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** @throws WorkbenchError as `fileStateOf` */
export const diskFile = (path: string): DiskFile => new DiskFile(path, fileStateOf(path));

/**
 * The files of a folder, without those of folders in it.
 * @throws WorkbenchError `file-not-found`, `folder-expected`, `file-not-allowed`, `file-not-readable`
 */
export function filesOfFolder(folder: string): PlacedFile[] {
  const trimmed = folder.length > 1 ? folder.replace(/[\\/]+$/, '') : folder;
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort();
  } catch (error) {
    throw explainFileError(error, folder);
  }
  return names.map((name) => ({ path: `${trimmed}/${name}`, file: diskFile(join(folder, name)) }));
}
