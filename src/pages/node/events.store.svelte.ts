/** The node's events, live over gRPC-Web or from grpcurl output, and the other parts of such output. */
import { epochLines, type NodeEvent } from '../../node/api/events';
import { follow } from '../../node/api/follow';
import { GrpcNode } from '../../node/api/grpc';
import type { AnswerKind } from '../../node/api/grpcurl';
import { mostEvents } from '../../node/printed';
import { serverUrl } from '../../node/metrics/prometheus';
import { readPrintedText } from '../../node/texts';
import type { WorkbenchError } from '../../base/error';
import { formatCount } from '../../base/format';
import type { Cell, TableData } from '../../ui/cells';
import type { Stores } from '../../ui/stores.svelte';
import { NodeStore } from './nodes.store.svelte';
import { utcTime } from './time';

const kindWords: Readonly<Record<AnswerKind, string>> = {
  event: 'events',
  'node-status': 'node status',
  'node-status-v1': 'node status (v1)',
  'network-info': 'network information',
  'post-states': 'PoST states',
  'post-setup': 'PoST setup',
  'smesher-ids': 'smesher IDs',
  version: 'version',
  reward: 'rewards',
  rewards: 'lists of rewards',
  peer: 'peers',
  other: 'answers of another kind',
};

interface Stream {
  readonly base: string;
  readonly state: 'connecting' | 'live' | 'broken';
  readonly error?: WorkbenchError | undefined;
  readonly retryAtMs?: number;
}

export class EventStore {
  events = $state.raw<readonly NodeEvent[]>([]);
  /** What the last output held beside events, and the messages of grpcurl. */
  summary = $state.raw<readonly string[]>([]);
  stream = $state.raw<Stream>();
  readonly #nodes: NodeStore;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  #known = new Set<string>();
  #abort: AbortController | undefined;

  constructor(stores: Stores) {
    this.#nodes = stores.get(NodeStore);
  }

  readonly lines = $derived(epochLines(this.events));
  readonly table = $derived(eventTable(this.events));

  /** @throws WorkbenchError `file-…`, `grpcurl-…` */
  async addText(source: Blob | string, name: string): Promise<void> {
    const read: NodeEvent[] = [];
    const { counts, answers, error, cutOff, rewardsLeftOut } = await readPrintedText(
      source,
      name,
      (events) => {
        read.push(...this.#unknown(events));
      },
    );
    this.#add(read);
    const elsewhere = this.#nodes.takeAnswers(answers, rewardsLeftOut);
    this.summary = [
      ...Object.entries(kindWords).flatMap(([kind, words]) => {
        const count = counts[kind as AnswerKind];
        return count === undefined ? [] : [`${count} × ${words}`];
      }),
      ...((counts.event ?? 0) > mostEvents
        ? [`The newest ${formatCount(mostEvents)} events are shown.`]
        : []),
      ...(elsewhere ? ['The other answers are shown under Status.'] : []),
      ...(cutOff ? ['The last answer is cut off and was left out.'] : []),
      ...(error === undefined ? [] : [error]),
    ];
  }

  /** Follows a node until it is stopped. @throws WorkbenchError `server-url-…` */
  connect(address: string): void {
    const base = serverUrl(address);
    this.disconnect();
    const abort = new AbortController();
    this.#abort = abort;
    const node = new GrpcNode({ base });
    this.stream = { base, state: 'connecting' };
    // Events come in bursts of a hundred when a stream begins: they are shown together.
    let waiting: NodeEvent[] = [];
    const accept = (event: NodeEvent): void => {
      if (waiting.push(event) > 1) return;
      setTimeout(() => {
        if (abort.signal.aborted) return;
        this.stream = { base, state: 'live' };
        this.#add(this.#unknown(waiting));
        waiting = [];
      }, 50);
    };
    void follow(
      (signal) => node.events(signal),
      accept,
      ({ error, retryInMs }) => {
        this.stream = { base, state: 'broken', error, retryAtMs: Date.now() + retryInMs };
      },
      { signal: abort.signal },
    );
  }

  disconnect(): void {
    this.#abort?.abort();
    this.stream = undefined;
  }

  clear(): void {
    this.events = [];
    this.summary = [];
    this.#known.clear();
  }

  /** A stream that begins again repeats what it sent before. */
  #unknown(events: readonly NodeEvent[]): NodeEvent[] {
    return events.filter((event) => {
      const key = keyOf(event);
      if (this.#known.has(key)) return false;
      this.#known.add(key);
      return true;
    });
  }

  #add(events: readonly NodeEvent[]): void {
    this.events = [...this.events, ...events].slice(-mostEvents);
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
    if (this.#known.size > 2 * mostEvents) this.#known = new Set(this.events.map(keyOf));
  }
}

const keyOf = ({ timeMs, kind, smesher, text }: NodeEvent): string =>
  `${timeMs} ${kind} ${smesher ?? ''} ${text}`;

/** The newest first. Cells are written when they are shown. */
function eventTable(events: readonly NodeEvent[]): TableData {
  const newestFirst = [...events].sort((a, b) => b.timeMs - a.timeMs);
  const columns: readonly (readonly [name: string, of: (event: NodeEvent) => Cell])[] = [
    ['time (UTC)', ({ timeMs }) => utcTime(timeMs)],
    ['event', ({ kind }) => kind],
    ['smesher', ({ smesher }) => smesher ?? ''],
    ['epoch', ({ publishEpoch, targetEpoch }) => publishEpoch ?? targetEpoch ?? ''],
    ['what', ({ text }) => text],
    ['message', ({ help }) => help],
  ];
  return {
    columns: columns.map(([name]) => name),
    rowCount: newestFirst.length,
    cell: (row, column) => {
      const event = newestFirst[row];
      return event ? (columns[column]?.[1](event) ?? null) : null;
    },
  };
}
