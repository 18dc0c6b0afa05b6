import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { commitmentOf, healthy, idOf, keyOf } from '../support/estates';
import { expectNoViolations, watch } from './support/page';

test('rescue: lost metadata and a second key, ranked with their steps and the metadata written again', async ({
  page,
}) => {
  await watch(page);
  // Without the picker, which only a user can answer, folders come through a file input.
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showDirectoryPicker');
  });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  const folder = mkdtempSync(join(tmpdir(), 'estate-'));
  try {
    const files = { ...healthy(1), 'copy/other.key': keyOf(1).toKeyFile() };
    for (const [name, content] of Object.entries(files)) {
      if (name.endsWith('postdata_metadata.json')) continue;
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(
        join(folder, name),
        typeof content === 'number' ? new Uint8Array(content) : content,
      );
    }
    await page.goto('./identity.html#/identity/rescue');
    await page.getByLabel('Network').selectOption('standalone');
    await page.locator('input[type=file]').first().setInputFiles(folder);
    const report = page.getByRole('region', { name: 'Report' });
    await expect(report.getByText(/private key of .* is in 2 files/)).toBeVisible();
    await expect(report.getByText(/CommitmentAtxId: it is commitment_atx/)).toBeVisible();
    await page.getByText('A commitment that the network states').click();
    await page.getByLabel('Smesher ID', { exact: true }).fill(idOf(1));
    await page.getByLabel('Commitment ATX').fill(commitmentOf(1));
    await page.getByRole('button', { name: 'Add the commitment' }).click();
    await expect(page.locator('pre[aria-label="the rebuilt metadata"]')).toContainText(
      '"NumUnits": 4',
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      360,
    );
    await expectNoViolations(page);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
