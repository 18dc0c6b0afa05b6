/** What the suites over PoST data share: the vectors, the kernel in this thread, and a real folder to write to. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { wasmLabelKernel } from '../../src/kernels/wasm/labels';
import { openDirectory, type PostDirectory } from '../../src/post/directory/directory';
import { kernelEngines, type LabelEngines } from '../../src/post/labels';
import type { PostSink } from '../../src/post/directory/sink';

const data = (path: string) => fileURLToPath(new URL(`../data/post/${path}`, import.meta.url));

/** A file of the vectors, parsed. */
export const postVectors = (name: string): unknown => JSON.parse(readFileSync(data(name), 'utf8'));

/** Where a directory of the vectors is: "go-n16". */
export const vectorDirectory = (name: string): string => data(join('posdata', name));

/** The SIMD kernel in this thread: the same code that a worker runs. */
export function labelEngines(): LabelEngines {
  const path = new URL('../../src/kernels/wasm/build/labels.wasm', import.meta.url);
  return kernelEngines(wasmLabelKernel(new WebAssembly.Module(readFileSync(path))));
}

/** An empty folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'post-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Contents by name, of the files that a folder has. */
export const folderContents = (folder: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

/** A sink over a real folder. Like the browser's, it refuses writes that would leave holes. */
export function folderSink(folder: string, freeBytes?: number): PostSink {
  const path = (name: string) => join(folder, name);
  return {
    lock: () => Promise.resolve(() => undefined),
    entries: () =>
      Promise.resolve(
        readdirSync(folder).map((name) => ({ name, sizeBytes: statSync(path(name)).size })),
      ),
    readText: (name) => Promise.resolve(readFileSync(path(name), 'utf8')),
    writeText: (name, text) => {
      writeFileSync(path(name), text);
      return Promise.resolve();
    },
    write: (name, offset, bytes) => {
      const size = existsSync(path(name)) ? statSync(path(name)).size : 0;
      if (size !== offset)
        return Promise.reject(new Error(`${name} has ${size} bytes, but ${offset} is written to`));
      appendFileSync(path(name), bytes);
      return Promise.resolve();
    },
    truncate: (name, sizeBytes) => {
      truncateSync(path(name), sizeBytes);
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    freeBytes: () => Promise.resolve(freeBytes),
  };
}

/** A directory as a drop would give it, from contents by name. */
export const openContents = (
  contents: Readonly<Record<string, Uint8Array>>,
): Promise<PostDirectory> =>
  openDirectory(
    Object.entries(contents).map(([name, bytes]) => new File([new Uint8Array(bytes)], name)),
  );
