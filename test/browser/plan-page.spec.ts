import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';

const vectors = JSON.parse(readFileSync('test/data/simulation.json', 'utf8')) as {
  pass_success: readonly { n: number; p: number }[];
};

/** The value under a figure's name. */
const figure = (page: Page, label: string) =>
  page.locator('.stat', { hasText: label }).locator('dd').first();

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('success of a pass is the reference’s, for every number of nonces', async ({ page }) => {
  await page.goto('./#/plan');
  for (const { n, p } of vectors.pass_success.filter((one) => one.n <= 320)) {
    await page.getByLabel('Nonces a pass').fill(String(n));
    const exact = await figure(page, 'Success of one pass')
      .locator('xpath=following-sibling::dd')
      .textContent();
    expect(Number(exact)).toBeCloseTo(p, 9);
  }
  await expectNoViolations(page);
});

test('the documentation’s examples give its figures', async ({ page }) => {
  await page.goto('./#/plan');
  await page.getByRole('button', { name: '128 nonces' }).click();
  await expect(figure(page, 'Success of one pass')).toHaveText('95.75 %');
  await page.goto('./#/plan/gap');
  await page.getByRole('button', { name: '4 TiB on a hard disk' }).click();
  await expect(figure(page, 'One pass')).toContainText('8 h 8 min');
  await expect(figure(page, 'Whole passes that fit')).toHaveText('1');
  await expectNoViolations(page);
});

test('the inputs live in the address and come back from it', async ({ page }) => {
  await page.goto('./#/plan/gap');
  await page.getByLabel(/^Size/).fill('64');
  await page.getByLabel(/^Disk read speed/).fill('300');
  const chance = await figure(page, 'Proved inside the gap').textContent();
  const address = page.url();
  expect(address).toContain('su=64');
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.getByLabel(/^Size/)).toHaveValue('64');
  await expect(figure(page, 'Proved inside the gap')).toHaveText(chance ?? '');
});

test('drawn epochs agree with the formula', async ({ page }) => {
  await page.goto('./#/plan/gap?su=64');
  await page.getByRole('button', { name: /Draw/ }).click();
  const note = page.locator('.stat', { hasText: 'Drawn: proved inside the gap' });
  await expect(note).toBeVisible({ timeout: 30_000 });
  const [drawn, error, formula] =
    ((await note.textContent()) ?? '').match(/[\d.]+(?= %)/g)?.map(Number) ?? [];
  // Five standard errors: one run in a million would miss.
  expect(Math.abs((drawn ?? 0) - (formula ?? 0))).toBeLessThan(2.5 * (error ?? 0) + 0.002);
});

test('a map of sizes and speeds is drawn', async ({ page }) => {
  await page.goto('./#/plan/gap');
  await page.getByRole('button', { name: 'Size × disk speed' }).click();
  await expect(page.getByText('Proved inside the gap: SU by disk, MB/s')).toBeVisible();
  await page.getByRole('button', { name: 'Table' }).last().click();
  await expect(page.getByRole('grid').or(page.getByRole('table')).last()).toBeVisible();
  await expectNoViolations(page);
});

test('nonsense gets a word, never NaN', async ({ page }) => {
  await page.goto('./#/plan/gap?su=-1&disk=abc');
  await expect(page.getByText('A number is needed here.')).toBeVisible();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.goto('./#/plan/gap?disk=0');
  await expect(figure(page, 'Proved inside the gap')).toHaveText(/^0 %/);
  await expect(figure(page, 'One pass')).toContainText('never');
  for (const address of [
    'sizes?drives=0',
    'cloud?count=0',
    'rewards?su=0',
    'resize?from=0',
    'calendar?layer=0',
  ]) {
    await page.goto(`./#/plan/${address}`);
    expect(await page.locator('main').textContent()).not.toContain('NaN');
  }
});

test('sizes, resizing, cloud and rewards show their results', async ({ page }) => {
  await page.goto('./#/plan/sizes');
  await expect(page.getByRole('cell', { name: 'drive 1' })).toBeVisible();
  await page.getByLabel('Joined as').selectOption('RAID 5');
  await expect(figure(page, 'Lost when one drive dies')).toHaveText('0 %');
  await expectNoViolations(page);
  await page.goto('./#/plan/resize?from=4&to=8&publish=50');
  await expect(page.getByRole('row', { name: '50 51 4' })).toBeVisible();
  await page.goto(`./#/plan/cloud?id=${'11'.repeat(32)}&atx=${'22'.repeat(32)}`);
  await expect(page.locator('pre[aria-label="the shell loop"]')).toContainText('TO=(799 1599)');
  await expectNoViolations(page);
  await page.goto('./#/plan/rewards?epoch=2');
  await expect(page.getByText('smidge, exact')).toBeVisible();
  await expectNoViolations(page);
});

test('the calendar shows this epoch and saves a calendar file', async ({ page }) => {
  await page.goto('./#/plan/calendar');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as calendar (.ics)' }).click();
  const text = readFileSync(await (await download).path(), 'utf8');
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(text.split('BEGIN:VEVENT').length).toBeGreaterThan(6);
  await expectNoViolations(page);
});
