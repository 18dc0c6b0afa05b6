/**
 * What goes wrong on people's machines: a thread dies, the tab dies, the disk is full, storage is refused, a file vanishes, the
 * laptop sleeps, the clock is set. What was finished is not lost, and the page states what happened. (A GPU that goes away:
 * labels.spec.ts; files that change under a database: state-engine.spec.ts.)
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test, type Page, type Worker } from '@playwright/test';
import type {} from '../../src/app/workbench';
import { drop, expectQuiet, watch } from './support/page';
import { directoryFiles, proofVector } from './support/post';

const scratch = mkdtempSync(join(tmpdir(), 'faults-'));
test.afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.beforeEach(async ({ page }) => {
  await watch(page);
});
// A spare thread may still be loading; some tests close their page.
test.afterEach(async ({ page }) => {
  if (!page.isClosed()) await page.unrouteAll({ behavior: 'ignoreErrors' });
});

/** Opens a copy of a PoST directory by real files on the disk, as picking them does. */
async function openCopy(page: Page, name: string): Promise<(file: string) => string> {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  const paths = directoryFiles(name).map((path) => join(folder, basename(path)));
  for (const path of directoryFiles(name)) cpSync(path, join(folder, basename(path)));
  await page.goto('./');
  await page.getByLabel('Files to open').setInputFiles(paths);
  await expect(page.getByRole('heading', { name: 'PoST data' })).toBeVisible();
  return (file) => join(folder, file);
}

async function fillProof(page: Page, name: string): Promise<void> {
  const vector = proofVector(name);
  await page.getByLabel('Challenge').fill(vector.challenge);
  await page.getByLabel('K1 (').fill(String(vector.k1));
  await page.getByLabel('K2 (').fill(String(vector.k2));
  await page.getByLabel('k2pow difficulty').fill(vector.pow_difficulty);
  await page.getByLabel('Nonces per pass').fill(String(vector.nonces_per_pass));
  await page.getByLabel('Threads').fill('1');
  await page.getByLabel('Provider').selectOption('CPU');
}

/** The scan alone: k2pow takes longer than all the rest. */
const leaveOutPow = (page: Page) => page.getByRole('checkbox', { name: /Scan only/ }).check();

async function prepareProof(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await fillProof(page, name);
}

async function prove(page: Page): Promise<void> {
  await leaveOutPow(page);
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
}
const proofFound = (page: Page) =>
  expect(page.getByText(/Proof found with nonce \d+/)).toBeVisible({ timeout: 60_000 });

const waitForWorker = async (page: Page, name: string): Promise<Worker> =>
  page.workers().find((worker) => worker.url().includes(name)) ??
  (await page.waitForEvent('worker', (worker) => worker.url().includes(name)));
/** As an error that nothing catches ends it: memory that was refused, a fault in the code. */
const kill = (worker: Worker): Promise<void> =>
  worker.evaluate(() => {
    setTimeout(() => {
      throw new Error('killed by the test');
    });
  });

const labelsOf = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const bytes = await window.workbench.post.labels({
      ...{ commitment: '5a'.repeat(32), start: 0, count: 800, scryptN: 8192 },
      ...{ backend: 'cpu', threads: 2 },
    });
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  });
const ready = (page: Page) =>
  expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');

test('labels: a thread dies in the middle, it is replaced and nothing is missing', async ({
  page,
}) => {
  await page.goto('./');
  await ready(page);
  const whole = labelsOf(page);
  await kill(await waitForWorker(page, 'labels'));
  expect(await whole).toBe(await labelsOf(page));
});

test('prove: a thread of the k2pow search dies, it is replaced and the proof is the same', async ({
  page,
}) => {
  await openCopy(page, 'n2-single');
  await prepareProof(page, 'n2-single');
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  await kill(await waitForWorker(page, 'randomx'));
  await expect(
    page.getByText(`Proof found with nonce ${proofVector('n2-single').proof.nonce}`),
  ).toBeVisible({ timeout: 60_000 });
});

test('prove: a k2pow thread that has failed still runs, its replacement waits and the proof is the same', async ({
  page,
}) => {
  let served = 0;
  await page.route('**/randomx.worker-*.js', async (route) => {
    const response = await route.fetch();
    // After its error a thread is stopped, but a browser lets it run for up to 2 s, in memory that threads share.
    const fault = `{
      let parts;
      addEventListener('message', ({ data: { path, argumentList } }) => {
        if (path?.[0] === 'open') parts = argumentList[0].value;
        if (path?.[0] !== 'search') return;
        reportError(new Error('killed by the test'));
        const { machinesAt, datasetAt } = parts.layout;
        const machines = new Uint8Array(parts.memory.buffer, machinesAt, datasetAt - machinesAt);
        for (const end = performance.now() + 1500; performance.now() < end; ) machines.fill(255);
      });
    }\n`;
    await route.fulfill({
      response,
      body: (served++ === 0 ? fault : '') + (await response.text()),
    });
  });
  await openCopy(page, 'n2-single');
  await prepareProof(page, 'n2-single');
  await page.getByRole('button', { name: 'Prove', exact: true }).click();
  await expect(
    page.getByText(`Proof found with nonce ${proofVector('n2-single').proof.nonce}`),
  ).toBeVisible({ timeout: 60_000 });
  expect(served).toBe(2);
});

/** How a thread ends: by an error that nothing catches, or without any event, as when the browser stops it. */
const ends = {
  throws: {
    statement: `throw new Error('killed by the test')`,
    reported: /^worker-died: A background worker stopped: .*killed by the test/,
  },
  closes: {
    statement: `event.stopImmediatePropagation(), close()`,
    reported: /^worker-died: A background worker stopped: it ended without an error/,
  },
} as const;
type End = keyof typeof ends;

/**
 * Threads of one script end at each call for which `isFatal` holds, before they act on it; with `once`, only the first
 * thread does. `isFatal` is the source text of a function of the call's message.
 */
async function failAt(
  page: Page,
  script: string,
  isFatal: string,
  { end, once }: { readonly end: End; readonly once: boolean },
): Promise<void> {
  let served = 0;
  await page.route(`**/${script}*.js`, async (route) => {
    const response = await route.fetch();
    const fault = `addEventListener('message', (event) => { if ((${isFatal})(event.data)) ${ends[end].statement}; });\n`;
    const isFaulty = !once || served++ === 0;
    await route.fulfill({ response, body: (isFaulty ? fault : '') + (await response.text()) });
  });
}

for (const end of Object.keys(ends) as End[]) {
  test(`prove: the thread that scans ${end}, the proof is the same`, async ({ page }) => {
    const proof = async () => {
      await openCopy(page, 'n2-single');
      await prepareProof(page, 'n2-single');
      await prove(page);
      await proofFound(page);
      return page.getByText(/^\{"nonce":/).textContent();
    };
    const undisturbed = await proof();
    await page.getByRole('button', { name: 'Forget it' }).click();
    await failAt(page, 'proving.worker', `({ path }) => path?.[0] === 'scan'`, { end, once: true });
    let threads = 0;
    page.on('worker', (worker) => {
      if (worker.url().includes('proving')) threads++;
    });
    await page.reload();
    expect(await proof()).toBe(undisturbed);
    expect(threads).toBe(2);
  });

  test(`query: its thread ${end} in the middle, the error is clear and the next rows are right`, async ({
    page,
  }) => {
    const isQuery = `({ argumentList }) => argumentList?.some(({ value }) => JSON.stringify(value, (_, inner) => typeof inner === 'bigint' ? '' : inner)?.includes('RECURSIVE'))`;
    await failAt(page, 'state.worker', isQuery, { end, once: false });
    await page.goto('./');
    await drop(page, 'public/sample/state.sql');
    await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
    const outcome = await page.evaluate(() =>
      window.workbench.state
        .query(
          'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
        )
        .then(
          () => 'answered',
          (error: unknown) => {
            const { code, message } = error as { code: string; message: string };
            return `${code}: ${message}`;
          },
        ),
    );
    expect(outcome).toMatch(ends[end].reported);
    const next = await page.evaluate(() =>
      window.workbench.state.query('SELECT count(*) FROM atxs').then(({ rows }) => rows[0]?.[0]),
    );
    expect(next).toBe(72);
  });
}

test('database: its thread dies between two queries, another opens the files again', async ({
  page,
}) => {
  await page.goto('./');
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  await kill(await waitForWorker(page, 'state.worker'));
  const count = () =>
    page.evaluate(async () => {
      const { rows } = await window.workbench.state.query('SELECT count(*) FROM atxs');
      return rows[0]?.[0];
    });
  // One that was asked in the very moment is rejected because its thread died.
  await expect.poll(() => count().catch(() => 'died'), { timeout: 30_000 }).toBe(72);
});

/** A unit of a network of 64 labels each. */
const initialisation = `./#/post/initialize?${new URLSearchParams({
  network: 'standalone',
  nodeId: '11'.repeat(32),
  commitmentAtxId: '22'.repeat(32),
  numUnits: '1',
  maxFileSize: '1024',
  backend: 'cpu',
}).toString()}`;
const storedFiles = (page: Page): Promise<Record<string, number[]>> =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('post-initialisation %2F', { create: true });
    const files: Record<string, number[]> = {};
    for await (const handle of folder.values())
      if (handle.kind === 'file')
        files[handle.name] = Array.from(
          new Uint8Array(await (await handle.getFile()).arrayBuffer()),
        );
    return files;
  });

/** The vector's identity, of eight units instead of two: 8192 labels in eight files, the first two as the vector has them. */
const large = proofVector('n8192');
const largeFiles = directoryFiles('n8192').filter((path) => path.endsWith('.bin'));

/** Initialises it in the browser's own storage. Gives the labels that were there at its first sign of life. */
const initializeLarge = (target: Page, files: { readonly toFile?: number } = {}): Promise<number> =>
  target.evaluate(
    async (request) => {
      const root = await navigator.storage.getDirectory();
      const directory = await root.getDirectoryHandle('post-initialisation %2F', { create: true });
      let firstDone = -1;
      await window.workbench.post.initialize(
        { ...request, directory },
        {
          onProgress: ({ done }) => {
            if (firstDone < 0) firstDone = done;
          },
        },
      );
      return firstDone;
    },
    {
      nodeId: large.node_id,
      commitmentAtxId: large.commitment_atx_id,
      numUnits: 8,
      labelsPerUnit: Number(large.labels_per_unit),
      maxFileSize: Number(large.max_file_size),
      scryptN: large.scrypt.n,
      threads: 2,
      backend: 'cpu' as const,
      ...files,
    },
  );

/** Every byte of the first two files is right. */
async function expectLarge(page: Page): Promise<void> {
  const written = await storedFiles(page);
  for (const path of largeFiles)
    expect(Buffer.from(written[basename(path)] ?? []), path).toEqual(readFileSync(path));
}
/** Goes on to the second file's end: what was finished is not computed again, and every byte is right. */
async function expectGoesOn(page: Page): Promise<void> {
  expect(await initializeLarge(page, { toFile: 1 })).toBeGreaterThan(1024);
  await expectLarge(page);
}

/** Replaces a file of the folder, as another program would. */
const writeStored = (target: Page, name: string, bytes: readonly number[]): Promise<void> =>
  target.evaluate(
    async (file) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('post-initialisation %2F');
      const handle = await folder.getFileHandle(file.name, { create: true });
      const stream = await handle.createWritable();
      await stream.write(new Uint8Array(file.bytes));
      await stream.close();
    },
    { name, bytes },
  );

test('initialize: the tab dies and its last write is torn, no finished file is lost and every byte is right', async ({
  page,
  context,
}) => {
  await page.goto('./');
  await ready(page);
  const lost = initializeLarge(page).catch(() => 'the tab died');
  await expect
    .poll(
      async () => {
        // Files are replaced while they are looked at.
        const files = await storedFiles(page).catch(() => undefined);
        return files?.['postdata_0.bin']?.length;
      },
      { intervals: [100], timeout: 30_000 },
    )
    .toBe(16_384);
  const session = await context.newCDPSession(page);
  // The process ends before it could answer.
  void session.send('Page.crash').catch(() => undefined);
  expect(await lost).toBe('the tab died');
  await page.close();
  const next = await context.newPage();
  await next.goto('./');
  await ready(next);
  // The browser replaces files by complete copies; a loss of power may leave this of one.
  const second = readFileSync(largeFiles[1] ?? '');
  await writeStored(next, 'postdata_1.bin', [...second.subarray(0, 5 * 16 + 7)]);
  await expectGoesOn(next);
});

test('initialize: a second tab with the same folder is refused, and goes on once the first is closed', async ({
  page,
  context,
}) => {
  await page.goto('./');
  await ready(page);
  const first = initializeLarge(page).catch(() => 'the tab was closed');
  await expect
    .poll(async () => Object.keys(await storedFiles(page).catch(() => ({}))).length)
    .toBeGreaterThan(1);
  const second = await context.newPage();
  await second.goto('./');
  await ready(second);
  await expect(initializeLarge(second)).rejects.toThrow(
    /Another tab is writing this identity's PoST data to “post-initialisation %2F”/,
  );
  await page.close();
  expect(await first).toBe('the tab was closed');
  // The browser frees the lock soon after the tab has closed.
  await expect(async () => {
    await initializeLarge(second, { toFile: 1 });
  }).toPass({ timeout: 30_000 });
  await expectLarge(second);
});

test('initialize: another program writes to a file of the folder, an error names it and the next start is right', async ({
  page,
}) => {
  await page.goto('./');
  await ready(page);
  const refused = initializeLarge(page, { toFile: 1 }).catch((error: unknown) => String(error));
  await expect
    .poll(async () => Object.keys(await storedFiles(page).catch(() => ({}))))
    .toContain('postdata_metadata.json');
  const second = readFileSync(largeFiles[1] ?? '');
  await writeStored(page, 'postdata_1.bin', [...second.subarray(0, 16)]);
  expect(await refused).toContain('postdata_1.bin in “post-initialisation %2F” has 16 bytes');
  await expectGoesOn(page);
});

test('initialize: storage is full, an error states what to do and the work continues once there is space', async ({
  page,
  context,
}) => {
  await page.goto(initialisation);
  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  const room = (bytes?: number) =>
    session.send('Storage.overrideQuotaForOrigin', {
      origin,
      ...(bytes === undefined ? {} : { quotaSize: usage + bytes }),
    });
  const begin = page.getByRole('button', { name: /own storage/ });
  await room(0);
  await begin.click();
  await expect(page.getByText('There is no space left to write to')).toBeVisible({
    timeout: 30_000,
  });
  await room();
  await begin.click();
  await expect(page.getByText('1 SU are complete')).toBeVisible({ timeout: 30_000 });

  // Room for the first files only.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('post-initialisation %2F', { recursive: true });
  });
  await room(24_000);
  const refused = await initializeLarge(page).catch((error: unknown) => String(error));
  expect(refused).toContain('There is no space left to write');
  await room();
  await expectGoesOn(page);
});

test('where the browser refuses storage, the pages work and say what is not kept', async ({
  page,
}) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused by the test', 'SecurityError');
    };
  });
  await openCopy(page, 'n2-single');
  await page.getByRole('button', { name: /Colours/ }).click();
  await prepareProof(page, 'n2-single');
  await prove(page);
  await proofFound(page);
  await expect(page.getByText('last only until the page is closed')).toBeVisible();
  await drop(page, 'public/sample/state.sql');
  await page.getByRole('link', { name: 'SQL console' }).click();
  await page.getByText(/Saved queries/).click();
  await page.getByLabel('Name for the query in the editor').fill('mine');
  await page.getByRole('textbox', { name: 'SQL' }).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText('SELECT 1 AS one');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('The browser keeps nothing for this page')).toBeVisible();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Result' })).toContainText('1');
  expectQuiet(page);
});

test('prove: a file vanishes in the middle, it is named and with it back the proof goes on', async ({
  page,
}) => {
  const path = await openCopy(page, 'n2-single');
  await prepareProof(page, 'n2-single');
  const data = readFileSync(path('postdata_0.bin'));
  // Before any label is read, while the kernel is being loaded.
  await page.route('**/proving*.wasm', async (route) => {
    rmSync(path('postdata_0.bin'), { force: true });
    await route.continue();
  });
  await prove(page);
  await expect(page.getByText(/postdata_0.bin could not be read at byte 0/)).toBeVisible({
    timeout: 60_000,
  });
  await expect(page.getByText('The work so far is saved')).toBeVisible();
  writeFileSync(path('postdata_0.bin'), data);
  await page.getByRole('link', { name: 'PoST Workbench' }).click();
  await page
    .getByLabel('Files to open')
    .setInputFiles([path('postdata_0.bin'), path('postdata_metadata.json')]);
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await fillProof(page, 'n2-single');
  // A scan without k2pow does not go on as one with it.
  await page.getByRole('button', { name: 'Continue from the saved position' }).click();
  await expect(page.getByText('The saved position belongs to')).toBeVisible();
  await leaveOutPow(page);
  await page.getByRole('button', { name: 'Continue from the saved position' }).click();
  await proofFound(page);
});

test('prove: its part of the page is left and the page reloaded, the proof is still there', async ({
  page,
}) => {
  await openCopy(page, 'n2-single');
  await prepareProof(page, 'n2-single');
  await prove(page);
  await page.getByRole('link', { name: 'Check data' }).click();
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await proofFound(page);
  await page.reload();
  await openCopy(page, 'n2-single');
  await page.getByRole('link', { name: 'Prove', exact: true }).click();
  await proofFound(page);
  await page.getByRole('button', { name: 'Forget it' }).click();
  await expect(page.getByText('Proof found')).toHaveCount(0);
});

test('schedule: the machine sleeps for two weeks, then the page shows the epoch of now', async ({
  page,
}) => {
  await page.clock.install({ time: new Date('2026-11-21T12:00:00Z') });
  await page.goto('./#/plan/calendar');
  const heading = page.getByRole('heading', { name: /^Epoch \d+, layer [\d,]+ now$/ });
  const epoch = async () => Number(/\d+/.exec((await heading.textContent()) ?? '')?.[0]);
  await expect(heading).toBeVisible();
  const before = await epoch();
  // As closing a laptop: timers that became due fire once.
  await page.clock.fastForward(14 * 86_400_000);
  await expect.poll(epoch).toBe(before + 1);
  expectQuiet(page);
});

test('labels: the machine sleeps and its clock changes, the labels are the same', async ({
  page,
  browser,
}) => {
  await page.clock.setFixedTime('2026-11-21T12:00:00Z');
  await page.goto('./');
  await ready(page);
  const whole = labelsOf(page);
  await waitForWorker(page, 'labels');
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  expect(renderers.length).toBeGreaterThan(0);
  // All threads of the page stand still, as they do when a laptop is closed.
  for (const { id } of renderers) process.kill(id, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const { id } of renderers) process.kill(id, 'SIGCONT');
  await page.clock.setFixedTime('1999-12-31T23:59:59Z');
  expect(await whole).toBe(await labelsOf(page));
  expectQuiet(page);
});
