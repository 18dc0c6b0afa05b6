import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';

const posdata = 'test/data/post/posdata';

test.beforeEach(async ({ page }) => {
  await watch(page);
  // Without the picker, which only a user can answer, folders come through a file input.
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showDirectoryPicker');
  });
});

test('a copy command with the slashes as they must be, for the chosen system, and a checklist to tick', async ({
  page,
}) => {
  await page.goto('./identity.html#/identity/moving');
  const platform = page.getByLabel('Commands for');
  await platform.selectOption('windows');
  const command = page.locator('pre[aria-label="the copy command"]');
  await expect(command).toContainText('robocopy');
  await platform.selectOption('linux');
  await page.getByLabel('From', { exact: true }).fill('/mnt/my disk/post/');
  await expect(command).toContainText("'/mnt/my disk/post/' /mnt/new/post/");
  await page.getByRole('combobox', { name: 'Copy', exact: true }).selectOption('folder');
  await expect(command).toContainText("'/mnt/my disk/post' /mnt/new/post/");
  await page.getByLabel('Another machine').selectOption('to');
  await page.getByLabel('User there').fill('node');
  await page.getByLabel('Its name or address').fill('box');
  await page.getByLabel('SSH port').fill('2222');
  await expect(command).toContainText("-e 'ssh -p 2222'");
  await expect(command).toContainText('node@box:/mnt/new/post/');

  const list = page.getByRole('region', { name: 'Moving PoST data' });
  await page.getByLabel('systemd unit on the source').fill('spacemesh.service');
  await expect(list).toContainText('sudo systemctl disable --now spacemesh.service');
  await list.getByRole('checkbox').first().check();
  await expect(list.getByRole('status').first()).toHaveText(/^1 of \d+ done$/);
  // A copy takes days: what was typed and ticked is in the address and outlives a reload.
  await page.reload();
  await expect(command).toContainText('node@box:/mnt/new/post/');
  await expect(list.getByRole('checkbox').first()).toBeChecked();
  await expect(list.getByRole('status').first()).toHaveText(/^1 of \d+ done$/);
  // On paper there is this list, with its ticks, and nothing else.
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => {
    window.print = () => {
      const shown = (selector: string) =>
        getComputedStyle(document.querySelector(selector) ?? document.body).visibility;
      document.title = `${shown('header')} ${shown('.printed li')} ${shown('.printed input')}`;
    };
  });
  await list.getByRole('button', { name: 'Print', includeHidden: true }).dispatchEvent('click');
  await expect(page).toHaveTitle('hidden visible visible');
  await page.emulateMedia({ media: null });
  await page.getByLabel('How', { exact: true }).selectOption('raid5');
  await expect(page.getByRole('alert')).toContainText('3 different disks');
  await expectNoViolations(page);
});

test('two folders compared: the same, then a byte changed and a file gone', async ({ page }) => {
  const [name = ''] = readdirSync(posdata);
  const copy = mkdtempSync(join(tmpdir(), 'copy-'));
  try {
    cpSync(join(posdata, name), copy, { recursive: true });
    await page.goto('./identity.html#/identity/moving');
    const section = page.getByRole('region', { name: 'Compare a copy' });
    const inputs = section.locator('input[type=file]');
    await inputs.nth(0).setInputFiles(join(posdata, name));
    await expect(section.getByText(new RegExp(`^${name}: \\d+ files`))).toBeVisible();
    await inputs.nth(1).setInputFiles(copy);
    await section.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(section.getByText('The copy is the same as its source.')).toBeVisible();

    const files = readdirSync(copy).filter((file) => file.endsWith('.bin'));
    const bytes = readFileSync(join(copy, files[0] ?? ''));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(join(copy, files[0] ?? ''), bytes);
    rmSync(join(copy, 'postdata_metadata.json'));
    await inputs.nth(1).setInputFiles(copy);
    await section.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(section.getByText(`${files[0] ?? ''} differs from byte 100 on.`)).toBeVisible();
    await expect(section.getByText(/postdata_metadata.json is missing in the copy/)).toBeVisible();
    await expectNoViolations(page);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('state care: what to stop, what to copy, how much space is needed', async ({ page }) => {
  await page.goto('./identity.html#/identity/state');
  await page.getByLabel('What to do').selectOption('fetch');
  await expect(page.getByRole('alert')).toContainText('a state archive that you trust');
  await page.getByLabel('Address of the archive').fill('https://files.example/state.sql.zst');
  await page.getByLabel('SHA-256 of the archive').fill('a'.repeat(64));
  await page.getByLabel('state.sql with its -wal').fill('40');
  await expect(page.getByText('60 GiB')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Download a recent state' })).toContainText(
    'sha256sum',
  );
  await page.getByLabel('What to do').selectOption('backup');
  await expect(page.getByRole('region', { name: 'Back up keys and local state' })).toContainText(
    'identities',
  );
  await expectNoViolations(page);
});
