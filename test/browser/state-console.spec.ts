/** The SQL console: run, cancel, several statements, saved queries, exports. */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { drop, expectNoViolations, expectQuiet, watch } from './support/page';
import { test } from './support/shared-page';

async function open(page: Page): Promise<void> {
  await watch(page);
  await page.goto('./#/state');
  await drop(page, 'public/sample/state.sql');
  await page.getByRole('link', { name: 'SQL console' }).click();
  await expect(page.getByRole('textbox', { name: 'SQL' })).toBeVisible();
}

async function type(page: Page, sql: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'SQL' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(sql);
}

const status = (page: Page) => page.getByTestId('run-status');

test.beforeEach(async ({ page }) => open(page));
test.afterEach(({ page }) => expectQuiet(page));

test('runs what is typed by Ctrl+Enter, and only the selection if there is one', async ({
  page,
}) => {
  await type(page, 'SELECT 9223372036854775807 AS a, 2 AS a;\nSELECT 3 AS b');
  await page.keyboard.press('Control+Enter');
  const result = page.getByRole('grid', { name: 'Result' });
  await expect(result).toContainText('3');
  await page.getByRole('button', { name: /^1: 1 row/ }).click();
  // Both columns of one name, and every digit.
  await expect(result.getByRole('columnheader')).toHaveText(['a', 'a']);
  await expect(result).toContainText('9223372036854775807');
  await page.getByRole('textbox', { name: 'SQL' }).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Shift+Home');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: /^1: / })).toHaveCount(0);
  await expect(result).toContainText('3');
});

test('completes names of the schema', async ({ page }) => {
  await type(page, '');
  await page.keyboard.type('SELECT * FROM atx_bl');
  // The list comes when it is ready; a click on it puts the name in the place of what was typed.
  await page.getByRole('option', { name: 'atx_blobs' }).click();
  await expect(page.getByRole('textbox', { name: 'SQL' })).toHaveText('SELECT * FROM atx_blobs');
  await page.keyboard.press('Control+Enter');
  await expect(status(page)).toContainText('72 rows');
  await expectNoViolations(page);
});

test('cancels a query that only computes, and goes on', async ({ page }) => {
  await type(
    page,
    'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
  );
  await page.keyboard.press('Control+Enter');
  await expect(status(page)).toContainText('running');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(status(page)).toContainText('cancelled');
  await type(page, 'SELECT count(*) AS n FROM rewards');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('604');
});

test('refuses to write, and reports it', async ({ page }) => {
  await type(page, 'DELETE FROM rewards');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('alert')).toContainText('DELETE is not a query');
  await expectNoViolations(page);
});

test('shows that a result is cut, and scrolls through a million rows', async ({ page }) => {
  await page.getByLabel(/At most/).selectOption('1,000,000');
  await type(
    page,
    'WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT i, i % 7 AS seven FROM n LIMIT 1000001',
  );
  await page.keyboard.press('Control+Enter');
  await expect(status(page)).toContainText('1,000,000 rows', { timeout: 60_000 });
  await expect(page.getByText('These are the first 1,000,000 rows')).toBeVisible();
  const result = page.getByRole('grid', { name: 'Result' });
  await result.focus();
  await page.keyboard.press('Control+End');
  await expect(result.getByRole('row', { name: '1000000 1', exact: true })).toBeVisible();
  await result.getByRole('columnheader', { name: 'seven' }).getByRole('button').click();
  await expect(result.getByRole('columnheader', { name: 'seven' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
  await page.keyboard.press('Control+Home');
  await expect(result.getByRole('row').nth(1)).toContainText('7', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByLabel('Filter i', { exact: true }).fill('999990..2000000');
  await expect(page.getByText('11 of 1,000,000 rows')).toBeVisible({ timeout: 60_000 });
  await expectNoViolations(page);
});

test('shows the last column of a wide result, scrolled to it', async ({ page }) => {
  await page.setViewportSize({ width: 500, height: 900 });
  const names = Array.from({ length: 30 }, (_, i) => `c${i}`);
  await type(page, `SELECT ${names.map((name, i) => `${i} AS ${name}`).join(', ')}`);
  await page.keyboard.press('Control+Enter');
  const result = page.getByRole('grid', { name: 'Result' });
  const last = result.getByRole('gridcell').last();
  // The real pointer reaches it: it is neither cut off nor covered.
  await last.click();
  await expect(last).toHaveText('29');
  await expect(last).toHaveAttribute('aria-selected', 'true');
  await expect(last).toBeInViewport({ ratio: 0.9 });
});

test('fills in a ready query and explains its plan', async ({ page }) => {
  await page.getByText('Rewards', { exact: true }).last().click();
  await page.getByRole('button', { name: 'Rewards of a smesher per epoch' }).click();
  await page
    .getByLabel(':smesher')
    .fill('31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55');
  await expect(page.getByLabel(':layersPerEpoch')).toHaveValue('10');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('516709120233');
  await page.getByRole('button', { name: 'Explain the plan' }).click();
  await expect(page.getByText(/SEARCH rewards USING/)).toBeVisible();
  expect(page.url()).toContain('p.smesher=31b356d7');
  await expectNoViolations(page);
});

test('keeps queries by name over a reload, and exports them', async ({ page }) => {
  await type(page, 'SELECT 1 AS kept');
  await page.getByText('Saved queries (0)').click();
  await page.getByLabel('Name for the query in the editor').fill('mine');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved queries (1)')).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const file = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as unknown;
  expect(file).toMatchObject({ queries: [{ name: 'mine', sql: 'SELECT 1 AS kept' }] });
  await page.reload();
  await drop(page, 'public/sample/state.sql');
  await page.getByRole('link', { name: 'SQL console' }).click();
  await page.getByText('Saved queries (1)').click();
  await page.getByRole('button', { name: 'mine', exact: true }).click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('1');
  await expectNoViolations(page);
});

test('saves a result of any size as CSV and as Parquet, one file per epoch', async ({ page }) => {
  // Without the picker, which no script can answer, the export is a download.
  await page.evaluate(() => {
    Object.assign(window, { showSaveFilePicker: undefined, showDirectoryPicker: undefined });
  });
  await page.getByLabel(/At most/).selectOption('1,000');
  await type(page, 'SELECT layer, pubkey, total_reward FROM rewards ORDER BY layer, pubkey');
  await page.keyboard.press('Control+Enter');
  await expect(status(page)).toContainText('604 rows');
  await page.getByRole('button', { name: 'Save all rows …' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save all rows', exact: true }).click();
  const csv = readFileSync(await (await download).path(), 'utf8').split('\r\n');
  expect(csv).toHaveLength(606);
  expect(csv[0]).toBe('layer,pubkey,total_reward');
  await expect(page.getByText('604 rows saved')).toBeVisible();
  await expect(page.getByText("read_csv('result.csv')")).toBeVisible();

  await page.getByLabel('Format').selectOption('Parquet');
  await page.getByRole('checkbox', { name: /One file per epoch/ }).check();
  const parts: string[] = [];
  page.on('download', (one) => parts.push(one.suggestedFilename()));
  await page.getByRole('button', { name: 'Save all rows', exact: true }).click();
  await expect(page.getByText('hive_partitioning = true')).toBeVisible();
  await expect.poll(() => parts.length).toBeGreaterThan(5);
  expect(parts[0]).toMatch(/^result\.epoch=\d+\.parquet$/);
  await expectNoViolations(page);
});

test('SQL console: the query of a link, shown and run only by the Run button', async ({ page }) => {
  const limit = page.getByLabel(/At most/);
  const run = page.getByRole('button', { name: 'Run', exact: true });
  await limit.selectOption('1,000');
  await page.evaluate(() => (location.hash = '#/state/sql?q=SELECT * FROM ballots&p.x=1'));
  await expect(page.getByText('came with the address and was not run')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'SQL' })).toHaveText('SELECT * FROM ballots');
  await expect(page.getByRole('grid', { name: 'Result' })).toHaveCount(0);
  // Nothing of it is in the history.
  await expect(page.getByText('History (0)')).toBeVisible();
  await run.click();
  await expect(page.getByText('came with the address')).toHaveCount(0);
  await expect(page.getByText('These are the first')).toHaveCount(0);
  await expect(status(page)).toContainText('664 rows');
  await page.evaluate(() => (location.hash = '#/state/sql?q=SELECT :x AS given&p.x=7'));
  await expect(page.getByText('came with the address and was not run')).toBeVisible();
  await run.click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('7');
  await expect(limit).toHaveValue('1000');
});

test('SQL console: parameters named as members of Object, bound like any other', async ({
  page,
}) => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    await type(page, `SELECT :${name} AS given`);
    const field = page.getByLabel(`:${name}`);
    await expect(field).toHaveValue('');
    await expect(field).toHaveAttribute('placeholder', /number, text/);
    await field.fill('41');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.getByRole('grid', { name: 'Result' })).toContainText('41');
  }
});

test('draws a result', async ({ page }) => {
  await type(page, 'SELECT epoch, sum(weight) AS weight FROM atxs GROUP BY 1');
  await page.keyboard.press('Control+Enter');
  await expect(status(page)).toContainText('14 rows');
  await page.getByRole('button', { name: 'Chart' }).click();
  await expect(page.locator('.scatterlayer .point').first()).toBeVisible();
});
