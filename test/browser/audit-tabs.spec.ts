/** The tabs Layers and Trust of the Audit page: the sample, a changed copy, a narrow page. About 15 s. */
import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { askUntouched, sqlite3, withPrivateCopy } from '../support/native-sqlite';
import { drop, expectNoViolations, expectQuiet, watch } from './support/page';
import { test } from './support/shared-page';

const sample = 'public/sample/state.sql';
const slow = { timeout: 60_000 };

test.beforeEach(async ({ page }) => {
  test.slow();
  await watch(page);
});
test.afterEach(({ page }) => expectQuiet(page));

test('Audit, Layers: layers and active sets of the sample, none fails', async ({ page }) => {
  await page.goto('./#/audit/layers?from=50&to=55');
  await drop(page, sample);
  await page.getByRole('button', { name: 'Audit 6 layers' }).click();
  await expect(page.getByText(/^6 applied layers: (pass|inconclusive)/)).toBeVisible(slow);
  await expect(page.getByText(/, 0 fail, /)).toBeVisible();
  const sets = askUntouched(sample, 'SELECT count(*) FROM activesets').trim();
  await expect(page.getByRole('grid', { name: 'Active sets' })).toHaveAttribute(
    'aria-rowcount',
    String(Number(sets) + 1),
  );
  await expectNoViolations(page);
});

test('Audit, Layers: a changed state hash and a changed active set, both fail by name', async ({
  page,
}) => {
  await page.goto('./#/audit/layers?from=50&to=52');
  const bytes = withPrivateCopy(sample, (copy) => {
    sqlite3(
      copy,
      `UPDATE layers SET state_hash = x'${'ab'.repeat(32)}' WHERE id = 51;
       UPDATE activesets SET active_set = CAST(substr(active_set, 1, length(active_set) - 1) || x'ee' AS BLOB)
         WHERE id = (SELECT min(id) FROM activesets);`,
    );
    return readFileSync(copy);
  });
  await drop(page, { name: 'state.sql', bytes });
  await page.getByRole('button', { name: 'Audit 3 layers' }).click();
  await expect(page.getByText(/^3 applied layers: fail/)).toBeVisible(slow);
  await expect(page.getByText('Failed: State hash in 1 layer')).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Layers that fail or lack a check' })).toContainText(
    'fail',
  );
  await expect(page.getByRole('grid', { name: 'Active sets' })).toContainText('fail');
  await expectNoViolations(page);
});

test('Audit, Trust: linked from State and from an audit, readable at 390 px', async ({ page }) => {
  const link = page.getByRole('link', { name: 'What is verified, assumed and not checked' });
  await page.goto('./#/state');
  await drop(page, sample);
  await link.click();
  await expect(
    page.getByRole('heading', { name: 'What is verified, what is believed, what is not checked' }),
  ).toBeVisible();
  await expect(link).toHaveCount(0);
  await expect(page.getByRole('rowheader', { name: 'PoET' })).toBeVisible();
  await expectNoViolations(page);

  await page.goto('./#/audit/malfeasance');
  await link.click();
  await page.setViewportSize({ width: 390, height: 844 });
  const table = page.getByRole('region', { name: 'What is verified, what is believed' });
  const labels = table.getByText('not checked', { exact: true });
  await expect(labels.filter({ visible: true }).first()).toBeVisible();
  const widths = await table.evaluate(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
  await expectNoViolations(page);
});
