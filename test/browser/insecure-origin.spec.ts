/**
 * Plain HTTP to another computer: no locks, no shared memory, no folder access. The address is one of another computer for the
 * browser, and is led to the server of the tests.
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

const insecureUrl = (baseURL: string | undefined): string =>
  `http://${address}:${new URL(baseURL ?? '').port}/`;

test('query on an insecure origin: its thread closes in the middle, the error is clear and the next rows are right', async ({
  page,
  baseURL,
}) => {
  await page.route('**/state.worker*.js', async (route) => {
    // The test itself does not know the address.
    const url = route.request().url().replace(address, '127.0.0.1');
    const response = await route.fetch({ url });
    const fault = `addEventListener('message', (event) => {
      const text = JSON.stringify(event.data.argumentList ?? [], (_, inner) => typeof inner === 'bigint' ? '' : inner);
      if (text.includes('RECURSIVE')) event.stopImmediatePropagation(), close();
    });\n`;
    await route.fulfill({ response, body: fault + (await response.text()) });
  });
  await page.goto(insecureUrl(baseURL));
  expect(await page.evaluate(() => [isSecureContext, 'locks' in navigator])).toEqual([
    false,
    false,
  ]);
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  const outcome = await page.evaluate(() =>
    window.workbench.state
      .query(
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9) SELECT i FROM n',
      )
      .then(
        () => 'answered',
        (error: unknown) => (error as { code: string }).code,
      ),
  );
  expect(outcome).toBe('worker-died');
  const next = await page.evaluate(() =>
    window.workbench.state.query('SELECT count(*) FROM atxs').then(({ rows }) => rows[0]?.[0]),
  );
  expect(next).toBeGreaterThan(0);
});
