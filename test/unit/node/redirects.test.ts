/** A server that redirects must not send what the page asks to another one. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askBridge } from '../../../src/node/api/bridge';
import { Gateway } from '../../../src/node/api/gateway';
import { GrpcNode } from '../../../src/node/api/grpc';
import { fetchMetrics } from '../../../src/node/metrics/metrics';
import { fetchServiceStatus } from '../../../src/node/api/operator';
import { queryRange } from '../../../src/node/metrics/prometheus';
import { remoteK2pow } from '../../../src/post/k2pow/service';

const reached: string[] = [];
let target: Server;
let redirecting: Server;
let base = '';

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  target = createServer((request, response) => {
    reached.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end('{}');
  });
  const other = await listen(target);
  redirecting = createServer((request, response) => {
    response.writeHead(307, { location: `${other}${request.url ?? ''}` });
    response.end();
  });
  base = await listen(redirecting);
});
afterAll(() => {
  target.close();
  redirecting.close();
});
beforeEach(() => {
  reached.length = 0;
});

const { signal } = new AbortController();
const pow = {
  nodeId: new Uint8Array(32),
  challenge: new Uint8Array(8),
  difficulty: new Uint8Array(32).fill(255),
  nonceGroup: 0,
};
const clients: readonly (readonly [name: string, ask: () => Promise<unknown>])[] = [
  ['Gateway', () => new Gateway(base).call('/v1/node/status', {}, signal)],
  ['GrpcNode', () => new GrpcNode({ base }).status(signal)],
  ['fetchMetrics', () => fetchMetrics(base, signal)],
  ['fetchServiceStatus', () => fetchServiceStatus(base)],
  ['queryRange', () => queryRange(base, { query: 'up', fromMs: 0, toMs: 1000 })],
  ['askBridge', () => askBridge(base)],
  [
    'remoteK2pow',
    () => remoteK2pow([pow], { services: [base] }, { signal: AbortSignal.timeout(2000) }),
  ],
];

test.each(clients)('%s: a server that redirects, refused and not followed', async (_name, ask) => {
  await expect(ask()).rejects.toThrow();
  expect(reached).toEqual([]);
});
