import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';

const keyText = readFileSync('test/data/node/keys/A_supervised/local.key', 'utf8').trim();

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./identity.html#/identity');
});

test('converts the documentation’s sample both ways', async ({ page }) => {
  const hex = '91b8db4fecd9cd5db953275fdefb0b8cdfb08954e9186d9dc6f86b2a81980d40';
  const base64 = 'kbjbT+zZzV25Uydf3vsLjN+wiVTpGG2dxvhrKoGYDUA=';
  const field = page.getByLabel(/A key file’s text/);
  for (const text of [base64, `0x${hex}`]) {
    await field.fill(text);
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await expect(page.locator('pre[aria-label="the ID in hex"]')).toHaveText(hex);
    await expect(page.locator('pre[aria-label="the ID in base64"]')).toHaveText(base64);
  }
  await expectNoViolations(page);
});

test('a key file shows its public half, and the private one only when asked', async ({ page }) => {
  await drop(page, { name: 'local.key', bytes: Buffer.from(keyText) });
  await expect(page.getByText('private and public half belong together')).toBeVisible();
  await expect(page.locator('pre[aria-label="the ID in hex"]')).toHaveText(keyText.slice(64));
  const seed = keyText.slice(0, 64);
  expect(await page.content()).not.toContain(seed);
  expect(page.url()).not.toContain(seed);
  expect(
    await page.evaluate(() =>
      [localStorage, sessionStorage].map((store) => JSON.stringify(store)).join(),
    ),
  ).not.toContain(seed);
  await expectNoViolations(page);
  await page.getByText('The private half').click();
  await page.getByRole('button', { name: 'Show the whole key' }).click();
  await expect(page.locator('pre[aria-label="the whole key"]')).toHaveText(keyText);
  await page.getByRole('link', { name: 'Sign and verify' }).click();
  await page.getByRole('button', { name: 'Try the key' }).click();
  await expect(page.getByText('The key works')).toBeVisible();
});

test('halves that do not belong together are refused, without showing them', async ({ page }) => {
  const mixed = keyText.slice(0, 64) + '11'.repeat(32);
  await drop(page, { name: 'local.key', bytes: Buffer.from(mixed) });
  await expect(page.getByRole('alert')).toContainText('do not belong together');
  expect(await page.content()).not.toContain(keyText.slice(0, 64));
});

test('one key in two places is found, and a malicious one in the open database', async ({
  page,
  context,
}) => {
  const other = await context.newPage();
  await other.goto('./#/');
  await other.getByRole('button', { name: 'Try the sample' }).click();
  await expect(other.getByRole('heading', { name: 'state.sql' })).toBeVisible();

  await page.getByRole('link', { name: 'Inventory' }).click();
  await drop(page, { name: 'a.key', bytes: Buffer.from(keyText) });
  await drop(page, { name: 'b.key', bytes: Buffer.from(keyText) });
  await expect(page.getByText(/lies in 2 places/)).toBeVisible();
  await expect(page.getByText('Malfeasance proofs were looked up in 1 database')).toBeVisible();
  await expectNoViolations(page);
});

test('the page’s policy lets nothing out', async ({ page }) => {
  const answer = await page.evaluate(() =>
    fetch('./index.html').then(
      () => 'reached',
      () => 'refused',
    ),
  );
  expect(answer).toBe('refused');
});

test('a generated key is saved as the node wants it', async ({ page }) => {
  await page.getByLabel('I have read this').check();
  await page.getByRole('button', { name: 'Generate a key' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the key file' }).click();
  const path = await (await download).path();
  expect(readFileSync(path, 'utf8')).toMatch(/^[0-9a-f]{128}$/);
});
