/**
 * Profile runs that a user keeps, newest first. Kept in the browser's own database; where the browser
 * refuses, the caller has them for as long as the page is open.
 */
import { get, update } from 'idb-keyval';
import { store } from './store';

const key = 'profile:runs';
/** Runs are a few kilobytes each; beyond this the oldest go. */
const kept = 200;

interface Identified {
  readonly id: string;
  readonly startedMs: number;
}

/** Adds runs; one with an id that is there already is replaced. Newest first. */
export const mergeRuns = <Run extends Identified>(
  runs: readonly Run[],
  added: readonly Run[],
): Run[] =>
  [...new Map([...runs, ...added].map((run) => [run.id, run])).values()]
    .sort((a, b) => b.startedMs - a.startedMs)
    .slice(0, kept);

export async function readRuns<Run extends Identified>(): Promise<readonly Run[]> {
  try {
    return (await get<readonly Run[]>(key, store)) ?? [];
  } catch {
    return [];
  }
}

/** Resolves to false if the browser would not keep them. */
export const keepRuns = (runs: readonly Identified[]): Promise<boolean> =>
  change((all) => mergeRuns(all, runs));

export const deleteRun = (id: string): Promise<boolean> =>
  change((all) => all.filter((run) => run.id !== id));

async function change(
  next: (runs: readonly Identified[]) => readonly Identified[],
): Promise<boolean> {
  try {
    await update<readonly Identified[]>(key, (runs) => next(runs ?? []), store);
    return true;
  } catch {
    return false;
  }
}
