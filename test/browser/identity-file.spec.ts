import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';

test('the Identity page as one file: opened from disk, it makes and reads keys without any request', async ({
  page,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  try {
    execFileSync('node', ['scripts/identity-file.mjs', folder], { stdio: 'ignore' });
    const file = join(folder, 'identity.html');
    const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(readFileSync(`${file}.sha256`, 'utf8')).toBe(`${sum}  identity.html\n`);
    const requests: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.getByLabel('I have read this').check();
    await page.getByRole('button', { name: 'Generate a key' }).click();
    await expect(page.getByRole('heading', { name: 'A complete key' })).toBeVisible();
    for (const part of ['Inventory', 'Moving data', 'State care', 'Rescue'])
      await page.getByRole('link', { name: part, exact: true }).click();
    await expect(page.getByRole('heading', { name: 'What is left' })).toBeVisible();
    expect(errors).toEqual([]);
    expect(requests.filter((request) => !/^(data|blob):/.test(request))).toEqual([url]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
