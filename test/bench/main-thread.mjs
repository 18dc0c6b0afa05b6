/**
 * The tasks of a page's main thread during a step, from a trace of Chromium. Tasks are given by processor time, which other work on
 * the machine does not lengthen, with wall time beside. Each step runs in a window of its own; of the rounds the best one counts.
 */
import { openBuiltApp } from '../../scripts/built-app.mjs';

const longMs = 50;

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
  page.setDefaultTimeout(60_000);
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
    let recorded;
    try {
      await run(page);
      await settled(page);
    } finally {
      recorded = await app.browser.stopTracing();
    }
    const trace = JSON.parse(recorded.toString());
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

/**
 * Prints a table of all steps whose name contains `--only`. `prepare` of a step is not measured.
 * @param {Record<string, { prepare?: (page: import('@playwright/test').Page) => Promise<void>,
 *   run: (page: import('@playwright/test').Page) => Promise<void> }>} steps
 */
export async function measureSteps(steps) {
  const args = process.argv.slice(2);
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const rounds = Number(option('--rounds') ?? 3);
  const only = option('--only') ?? '';
  const app = await openBuiltApp(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']);
  try {
    console.log(`Chromium ${app.browser.version()}, best of ${rounds}`);
    const table = [];
    for (const [name, step] of Object.entries(steps)) {
      if (!name.includes(only)) continue;
      const found = [];
      try {
        for (let i = 0; i < rounds; i++) found.push(await measure(step, app));
      } catch (error) {
        console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
        continue;
      }
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
}
