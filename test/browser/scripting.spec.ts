import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from '@playwright/test';
import { examples } from '../../src/pages/scripting/examples';
import { drop, expectNoViolations, watch } from './support/page';
import { directoryFiles, proofVector } from './support/post';

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./#/scripting');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
});

test('every example without a folder picker runs as it is', async ({ page }) => {
  await drop(page, 'public/sample/state.sql');
  await expect(page.getByRole('heading', { name: 'state.sql' })).toBeVisible();
  for (const { code, title } of examples.filter((one) => !one.code.includes('Picker'))) {
    // As the console does: an expression that may await.
    const result: unknown = await page.evaluate(`(async () => (${code}))()`);
    expect(result, title).toBeDefined();
  }
  await page.goto('./#/scripting');
  await expectNoViolations(page);
});

test('Scripting: the example with a folder picker, a valid proof of the picked folder', async ({
  page,
}) => {
  const files = directoryFiles('n2-single').map((path) => ({
    name: basename(path),
    base64: readFileSync(path).toString('base64'),
  }));
  await page.evaluate(async (contents) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('picked', { create: true });
    for (const { name, base64 } of contents) {
      const file = await folder.getFileHandle(name, { create: true });
      const writable = await file.createWritable();
      await writable.write(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
      await writable.close();
    }
    Object.assign(window, { showDirectoryPicker: () => Promise.resolve(folder) });
  }, files);
  const code = examples.find((example) => example.code.includes('Picker'))?.code ?? '';
  // The value of its last statement, as the console shows it.
  const at = code.lastIndexOf('\nawait');
  const result: unknown = await page.evaluate(
    `(async () => { ${code.slice(0, at)}\nreturn ${code.slice(at + 1)} })()`,
  );
  expect(result).toMatchObject({ valid: true, checked: 37 });
});

test('Scripting: the reference, every member of window.workbench and its types', async ({
  page,
}) => {
  const members = await page.evaluate(() =>
    Object.entries(window.workbench).flatMap(([name, value]) =>
      typeof value === 'object'
        ? Object.keys(value as object).map((call) => `workbench.${name}.${call}`)
        : [`workbench.${name}`],
    ),
  );
  await expect(page.getByTestId('workbench.state.open')).toBeVisible();
  const shown = await page
    .getByTestId(/^workbench\./)
    .evaluateAll((elements) => elements.map((element) => element.getAttribute('data-testid')));
  expect(shown.sort()).toEqual(members.sort());
  await page.getByText('Types of workbench.simulate.passSuccess').click();
  await expect(
    page.getByRole('region', { name: 'Types of workbench.simulate.passSuccess' }),
  ).toContainText('interface PassInput');
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: 'workbench.d.ts' }).click();
  const declarations = readFileSync(await (await saved).path(), 'utf8');
  expect(declarations).toContain('export declare const workbench');
  await expectNoViolations(page);
});

test('results are the references’ own', async ({ page }) => {
  const hash = await page.evaluate(async () =>
    Array.from(await window.workbench.randomx('test key 000', 'This is a test')),
  );
  expect(Buffer.from(hash).toString('hex')).toBe(
    '639183aae1bf4c9a35884cb46b09cad9175f04efd7684e7262a0ac1c2f0b4e3f',
  );
  expect(
    await page.evaluate(() => window.workbench.simulate.passSuccess({ nonces: 64 })),
  ).toBeCloseTo(0.793957069168605, 12);
});

test('proves and verifies over a directory of the reference, on the CPU and on the software GPU', async ({
  page,
}) => {
  const vector = proofVector('n2-single');
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'test-files';
    document.body.append(input);
  });
  await page.setInputFiles('#test-files', directoryFiles('n2-single'));
  for (const backend of ['cpu', 'gpu'] as const) {
    const { proof, verdict } = await page.evaluate(
      async ({ vector: v, backend }) => {
        const { workbench } = window;
        const input = document.querySelector<HTMLInputElement>('#test-files');
        const directory = await workbench.post.openDirectory(input?.files ?? []);
        const request = {
          challenge: v.challenge,
          k1: v.k1,
          k2: v.k2,
          powDifficulty: v.pow_difficulty,
        };
        const found = await workbench.post.prove(directory, {
          ...request,
          nonces: v.nonces_per_pass,
          threads: 1,
          backend,
        });
        const result = await workbench.post.verify({
          ...request,
          proof: found,
          directory,
          scryptN: v.scrypt.n,
        });
        return {
          proof: { nonce: found.nonce, indices: Array.from(found.indices), pow: String(found.pow) },
          verdict: result.valid,
        };
      },
      { vector, backend },
    );
    expect(proof).toEqual({
      nonce: vector.proof.nonce,
      indices: Array.from(Buffer.from(vector.proof.indices, 'base64')),
      pow: vector.proof.pow,
    });
    expect(verdict).toBe(true);
  }
});

test('an aborted call rejects with an AbortError', async ({ page }) => {
  const name = await page.evaluate(async () => {
    const controller = new AbortController();
    const running = window.workbench.post.labels({
      commitment: '00'.repeat(32),
      start: 0,
      count: 100_000,
      signal: controller.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    controller.abort();
    const error: unknown = await running.catch((caught: unknown) => caught);
    return error instanceof Error ? error.name : '';
  });
  expect(name).toBe('AbortError');
});
