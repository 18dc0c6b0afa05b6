/** What has to work in each browser, with and without shared memory: the references' vectors, and the journeys of a user. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Workbench } from '../../../src/app/workbench';
import { sqlite3, withPrivateCopy } from '../../support/native-sqlite';
import { hostApp, type AppHost } from './app-host';
import { processorTicks, type ColorScheme, type TestBrowser } from './browsers';
import { patienceMs } from './patience';

declare global {
  interface Window {
    workbench: Workbench;
    /** See `hostApp`. */
    testErrors: string[];
  }
}

export interface Variant {
  /** "Firefox, without shared memory". */
  readonly name: string;
  /** Its column in the README's table of browsers. */
  readonly column: 'Chromium' | 'Firefox' | 'WebKitGTK';
  /** Whether the host sends the isolation headers. */
  readonly isIsolated: boolean;
  readonly sharesMemory: boolean;
  readonly colorScheme: ColorScheme;
  readonly start: (colorScheme: ColorScheme) => Promise<TestBrowser>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(`test/data/${path}`, 'utf8'));

interface LabelGroup {
  readonly commitment: string;
  readonly scrypt: { readonly n: number; readonly r: number; readonly p: number };
  readonly runs: readonly { readonly start: string; readonly count: number }[];
  readonly labels: readonly { readonly index: string; readonly label32: string }[];
}
const { groups } = readJson('post/labels.json') as { groups: readonly LabelGroup[] };
const pow = readJson('post/pow.json') as {
  search: {
    cases: readonly {
      nonce_group: number;
      challenge8: string;
      miner_id: string;
      difficulty: string;
      pow_nonce: string;
    }[];
  };
};

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
  readonly num_units: number;
  readonly labels_per_unit: string;
  readonly scrypt: { readonly n: number };
  readonly node_id: string;
  readonly commitment_atx_id: string;
  readonly pass_pows: readonly { readonly nonce_group: number; readonly pow: string }[];
  readonly proof: {
    readonly nonce: number;
    readonly indices_hex: string;
    readonly pow: string;
    readonly pass: number;
  };
}
const { dirs } = readJson('post/proof.json') as { dirs: readonly ProofVector[] };

const endless = {
  computes:
    'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c',
  yields: 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c',
  reads:
    'SELECT count(*) FROM ballots a, ballots b, ballots c, ballots d WHERE a.ballot < b.ballot || c.ballot',
};
const live = ['node/live_A/state.sql', 'node/live_A/state.sql-wal'];

const raw =
  /undefined is not|is not a function|can.?t find variable|can ?not be cloned|could not be cloned|not an object/i;

export function testVariant(variant: Variant): void {
  describe(variant.name, () => {
    let browser: TestBrowser;
    let host: AppHost;
    const closers: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      host = await hostApp(variant.isIsolated);
      closers.push(host.close);
      browser = await variant.start(variant.colorScheme);
      closers.push(browser.close);
    });
    afterAll(async () => {
      for (const close of closers.reverse()) await close();
    });
    beforeEach(async () => {
      await browser.open('about:blank');
      await openApp();
    });

    const openApp = async (path = ''): Promise<void> => {
      await browser.open(host.url + path);
      await browser.evaluate(async () => {
        const isReady = (): boolean =>
          document.querySelector('h1') !== null &&
          ('workbench' in window || /(identity|node)[.]html$/.test(location.pathname));
        for (; !isReady();) await new Promise((resolve) => setTimeout(resolve, 50));
      }, null);
    };
    const errors = (): Promise<string[]> => browser.evaluate(() => window.testErrors, null);

    /** Opens files of test/data in the page. */
    const openDatabase = (paths: readonly string[]): Promise<string[]> =>
      browser.evaluate(async (paths) => {
        const files = await Promise.all(
          paths.map(async (path) => {
            const blob = await (await fetch(`/test-data/${path}`)).blob();
            return new File([blob], path.slice(path.lastIndexOf('/') + 1));
          }),
        );
        const { findings } = await window.workbench.state.open(files);
        return findings.map(({ code }) => code);
      }, paths);
    const ask = (sql: string): Promise<unknown[][]> =>
      browser.evaluate(async (sql) => {
        const { rows } = await window.workbench.state.query(sql);
        return rows.map((row) =>
          row.map((value) =>
            value instanceof Uint8Array
              ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')
              : typeof value === 'bigint'
                ? String(value)
                : value,
          ),
        );
      }, sql);

    test(`the variant is what it claims: shared memory is ${variant.sharesMemory ? 'there' : 'missing'}`, async () => {
      const { sharedMemory } = await browser.evaluate(() => window.workbench.capabilities(), null);
      expect(sharedMemory).toBe(variant.sharesMemory);
    });

    test('README: the table of browsers lists what the browser has', async () => {
      expect(await browser.evaluate(readFeatures, null)).toEqual(listedFeatures(variant.column));
    });

    test('labels: every N, equal to the reference', async () => {
      const seen = new Set<number>();
      for (const { commitment, scrypt, runs, labels } of groups) {
        if (scrypt.r !== 1 || scrypt.p !== 1 || seen.has(scrypt.n)) continue;
        seen.add(scrypt.n);
        // From below 2^32 over it, beyond 2^53, and the last index but one.
        const chosen = [2, 10, 13]
          .flatMap((i) => runs[i] ?? [])
          .map(({ start, count }) => ({
            start,
            count: scrypt.n < 8192 ? count : 1,
          }));
        const byIndex = new Map(labels.map(({ index, label32 }) => [index, label32]));
        const expected = chosen.map(({ start, count }) =>
          Array.from({ length: count }, (_, i) =>
            byIndex.get(String(BigInt(start) + BigInt(i))),
          ).join(''),
        );
        const actual = await browser.evaluate(
          async ({ commitment, scryptN, runs }) => {
            const hex: string[] = [];
            for (const { start, count } of runs) {
              const bytes = await window.workbench.post.labels({
                commitment,
                start: BigInt(start),
                count,
                scryptN,
                backend: 'cpu',
                threads: 2,
                full: true,
              });
              hex.push(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
            }
            return hex;
          },
          { commitment, scryptN: scrypt.n, runs: chosen },
        );
        expect(actual).toEqual(expected);
      }
      expect(seen).toEqual(new Set([2, 4, 16, 512, 8192]));
    });

    test('k2pow: a search, ends at the counter of the reference', async () => {
      const search = pow.search.cases.find(({ pow_nonce }) => pow_nonce === '25');
      if (!search) throw new Error('pow.json has no search that ends at 25');
      const counter = await browser.evaluate(
        async ({ search: { challenge8, miner_id, nonce_group, difficulty }, threads }) => {
          const found = await window.workbench.post.k2pow({
            challenge: challenge8,
            nodeId: miner_id,
            nonceGroup: nonce_group,
            difficulty,
            threads,
          });
          return String(found?.pow);
        },
        // Without shared memory each thread fills a cache of its own.
        { search, threads: variant.sharesMemory ? 2 : 1 },
      );
      expect(counter).toBe('25');
    });

    test('prove and verify: the proof is the reference’s, and a changed one is refused', async () => {
      const vector = dirs.find(({ name }) => name === 'n2-multi');
      if (!vector) throw new Error('proof.json has no n2-multi');
      const { nonce, indices_hex, pow } = vector.proof;
      expect(await browser.evaluate(proveAndVerify, vector)).toEqual({
        proof: { nonce, indices: indices_hex, pow },
        isValid: true,
        isChangedValid: false,
      });
    });

    test('state.sql: a database with its WAL answers as the sqlite3 shell', async () => {
      expect(await openDatabase(live)).toEqual([]);
      const sql =
        'SELECT layer, hex(coinbase) AS c, total_reward, hex(pubkey) AS p FROM rewards ORDER BY 1, 2, 4';
      const native = withPrivateCopy(
        'test/data/node/live_A/state.sql',
        (copy) => JSON.parse(sqlite3(copy, sql, '-json')) as Record<string, unknown>[],
      );
      expect(native).toHaveLength(479);
      expect(await ask(sql)).toEqual(native.map((row) => Object.values(row)));
    });

    for (const [kind, sql] of Object.entries(endless))
      test(`cancel: a query that ${kind} ends, the processor becomes idle, and the next answer is right`, async () => {
        await openDatabase(live);
        expect(await ask('SELECT count(*) FROM rewards')).toEqual([[479]]);
        const name = await browser.evaluate(async (sql) => {
          const controller = new AbortController();
          setTimeout(() => controller.abort(), 500);
          return window.workbench.state
            .query(sql, [], { signal: controller.signal, maxRows: 1e9, maxBytes: 1e12 })
            .then(
              () => 'finished',
              (error: unknown) => (error as Error).name,
            );
        }, sql);
        expect(name).toBe('AbortError');
        await expectIdle(browser);
        expect(await ask('SELECT count(*) FROM rewards')).toEqual([[479]]);
      });

    for (const job of ['labels', 'k2pow'] as const)
      test(`cancel: ${job} ends, and the processor becomes idle`, async () => {
        expect(await browser.evaluate(cancelJob, job)).toBe('AbortError');
        await expectIdle(browser);
      });

    test('pages: each opens from its top, without an error', async () => {
      const addresses = await browser.evaluate(
        () =>
          Array.from(document.querySelectorAll<HTMLAnchorElement>('nav a'), (link) => link.href),
        null,
      );
      expect(addresses.length).toBeGreaterThan(7);
      for (const address of addresses) {
        await openApp(address.slice(host.url.length));
        const { text, top } = await browser.evaluate(
          () => ({ text: document.body.innerText, top: scrollY }),
          null,
        );
        expect(text, address).not.toMatch(raw);
        expect(top, address).toBe(0);
        expect(await errors(), address).toEqual([]);
      }
    });

    test(`colour scheme: the page is ${variant.colorScheme} as the system, and the other by button`, async () => {
      const isDark = () =>
        browser.evaluate(() => {
          const context = document.createElement('canvas').getContext('2d');
          if (!context) throw new Error('no canvas here');
          context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
          context.fillRect(0, 0, 1, 1);
          const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
          return red + green + blue < 3 * 128;
        }, null);
      expect(await isDark()).toBe(variant.colorScheme === 'dark');
      const other = variant.colorScheme === 'dark' ? 'light' : 'dark';
      await browser.evaluate(async (other) => {
        const button = [...document.querySelectorAll('button')].find(({ innerText }) =>
          innerText.startsWith('Colours:'),
        );
        for (let i = 0; i < 3 && document.documentElement.dataset['theme'] !== other; i++) {
          button?.click();
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }, other);
      expect(await isDark()).toBe(other === 'dark');
    });

    test('390 px: no page is wider than the window', async () => {
      await browser.resize(390, 800);
      try {
        for (const page of ['state', 'post', 'profile', 'plan']) {
          await openApp(`#/${page}`);
          const { page: width, window: limit } = await browser.evaluate(
            () => ({ page: document.documentElement.scrollWidth, window: innerWidth }),
            null,
          );
          expect(width, page).toBeLessThanOrEqual(limit);
        }
      } finally {
        await browser.resize(1280, 900);
      }
    });

    test('keyboard: Tab reaches the first link', async () => {
      await browser.pressTab();
      expect(await browser.evaluate(() => document.activeElement?.tagName, null)).toBe('A');
    });

    if (variant.isIsolated)
      test('offline: a page that was opened once opens again without its host', async () => {
        await browser.evaluate(async () => {
          await navigator.serviceWorker.ready;
          for (; !navigator.serviceWorker.controller;)
            await new Promise((resolve) => setTimeout(resolve, 50));
        }, null);
        await host.close();
        await openApp('#/plan');
        expect(await errors()).toEqual([]);
      });
  });
}

/** Runs in the page: rows of the README's table. */
function readFeatures(): Record<string, boolean> {
  return {
    'writes to a folder of your choice': 'showDirectoryPicker' in window,
    'writes an export to disk as it comes': 'showSaveFilePicker' in window,
    'storage of its own for files': 'storage' in navigator,
    WebGPU: 'gpu' in navigator,
    'opens offline': 'serviceWorker' in navigator,
  };
}

const features = [
  'writes to a folder of your choice',
  'writes an export to disk as it comes',
  'storage of its own for files',
  'WebGPU',
  'opens offline',
] as const;

/** The same rows as the README has them. */
function listedFeatures(column: Variant['column']): Record<string, boolean> {
  const rows = readFileSync('README.md', 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const head = rows.find((cells) => cells.includes('Firefox ESR 153'));
  const at = head?.findIndex((cell) => cell.startsWith(column)) ?? -1;
  return Object.fromEntries(
    features.map((name) => [name, rows.find(([, first]) => first === name)?.[at] === 'yes']),
  );
}

/** Runs in the page. */
async function proveAndVerify(vector: ProofVector): Promise<unknown> {
  const { post } = window.workbench;
  const size = BigInt(vector.max_file_size);
  const count = Number((BigInt(vector.num_labels) * 16n + size - 1n) / size);
  const names = [
    'postdata_metadata.json',
    ...Array.from({ length: count }, (_, i) => `postdata_${i}.bin`),
  ];
  const files = await Promise.all(
    names.map(async (name) => {
      const response = await fetch(`/test-data/post/${vector.dir}/${name}`);
      return new File([await response.blob()], name);
    }),
  );
  const directory = await post.openDirectory(files);
  const pows = new Map(vector.pass_pows.map(({ nonce_group, pow }) => [nonce_group, pow]));
  const proof = await post.prove(
    directory,
    {
      challenge: vector.challenge,
      k1: vector.k1,
      k2: vector.k2,
      powDifficulty: vector.pow_difficulty,
      nonces: vector.nonces_per_pass,
      backend: 'cpu',
      threads: 2,
      findPow: ({ nonceGroup }) => Promise.resolve(BigInt(pows.get(nonceGroup) ?? '0')),
    },
    { firstPass: vector.proof.pass },
  );
  const verify = async (nonce: number): Promise<boolean> => {
    const { valid } = await post.verify({
      proof: { ...proof, nonce },
      nodeId: vector.node_id,
      commitmentAtxId: vector.commitment_atx_id,
      challenge: vector.challenge,
      numUnits: vector.num_units,
      labelsPerUnit: BigInt(vector.labels_per_unit),
      k1: vector.k1,
      k2: vector.k2,
      powDifficulty: vector.pow_difficulty,
      scryptN: vector.scrypt.n,
      mode: 'all',
    });
    return valid;
  };
  const hex = Array.from(proof.indices, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return {
    proof: { nonce: proof.nonce, indices: hex, pow: String(proof.pow) },
    isValid: await verify(proof.nonce),
    isChangedValid: await verify(proof.nonce ^ 1),
  };
}

/** Runs in the page: a job that would take hours, cancelled after its first progress. @returns the name of its error */
async function cancelJob(job: 'labels' | 'k2pow'): Promise<string> {
  const { post } = window.workbench;
  const zeros = '00'.repeat(32);
  const controller = new AbortController();
  const options = { signal: controller.signal, onProgress: () => controller.abort() };
  const running: Promise<unknown> =
    job === 'labels'
      ? post.labels({ commitment: zeros, start: 0n, count: 1_000_000, backend: 'cpu' }, options)
      : post.k2pow(
          {
            challenge: '00'.repeat(8),
            nodeId: zeros,
            nonceGroup: 0,
            difficulty: zeros,
            threads: 2,
          },
          options,
        );
  return running.then(
    () => 'finished',
    (error: unknown) => (error as Error).name,
  );
}

/** Waits for a second in which the browser uses less than a quarter of a core. A loop that still runs never gives it. */
async function expectIdle({ processId }: TestBrowser): Promise<void> {
  const ticksPerS = 100;
  await expect
    .poll(
      async () => {
        const before = processorTicks(processId);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return processorTicks(processId) - before;
      },
      { timeout: patienceMs / 2 },
    )
    .toBeLessThan(ticksPerS / 4);
}
