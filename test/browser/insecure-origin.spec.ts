/**
 * Plain HTTP to another computer: no locks, no shared memory, no classes of file handles. The address is one of another computer
 * for the browser, and is led to the server of the tests.
 */
import { expect, test } from '@playwright/test';
import type {} from '../../src/app/workbench';
import { chromiumArgs } from '../../scripts/environment.mjs';
import { drop } from './support/page';

const address = '192.0.2.1';
test.use({
  launchOptions: {
    ...(process.env['CHROMIUM'] ? { executablePath: process.env['CHROMIUM'] } : {}),
    args: [...chromiumArgs, `--host-resolver-rules=MAP ${address} 127.0.0.1`],
  },
});

test('a dropped database on an insecure origin: opens and answers', async ({ page, baseURL }) => {
  await page.goto(`http://${address}:${new URL(baseURL ?? '').port}/`);
  expect(await page.evaluate(() => [isSecureContext, 'locks' in navigator])).toEqual([
    false,
    false,
  ]);
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  const atxs = await page.evaluate(() =>
    window.workbench.state.query('SELECT count(*) FROM atxs').then(({ rows }) => rows[0]?.[0]),
  );
  expect(atxs).toBeGreaterThan(0);
});
