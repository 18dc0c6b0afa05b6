/** Every known answer of the sample network's database, read off the page after a real drop. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import type {} from '../../src/app/workbench';
import { drop, expectNoViolations, watch } from './support/page';

type Row = Readonly<Record<string, string | number | null>>;
interface Expected {
  readonly queries: Readonly<
    Record<
      string,
      {
        readonly sql: string;
        readonly runs: readonly {
          readonly params: Readonly<Record<string, string | number>>;
          readonly rows: readonly Row[];
        }[];
      }
    >
  >;
}
const expected = JSON.parse(readFileSync('test/data/node/expected.json', 'utf8')) as Expected;

/** Opens the link to a query, runs it, and gives what the table's own JSON button hands out. */
async function answer(page: Page, run: number, sql: string, params: Row): Promise<unknown> {
  await page.evaluate(
    ([q, p]) => {
      const query = new URLSearchParams({ q });
      for (const [name, value] of Object.entries(p)) query.set(`p.${name}`, String(value));
      location.hash = `#/state/sql?${query}`;
    },
    [sql, params] as const,
  );
  // The console shows what the link holds, and waits.
  await expect(page).toHaveURL((url) => url.hash.includes(`q=`));
  await expect(page.locator('.cm-content')).toContainText(sql.trim().slice(0, 12));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const status = page.getByTestId('run-status');
  // Not the answer to the query before.
  await expect(status).toHaveAttribute('data-run', String(run));
  await expect(status).toContainText(/^\d[\d,]* rows? in /);
  if ((await status.textContent())?.startsWith('0 rows')) return [];
  // Chromium silently drops what a page saves beyond ten files within a second.
  await page.waitForTimeout(120);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  const path = await (await download).path();
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

/** What `window.workbench` answers to every run, as the expected rows are written. */
const answers = (page: Page, asked: readonly (readonly [sql: string, params: Row])[]) =>
  page.evaluate(async (all) => {
    const bytes = (digits: string): Uint8Array =>
      Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
    const rows: Record<string, unknown>[][] = [];
    for (const [sql, params] of all) {
      const bound = Object.entries(params).map(([name, value]) => [
        name,
        typeof value === 'string' ? bytes(value) : value,
      ]);
      const result = await window.workbench.state.query(
        sql,
        Object.fromEntries(bound) as Record<string, number | Uint8Array>,
      );
      rows.push(
        result.rows.map((row) =>
          Object.fromEntries(
            row.map((cell, i) => [
              result.columns[i] ?? '',
              typeof cell === 'bigint' ? String(cell) : cell,
            ]),
          ),
        ),
      );
    }
    return rows;
  }, asked);

test('the sample: every expected query, its rows in the console and by window.workbench', async ({
  page,
}) => {
  test.setTimeout(240_000);
  await watch(page);
  await page.goto('./#/state');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  const queries = Object.entries(expected.queries);
  const runs = queries.flatMap(([, { sql, runs }]) => runs.map((run) => ({ sql, ...run })));
  expect(runs.length).toBe(114);
  expect(
    await answers(
      page,
      runs.map(({ sql, params }) => [sql, params]),
    ),
  ).toEqual(runs.map(({ rows }) => rows));
  // The console runs each query once: its way from the link to the file is the same for all parameters.
  let count = 0;
  for (const [name, { sql, runs }] of queries) {
    const run = runs.find(({ rows }) => rows.length > 0) ?? runs[0];
    if (!run) continue;
    const asked = `${name} ${JSON.stringify(run.params)}`;
    expect(await answer(page, ++count, sql, run.params), asked).toEqual(run.rows);
  }
  expect(count).toBe(30);
  await expectNoViolations(page);
});
