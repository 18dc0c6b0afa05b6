import { readFileSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttp, request as plainRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { askBridge } from '../../../../src/node/api/bridge';
import { epochLines, type NodeEvent } from '../../../../src/node/api/events';
import { envoyConfig } from '../../../../src/runbooks/envoy';
import { GrpcNode } from '../../../../src/node/api/grpc';
import { createBridge, sameOriginBridge } from '../../../../src/server/bridge';

const api = new URL('../../../data/node/api/grpc/', import.meta.url);
const origin = 'http://localhost:4173';

interface Captured {
  method: string;
  grpc_code: string;
  header: Record<string, string[]>;
  trailer: Record<string, string[]>;
  response_grpc_frame_hex?: string;
  grpc_message?: string;
  error?: string;
}
const captured = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}.json`, api), 'utf8')) as Captured;

/** What node A answered to each call, as frames; of node B the refusals. */
const unary = new Map(
  [
    'A_Node_Status',
    'A_Node_Version',
    'A_Smesher_SmesherIDs',
    'A_Smesher_PostSetupStatus',
    'A_PostInfo_PostStates',
    'A_v2alpha1_NetworkInfo',
    'A_v2alpha1_RewardList',
  ]
    .map(captured)
    .map((one) => [one.method, Buffer.from(one.response_grpc_frame_hex ?? '', 'hex')]),
);
const stream = readFileSync(new URL('A_Admin_EventsStream.grpc.bin', api));

/** A gRPC server that replays real frames, cut at unpleasant places. */
function replay(path: string, answer: ServerHttp2Stream): void {
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  const frames = unary.get(path) ?? (path.endsWith('/EventsStream') ? stream : undefined);
  if (!frames) {
    const refused = path.endsWith('/IsSmeshing')
      ? { 'grpc-status': '9', 'grpc-message': 'node is not configured for supervised smeshing' }
      : { 'grpc-status': '12', 'grpc-message': `unknown service ${path}` };
    answer.respond({ ...head, ...refused }, { endStream: true });
    return;
  }
  answer.respond(head, { waitForTrailers: true });
  answer.on('wantTrailers', () => {
    answer.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' });
  });
  for (let at = 0; at < frames.length; at += 1337) answer.write(frames.subarray(at, at + 1337));
  answer.end();
}

let node: Http2Server;
let bridge: Server;
let base: string;
const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
const withOrigin: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('origin', origin);
  return fetch(input, { ...init, headers });
};

beforeAll(async () => {
  node = createServer();
  node.on('stream', (answer, headers) => {
    answer.on('error', () => undefined);
    answer.resume().on('end', () => {
      replay(headers[':path'] ?? '', answer);
    });
  });
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${port(node)}`;
  const whole = { public: address, private: address, post: address };
  bridge = createBridge({
    origin,
    nodes: [whole, { public: '127.0.0.1:1' }, { private: address }],
  });
  await new Promise<void>((resolve) => bridge.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${port(bridge)}`;
});
afterAll(() => {
  bridge.closeAllConnections();
  bridge.close();
  node.close();
});
const client = (index: number) => new GrpcNode({ base: `${base}/${index}`, fetch: withOrigin });

describe('a real node through the bridge', () => {
  test('status, version, clock', async () => {
    expect(await client(0).status()).toMatchObject({ peers: 3n, synced: true });
    expect(await client(0).version()).toBe('v1.7.6');
    expect(await client(0).clock()).toEqual({
      genesisMs: Date.parse('2026-11-21T08:46:50Z'),
      layerMs: 6000,
      layersPerEpoch: 10,
    });
  });

  test('smeshers and PoST states', async () => {
    const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
    expect(await client(0).smesherIds()).toEqual([smesher]);
    expect(await client(0).postStates()).toEqual([
      { smesher, name: 'local.key', state: 'proving' },
    ]);
    expect(await client(0).postSetup()).toEqual({
      state: 'complete',
      labelsWritten: 64n,
      dataDir: '/srv/spacemesh/r04/A/post',
      numUnits: 1,
      maxFileSize: 1024n,
    });
  });

  test('events, every one, and the epoch they tell of', async () => {
    const events: NodeEvent[] = [];
    for await (const event of client(0).events(new AbortController().signal)) events.push(event);
    const lines = readFileSync(new URL('A_Admin_EventsStream.jsonl', api), 'utf8')
      .trim()
      .split('\n');
    expect(events).toHaveLength(lines.length);
    expect(events.filter(({ text }) => text.includes('?'))).toEqual([]);
    expect(epochLines(events).length).toBeGreaterThan(4);
  });

  test('rewards', async () => {
    const list = [];
    for await (const reward of client(0).rewards({ smesher: '31'.repeat(32) })) list.push(reward);
    expect(list).toHaveLength(3);
    expect(list[0]).toEqual({
      layer: 21,
      totalSmidge: 21_824_995_193n,
      layerSmidge: 21_824_995_193n,
      coinbase: 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh',
      smesher: '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55',
    });
  });

  test('ends a stream on request', async () => {
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of client(0).events(stop.signal)) if (event.timeMs > 0) stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('refusals say what to do', () => {
  test.each([
    ['no node there', 1, 'grpc-node-unreachable'],
    ['no such listener named', 2, 'grpc-no-such-service'],
    ['no such node', 7, 'grpc-no-such-service'],
  ])('%s', async (_what, index, code) => {
    await expect(client(index).status()).rejects.toMatchObject({ code });
  });

  test('no bridge', async () => {
    const nobody = new GrpcNode({ base: 'http://127.0.0.1:1/0', fetch: withOrigin });
    await expect(nobody.status()).rejects.toMatchObject({
      code: expect.stringMatching(/^grpc-/) as string,
    });
  });
});

describe('the bridge limits who can use it', () => {
  const ask = (options: { method?: string; path: string; headers?: Record<string, string> }) =>
    new Promise<{ status: number; body: Buffer; headers: Record<string, unknown> }>(
      (resolve, reject) => {
        const { method = 'POST', path, headers = {} } = options;
        const sent = plainRequest(`${base}${path}`, { method, headers }, (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (bytes: Buffer) => parts.push(bytes));
          answer.on('end', () => {
            resolve({
              status: answer.statusCode ?? 0,
              body: Buffer.concat(parts),
              headers: answer.headers,
            });
          });
        });
        sent.on('error', reject);
        sent.end(method === 'POST' ? Buffer.alloc(5) : undefined);
      },
    );
  const web = { origin, 'content-type': 'application/grpc-web+proto' };
  const status = '/0/spacemesh.v1.NodeService/Status';

  test('answers its own page only', async () => {
    expect((await ask({ path: status, headers: web })).status).toBe(200);
    for (const headers of [
      {},
      { ...web, origin: 'https://evil.example' },
      { ...web, origin: 'null' },
      { ...web, host: 'evil.example:80' },
    ]) {
      const answer = await ask({ path: status, headers });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([
        403,
        undefined,
      ]);
    }
  });

  test('forwards questions, no commands', async () => {
    for (const path of [
      '/0/spacemesh.v1.SmesherService/StopSmeshing',
      '/0/spacemesh.v1.SmesherService/SetCoinbase',
      '/0/spacemesh.v1.AdminService/Recover',
      '/0/constructor/toString',
    ]) {
      const { body } = await ask({ path, headers: web });
      expect(body[0]).toBe(0x80);
      expect(body.toString('utf8', 5)).toContain('grpc-status: 7');
    }
  });

  test('preflight, list, nothing else', async () => {
    const preflight = await ask({ method: 'OPTIONS', path: status, headers: { origin } });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([
      204,
      origin,
    ]);
    const list = await ask({ method: 'GET', path: '/', headers: { origin } });
    expect((JSON.parse(list.body.toString()) as { nodes: unknown[] }).nodes).toHaveLength(3);
    expect(
      (await ask({ method: 'GET', path: '/post-service/0/status', headers: { origin } })).status,
    ).toBe(404);
    expect(
      (await ask({ path: status, headers: { origin, 'content-type': 'text/plain' } })).status,
    ).toBe(415);
  });
});

describe('below the app itself', () => {
  const job = `job/${'ab'.repeat(32)}/3/${'cd'.repeat(8)}/${'ef'.repeat(32)}`;
  const asked: string[] = [];
  let pow: Server;
  let app: Server;
  let host: string;
  beforeAll(async () => {
    pow = createHttp((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(request.url?.includes('/3/') ? 201 : 429, { 'x-own': 'kept' }).end('7');
    });
    await new Promise<void>((resolve) => pow.listen(0, '127.0.0.1', resolve));
    app = createHttp(
      sameOriginBridge({
        nodes: [{ name: 'home', public: '127.0.0.1:9092' }, { private: '10.0.0.2:9093' }],
        powServices: [`http://127.0.0.1:${port(pow)}/all`, 'http://127.0.0.1:1'],
      }),
    );
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${port(app)}`;
  });
  afterAll(() => {
    pow.close();
    app.close();
  });
  const ask = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
      (resolve, reject) => {
        const sent = plainRequest(`http://${host}${path}`, { headers }, (answer) => {
          let text = '';
          answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers });
          });
        });
        sent.on('error', reject).end();
      },
    );
  const own = { 'sec-fetch-site': 'same-origin' };

  test('answers the pages of that app, and no other page', async () => {
    expect((await ask('/', own)).status).toBe(200);
    expect((await ask('/', { origin: `http://${host}` })).status).toBe(200);
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { ...own, origin: 'https://evil.example' },
      { ...own, origin: 'null' },
      { ...own, host: 'evil.example:4173' },
      { ...own, host: `evil.127.0.0.1:${port(app)}` },
    ] as Record<string, string>[])
      expect((await ask('/', headers)).status).toBe(403);
  });

  test('passes on the jobs of k2pow, and no other path', async () => {
    asked.length = 0;
    const answer = await ask(`/k2pow/0/${job}`, own);
    expect([answer.status, answer.text, answer.headers['x-own']]).toEqual([201, '7', undefined]);
    expect(asked).toEqual([`/all/${job}`]);
    for (const path of [
      '/k2pow/0/',
      '/k2pow/0/job/../../secret',
      `/k2pow/0/${job}/more`,
      `/k2pow/0/${job}?x=1`,
      `/k2pow/0/${job.toUpperCase()}`,
      `/k2pow/7/${job}`,
      `/k2pow/-1/${job}`,
      `/k2pow/length/${job}`,
    ])
      expect((await ask(path, own)).status).toBe(404);
    expect(asked).toHaveLength(1);
    expect((await ask(`/k2pow/1/${job}`, own)).status).toBe(502);
  });

  test('offers what it leads to', async () => {
    const offer = await askList(`http://${host}`);
    expect(offer).toEqual({
      nodes: [
        { name: 'home', base: `http://${host}/0`, listeners: ['public 127.0.0.1:9092'] },
        { name: '10.0.0.2:9093', base: `http://${host}/1`, listeners: ['private 10.0.0.2:9093'] },
      ],
      postServices: [],
      powServices: [
        { name: `127.0.0.1:${port(pow)}/all`, base: `http://${host}/k2pow/0` },
        { name: '127.0.0.1:1', base: `http://${host}/k2pow/1` },
      ],
    });
    await expect(askBridge(`http://127.0.0.1:${port(pow)}`)).rejects.toMatchObject({
      code: 'bridge-none',
    });
    await expect(askBridge('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'bridge-none' });
  });

  /** As a page of that app would: fetch here has no page to come from. */
  async function askList(address: string) {
    const real = globalThis.fetch;
    globalThis.fetch = (input, init) => real(input, { ...init, headers: { origin: address } });
    try {
      return await askBridge(address);
    } finally {
      globalThis.fetch = real;
    }
  }
});

test('a configuration for Envoy', () => {
  const config = envoyConfig({
    publicListener: '127.0.0.1:9092',
    privateListener: '127.0.0.1:9093',
    postListener: '127.0.0.1:9095',
    origin: 'https://x.org',
    port: 8080,
  });
  expect(config).toContain('exact: "https://x.org"');
  for (const port of [9092, 9093, 9095]) expect(config).toContain(`port_value: ${port}`);
  expect(config).not.toMatch(/StopSmeshing|Recover/);
  const { static_resources: has } = parseYaml(config) as {
    static_resources: {
      listeners: { name: string }[];
      clusters: { name: string; load_assignment: { cluster_name: string } }[];
    };
  };
  expect(has.listeners).toHaveLength(1);
  expect(has.clusters.map(({ name }) => name)).toEqual(['public', 'private', 'post']);
  const routes = [...config.matchAll(/route: \{ cluster: (\w+),/g)].map(([, name]) => name);
  expect(new Set(routes)).toEqual(new Set(['public', 'private', 'post']));
});
