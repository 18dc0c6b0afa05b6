/** The running nodes that are looked at, each asked again and again, with pauses that grow while it does not answer. */
import {
  Gateway,
  networkInfo,
  nodeStatus,
  nodeVersion,
  rewards,
  watch,
  type Reading,
  type Reward,
  type RewardFilter,
} from '../../node/gateway';
import { GrpcNode, type PostServiceState, type PostSetup } from '../../node/grpc';
import { serverUrl } from '../../node/prometheus';
import { WorkbenchError } from '../../protocol/error';

export type Door = 'gateway' | 'grpc';

/** What either door tells of a node. */
interface NodeView {
  readonly version: string;
  readonly sync: string;
  readonly synced: boolean;
  readonly peers: number | undefined;
  readonly layers: readonly { readonly title: string; readonly layer: number | undefined }[];
  readonly clock: {
    readonly genesisMs: number;
    readonly layerMs: number;
    readonly layersPerEpoch: number;
  };
  /** Hex; the gateway does not tell. */
  readonly smeshers: readonly string[];
  readonly postStates: readonly PostServiceState[];
  readonly setup: PostSetup | undefined;
  /** What this listener does not offer. */
  readonly notes: readonly string[];
}

/** What does not change while a node runs is asked once. */
type Constants = Pick<NodeView, 'version' | 'clock'>;

function askGateway(gateway: Gateway): (signal: AbortSignal) => Promise<NodeView> {
  let constants: Constants | undefined;
  return async (signal) => {
    const status = await nodeStatus(gateway, signal);
    constants ??= {
      version: await nodeVersion(gateway, signal),
      clock: await networkInfo(gateway, signal),
    };
    return {
      ...constants,
      sync: status.sync,
      synced: status.synced,
      peers: status.peers,
      layers: [
        { title: 'Current layer', layer: status.currentLayer },
        { title: 'Newest layer', layer: status.latestLayer },
        { title: 'Processed layer', layer: status.processedLayer },
        { title: 'Applied layer', layer: status.appliedLayer },
      ],
      smeshers: [],
      postStates: [],
      setup: undefined,
      notes: [],
    };
  };
}

function askGrpc(node: GrpcNode): (signal: AbortSignal) => Promise<NodeView> {
  let constants: Constants | undefined;
  return async (signal) => {
    const status = await node.status(signal);
    constants ??= { version: await node.version(signal), clock: await node.clock(signal) };
    const notes: string[] = [];
    // Which of these a node offers depends on its listeners and on how it smeshes.
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
    return {
      ...constants,
      sync: status.synced ? 'synced' : 'not synced',
      synced: status.synced,
      peers: Number(status.peers),
      layers: [
        { title: 'Newest layer', layer: status.topLayer },
        { title: 'Synced layer', layer: status.syncedLayer },
        { title: 'Verified layer', layer: status.verifiedLayer },
      ],
      smeshers,
      postStates,
      setup,
      notes,
    };
  };
}

export class NodeConnection {
  readonly door: Door;
  readonly base: string;
  readonly gateway: Gateway | undefined;
  /** The last answer that came, kept while the node does not answer. */
  view = $state.raw<NodeView>();
  reading = $state.raw<Reading<NodeView>>();
  retryAtMs = $state(0);
  readonly #abort = new AbortController();

  /** @throws WorkbenchError `server-url-…` */
  constructor(door: Door, address: string) {
    this.door = door;
    this.base = serverUrl(address);
    this.gateway = door === 'gateway' ? new Gateway(address) : undefined;
    const ask = this.gateway
      ? askGateway(this.gateway)
      : askGrpc(new GrpcNode({ base: this.base }));
    void watch(
      ask,
      (reading) => {
        this.reading = reading;
        if (reading.ok) this.view = reading.value;
        else this.retryAtMs = Date.now() + reading.retryInMs;
      },
      { signal: this.#abort.signal },
    );
  }

  close(): void {
    this.#abort.abort();
  }
}

/** An identity of a million SU has not so many since genesis. */
const mostRewards = 20_000;

class Nodes {
  connections = $state.raw<readonly NodeConnection[]>([]);

  /** @throws WorkbenchError `server-url-…`, `node-known` */
  add(door: Door, address: string): void {
    const base = serverUrl(address);
    if (this.connections.some((one) => one.base === base))
      throw new WorkbenchError('node-known', `${base} is being asked already.`);
    this.connections = [...this.connections, new NodeConnection(door, address)];
  }

  remove(connection: NodeConnection): void {
    connection.close();
    this.connections = this.connections.filter((one) => one !== connection);
  }
}

export const nodes = new Nodes();

/** Rewards as the node lists them, up to a bound. @throws WorkbenchError `gateway-…`; AbortError */
export async function listRewards(
  gateway: Gateway,
  filter: RewardFilter,
  signal: AbortSignal,
): Promise<readonly Reward[]> {
  const list: Reward[] = [];
  for await (const reward of rewards(gateway, filter, signal)) {
    if (list.length >= mostRewards) break;
    list.push(reward);
  }
  return list;
}
