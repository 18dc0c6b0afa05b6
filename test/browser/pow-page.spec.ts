/** k2pow on the PoST page, here and by a service; what the node would do with a directory. */
import { readFileSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';

const data = join(import.meta.dirname, '../data');
const { search } = JSON.parse(readFileSync(join(data, 'post/pow.json'), 'utf8')) as {
  search: {
    cases: {
      nonce_group: number;
      challenge8: string;
      miner_id: string;
      difficulty: string;
      pow_nonce: string;
    }[];
  };
};
const short = search.cases.find(({ pow_nonce }) => pow_nonce === '25');
if (!short) throw new Error('pow.json has no search that ends at 25');
const inputs = new URLSearchParams({
  challenge: short.challenge8.padEnd(64, '0'),
  nodeId: short.miner_id,
  group: String(short.nonce_group),
  units: '1',
  difficulty: short.difficulty,
  threads: '1',
}).toString();

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('finds the reference’s counter, and goes on from a counter', async ({ page }) => {
  await page.goto(`./#/post/k2pow?${inputs}`);
  await page.getByRole('button', { name: 'Search here' }).click();
  await expect(page.getByText('counter 25, after')).toBeVisible({ timeout: 60_000 });
  await expectNoViolations(page);
  // From above the hit on, it is the next one that is found.
  await page.getByLabel('Start at counter').fill('26');
  await page.getByLabel('Difficulty of one SU').fill('00'.repeat(31) + '01');
  await page.getByRole('button', { name: 'Go on from 26' }).click();
  await expect(page.getByText(/hashes\/s/).first()).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('The counter to go on from is in the field')).toBeVisible();
  expect(Number(await page.getByLabel('Start at counter').inputValue())).toBeGreaterThan(26);
});

test.describe('a k2pow service', () => {
  let server: Server;
  let address: string;
  const asked: string[] = [];
  test.beforeAll(async () => {
    // As post-rs's k2pow-service answers, behind a proxy that adds the header.
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const done = asked.length > 1;
      response.writeHead(done ? 200 : 201, {
        'access-control-allow-origin': '*',
        'cross-origin-resource-policy': 'cross-origin',
      });
      response.end(done ? '25' : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  test.afterAll(() => {
    server.close();
  });

  test('is refused by the page’s policy, which states where it may be asked', async ({ page }) => {
    await page.goto(`./#/post/k2pow?${inputs}&services=${encodeURIComponent(address)}`);
    await expect(page.getByText('This page may not ask them directly')).toBeVisible();
    await expect(page.locator('pre[aria-label="the requests"]')).toContainText(
      `curl --globoff --url ${address}/job/${short.miner_id}/${short.nonce_group}/`,
    );
    const ask = page.getByRole('button', { name: 'Ask the services' });
    await expect(page.getByText('You did not enter this address')).toBeVisible();
    await expect(ask).toBeDisabled();
    await page.getByLabel('I know this server').check();
    await ask.click();
    await expect(page.getByText('The page’s policy refused the request')).toBeVisible();
    expect(asked).toEqual([]);
    await page.getByRole('link', { name: 'Ask from the Node document' }).click();
    await expect(page.getByLabel('Addresses of services')).toHaveValue(address);
    expect(asked).toEqual([]);
    await page.getByLabel('I know this server').check();
    await page.getByRole('button', { name: 'Ask the services' }).click();
    await expect(page.locator('pre[aria-label="the services’ counters"]')).toHaveText(
      `${short.nonce_group} 25`,
      { timeout: 20_000 },
    );
    expect(asked[0]).toBe(
      `/job/${short.miner_id}/${short.nonce_group}/${short.challenge8}/${short.difficulty}`,
    );
  });
});

const operator = (name: string): string[] => {
  const folder = join(data, 'node/operator', name);
  return readdirSync(folder).map((file) => join(folder, file));
};

test('states that the node would delete files, and compares with state.sql', async ({ page }) => {
  await page.goto('./#/post');
  await drop(page, ...operator('C'));
  await expect(page.getByRole('heading', { name: 'What it is' })).toBeVisible();
  await drop(page, join(data, 'node/config/A.json'));
  await expect(page.getByText('It would delete files')).toBeVisible();
  await expectNoViolations(page);

  await drop(
    page,
    ...['state.sql', 'state.sql-wal', 'state.sql-shm'].map((name) =>
      join(data, 'node/live_A', name),
    ),
  );
  await expect(page).toHaveURL(/#\/state/);
  await page.getByRole('link', { name: 'PoST data' }).click();
  await expect(page.getByText('The metadata agrees with')).toBeVisible();
});
