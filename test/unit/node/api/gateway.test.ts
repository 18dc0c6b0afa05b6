import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  activations,
  Gateway,
  networkInfo,
  nodeStatus,
  nodeVersion,
  rewards,
  watch,
  type Reading,
} from '../../../../src/node/api/gateway';
import {
  fetchServiceStatus,
  parseServiceStatus,
  passProgress,
  readServiceStatus,
} from '../../../../src/node/api/operator';

const api = new URL('../../../data/node/api/', import.meta.url);
interface Captured {
  name: string;
  kind: string;
  url: string;
  method: string;
}
const index = JSON.parse(readFileSync(new URL('index.json', api), 'utf8')) as Captured[];

/** Answers with the bytes that a real node sent, head and all. */
const answers = new Map<string, Buffer>();
for (const { name, kind, url, method } of index) {
  if (kind !== 'json-gateway') continue;
  const key = `${method} ${new URL(url).pathname}`;
  if (answers.has(key)) continue;
  answers.set(key, readFileSync(new URL(`json-gateway/${name}.http`, api)));
}

let server: Server;
let gateway: Gateway;
const listen = async (listening: Server): Promise<string> => {
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  server = createServer((socket) => {
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1');
      const match = /^(\w+) (\S+) HTTP[^]*?\r\n\r\n/.exec(head);
      if (!match) return;
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (head.length < match[0].length + length) return;
      const answer = answers.get(`${match[1] ?? ''} ${match[2] ?? ''}`);
      socket.end(answer ?? 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    });
  });
  gateway = new Gateway(await listen(server));
});
afterAll(() => server.close());

const first = async <T>(items: AsyncIterable<T>): Promise<T | undefined> => {
  for await (const item of items) return item;
  return undefined;
};

describe('a real node behind the JSON gateway', () => {
  test('status, network, version', async () => {
    expect(await nodeStatus(gateway)).toEqual({
      peers: 3,
      synced: true,
      sync: 'synced',
      currentLayer: 100,
      latestLayer: 99,
      processedLayer: 99,
      appliedLayer: 99,
    });
    expect(await networkInfo(gateway)).toEqual({
      genesisMs: Date.parse('2026-11-21T08:46:50Z'),
      layerMs: 6000,
      layersPerEpoch: 10,
      effectiveGenesisLayer: 19,
      labelsPerUnit: 64n,
      genesisId: 'e0d85b30c51b60bea1fd776ac203a10b80f08f12',
      hrp: 'stest',
    });
    expect(await nodeVersion(gateway)).toBe('v1.7.6');
  });

  test('rewards and activations', async () => {
    expect(await first(rewards(gateway, {}))).toEqual({
      layer: 21,
      totalSmidge: 21_824_995_193n,
      layerSmidge: 21_824_995_193n,
      coinbase: 'stest1qqqqqqz2ak2pgy0erzzlfyapgj4mntxj3sq44tgjlxzqh',
      smesher: '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55',
    });
    expect(await first(activations(gateway, {}))).toMatchObject({
      id: '08978cd937da202252a695db910b4b5555e7b75e70b887c11d649636f54f738a',
      publishEpoch: 1,
      weight: 23_854n,
      numUnits: 2,
    });
  });

  test.each([
    ['/v1/smesher/issmeshing', 'gateway-no-such-service'],
    ['/spacemesh.v1.NodeService/StatusStream', 'gateway-no-streams'],
    ['/nothing/here', 'gateway-foreign-answer'],
  ])('%s: %s', async (path, code) => {
    await expect(gateway.call(path)).rejects.toMatchObject({ code });
  });

  test('a limit that the node refuses', async () => {
    const refused = readFileSync(
      new URL('json-gateway/v2alpha1_reward_list_limit101_error.http', api),
    );
    const strict = createServer((socket) => socket.once('data', () => socket.end(refused)));
    const base = await listen(strict);
    await expect(new Gateway(base).call('/x')).rejects.toMatchObject({
      code: 'gateway-refused',
      message: expect.stringContaining('limit is capped at 100') as string,
    });
    strict.close();
  });
});

describe('settings that an error names', () => {
  test('no server listens', async () => {
    await expect(new Gateway('127.0.0.1:1').call('/x')).rejects.toMatchObject({
      code: 'gateway-unreachable',
      details: { setting: 'api/grpc-json-listener' },
    });
  });

  test('the gRPC port answers with HTTP/2', async () => {
    const frame = readFileSync(new URL('cors/grpc_public_port_http1.http', api));
    const grpc = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(frame));
    });
    const base = await listen(grpc);
    await expect(new Gateway(base).call('/v1/node/status')).rejects.toMatchObject({
      code: 'gateway-unreachable',
    });
    grpc.close();
  });

  test('an abort is an abort', async () => {
    await expect(gateway.call('/v1/node/status', {}, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('lists', () => {
  test('are paged with 100 at a time, to the end', async () => {
    const asked: unknown[] = [];
    const many = createHttp((request, response) => {
      let body = '';
      request.on('data', (bytes: Buffer) => (body += bytes.toString()));
      request.on('end', () => {
        const { limit, offset, smesher } = JSON.parse(body) as Record<string, number>;
        asked.push([limit, offset, smesher]);
        const left = Math.max(0, Math.min(limit ?? 0, 250 - (offset ?? 0)));
        const page = Array.from({ length: left }, (_, i) => ({
          layer: (offset ?? 0) + i,
          total: '1',
        }));
        response.end(JSON.stringify({ rewards: page }));
      });
    });
    const base = await listen(many);
    const layers: number[] = [];
    const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
    for await (const { layer } of rewards(new Gateway(base), { smesher })) layers.push(layer);
    expect(layers).toEqual(Array.from({ length: 250 }, (_, i) => i));
    const id = 'MbNW10JaZgEguar626d5pRPBcm2SIchGFNzTIABeLFU=';
    expect(asked).toEqual([
      [100, 0, id],
      [100, 100, id],
      [100, 200, id],
    ]);
    many.close();
  });
});

describe('watching', () => {
  test('goes on after failures, waits longer each time, and ends with its signal', async () => {
    const stop = new AbortController();
    const readings: Reading<number>[] = [];
    let calls = 0;
    const ask = async () => {
      if (++calls <= 3) await new Gateway('127.0.0.1:1').call('/x');
      return calls;
    };
    await watch(
      ask,
      (reading) => {
        readings.push(reading);
        if (reading.ok) stop.abort();
      },
      { signal: stop.signal, intervalMs: 4, longestPauseMs: 9 },
    );
    expect(readings.map(({ ok }) => ok)).toEqual([false, false, false, true]);
    for (const reading of readings)
      if (!reading.ok) expect(reading.retryInMs).toBeLessThanOrEqual(9 * 1.25);
  });
});

describe("post-service's operator API", () => {
  test('states', () => {
    expect(readServiceStatus('Idle')).toEqual({ state: 'idle' });
    expect(readServiceStatus('DoneProving')).toEqual({ state: 'done' });
    expect(
      readServiceStatus({ Proving: { nonces: { start: 128, end: 256 }, position: 5e9 } }),
    ).toEqual({ state: 'proving', nonces: [128, 256], positionBytes: 5e9 });
    expect(passProgress(5e9, 2e10)).toBe(0.25);
    for (const answer of [null, 'idle', {}, { Proving: null }, { Proving: { nonces: [1, 2] } }, 7])
      expect(() => readServiceStatus(answer)).toThrow(
        expect.objectContaining({ code: 'operator-status-unknown' }),
      );
  });

  test('parseServiceStatus: what curl printed, its state', () => {
    expect(parseServiceStatus('"DoneProving"\n')).toEqual({ state: 'done' });
  });

  test.each([
    ['text that is not JSON', 'Proving', 'This is not JSON. Paste everything that curl printed.'],
    ['64 KiB and more', `"${'a'.repeat(1 << 16)}"`, 'at most 64 KiB are read as the status of'],
  ])('parseServiceStatus: %s, refused with what to paste', (_, text, message) => {
    expect(() => parseServiceStatus(text)).toThrow(message);
  });

  test('the real one', async () => {
    expect(await fetchServiceStatus(gateway.base)).toEqual({ state: 'idle' });
    await expect(fetchServiceStatus('127.0.0.1:1/status')).rejects.toMatchObject({
      code: 'operator-unreachable',
    });
  });
});
