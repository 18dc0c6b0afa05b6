// Labels, nonces, initialisation and checks in a real browser, on the CPU's workers and on a (software) GPU.
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import type { verifyData } from '../../src/post/check/check';
import type { openDirectory } from '../../src/post/directory/directory';
import type { initialize } from '../../src/post/initialize/initialize';
import type { findNonce, labels } from '../../src/post/labels';
import type { profileLabels } from '../../src/post/profile/labels';

/** What these tests use of the page's scripting interface. */
interface Scriptable {
  readonly workbench: {
    readonly post: {
      readonly labels: typeof labels;
      readonly findNonce: typeof findNonce;
      readonly initialize: typeof initialize;
      readonly openDirectory: typeof openDirectory;
      readonly verifyData: typeof verifyData;
    };
    readonly profile: { readonly labels: typeof profileLabels };
  };
}

interface LabelGroup {
  readonly commitment: string;
  readonly scrypt: { readonly n: number; readonly r: number; readonly p: number };
  readonly runs: readonly { readonly start: string; readonly count: number }[];
  readonly labels: readonly { readonly index: string; readonly label32: string }[];
}
interface Search {
  readonly commitment: string;
  readonly scrypt: { readonly n: number };
  readonly start: string;
  readonly end_exclusive: string;
  readonly vrf_difficulty: string | null;
  readonly nonce: { readonly index: string; readonly label32: string } | null;
}

const data = (path: string) => new URL(`../data/post/${path}`, import.meta.url);
const vectors = (name: string): unknown => JSON.parse(readFileSync(data(name), 'utf8'));
const { groups } = vectors('labels.json') as { groups: LabelGroup[] };
const { cases: searches } = vectors('vrf.json') as { cases: Search[] };

test.beforeEach(async ({ page }) => {
  await page.goto('./');
  await page.waitForFunction(() => 'workbench' in window);
});

/** Runs of labels by the page, as hex, one string a run. */
const labelsOf = (
  page: Page,
  backend: 'cpu' | 'gpu' | 'both',
  { commitment, scrypt }: Pick<LabelGroup, 'commitment' | 'scrypt'>,
  runs: readonly { start: string; count: number }[],
): Promise<string[]> =>
  page.evaluate(
    async ({ backend, commitment, scryptN, runs }) => {
      const hex: string[] = [];
      for (const { start, count } of runs) {
        const labels = await (window as unknown as Scriptable).workbench.post.labels({
          commitment,
          start: BigInt(start),
          count,
          scryptN,
          backend,
          threads: 2,
          full: true,
        });
        hex.push(Array.from(labels, (byte) => byte.toString(16).padStart(2, '0')).join(''));
      }
      return hex;
    },
    { backend, commitment, scryptN: scrypt.n, runs },
  );

function expectedRuns({ labels }: LabelGroup, runs: LabelGroup['runs']): string[] {
  const byIndex = new Map(labels.map(({ index, label32 }) => [index, label32]));
  return runs.map(({ start, count }) =>
    Array.from({ length: count }, (_, i) => byIndex.get(String(BigInt(start) + BigInt(i)))).join(
      '',
    ),
  );
}

for (const backend of ['cpu', 'gpu'] as const)
  test(`every N's labels, beyond 2^32 and 2^53 too: ${backend}`, async ({ page }) => {
    const seen = new Set<number>();
    for (const group of groups) {
      const { n, r, p } = group.scrypt;
      if (r !== 1 || p !== 1 || seen.has(n)) continue;
      seen.add(n);
      // A software GPU makes a few labels per second at mainnet's N. 2^32 is within the third run.
      const runs = n < 8192 ? group.runs : group.runs.map(({ start }) => ({ start, count: 1 }));
      const some = backend === 'cpu' ? runs : n < 512 ? runs.slice(2, 4) : runs.slice(-3);
      expect(await labelsOf(page, backend, group, some)).toEqual(expectedRuns(group, some));
    }
    expect(seen).toEqual(new Set([2, 4, 16, 512, 8192]));
  });

test('CPU and GPU together give the same labels', async ({ page }) => {
  const group = { commitment: '5a'.repeat(32), scrypt: { n: 16, r: 1, p: 1 } };
  const runs = [{ start: String(2n ** 53n - 3n), count: 20_000 }];
  const together = await labelsOf(page, 'both', group, runs);
  expect(together).toEqual(await labelsOf(page, 'cpu', group, runs));
});

test('the smallest label, found on the GPU', async ({ page }) => {
  const possible = searches.filter(
    ({ scrypt, vrf_difficulty }) => scrypt.n < 512 && vrf_difficulty,
  );
  const some = [
    ...possible.filter(({ nonce }) => nonce).slice(-2),
    ...possible.filter(({ nonce }) => !nonce).slice(0, 1),
  ];
  expect(some).toHaveLength(3);
  for (const search of some) {
    const found = await page.evaluate(async ({ commitment, scrypt, ...range }) => {
      const nonce = await (window as unknown as Scriptable).workbench.post.findNonce({
        commitment,
        scryptN: scrypt.n,
        start: BigInt(range.start),
        count: Number(BigInt(range.end_exclusive) - BigInt(range.start)),
        difficulty: range.vrf_difficulty ?? '',
        backend: 'gpu',
      });
      return nonce && String(nonce.index);
    }, search);
    expect(found).toBe(search.nonce?.index ?? null);
  }
});

test('a GPU that is lost in the middle of a job comes back', async ({ page, browser }) => {
  const group = { commitment: '5a'.repeat(32), scrypt: { n: 512, r: 1, p: 1 } };
  const runs = [{ start: '0', count: 3000 }];
  const onGpu = labelsOf(page, 'gpu', group, runs);
  const session = await browser.newBrowserCDPSession();
  await page.waitForTimeout(1500);
  // The browser ends the process itself: the answer to this command may never come.
  void session.send('Browser.crashGpuProcess').catch(() => undefined);
  const [labels] = await onGpu;
  expect([labels]).toEqual(await labelsOf(page, 'cpu', group, runs));
});

test('a cancel ends a job immediately', async ({ page }) => {
  const outcome = await page.evaluate(async () => {
    const controller = new AbortController();
    const startMs = performance.now();
    setTimeout(() => controller.abort(), 300);
    const name = await (window as unknown as Scriptable).workbench.post
      .labels(
        { commitment: '00'.repeat(32), start: 0, count: 1_000_000 },
        { signal: controller.signal },
      )
      .then(
        () => 'finished',
        (error: unknown) => (error as Error).name,
      );
    return { name, ms: performance.now() - startMs };
  });
  expect(outcome.name).toBe('AbortError');
  expect(outcome.ms).toBeLessThan(5000);
});

test('initialises a folder as postcli does, goes on after a cancel, and checks it', async ({
  page,
}) => {
  const file = (name: string) => readFileSync(data(`posdata/go-n16/${name}`));
  const names = [0, 1, 2, 3].map((i) => `postdata_${i}.bin`);
  const { NodeId, CommitmentAtxId } = JSON.parse(
    file('postdata_metadata.json').toString(),
  ) as Record<'NodeId' | 'CommitmentAtxId', string>;
  const result = await page.evaluate(
    async ({ nodeId, commitmentAtxId }) => {
      const { post } = (window as unknown as Scriptable).workbench;
      const root = await navigator.storage.getDirectory();
      const directory = await root.getDirectoryHandle('initialised', { create: true });
      const request = {
        nodeId,
        commitmentAtxId,
        numUnits: 4,
        labelsPerUnit: 512,
        maxFileSize: 8192,
        scryptN: 16,
        threads: 2,
        backend: 'cpu' as const,
        directory,
      };
      const controller = new AbortController();
      const first = await post
        .initialize(request, {
          signal: controller.signal,
          onProgress: ({ done }) => {
            if (done >= 700) controller.abort();
          },
        })
        .catch((error: unknown) => (error as Error).name);
      await post.initialize(request);
      const files: Record<string, number[]> = {};
      for await (const handle of directory.values())
        if (handle.kind === 'file')
          files[handle.name] = Array.from(
            new Uint8Array(await (await handle.getFile()).arrayBuffer()),
          );
      const opened = await post.openDirectory(directory);
      const check = await post.verifyData(opened, { fraction: 100, scryptN: 16, threads: 2 });
      await root.removeEntry('initialised', { recursive: true });
      return { first, files, check: { checked: check.checked, bad: check.bad.length } };
    },
    { nodeId: NodeId, commitmentAtxId: CommitmentAtxId },
  );
  expect(result.first).toBe('AbortError');
  for (const name of [...names, 'postdata_metadata.json'])
    expect(Buffer.from(result.files[name] ?? []), name).toEqual(file(name));
  expect(result.check).toEqual({ checked: 2048, bad: 0 });
});

test('measures labels per second', async ({ page }) => {
  const profile = await page.evaluate(() =>
    (window as unknown as Scriptable).workbench.profile.labels({
      threads: 1,
      durationS: 0.5,
      backend: 'cpu',
    }),
  );
  expect(profile.labels_per_s).toBeGreaterThan(0);
  expect(profile.mib_per_s).toBeCloseTo((profile.labels_per_s * 16) / 2 ** 20, 9);
  expect(profile.backend).toBe('1 thread');
});
