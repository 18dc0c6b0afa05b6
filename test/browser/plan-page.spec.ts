import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

const vectors = JSON.parse(readFileSync('test/data/simulation.json', 'utf8')) as {
  pass_success: readonly { n: number; p: number }[];
};

/** The value under a figure's name. */
const figure = (page: Page, label: string) =>
  page.locator('.stat', { hasText: label }).locator('dd').first();

test.beforeEach(async ({ page }) => {
  await watch(page);
});

test('success of a pass is the reference’s, for every number of nonces', async ({ page }) => {
  await page.goto('./#/plan/nonces');
  for (const { n, p } of vectors.pass_success.filter((one) => one.n <= 320)) {
    await page.getByLabel('Nonces per pass').fill(String(n));
    const exact = await figure(page, 'Success of one pass')
      .locator('xpath=following-sibling::dd')
      .textContent();
    expect(Number(exact)).toBeCloseTo(p, 9);
  }
  await expectNoViolations(page);
});

test('the documentation’s examples give its figures', async ({ page }) => {
  await page.goto('./#/plan/nonces');
  await page.getByRole('button', { name: '128 nonces' }).click();
  await expect(figure(page, 'Success of one pass')).toHaveText('95.75 %');
  await page.goto('./#/plan/gap');
  await page.getByRole('button', { name: '4 TiB on a hard disk' }).click();
  await expect(figure(page, 'One pass')).toContainText('8 h 8 min');
  await expect(figure(page, 'Complete passes that fit')).toHaveText('1');
  await expectNoViolations(page);
});

test('the inputs live in the address and come back from it', async ({ page }) => {
  await page.goto('./#/plan/gap');
  await page.getByLabel(/^Size/).fill('64');
  await page.getByLabel(/^Disk read speed/).fill('300');
  const chance = await figure(page, 'Proved inside the gap').textContent();
  const address = page.url();
  expect(address).toContain('su=64');
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.getByLabel(/^Size/)).toHaveValue('64');
  await expect(figure(page, 'Proved inside the gap')).toHaveText(chance ?? '');
});

test('drawn epochs agree with the formula', async ({ page }) => {
  await page.goto('./#/plan/gap?su=64');
  // What was asked for is in the address too.
  await page.getByRole('button', { name: /Draw/ }).click();
  await expect(page).toHaveURL(/draw=1/);
  const note = page.locator('.stat', { hasText: 'Drawn: proved inside the gap' });
  await expect(note).toBeVisible({ timeout: 30_000 });
  const [drawn, error, formula] =
    ((await note.textContent()) ?? '').match(/[\d.]+(?= %)/g)?.map(Number) ?? [];
  // Five standard errors: one run in a million would miss.
  expect(Math.abs((drawn ?? 0) - (formula ?? 0))).toBeLessThan(2.5 * (error ?? 0) + 0.002);
});

test('a map of sizes and speeds is drawn', async ({ page }) => {
  await page.goto('./#/plan/gap');
  await page.getByRole('button', { name: 'Size × disk speed' }).click();
  await expect(page.getByText('Proved inside the gap: SU by disk, MB/s')).toBeVisible();
  await page.getByRole('button', { name: 'Table' }).last().click();
  await expect(page.getByRole('grid').or(page.getByRole('table')).last()).toBeVisible();
  await expectNoViolations(page);
});

test('nonsense gets a word, never NaN', async ({ page }) => {
  await page.goto('./#/plan/gap?su=-1&disk=abc');
  await expect(page.getByText(/is not valid for Disk read speed/)).toBeVisible();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.goto('./#/plan/gap?disk=0');
  await expect(figure(page, 'Proved inside the gap')).toHaveText(/^0 %/);
  await expect(figure(page, 'One pass')).toContainText('never');
  for (const address of [
    'sizes?lanes=0',
    'sizes?alloc=16777216&n=4096',
    'sizes?alloc=0.5&disk=0&pow=0',
    'fleet?fleet=~',
    'fleet?fleet=a;0;0;0;raid0;0*0@0',
    'gap?su=16777216&n=4096&t=1&map=nonces',
    'gap?su=1&n=1&disk=Infinity&pow=Infinity&scan=0',
    'rewards?su=16777216&ids=4000000&total=16777216',
    'cloud?count=0',
    'rewards?su=0',
    'resize?from=0',
    'calendar?layer=0',
  ]) {
    await page.goto(`./#/plan/${address}`);
    expect(await page.locator('main').textContent()).not.toContain('NaN');
  }
});

test('plan: nonces that are not a multiple of 16, refused with the nearest ones', async ({
  page,
}) => {
  for (const part of ['', '/gap', '/sizes']) {
    await page.goto(`./#/plan${part}?n=100`);
    await expect(page.getByText(/such as 96 or 112/).first()).toBeVisible();
  }
});

test('sizes, resizing, cloud and rewards show their results', async ({ page }) => {
  await page.goto('./#/plan/sizes');
  const splits = page.getByRole('region', { name: 'Splits compared' });
  await expect(splits.getByRole('row')).toHaveCount(1 + 6);
  const frontier = page.getByRole('region', { name: 'The settings that nothing beats' });
  await expect(frontier.getByText('nothing: all of it counts').first()).toBeVisible({
    timeout: 30_000,
  });
  await page.getByLabel('Disk read speed').fill('0');
  await expect(page.getByText('No setting proves anything in time')).toBeVisible({
    timeout: 30_000,
  });
  await expect(page.getByText('time, most of it waiting for the disk')).toBeVisible();
  await expectNoViolations(page);
  await page.goto('./#/plan/resize?from=16&to=32&publish=50');
  await expect(figure(page, 'Chance that a new VRF nonce is needed')).toHaveText('1.81 %');
  await page.goto('./#/plan/resize?from=4&to=8&publish=50');
  await expect(page.getByRole('row', { name: '50 51 4' })).toBeVisible();
  await page.goto(`./#/plan/cloud?id=${'11'.repeat(32)}&atx=${'22'.repeat(32)}`);
  await expect(page.locator('pre[aria-label="the shell loop"]')).toContainText('TO=(799 1599)');
  await page.getByLabel('Without a figure of your own').selectOption('RTX 4090, 1,008 GB/s');
  await expect(page.getByLabel('Labels of a machine')).toHaveValue('510000');
  await page.getByLabel('Machines of other kinds').fill('1, 1020000, 0.5, 1000');
  await expect(page.locator('pre[aria-label="the shell loop"]')).toContainText('TO=(399 799 1599)');
  await page.getByLabel('Machines of other kinds').fill('1, many');
  await expect(page.getByRole('alert')).toContainText('four numbers');
  await expectNoViolations(page);
  await page.goto('./#/plan/rewards?epoch=2');
  await expect(page.getByText('smidge, exact')).toBeVisible();
  await expectNoViolations(page);
});

test('a farm is planned on the machines and drives that are listed, and comes back', async ({
  page,
}) => {
  await page.goto('./#/plan/fleet');
  const heading = page.getByRole('heading', { name: /of [\d,]+ SU proved per epoch/ });
  await expect(heading).toBeVisible({ timeout: 30_000 });
  const schedule = page.getByRole('grid', { name: 'Schedule' });
  await expect(schedule).toBeVisible();
  await expect(page.getByText('What fails and what to change')).toBeVisible();
  await expectNoViolations(page);
  await page.getByLabel('Drives joined of machine 1').selectOption('RAID 5');
  await page.getByRole('button', { name: 'Add a machine' }).click();
  await page.getByLabel('Name of machine 2').fill('desk');
  await page.getByLabel('Size of each (TB) of desk, row 1').fill('1');
  await page.getByLabel('Identities', { exact: true }).selectOption('Those that I have');
  await page.getByLabel('Your identities').fill('2 × 4, 300, 1000');
  await expect(page.getByText('(identity 4): no drive has the space')).toBeVisible({
    timeout: 30_000,
  });
  await expect(schedule.getByText('no drive has the space')).toBeVisible();
  await expect(page.locator('pre[aria-label^="the post-services of"]').first()).toContainText(
    'service --address http://NODE:9094',
  );
  await expectNoViolations(page);
  const shown = await heading.textContent();
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(page.getByLabel('Name of desk')).toBeVisible();
  await expect(heading).toHaveText(shown ?? '', { timeout: 30_000 });
  await page.getByLabel('Threads of desk').fill('many');
  await expect(page.getByText('Threads must be').first()).toBeVisible({ timeout: 30_000 });
  expect(await page.locator('main').textContent()).not.toContain('NaN');
});

test('a farm is exported and imported as CSV', async ({ page }) => {
  await page.goto('./#/plan/fleet?fleet=nas;8;0.8;2000;separate;2*16@250');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export CSV' }).click(),
  ]);
  const csv = readFileSync(await file.path(), 'utf8');
  expect(csv).toContain('machine,nas,,8,0.8,2000,separate');
  await page.goto('./#/plan/fleet');
  await page.setInputFiles('input[type=file]', {
    name: 'farm.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`${csv}identity,mine,,,,,,,,,64,nas/drive 2\n`),
  });
  await expect(page.getByLabel('Name of nas')).toBeVisible();
  await expect(page.getByText('1 identity from the imported file')).toBeVisible();
  await expect(page.getByRole('grid', { name: 'Schedule' }).getByText('mine')).toBeVisible({
    timeout: 30_000,
  });
});

test('the calendar shows this epoch and saves a calendar file', async ({ page }) => {
  await page.goto('./#/plan/calendar');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as calendar (.ics)' }).click();
  const text = readFileSync(await (await download).path(), 'utf8');
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(text.split('BEGIN:VEVENT').length).toBeGreaterThan(6);
  await expectNoViolations(page);
});

test('guide: from disks and a machine to the config, commands and start times', async ({
  page,
}) => {
  await page.goto('./#/plan');
  await expect(page.getByText('The speeds below are examples')).toBeVisible();
  await page.getByLabel('Disks', { exact: true }).fill('4');
  await page.getByLabel('Size of each disk').fill('8');
  await page.getByLabel('Disk read speed').fill('180');
  await page.getByLabel('Threads', { exact: true }).fill('4');
  await page.getByLabel('Scan speed of one thread').fill('0.8');
  await page.getByLabel(/^k2pow/).fill('1000');
  await page.getByLabel('Safety margin').fill('0');
  const layout = page.getByRole('region', { name: '2. Identities, nonces and threads' });
  await expect(layout).toHaveAttribute('aria-busy', 'false');
  // The farm: at least 285 SU are possible, and a plan with fewer identities gives up at most 3 % of that.
  const text = (await layout.textContent()) ?? '';
  const proved = Number(/([\d.]+) SU are proved in an average epoch/.exec(text)?.[1]);
  expect(proved).toBeGreaterThan(285 * 0.97);
  const alternatives = page.getByRole('region', { name: 'Numbers of identities compared' });
  await expect(alternatives.getByRole('cell', { name: 'chosen' })).toHaveCount(1);
  expect(await alternatives.getByRole('row').count()).toBeGreaterThan(4);

  await expect(page.getByText('"grpc-post-listener": "127.0.0.1:9094"')).toBeVisible();
  await page.getByLabel('Address of the node').fill('http://10.0.0.2:9094');
  await expect(page.getByText('"grpc-post-listener": "10.0.0.2:9094"')).toBeVisible();

  const starts = page.getByRole('region', { name: 'Start times in the next cycle gap' });
  const identities = Number(/(\d+) identit/.exec(text)?.[1]);
  await expect(starts.getByRole('row')).toHaveCount(identities + 1);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the cycle gaps' }).click();
  const calendar = readFileSync(await (await saved).path(), 'utf8');
  expect(calendar).toContain('BEGIN:VCALENDAR');
  await expectNoViolations(page);
});

test('guide: figures that Profile has in this browser, filled in with their source and age', async ({
  page,
}) => {
  await page.goto('./#/profile/runs');
  await page
    .getByLabel('Output of the profiler')
    .fill('./profiler --threads=4 --nonces 16\n{\n  "time_s": 10.0,\n  "speed_gib_s": 6.0\n}');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.goto('./#/plan');
  await expect(
    page.getByText(/Measured in this browser: scan speed \(by the native profiler/),
  ).toBeVisible();
  await expect(page.getByLabel('Scan speed of one thread')).toHaveValue('1.5');
  await page.getByLabel('Scan speed of one thread').fill('2');
  await page.getByRole('button', { name: 'Use the measured figures' }).click();
  await expect(page.getByLabel('Scan speed of one thread')).toHaveValue('1.5');
});

test('fleet: a shared k2pow service and a controller, in the plan, the link and the file', async ({
  page,
}) => {
  await page.goto('./#/plan/fleet');
  const title = page.getByRole('heading', { name: /SU proved per epoch, on average/ });
  await expect(title).toBeVisible();
  const alone = await title.textContent();
  await page.getByText('Shared k2pow services, controllers and NAS').click();
  await page.getByRole('button', { name: 'Add a k2pow service' }).click();
  await page.getByLabel('k2pow (hashes/s) of k2pow service 1').fill('20000');
  await page.getByLabel('k2pow of machine 1').selectOption('k2pow service 1');
  await expect(title).not.toHaveText(alone ?? '');
  await page.getByLabel('An identity that misses the gap').selectOption('1');
  await expect(page.getByRole('heading', { name: /earn per epoch with late ATXs/ })).toBeVisible();
  await page.getByLabel('Objective').selectOption('value');
  await page.getByLabel('Price of processor time').fill('0.02');
  await expect(page).toHaveURL(/hour=0\.02/);
  const address = page.url();

  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const path = await (await saved).path();
  const csv = readFileSync(path, 'utf8');
  expect(csv).toContain('k2pow-service,k2pow service 1,');
  expect(csv).toMatch(/^setting,price_per_thread_hour,.*0\.02$/m);
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(page).not.toHaveURL(/svc=/);
  await page.setInputFiles('input[type=file]', {
    name: 'farm.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(csv),
  });
  await expect(page.getByLabel('Price of processor time')).toHaveValue('0.02');
  const parameters = (url: string): string[][] =>
    [...new URLSearchParams(url.split('?')[1])].toSorted(([a], [b]) => a.localeCompare(b));
  expect(parameters(page.url())).toEqual(parameters(address));
  await expectNoViolations(page);
});
