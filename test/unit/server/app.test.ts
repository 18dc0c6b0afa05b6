import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as send, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../../src/server/app';
import { contentSecurityPolicy } from '../../../src/server/headers';

const outside = mkdtempSync(join(tmpdir(), 'app-'));
const folder = join(outside, 'dist');
mkdirSync(join(folder, 'assets'), { recursive: true });
writeFileSync(join(outside, 'secret.txt'), 'secret');
writeFileSync(join(folder, 'index.html'), '<title>app</title>');
writeFileSync(join(folder, 'assets', 'a-1.js'), 'export {};');
symlinkSync(join(outside, 'secret.txt'), join(folder, 'assets', 'link.txt'));

let server: Server;
let port = 0;
beforeAll(async () => {
  server = createApp(folder, { nodes: [] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
  rmSync(outside, { recursive: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** The path goes out as it is: `fetch` would resolve "..". */
const ask = (path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = send({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    });
    request.on('error', reject);
    request.end();
  });

test.each([
  ['/', 'text/html; charset=utf-8', '<title>app</title>'],
  ['/index.html?q=1', 'text/html; charset=utf-8', '<title>app</title>'],
  ['/assets/a-1.js', 'text/javascript; charset=utf-8', 'export {};'],
])('createApp: %s, the file with its type and policy', async (path, type, body) => {
  const answer = await ask(path);
  expect(answer).toMatchObject({ status: 200, body });
  const policy = contentSecurityPolicy(path.split('?')[0] ?? '');
  expect(answer.headers).toMatchObject({
    'content-type': type,
    'content-security-policy': policy,
    'cross-origin-opener-policy': 'same-origin',
  });
});

test('createApp: /bridge from its own page, the list of targets', async () => {
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
  expect(JSON.parse((await ask('/bridge/', headers)).body)).toMatchObject({ nodes: [] });
});

const rises = [
  '..',
  '%2e%2e',
  '.%2e',
  '..%2f..',
  '%2e%2e%2f',
  '..%5c',
  '..\\',
  '%252e%252e',
  '....//',
  '.%00.',
];
const targets = [
  'secret.txt',
  'etc/passwd',
  '.ssh/id_ed25519',
  'proc/self/environ',
  'package.json',
];
const starts = ['/', '//', '/assets/', '/assets/../', '/bridge/', '/%00/', '/file:///', '/C:/'];
const traversals = starts.flatMap((start) =>
  rises.flatMap((rise) => targets.map((target) => `${start}${rise}/${target}`)),
);
const hosts = [
  ...[
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example:80',
    'localhost.evil:80',
    '10.0.0.7:80',
  ],
  ...['[::2]:80', '127.0.0.1', 'localhost', '0.0.0.0:80', '127.0.0.1:80@evil'],
];
const methods = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'MKCOL'];
const origins = ['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost'];

test('createApp: 500 hostile requests, no content of a file and no error of the server', async () => {
  const requests: readonly (() => Promise<Answer>)[] = [
    ...traversals.map((path) => () => ask(path)),
    ...hosts.flatMap((host) =>
      ['/', '/index.html', '/bridge/'].map((path) => () => ask(path, { host })),
    ),
    ...methods.flatMap((method) =>
      ['/', '/assets/a-1.js', '/../secret.txt', '/nothing'].map(
        (path) => () => ask(path, {}, method),
      ),
    ),
    ...origins.flatMap((origin) =>
      ['cross-site', 'same-site', 'none', 'same-origin'].flatMap((site) =>
        ['/bridge/', '/bridge/0/x', '/bridge/post-service/0/status'].map(
          (path) => () => ask(path, { origin, 'sec-fetch-site': site }),
        ),
      ),
    ),
    ...['/assets/link.txt', '/assets', '/assets/', '/index.html/', '/.git/config', '/%'].map(
      (path) => () => ask(path),
    ),
    ...Array.from({ length: 20 }, (_, i) => () => ask(`/${'a'.repeat(2 ** (i % 13))}`)),
  ];
  expect(requests.length).toBeGreaterThanOrEqual(500);
  for (const request of requests) {
    const { status = 0, body, headers } = await request();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(body).not.toMatch(/secret|<title>|export|"nodes"|root:/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
  expect((await ask('/')).status).toBe(200);
});

test('createApp: a folder without the app, refused', () => {
  expect(() => createApp(outside, { nodes: [] })).toThrow(
    expect.objectContaining({ code: 'app-missing' }),
  );
});
