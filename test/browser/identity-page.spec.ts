import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

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
  await page.getByText('The private half', { exact: true }).click();
  await page.getByRole('button', { name: 'Show the key' }).click();
  await expect(page.locator('pre[aria-label="the complete key"]')).toHaveText(keyText);
  await page.getByRole('link', { name: 'Sign and verify' }).click();
  await page.getByRole('button', { name: 'Try the key' }).click();
  await expect(page.getByText('The key works')).toBeVisible();
});

test('halves that do not belong together are refused, without showing them', async ({ page }) => {
  const mixed = keyText.slice(0, 64) + '11'.repeat(32);
  await drop(page, { name: 'local.key', bytes: Buffer.from(mixed) });
  await expect(page.getByRole('alert')).toContainText('key-halves-differ');
  expect(await page.content()).not.toContain(keyText.slice(0, 64));
});

test('hostile key files: each is refused in words, and none is shown', async ({ page }) => {
  const seed = keyText.slice(0, 64);
  const hostile: readonly (readonly [name: string, bytes: Uint8Array, says: RegExp])[] = [
    ['html.key', Buffer.from(`<img src=x onerror=alert(1)>${seed}`), /hex/],
    ['long.key', Buffer.from(seed.repeat(60)), /hex|digits|characters/],
    ['half.key', Buffer.from(seed.slice(0, 63)), /hex|digits|characters/],
    ['binary.key', Buffer.from(seed, 'hex'), /./],
    ['words.key', Buffer.from(`\u202e${seed.slice(2)}`), /hex/],
  ];
  for (const [name, bytes, says] of hostile) {
    await drop(page, { name, bytes });
    await expect(page.getByRole('alert').or(page.getByText('Not read:'))).toContainText(says);
    await expect(page.locator('pre[aria-label^="the ID"]')).toHaveCount(0);
    expect(await page.content()).not.toContain(seed.slice(2, 63));
  }
  expect(await page.evaluate(() => location.href)).not.toContain(seed.slice(0, 8));
});

test('keys, PoST folders and configs of two machines beside each other', async ({ page }) => {
  await page.getByRole('link', { name: 'Inventory' }).click();
  const keys = 'test/data/node/keys/';
  await drop(
    page,
    `${keys}A_supervised/local.key`,
    `${keys}A_supervised/post/postdata_metadata.json`,
    'test/data/node/config/A.json',
  );
  await drop(page, `${keys}C_supervised/local.key`, 'test/data/node/config/C.json');
  const configs = page.getByRole('region', { name: 'List of configs' });
  await expect(configs.getByRole('row')).toHaveCount(3);
  await expect(configs).toContainText('stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh');
  await expect(
    page.getByRole('region', { name: 'List of identities' }).getByRole('row'),
  ).toHaveCount(3);
  await expect(page.getByText(/but no PoST data for it/)).toBeVisible();
});

test('inventory: two folders both named identities, the common key is found', async ({ page }) => {
  // Without the picker, which only a user can answer, folders come through a file input.
  const withoutPicker = await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showDirectoryPicker');
  });
  await page.goto('./identity.html#/identity/inventory');
  await page.reload();
  const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  try {
    for (const machine of ['a', 'b']) {
      mkdirSync(join(folder, machine, 'identities'), { recursive: true });
      writeFileSync(join(folder, machine, 'identities', 'local.key'), keyText);
      await page
        .locator('input[type=file][webkitdirectory]')
        .first()
        .setInputFiles(join(folder, machine, 'identities'));
      await expect(page.getByLabel('Machine of drop')).toHaveCount(machine === 'a' ? 1 : 2);
      if (machine === 'a') await expect(page.getByText(/1 private key on drop 1/)).toBeVisible();
    }
    const found = page.getByRole('region', { name: 'Findings' });
    await expect(found.locator('[data-code=key-in-two-places]')).toContainText(
      'give them the same machine name',
    );
    await expect(found.getByRole('alert')).toContainText('1 finding needs your attention');
    await page.getByLabel('Machine of drop 1').fill('home');
    await page.getByLabel('Machine of drop 2').fill('Home');
    await expect(found.locator('[data-code=key-twice-on-one-machine]')).toContainText('On home');
    await page.getByLabel('Machine of drop 2').fill('cloud');
    await expect(found.locator('[data-code=key-in-two-places]')).toContainText(/home.*cloud/);
    await expectNoViolations(page);
    await page.getByRole('button', { name: 'Remove drop 2' }).click();
    await expect(found.getByText(/1 private key on home, in one file only/)).toBeVisible();
    await expect(found).toContainText('no PoST folder was dropped');
  } finally {
    rmSync(folder, { recursive: true });
    await withoutPicker.dispose();
  }
});

test('inventory: a key with its complete data, an all-clear that names its limits', async ({
  page,
}) => {
  const withoutPicker = await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showDirectoryPicker');
  });
  await page.goto('./identity.html#/identity/inventory');
  await page.reload();
  const folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  try {
    const machine = join(folder, 'node');
    cpSync('test/data/node/keys/A_supervised/local.key', join(machine, 'identities', 'local.key'));
    cpSync('test/data/node/operator/A', join(machine, 'post'), { recursive: true });
    const input = page.locator('input[type=file][webkitdirectory]').first();
    await input.setInputFiles(machine);
    await page.getByLabel('Machine of drop 1').fill('home');
    const found = page.getByRole('region', { name: 'Findings' });
    await expect(found).toContainText('It has its PoST data on the same machine');
    await expect(found).toContainText('machines, disks and backups that you did not drop');
    rmSync(join(machine, 'post', 'postdata_0.bin'));
    await page.getByRole('button', { name: 'Start over' }).click();
    await input.setInputFiles(machine);
    await expect(found.locator('[data-code=data-not-seen]')).toBeVisible();
    await expect(found).not.toContainText('It has its PoST data');
  } finally {
    rmSync(folder, { recursive: true });
    await withoutPicker.dispose();
  }
});

test('identity.html: works offline after a visit of any other page, which registers the service worker', async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({
    serviceWorkers: 'allow',
    ...(baseURL ? { baseURL } : {}),
  });
  try {
    const page = await context.newPage();
    await page.goto('./');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, {
      timeout: 30_000,
    });
    await context.setOffline(true);
    await page.goto('./identity.html');
    await drop(page, { name: 'local.key', bytes: Buffer.from(keyText) });
    await expect(page.locator('pre[aria-label="the ID in hex"]')).toHaveText(keyText.slice(64));
    await page.getByRole('link', { name: 'Sign and verify' }).click();
    await page.getByRole('button', { name: 'Try the key' }).click();
    await expect(page.getByText('The key works')).toBeVisible();
  } finally {
    await context.close();
  }
});

test('one key in two places is found, and a malicious one in the open database', async ({
  page,
}) => {
  const other = await page.context().newPage();
  await other.goto('./#/');
  await other.getByRole('button', { name: 'Try the sample' }).click();
  await expect(other.getByRole('heading', { name: 'state.sql' })).toBeVisible();

  await page.getByRole('link', { name: 'Inventory' }).click();
  await drop(page, { name: 'a.key', bytes: Buffer.from(keyText) });
  await drop(page, { name: 'b.key', bytes: Buffer.from(keyText) });
  await expect(page.getByText(/is in 2 places/)).toBeVisible();
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
