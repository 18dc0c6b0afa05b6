/**
 * The database in which the app keeps what it remembers: one per deployment (src/base/scope.ts). Earlier versions kept
 * everything in the store that all users of idb-keyval share on an origin; its entries are copied once. They are not removed
 * there, because another deployment that has not started since may still need them.
 */
import { createStore, type UseStore } from 'idb-keyval';
import { scopedName } from '../base/scope';

const storeName = 'keyval';
const sharedDatabase = 'keyval-store';
/** The keys of this app: other apps on the origin may keep theirs in the same store. */
const ownKey = /^(setting|profile|recents|queries|addresses):/;
const copiedKey = 'copied-from-shared-store';

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused the request'));
  });

/** Opens the shared database if there is one; never creates it. */
function openShared(): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(sharedDatabase);
  return new Promise((resolve, reject) => {
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () =>
      request.error?.name === 'AbortError'
        ? resolve(undefined)
        : reject(request.error ?? new Error('the browser refused the database'));
  });
}

async function readShared(): Promise<readonly (readonly [string, unknown])[]> {
  const database = await openShared();
  if (!database) return [];
  try {
    if (!database.objectStoreNames.contains(storeName)) return [];
    const store = database.transaction(storeName).objectStore(storeName);
    const [keys, values] = await Promise.all([
      settled(store.getAllKeys()),
      settled<unknown[]>(store.getAll()),
    ]);
    return keys.flatMap((key, i) =>
      typeof key === 'string' && ownKey.test(key) ? [[key, values[i]] as const] : [],
    );
  } finally {
    database.close();
  }
}

/** Copies in one transaction, so that of two tabs only the first one does it. */
async function copyShared(own: UseStore): Promise<void> {
  if (await own('readonly', (store) => settled<unknown>(store.get(copiedKey)))) return;
  const entries = await readShared();
  await own('readwrite', async (store) => {
    if (await settled<unknown>(store.get(copiedKey))) return;
    for (const [key, value] of entries) store.put(value, key);
    await settled(store.put(true, copiedKey));
  });
}

let opened: Promise<UseStore> | undefined;

/** For the functions of idb-keyval. */
export const store: UseStore = async (mode, use) => {
  opened ??= (async () => {
    const own = createStore(scopedName('workbench', location.pathname), storeName);
    await copyShared(own);
    return own;
  })();
  try {
    return await (
      await opened
    )(mode, use);
  } catch (error) {
    // The browser may allow next time what it refuses now.
    opened = undefined;
    throw error;
  }
};
