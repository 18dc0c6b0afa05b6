/** The State page shows the values of the files: estimates as estimates, hostile sizes bounded, huge cells refused. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { sqlite3 } from '../support/native-sqlite';
import { logOf } from '../support/wal-shapes';
import { drop, expectNoViolations, watch } from './support/page';

const folder = mkdtempSync(join(tmpdir(), 'values-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
const make = (name: string, script: string): string => {
  const path = join(folder, name);
  sqlite3(path, script);
  return path;
};

async function openConsole(page: Page, sql: string): Promise<void> {
  await page.goto('./#/state');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.goto(`./#/state/sql?q=${encodeURIComponent(sql)}`);
}

test.beforeEach(async ({ page }) => {
  await watch(page);
});
test.afterEach(async ({ page }) => {
  await expectNoViolations(page);
});

test('local.sql of schema 13: events, eligibilities, proposals and published ATXs', async ({
  page,
}) => {
  const ddl = readFileSync('test/data/node/schema_versions/local_v13.sql', 'utf8');
  const local = make(
    'local.sql',
    `${ddl} PRAGMA user_version=13;
     INSERT INTO events VALUES (zeroblob(32), 1790000000000000, 3, CAST('{"layer":7}' AS BLOB));
     INSERT INTO eligibilities VALUES (zeroblob(32), 4711, 2, zeroblob(80));
     INSERT INTO proposals VALUES (zeroblob(32), 4712, zeroblob(300));
     INSERT INTO published_atxs (id, pubkey, poetRef, epoch, atx) VALUES (zeroblob(32), zeroblob(32), zeroblob(32), 42, zeroblob(1234));`,
  );
  await page.goto('./#/state');
  await drop(page, local);
  await expect(page.getByRole('heading', { name: 'Events of this node' })).toBeVisible();
  await expect(page.getByRole('gridcell', { name: '{"layer":7}' })).toBeVisible();
  for (const value of ['4711', '300', '1234'])
    await expect(page.getByRole('gridcell', { name: value, exact: true })).toBeVisible();
  await expect(page.getByText(/lacks/)).toHaveCount(0);
});

test('local.sql of schema 9: each section without its table states what is missing', async ({
  page,
}) => {
  await page.goto('./#/state');
  await drop(page, 'test/data/node/local.sql');
  await expect(page.getByText('This database lacks events: its schema is version 9')).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Initial proofs' })).toBeVisible();
});

test('a log that claims 4,294,967,294 pages: a finding, and an exact count that ends', async ({
  page,
}) => {
  const main = readFileSync('public/sample/state.sql');
  const wal = logOf(4096, [{ page: 1, bytes: main.subarray(0, 4096), pageCount: 0xfffffffe }]);
  await page.goto('./#/state');
  await drop(page, 'public/sample/state.sql', { name: 'state.sql-wal', bytes: wal });
  await expect(page.getByText(/of 4294967294 pages 4294966\d+ are in neither file/)).toBeVisible();
  await expect(page.getByText('2.45 MiB', { exact: true }).first()).toBeVisible();
  const grid = page.getByRole('grid', { name: 'Tables' });
  await expect(grid.getByRole('gridcell', { name: 'rewards' })).toBeVisible();
  await expect(grid.getByRole('gridcell', { name: '604', exact: true })).toBeVisible();
});

test('large tables: estimates with their range, exact figures after an exact count', async ({
  page,
}) => {
  const large = make(
    'state.sql',
    `${readFileSync('test/data/node/schema_versions/state_v25.sql', 'utf8')} PRAGMA user_version=25;
     WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 9000)
       INSERT INTO atx_blobs (id, atx, version) SELECT randomblob(32), zeroblob(n % 9 * 300), 2 FROM c;`,
  );
  await page.goto('./#/state');
  await drop(page, large);
  await page.getByRole('link', { name: 'Disk usage', exact: true }).click();
  const grid = page.getByRole('grid', { name: 'Tables' });
  await expect(
    grid.getByRole('gridcell', { name: /^≈ [89],\d{3} \([\d,]+–[\d,]+\)$/ }),
  ).toBeVisible();
  await expect(page.getByText('contains the true figure in 99 of 100 samples')).toBeVisible();
  await page.getByRole('button', { name: /Count exactly/ }).click();
  await expect(grid.getByRole('gridcell', { name: '9,000', exact: true })).toBeVisible();
  await expect(grid.getByRole('gridcell', { name: /≈/ })).toHaveCount(0);
});

test('a text beyond the longest string: an error that names its column', async ({ page }) => {
  const sql = "SELECT 1 AS one, printf('%.*c', 600000000, 'x') AS huge";
  await openConsole(page, sql);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByText(/column "huge" alone has 572 MiB/)).toBeVisible();
});

test('columns of one name: numbered in every file, and stated', async ({ page }) => {
  const sql = 'SELECT 1 AS hash, 2 AS hash';
  await openConsole(page, sql);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByText('Copies and files number columns of one name: hash_2')).toBeVisible();
  await page.getByRole('button', { name: /Save all rows/ }).click();
  await expect(page.getByText('hash → hash_2')).toBeVisible();
});
