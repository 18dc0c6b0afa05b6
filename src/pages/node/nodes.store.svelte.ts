/** The running nodes that are looked at, each asked again and again, with pauses that grow while it does not answer. */
import { watch, type Reading, type Reward, type NodeRewardFilter } from '../../node/api/gateway';
import type { GrpcurlOutput } from '../../node/api/grpcurl';
import {
  byGateway,
  byGrpc,
  viewOfAnswers,
  type NodeSource,
  type NodeView,
  type PrintedNode,
} from '../../node/api/view';
import { serverUrl } from '../../node/metrics/prometheus';
import { readPrintedText } from '../../node/texts';
import { WorkbenchError } from '../../base/error';

export type ApiKind = 'gateway' | 'grpc';

/** An identity of a million SU has fewer since genesis. */
const mostRewards = 20_000;

/** The sum over a list that is not complete is not the sum of all rewards. */
export interface RewardList {
  readonly rewards: readonly Reward[];
  readonly isComplete: boolean;
}

export class NodeConnection {
  readonly api: ApiKind;
  readonly base: string;
  /** As the bridge calls it, or its address. */
  readonly name: string;
  /** The last answer that came, kept while the node does not answer. */
  view = $state.raw<NodeView>();
  reading = $state.raw<Reading<NodeView>>();
  retryAtMs = $state(0);
  readonly #abort = new AbortController();
  readonly #source: NodeSource;

  /** @throws WorkbenchError `server-url-…` */
  constructor(api: ApiKind, address: string, name?: string) {
    this.api = api;
    this.base = serverUrl(address);
    this.name = name ?? this.base;
    this.#source = api === 'gateway' ? byGateway(this.base) : byGrpc(this.base);
    void watch(
      this.#source.view,
      (reading) => {
        this.reading = reading;
        if (reading.ok) this.view = reading.value;
        else this.retryAtMs = Date.now() + reading.retryInMs;
      },
      { signal: this.#abort.signal },
    );
  }

  /** Rewards as the node lists them, up to a bound. Rejects with `gateway-…`, `grpc-…` or an AbortError. */
  async rewards(filter: NodeRewardFilter, signal: AbortSignal): Promise<RewardList> {
    const list: Reward[] = [];
    for await (const reward of this.#source.rewards(filter, signal)) {
      if (list.length >= mostRewards) return { rewards: list, isComplete: false };
      list.push(reward);
    }
    return { rewards: list, isComplete: true };
  }

  close(): void {
    this.#abort.abort();
  }
}

export class NodeStore {
  connections = $state.raw<readonly NodeConnection[]>([]);
  /** What grpcurl printed of a node. */
  printed = $state.raw<PrintedNode>();
  /** Whether the rewards of `printed` are all that grpcurl printed. */
  printedIsComplete = $state(true);
  #answers: GrpcurlOutput['answers'] = [];

  /** @throws WorkbenchError `server-url-…`, `node-known` */
  add(api: ApiKind, address: string, name?: string): void {
    const base = serverUrl(address);
    if (this.has(base)) throw new WorkbenchError('node-known', `${base} is being asked already.`);
    this.connections = [...this.connections, new NodeConnection(api, base, name)];
  }

  has(base: string): boolean {
    return this.connections.some((one) => one.base === base);
  }

  remove(connection: NodeConnection): void {
    connection.close();
    this.connections = this.connections.filter((one) => one !== connection);
  }

  /**
   * Takes what grpcurl printed, beside what it printed before: each call is a paste of its own.
   * @returns false if none of it is of a node
   */
  takeAnswers(answers: GrpcurlOutput['answers'], rewardsLeftOut: number): boolean {
    const ofNodes = answers.filter(({ kind }) => kind !== 'event' && kind !== 'other');
    const printed = ofNodes.length > 0 && viewOfAnswers([...this.#answers, ...ofNodes]);
    if (!printed) return false;
    const all = [...this.#answers, ...ofNodes];
    this.#answers = all.slice(-mostRewards);
    if (rewardsLeftOut > 0 || all.length > mostRewards) this.printedIsComplete = false;
    this.printed = printed;
    return true;
  }

  /** @throws WorkbenchError `file-…`, `grpcurl-…` */
  async takePrinted(source: Blob | string, name: string): Promise<void> {
    const { answers, error, rewardsLeftOut } = await readPrintedText(source, name, () => undefined);
    const taken = this.takeAnswers(answers, rewardsLeftOut);
    // What went well is shown all the same.
    if (error !== undefined) throw new WorkbenchError('grpcurl-refused', error);
    if (!taken)
      throw new WorkbenchError(
        'grpcurl-not-of-a-node',
        'This is grpcurl output, but of none of the calls named here. Events belong under Events.',
      );
  }

  forgetPrinted(): void {
    this.#answers = [];
    this.printed = undefined;
    this.printedIsComplete = true;
  }
}
