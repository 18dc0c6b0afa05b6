/** A folder of this machine that an initialisation writes to. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { WorkbenchError } from '../../base/error';
import { limits, readTextFile } from '../../base/read-file';
import type { PostSink } from '../../post/directory/sink';
import { diskFile } from './disk-file';
import { explainWriteError } from './lines';

const lockName = 'post-workbench.lock';

/** The sink over a folder that exists. One file is open at a time. */
export function diskSink(folder: string): PostSink {
  let open: { readonly name: string; readonly descriptor: number } | undefined;
  const pathOf = (name: string): string => join(folder, name);
  const act = <R>(use: () => R): Promise<R> => {
    try {
      return Promise.resolve(use());
    } catch (error) {
      return Promise.reject(explain(error, folder));
    }
  };
  const flush = (): void => {
    if (!open) return;
    const { descriptor } = open;
    open = undefined;
    fsyncSync(descriptor);
    closeSync(descriptor);
  };
  const writable = (name: string): number => {
    if (open?.name === name) return open.descriptor;
    flush();
    const path = pathOf(name);
    const descriptor = openSync(path, existsSync(path) ? 'r+' : 'wx+');
    open = { name, descriptor };
    return descriptor;
  };
  return {
    lock: () => act(() => lockFolder(folder)),
    entries: () =>
      act(() =>
        readdirSync(folder)
          .map((name) => ({ name, stats: statSync(pathOf(name)) }))
          .filter(({ stats }) => stats.isFile())
          .map(({ name, stats }) => ({ name, sizeBytes: stats.size })),
      ),
    readText: (name) => readTextFile(diskFile(pathOf(name)), { ...limits.metadata, name }),
    writeText: (name, text) =>
      act(() => {
        const partial = pathOf(`${name}.partial`);
        const descriptor = openSync(partial, 'w');
        try {
          writeFileSync(descriptor, text);
          fsyncSync(descriptor);
        } finally {
          closeSync(descriptor);
        }
        renameSync(partial, pathOf(name));
      }),
    write: (name, offset, bytes) =>
      act(() => {
        const descriptor = writable(name);
        const { size } = fstatSync(descriptor);
        if (size !== offset)
          throw new WorkbenchError(
            'folder-changed',
            `${pathOf(name)} has ${size} bytes where ${offset} were written: another program writes to the folder. Stop it and start again: the labels that are there are kept.`,
            { name, sizeBytes: size, expectedBytes: offset },
          );
        for (let at = 0; at < bytes.length;)
          at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
      }),
    truncate: (name, sizeBytes) =>
      act(() => {
        ftruncateSync(writable(name), sizeBytes);
        flush();
      }),
    flush: () => act(flush),
    freeBytes: () =>
      act(() => {
        const { bavail, bsize } = statfsSync(folder);
        return bavail * bsize;
      }),
  };
}

/** Keeps another process from writing to the folder. What a process that was killed has left is taken over. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, lockName);
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    if (isRunning(owner))
      throw new WorkbenchError(
        'folder-in-use',
        `Process ${owner} is writing to ${folder}. Wait for it or stop it. If it is another program, remove ${path}.`,
        { folder, owner },
      );
    rmSync(path, { force: true });
  }
}

function isRunning(owner: number): boolean {
  if (!Number.isSafeInteger(owner) || owner <= 0 || owner === process.pid) return false;
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function explain(error: unknown, folder: string): Error {
  if (error instanceof WorkbenchError) return error;
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
    return new WorkbenchError(
      'disk-full',
      `There is no space left to write to ${folder}. What was finished is safe: make space and run the same command again.`,
      { folder },
      { cause: error },
    );
  return explainWriteError(error, folder);
}
