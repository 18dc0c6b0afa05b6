/**
 * What keeps the page from answering: tasks of its main thread over 50 ms, on load and during jobs, and how much its layout
 * moves by itself.
 *   node test/bench/page.mjs [--rounds 3] [--only text] [--causes]
 * Each step runs in a window of its own; of the rounds the best one counts. Tasks are given by processor time, which other work
 * on the machine does not lengthen, with wall time beside. --causes lists what the longest task consisted of.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBuiltApp } from '../../scripts/built-app.mjs';
import { root } from '../../scripts/environment.mjs';

const longMs = 50;
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const rounds = Number(option('--rounds') ?? 3);
const only = option('--only') ?? '';

const vectors = join(root, 'test/data/post');
const proof = JSON.parse(readFileSync(join(vectors, 'proof.json'), 'utf8')).dirs.find(
  ({ name }) => name === 'n2-large',
);
/** Until every chart is drawn and nothing waits. */
const settled = async (page) => {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('figure [role=img]')].every(
      (place) => place.clientWidth === 0 || place.querySelector('.main-svg'),
    ),
  );
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        requestIdleCallback(() => requestIdleCallback(() => resolve(undefined)));
      }),
  );
};
const heading = (page, name) => page.getByRole('heading', { name }).first().waitFor();
const openSample = async (page) => {
  await page.goto('./');
  await page.getByRole('button', { name: 'Try the sample' }).click();
  await heading(page, 'state.sql');
};
const openFiles = async (page, ...files) => {
  await page.goto('./');
  await page.getByLabel('Files to open').setInputFiles(files);
};

/** `prepare` is not measured. */
const steps = {
  ...Object.fromEntries(
    [
      '',
      '#/state',
      '#/post',
      '#/post/initialize',
      '#/profile',
      '#/plan',
      '#/plan/gap',
      '#/plan/rewards',
      '#/network',
      'identity.html',
      'node.html',
    ].map((address) => [
      `load ${address || 'the start page'}`,
      {
        run: async (page) => {
          await page.goto(`./${address}`);
          await page.locator('h1').first().waitFor();
        },
      },
    ]),
  ),
  'open the sample database': { run: openSample },
  'its rewards, with charts': {
    prepare: openSample,
    run: async (page) => {
      await page.evaluate(() => (location.hash = '#/state/rewards'));
      await page.getByRole('heading').first().waitFor();
    },
  },
  'a query of 100,000 rows, then sort': {
    prepare: async (page) => {
      await openSample(page);
      await page.evaluate(() => (location.hash = '#/state/sql'));
      await page.locator('.cm-content').waitFor();
    },
    run: async (page) => {
      await page
        .locator('.cm-content')
        .fill(
          "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT n, hex(randomblob(16)) AS id, n * 7919 % 100003 AS hash, 'text ' || n % 977 AS text FROM c",
        );
      await page.getByLabel(/At most/).selectOption('100,000');
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page
        .getByText(/100,000 rows/)
        .first()
        .waitFor();
      await page.getByRole('button', { name: /^text/ }).first().click();
    },
  },
  'open a PoST directory and prove': {
    run: async (page) => {
      const folder = join(vectors, proof.dir.replace(/^.*posdata/, 'posdata'));
      await openFiles(page, join(folder, 'postdata_0.bin'), join(folder, 'postdata_metadata.json'));
      await page.getByRole('link', { name: 'Prove' }).click();
      await page.getByLabel('Challenge').fill(proof.challenge);
      await page.getByLabel('K1 (').fill(String(proof.k1));
      await page.getByLabel('K2 (').fill(String(proof.k2));
      await page.getByLabel('k2pow difficulty').fill(proof.pow_difficulty);
      await page.getByLabel('Nonces per pass').fill(String(proof.nonces_per_pass));
      await page.getByRole('button', { name: 'Prove', exact: true }).click();
      await page.getByText('Proof found with nonce').waitFor();
    },
  },
  'initialise a unit': {
    run: async (page) => {
      await page.goto(
        `./#/post/initialize?network=standalone&numUnits=1&maxFileSize=1024&nodeId=${'11'.repeat(32)}&commitmentAtxId=${'22'.repeat(32)}`,
      );
      await page.getByRole('button', { name: /own storage/ }).click();
      await page.getByText('1 SU are complete').waitFor();
    },
  },
  'a proving epoch drawn a million times': {
    prepare: async (page) => {
      await page.goto('./#/plan/gap');
      await page.locator('h1').first().waitFor();
    },
    run: async (page) => {
      await page.getByRole('button', { name: /^Draw/ }).first().click();
    },
  },
  'simulate the network': {
    prepare: async (page) => {
      await page.goto('./#/network');
      await page.locator('h1').first().waitFor();
    },
    run: async (page) => {
      await page.getByRole('button', { name: /^Run / }).click();
      await heading(page, /simulated/);
    },
  },
};

const categories = [
  '-*',
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'v8',
  'blink',
];

/** Tasks of the main thread of the page's own process, and for the longest what it consisted of. */
function tasksOf(trace, url) {
  const events = trace.traceEvents;
  const mains = events.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const ours = mains.filter(({ pid }) =>
    events.some((event) => event.pid === pid && JSON.stringify(event.args ?? {}).includes(url)),
  );
  const on = ({ pid, tid }) => ours.some((main) => main.pid === pid && main.tid === tid);
  const mine = events.filter((event) => event.ph === 'X' && on(event));
  const tasks = mine.filter(
    ({ name }) => name === 'RunTask' || name === 'ThreadControllerImpl::RunTask',
  );
  const longest = tasks.reduce(
    (max, task) => ((task.tdur ?? 0) > (max?.tdur ?? 0) ? task : max),
    undefined,
  );
  const inside = longest
    ? mine
        .filter(
          (event) =>
            event.ts >= longest.ts &&
            event.ts + event.dur <= longest.ts + longest.dur &&
            event.tdur > 3000,
        )
        .filter((event) => event !== longest)
    : [];
  return { tasks, longest, inside };
}

async function measure({ prepare, run }, app) {
  const context = await app.browser.newContext({
    baseURL: app.url,
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 900 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.addInitScript(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput) globalThis.shifted += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  try {
    await prepare?.(page);
    if (prepare) await settled(page);
    await app.browser.startTracing(page, { categories });
    await run(page);
    await settled(page);
    const trace = JSON.parse((await app.browser.stopTracing()).toString());
    const { tasks, longest, inside } = tasksOf(trace, new URL(app.url).host);
    const ms = (us) => Math.round((us ?? 0) / 1000);
    return {
      longestMs: ms(longest?.tdur),
      wallMs: ms(Math.max(0, ...tasks.map(({ dur }) => dur))),
      over: tasks.filter(({ tdur }) => tdur > longMs * 1000).length,
      shifted: Math.round((await page.evaluate(() => globalThis.shifted)) * 1000) / 1000,
      inside: inside
        .toSorted((a, b) => b.tdur - a.tdur)
        .slice(0, 12)
        .map(({ name, tdur, args: given }) => {
          const { url, fileName, functionName, lineNumber, columnNumber } = given?.data ?? {};
          const place = [functionName, url ?? fileName, lineNumber, columnNumber].filter(
            (part) => part !== undefined && part !== '',
          );
          return `${ms(tdur)} ms ${name} ${place.join(' ').replace(app.url, '')}`;
        }),
    };
  } finally {
    await context.close();
  }
}

const app = await openBuiltApp(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']);
try {
  console.log(`Chromium ${app.browser.version()}, best of ${rounds}`);
  const table = [];
  for (const [name, step] of Object.entries(steps)) {
    if (!name.includes(only)) continue;
    const found = [];
    for (let i = 0; i < rounds; i++) found.push(await measure(step, app));
    const best = found.reduce((a, b) => (b.longestMs < a.longestMs ? b : a));
    table.push({
      step: name,
      'longest task, CPU ms': best.longestMs,
      'wall ms': Math.min(...found.map(({ wallMs }) => wallMs)),
      [`tasks over ${longMs} ms`]: best.over,
      'layout shift': Math.max(...found.map(({ shifted }) => shifted)),
    });
    if (args.includes('--causes')) {
      console.log(`${name}: ${best.longestMs} ms`);
      for (const line of best.inside) console.log(`  ${line}`);
    }
  }
  console.table(table);
} finally {
  await app.close();
}
