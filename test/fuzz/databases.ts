/** Small databases, damaged, beside what the sqlite3 program answers of the same bytes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkbenchError } from '../../src/base/error';
import { Engine } from '../../src/state/engine/engine';
import { memorySource } from '../../src/state/engine/source';
import type { Sql } from '../../src/state/engine/sqljs';
import type { SqlValue } from '../../src/state/types';
import { allRows } from '../support/node-engine';

export interface Files {
  readonly main: Uint8Array;
  readonly wal: Uint8Array | undefined;
}

/** Rows as text, or `refused`: there are none because something is wrong. */
export type Answer = string;
export const refused = 'error';

/** Far beyond what a file of some kilobytes needs. */
const deadlineMs = 10_000;

const open = (SQL: Sql, { main, wal }: Files): Engine => {
  const began = performance.now();
  return new Engine(
    SQL,
    {
      main: { name: 'main', source: memorySource(main), modifiedMs: 0 },
      wal: wal && { name: 'main-wal', source: memorySource(wal), modifiedMs: 0 },
    },
    {
      cacheBytes: 512 * 1024,
      nowMs: 1e12,
      isCancelled: () => performance.now() - began > deadlineMs,
    },
  );
};

const textOf = (rows: readonly (readonly SqlValue[])[]): Answer =>
  rows.map((row) => `${row.map((value) => String(value ?? '')).join('|')}\n`).join('');

/** @throws what is neither rows nor a WorkbenchError */
function answerOf(read: () => readonly (readonly SqlValue[])[]): Answer {
  try {
    return textOf(read());
  } catch (error) {
    if (error instanceof WorkbenchError) return refused;
    throw error;
  }
}

/** What the engine answers to each question. @throws what is neither rows nor a WorkbenchError */
export function ours(SQL: Sql, files: Files, questions: readonly string[]): Answer[] {
  let engine: Engine | undefined;
  try {
    const opened = (engine = open(SQL, files));
    return questions.map((sql) => answerOf(() => allRows(opened, sql)));
  } catch (error) {
    if (error instanceof WorkbenchError) return questions.map(() => refused);
    throw error;
  } finally {
    engine?.close();
  }
}

/** The database with its log applied, as one file. */
export function merged(SQL: Sql, files: Files): Files {
  const engine = open(SQL, files);
  const { pages } = engine;
  const main = new Uint8Array(pages.sizeBytes);
  for (let at = 0; at < main.length; at += pages.pageSize)
    main.set(pages.view(at, Math.min(at + pages.pageSize, main.length)), at);
  engine.close();
  return { main, wal: undefined };
}

/** What sql.js answers by itself, over a file in memory. */
export function plain(SQL: Sql, { main }: Files, question: string): Answer {
  const database = new SQL.Database(main);
  try {
    return textOf(database.exec(question)[0]?.values ?? []);
  } catch {
    return refused;
  } finally {
    database.close();
  }
}

const mark = '\u0001answer';

/** What the program prints for each question about each set of files; one start of it for all of them. */
export function native(files: readonly Files[], questions: readonly string[]): Answer[][] {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  try {
    const lines: string[] = [];
    /** Line of the script → number of the answer. */
    const answerOfLine = new Map<number, number>();
    for (const [i, { main, wal }] of files.entries()) {
      const path = join(folder, `${i}.db`);
      writeFileSync(path, main);
      if (wal) writeFileSync(`${path}-wal`, wal);
      lines.push(`.open ${path}`);
      for (const [q, question] of questions.entries()) {
        lines.push(`${question};`);
        answerOfLine.set(lines.length, i * questions.length + q);
        lines.push(`.print ${mark}`);
      }
    }
    const { stdout, stderr } = spawnSync('sqlite3', ['-batch', '-noheader', ':memory:'], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 512 * 1024 * 1024,
      timeout: 120_000,
    });
    const failed = new Set(
      [...stderr.matchAll(/near line (\d+)/g)].map(([, line]) => answerOfLine.get(Number(line))),
    );
    const answers = stdout
      .split(`${mark}\n`)
      .map((answer, i): Answer => (failed.has(i) ? refused : answer));
    return files.map((_, i) => answers.slice(i * questions.length, (i + 1) * questions.length));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
