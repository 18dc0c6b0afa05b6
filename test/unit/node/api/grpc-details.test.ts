// Calls over gRPC-Web down to their frames (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md): what is asked,
// what of an answer is taken, what a refusal says.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { EventSchema } from '../../../../src/node/api/generated/spacemesh/v1/admin_types_pb';
import {
  RewardListSchema,
  RewardRequestSchema,
  type RewardRequest,
} from '../../../../src/node/api/generated/spacemesh/v2alpha1/reward_pb';
import { envoyConfig, type EnvoyOptions } from '../../../../src/runbooks/envoy';
import { GrpcNode } from '../../../../src/node/api/grpc';
import { printed } from '../../../../src/node/api/grpc-values';

const base = 'http://127.0.0.1:1/bridge/0';

/** Flag, length, bytes. */
function frame(flag: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(5 + bytes.length);
  framed[0] = flag;
  new DataView(framed.buffer).setUint32(1, bytes.length);
  framed.set(bytes, 5);
  return framed;
}
const trailer = (status: number, message = '') =>
  frame(0x80, new TextEncoder().encode(`grpc-status: ${status}\r\ngrpc-message: ${message}\r\n`));
const answer = (...frames: Uint8Array<ArrayBuffer>[]) =>
  new Response(new Blob(frames), { headers: { 'content-type': 'application/grpc-web+proto' } });
const bodyOf = (init: RequestInit | undefined): Uint8Array => {
  if (!(init?.body instanceof Uint8Array)) throw new Error('a request without a body');
  return init.body.subarray(5);
};
const nodeThat = (
  respond: (init: RequestInit | undefined, url: string) => Response | Promise<Response>,
) =>
  new GrpcNode({
    base,
    fetch: (input, init) =>
      Promise.resolve(respond(init, input instanceof Request ? input.url : String(input))),
  });
async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('rewards', () => {
  const smesher = '31'.repeat(32);
  /** A node that has so many, in layers counted from 0. */
  function nodeWith(count: number) {
    const asked: RewardRequest[] = [];
    const node = nodeThat((init) => {
      const request = fromBinary(RewardRequestSchema, bodyOf(init));
      asked.push(request);
      const from = Number(request.offset);
      const rewards = Array.from(
        { length: Math.min(Number(request.limit), count - from) },
        (_, i) => ({
          layer: from + i,
          total: BigInt(from + i + 2),
          layerReward: BigInt(from + i + 1),
          coinbase: 'sm1…',
          smesher: new Uint8Array(32).fill(0x31),
        }),
      );
      return answer(
        frame(0, toBinary(RewardListSchema, create(RewardListSchema, { rewards }))),
        trailer(0),
      );
    });
    return { node, asked };
  }

  test.each([
    [0, [0n]],
    [99, [0n]],
    [100, [0n, 100n]],
    [250, [0n, 100n, 200n]],
  ])('%d come in pages of a hundred', async (count, offsets) => {
    const { node, asked } = nodeWith(count);
    const list = await listOf(node.rewards({}));
    expect(list.map(({ layer }) => layer)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual(
      offsets.map((at) => [at, 100n]),
    );
  });

  test('with every value', async () => {
    const { node } = nodeWith(1);
    expect(await listOf(node.rewards({}))).toEqual([
      { layer: 0, totalSmidge: 2n, layerSmidge: 1n, coinbase: 'sm1…', smesher },
    ]);
  });

  test('of a smesher, a coinbase, a span of layers, or all', async () => {
    const askedFor = async (filter: Parameters<GrpcNode['rewards']>[0]) => {
      const { node, asked } = nodeWith(0);
      await listOf(node.rewards(filter));
      const { startLayer, endLayer, filterBy } = asked[0] ?? expect.fail('nothing was asked');
      return { startLayer, endLayer, filterBy };
    };
    expect(await askedFor({})).toEqual({
      startLayer: 0,
      endLayer: 0,
      filterBy: { case: undefined },
    });
    expect(await askedFor({ fromLayer: 7, toLayer: 9 })).toMatchObject({
      startLayer: 7,
      endLayer: 9,
    });
    expect((await askedFor({ coinbase: 'sm1x' })).filterBy).toEqual({
      case: 'coinbase',
      value: 'sm1x',
    });
    expect((await askedFor({ smesher, coinbase: 'sm1x' })).filterBy).toEqual({
      case: 'smesher',
      value: new Uint8Array(32).fill(0x31),
    });
    await expect(askedFor({ smesher: '3131' })).rejects.toThrow(/The smesher ID/);
  });
});

describe('answers without a value', () => {
  test('of a version', async () => {
    const node = nodeThat(() => answer(frame(0, new Uint8Array()), trailer(0)));
    expect(await node.version()).toBe('');
  });

  test('of events: zeros are read, what has no time is left out', async () => {
    const beacon = { case: 'beacon' as const, value: { epoch: 0 } };
    const timeless = create(EventSchema, { details: beacon });
    const timed = create(EventSchema, { timestamp: { seconds: 7n }, details: beacon });
    const node = nodeThat(() =>
      answer(
        ...[timeless, timed].map((event) => frame(0, toBinary(EventSchema, event))),
        trailer(0),
      ),
    );
    expect(await listOf(node.events(new AbortController().signal))).toMatchObject([
      { timeMs: 7000, kind: 'beacon', targetEpoch: 0, failure: false },
    ]);
  });
});

describe('what grpcurl prints', () => {
  test('leaves out what has its default', () => {
    expect(printed.status({})).toEqual({
      peers: 0n,
      synced: false,
      syncedLayer: 0,
      topLayer: 0,
      verifiedLayer: 0,
    });
    expect(printed.clock({})).toEqual({ genesisMs: 0, layerMs: 0, layersPerEpoch: 0 });
    expect(printed.version({})).toBe('');
    expect(printed.smesherIds({})).toEqual([]);
    expect(printed.postStates({})).toEqual([]);
    expect(printed.postSetup({})).toEqual({
      state: 'unknown',
      labelsWritten: 0n,
      dataDir: undefined,
      numUnits: undefined,
      maxFileSize: undefined,
    });
    expect(printed.postSetup({ status: {} })).toMatchObject({
      state: 'unknown',
      labelsWritten: 0n,
    });
    expect(printed.status({ status: {} })).toMatchObject({ peers: 0n, topLayer: 0 });
  });

  test('every number at its place', () => {
    expect(
      printed.status({
        status: {
          connectedPeers: '5',
          isSynced: true,
          syncedLayer: { number: 1 },
          topLayer: { number: 2 },
          verifiedLayer: { number: 3 },
        },
      }),
    ).toEqual({ peers: 5n, synced: true, syncedLayer: 1, topLayer: 2, verifiedLayer: 3 });
    expect(
      printed.clock({
        genesisTime: '1970-01-01T00:00:07Z',
        layerDuration: '1.500s',
        layersPerEpoch: 4032,
      }),
    ).toEqual({ genesisMs: 7000, layerMs: 1500, layersPerEpoch: 4032 });
  });

  test('states by their names', () => {
    const setup = (state: string) => printed.postSetup({ status: { state } })?.state;
    expect(
      ['NOT_STARTED', 'PREPARED', 'IN_PROGRESS', 'PAUSED', 'COMPLETE', 'ERROR'].map((name) =>
        setup(`STATE_${name}`),
      ),
    ).toEqual(['not started', 'prepared', 'in progress', 'paused', 'complete', 'error']);
    expect(
      printed
        .postStates({ states: [{ state: 'IDLE' }, { state: 'PROVING', name: 'a.key' }, {}] })
        ?.map(({ state, name }) => [state, name]),
    ).toEqual([
      ['idle', ''],
      ['proving', 'a.key'],
      ['unknown', ''],
    ]);
  });

  test('what does not fit is none, what is unknown is left out', () => {
    expect(printed.version({ versionString: 7 })).toBeUndefined();
    expect(printed.status({ status: { connectedPeers: 'many' } })).toBeUndefined();
    for (const nothing of [null, undefined, 7, 'x', []])
      expect(printed.version(nothing)).toBeUndefined();
    expect(printed.version({ versionString: { value: 'v9' }, later: true })).toBe('v9');
  });
});

describe('a refusal', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  test.each([
    [12, 'grpc-no-such-service', 'Unimplemented', /grpc-private-listener/],
    [9, 'grpc-not-supervised', 'FailedPrecondition', /for that: the node's words\./],
    [7, 'grpc-forbidden', 'PermissionDenied', /never commands/],
    [14, 'grpc-node-unreachable', 'Unavailable', /the node's words/],
    // Nobody is at this address, whatever came from there.
    [13, 'grpc-unreachable', 'Internal', /npm start/],
  ])('of status %d is %s', async (status, code, grpcCode, message) => {
    const node = nodeThat(() => answer(trailer(status, "the node's words")));
    for (const call of [
      node.status(),
      node.version(),
      listOf(node.events(new AbortController().signal)),
    ])
      await expect(call).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
        details: { grpcCode },
      });
  });

  test('of a server that is not a bridge', async () => {
    const server = createServer((_, response) => response.end('hello'));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(new GrpcNode({ base: there }).status()).rejects.toMatchObject({
      code: 'grpc-failed',
      message: expect.stringContaining(`Something answers at ${there}`) as string,
      cause: expect.objectContaining({ name: 'ConnectError' }) as object,
    });
  });

  test('GrpcNode: no server at the address, grpc-unreachable', async () => {
    await expect(new GrpcNode({ base }).status()).rejects.toMatchObject({
      code: 'grpc-unreachable',
      message: expect.stringContaining(`No response from ${base}`) as string,
      cause: expect.objectContaining({ name: 'ConnectError' }) as object,
    });
  });
});

describe('a call that is no longer wanted', () => {
  /** As fetch does: it ends when its signal reports it, also if that was before. */
  const waiting = () =>
    nodeThat(
      (init) =>
        new Promise((_, reject) => {
          const { signal } = init ?? {};
          const end = () => {
            reject(signal?.reason as Error);
          };
          if (signal?.aborted) end();
          signal?.addEventListener('abort', end);
        }),
    );
  const reason = new DOMException('enough', 'AbortError');

  test.each<[string, (node: GrpcNode, signal: AbortSignal) => Promise<unknown>]>([
    ['status', (node, signal) => node.status(signal)],
    ['version', (node, signal) => node.version(signal)],
    ['clock', (node, signal) => node.clock(signal)],
    ['smesherIds', (node, signal) => node.smesherIds(signal)],
    ['postStates', (node, signal) => node.postStates(signal)],
    ['postSetup', (node, signal) => node.postSetup(signal)],
    ['rewards', (node, signal) => listOf(node.rewards({}, signal))],
    ['events', (node, signal) => listOf(node.events(signal))],
  ])('%s ends with the reason', async (_name, call) => {
    const stop = new AbortController();
    const result = call(waiting(), stop.signal);
    stop.abort(reason);
    await expect(result).rejects.toBe(reason);
  });
});

describe('a configuration for Envoy', () => {
  const options: EnvoyOptions = {
    publicListener: '127.0.0.1:9092',
    privateListener: 'node-1.lan:9093',
    postListener: '[::1]:9095',
    origin: 'https://x.org',
    port: 8080,
  };
  interface Parsed {
    static_resources: {
      listeners: [
        {
          address: { socket_address: { address: string; port_value: number } };
          filter_chains: [
            {
              filters: [
                {
                  typed_config: {
                    route_config: {
                      virtual_hosts: [
                        { routes: { match: { prefix: string }; route: { cluster: string } }[] },
                      ];
                    };
                    http_filters: { name: string }[];
                  };
                },
              ];
            },
          ];
        },
      ];
      clusters: {
        name: string;
        load_assignment: {
          endpoints: [
            {
              lb_endpoints: [
                {
                  endpoint: {
                    address: { socket_address: { address: string; port_value: number } };
                  };
                },
              ];
            },
          ];
        };
      }[];
    };
  }
  const read = (of: EnvoyOptions) => {
    const { static_resources: has } = parseYaml(envoyConfig(of)) as Parsed;
    const [{ address, filter_chains: chains }] = has.listeners;
    const [{ typed_config: config }] = chains[0].filters;
    return {
      listens: address.socket_address,
      filters: config.http_filters.map(({ name }) => name.split('.').at(-1)),
      routes: config.route_config.virtual_hosts[0].routes.map(({ match, route }) => [
        match.prefix,
        route.cluster,
      ]),
      clusters: has.clusters.map(({ name, load_assignment: { endpoints } }) => [
        name,
        endpoints[0].lb_endpoints[0].endpoint.address.socket_address,
      ]),
    };
  };

  test('leads each question to its listener, and no command', () => {
    expect(read(options)).toEqual({
      listens: { address: '127.0.0.1', port_value: 8080 },
      filters: ['cors', 'grpc_web', 'router'],
      routes: [
        ['/spacemesh.v1.AdminService/EventsStream', 'private'],
        ['/spacemesh.v1.SmesherService/SmesherIDs', 'private'],
        ['/spacemesh.v1.SmesherService/PostSetupStatus', 'private'],
        ['/spacemesh.v1.PostInfoService/', 'post'],
        ['/spacemesh.v1.NodeService/', 'public'],
        ['/spacemesh.v2alpha1.', 'public'],
      ],
      clusters: [
        ['public', { address: '127.0.0.1', port_value: 9092 }],
        ['private', { address: 'node-1.lan', port_value: 9093 }],
        ['post', { address: '[::1]', port_value: 9095 }],
      ],
    });
  });

  test('without PoST states neither route nor cluster for them', () => {
    const { routes, clusters } = read({ ...options, postListener: '' });
    expect(routes.map(([, cluster]) => cluster)).not.toContain('post');
    expect(clusters.map(([name]) => name)).toEqual(['public', 'private']);
    expect(routes).toHaveLength(5);
  });

  test.each([
    '',
    '127.0.0.1',
    'x:1 }',
    ' x:1',
    'x:123456',
    'x:',
    'a b:1',
    '"x":1',
    '[::1:1',
    '[x]:1',
    'http://x:1',
  ])('refuses the listener %j', (publicListener) => {
    expect(() => envoyConfig({ ...options, publicListener })).toThrow(
      expect.objectContaining({ code: 'listener-invalid' }),
    );
  });
});

describe('answers of any length', () => {
  /** A frame of which only the first bytes come: its header promises the rest. */
  const promising = (length: number) => {
    const head = frame(0, new Uint8Array(10));
    new DataView(head.buffer).setUint32(1, length);
    return head;
  };

  test.each([16 * 2 ** 20 + 1, 0xffff_ffff])(
    'a frame that promises %i bytes: refused before they are asked for',
    async (length) => {
      const node = nodeThat(() => answer(promising(length)));
      await expect(node.status()).rejects.toMatchObject({
        code: 'grpc-answer-too-large',
        details: { largestMessageBytes: 16 * 2 ** 20 },
      });
    },
  );

  test('a page in place of frames: refused by its type, and not read', async () => {
    const page = new Response('hello, this is a page', {
      headers: { 'content-type': 'text/html' },
    });
    const node = nodeThat(() => page);
    await expect(node.status()).rejects.toMatchObject({
      cause: expect.objectContaining({ rawMessage: 'an answer of type text/html' }) as object,
    });
    expect(page.bodyUsed).toBe(false);
  });

  test('a header that comes in single bytes, after another frame: read, and its length checked', async () => {
    const bytes = new Uint8Array(
      await new Blob([frame(0, new Uint8Array()), promising(0x7fff_ffff)]).arrayBuffer(),
    );
    const node = nodeThat(
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => {
              for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
              controller.close();
            },
          }),
          { headers: { 'content-type': 'application/grpc-web+proto' } },
        ),
    );
    await expect(node.status()).rejects.toMatchObject({ code: 'grpc-answer-too-large' });
  });
});
