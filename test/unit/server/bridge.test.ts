import { createServer as createHttp2, type Http2Server } from 'node:http2';
import {
  createServer,
  request as send,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBridge, sameOriginBridge } from '../../../src/server/bridge';

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
const listen = async (server: Server | Http2Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server);
};

const timeoutMs = 300;
const html = '<script>top.location = "//evil.example"</script>';
/** What a k2pow service answers to each nonce group; 0 to 9 stand for what a hostile one could send. */
const answers: Readonly<Record<string, RequestListener>> = {
  0: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
  1: (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  2: (_, response) => response.writeHead(200).end(Buffer.alloc(1 << 20)),
  3: () => undefined,
  4: (_, response) => response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(html),
  5: (_, response) => response.writeHead(200, { 'set-cookie': 'a=b', 'x-own': '1' }).end('7'),
  6: (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{}'),
  7: (_, response) => response.writeHead(304).end(),
  8: (_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain, text/html' }).end(html),
  9: (_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('7'),
};
const job = (group: number): string =>
  `job/${'ab'.repeat(32)}/${group}/${'cd'.repeat(8)}/${'ef'.repeat(32)}`;

let pow: Server;
let node: Http2Server;
let app: Server;
let host: string;
let powAsked = 0;
let nodeAnswer: OutgoingHttpHeaders | 'nothing' = 'nothing';

beforeAll(async () => {
  pow = createServer((request, response) => {
    powAsked++;
    answers[request.url?.split('/')[3] ?? '']?.(request, response);
  });
  node = createHttp2();
  node.on('stream', (stream) => {
    stream.on('error', () => undefined);
    if (nodeAnswer === 'nothing') return;
    stream.respond(nodeAnswer);
    stream.end(html);
  });
  await listen(node);
  app = createServer(
    sameOriginBridge(
      {
        nodes: [{ public: `127.0.0.1:${portOf(node)}` }],
        powServices: [`http://127.0.0.1:${await listen(pow)}`],
      },
      { timeoutMs },
    ),
  );
  host = `127.0.0.1:${await listen(app)}`;
});
afterAll(() => {
  for (const server of [pow, app]) {
    server.closeAllConnections();
    server.close();
  }
  node.close();
});

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

const ask = (
  path: string,
  headers: Record<string, string>,
  { method = 'GET', body }: { readonly method?: string; readonly body?: Buffer } = {},
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = send(`http://${host}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (bytes: Buffer) => (text += bytes.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });

/** As a browser sends a fetch() of the app's own page. */
const own = {
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
};
const grpc = { ...own, 'content-type': 'application/grpc-web+proto' };
const status = '/0/spacemesh.v1.NodeService/Status';

describe('sameOriginBridge', () => {
  test('sameOriginBridge: a fetch of the own page, is answered as data that no browser shows', async () => {
    const reply = await ask('/', own);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test.each([
    ['a cross-site navigation', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['a navigation by the own page', { ...own, 'sec-fetch-mode': 'navigate' }],
    ['a navigation by the address bar', { ...own, 'sec-fetch-site': 'none' }],
    ['an image', { ...own, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a script', { ...own, 'sec-fetch-dest': 'script' }],
    ['a frame', { ...own, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['an opaque fetch', { ...own, 'sec-fetch-mode': 'no-cors' }],
    ['a WebSocket', { ...own, 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'websocket' }],
    ['another site by its own Origin', { ...own, origin: 'https://evil.example' }],
    ['another name of this machine', { ...own, host: 'evil.example:4173' }],
    ['a program that sends no such header', { accept: '*/*' }],
  ])('sameOriginBridge: %s, is refused and nothing is asked', async (_, headers) => {
    const before = powAsked;
    const reply = await ask(`/k2pow/0/${job(5)}`, headers);
    expect([reply.status, powAsked - before]).toEqual([403, 0]);
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'sameOriginBridge: %s, is not allowed',
    async (method) => {
      expect((await ask(status, grpc, { method })).status).toBe(405);
    },
  );

  test.each([
    ['/k2pow//' + job(5)],
    ['/k2pow/0x0/' + job(5)],
    ['/k2pow/-0/' + job(5)],
    ['/k2pow/length/' + job(5)],
    ['/k2pow/0/' + job(5) + '?x=1'],
    ['/k2pow/0/../../etc/passwd'],
    ['//evil.example/'],
  ])('sameOriginBridge: the path %s, reaches no service', async (path) => {
    const before = powAsked;
    expect((await ask(path, own)).status).toBe(404);
    expect(powAsked).toBe(before);
  });

  test.each([
    ['HTML', 0],
    ['a redirect', 1],
    ['a megabyte', 2],
    ['nothing', 3],
    ['an SVG picture', 4],
    ['no change', 7],
    ['a body that does not end', 9],
  ])(
    'sameOriginBridge: a service that sends %s, is reported and not forwarded',
    async (_, group) => {
      const reply = await ask(`/k2pow/0/${job(group)}`, own);
      expect([reply.status, reply.headers['content-type']]).toEqual([502, 'application/json']);
      expect(reply.text).not.toContain('<script>');
      expect(reply.headers.location).toBeUndefined();
    },
  );

  test('sameOriginBridge: a service that sends a number, is forwarded without its headers', async () => {
    const reply = await ask(`/k2pow/0/${job(5)}`, own);
    expect([reply.status, reply.text]).toEqual([200, '7']);
    expect(reply.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8' });
    expect(reply.headers['set-cookie'] ?? reply.headers['x-own']).toBeUndefined();
    expect((await ask(`/k2pow/0/${job(6)}`, own)).headers['content-type']).toBe('application/json');
  });

  test('sameOriginBridge: a doubtful type, is sent as plain text', async () => {
    const reply = await ask(`/k2pow/0/${job(8)}`, own);
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test.each([
    [{ ':status': 200, 'content-type': 'text/html' }],
    [{ ':status': 200, 'content-type': 'application/grpc-web-text' }],
    [{ ':status': 302, 'content-type': 'application/grpc' }],
  ])('sameOriginBridge: a node that answers %o, is unavailable', async (answer) => {
    nodeAnswer = answer;
    const reply = await ask(status, grpc, { method: 'POST', body: Buffer.alloc(5) });
    expect(reply.headers['content-type']).toBe('application/grpc-web+proto');
    expect(reply.text).toContain('grpc-status: 14');
    expect(reply.text).not.toContain('<script>');
  });

  test('sameOriginBridge: a request of more than 64 KiB, is refused', async () => {
    const reply = await ask(status, grpc, { method: 'POST', body: Buffer.alloc(70_000) });
    expect(reply.text).toMatch(/grpc-status: (7|14)/);
    expect(reply.text).not.toContain('<script>');
  });

  test('sameOriginBridge: a request that does not arrive, ends with its time', async () => {
    nodeAnswer = 'nothing';
    const socket = connect(portOf(app), '127.0.0.1');
    const received = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes.toString();
        if (text.includes('grpc-status')) resolve(text);
      });
    });
    const head = { ...grpc, host, 'content-length': '1000' };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST ${status} HTTP/1.1\r\n${lines.join('')}\r\n12345`);
    expect(await received).toContain('the request did not arrive');
    socket.destroy();
  });
});

describe('createBridge', () => {
  test('createBridge: a navigation from the page that it serves, is refused', async () => {
    const origin = 'https://its.address';
    const bridge = createBridge({ origin, nodes: [], timeoutMs });
    const base = `http://127.0.0.1:${await listen(bridge)}`;
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        send(`${base}/`, { headers: { origin, ...headers } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    const cross = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'empty' };
    expect(await statusOf({ ...cross, 'sec-fetch-mode': 'cors' })).toBe(200);
    expect(await statusOf({ ...cross, 'sec-fetch-mode': 'navigate' })).toBe(403);
    expect(await statusOf({ ...cross, 'sec-fetch-dest': 'document' })).toBe(403);
    bridge.closeAllConnections();
    bridge.close();
  });
});
