/**
 * SQL that a user keeps: saved queries by name, and the history of what was run. Kept in the browser's own
 * database; where the browser refuses that, there are none, and a change states so (WorkbenchError `storage-refused`).
 */
import { update, get } from 'idb-keyval';
import { WorkbenchError } from '../base/error';
import { store } from './store';

export interface SavedQuery {
  readonly name: string;
  readonly sql: string;
}

const savedKey = 'queries:saved';
const historyKey = 'queries:history';
const historyLength = 100;

async function change<Value>(
  key: string,
  fallback: Value,
  next: (value: Value) => Value,
): Promise<Value> {
  let result = fallback;
  try {
    await update<Value>(key, (value) => (result = next(value ?? fallback)), store);
  } catch (cause) {
    throw new WorkbenchError(
      'storage-refused',
      'The browser keeps nothing for this page: the window is private, storage is blocked, or the disk is full. Export what you want to keep.',
      {},
      { cause },
    );
  }
  return result;
}

async function read<Value>(key: string): Promise<readonly Value[]> {
  try {
    return (await get<readonly Value[]>(key, store)) ?? [];
  } catch {
    return [];
  }
}

export const readSavedQueries = (): Promise<readonly SavedQuery[]> => read(savedKey);

/** Keeps a query under its name; one of the same name is replaced. Returns all, by name. */
export const saveQueries = (queries: readonly SavedQuery[]): Promise<readonly SavedQuery[]> =>
  change<readonly SavedQuery[]>(savedKey, [], (saved) => mergeQueries(saved, queries));

export function mergeQueries(
  saved: readonly SavedQuery[],
  added: readonly SavedQuery[],
): SavedQuery[] {
  const byName = new Map([...saved, ...added].map((query) => [query.name, query]));
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name));
}

export const deleteQuery = (name: string): Promise<readonly SavedQuery[]> =>
  change<readonly SavedQuery[]>(savedKey, [], (saved) =>
    saved.filter((query) => query.name !== name),
  );

export const renameQuery = (from: string, to: string): Promise<readonly SavedQuery[]> =>
  change<readonly SavedQuery[]>(savedKey, [], (saved) => {
    const sql = saved.find(({ name }) => name === from)?.sql;
    if (sql === undefined) return saved;
    return mergeQueries(
      saved.filter(({ name }) => name !== from),
      [{ name: to, sql }],
    );
  });

/** Newest first, each text once. */
export const readHistory = (): Promise<readonly string[]> => read(historyKey);

export const addToHistory = (sql: string): Promise<readonly string[]> =>
  change<readonly string[]>(historyKey, [], (history) =>
    [sql, ...history.filter((entry) => entry !== sql)].slice(0, historyLength),
  );

export const clearHistory = (): Promise<readonly string[]> =>
  change<readonly string[]>(historyKey, [], () => []);

const fileFormat = 'post-workbench-queries';

/** The file that `parseQueries` reads. */
export const formatQueries = (queries: readonly SavedQuery[]): string =>
  `${JSON.stringify({ format: fileFormat, version: 1, queries }, null, 2)}\n`;

/** @throws WorkbenchError `queries-not-readable` */
export function parseQueries(text: string): SavedQuery[] {
  const refuse = (why: string): never => {
    throw new WorkbenchError(
      'queries-not-readable',
      `This is not a file of saved queries: ${why}. Import a file that “Export” of the console wrote.`,
    );
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse('it is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed))
    return refuse('it does not say that it is one');
  if (parsed.format !== fileFormat) return refuse('its format is another');
  if (!('version' in parsed) || parsed.version !== 1)
    return refuse('it is of a version that this workbench does not know');
  if (!('queries' in parsed) || !Array.isArray(parsed.queries))
    return refuse('it has no list of queries');
  return parsed.queries.map((query: unknown) => {
    if (
      typeof query === 'object' &&
      query !== null &&
      'name' in query &&
      'sql' in query &&
      typeof query.name === 'string' &&
      typeof query.sql === 'string'
    )
      return { name: query.name, sql: query.sql };
    return refuse('a query lacks its name or its SQL');
  });
}
