/** The views of the State page: what a user sees of the sample, of live copies, and of what is broken. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { askUntouched, sqlite3, withPrivateCopy } from '../support/native-sqlite';
import { drop, expectNoViolations, expectQuiet, watch, type TestFile } from './support/page';
import { test } from './support/shared-page';

const sample = 'public/sample/state.sql';
const smesherA = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
const smesherB2 = '43057b28bc8a99b1ea81668b5cb15a6177e7cc35e49fd77f1353aa5b93c5e700';
const malicious = 'd7e9c5ee5496712b0a8b1a74c890aa62dc11f03da6603e96d7ed7f9e96e6e7ee';
const coinbaseHex = '000000004aed941411f91885f493a144abb9acd28c015aad';
const coinbaseA = 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh';
const coinbaseAMainnet = 'sm1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tg02l6ww';
const copy = (folder: string, ...names: string[]): TestFile[] =>
  names.map((name) => `test/data/node/${folder}/${name}`);

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./#/state');
});
test.afterEach(({ page }) => expectQuiet(page));

test('states what to drop, and opens the sample', async ({ page }) => {
  await expect(page.getByRole('heading', { name: 'What did my smesher earn?' })).toBeVisible();
  await expect(page.getByText('cp ~/spacemesh')).toBeVisible();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
});

test('shows the network epoch by epoch, drawn and as a table', async ({ page }) => {
  await drop(page, sample);
  const epochs = page.getByRole('grid', { name: 'Epochs' });
  await expect(epochs.getByRole('row').nth(1)).toContainText('95,416');
  await expect(page.getByText('schema 25 (go-spacemesh v1.7.5–v1.7.6')).toBeVisible();
  const chart = page.getByRole('figure', { name: 'Rewards per epoch' });
  await expect(chart.locator('.bars .point').first()).toBeVisible();
  await chart.getByRole('button', { name: 'Table' }).click();
  await expect(chart.getByRole('grid')).toContainText('4298.560103452');
  await expect(page.getByRole('grid', { name: 'Tables' })).toContainText('ballots');
  await expectNoViolations(page);
});

test('states what fills the database, by table and epoch, and what could be freed', async ({
  page,
}) => {
  await drop(page, sample);
  await page.getByRole('link', { name: 'Disk usage', exact: true }).click();
  const epochs = page.getByRole('grid', { name: 'Size by table and epoch' });
  await expect(epochs).toContainText('ballots');
  const tables = page.getByRole('grid', { name: 'Tables' });
  const [bytes] = askUntouched(
    sample,
    "SELECT sum(pgsize) / 1024 FROM dbstat WHERE name = 'ballots'",
  ).split('\n');
  await expect(tables.getByRole('row').nth(1)).toContainText(`${bytes} KiB`);
  await expect(
    page
      .getByRole('figure', { name: 'Size by epoch' })
      .locator('.bars .point')
      .filter({ visible: true })
      .first(),
  ).toBeVisible();
  await expect(page.getByText('on the free list, which is certain')).toBeVisible();
  const layer = Number(askUntouched(sample, 'SELECT max(id) FROM layers WHERE processed = 1'));
  const prunable = page.getByRole('region', { name: 'Prunable rows' });
  await expect(prunable).toContainText(`certificates of layers before ${layer - 10}`);
  await page.getByLabel('tortoise-hdist').fill('100');
  await expect(prunable).toContainText(`certificates of layers before ${layer - 100}`);
  await expectNoViolations(page);
});

test('finds the rewards of a smesher by every form of its id and of its coinbase', async ({
  page,
}) => {
  await drop(page, sample);
  await page.getByRole('link', { name: 'Rewards', exact: true }).click();
  for (const text of [
    smesherA,
    `0x${smesherA}`,
    Buffer.from(smesherA, 'hex').toString('base64'),
    coinbaseA,
    coinbaseAMainnet,
  ]) {
    await page.evaluate(() => (location.hash = '#/state/rewards'));
    await expect(page.getByText('Whose rewards?')).toBeVisible();
    await page.getByLabel('Smesher or coinbase', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Show rewards' }).click();
    await expect(page.getByText('7,801,351,090,753 smidge')).toBeVisible();
    await expect(page.getByText(coinbaseA).first()).toBeVisible();
    const perEpoch = page.getByRole('grid', { name: 'Rewards per epoch' });
    await expect(perEpoch.getByRole('row').nth(1)).toContainText('516,709,120,233');
    await expect(page.getByRole('grid', { name: 'Rewards per layer' })).toContainText(
      '21,824,995,193',
    );
  }
  await expectNoViolations(page);
});

test('tells what is wrong with an id', async ({ page }) => {
  await drop(page, sample);
  await page.getByRole('link', { name: 'Rewards', exact: true }).click();
  await page.getByLabel('Smesher or coinbase', { exact: true }).fill(coinbaseA.replace('h', 'x'));
  await page.getByRole('button', { name: 'Show rewards' }).click();
  await expect(page.getByRole('alert')).toContainText('checksum');
  await expectNoViolations(page);
});

test('finds ids by how they begin, as a log shortens them', async ({ page }) => {
  await drop(page, sample);
  const find = async (text: string): Promise<void> => {
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('button', { name: 'Find' }).click();
  };
  await find('00000000');
  const several = page.getByRole('note').filter({ hasText: 'These begin with 00000000' });
  await expect(several.getByRole('listitem')).toHaveCount(5);
  await expectNoViolations(page);
  await find('abcdef');
  await expect(page.getByRole('alert')).toContainText('begins with abcdef');
  await expect(several).toHaveCount(0);
  await find(smesherA.slice(0, 6));
  await expect(page.getByLabel('Smesher id', { exact: true })).toHaveValue(smesherA);
  await find('00000000');
  const link = several.getByRole('link').first();
  await link.click();
  await expect(page.getByRole('grid', { name: 'Rewards per layer' })).toBeVisible();
});

test('Rewards: the first 8 hex digits, a coinbase of 20 bytes and a list, the rewards of each', async ({
  page,
}) => {
  await drop(page, sample);
  await page.getByRole('link', { name: 'Rewards', exact: true }).click();
  const ask = async (text: string): Promise<void> => {
    await page.getByLabel('Smesher or coinbase', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Show rewards' }).click();
  };
  const main = page.getByRole('main');
  await ask(smesherA.slice(0, 8));
  await expect(main.getByRole('listitem').getByRole('link', { name: smesherA })).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Rewards per layer' })).toBeVisible();
  await ask(coinbaseHex.slice(8));
  await expect(main.getByRole('listitem').filter({ hasText: coinbaseA })).toBeVisible();
  await ask(`${smesherA}\n${smesherB2.slice(0, 10)}`);
  await expect(main).toContainText('Sum over 2 smeshers.');
  await ask('00000000');
  const candidates = page.getByRole('note').filter({ hasText: 'Several ids of this database' });
  await expect(candidates.getByRole('listitem')).toHaveCount(5);
  await expectNoViolations(page);
  await candidates.getByRole('link').first().click();
  await expect(page.getByRole('grid', { name: 'Rewards per layer' })).toBeVisible();
});

test('Smesher: an ATX id, the smesher that published it; in the console, too', async ({ page }) => {
  await drop(page, sample);
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  const atx = await page.evaluate(
    async (id) => {
      const { atxs } = await window.workbench.state.smesher(id);
      return Array.from(atxs[0]?.id ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    smesherA.slice(0, 8),
  );
  await page.getByRole('link', { name: 'Smesher', exact: true }).click();
  await page.getByLabel('Smesher id', { exact: true }).fill(atx);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  const notice = page.getByRole('note').filter({ hasText: 'This is an ATX of smesher 31b356d7' });
  await expect(notice.getByRole('link', { name: smesherA })).toBeVisible();
  await expect(page.getByRole('grid', { name: 'ATX history' })).toBeVisible();
  await expectNoViolations(page);
});

test('shows a married smesher, and follows its chain of ATXs', async ({ page }) => {
  await drop(page, sample);
  await page.getByRole('searchbox').fill(smesherB2);
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByText('an equivocation set of 3')).toBeVisible();
  const history = page.getByRole('grid', { name: 'ATX history' });
  await expect(history).toHaveAttribute('aria-rowcount', '15');
  await history.getByRole('row').nth(3).getByRole('link').first().click();
  await expect(page.getByText('Whose space it proves')).toBeVisible();
  const id = await page.getByRole('textbox', { name: 'ATX id' }).inputValue();
  await page.locator('.chain').getByRole('link').first().click();
  await expect(page.getByRole('textbox', { name: 'ATX id' })).not.toHaveValue(id);
  await expect(page.getByRole('region', { name: 'Bytes of the ATX' })).toContainText('00000000');
  await expectNoViolations(page);
});

test('states that an identity is malicious', async ({ page }) => {
  await drop(page, sample);
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await page.evaluate((id) => (location.hash = `#/state/smesher?id=${id}`), malicious);
  await expect(page.getByText('This identity is malicious')).toBeVisible();
});

test('lists the smeshers', async ({ page }) => {
  await drop(page, sample);
  await page.getByRole('link', { name: 'Smeshers', exact: true }).click();
  await page.getByRole('grid', { name: 'Smeshers' }).getByRole('link', { name: smesherA }).click();
  await expect(page.getByLabel('Smesher id', { exact: true })).toHaveValue(smesherA);
  await expectNoViolations(page);
});

test('applies the log of a live copy, and warns without it', async ({ page }) => {
  const rewards = '#/state/sql?q=SELECT count(*) FROM rewards';
  await drop(page, ...copy('live_A', 'state.sql-wal', 'state.sql', 'state.sql-shm'));
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await expect(page.locator('[data-code=wal-missing]')).toHaveCount(0);
  const run = page.getByRole('button', { name: 'Run', exact: true });
  await page.evaluate((hash) => (location.hash = hash), rewards);
  await run.click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('479');

  await drop(page, ...copy('live_A', 'state.sql'));
  await expect(page.locator('[data-code=wal-missing]')).toBeVisible();
  await page.evaluate((hash) => (location.hash = `${hash} `), rewards);
  await run.click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('424');
});

/** Counts of every table, and every reward, as SQLite itself writes them out. */
const everything = (path: string): { sql: string; native: string[] } =>
  withPrivateCopy(path, (whole) => {
    const tables = sqlite3(
      whole,
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name;",
    )
      .trim()
      .split('\n');
    const counts = tables.map(
      (table) => `SELECT '${table}' AS line, count(*) AS n FROM "${table}"`,
    );
    const rewards = tables.includes('rewards')
      ? [`SELECT quote(pubkey) || quote(coinbase) || layer, total_reward FROM rewards`]
      : [];
    const sql = `${[...counts, ...rewards].join(' UNION ALL ')} ORDER BY 1, 2`;
    return { sql, native: sqlite3(whole, `${sql};`).trim().split('\n') };
  });

for (const [folder, name, rows] of [
  ['shutdown_A', 'state.sql', 604],
  ['shutdown_A', 'local.sql', 0],
  ['live_A', 'local.sql', 0],
] as const)
  test(`${folder}/${name} dropped with its log gives what native sqlite3 gives`, async ({
    page,
  }) => {
    const { sql, native } = everything(`test/data/node/${folder}/${name}`);
    expect(native.length).toBeGreaterThan(rows);
    await drop(page, ...copy(folder, name, `${name}-wal`, `${name}-shm`));
    await expect(page.getByRole('heading', { name })).toBeVisible();
    await expect(page.locator('[data-code]')).toHaveCount(0);
    await page.evaluate(
      (q) => (location.hash = `#/state/sql?${q}`),
      String(new URLSearchParams({ q: sql })),
    );
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.getByTestId('run-status')).toContainText(`${native.length} rows in`);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'JSON', exact: true }).click();
    const answer = JSON.parse(readFileSync(await (await saved).path(), 'utf8')) as {
      line: string;
      n: number;
    }[];
    expect(answer.map(({ line, n }) => `${line}|${n}`)).toEqual(native);
  });

test('opens local.sql, of which nearly everything is in its log', async ({ page }) => {
  await drop(page, ...copy('live_A', 'local.sql', 'local.sql-wal', 'local.sql-shm'));
  await expect(page.getByRole('heading', { name: 'local.sql' })).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Tables' })).toContainText('poet_registration');
});

/** Puts a database into the browser's own file system: its handles stand for those of a drop, which no script can make. */
const storeSample = (page: Page): Promise<void> =>
  page.evaluate(async (bytes) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('state.sql', { create: true });
    const file = await handle.createWritable();
    await file.write(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
    await file.close();
    Object.assign(window, { showOpenFilePicker: () => Promise.resolve([handle]) });
  }, readFileSync(sample).toString('base64'));

test('opens again what was picked before, and states when it has changed on disk', async ({
  page,
}) => {
  await storeSample(page);
  await page.getByRole('button', { name: 'Open files …' }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  // Until it is remembered as well.
  await expect(page.getByText('Reading the dropped files')).toHaveCount(0);

  await page.reload();
  await page.getByRole('button', { name: 'state.sql', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await expect(page.getByText('604', { exact: true }).first()).toBeVisible();

  // As a node does: the file is written to while it is open.
  await page.getByRole('link', { name: 'Smeshers', exact: true }).click();
  await storeSample(page);
  await expect(page.getByText('state.sql has changed since it was opened')).toBeVisible({
    timeout: 20_000,
  });
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Open it again' }).click();
  await expect(page.getByText('state.sql has changed since it was opened')).toHaveCount(0);
  await expect(page.getByRole('grid', { name: 'Smeshers' })).toBeVisible();
});

test('names what an older database lacks; the console works on it', async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), 'state-v06-'));
  const path = join(folder, 'state.sql');
  sqlite3(
    path,
    `${readFileSync('test/data/node/schema_versions/state_v06.sql', 'utf8')}
     PRAGMA user_version = 6;
     INSERT INTO rewards (coinbase, layer, total_reward, layer_reward)
       VALUES (x'${coinbaseHex}', 8064, 1500000000, 1400000000);`,
  );
  await drop(page, path);
  await expect(page.locator('[data-code=schema-older]')).toBeVisible();
  await page.evaluate((id) => (location.hash = `#/state/rewards?smesher=${id}`), smesherA);
  await expect(page.getByRole('alert')).toContainText('rewards.pubkey');
  await page.evaluate((id) => (location.hash = `#/state/rewards?coinbase=${id}`), coinbaseHex);
  await expect(page.getByText('1.5 SMH', { exact: true }).first()).toBeVisible();
  await page.evaluate(() => (location.hash = '#/state/sql?q=SELECT total_reward FROM rewards'));
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('1500000000');
  rmSync(folder, { recursive: true });
});

test('tells broken databases apart', async ({ page }) => {
  const bytes = readFileSync(sample);
  await drop(page, { name: 'state.sql', bytes: bytes.subarray(0, 100_000) });
  await expect(page.locator('main')).toContainText(/shorter|cut|truncated|missing/i);
  const noise = Uint8Array.from({ length: 8192 }, (_, i) => (i * 197 + (i >> 3)) & 255);
  await drop(page, { name: 'state.sql', bytes: noise });
  await expect(page.getByRole('alert').first()).toBeVisible();
});

test('fits a phone in the dark', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await drop(page, sample);
  await expect(page.getByRole('grid', { name: 'Epochs' })).toBeVisible();
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wider).toBeLessThanOrEqual(0);
  await expectNoViolations(page);
});
