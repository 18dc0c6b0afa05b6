import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { K2powRequest } from '../../../../src/post/k2pow/k2pow';
import { remoteK2pow, type RemotePowProgress } from '../../../../src/post/k2pow/service';

type Outcome = (path: string) => { status: number; text: string };

/** A service as post-rs's README describes it: one job at a time, answers are remembered. */
class Service {
  readonly asked: string[] = [];
  readonly #asksUntilDone: number;
  readonly #outcome: Outcome;
  readonly #server: Server;
  readonly #answers = new Map<string, { status: number; text: string }>();
  #current: { path: string; asks: number } | undefined;

  constructor(asksUntilDone: number, outcome: Outcome) {
    this.#asksUntilDone = asksUntilDone;
    this.#outcome = outcome;
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const { status, text } = this.#answer(path);
      response.writeHead(status).end(text);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(path: string): { status: number; text: string } {
    const known = this.#answers.get(path);
    if (known) return known;
    if (this.#current && this.#current.path !== path) return { status: 429, text: '' };
    this.#current = { path, asks: (this.#current?.asks ?? 0) + 1 };
    if (this.#current.asks > this.#asksUntilDone) {
      this.#answers.set(path, this.#outcome(path));
      this.#current = undefined;
      return this.#answers.get(path) ?? { status: 500, text: '' };
    }
    return { status: 201, text: '' };
  }
}

const running: Service[] = [];
async function start(
  asksUntilDone: number,
  outcome: Outcome = (path) => ({ status: 200, text: `${group(path) + 1000n}` }),
): Promise<{ service: Service; url: string }> {
  const service = new Service(asksUntilDone, outcome);
  running.push(service);
  return { service, url: await service.listen() };
}
afterEach(() => {
  for (const service of running.splice(0)) service.close();
});

const group = (path: string): bigint => BigInt(path.split('/')[3] ?? '');
const requests = (count: number): K2powRequest[] =>
  Array.from({ length: count }, (_, nonceGroup) => ({
    challenge: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
    nonceGroup,
    nodeId: new Uint8Array(32).fill(0xab),
    difficulty: new Uint8Array(32).fill(0x0f),
  }));
const counters = (count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => 1000n + BigInt(i));

test('asks in the words of the service until it has the counter', async () => {
  const { service, url } = await start(2);
  const services = [`${url}/`];
  expect(await remoteK2pow(requests(1), { services, backoffMs: 1 })).toEqual([1000n]);
  const path = `/job/${'ab'.repeat(32)}/0/0102030405060708/${'0f'.repeat(32)}`;
  expect(service.asked).toEqual([path, path, path]);
});

test('several groups on several services, each service with one at a time', async () => {
  const [a, b] = [await start(2), await start(4)];
  const seen: RemotePowProgress[] = [];
  const found = await remoteK2pow(
    requests(6),
    { services: [a.url, b.url], backoffMs: 1 },
    { onProgress: (progress) => void seen.push(progress) },
  );
  expect(found).toEqual(counters(6));
  expect(a.service.asked.length).toBeGreaterThan(0);
  expect(b.service.asked.length).toBeGreaterThan(0);
  expect(seen.at(-1)).toMatchObject({
    ...{ done: 6, total: 6, unit: 'k2pow' },
    jobs: found.map(() => ({ state: 'found' })),
  });
  for (const { jobs } of seen)
    expect(jobs.filter(({ state }) => state === 'working').length).toBeLessThanOrEqual(2);
});

test('more simultaneous jobs than services wait for each other', async () => {
  const { url } = await start(1);
  const options = { services: [url], parallel: 4, backoffMs: 1 };
  expect(await remoteK2pow(requests(5), options)).toEqual(counters(5));
});

test('goes on with the rest when a service goes away', async () => {
  const [gone, alive] = [await start(1000), await start(2)];
  const promise = remoteK2pow(requests(2), { services: [gone.url, alive.url], backoffMs: 5 });
  setTimeout(() => gone.service.close(), 20);
  expect(await promise).toEqual(counters(2));
});

test('a counter beyond 2^53 is kept exactly', async () => {
  const { url } = await start(0, () => ({ status: 200, text: '72057594037927935\n' }));
  const found = await remoteK2pow(requests(1), { services: [url], backoffMs: 1 });
  expect(found).toEqual([(1n << 56n) - 1n]);
});

test('an error of the service is passed on with its words', async () => {
  const { url } = await start(1, () => ({ status: 500, text: 'proof of work not found' }));
  await expect(remoteK2pow(requests(3), { services: [url], backoffMs: 1 })).rejects.toMatchObject({
    code: 'pow-service-failed',
    message: expect.stringContaining('proof of work not found') as string,
  });
});

test.each([
  [404, 'Not Found'],
  [200, '<html>'],
  [200, '18446744073709551616'],
])('%i with “%s” is not a k2pow service', async (status, text) => {
  const { url } = await start(0, () => ({ status, text }));
  await expect(remoteK2pow(requests(1), { services: [url], backoffMs: 1 })).rejects.toMatchObject({
    code: 'pow-service-answer',
  });
});

test('no service at all', async () => {
  await expect(remoteK2pow(requests(1), { services: [] })).rejects.toMatchObject({
    code: 'pow-service-none',
  });
  await expect(remoteK2pow(requests(1), { services: ['10.0.0.7'] })).rejects.toMatchObject({
    code: 'pow-service-address',
  });
});

test('gives up when there is no response', async () => {
  const { service, url } = await start(1);
  service.close();
  await expect(remoteK2pow(requests(1), { services: [url], backoffMs: 1 })).rejects.toMatchObject({
    code: 'pow-service-unreachable',
  });
});

test('a cancel ends the waiting, and the same call later fetches the answer', async () => {
  const { url } = await start(2);
  const controller = new AbortController();
  const cancelled = remoteK2pow(
    requests(1),
    { services: [url], backoffMs: 60_000 },
    { signal: controller.signal, onProgress: () => controller.abort() },
  );
  await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
  expect(await remoteK2pow(requests(1), { services: [url], backoffMs: 1 })).toEqual([1000n]);
});
