/** Logs larger than memory, with what no log should hold. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test, type Browser } from '@playwright/test';
import { expectQuiet, watch } from './support/page';

const mebibyte = 2 ** 20;
const real = gunzipSync(readFileSync('test/data/node/logs/A_json.log.gz'));
let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/**
 * A log with real lines at its beginning, middle and end, noise with line ends in it, and holes, which read as endless
 * lines of zeros and take no space on the disk.
 */
function hugeLog(name: string, sizeBytes: number): string {
  const path = join(folder, name);
  const file = openSync(path, 'w');
  const lines = Buffer.concat([Buffer.from('\n'), real]);
  const noise = Uint8Array.from({ length: 4 * mebibyte }, (_, i) => (i * i * 2654435761) >>> 13);
  ftruncateSync(file, sizeBytes);
  writeSync(file, real, 0, real.length, 0);
  writeSync(file, noise, 0, noise.length, 100 * mebibyte);
  for (const at of [sizeBytes / 2, sizeBytes - lines.length])
    writeSync(file, lines, 0, lines.length, at);
  closeSync(file);
  return path;
}

/** Resident memory of all the browser's processes that run pages, in bytes. */
async function residentBytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1])
    .reduce((sum, kilobytes) => sum + Number(kilobytes) * 1024, 0);
}

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./node.html#/node/logs');
});

test('10 GiB: it is read further, and released immediately', async ({ page }) => {
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(hugeLog('ten.log', 10 * 2 ** 30));
  const bar = page.getByRole('progressbar');
  await expect
    .poll(async () => Number(await bar.getAttribute('value')) * 10 * 1024)
    .toBeGreaterThan(16);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Reading ten.log was cancelled.')).toBeVisible();
  await expect(bar).toHaveCount(0);
  expectQuiet(page);
});

test('1 GiB to its end: every real line, in bounded memory', async ({ page, browser }) => {
  const before = await residentBytes(browser);
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles(hugeLog('one.log', 2 ** 30));
  const summary = page.getByRole('region', { name: 'one.log' });
  let most = 0;
  await expect
    .poll(
      async () => {
        most = Math.max(most, await residentBytes(browser));
        return summary.count();
      },
      { timeout: 80_000 },
    )
    .toBe(1);
  expect(most - before).toBeLessThan(500 * mebibyte);
  // Three times what the log itself holds: noise makes no entries.
  await expect(summary.getByText('1 GiB', { exact: true })).toBeVisible();
  await expect(summary.getByText('6,381', { exact: true })).toBeVisible();
  await expect(summary.getByText(/longer than a mebibyte/)).toBeVisible();
  await page.getByLabel('Newest first').check();
  await page.getByLabel('Level, at least').selectOption('WARN');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(
    page.getByRole('grid', { name: 'Log entries' }).getByRole('row').nth(3),
  ).toBeVisible();
  expectQuiet(page);
});
