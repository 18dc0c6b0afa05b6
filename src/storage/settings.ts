/**
 * Small choices that the app remembers in the browser's own database. Private windows and full disks
 * refuse it; then the choice lasts as long as the page.
 */
import { get, set } from 'idb-keyval';
import { store } from './store';

export async function readSetting<Value>(name: string, fallback: Value): Promise<Value> {
  try {
    return (await get<Value>(`setting:${name}`, store)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Resolves to false if the browser would not keep it. */
export async function writeSetting(name: string, value: unknown): Promise<boolean> {
  try {
    await set(`setting:${name}`, value, store);
    return true;
  } catch {
    return false;
  }
}
