/** The Fleet and Compare views of the State page, and dates in local time and UTC. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { askUntouched } from '../support/native-sqlite';
import { drop, expectNoViolations, expectQuiet, watch } from './support/page';

const sample = 'public/sample/state.sql';
const meta = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
  smeshers: Record<string, string>;
};
const idOf = (name: string): string => meta.smeshers[name] ?? '';
const smidge = (ids: readonly string[]): string =>
  Number(
    askUntouched(
      sample,
      `SELECT sum(total_reward) FROM rewards WHERE pubkey IN (${ids.map((id) => `x'${id}'`).join()})`,
    ),
  ).toLocaleString('en');

test.use({ timezoneId: 'Europe/Berlin' });
test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./#/state');
  await drop(page, sample);
});
test.afterEach(({ page }) => expectQuiet(page));

test('Fleet: a pasted list with names and an unknown id, what is missing first, sums, and a list that is kept', async ({
  page,
}) => {
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  await expect(page.getByText('Which of mine did not publish')).toBeVisible();
  await expectNoViolations(page);
  await page
    .getByLabel('Identities, one on a line')
    .fill(`${idOf('A')}, rack one, home\n${idOf('C')}, rack two, home\n${'ab'.repeat(32)}, lost`);
  await page.getByRole('button', { name: 'Show fleet' }).click();
  const missing = page.getByRole('grid', { name: 'Missing' });
  await expect(missing).toContainText('is not in this database');
  await expect(page.getByRole('alert')).toContainText('1 not in this database');
  const sums = page.getByRole('grid', { name: 'Sums' });
  await expect(sums.getByRole('row').nth(1)).toContainText(smidge([idOf('A'), idOf('C')]));
  await expect(page.getByRole('grid', { name: 'Identity by epoch' })).toContainText('rack two');
  const income = page.getByRole('grid', { name: 'Income' });
  await expect(income.getByRole('row').nth(1)).toContainText('2026-11');
  await page.getByLabel('Price of one SMH').fill('0.5');
  await expect(income.getByRole('columnheader', { name: 'EUR' })).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('Keep this list in this browser').check();
  await page.reload();
  await drop(page, sample);
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Identity by epoch' })).toContainText('rack one');
  await page.getByLabel('Keep this list in this browser').uncheck();
});

test('Fleet: a dropped PoST directory, its identity is added to the list', async ({ page }) => {
  await page.getByRole('link', { name: 'Fleet', exact: true }).click();
  await drop(page, 'public/sample/post/postdata_metadata.json');
  await expect(page.getByText('1 added from files.')).toBeVisible();
  await expect(page.getByLabel('Identities, one on a line')).toHaveValue(/^[0-9a-f]{64}/);
});

test('dates: rewards in local time, in UTC after one click, also after a reload', async ({
  page,
}) => {
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.goto(`./#/state/rewards?smesher=${idOf('A')}`);
  const layers = page.getByRole('grid', { name: 'Rewards per layer' });
  const first = layers.getByRole('row').nth(1);
  // Layer 20 begins 120 s after the genesis, 2026-11-21T08:46:50Z.
  await expect(first).toContainText('2026-11-21 09:');
  await page.getByRole('button', { name: /^Times: local time/ }).click();
  await expect(first).toContainText('2026-11-21 08:');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Try the sample' })).toBeVisible();
  await drop(page, sample);
  await expect(page.getByRole('button', { name: /^Times: UTC/ })).toBeVisible();
});

test('Compare: a copy with planted differences, counted by table, and the first layer that differs', async ({
  page,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'compare-'));
  const copy = join(folder, 'state.sql');
  try {
    copyFileSync(sample, copy);
    execFileSync('sqlite3', ['-batch', copy], {
      input: `PRAGMA journal_mode=DELETE; DELETE FROM rewards WHERE layer = 50;
        UPDATE layers SET state_hash = x'${'11'.repeat(32)}' WHERE id = 90;`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    await page.getByRole('link', { name: 'Compare', exact: true }).click();
    await expectNoViolations(page);
    // Without a picker of handles the button opens an input, which a test can fill.
    await page.evaluate(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose the other database' }).click();
    await (await chooser).setFiles(copy);
    await expect(page.getByRole('alert')).toContainText('The states differ from layer 90 on');
    await expect(page.getByRole('grid', { name: 'Compared tables' })).toContainText('rewards');
    await expect(page.getByRole('grid', { name: 'Differences' })).toContainText('state_hash');
    await expectNoViolations(page);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
