import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { expectNoViolations, watch } from './support/page';

const fresh = 'test/data/post/posdata/go-n16';

test('repair: damage that a check found, written into the folder after a typed word, checked again', async ({
  page,
}) => {
  await watch(page);
  const files = readdirSync(fresh).map((name) => {
    const bytes = readFileSync(join(fresh, name));
    if (name === 'postdata_1.bin') bytes.fill(0xee, 4000, 4500);
    return { name, base64: bytes.toString('base64') };
  });
  // Folders of the browser's own storage replace the picker, which only a user can answer.
  await page.addInitScript(() => {
    const folders = ['post', 'post', 'originals'];
    Object.assign(globalThis, {
      showDirectoryPicker: async () => {
        const root = await navigator.storage.getDirectory();
        return root.getDirectoryHandle(folders.shift() ?? 'post', { create: true });
      },
    });
  });
  await page.goto('./#/post/check?scryptN=16');
  await page.evaluate(async (contents) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('post', { create: true });
    for (const { name, base64 } of contents) {
      const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await stream.write(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
      await stream.close();
    }
  }, files);
  await page.getByRole('button', { name: 'Open a PoST folder …' }).first().click();
  // Opening shows the folder's own view.
  await expect(page.getByText('Open: post')).toBeVisible();
  await page.goto('./#/post/check?scryptN=16');
  await page.getByRole('button', { name: 'Check the data' }).click();
  const repair = page.getByRole('region', { name: 'Repair the damaged regions' });
  await repair.getByRole('button', { name: 'Find the regions, write nothing' }).click();
  await expect(repair.getByText('32 wrong labels in 1 region')).toBeVisible();
  const write = repair.getByRole('button', { name: /^Repair 32 places/ });
  await repair.getByRole('button', { name: 'Choose the PoST folder to repair …' }).click();
  await repair.getByRole('button', { name: 'Choose a folder for the original bytes …' }).click();
  await expect(repair.getByText('originals')).toBeVisible();
  await expect(write).toBeDisabled();
  await repair.getByLabel('Type “repair” to confirm').fill('repair');
  await write.click();
  await expect(repair.getByText('32 labels repaired, written and read back')).toBeVisible();
  await expect(page.getByText('labels that were checked are right')).toBeVisible();
  const [repaired, kept] = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const bytes = async (folder: string, name: string) => {
      const handle = await (await root.getDirectoryHandle(folder)).getFileHandle(name);
      return [...new Uint8Array(await (await handle.getFile()).arrayBuffer())];
    };
    return [
      await bytes('post', 'postdata_1.bin'),
      await bytes('originals', 'postdata_1.bin.byte-4000.original'),
    ];
  });
  expect(Buffer.from(repaired).equals(readFileSync(join(fresh, 'postdata_1.bin')))).toBe(true);
  expect(kept).toHaveLength(512);
  await expectNoViolations(page);
});
