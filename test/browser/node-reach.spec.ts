// What only a browser shows: that CORS keeps an answer back, and that logs are read in a worker.
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { build, type Rolldown } from 'vite';
import { createBridge } from '../../src/server/bridge';
import type { Gateway } from '../../src/node/api/gateway';
import type { GrpcNode } from '../../src/node/api/grpc';
import type { LogSession } from '../../src/node/log/session';

declare global {
  interface Window {
    readonly nodeModules: {
      readonly Gateway: typeof Gateway;
      readonly GrpcNode: typeof GrpcNode;
      readonly LogSession: typeof LogSession;
    };
  }
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const cors = (name: string) => readFileSync(path(`../data/node/api/cors/${name}.http`));
const entry = 'virtual:node-modules';

/** The modules as a page would load them, with their worker, and nothing else around them. */
async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const files = await build({
    configFile: false,
    logLevel: 'silent',
    root: path('../../src'),
    worker: { format: 'es' },
    build: { write: false, target: 'es2023', rolldownOptions: { input: entry } },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? `\0${entry}` : undefined),
        load: (id) =>
          id === `\0${entry}`
            ? `import { Gateway } from ${JSON.stringify(path('../../src/node/api/gateway.ts'))};
               import { LogSession } from ${JSON.stringify(path('../../src/node/log/session.ts'))};
               import { GrpcNode } from ${JSON.stringify(path('../../src/node/api/grpc.ts'))};
               window.nodeModules = { Gateway, GrpcNode, LogSession };`
            : undefined,
      },
    ],
  });
  const { output } = files as Rolldown.RolldownOutput;
  return new Map(
    output.flatMap((file) => {
      const content = file.type === 'chunk' ? file.code : file.source;
      const name = file.type === 'chunk' && file.isEntry ? 'entry.js' : file.fileName;
      return [[`/${name}`, content] as const];
    }),
  );
}

let site: HttpServer;
let origin: string;
const gateways: Server[] = [];
const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

test.beforeAll(async () => {
  const files = await bundle();
  files.set(
    '/',
    '<!doctype html><title>node</title><script type="module" src="/entry.js"></script>',
  );
  files.set('/A.log.gz', readFileSync(path('../data/node/logs/A_json.log.gz')));
  site = createHttp((request, response) => {
    const content = files.get(request.url ?? '');
    const type = request.url === '/' ? 'text/html' : 'text/javascript';
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${portOf(site)}`;
});
test.afterAll(() => {
  site.close();
  for (const gateway of gateways) gateway.close();
});
test.beforeEach(async ({ page }) => {
  await page.goto(origin);
  await page.waitForFunction(() => 'nodeModules' in window);
});

/** A node that answers every call as the real one did under a setting of grpc-cors-allowed-origins. */
async function gatewayWith(setting: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      const preflight = bytes.toString('latin1').startsWith('OPTIONS');
      socket.end(cors(`${setting}_${preflight ? 'preflight' : 'POST'}`));
    });
  });
  gateways.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Asks the node from within the page: the answer, or the error's code and message. */
const ask = (page: Page, base: string) =>
  page.evaluate(async (address) => {
    try {
      return await new window.nodeModules.Gateway(address).call('/v1/node/status');
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return { code, message };
    }
  }, base);

for (const setting of ['default', 'list_nomatch'])
  test(`origins ${setting}: the error names the setting and this page`, async ({ page }) => {
    const base = await gatewayWith(setting);
    const answer = await ask(page, base);
    expect(answer).toMatchObject({ code: 'gateway-origin-not-allowed' });
    expect(answer.message).toContain(`"grpc-cors-allowed-origins": ["${origin}"]`);
  });

for (const setting of ['star', 'empty_list'])
  test(`origins ${setting}: the page reads the node`, async ({ page }) => {
    const base = await gatewayWith(setting);
    const answer = await ask(page, base);
    expect(answer).toMatchObject({ status: { isSynced: true } });
  });

test('Gateway: a server that redirects elsewhere, the redirect is not followed and the server is not reported as absent', async ({
  page,
}) => {
  const reached: string[] = [];
  const elsewhere = createHttp((request, response) => {
    reached.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('{}');
  });
  const redirecting = createHttp((_, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${portOf(elsewhere)}/elsewhere` }).end();
  });
  for (const server of [elsewhere, redirecting])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await ask(page, `http://127.0.0.1:${portOf(redirecting)}`);
  expect(answer).toMatchObject({ code: 'gateway-origin-not-allowed' });
  expect(reached).toEqual([]);
  expect(await page.locator('iframe').count()).toBe(0);
  for (const server of [elsewhere, redirecting]) server.close();
});

test('no response is distinguished from an answer kept back', async ({ page }) => {
  const answer = await ask(page, 'http://127.0.0.1:1');
  expect(answer).toMatchObject({ code: 'gateway-unreachable' });
});

test('a log in its worker: summary, search, an end on request', async ({ page }) => {
  const result = await page.evaluate(async () => {
    const log = new window.nodeModules.LogSession();
    const file = await (await fetch('/A.log.gz')).blob();
    const seen: number[] = [];
    const summary = await log.open(file, { onProgress: ({ done }) => seen.push(done) });
    const warned = await log.find({ levels: ['WARN'], services: ['node.hare'] }, { limit: 5 });
    const large = new Blob(Array.from({ length: 100 }, () => 'x\n'.repeat(1_000_000)));
    const stop = new AbortController();
    const opening = log.open(large, { signal: stop.signal, onProgress: () => stop.abort() });
    const ended = await opening.then(
      () => 'opened',
      (error: unknown) => (error as Error).name,
    );
    const damaged = await log.open(file.slice(0, 3000)).then(
      () => 'opened',
      (error: unknown) => (error as { code: string }).code,
    );
    log.close();
    return {
      lines: summary.lines,
      read: seen.at(-1),
      size: summary.sizeBytes,
      messages: warned.entries.map(({ message }) => message),
      more: warned.next !== undefined,
      ended,
      damaged,
    };
  });
  expect(result).toEqual({
    lines: 2127,
    read: result.size,
    size: result.size,
    messages: Array.from({ length: 5 }, () => 'not voting on proposal from malicious identity'),
    more: true,
    ended: 'AbortError',
    damaged: 'log-archive-damaged',
  });
});

test('events over gRPC-Web through the bridge, for the page that it was started for', async ({
  page,
}) => {
  const frames = readFileSync(path('../data/node/api/grpc/A_Admin_EventsStream.grpc.bin'));
  const node = createHttp2();
  node.on('stream', (answer) => {
    answer.on('error', () => undefined);
    answer.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    answer.on('wantTrailers', () => {
      answer.sendTrailers({ 'grpc-status': '0' });
    });
    answer.end(frames);
  });
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  const listeners = { private: `127.0.0.1:${portOf(node)}` };
  const start = async (allowed: string) => {
    const bridge = createBridge({ origin: allowed, nodes: [listeners] });
    await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
    gateways.push(bridge);
    return `http://127.0.0.1:${portOf(bridge)}/0`;
  };
  const events = (base: string) =>
    page.evaluate(async (address) => {
      let count = 0;
      try {
        const stream = new window.nodeModules.GrpcNode({ base: address }).events(
          new AbortController().signal,
        );
        for await (const event of stream) count += event.kind === 'unknown' ? 1000 : 1;
      } catch (error) {
        return (error as { code: string }).code;
      }
      return count;
    }, base);
  expect(await events(await start(origin))).toBe(150);
  expect(await events(await start('http://elsewhere.example'))).toBe('grpc-failed');
  node.close();
});
