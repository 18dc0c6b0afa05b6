/**
 * What was opened lately, by file handle: a handle opens the same file again after a reload, once the user
 * allows it. Contents are never kept, and browsers without handles keep nothing.
 */
import { get, update } from 'idb-keyval';
import { WorkbenchError } from '../base/error';
import { store } from './store';

export interface RecentDatabase {
  /** Name of the main file. */
  readonly name: string;
  readonly openedMs: number;
  /** state.sql and what lay beside it. */
  readonly handles: readonly FileSystemFileHandle[];
}

const key = 'recents:databases';
const kept = 6;

export async function readRecentDatabases(): Promise<readonly RecentDatabase[]> {
  try {
    return (await get<readonly RecentDatabase[]>(key, store)) ?? [];
  } catch {
    return [];
  }
}

/** Files of the same names in the same places are the same entry. Where the browser refuses, nothing is kept. */
export async function rememberDatabase(
  handles: readonly FileSystemFileHandle[],
  openedMs: number,
): Promise<void> {
  const main = handles.find(({ name }) => !/-(wal|shm)$/.test(name));
  if (!main) return;
  try {
    const others: RecentDatabase[] = [];
    for (const recent of await readRecentDatabases()) {
      const same = await Promise.all(recent.handles.map((handle) => handle.isSameEntry(main)));
      if (!same.includes(true)) others.push(recent);
    }
    const entry: RecentDatabase = { name: main.name, openedMs, handles };
    await update<readonly RecentDatabase[]>(key, () => [entry, ...others].slice(0, kept), store);
  } catch {
    // Private windows and full disks: there is then no list.
  }
}

export async function forgetDatabases(): Promise<void> {
  await update<readonly RecentDatabase[]>(key, () => [], store);
}

/** Not yet in TypeScript's DOM library. */
interface PermissionHandle {
  requestPermission?(descriptor: { mode: 'read' }): Promise<PermissionState>;
}

/**
 * The files of a recent entry. Call it from a click: the browser asks the user.
 * @throws WorkbenchError `recent-refused`, `recent-gone`
 */
export async function openRecent(
  recent: RecentDatabase,
): Promise<{ path: string; file: File; handle: FileSystemFileHandle }[]> {
  const files: { path: string; file: File; handle: FileSystemFileHandle }[] = [];
  for (const handle of recent.handles) {
    const permission = await (handle as PermissionHandle).requestPermission?.({ mode: 'read' });
    if (permission === 'denied')
      throw new WorkbenchError(
        'recent-refused',
        `The browser was not allowed to read ${handle.name}. Click again and allow it, or drop the files.`,
      );
    try {
      files.push({ path: handle.name, file: await handle.getFile(), handle });
    } catch (cause) {
      // A -wal and -shm come and go; without the database itself there is nothing to open.
      if (handle.name === recent.name)
        throw new WorkbenchError(
          'recent-gone',
          `${handle.name} is no longer where it was. Drop it from its new place.`,
          {},
          { cause },
        );
    }
  }
  return files;
}
