/**
 * No request leaves: each document and each worker tries every way there is to reach another server, which counts what
 * arrives. With the headers of the app's own server, and on a host without headers by the service worker alone.
 */
import { readdirSync } from 'node:fs';
import { expect, test, type BrowserContext, type Page, type Worker } from '@playwright/test';
import { plainHost, redirectTo, trap, type Host, type Trap } from './support/hosts';

const workerFiles = readdirSync('dist/assets').filter((name) => /\.worker-.*\.js$/.test(name));
const documents = ['index.html', 'identity.html', 'node.html'] as const;

let elsewhere: Trap;
let plain: Host;
test.beforeAll(async () => {
  elsewhere = await trap();
  plain = await plainHost('/app');
});
test.afterAll(async () => {
  await elsewhere.close();
  await plain.close();
});

/** Every way from within a worker. Gives those that were not refused; each goes to a path of its own. */
async function tryFromWorker(to: string): Promise<string[]> {
  const arrived = (target: EventTarget, ...good: string[]): Promise<boolean> =>
    new Promise((resolve) => {
      for (const type of good) target.addEventListener(type, () => resolve(true));
      target.addEventListener('error', (event) => {
        event.preventDefault();
        resolve(false);
      });
      setTimeout(() => resolve(false), 1500);
    });
  const scope = globalThis as unknown as { importScripts?: (url: string) => void };
  const nested = (url: string): Promise<boolean> =>
    arrived(new Worker(url, { type: 'module' }), 'message');
  const code = `fetch('${to}/by-nested').then(() => postMessage('out'), () => postMessage('out'))`;
  const ways: Record<string, () => Promise<unknown>> = {
    fetch: () => fetch(`${to}/fetch`),
    'opaque fetch': () => fetch(`${to}/opaque`, { mode: 'no-cors', method: 'POST', body: 'key' }),
    'kept-alive fetch': () => fetch(`${to}/keepalive`, { mode: 'no-cors', keepalive: true }),
    XMLHttpRequest: () =>
      new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.onload = resolve;
        request.onerror = () => reject(new Error('refused'));
        request.open('GET', `${to}/xhr`);
        request.send();
      }),
    WebSocket: () => arrived(new WebSocket(to.replace('http', 'ws')), 'open'),
    EventSource: () => arrived(new EventSource(`${to}/events`), 'open'),
    WebTransport: async () => {
      const { WebTransport: Transport } = globalThis as unknown as {
        WebTransport: new (url: string) => { ready: Promise<void> };
      };
      await new Transport(to.replace('http', 'https')).ready;
    },
    importScripts: () => {
      scope.importScripts?.(`${to}/import-scripts`);
      return Promise.resolve(scope.importScripts !== undefined);
    },
    'import()': () => import(`${to}/import`),
    Worker: () => nested(`${to}/worker`),
    'worker of a blob': () => nested(URL.createObjectURL(new Blob([code]))),
    'worker of text': () => nested(`data:text/javascript,${encodeURIComponent(code)}`),
    'import() of text': () =>
      import(`data:text/javascript,${encodeURIComponent(`await fetch('${to}/text')`)}`),
    'Request of a redirect': () => fetch(new Request(`${to}/request`, { redirect: 'follow' })),
  };
  const open: string[] = [];
  await Promise.all(
    Object.entries(ways).map(async ([name, way]) => {
      try {
        if ((await way()) !== false) open.push(name);
      } catch {
        // Refused.
      }
    }),
  );
  return open;
}

/** Every way that only a document has. What is refused is not always reported: the other server counts. */
async function tryFromDocument(to: string): Promise<void> {
  const add = (tag: string, attributes: Record<string, string>): void => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      try {
        element.setAttribute(name, value);
      } catch {
        // Trusted Types refuse the address.
      }
    document.body.append(element);
  };
  add('img', { src: `${to}/img` });
  add('script', { src: `${to}/script` });
  add('iframe', { src: `${to}/iframe` });
  add('object', { data: `${to}/object` });
  add('embed', { src: `${to}/embed` });
  add('video', { src: `${to}/video`, poster: `${to}/poster` });
  for (const rel of ['stylesheet', 'prefetch', 'modulepreload', 'icon', 'manifest'])
    add('link', { rel, href: `${to}/${rel}` });
  add('link', { rel: 'preload', as: 'fetch', href: `${to}/preload` });
  add('form', { action: `${to}/form`, method: 'post', target: 'frame' });
  document.querySelector('form')?.requestSubmit();
  navigator.sendBeacon(`${to}/beacon`, 'key');
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`main { background: url(${to}/background) }`);
    document.adoptedStyleSheets.push(sheet);
    await document.fonts.add(new FontFace('x', `url(${to}/font)`)).load('12px x');
  } catch {
    // Refused.
  }
  try {
    await navigator.serviceWorker.register(`${to}/service-worker`);
  } catch {
    // Refused.
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** The Node document connects to addresses that are typed in: what `connect-src` rules reaches them, and nothing else. */
const mayConnect = (name: string, hit: string): boolean =>
  name === 'node.html' && /^\w+ \/(preload|prefetch|beacon)$/.test(hit);

const startWorker = async (page: Page, url: string): Promise<Worker> => {
  const started = page.waitForEvent('worker', (worker) => worker.url().includes(url));
  await page.evaluate((address) => {
    Object.assign(window, { started: new Worker(`./assets/${address}`, { type: 'module' }) });
  }, url);
  return started;
};

async function expectNothingLeaves(
  page: Page,
  open: (name: string) => Promise<unknown>,
): Promise<void> {
  expect(workerFiles.length).toBeGreaterThanOrEqual(9);
  for (const name of documents) {
    await open(name);
    await expect(page.locator('h1').first()).toBeVisible();
    const before = elsewhere.hits.length;
    await page.evaluate(tryFromDocument, elsewhere.url);
    if (name !== 'node.html')
      expect(await page.evaluate(tryFromWorker, elsewhere.url), name).toEqual([]);
    if (name === 'identity.html') {
      const refused = page.waitForEvent('console', (message) =>
        message.text().includes("worker-src 'none'"),
      );
      await page.evaluate((file) => {
        new Worker(`./assets/${file}`, { type: 'module' });
      }, workerFiles[0] ?? '');
      await refused;
    } else
      for (const file of workerFiles) {
        const worker = await startWorker(page, file);
        expect(await worker.evaluate(tryFromWorker, elsewhere.url), `${name} ${file}`).toEqual([]);
      }
    const hits = elsewhere.hits.slice(before).filter((hit) => !mayConnect(name, hit));
    expect(hits, name).toEqual([]);
  }
}

const controlled = async (context: BrowserContext, url: string): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => navigator.serviceWorker.controller && crossOriginIsolated);
  return page;
};

test('no request leaves: with headers, not one from any document or worker', async ({ page }) => {
  test.setTimeout(180_000);
  await expectNothingLeaves(page, (name) => page.goto(`./${name}?${Math.random()}`));
  await expect(page.getByText('This host sends no security policy')).toHaveCount(0);
});

test('no request leaves: with headers, not one from the service worker', async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: 'allow' });
  const page = await controlled(context, test.info().project.use.baseURL ?? '');
  const [worker] = context.serviceWorkers();
  expect(worker).toBeDefined();
  const before = elsewhere.hits.length;
  expect(await worker?.evaluate(tryFromWorker, elsewhere.url)).toEqual([]);
  expect(elsewhere.hits.slice(before)).toEqual([]);
  await page.close();
  await context.close();
});

test('no request leaves: without headers, not one once the service worker controls the page', async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ serviceWorkers: 'allow' });
  const page = await controlled(context, `${plain.url}/app/`);
  await expectNothingLeaves(page, (name) => page.goto(`${plain.url}/app/${name}?${Math.random()}`));
  await page.goto(`${plain.url}/app/?last`);
  await expect(page.getByText('This host sends no security policy')).toHaveCount(0);
  await context.close();
});

test('a host without headers: workers reach other servers, and the page states it', async ({
  browser,
}) => {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${plain.url}/app/`);
  await page.getByText('This host sends no security policy for background workers').click();
  await expect(page.getByText('the browser does not limit its workers')).toBeVisible();
  // What the rest of this file would count if the headers were missing.
  const worker = await startWorker(page, workerFiles[0] ?? '');
  const before = elsewhere.hits.length;
  expect(await worker.evaluate(tryFromWorker, elsewhere.url)).toContain('fetch');
  expect(elsewhere.hits.slice(before)).toContain('GET /fetch');
  // The Identity document starts no worker, with or without headers.
  await page.goto(`${plain.url}/app/identity.html`);
  await expect(page.locator('h1').first()).toBeVisible();
  const later = elsewhere.hits.length;
  await page.evaluate(tryFromDocument, elsewhere.url);
  expect(await page.evaluate(tryFromWorker, elsewhere.url)).toEqual([]);
  expect(elsewhere.hits.slice(later)).toEqual([]);
  await context.close();
});

test('no request leaves: a typed server redirects elsewhere, the page does not follow and reports that it answers', async ({
  page,
}) => {
  const redirecting = await redirectTo(elsewhere.url);
  const before = elsewhere.hits.length;
  await page.goto('./node.html#/node/metrics');
  await page.getByText('Paste or fetch them').click();
  await page.getByLabel('Address', { exact: true }).fill(redirecting.url);
  await page.getByRole('button', { name: 'Fetch' }).click();
  await expect(page.getByRole('alert')).toContainText(`answers at ${redirecting.url}`);
  expect(elsewhere.hits.slice(before)).toEqual([]);
  await redirecting.close();
});

test('no page of another site may frame a document', async ({ page, request }) => {
  for (const name of ['', ...documents]) {
    const response = await request.get(`./${name}`);
    expect(response.headers()['content-security-policy'], name).toContain("frame-ancestors 'none'");
  }
  await page.goto('./');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});
