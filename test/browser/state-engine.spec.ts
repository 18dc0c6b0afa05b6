/** The database engine where it runs: real files on a disk, a worker, cancels, and a page without isolation. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type {} from '../../src/app/workbench';

const folder = mkdtempSync(join(tmpdir(), 'state-engine-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const live = ['', '-wal', '-shm'].map((suffix) => `test/data/node/live_A/state.sql${suffix}`);

/** Gives the page real files, as a drop does, and opens them through the scripting interface. */
async function open(page: Page, ...files: string[]): Promise<string> {
  await page.evaluate(() => {
    document.querySelector('#under-test')?.remove();
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.id = 'under-test';
    document.body.append(input);
  });
  await page.setInputFiles('#under-test', files);
  return page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#under-test');
    try {
      const info = await window.workbench.state.open(input?.files ?? new FileList());
      return `open: ${info.findings.map(({ code }) => code).join()}`;
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

/** The first value of a query, or the code or name of its error. */
const ask = (page: Page, sql: string): Promise<unknown> =>
  page.evaluate(async (text) => {
    try {
      const { rows } = await window.workbench.state.query(text);
      return rows[0]?.[0];
    } catch (error) {
      return (error as { code?: string }).code ?? (error as Error).name;
    }
  }, sql);

/** Starts a query that never ends, aborts it after a while, and states how it ended. */
const cancel = (page: Page, sql: string): Promise<unknown> =>
  page.evaluate(async (text) => {
    const controller = new AbortController();
    const running = window.workbench.state
      .query(text, [], { signal: controller.signal, maxRows: 1e9 })
      .then(
        () => 'answered',
        (error: unknown) => (error as Error).name,
      );
    await new Promise((resolve) => setTimeout(resolve, 400));
    controller.abort();
    return running;
  }, sql);

const endless = {
  computing:
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c',
  yielding: 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c',
  reading:
    'SELECT count(*) FROM ballots a, ballots b, ballots c, ballots d WHERE a.ballot < b.ballot || c.ballot',
};

/** A database of 40 MB, so that most of it is not cached. */
function bigDatabase(name: string): string {
  const path = join(folder, name);
  cpSync('public/sample/state.sql', path);
  execFileSync('sqlite3', [path], {
    input: `PRAGMA journal_mode=DELETE; CREATE TABLE filler (id INTEGER PRIMARY KEY, b BLOB);
      WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000) INSERT INTO filler SELECT n, zeroblob(950) FROM c;`,
  });
  return path;
}
const readAll = 'SELECT sum(length(b)) FROM filler';

test.beforeEach(async ({ page }) => {
  await page.goto('./');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
});

test('reads a live copy with its WAL, and cancels what computes, yields or reads', async ({
  page,
}) => {
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(await open(page, ...live)).toBe('open: ');
  expect(await ask(page, 'SELECT count(*) FROM rewards')).toBe(479);
  for (const sql of Object.values(endless)) {
    expect(await cancel(page, sql)).toBe('AbortError');
    expect(await ask(page, 'SELECT count(*) FROM rewards')).toBe(479);
  }
});

test('queries wait their turn; one that is cancelled while it waits never runs', async ({
  page,
}) => {
  await open(page, ...live);
  const outcome = await page.evaluate(async (sql) => {
    const { state } = window.workbench;
    const first = new AbortController();
    const second = new AbortController();
    const names: string[] = [];
    const note = (name: string) => (error: unknown) =>
      names.push(`${name} ${(error as Error).name}`);
    const running = state.query(sql, [], { signal: first.signal }).catch(note('first'));
    const waiting = state.query(sql, [], { signal: second.signal }).catch(note('second'));
    const last = state.query('SELECT count(*) FROM atxs');
    second.abort();
    await waiting;
    first.abort();
    await running;
    return [...names, (await last).rows[0]?.[0]];
  }, endless.computing);
  expect(outcome).toEqual(['second AbortError', 'first AbortError', 54]);
});

test('a scan is read ahead by the helper thread, and every byte is right', async ({ page }) => {
  const path = bigDatabase('scan.sql');
  expect(await open(page, path)).toBe('open: ');
  for (let i = 0; i < 3; i++) expect(await ask(page, readAll)).toBe(40_000 * 950);
  expect(await ask(page, 'PRAGMA integrity_check')).toBe('ok');
});

test('a file that changes while open is reported, and opens again', async ({ page }) => {
  const path = bigDatabase('changing.sql');
  await open(page, path);
  expect(await ask(page, 'SELECT count(*) FROM atxs')).toBe(72);
  appendFileSync(path, new Uint8Array(4096));
  expect(await ask(page, readAll)).toBe('file-changed');
  expect(await open(page, path)).toBe('open: ');
  expect(await ask(page, 'SELECT count(*) FROM atxs')).toBe(72);
});

test('a file that vanishes is reported', async ({ page }) => {
  const path = bigDatabase('vanishing.sql');
  await open(page, path);
  rmSync(path);
  expect(await ask(page, readAll)).toBe('file-vanished');
});

test('a file that is not a database is recognised', async ({ page }) => {
  expect(await open(page, 'package.json')).toBe('not-a-database');
  expect(await open(page, 'test/data/node/live_A/state.sql-wal')).toBe('wal-without-database');
  expect(await open(page, 'test/data/node/live_A/state.sql')).toBe('open: wal-missing');
  expect(await ask(page, 'SELECT count(*) FROM rewards')).toBe(424);
  expect(await ask(page, 'DELETE FROM rewards')).toBe('sql-not-read-only');
  expect(await ask(page, 'WITH a AS (SELECT 1) DELETE FROM rewards')).toBe('sql-not-read-only');
});

test('without cross-origin isolation it reads and cancels all the same', async ({ page }) => {
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const headers = Object.fromEntries(
      Object.entries(response.headers()).filter(([name]) => !name.startsWith('cross-origin-')),
    );
    await route.fulfill({ response, headers });
  });
  await page.goto('./?plain');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  expect(await open(page, ...live)).toBe('open: ');
  for (const sql of Object.values(endless)) {
    expect(await cancel(page, sql)).toBe('AbortError');
    expect(await ask(page, 'SELECT count(*) FROM rewards')).toBe(479);
  }
  const path = bigDatabase('plain.sql');
  await open(page, path);
  expect(await ask(page, readAll)).toBe(40_000 * 950);
});
