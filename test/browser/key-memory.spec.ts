/** A private key is in the heap while it is shown, and neither there nor in storage once it was removed or its tab closed. */
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { drop, watch } from './support/page';

const keyText = readFileSync('test/data/node/keys/A_supervised/local.key', 'utf8').trim();
const seed = keyText.slice(0, 64);

/** All strings that the page's heap holds, as a snapshot of the heap lists them. */
async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const parts: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => parts.push(chunk));
  await session.send('HeapProfiler.enable');
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return parts.join('');
}

/** Everything that the origin keeps, as text. */
const storageOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const kept: unknown[] = [
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
    ];
    for (const { name = '' } of await indexedDB.databases())
      await new Promise<void>((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => {
          const stores = [...request.result.objectStoreNames];
          if (stores.length === 0) resolve();
          for (const store of stores) {
            const values = request.result.transaction(store).objectStore(store).getAll();
            values.onsuccess = () => {
              kept.push(values.result);
              resolve();
            };
          }
        };
      });
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) kept.push(name);
    return JSON.stringify(kept);
  });

test('a private key: after its tab was closed, is neither in the next tab nor in storage', async ({
  page,
  context,
}) => {
  await watch(page);
  await page.goto('./identity.html#/identity');
  await drop(page, { name: 'local.key', bytes: Buffer.from(keyText) });
  await expect(page.getByText('private and public half belong together')).toBeVisible();
  await page.close();
  const next = await context.newPage();
  await next.goto('./identity.html#/identity');
  await expect(next.locator('h1').first()).toBeVisible();
  expect((await heapOf(next)).includes(seed)).toBe(false);
  expect(await storageOf(next)).not.toContain(seed);
});

const openers: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  opened: (page) => drop(page, { name: 'local.key', bytes: Buffer.from(keyText) }),
  pasted: async (page) => {
    await page.locator('#key-text').fill(keyText);
    await page.getByRole('button', { name: 'Read', exact: true }).click();
  },
};
for (const [how, open] of Object.entries(openers))
  test(`a private key, ${how} and shown: after “Forget it”, is neither in the heap nor in storage`, async ({
    page,
  }) => {
    await watch(page);
    await page.goto('./identity.html#/identity');
    await open(page);
    await expect(page.getByText('private and public half belong together')).toBeVisible();
    await page.getByText('The private half', { exact: true }).click();
    await page.getByRole('button', { name: 'Show the key' }).click();
    await expect(page.getByLabel('the complete key', { exact: true })).toHaveText(keyText);
    expect((await heapOf(page)).includes(seed)).toBe(true);
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect(page.getByText('The private half', { exact: true })).toHaveCount(0);
    expect((await heapOf(page)).includes(seed)).toBe(false);
    expect(await storageOf(page)).not.toContain(seed);
  });
