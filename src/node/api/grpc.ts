/**
 * What only gRPC offers: events, smeshers, PoST states. A page cannot speak gRPC, which needs HTTP/2 trailers; it speaks
 * gRPC-Web to the workbench's own bridge (src/server/bridge.ts) or to any standard proxy. The messages are generated from
 * Spacemesh's public API definitions (spacemeshos/api 17a6abb, MIT) by protoc-gen-es, without their gateway options.
 */
import {
  fromJson,
  toJson,
  type DescMessage,
  type JsonValue,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Client } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { readBytes, toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { readEvent, type NodeEvent } from './events';
import { pageLimit, type Reward, type RewardFilter } from './gateway';
import { AdminService } from './generated/spacemesh/v1/admin_pb';
import { EventSchema } from './generated/spacemesh/v1/admin_types_pb';
import { NodeService } from './generated/spacemesh/v1/node_pb';
import {
  StatusResponseSchema,
  VersionResponseSchema,
  type StatusResponse,
} from './generated/spacemesh/v1/node_types_pb';
import { PostInfoService } from './generated/spacemesh/v1/post_pb';
import {
  PostState_State,
  PostStatesResponseSchema,
  type PostStatesResponse,
} from './generated/spacemesh/v1/post_types_pb';
import { SmesherService } from './generated/spacemesh/v1/smesher_pb';
import {
  PostSetupStatus_State,
  PostSetupStatusResponseSchema,
  SmesherIDsResponseSchema,
  type PostSetupStatusResponse,
} from './generated/spacemesh/v1/smesher_types_pb';
import {
  NetworkInfoResponseSchema,
  NetworkService,
  type NetworkInfoResponse,
} from './generated/spacemesh/v2alpha1/network_pb';
import { RewardService } from './generated/spacemesh/v2alpha1/reward_pb';
import type { NetworkClock } from '../log/life';
import { answersAtAll, browserObstacle, pageOrigin } from './probe';

export interface GrpcOptions {
  /** The bridge's address of one node: "http://localhost:4173/bridge/0". */
  readonly base: string;
  /** For tests, which have no page to send an origin. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface PostServiceState {
  /** Hex. */
  readonly smesher: string;
  /** The key file's name. */
  readonly name: string;
  readonly state: 'idle' | 'proving' | 'unknown';
}

export interface PostSetup {
  readonly state:
    'not started' | 'prepared' | 'in progress' | 'paused' | 'complete' | 'error' | 'unknown';
  readonly labelsWritten: bigint;
  readonly dataDir: string | undefined;
  readonly numUnits: number | undefined;
  readonly maxFileSize: bigint | undefined;
}

export interface GrpcStatus {
  readonly peers: bigint;
  readonly synced: boolean;
  readonly syncedLayer: number;
  readonly topLayer: number;
  readonly verifiedLayer: number;
}

/** When layer 0 began, how long a layer lasts, and how many an epoch has. */
export interface EpochClock extends NetworkClock {
  readonly layersPerEpoch: number;
}

const setupStates: Readonly<Record<PostSetupStatus_State, PostSetup['state']>> = {
  [PostSetupStatus_State.UNSPECIFIED]: 'unknown',
  [PostSetupStatus_State.NOT_STARTED]: 'not started',
  [PostSetupStatus_State.PREPARED]: 'prepared',
  [PostSetupStatus_State.IN_PROGRESS]: 'in progress',
  [PostSetupStatus_State.PAUSED]: 'paused',
  [PostSetupStatus_State.COMPLETE]: 'complete',
  [PostSetupStatus_State.ERROR]: 'error',
};

const readStatus = ({ status }: StatusResponse): GrpcStatus => ({
  peers: status?.connectedPeers ?? 0n,
  synced: status?.isSynced ?? false,
  syncedLayer: status?.syncedLayer?.number ?? 0,
  topLayer: status?.topLayer?.number ?? 0,
  verifiedLayer: status?.verifiedLayer?.number ?? 0,
});

const readClock = (info: NetworkInfoResponse): EpochClock => ({
  genesisMs: Number(info.genesisTime?.seconds ?? 0n) * 1000,
  layerMs:
    Number(info.layerDuration?.seconds ?? 0n) * 1000 + (info.layerDuration?.nanos ?? 0) / 1_000_000,
  layersPerEpoch: info.layersPerEpoch,
});

const readPostStates = ({ states }: PostStatesResponse): PostServiceState[] =>
  states.map(({ id, name, state }) => ({
    smesher: toHex(id),
    name,
    state:
      state === PostState_State.IDLE
        ? 'idle'
        : state === PostState_State.PROVING
          ? 'proving'
          : 'unknown',
  }));

const readPostSetup = ({ status }: PostSetupStatusResponse): PostSetup => ({
  state: setupStates[status?.state ?? PostSetupStatus_State.UNSPECIFIED],
  labelsWritten: status?.numLabelsWritten ?? 0n,
  dataDir: status?.opts?.dataDir,
  numUnits: status?.opts?.numUnits,
  maxFileSize: status?.opts?.maxFileSize,
});

/**
 * The same answers as grpcurl prints them: protobuf's JSON, with what has its default left out.
 * Each gives undefined for an object that does not fit.
 */
const fromPrinted =
  <S extends DescMessage, T>(schema: S, read: (message: MessageShape<S>) => T) =>
  (answer: unknown): T | undefined => {
    try {
      return read(fromJson(schema, answer as JsonValue, { ignoreUnknownFields: true }));
    } catch {
      return undefined;
    }
  };
export const printed = {
  status: fromPrinted(StatusResponseSchema, readStatus),
  clock: fromPrinted(NetworkInfoResponseSchema, readClock),
  version: fromPrinted(VersionResponseSchema, ({ versionString }) => versionString?.value ?? ''),
  smesherIds: fromPrinted(SmesherIDsResponseSchema, ({ publicKeys }) =>
    publicKeys.map((key) => toHex(key)),
  ),
  postStates: fromPrinted(PostStatesResponseSchema, readPostStates),
  postSetup: fromPrinted(PostSetupStatusResponseSchema, readPostSetup),
} as const;

/** One node over gRPC-Web. Reads only. Every call rejects with a WorkbenchError `grpc-…` or an AbortError. */
export class GrpcNode {
  readonly #base: string;
  readonly #node: Client<typeof NodeService>;
  readonly #admin: Client<typeof AdminService>;
  readonly #smesher: Client<typeof SmesherService>;
  readonly #post: Client<typeof PostInfoService>;
  readonly #network: Client<typeof NetworkService>;
  readonly #reward: Client<typeof RewardService>;

  constructor({ base, fetch }: GrpcOptions) {
    const transport = createGrpcWebTransport({
      baseUrl: base,
      // A node never redirects; another server must not send the request elsewhere.
      fetch: boundedFetch((input, init) =>
        (fetch ?? globalThis.fetch)(input, { ...init, credentials: 'omit', redirect: 'error' }),
      ),
    });
    this.#base = base;
    this.#node = createClient(NodeService, transport);
    this.#admin = createClient(AdminService, transport);
    this.#smesher = createClient(SmesherService, transport);
    this.#post = createClient(PostInfoService, transport);
    this.#network = createClient(NetworkService, transport);
    this.#reward = createClient(RewardService, transport);
  }

  async status(signal?: AbortSignal): Promise<GrpcStatus> {
    return readStatus(await this.#said(this.#node.status({}, only(signal)), signal));
  }

  async version(signal?: AbortSignal): Promise<string> {
    const { versionString } = await this.#said(this.#node.version({}, only(signal)), signal);
    return versionString?.value ?? '';
  }

  /** When layer 0 began and how long a layer lasts: what the time line needs. */
  async clock(signal?: AbortSignal): Promise<EpochClock> {
    return readClock(await this.#said(this.#network.info({}, only(signal)), signal));
  }

  /** Hex. */
  async smesherIds(signal?: AbortSignal): Promise<string[]> {
    const { publicKeys } = await this.#said(this.#smesher.smesherIDs({}, only(signal)), signal);
    return publicKeys.map((key) => toHex(key));
  }

  /** Every identity with its post service, supervised or not. */
  async postStates(signal?: AbortSignal): Promise<PostServiceState[]> {
    return readPostStates(await this.#said(this.#post.postStates({}, only(signal)), signal));
  }

  /** The supervised smesher's data. */
  async postSetup(signal?: AbortSignal): Promise<PostSetup> {
    return readPostSetup(await this.#said(this.#smesher.postSetupStatus({}, only(signal)), signal));
  }

  /** Oldest first, page by page. */
  async *rewards(filter: RewardFilter, signal?: AbortSignal): AsyncGenerator<Reward> {
    const { smesher, coinbase, fromLayer, toLayer } = filter;
    const request = {
      startLayer: fromLayer ?? 0,
      endLayer: toLayer ?? 0,
      limit: BigInt(pageLimit),
      ...(smesher !== undefined
        ? {
            filterBy: {
              case: 'smesher' as const,
              value: readBytes(smesher, 32, 'The smesher ID'),
            },
          }
        : coinbase !== undefined
          ? { filterBy: { case: 'coinbase' as const, value: coinbase } }
          : {}),
    };
    for (let offset = 0n; ; offset += BigInt(pageLimit)) {
      const list = this.#reward.list({ ...request, offset }, only(signal));
      const { rewards } = await this.#said(list, signal);
      for (const { layer, total, layerReward, coinbase: to, smesher: of } of rewards)
        yield {
          layer,
          totalSmidge: total,
          layerSmidge: layerReward,
          coinbase: to,
          smesher: toHex(of),
        };
      if (rewards.length < pageLimit) return;
    }
  }

  /** Events: the node first repeats its last hundred or so, then goes on live until the signal ends it. */
  async *events(signal: AbortSignal): AsyncGenerator<NodeEvent> {
    try {
      for await (const message of this.#admin.eventsStream({}, { signal })) {
        const event = readEvent(toJson(EventSchema, message, { alwaysEmitImplicit: true }));
        if (event) yield event;
      }
    } catch (error) {
      throw await explain(this.#base, error, signal);
    }
  }

  async #said<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw await explain(this.#base, error, signal);
    }
  }
}

/** A node sends at most 10 MiB by default (grpc-send-msg-size); its answers have kilobytes. */
const largestMessageBytes = 16 << 20;
const frameHeaderBytes = 5;

/**
 * Lets answers pass whose frames are of a bounded length: the transport allocates by the length that a frame's header
 * states, up to 4 GiB, before any byte of it has come.
 */
function boundedFrames(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(frameHeaderBytes));
  let filled = 0;
  let rest = 0;
  return new TransformStream({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length;) {
        if (rest > 0) {
          const skipped = Math.min(rest, chunk.length - at);
          rest -= skipped;
          at += skipped;
          continue;
        }
        header.setUint8(filled++, chunk[at++] ?? 0);
        if (filled < frameHeaderBytes) continue;
        filled = 0;
        rest = header.getUint32(1);
        if (rest > largestMessageBytes)
          throw new ConnectError(`a message of ${rest} bytes`, Code.ResourceExhausted);
      }
      controller.enqueue(chunk);
    },
  });
}

const boundedFetch =
  (fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)) =>
  async (...request: Parameters<typeof fetch>): Promise<Response> => {
    const response = await fetch(...request);
    if (!response.ok || !response.body) return response;
    // The transport would take any text for frames, and four letters of it for a length.
    const type = response.headers.get('content-type') ?? 'none';
    if (!type.startsWith('application/grpc-web'))
      throw new ConnectError(`an answer of type ${type.slice(0, 100)}`, Code.Unknown);
    return new Response(response.body.pipeThrough(boundedFrames()), response);
  };

const only = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

async function explain(
  base: string,
  thrown: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (signal?.aborted) return signal.reason;
  const error = ConnectError.from(thrown);
  const details = { grpcCode: Code[error.code] };
  switch (error.code) {
    case Code.Unimplemented:
      return new WorkbenchError(
        'grpc-no-such-service',
        'The node does not offer this on that listener. Admin and smesher are on grpc-private-listener (9093), PoST states on grpc-post-listener, the rest on grpc-public-listener (9092): name all three to the bridge.',
        details,
      );
    case Code.FailedPrecondition:
      return new WorkbenchError(
        'grpc-not-supervised',
        `The node is not set up for that: ${error.rawMessage}. With several identities (1:N) the smeshers and PoST states are what there is to see.`,
        details,
      );
    case Code.PermissionDenied:
      return new WorkbenchError(
        'grpc-forbidden',
        'The bridge refuses this: it answers the page that it was started for, and passes on questions only, never commands.',
        details,
      );
    case Code.ResourceExhausted:
      return new WorkbenchError(
        'grpc-answer-too-large',
        `The server at ${base} sent more than is read of one answer, or refuses to send more: ${error.rawMessage}. The most is ${largestMessageBytes >> 20} MiB. Check that this is the address of a node.`,
        { ...details, largestMessageBytes },
      );
    case Code.Unavailable:
      return new WorkbenchError(
        'grpc-node-unreachable',
        `The bridge runs, but the node does not answer: ${error.rawMessage}. Check that the node runs, and the address that the bridge was given.`,
        details,
      );
    default:
      return (await answersAtAll(base))
        ? new WorkbenchError(
            'grpc-failed',
            `Something answers at ${base}, but not as gRPC-Web to this page (${error.rawMessage}). A node's own ports speak gRPC, which no page can: use the bridge, npm start -- --node 127.0.0.1:9092,127.0.0.1:9093, or a gRPC-Web proxy that allows ${pageOrigin()}.`,
            details,
            { cause: error },
          )
        : new WorkbenchError(
            'grpc-unreachable',
            `Nobody answers at ${base}. Start the bridge with the node's listeners: npm start -- --node 127.0.0.1:9092,127.0.0.1:9093${browserObstacle(base)}`,
            details,
            { cause: error },
          );
  }
}

export interface EnvoyOptions {
  readonly publicListener: string;
  readonly privateListener: string;
  /** "" where PoST states are not wanted. */
  readonly postListener: string;
  /** The page's origin. */
  readonly origin: string;
  readonly port: number;
}

/** A configuration for Envoy, for those who rather use a standard gRPC-Web proxy than the bridge. */
export function envoyConfig({
  publicListener,
  privateListener,
  postListener,
  origin,
  port,
}: EnvoyOptions): string {
  const cluster = (name: string, listener: string): string => {
    const match = /^([\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(listener);
    if (!match)
      throw new WorkbenchError(
        'listener-invalid',
        'A listener is host:port, such as 127.0.0.1:9092.',
      );
    return `    - name: ${name}
      type: STRICT_DNS
      connect_timeout: 5s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config:
            http2_protocol_options: {}
      load_assignment:
        cluster_name: ${name}
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address: { address: ${JSON.stringify(match[1])}, port_value: ${match[2] ?? ''} }
`;
  };
  const route = (prefix: string, name: string): string =>
    `                          - match: { prefix: ${JSON.stringify(prefix)} }
                            route: { cluster: ${name}, timeout: 0s, max_stream_duration: { grpc_timeout_header_max: 0s } }
`;
  return `static_resources:
  listeners:
    - name: grpc_web
      address:
        socket_address: { address: 127.0.0.1, port_value: ${port} }
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                codec_type: AUTO
                stat_prefix: grpc_web
                route_config:
                  virtual_hosts:
                    - name: node
                      domains: ["*"]
                      typed_per_filter_config:
                        envoy.filters.http.cors:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
                          allow_origin_string_match: [{ exact: ${JSON.stringify(origin)} }]
                          allow_methods: "POST, OPTIONS"
                          allow_headers: "content-type, x-grpc-web, x-user-agent, grpc-timeout"
                          expose_headers: "grpc-status, grpc-message"
                      routes:
${route('/spacemesh.v1.AdminService/EventsStream', 'private')}${route('/spacemesh.v1.SmesherService/SmesherIDs', 'private')}${route('/spacemesh.v1.SmesherService/PostSetupStatus', 'private')}${postListener === '' ? '' : route('/spacemesh.v1.PostInfoService/', 'post')}${route('/spacemesh.v1.NodeService/', 'public')}${route('/spacemesh.v2alpha1.', 'public')}                http_filters:
                  - name: envoy.filters.http.cors
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors
                  - name: envoy.filters.http.grpc_web
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
${cluster('public', publicListener)}${cluster('private', privateListener)}${postListener === '' ? '' : cluster('post', postListener)}`;
}
