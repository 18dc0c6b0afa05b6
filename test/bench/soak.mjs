/**
 * Hours of mixed work in one page, to see whether anything is kept that should be given back: memory of the page's and the GPU's
 * processes, the page's own objects, workers.
 *   npm run soak [-- --minutes 60]
 * A round opens a database, queries and closes it, opens a PoST directory, proves, verifies, checks and searches it, computes labels
 * on CPU and (software) GPU, hashes, measures, simulates, and walks through the pages with their charts. After each the garbage is
 * collected and a line printed; at the end how much a round added, by a line fitted through the second half of the rounds.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBuiltApp } from '../../scripts/built-app.mjs';
import { root } from '../../scripts/environment.mjs';

const args = process.argv.slice(2);
const minutes = Number(args[args.indexOf('--minutes') + 1] ?? 60) || 60;

const vectors = join(root, 'test/data/post');
const vector = JSON.parse(readFileSync(join(vectors, 'proof.json'), 'utf8')).dirs.find(
  ({ name }) => name === 'n2-single',
);
const folder = join(vectors, 'posdata/n2-single');
const postFiles = readdirSync(folder).map((file) => join(folder, file));

const app = await openBuiltApp([
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--js-flags=--expose-gc',
]);
const browserSession = await app.browser.newBrowserCDPSession();
const context = await app.browser.newContext({ baseURL: app.url, serviceWorkers: 'block' });
const page = await context.newPage();
const errors = [];
page.on('pageerror', (error) => errors.push(error.message));
const session = await context.newCDPSession(page);
await session.send('Performance.enable');

/** Proportional memory of all processes of a kind, MiB; NaN where /proc does not tell. */
async function processMiB(kind) {
  const { processInfo } = await browserSession.send('SystemInfo.getProcessInfo');
  let kib = 0;
  for (const { id, type } of processInfo) {
    const file = `/proc/${id}/smaps_rollup`;
    if (type !== kind) continue;
    if (!existsSync(file)) return NaN;
    kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  }
  return Math.round(kib / 1024);
}

async function sample() {
  await page.evaluate(() => globalThis.gc?.());
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name) => metrics.find((one) => one.name === name)?.value ?? NaN;
  return {
    page: await processMiB('renderer'),
    gpu: await processMiB('GPU'),
    heap: Math.round((metric('JSHeapUsedSize') / 2 ** 20) * 10) / 10,
    nodes: metric('Nodes'),
    listeners: metric('JSEventListeners'),
    workers: page.workers().length,
  };
}

const scripted = () =>
  page.evaluate(
    async ({ proof, request, scryptN }) => {
      const { state, post, profile, simulate, randomx } = globalThis.workbench;
      const files = [...document.querySelector('#soak').files];
      await state.open(files.filter(({ name }) => name.startsWith('state.sql')));
      for (const sql of [
        'SELECT * FROM rewards',
        'SELECT epoch, count(*) FROM atxs GROUP BY epoch',
        'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000) SELECT n, hex(randomblob(20)) FROM c',
      ])
        await state.query(sql);
      const stop = new AbortController();
      const endless = state
        .query(
          'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c',
          [],
          { signal: stop.signal },
        )
        .catch(({ name }) => name);
      setTimeout(() => stop.abort(), 100);
      if ((await endless) !== 'AbortError') throw new Error('an endless query ended otherwise');

      const directory = await post.openDirectory(
        files.filter(({ name }) => name.startsWith('postdata')),
      );
      const found = await post.prove(directory, { ...request, threads: 2, backend: 'cpu' });
      if (found.nonce !== proof.nonce) throw new Error(`nonce ${found.nonce}`);
      await post.verifyData(directory, { fraction: 5, scryptN, backend: 'cpu' });
      await post.findNonceInData(directory, { scryptN, backend: 'cpu' });
      const commitment = '5a'.repeat(32);
      await post.labels({ commitment, start: 0, count: 256, scryptN: 8192, backend: 'cpu' });
      await post.labels({ commitment, start: 0, count: 2000, scryptN: 16, backend: 'gpu' });
      await randomx('key', 'input');
      await profile.proving({ nonces: 16, durationS: 0.3 });
      await profile.labels({ durationS: 0.3, backend: 'cpu' });
      state.close();
      return Object.keys(simulate).length;
    },
    {
      proof: { nonce: vector.proof.nonce },
      request: {
        challenge: vector.challenge,
        k1: vector.k1,
        k2: vector.k2,
        powDifficulty: vector.pow_difficulty,
        nonces: vector.nonces_per_pass,
      },
      scryptN: vector.scrypt.n,
    },
  );

const go = async (address) => {
  await page.evaluate((hash) => (location.hash = hash), `#/${address}`);
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('figure [role=img]')].every(
      (place) => place.clientWidth === 0 || place.querySelector('.main-svg'),
    ),
  );
};

async function walk() {
  await go('');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await page.getByRole('heading', { name: 'state.sql' }).waitFor();
  for (const address of [
    'state/rewards',
    'state/smeshers',
    'state/sql',
    'post',
    'post/prove',
    'profile',
    'plan',
    'plan/gap',
    'plan/rewards',
    'network',
    'network/split',
  ])
    await go(address);
  await go('network?n=10');
  await page.getByRole('button', { name: /^Run / }).click();
  await page
    .getByRole('heading', { name: /simulated/ })
    .first()
    .waitFor();
  await go('');
}

/** Least squares through the points. */
function slope(values) {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / n;
  let above = 0;
  let below = 0;
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below;
}

const rows = [];
try {
  page.setDefaultTimeout(180_000);
  await page.goto('./');
  await page.locator('h1').first().waitFor();
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), {
      type: 'file',
      multiple: true,
      id: 'soak',
    });
    document.body.append(input);
  });
  await page.setInputFiles('#soak', [join(root, 'public/sample/state.sql'), ...postFiles]);
  console.log(`Chromium ${app.browser.version()}, ${minutes} minutes; MiB unless a unit is given`);
  console.log('round', JSON.stringify(await sample()));
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    await scripted();
    await walk();
    const now = await sample();
    rows.push(now);
    console.log(rows.length, JSON.stringify(now));
  }
  const settled = rows.slice(Math.floor(rows.length / 2));
  console.log(`\nper round, over the last ${settled.length} of ${rows.length}:`);
  for (const name of ['page', 'gpu', 'heap', 'nodes', 'listeners', 'workers'])
    console.log(`  ${name}: ${slope(settled.map((row) => row[name])).toFixed(3)}`);
  if (errors.length > 0) {
    console.log(`${errors.length} errors: ${[...new Set(errors)].join('; ')}`);
    process.exitCode = 1;
  }
} finally {
  await app.close();
}
