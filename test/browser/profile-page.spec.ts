import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { drop, expectNoViolations, expectQuiet, watch } from './support/page';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

/** Short samples: what the figures are does not matter here. */
const quick = 'nonces=16%2C+32&threads=1&samples=2&seconds=0.2';

const nativeOutput = `./profiler --threads=1 --nonces 16
{ "time_s": 10.3, "speed_gib_s": 1.48 }
./profiler --threads=1 --nonces=64
{ "time_s": 10.3, "speed_gib_s": 0.418 }
`;

async function importNative(page: Page): Promise<void> {
  await page.goto('./#/profile/runs');
  await page.getByLabel('Output of the profiler').fill(nativeOutput);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByText('1 run imported')).toBeVisible();
}

test('measures a matrix, keeps the run over a reload, names and exports it', async ({ page }) => {
  await page.goto(`./#/profile?${quick}&labels=0&pow=0`);
  await drop(page, { name: 'large.bin', bytes: new Uint8Array(1 << 20) });
  await expect(page.getByText('large.bin, 1 MiB')).toBeVisible();
  await page.getByRole('button', { name: 'Measure' }).click();
  const rows = page
    .getByRole('region', { name: 'Table: figures of this page' })
    .locator('tbody tr');
  await expect(page.getByRole('link', { name: 'What follows from it' })).toBeVisible({
    timeout: 60_000,
  });
  await expect(rows).toHaveCount(4);
  await expect(rows.filter({ hasText: '32 nonces, 1 thread' })).toContainText(/iB\/s/);
  await expect(rows.filter({ hasText: '4 parallel streams' })).toContainText(/iB\/s/);
  // A mebibyte is read over and over: that is memory, and the page says so.
  await expect(page.getByText('Some of the data was read more than once')).toBeVisible();
  await expectNoViolations(page);

  await page.reload();
  await page.goto('./#/profile/runs');
  await page.getByLabel(/^Name of the run/).fill('Desk');
  await page.getByLabel(/^Name of the run/).press('Enter');
  await page.getByLabel('Show Desk').check();
  await expect(page.getByText('logical cores, reported by the browser')).toBeAttached();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export JSON' }).click(),
  ]);
  const exported = JSON.parse(readFileSync(await file.path(), 'utf8')) as {
    runs: [{ name: string; origin: string; results: Record<string, unknown>[] }];
  };
  expect(exported.runs[0]).toMatchObject({ name: 'Desk', origin: 'page' });
  const proving = exported.runs[0].results.find(({ benchmark }) => benchmark === 'proving');
  expect(proving).toMatchObject({ nonces: 16, threads: 1 });
  expect(proving?.['speed_gib_s']).toBeGreaterThan(0);
  expect(proving?.['time_s']).toBeGreaterThan(0);
  expect(proving?.['samples']).toHaveLength(2);

  await page.getByRole('button', { name: 'Delete Desk' }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
  await drop(page, { name: 'runs.json', bytes: Buffer.from(JSON.stringify(exported)) });
  await expect(page.getByText('1 run imported')).toBeVisible();
  await expect(page.getByLabel('Show Desk')).toBeVisible();
});

test('a cell that fails does not poison the rest; hashes and labels have their own units', async ({
  page,
}) => {
  // Without isolation there is no fast mode.
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    delete headers['cross-origin-opener-policy'];
    delete headers['cross-origin-embedder-policy'];
    await route.fulfill({ response, headers });
  });
  await page.goto(`./#/profile?${quick}&cpu=0&fast=1&read=0`);
  await page.getByRole('button', { name: 'Measure' }).click();
  const rows = page
    .getByRole('region', { name: 'Table: figures of this page' })
    .locator('tbody tr');
  await expect(page.getByRole('link', { name: 'What follows from it' })).toBeVisible({
    timeout: 80_000,
  });
  await expect(rows.filter({ hasText: 'fast mode, 1 thread' })).toContainText(
    'needs memory that threads share',
  );
  await expect(rows.filter({ hasText: 'light mode, 1 thread' })).toContainText('hashes/s');
  await expect(rows.filter({ hasText: 'Labels' }).first()).toContainText('labels/s');
  expectQuiet(page);
});

test('pauses, goes on, is cancelled, and keeps what was measured', async ({ page }) => {
  await page.goto(
    './#/profile?nonces=16%2C+32%2C+64&threads=1&samples=2&seconds=0.3&pow=0&labels=0',
  );
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('(paused)')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(
    page.getByRole('region', { name: 'Table: figures of this page' }).locator('tbody tr').first(),
  ).toContainText('16 nonces', { timeout: 30_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled.')).toBeVisible();
  await page.getByRole('link', { name: 'Runs' }).click();
  await expect(page.getByLabel(/^Show .*cut short/)).toBeVisible();
  expectQuiet(page);
});

test('imports the native profiler’s output, compares, advises and goes on in Plan', async ({
  page,
}) => {
  await importNative(page);
  await page.getByLabel('Show Native profiler').check();
  await expect(page.getByRole('heading', { name: 'Figures of the native profiler' })).toBeVisible();
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Advice' }).click();
  await expect(page.getByText('is taken as it is')).toBeVisible();
  await page.getByLabel('Identity to prove').fill('16');
  await page.getByLabel('Threads of the machine').fill('1');
  // Without the speed of the disk and of k2pow there is no setting to paste, only what would follow.
  await expect(page.getByText('No setting yet: enter the disk speed (MB/s)')).toBeVisible({
    timeout: 20_000,
  });
  const range = page.getByRole('region', { name: 'What would follow from a range of values' });
  await expect(range.getByRole('row')).toHaveCount(1 + 15);
  await expect(page.locator('pre')).toHaveCount(0);
  await expectNoViolations(page);
  await page.getByLabel('Disk speed').fill('-5');
  await expect(page.getByText('“-5” is not valid for Disk speed (MB/s).').first()).toBeVisible();
  await page.getByLabel('Disk speed').fill('150');
  await page.getByRole('textbox', { name: /^k2pow/ }).fill('1000');
  const config = page.locator('pre[aria-label="the node’s proving options"]');
  await expect(config).toContainText('"smeshing-opts-proving-threads": 1', { timeout: 20_000 });
  const options = JSON.parse((await config.textContent()) ?? '') as {
    smeshing: { 'smeshing-proving-opts': Record<string, number> };
  };
  const nonces = options.smeshing['smeshing-proving-opts']['smeshing-opts-proving-nonces'];
  expect((nonces ?? 0) % 16).toBe(0);
  const table = page.getByRole('region', { name: 'Nonces and threads compared' });
  await expect(table.getByRole('row', { name: /^288 1 .*the node’s default/ })).toBeVisible();
  await expect(table.getByText('recommended')).toBeVisible();
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Continue in Plan' }).click();
  await expect(page.getByLabel('Nonces per pass')).toHaveValue(String(nonces));
  await expect(page.getByLabel('Size', { exact: false }).first()).toHaveValue('16');
});

test('text that is not profiler output is refused with what to paste', async ({ page }) => {
  await page.goto('./#/profile/runs');
  await page.getByLabel('Output of the profiler').fill('speed: 3');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByText('There is no profiler result in this text')).toBeVisible();
  await page.goto('./#/profile?nonces=17');
  await expect(page.getByText('such as 16 or 32')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Measure' })).toBeDisabled();
});
