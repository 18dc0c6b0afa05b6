/** The app as `npm start -- --node … --post-service … --k2pow …` serves it, with its bridge below itself. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { preview, type PreviewServer } from 'vite';
import { watch } from './support/page';

const grpc = (name: string): URL => new URL(`../data/node/api/grpc/${name}`, import.meta.url);
interface Captured {
  readonly method: string;
  readonly response_grpc_frame_hex: string;
}
const answers = new Map(
  [
    'A_Node_Status',
    'A_Node_Version',
    'A_Smesher_SmesherIDs',
    'A_PostInfo_PostStates',
    'A_Smesher_PostSetupStatus',
    'A_v2alpha1_NetworkInfo',
    'A_v2alpha1_RewardList',
  ].map((name) => {
    const { method, response_grpc_frame_hex: frame } = JSON.parse(
      readFileSync(grpc(`${name}.json`), 'utf8'),
    ) as Captured;
    return [method, Buffer.from(frame, 'hex')];
  }),
);
const events = readFileSync(grpc('A_Admin_EventsStream.grpc.bin'));

/** A node that repeats what node A sent; its stream of events stays open. */
function replayNode(): Http2Server {
  const node = createHttp2();
  node.on('stream', (answer, { ':path': path = '' }) => {
    answer.on('error', () => undefined);
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    const frame = answers.get(path);
    if (path.endsWith('/EventsStream')) {
      answer.respond(head);
      answer.write(events);
    } else if (frame) {
      answer.respond(head, { waitForTrailers: true });
      answer.on('wantTrailers', () => {
        answer.sendTrailers({ 'grpc-status': '0' });
      });
      answer.end(frame);
    } else answer.respond({ ...head, 'grpc-status': '12' }, { endStream: true });
  });
  return node;
}

let status = '"Idle"';
let powAsked: string[] = [];
let servers: (Server | Http2Server)[];
let app: PreviewServer;
let home: string;

test.beforeAll(async () => {
  const node = replayNode();
  const operator = createServer((_, response) => response.end(status));
  // As post-rs's k2pow-service: without any header that would let a page read it.
  const pow = createServer(({ url = '' }, response) => {
    powAsked.push(url);
    response.writeHead(powAsked.length === 1 ? 201 : 200).end(powAsked.length === 1 ? '' : '25');
  });
  servers = [node, operator, pow];
  const [nodeAt, operatorAt, powAt] = await Promise.all(
    servers.map(
      (server) =>
        new Promise<string>((resolve) =>
          server.listen(0, '127.0.0.1', () => {
            resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`);
          }),
        ),
    ),
  );
  process.env['WORKBENCH_BRIDGE'] = JSON.stringify({
    nodes: [{ name: 'home', public: nodeAt, private: nodeAt, post: nodeAt }],
    postServices: [`http://${operatorAt}`],
    powServices: [`http://${powAt}`],
  });
  app = await preview({
    configFile: new URL('../../vite.config.ts', import.meta.url).pathname,
    logLevel: 'silent',
    preview: { host: '127.0.0.1', port: 0 },
    ...(process.env['WORKBENCH_DIST'] ? { build: { outDir: process.env['WORKBENCH_DIST'] } } : {}),
  });
  home = `http://127.0.0.1:${(app.httpServer.address() as AddressInfo).port}`;
});
test.afterAll(async () => {
  delete process.env['WORKBENCH_BRIDGE'];
  await app.close();
  for (const server of servers) server.close();
});
test.beforeEach(({ page }) => watch(page));

test('a node is at hand: status, PoST states, rewards, and its events live', async ({ page }) => {
  await page.goto(`${home}/node.html#/node`);
  await page.getByRole('button', { name: 'Ask home' }).click();
  const card = page.getByRole('region', { name: 'home', exact: true });
  await expect(card.getByText('v1.7.6')).toBeVisible();
  await expect(card.getByRole('row', { name: /local\.key proving/ })).toBeVisible();
  await expect(card.getByText('complete', { exact: true })).toBeVisible();
  await page.getByLabel(/^Of/).fill('31'.repeat(32));
  await page.getByRole('button', { name: 'List the rewards' }).click();
  await expect(page.getByText(/^3 rewards, .* SMH in all/)).toBeVisible();

  const parts = page.getByRole('navigation', { name: 'Parts of Node' });
  await parts.getByRole('link', { name: 'Events' }).click();
  await page.getByRole('button', { name: 'Follow' }).click();
  await expect(page.getByText(`Live from ${home}/bridge/0`)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Epochs', exact: true })).toContainText('Next:');
});

test('a proof from its beginning to its end, live', async ({ page }) => {
  await page.goto(`${home}/node.html#/node/proving`);
  await expect(page.getByLabel('Address')).toHaveValue(`${home}/bridge/post-service/0`);
  await page.getByRole('button', { name: 'Watch' }).click();
  await expect(page.getByText('Idle: no proof is being made.')).toBeVisible();
  status = '{"Proving":{"nonces":{"start":16,"end":32},"position":68719476736}}';
  await expect(page.getByText('16 to 31')).toBeVisible();
  await expect(page.getByText('25 %')).toBeVisible();
  status = '"DoneProving"';
  await expect(page.getByText('A proof is ready')).toBeVisible();
});

test('the PoST page has k2pow services search, which no page may ask itself', async ({ page }) => {
  powAsked = [];
  const [miner, difficulty] = ['ab'.repeat(32), `000dfb23b0979b4b${'00'.repeat(24)}`];
  await page.goto(`${home}/#/post/k2pow?nodeId=${miner}&units=1&difficulty=${difficulty}`);
  await page.getByRole('button', { name: /^Take the one/ }).click();
  await page.getByRole('button', { name: 'Ask the services' }).click();
  await expect(page.locator('pre[aria-label="the services’ counters"]')).toHaveText('0 25', {
    timeout: 20_000,
  });
  expect(new Set(powAsked)).toEqual(new Set([`/job/${miner}/0/${'00'.repeat(8)}/${difficulty}`]));
});
