/** Text files that grow by lines, and files that get their name when they are complete. */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { WorkbenchError } from '../../base/error';
import { explainFileError } from './read-unchanged';

const chunkBytes = 256 * 1024;
const newline = 0x0a;

export interface Line {
  readonly text: string;
  /** Offset of the byte after its newline. */
  readonly end: number;
}

/**
 * The complete lines of a file; what follows the last newline is left out. Memory: 256 KiB, and a line.
 * @throws WorkbenchError of the file
 */
export function* readLines(path: string): Generator<Line> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    throw explainFileError(error, path);
  }
  const decoder = new TextDecoder();
  try {
    let rest = Buffer.alloc(0);
    let end = 0;
    for (;;) {
      const chunk = Buffer.alloc(chunkBytes);
      const read = readSync(descriptor, chunk);
      if (read === 0) return;
      let bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline)) {
        end += at + 1;
        yield { text: decoder.decode(bytes.subarray(0, at)), end };
        bytes = bytes.subarray(at + 1);
      }
      rest = bytes;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A file that lines are appended to. */
export interface LineFile {
  append(line: string): void;
  close(): void;
}

/**
 * Opens a file for appending, after its first `keptBytes`, and cuts off the rest.
 * @throws WorkbenchError `output-not-writable`; `append` too
 */
export function appendLines(path: string, keptBytes: number): LineFile {
  let descriptor: number;
  const orExplain = <R>(act: () => R): R => {
    try {
      return act();
    } catch (error) {
      throw explainWriteError(error, path);
    }
  };
  orExplain(() => {
    descriptor = openSync(path, 'a');
    ftruncateSync(descriptor, keptBytes);
  });
  return {
    append: (line) => orExplain(() => writeAll(descriptor, Buffer.from(`${line}\n`))),
    close: () => closeSync(descriptor),
  };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}

/**
 * Gives `use` a function that writes to a file, which gets its name only when it is complete.
 * @throws WorkbenchError `output-not-writable`
 */
export async function writeComplete(
  path: string,
  use: (write: (bytes: Uint8Array) => void) => void | Promise<void>,
): Promise<void> {
  const partial = `${path}.partial`;
  let descriptor: number;
  try {
    descriptor = openSync(partial, 'w');
  } catch (error) {
    throw explainWriteError(error, partial);
  }
  try {
    try {
      await use((bytes) => {
        try {
          writeAll(descriptor, bytes);
        } catch (error) {
          throw explainWriteError(error, partial);
        }
      });
    } finally {
      closeSync(descriptor);
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** Makes a folder with those above it. @throws WorkbenchError `output-not-writable` */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw explainWriteError(error, path);
  }
}

export function explainWriteError(error: unknown, path: string): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new WorkbenchError(
    'output-not-writable',
    `${path} could not be written: ${reason}. Check the folder, its permissions and the free space.`,
    { path },
    { cause: explainFileError(error, path) },
  );
}
