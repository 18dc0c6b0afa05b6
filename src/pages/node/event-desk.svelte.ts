/** The node's events, live over gRPC-Web or from grpcurl output, and the other parts of such output. */
import { epochLines, type NodeEvent } from '../../node/api/events';
import { follow } from '../../node/api/follow';
import { GrpcNode } from '../../node/api/grpc';
import type { AnswerKind } from '../../node/api/grpcurl';
import { mostEvents } from '../../node/printed';
import { serverUrl } from '../../node/metrics/prometheus';
import { readPrintedText } from '../../node/texts';
import type { WorkbenchError } from '../../base/error';
import { tableOf } from '../../ui/cells';
import { nodes } from './nodes.svelte';
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

class EventDesk {
  events = $state.raw<readonly NodeEvent[]>([]);
  /** What the last output held beside events, and the messages of grpcurl. */
  said = $state.raw<readonly string[]>([]);
  stream = $state.raw<Stream>();
  #known = new Set<string>();
  #abort: AbortController | undefined;

  readonly lines = $derived(epochLines(this.events));
  readonly table = $derived(
    tableOf(
      ['time (UTC)', 'event', 'smesher', 'epoch', 'what', 'message'],
      [...this.events]
        .sort((a, b) => b.timeMs - a.timeMs)
        .map((event) => [
          utcTime(event.timeMs),
          event.kind,
          event.smesher ?? '',
          event.publishEpoch ?? event.targetEpoch ?? '',
          event.text,
          event.help,
        ]),
    ),
  );

  /** @throws WorkbenchError `file-…`, `grpcurl-…` */
  async addText(source: Blob | string, name: string): Promise<void> {
    const { events, counts, answers, error, cutOff } = await readPrintedText(source, name);
    this.#add(events);
    const elsewhere = nodes.takeAnswers(answers);
    this.said = [
      ...Object.entries(kindWords).flatMap(([kind, words]) => {
        const count = counts[kind as AnswerKind];
        return count === undefined ? [] : [`${count} × ${words}`];
      }),
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
        this.#add(waiting);
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
    this.said = [];
    this.#known.clear();
  }

  /** A stream that begins again repeats what it sent before. */
  #add(events: readonly NodeEvent[]): void {
    const fresh = events.filter((event) => {
      const key = `${event.timeMs} ${event.kind} ${event.smesher ?? ''} ${event.text}`;
      if (this.#known.has(key)) return false;
      this.#known.add(key);
      return true;
    });
    this.events = [...this.events, ...fresh].slice(-mostEvents);
  }
}

export const eventDesk = new EventDesk();
