/** The native sqlite3 program: what every answer is compared with. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Runs SQL and returns what the program prints. @throws with its message when it fails */
export function sqlite3(database: string, sql: string, ...options: string[]): string {
  return execFileSync('sqlite3', ['-batch', ...options, database], {
    input: sql,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}

/** Asks a file of the repository as it is: no -wal or -shm appears beside it. */
export const askUntouched = (database: string, sql: string): string =>
  sqlite3(`file:${database}?immutable=1`, sql);

/**
 * Copies a database with its -wal to a folder of its own, so that the program may recover and checkpoint it. The
 * -shm stays behind: SQLite makes it again from the -wal.
 */
export function withPrivateCopy<R>(path: string, use: (copy: string) => R): R {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const copy = join(folder, basename(path));
  try {
    for (const suffix of ['', '-wal'])
      if (existsSync(path + suffix)) cpSync(path + suffix, copy + suffix);
    return use(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
