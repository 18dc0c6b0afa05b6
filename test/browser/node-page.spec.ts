import { readFileSync } from 'node:fs';
import { createServer as createHttp2 } from 'node:http2';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, type Page } from '@playwright/test';
import { createBridge } from '../../src/server/bridge';
import { drop, expectNoViolations, watch } from './support/page';
import { test } from './support/shared-page';

const fixtures = 'test/data/node';
const text = (path: string): string => readFileSync(`${fixtures}/${path}`, 'utf8');
const captured = (name: string): string =>
  readFileSync(`${fixtures}/api/json-gateway/${name}.http`, 'latin1');
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);

const servers: { close(): unknown }[] = [];
test.afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A gateway that answers with what the real node did, and lets `origin` read it. */
function gateway(origin: string): Promise<string> {
  const answers: Readonly<Record<string, string>> = {
    '/spacemesh.v2alpha1.NodeService/Status': 'v2alpha1_node_status',
    '/v1/node/version': 'v1_node_version_POST',
    '/spacemesh.v2alpha1.NetworkService/Info': 'v2alpha1_network_info',
    '/spacemesh.v2alpha1.RewardService/List': 'v2alpha1_reward_list_coinbase',
  };
  return listen(
    createServer((request, response) => {
      const name = answers[request.url ?? ''];
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('content-type', 'application/json');
      if (name === undefined) response.writeHead(404).end('{"code":5,"message":"Not Found"}');
      else response.end(bodyOf(captured(name)));
    }),
  );
}

const tab = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of Node' }).getByRole('link', { name }).click();

test.beforeEach(async ({ page }) => {
  await watch(page);
  await page.goto('./node.html#/node');
});

test('a log is read in place: summary, search, the life of an ATX, the calendar', async ({
  page,
}) => {
  await drop(page, `${fixtures}/logs/A_json.log.gz`);
  await expect(page.getByRole('heading', { name: 'A_json.log.gz' })).toBeVisible();
  await expect(page.getByText('v1.7.6', { exact: true })).toBeVisible();
  const grid = page.getByRole('grid', { name: 'Log entries' });
  await expect(grid.getByRole('row').nth(3)).toBeVisible();

  await page.getByLabel('Level, at least').selectOption('WARN');
  await page.getByLabel('Service', { exact: true }).selectOption('node.hare');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(grid).toContainText('not voting on proposal from malicious identity');
  await expect(grid).not.toContainText('INFO');

  await page.getByLabel('Text (anywhere in the entry)').fill('surely not in this log');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('No entry matches.')).toBeVisible();

  const life = page.getByRole('region', { name: 'The life of an epoch' });
  await life.getByLabel('Smesher and epoch').selectOption({ label: '31b356…, epoch 2' });
  await expect(life).toContainText('PoST proof started');
  await expect(life).toContainText('published');
  const calendar = page.getByRole('region', { name: 'Eligibilities', exact: true });
  await expect(calendar).toContainText(/slots in\s+\d+ layers/);
  await expectNoViolations(page);
});

test('a post-service log, a console log and a file that is none', async ({ page }) => {
  await drop(page, `${fixtures}/logs/B_post_b1.log`);
  await expect(page.getByRole('heading', { name: 'B_post_b1.log' })).toBeVisible();
  await drop(page, `${fixtures}/logs/B_console.log.gz`);
  await expect(page.getByRole('heading', { name: 'B_console.log.gz' })).toBeVisible();
  await drop(page, { name: 'noise.log', bytes: Buffer.alloc(100_000, 0x78) });
  await expect(page.getByText(/No line of this file looks like a log/)).toBeVisible();
});

test('a config is checked, edited, merged and given as JSON; passwords stay covered', async ({
  page,
}) => {
  const config = JSON.parse(text('config/A.json')) as Record<string, unknown>;
  const secret = 'hunter2-hunter2';
  config['public-metrics'] = { 'metrics-push-pass': secret };
  await drop(page, { name: 'config.json', bytes: Buffer.from(JSON.stringify(config)) });
  await expect(page.getByText('Open: config.json')).toBeVisible();
  const shown = page.locator('pre[aria-label="the config, passwords covered"]');
  await expect(shown).toContainText('•••');
  expect(await page.content()).not.toContain(secret);

  await page.getByLabel('Find an option').fill('atxBuilder');
  await page.getByLabel('atxBuilder', { exact: true }).selectOption('debug');
  await expect(shown).toContainText('"atxBuilder": "debug"');
  await page.getByLabel('Find an option').fill('grpc-json-listener');
  await page.getByLabel('grpc-json-listener').fill('nonsense');
  await page.getByLabel('grpc-json-listener').press('Tab');
  await expect(page.getByText(/"grpc-json-listener" must be host:port/)).toBeVisible();

  await drop(page, {
    name: 'gateway.json',
    bytes: Buffer.from('{"api": {"grpc-json-listener": "127.0.0.1:9094"}}'),
  });
  await page.getByRole('button', { name: 'Merge' }).click();
  await expect(shown).toContainText('"grpc-json-listener": "127.0.0.1:9094"');
  await expect(page.getByText(/"grpc-json-listener" must be host:port/)).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download config.json with its passwords' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toContain(secret);
  await expectNoViolations(page);
});

/** The capture has each message with the time it came; grpcurl prints the messages alone. */
const printed = text('api/grpc/A_Admin_EventsStream.jsonl')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.stringify((JSON.parse(line) as { msg: unknown }).msg, null, 2));

test('events from grpcurl become epochs with what comes next', async ({ page }) => {
  await tab(page, 'Events');
  await page.getByLabel('Paste its output, or drop the file').fill(printed.slice(0, 30).join('\n'));
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(page.getByText('30 × events')).toBeVisible();
  const epochs = page.getByRole('region', { name: 'Epochs', exact: true });
  await expect(epochs.getByRole('article').first()).toContainText('ATX published');
  await expectNoViolations(page);
  // All of them by dropping the file: what came before is left out, and what comes once more.
  const all = { name: 'events.json', bytes: Buffer.from(printed.join('\n')) };
  const rows = page.getByRole('grid', { name: 'Events' });
  await drop(page, all);
  await expect(page.getByText('150 × events')).toBeVisible();
  await expect(epochs).toContainText('Next:');
  // To scale: the five steps of an epoch that is over, one behind the other.
  const bars = epochs.getByTestId('time-line').nth(2).locator('rect.done');
  await expect(bars).toHaveCount(5);
  const places = await bars.evaluateAll((all) => all.map((bar) => Number(bar.getAttribute('x'))));
  expect(places).toEqual([...new Set(places)].sort((x, y) => x - y));
  const count = await rows.getAttribute('aria-rowcount');
  await drop(page, all);
  await expect(rows).toHaveAttribute('aria-rowcount', count ?? '');
});

test('metrics of two nodes side by side, and the files that watch them', async ({ page }) => {
  await drop(page, `${fixtures}/metrics/A_supervised.prom`, `${fixtures}/metrics/B_1toN.prom`);
  const figures = page.getByRole('region', { name: 'Figures of the nodes' });
  await expect(figures.getByRole('columnheader')).toHaveText(['A_supervised.prom', 'B_1toN.prom']);
  await expect(figures.getByRole('row', { name: /^Sync synced synced/ })).toBeVisible();
  await page.getByLabel(/metrics listeners/).fill('10.0.0.1:1010, 10.0.0.2:1010');
  await expect(page.locator('pre[aria-label="the scrape config"]')).toContainText('10.0.0.2:1010');
  for (const name of ['Grafana dashboard', 'alert rules'])
    await expect(page.getByRole('button', { name: `Download the ${name}` })).toBeVisible();
  await expectNoViolations(page);
  // A node's own metrics listener lets no page read it.
  const server = await listen(createServer((_, response) => response.end('up 1\n')));
  await page.getByText('Paste or fetch them').click();
  await page.getByLabel('Address').fill(server);
  await page.getByRole('button', { name: 'Fetch' }).click();
  await expect(page.getByRole('alert')).toContainText(`curl ${server}/metrics`);
});

test('a running node by its gateway: status, version, rewards', async ({ page, baseURL }) => {
  const base = await gateway(new URL(baseURL ?? '').origin);
  await page.getByLabel('Address').fill(base);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const card = page.getByRole('region', { name: base });
  await expect(card.getByText('v1.7.6')).toBeVisible();
  await expect(card.getByText('synced', { exact: true })).toBeVisible();
  const { rewards } = JSON.parse(bodyOf(captured('v2alpha1_reward_list_coinbase'))) as {
    rewards: { coinbase: string }[];
  };
  await page.getByLabel(/^Of/).fill(rewards[0]?.coinbase ?? '');
  await page.getByRole('button', { name: 'List the rewards' }).click();
  await expect(page.getByText(/rewards, .* SMH in all/)).toBeVisible();
});

test('a node that refuses is distinguished from no node: what to set, and when it is tried again', async ({
  page,
}) => {
  const add = async (address: string) => {
    await page.getByLabel('Address').fill(address);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    return page.getByRole('region', { name: address });
  };
  const base = await gateway('http://elsewhere.example');
  const card = await add(base);
  await expect(card.getByRole('alert')).toContainText(`Something answers at ${base}`);
  await expect(card.getByRole('alert')).toContainText('grpc-cors-allowed-origins');
  const nobody = await add('http://127.0.0.1:9');
  await expect(nobody.getByRole('alert')).toContainText('No response from http://127.0.0.1:9');
  await expect(nobody.getByRole('alert')).toContainText('grpc-json-listener');
  await expect(card.getByText(/Trying again at/)).toBeVisible();
  await page.getByText('Envoy, instead of the bridge').click();
  await expect(page.locator('pre[aria-label="the Envoy config"]')).toContainText('grpc_web');
});

test('an address is remembered when asked to, and forgotten', async ({ page, baseURL }) => {
  const base = await gateway(new URL(baseURL ?? '').origin);
  await page.getByLabel('Address').fill(`${base}/`);
  await page.getByRole('button', { name: 'Remember this address' }).click();
  const hand = page.getByRole('region', { name: 'At hand' });
  await expect(hand).toContainText(base);
  await page.reload();
  await hand.getByRole('button', { name: `Ask ${base}` }).click();
  await expect(page.getByRole('region', { name: base }).getByText('v1.7.6')).toBeVisible();
  await hand.getByRole('button', { name: `Forget ${base}` }).click();
  await expect(hand).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Add a node' })).toBeVisible();
  await expect(hand).toHaveCount(0);
});

test('a node from what grpcurl printed of it, pasted and dropped', async ({ page }) => {
  const answer = (name: string) =>
    JSON.stringify(
      (JSON.parse(text(`api/grpc/${name}.json`)) as { response: unknown }).response,
      null,
      2,
    );
  await page.getByText('Paste what grpcurl prints').click();
  const field = page.getByLabel(/^Its output/);
  await field.fill(
    ['A_Node_Version', 'A_Node_Status', 'A_v2alpha1_NetworkInfo'].map(answer).join(''),
  );
  const section = page.getByRole('region', { name: 'From grpcurl' });
  await section.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(section.getByText('v1.7.6', { exact: true })).toBeVisible();
  await expect(section.getByText(/the next begins/)).toBeVisible();
  await drop(page, { name: 'states.json', bytes: Buffer.from(answer('A_PostInfo_PostStates')) });
  await expect(section.getByRole('row', { name: /local\.key proving/ })).toBeVisible();
  await field.fill('ERROR:\n  Code: Unimplemented\n  Message: unknown service');
  await section.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(section.getByRole('alert')).toContainText('grpc-private-listener');
  await drop(page, { name: 'holiday.bin', bytes: Buffer.from([0xff, 0xd8, 1, 2, 3]) });
  await expect(page.getByText('holiday.bin: not recognised')).toBeVisible();
});

test('ranges of two nodes from a Prometheus server, and what is to watch them', async ({
  page,
  baseURL,
}) => {
  const asked: URLSearchParams[] = [];
  const prometheus = await listen(
    createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      asked.push(url.searchParams);
      response.setHeader('access-control-allow-origin', new URL(baseURL ?? '').origin);
      response.setHeader('content-type', 'application/json');
      // As the HTTP API is documented: a matrix of [seconds, "value"].
      const end = Number(url.searchParams.get('end'));
      const peers = url.searchParams.get('query')?.startsWith('spacemesh_p2p_total_peers');
      const result = ['a:1010', 'b:1010'].map((instance, i) => ({
        metric: { __name__: 'spacemesh_p2p_total_peers', instance, job: 'spacemesh' },
        values: [
          [end - 60, String(20 + i)],
          [end, 'NaN'],
        ],
      }));
      response.end(
        JSON.stringify({
          status: 'success',
          data: { resultType: 'matrix', result: peers ? result : [] },
        }),
      );
    }),
  );
  await tab(page, 'Metrics');
  const section = page.getByRole('region', { name: 'From a Prometheus server' });
  await section.getByLabel('Server').fill(prometheus);
  await section.getByLabel(/Back from now/).fill('6');
  await section.getByRole('button', { name: 'Show the charts' }).click();
  await expect(section.getByRole('figure', { name: 'Peers' })).toContainText('b:1010');
  await expect(section.getByText('Memory: the server has nothing of that time.')).toBeVisible();
  const [first] = asked;
  expect(Number(first?.get('end')) - Number(first?.get('start'))).toBe(6 * 3600);
  expect(first?.get('step')).toBe('72s');

  const saved = async (name: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download the ${name}` }).click();
    return readFileSync(await (await download).path(), 'utf8');
  };
  const dashboard = JSON.parse(await saved('Grafana dashboard')) as { panels: unknown[] };
  expect(dashboard.panels).toHaveLength(12);
  expect(await saved('alert rules')).toMatch(/^groups:\n {2}- name: spacemesh\n {4}rules:\n/);
});

test('events live through the bridge', async ({ page, baseURL }) => {
  const frames = readFileSync(`${fixtures}/api/grpc/A_Admin_EventsStream.grpc.bin`);
  const node = createHttp2();
  servers.push(node);
  node.on('stream', (answer) => {
    answer.on('error', () => undefined);
    answer.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    answer.on('wantTrailers', () => {
      answer.sendTrailers({ 'grpc-status': '0' });
    });
    // Left open, as a live stream is.
    answer.write(frames);
  });
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  const { port } = node.address() as AddressInfo;
  const bridge = await listen(
    createBridge({
      origin: new URL(baseURL ?? '').origin,
      nodes: [{ private: `127.0.0.1:${port}` }],
    }),
  );
  await tab(page, 'Events');
  await page.getByLabel('Address of the bridge or proxy').fill(`${bridge}/0`);
  await page.getByRole('button', { name: 'Follow' }).click();
  await expect(page.getByText(`Live from ${bridge}/0`)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Epochs', exact: true })).toContainText('Next:');
  await page.getByRole('button', { name: 'Stop' }).click();
});

test('the progress of a proof from a pasted answer', async ({ page }) => {
  await tab(page, 'Proving');
  await page.getByText('Paste an answer').click();
  await page
    .getByLabel('Its answer')
    .fill('{"Proving":{"nonces":{"start":0,"end":16},"position":137438953472}}');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await expect(page.getByText('0 to 15')).toBeVisible();
  await expect(page.getByText('50 %')).toBeVisible();
  await expectNoViolations(page);
});

test('a log dropped on the first page is shown the way', async ({ page }) => {
  await page.goto('./index.html#/');
  await drop(page, `${fixtures}/logs/B_post_b1.log`);
  const link = page.getByRole('link', { name: /drop them on the Node page/ });
  await expect(link).toHaveAttribute('href', './node.html');
});

test('alerts: malfeasance of an own smesher, above every tab until it is dismissed', async ({
  page,
}) => {
  await page.goto('./node.html#/node/events');
  const text = readFileSync('test/data/node/api/grpc/M_Admin_EventsStream.jsonl', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"msg":'))
    .map((line) => JSON.stringify((JSON.parse(line) as { msg: unknown }).msg))
    .join('\n');
  await drop(page, { name: 'events.json', bytes: Buffer.from(text) });
  const banner = page.getByRole('alert').filter({ hasText: 'Smesher d7e9c5' });
  await expect(banner).toContainText('Proved malicious: ballot');
  await expect(banner).toContainText('2026-11-21 08:56');
  await expect(banner).toContainText('Stop smeshing with this key');
  for (const tab of ['Status', 'Logs', 'Metrics', 'Config', 'Proving', 'k2pow']) {
    await page.getByRole('link', { name: tab, exact: true }).click();
    await expect(banner).toBeVisible();
  }
  await expectNoViolations(page);
  await banner.getByRole('button', { name: 'Dismiss this message' }).click();
  await expect(banner).toHaveCount(0);
  // Dismissal hides what was there, and nothing new.
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  const failed = {
    timestamp: '2026-11-21T10:00:00Z',
    failure: true,
    help: 'Node failed PoST execution.',
    postComplete: { smesher: Buffer.alloc(32, 7).toString('base64') },
  };
  await page.getByLabel(/^Paste its output/).fill(JSON.stringify(failed));
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  const fresh = page.getByRole('alert').filter({ hasText: '1 alert' });
  await expect(fresh).toContainText('Node failed PoST execution');
  await expect(fresh).not.toContainText('malicious');
});
