/** What a user wants to know of a running node, whichever way it was asked. */
import { WorkbenchError } from '../../base/error';
import {
  Gateway,
  networkInfo,
  nodeStatus,
  nodeVersion,
  readNodeStatus,
  readReward,
  rewards,
  type NodeStatus,
  type Reward,
  type NodeRewardFilter,
} from './gateway';
import { GrpcNode } from './grpc';
import {
  printed,
  type EpochClock,
  type GrpcStatus,
  type PostServiceState,
  type PostSetup,
} from './grpc-values';
import type { GrpcurlOutput } from './grpcurl';

export interface NodeView {
  readonly version: string;
  /** "synced", "syncing", "not synced" …; undefined where it was not reported. */
  readonly sync: string | undefined;
  readonly peers: number | undefined;
  /** The newest one first. */
  readonly layers: readonly { readonly title: string; readonly layer: number | undefined }[];
  readonly clock: EpochClock | undefined;
  /** Hex; the gateway does not tell. */
  readonly smeshers: readonly string[];
  readonly postStates: readonly PostServiceState[];
  readonly setup: PostSetup | undefined;
  /** What this way does not offer. */
  readonly notes: readonly string[];
}

/** What does not change while a node runs is asked once. */
type Constants = Pick<NodeView, 'version' | 'clock'>;
type StatusPart = Pick<NodeView, 'sync' | 'peers' | 'layers'>;

const ofGatewayStatus = (status: NodeStatus): StatusPart => ({
  sync: status.sync,
  peers: status.peers,
  layers: [
    { title: 'Current layer', layer: status.currentLayer },
    { title: 'Newest layer', layer: status.latestLayer },
    { title: 'Processed layer', layer: status.processedLayer },
    { title: 'Applied layer', layer: status.appliedLayer },
  ],
});

const ofGrpcStatus = (status: GrpcStatus): StatusPart => ({
  sync: status.synced ? 'synced' : 'not synced',
  peers: Number(status.peers),
  layers: [
    { title: 'Newest layer', layer: status.topLayer },
    { title: 'Synced layer', layer: status.syncedLayer },
    { title: 'Verified layer', layer: status.verifiedLayer },
  ],
});

/** One way to a node. Both calls reject with `gateway-…` or `grpc-…`, or an AbortError. */
export interface NodeSource {
  readonly view: (signal: AbortSignal) => Promise<NodeView>;
  /** Oldest first. */
  readonly rewards: (filter: NodeRewardFilter, signal: AbortSignal) => AsyncGenerator<Reward>;
}

/** @throws WorkbenchError `server-url-…` */
export function byGateway(address: string): NodeSource {
  const gateway = new Gateway(address);
  let constants: Constants | undefined;
  const view = async (signal: AbortSignal): Promise<NodeView> => {
    const status = await nodeStatus(gateway, signal);
    constants ??= {
      version: await nodeVersion(gateway, signal),
      clock: await networkInfo(gateway, signal),
    };
    return {
      ...constants,
      ...ofGatewayStatus(status),
      smeshers: [],
      postStates: [],
      setup: undefined,
      notes: [],
    };
  };
  return { view, rewards: (filter, signal) => rewards(gateway, filter, signal) };
}

/** By gRPC-Web. What this node's listeners do not offer becomes a note. */
export function byGrpc(base: string): NodeSource {
  const node = new GrpcNode({ base });
  let constants: Constants | undefined;
  const view = async (signal: AbortSignal): Promise<NodeView> => {
    const status = await node.status(signal);
    constants ??= { version: await node.version(signal), clock: await node.clock(signal) };
    const notes: string[] = [];
    const ifOffered = async <T>(answer: Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof WorkbenchError)) throw error;
        if (!notes.includes(error.message)) notes.push(error.message);
        return otherwise;
      }
    };
    const [smeshers, postStates, setup] = await Promise.all([
      ifOffered(node.smesherIds(signal), []),
      ifOffered(node.postStates(signal), []),
      ifOffered<PostSetup | undefined>(node.postSetup(signal), undefined),
    ]);
    return { ...constants, ...ofGrpcStatus(status), smeshers, postStates, setup, notes };
  };
  return { view, rewards: (filter, signal) => node.rewards(filter, signal) };
}

export interface PrintedNode {
  readonly view: NodeView;
  readonly rewards: readonly Reward[];
}

/** What grpcurl printed of one node; of several answers of a kind the last one. Undefined if none is of a node. */
export function viewOfAnswers(answers: GrpcurlOutput['answers']): PrintedNode | undefined {
  const last = (kind: string) => answers.findLast((one) => one.kind === kind)?.answer;
  const read = <T>(kind: string, reader: (answer: unknown) => T | undefined): T | undefined => {
    const answer = last(kind);
    return answer && reader(answer);
  };
  const v2Status = last('node-status');
  const v1Status = read('node-status-v1', printed.status);
  const listed = answers.flatMap(({ kind, answer }) =>
    kind === 'reward'
      ? [readReward(answer)]
      : kind === 'rewards' && Array.isArray(answer.rewards)
        ? (answer.rewards as (typeof answer)[]).map(readReward)
        : [],
  );
  const view: NodeView = {
    version: read('version', printed.version) ?? '',
    sync: undefined,
    peers: undefined,
    layers: [],
    ...(v1Status && ofGrpcStatus(v1Status)),
    ...(v2Status && ofGatewayStatus(readNodeStatus(v2Status))),
    clock: read('network-info', printed.clock),
    smeshers: read('smesher-ids', printed.smesherIds) ?? [],
    postStates: read('post-states', printed.postStates) ?? [],
    setup: read('post-setup', printed.postSetup),
    notes: [],
  };
  const said =
    view.version !== '' ||
    view.sync !== undefined ||
    view.clock !== undefined ||
    view.setup !== undefined ||
    view.smeshers.length + view.postStates.length + listed.length > 0;
  return said ? { view, rewards: listed } : undefined;
}
