/**
 * What only gRPC offers: events, smeshers, PoST states. A page cannot speak gRPC, which needs HTTP/2 trailers; it speaks
 * gRPC-Web to the workbench's own bridge (src/server/bridge.ts) or to any standard proxy. The messages are generated from
 * Spacemesh's public API definitions (spacemeshos/api 17a6abb, MIT) by protoc-gen-es, without their gateway options.
 */
import { toJson } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Client } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { readBytes, toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { readEvent, type NodeEvent } from './events';
import { pageLimit, type Reward, type NodeRewardFilter } from './gateway';
import { AdminService } from './generated/spacemesh/v1/admin_pb';
import { EventSchema } from './generated/spacemesh/v1/admin_types_pb';
import { NodeService } from './generated/spacemesh/v1/node_pb';
import { PostInfoService } from './generated/spacemesh/v1/post_pb';
import { SmesherService } from './generated/spacemesh/v1/smesher_pb';
import { NetworkService } from './generated/spacemesh/v2alpha1/network_pb';
import { RewardService } from './generated/spacemesh/v2alpha1/reward_pb';
import { answersAtAll, browserObstacle, pageOrigin } from './probe';
import {
  type PostServiceState,
  type PostSetup,
  type GrpcStatus,
  type EpochClock,
  readStatus,
  readClock,
  readPostStates,
  readPostSetup,
} from './grpc-values';

export interface GrpcOptions {
  /** The bridge's address of one node: "http://localhost:4173/bridge/0". */
  readonly base: string;
  /** For tests, which have no page to send an origin. */
  readonly fetch?: typeof globalThis.fetch;
}

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
  async *rewards(filter: NodeRewardFilter, signal?: AbortSignal): AsyncGenerator<Reward> {
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
            `No response from ${base}. Start the bridge with the node's listeners: npm start -- --node 127.0.0.1:9092,127.0.0.1:9093${browserObstacle(base)}`,
            details,
            { cause: error },
          );
  }
}
