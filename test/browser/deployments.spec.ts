/** Two deployments on one origin share its storage, caches and channels by nature: each keeps to its own. */
import { expect, test, type Page } from '@playwright/test';
import { plainHost, type Host } from './support/hosts';
import { drop } from './support/page';

test.use({ serviceWorkers: 'allow' });

let host: Host;
test.beforeEach(async () => {
  host = await plainHost('/a', '/b');
});
test.afterEach(() => host.close());

const open = async (page: Page, path: string): Promise<void> => {
  await page.goto(host.url + path);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  // A page on which nothing was done loads itself again; the rest is loaded again here.
  await expect(async () => {
    if (!(await page.evaluate(() => crossOriginIsolated))) await page.reload();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  }).toPass();
};
const colours = (page: Page) => page.getByRole('button', { name: /Colours/ });

test('two deployments: what an earlier version remembered reaches both, what one changes stays its own', async ({
  page,
}) => {
  await page.goto(`${host.url}/a/icon.svg`);
  // As idb-keyval's default store was left by an earlier version, with an entry of another app.
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('keyval-store');
        request.onupgradeneeded = () => {
          const store = request.result.createObjectStore('keyval');
          store.put('dark', 'setting:theme');
          store.put('theirs', 'other-app');
        };
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
        request.onerror = () => reject(new Error('not written'));
      }),
  );
  await open(page, '/a/');
  await expect(colours(page)).toHaveText('Colours: dark');
  await colours(page).click();
  await expect(colours(page)).toHaveText('Colours: as the system');
  await open(page, '/b/');
  await expect(colours(page)).toHaveText('Colours: dark');
  await open(page, '/a/');
  await expect(colours(page)).toHaveText('Colours: as the system');
  // Each has a database of its own, without what belongs to the other app; the shared one is as it was.
  const kept = await page.evaluate(async () => {
    const read = (name: string) =>
      new Promise<Record<string, unknown>>((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => {
          const store = request.result.transaction('keyval').objectStore('keyval');
          const keys = store.getAllKeys();
          const values = store.getAll();
          values.onsuccess = () =>
            resolve(
              Object.fromEntries(
                keys.result.map((key, i) => [key, (values.result as unknown[])[i]] as const),
              ) as Record<string, unknown>,
            );
        };
      });
    return Promise.all(['keyval-store', 'workbench /a/', 'workbench /b/'].map(read));
  });
  expect(kept).toEqual([
    { 'setting:theme': 'dark', 'other-app': 'theirs' },
    expect.objectContaining({ 'setting:theme': 'system' }),
    expect.objectContaining({ 'setting:theme': 'dark' }),
  ]);
  expect(kept[1]).not.toHaveProperty('other-app');
});

test('two deployments: an update of one leaves the cache of the other', async ({ page }) => {
  await open(page, '/a/');
  await open(page, '/b/');
  const names = (): Promise<string[]> => page.evaluate(async () => (await caches.keys()).sort());
  const [ofA = '', ofB = ''] = await names();
  expect([ofA, ofB]).toEqual([
    expect.stringMatching(/^workbench \/a\/ [0-9a-f]{16}$/),
    expect.stringMatching(/^workbench \/b\/ [0-9a-f]{16}$/),
  ]);
  await page.evaluate(async () => {
    await caches.open('workbench /a/ 0000000000000000');
    await caches.open('workbench /b/ 0000000000000000');
    // As earlier versions named them, without the path.
    for (const [name, path] of [
      ['workbench-00000000000000aa', '/a/index.html'],
      ['workbench-00000000000000bb', '/b/index.html'],
    ] as const)
      await (await caches.open(name)).put(path, new Response('earlier'));
    const registration = await navigator.serviceWorker.getRegistration('/a/');
    await registration?.unregister();
  });
  await open(page, '/a/');
  await expect
    .poll(names)
    .toEqual([ofA, ofB, 'workbench /b/ 0000000000000000', 'workbench-00000000000000bb'].sort());
});

test('two deployments: a question about identities is answered within its own', async ({
  page,
  context,
}) => {
  await open(page, '/a/');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  const other = await context.newPage();
  await open(other, '/b/');
  // The right name is asked last: by its answer, the page has received the questions before it.
  const answered = await other.evaluate(
    (names) =>
      new Promise<readonly string[]>((resolve) => {
        const answers: string[] = [];
        for (const name of names) {
          const channel = new BroadcastChannel(name);
          channel.onmessage = ({ data }: MessageEvent<object>) => {
            if (!('answerTo' in data)) return;
            answers.push(name);
            if (name === names.at(-1)) resolve(answers);
          };
          channel.postMessage({ question: 'test', ids: ['00'.repeat(32)] });
        }
      }),
    ['workbench-malfeasance', 'workbench-malfeasance /b/', 'workbench-malfeasance /a/'],
  );
  expect(answered).toEqual(['workbench-malfeasance /a/']);
});

test('two deployments: an initialisation that an earlier version began goes on in the first that finds it', async ({
  page,
}) => {
  await page.goto(`${host.url}/a/icon.svg`);
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.getDirectoryHandle('post-initialisation', { create: true });
  });
  const initialise = async (path: string): Promise<void> => {
    const inputs = new URLSearchParams({
      ...{ network: 'standalone', nodeId: '11'.repeat(32), commitmentAtxId: '22'.repeat(32) },
      ...{ numUnits: '1', maxFileSize: '1024', backend: 'cpu' },
    });
    await open(page, `${path}#/post/initialize?${inputs.toString()}`);
    await page.getByRole('button', { name: /own storage/ }).click();
    await expect(page.getByText('1 SU are complete')).toBeVisible({ timeout: 30_000 });
  };
  await initialise('/a/');
  await initialise('/b/');
  const files = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const list: string[] = [];
    for await (const entry of root.values())
      if (entry.kind === 'directory')
        for await (const name of entry.keys()) list.push(`${entry.name}: ${name}`);
    return list.sort();
  });
  expect(files).toEqual([
    'post-initialisation %2Fb%2F: postdata_0.bin',
    'post-initialisation %2Fb%2F: postdata_metadata.json',
    'post-initialisation: postdata_0.bin',
    'post-initialisation: postdata_metadata.json',
  ]);
});
