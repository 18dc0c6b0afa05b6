// The proving scan in a real browser: workers that read slices of files, on the CPU and on a (software) GPU.
import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';

/** What these tests call of the page's interface. */
interface Scriptable {
  readonly workbench: {
    readonly post: {
      openDirectory(files: readonly File[]): Promise<object>;
      prove(
        directory: object,
        request: {
          readonly challenge: string;
          readonly k1: number;
          readonly k2: number;
          readonly powDifficulty: string;
          readonly nonces: number;
          readonly backend: 'cpu' | 'gpu';
          readonly threads: number;
          readonly findPow: (group: { readonly nonceGroup: number }) => Promise<bigint>;
        },
        options: { readonly firstPass: number },
      ): Promise<{ nonce: number; indices: Uint8Array; pow: bigint }>;
    };
    readonly profile: {
      proving(
        request: { readonly nonces: number; readonly threads?: number; readonly durationS: number },
        options?: { readonly signal: AbortSignal },
      ): Promise<{ nonces: number; speed_gib_s: number }>;
      read(file: File, request: { readonly durationS: number }): Promise<{ mib_per_s: number }>;
    };
  };
}

interface ProofVector {
  readonly name: string;
  readonly dir: string;
  readonly challenge: string;
  readonly k1: number;
  readonly k2: number;
  readonly pow_difficulty: string;
  readonly num_labels: string;
  readonly max_file_size: string;
  readonly nonces_per_pass: number;
  readonly pass_pows: readonly { readonly nonce_group: number; readonly pow: string }[];
  readonly proof: {
    readonly nonce: number;
    readonly indices_hex: string;
    readonly pow: string;
    readonly pass: number;
  };
}

const data = (path: string) => new URL(`../data/post/${path}`, import.meta.url);
const { dirs } = JSON.parse(readFileSync(data('proof.json'), 'utf8')) as { dirs: ProofVector[] };

test.beforeEach(async ({ page }) => {
  await page.goto('./');
  await page.waitForFunction(() => 'workbench' in window);
});

/** Opens the directory in the page, and proves with the vector's k2pows from the winning pass on. */
async function proofOf(page: Page, vector: ProofVector, backend: 'cpu' | 'gpu'): Promise<unknown> {
  const size = BigInt(vector.max_file_size);
  const count = Number((BigInt(vector.num_labels) * 16n + size - 1n) / size);
  const names = [
    'postdata_metadata.json',
    ...Array.from({ length: count }, (_, i) => `postdata_${i}.bin`),
  ];
  const files = names.map((name) => ({
    name,
    base64: readFileSync(data(`${vector.dir}/${name}`)).toString('base64'),
  }));
  return page.evaluate(
    async ({ vector, files, backend }) => {
      const directory = await (window as unknown as Scriptable).workbench.post.openDirectory(
        files.map(
          ({ name, base64 }) =>
            new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name),
        ),
      );
      const pows = new Map(vector.pass_pows.map(({ nonce_group, pow }) => [nonce_group, pow]));
      const { nonce, indices, pow } = await (window as unknown as Scriptable).workbench.post.prove(
        directory,
        {
          challenge: vector.challenge,
          k1: vector.k1,
          k2: vector.k2,
          powDifficulty: vector.pow_difficulty,
          nonces: vector.nonces_per_pass,
          backend,
          threads: 2,
          findPow: ({ nonceGroup }) => Promise.resolve(BigInt(pows.get(nonceGroup) ?? '0')),
        },
        { firstPass: vector.proof.pass },
      );
      const hex = Array.from(indices, (byte) => byte.toString(16).padStart(2, '0')).join('');
      return { nonce, indices: hex, pow: String(pow) };
    },
    { vector, files, backend },
  );
}

const expected = ({ proof: { nonce, indices_hex, pow } }: ProofVector) => ({
  nonce,
  indices: indices_hex,
  pow,
});

for (const vector of dirs)
  test(`${vector.name}: two workers generate the reference's proof`, async ({ page }) => {
    expect(await proofOf(page, vector, 'cpu')).toEqual(expected(vector));
  });

// A zero and a non-zero top byte of the difficulty, one file and several.
for (const name of ['n2-multi', 'n16-msb', 'go-n16'])
  test(`${name}: the GPU generates the reference's proof`, async ({ page }) => {
    const vector = dirs.find((dir) => dir.name === name);
    if (!vector) throw new Error(`proof.json has no ${name}`);
    expect(await proofOf(page, vector, 'gpu')).toEqual(expected(vector));
  });

test('measures the scan and the reading, and stops on request', async ({ page }) => {
  const measured = await page.evaluate(async () => {
    const { profile } = (window as unknown as Scriptable).workbench;
    const file = new File([new Uint8Array(1 << 20)], 'zeros.bin');
    const proving = await profile.proving({ nonces: 64, threads: 2, durationS: 0.3 });
    const read = await profile.read(file, { durationS: 0.2 });
    const interrupt = new AbortController();
    const aborted = profile.proving({ nonces: 64, durationS: 60 }, { signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 300);
    const outcome = await aborted.then(
      () => 'finished',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    );
    return { proving, read, outcome };
  });
  expect(measured.proving).toMatchObject({ nonces: 64 });
  expect(measured.proving.speed_gib_s).toBeGreaterThan(0);
  expect(measured.read.mib_per_s).toBeGreaterThan(0);
  expect(measured.outcome).toBe('AbortError');
});
