/**
 * The GPU's device is destroyed under a job, as a driver reset or a laptop that sleeps does it: the job goes on with another
 * device; when each one is lost, the error is clear and what was finished is kept. On the software adapter.
 */
import { expect, test, type Page } from '@playwright/test';
import type {} from '../../src/app/workbench';
import { directoryFiles, proofVector } from './support/post';

const vector = proofVector('n2-single');

/**
 * Devices of a worker's script are destroyed right after these submissions, counted over all devices of the worker.
 * @returns the number of devices that were destroyed so far
 */
async function destroyDevices(
  page: Page,
  script: string,
  submissions: string,
): Promise<() => number> {
  let destroyed = 0;
  page.on('console', (message) => {
    if (message.text() === 'device destroyed') destroyed++;
  });
  await page.route(`**/${script}.worker-*.js`, async (route) => {
    const response = await route.fetch();
    const fault = `{
      let count = 0;
      const isFatal = ${submissions};
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        const device = await request.apply(this, options);
        const submit = device.queue.submit;
        let isDestroyed = false;
        device.queue.submit = function (buffers) {
          submit.call(this, buffers);
          if (!isFatal(++count)) return;
          if (!isDestroyed) console.debug('device destroyed');
          isDestroyed = true;
          device.destroy();
        };
        return device;
      };
    }
    `;
    await route.fulfill({ response, body: fault + (await response.text()) });
  });
  return () => destroyed;
}

async function start(page: Page): Promise<void> {
  await page.goto('./');
  await expect.poll(() => page.evaluate(() => typeof window.workbench)).toBe('object');
}

/** The scan alone; k2pow does not use the GPU. */
async function prove(page: Page, backend: 'cpu' | 'gpu'): Promise<unknown> {
  await page.evaluate(() => {
    document.querySelector('#under-test')?.remove();
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    input.id = 'under-test';
    document.body.append(input);
  });
  await page.setInputFiles('#under-test', directoryFiles('n2-single'));
  return page.evaluate(
    async ({ v, backend }) => {
      const input = document.querySelector<HTMLInputElement>('#under-test');
      const directory = await window.workbench.post.openDirectory(input?.files ?? []);
      const request = {
        ...{ challenge: v.challenge, k1: v.k1, k2: v.k2, powDifficulty: v.pow_difficulty },
        ...{ nonces: v.nonces_per_pass, threads: 1, backend, scanOnly: true },
      };
      return window.workbench.post.prove(directory, request).then(
        ({ nonce, indices }) => ({ nonce, indices: Array.from(indices) }),
        (error: unknown) => {
          const { code, message } = error as { code: string; message: string };
          return { code, message };
        },
      );
    },
    { v: vector, backend },
  );
}

const labels = (page: Page, backend: 'cpu' | 'gpu'): Promise<unknown> =>
  page.evaluate(
    (chosen) =>
      window.workbench.post
        .labels({
          commitment: '5a'.repeat(32),
          start: 0,
          count: 1000,
          scryptN: 128,
          backend: chosen,
        })
        .then(
          (bytes) => Array.from(bytes),
          (error: unknown) => {
            const { code, message } = error as { code: string; message: string };
            return { code, message };
          },
        ),
    backend,
  );

const lost = {
  code: 'gpu-lost',
  message: expect.stringMatching(
    /^The GPU stopped answering 3 times in a row .*Use the CPU, or close what else uses the GPU and try again\.$/,
  ) as unknown,
};

for (const [job, script, run] of [
  ['prove', 'proving', prove],
  ['labels', 'labels', labels],
] as const) {
  test(`${job}: the GPU device is destroyed in the middle, the result is that of the CPU`, async ({
    page,
  }) => {
    const destroyed = await destroyDevices(page, script, '(n) => n === 2');
    await start(page);
    expect(await run(page, 'gpu')).toEqual(await run(page, 'cpu'));
    expect(destroyed()).toBe(1);
  });

  test(`${job}: every GPU device is destroyed, gpu-lost with what to do, and the CPU does the job`, async ({
    page,
  }) => {
    const destroyed = await destroyDevices(page, script, '() => true');
    await start(page);
    expect(await run(page, 'gpu')).toEqual(lost);
    expect(destroyed()).toBe(3);
    const result = await run(page, 'cpu');
    expect(result).not.toHaveProperty('code');
  });
}

test('initialize: the GPU is lost for the rest of the job, finished files stay and the CPU goes on to the same bytes', async ({
  page,
}) => {
  // Enough submissions for the first of the files, of 64 labels each.
  await destroyDevices(page, 'labels', '(n) => n > 4');
  await start(page);
  const outcome = await page.evaluate(async () => {
    const { post } = window.workbench;
    const root = await navigator.storage.getDirectory();
    const request = {
      ...{ nodeId: '11'.repeat(32), commitmentAtxId: '22'.repeat(32), numUnits: 4 },
      ...{ labelsPerUnit: 4096, maxFileSize: 65_536, scryptN: 16 },
    };
    const bytesOf = async (
      directory: FileSystemDirectoryHandle,
    ): Promise<Record<string, string>> => {
      const files: Record<string, string> = {};
      for await (const handle of directory.values()) {
        if (handle.kind !== 'file') continue;
        const file = await handle.getFile();
        const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
        files[handle.name] = `${file.size} ${Array.from(new Uint8Array(digest)).join()}`;
      }
      return files;
    };
    const directory = await root.getDirectoryHandle('gpu-loss', { create: true });
    const reference = await root.getDirectoryHandle('gpu-loss-reference', { create: true });
    const code = await post.initialize({ ...request, backend: 'gpu', directory }).then(
      () => 'finished',
      (error: unknown) => (error as { code: string }).code,
    );
    const kept = await bytesOf(directory);
    let firstDone = -1;
    const onProgress = ({ done }: { done: number }): void => {
      if (firstDone < 0) firstDone = done;
    };
    await post.initialize({ ...request, backend: 'cpu', threads: 1, directory }, { onProgress });
    await post.initialize({ ...request, backend: 'cpu', threads: 1, directory: reference });
    return {
      code,
      kept,
      firstDone,
      files: await bytesOf(directory),
      expected: await bytesOf(reference),
    };
  });
  expect(outcome.code).toBe('gpu-lost');
  expect(outcome.files).toEqual(outcome.expected);
  // What was finished before the loss was not computed again.
  for (const [name, digest] of Object.entries(outcome.kept))
    if (name.endsWith('.bin') && digest.startsWith('65536 '))
      expect(digest, name).toBe(outcome.expected[name]);
});
