/**
 * Files that once kept a page busy for seconds: each is refused or shown, and the page answers while it is read. No times
 * are asserted; test/bench/page.mjs measures the tasks.
 */
import { expect, test, type Page } from '@playwright/test';
import { drop, expectNoViolations, watch } from './support/page';

test.beforeEach(async ({ page }) => {
  await watch(page);
});

const file = (name: string, text: string) => ({ name, bytes: Buffer.from(text) });

/** Types into a field while a file is read: the page's thread must be free for each key. */
async function typesMeanwhile(page: Page, label: string): Promise<void> {
  const field = page.getByLabel(label).first();
  await field.fill('');
  await field.pressSequentially('responds');
  await expect(field).toHaveValue('responds');
}

test('profiler output with a thousand nested braces: refused with what to paste', async ({
  page,
}) => {
  await page.goto('./#/profile/runs');
  await drop(page, file('profile.json', `{"speed_gib_s":\n${'{'.repeat(1000)}${'}'.repeat(1000)}`));
  await expect(page.getByRole('alert')).toContainText('There is no profiler result');
  await expectNoViolations(page);
});

test('metrics of 150,000 samples: shown, and the page responds while they are read', async ({
  page,
}) => {
  await page.goto('./node.html#/node/metrics');
  const samples = Array.from(
    { length: 150_000 },
    (_, i) => `spacemesh_x{id="${i}",kind="a label of some length"} ${i}`,
  );
  await drop(page, file('large.prom', `${samples.join('\n')}\n`));
  await typesMeanwhile(page, 'Nodes’ metrics listeners');
  await expect(page.getByRole('heading', { name: 'All samples of large.prom' })).toBeVisible();
  await expect(page.getByText('150,000 rows')).toBeVisible();
});

test('grpcurl output of white space: refused, and the page responds meanwhile', async ({
  page,
}) => {
  await page.goto('./node.html#/node/events');
  await drop(page, file('events.json', `ERROR:${'\n '.repeat(100_000)}`));
  await expect(page.getByRole('alert')).toContainText('There is no grpcurl output here');
  await typesMeanwhile(page, 'Address of the bridge or proxy');
});

test('grpcurl output of 40,000 events: the newest are shown in a bounded number of rows', async ({
  page,
}) => {
  await page.goto('./node.html#/node/events');
  const smesher = Buffer.alloc(32, 7).toString('base64');
  const events = Array.from({ length: 40_000 }, (_, i) =>
    JSON.stringify({
      timestamp: new Date(1.7e12 + i * 1000).toISOString(),
      failure: true,
      postComplete: { smesher, challenge: Buffer.from(`${i}`.padStart(32)).toString('base64') },
    }),
  );
  await drop(page, file('events.json', events.join('\n')));
  await typesMeanwhile(page, 'Address of the bridge or proxy');
  await expect(page.getByText('40000 × events · The newest 2,500 events are shown.')).toBeVisible();
  await expect(page.getByText('2,500 rows')).toBeVisible();
  await expect(page.getByText('2,496 more alerts')).toBeVisible();
  await expect(page.getByText('2,456 older alerts not listed.')).toBeAttached();
  expect(await page.locator('li[data-kind]').count()).toBe(44);
  expect(await page.locator('[data-row]').count()).toBeLessThan(500);
});

test('grpcurl output of 40,000 rewards: the sum is marked as not that of all', async ({ page }) => {
  await page.goto('./node.html#/node');
  const rewards = Array.from({ length: 40_000 }, (_, layer) => ({ layer, total: '1000000000' }));
  await drop(page, file('rewards.json', JSON.stringify({ rewards })));
  await expect(page.getByText('2,500 rewards are listed, with 2,500 SMH.')).toBeVisible();
  await expect(page.getByText('Not all rewards')).toBeVisible();
});

test('a file of 1,500 profile runs: the newest 200 are kept, 50 of them are listed', async ({
  page,
}) => {
  await page.goto('./#/profile/runs');
  const runs = Array.from({ length: 1500 }, (_, i) => ({
    ...{ id: `r${i}`, name: `run ${i}`, startedMs: i, origin: 'page', machine: ['m'.repeat(100)] },
    results: [{ benchmark: 'labels', samples: [1000] }],
  }));
  const text = JSON.stringify({ format: 'post-workbench-profile', version: 1, runs });
  await drop(page, file('profile-runs.json', text));
  await expect(page.getByText('200 runs imported.')).toBeVisible();
  await expect(page.getByLabel('Show run 1499')).toBeVisible();
  await expect(page.getByRole('checkbox')).toHaveCount(50);
  await page.getByRole('button', { name: 'Show older runs (150 more)' }).click();
  await expect(page.getByRole('checkbox')).toHaveCount(100);
});

test('a config with thousands of repeated keys: its worst findings and the number of the rest', async ({
  page,
}) => {
  await page.goto('./node.html#/node/config');
  const keys = Array.from({ length: 4000 }, (_, i) => `"smeshing":{},"key-${i}":${i}`);
  await drop(page, file('config.json', `{${keys.join(',')}}`));
  await expect(page.getByText(/more findings are not listed/)).toBeVisible();
  await typesMeanwhile(page, 'Find an option');
});

test('a config of 2 MiB: refused with the limit and what to do', async ({ page }) => {
  await page.goto('./node.html#/node/config');
  await drop(page, file('config.json', `{"smeshing":{"smeshing-start":"${'x'.repeat(2 ** 21)}"}}`));
  await expect(page.getByRole('alert')).toContainText(
    'config.json has 2.1 MiB; at most 128 KiB are read as a node config. Choose the config.json that the node is started with.',
  );
  await expectNoViolations(page);
});
