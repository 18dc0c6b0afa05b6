import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import type { k2pow } from '../../src/post/k2pow/k2pow';

/** What these tests use of the page's scripting interface. */
interface Scriptable {
  readonly workbench: {
    readonly post: { readonly k2pow: typeof k2pow };
    readonly randomx: (key: string, input: string) => Promise<Uint8Array>;
  };
}

const read = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));
const pow = JSON.parse(read('../data/post/pow.json').toString()) as {
  search: {
    cases: {
      nonce_group: number;
      challenge8: string;
      miner_id: string;
      difficulty: string;
      pow_nonce: string;
    }[];
  };
};
const vectors = JSON.parse(read('../data/post/randomx.json').toString()) as {
  cases: { key: string; input: string; hash: string }[];
};

/** The search that ends after 26 hashes. */
function shortSearch() {
  const one = pow.search.cases.find(({ pow_nonce }) => pow_nonce === '25');
  if (!one) throw new Error('pow.json has no search that ends at 25');
  const { challenge8: challenge, nonce_group: nonceGroup, miner_id: nodeId, difficulty } = one;
  return { challenge, nonceGroup, nodeId, difficulty };
}

const searchIn = (page: Page, threads: number) =>
  page.evaluate(
    ({ request, threads }) =>
      (window as unknown as Scriptable).workbench.post.k2pow({ ...request, threads }),
    {
      request: shortSearch(),
      threads,
    },
  );

test('RandomX of any key and input', async ({ page }) => {
  await page.goto('.');
  await page.waitForFunction(() => 'workbench' in window);
  for (const { key, input, hash } of vectors.cases.slice(0, 2)) {
    const got = await page.evaluate(
      async ([key, input]) => [
        ...(await (window as unknown as Scriptable).workbench.randomx(`0x${key}`, `0x${input}`)),
      ],
      [key, input],
    );
    expect(Buffer.from(got).toString('hex')).toBe(hash);
  }
});

test('threads that share a cache find the smallest counter', async ({ page }) => {
  await page.goto('.');
  await page.waitForFunction(() => 'workbench' in window);
  expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  expect(await searchIn(page, 2)).toMatchObject({ pow: 25n });
});

test('a page that is not isolated finds it too, each thread with its own cache', async ({
  page,
}) => {
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    delete headers['cross-origin-opener-policy'];
    delete headers['cross-origin-embedder-policy'];
    await route.fulfill({ response, headers });
  });
  await page.goto('.');
  await page.waitForFunction(() => 'workbench' in window);
  expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  expect(await searchIn(page, 2)).toMatchObject({ pow: 25n });
  const code = await page.evaluate(() =>
    (window as unknown as Scriptable).workbench.post
      .k2pow({
        challenge: '00'.repeat(32),
        nonceGroup: 0,
        nodeId: '00'.repeat(32),
        difficulty: 'ff'.repeat(32),
        mode: 'fast',
      })
      .catch((error: unknown) => (error as { code: string }).code),
  );
  expect(code).toBe('randomx-fast-not-isolated');
});

test('a search can be cancelled at any time and taken up again', async ({ page }) => {
  await page.goto('.');
  await page.waitForFunction(() => 'workbench' in window);
  const { name, resumeFrom, again } = await page.evaluate(async (request) => {
    const controller = new AbortController();
    let resumeFrom = 0n;
    const impossible = { ...request, difficulty: '00'.repeat(32), threads: 2 };
    const name = await (window as unknown as Scriptable).workbench.post
      .k2pow(impossible, {
        signal: controller.signal,
        onProgress: (progress) => {
          resumeFrom = progress.resumeFrom;
          if (progress.done >= 10) controller.abort();
        },
      })
      .catch((error: unknown) => (error as Error).name);
    const again = await (window as unknown as Scriptable).workbench.post.k2pow({
      ...request,
      startNonce: resumeFrom,
    });
    return { name, resumeFrom, again };
  }, shortSearch());
  expect(name).toBe('AbortError');
  expect(Number(resumeFrom)).toBeGreaterThan(0);
  expect(again).toMatchObject({ pow: 25n });
});

test('fused multiply-add rounds as the plain build does', async ({ page }) => {
  await page.goto('.');
  await page.waitForFunction(() => 'workbench' in window);
  const build = (name: string): number[] => [...read(`../../src/kernels/wasm/build/${name}.wasm`)];
  const differences = await page.evaluate(
    async ([plain, fused]) => {
      const open = async (code: readonly number[] | undefined) => {
        const { instance } = await WebAssembly.instantiate(Uint8Array.from(code ?? []));
        const { memory, round } = instance.exports as unknown as {
          memory: WebAssembly.Memory;
          round: (operation: number, mode: number, at: number) => void;
        };
        return { view: new DataView(memory.buffer), round };
      };
      const engines = [await open(plain), await open(fused)];
      const bits = (exponent: number, fraction: bigint): bigint =>
        (BigInt(exponent + 1023) << 52n) | BigInt.asUintN(52, fraction);
      let state = 1n;
      const random = (): bigint =>
        (state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)) >> 12n;
      const fractions = [0n, 1n, 2n, -1n, -2n, 1n << 26n, 1n << 51n];
      const fraction = (i: number): bigint => fractions[i % 11] ?? random();
      const differences: string[] = [];
      for (let i = 0; i < 20_000; i++) {
        const exponent = i % 50 === 0 ? 1000 + (i % 24) : (i % 257) - 255;
        const x = bits(exponent, fraction(i));
        const y = bits(i % 32, fraction(Number(random() % 11n)));
        for (let operation = 2; operation < 5; operation++)
          for (let mode = 0; mode < 4; mode++) {
            const [a, b] = engines.map(({ view, round }) => {
              view.setBigUint64(1024, x, true);
              view.setBigUint64(1032, y, true);
              view.setBigUint64(1040, y, true);
              view.setBigUint64(1048, y, true);
              round(operation, mode, 1024);
              return view.getBigUint64(1056, true);
            });
            if (a !== b)
              differences.push(`${operation} ${mode} ${x.toString(16)} ${y.toString(16)}`);
          }
      }
      return differences;
    },
    [build('randomx-rounding'), build('randomx-rounding-fma')],
  );
  expect(differences).toEqual([]);
});
