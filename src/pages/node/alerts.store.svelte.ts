/** All alerts of the Node page, and which of them were dismissed in this window. */
import {
  eventAlerts,
  keptDismissals,
  logAlerts,
  metricsAlerts,
  shownAlerts,
  statusAlerts,
  type NodeAlert,
} from '../../node/alerts';
import type { Stores } from '../../ui/stores.svelte';
import { EventStore } from './events.store.svelte';
import { LogStore } from './log.store.svelte';
import { MetricsStore } from './metrics.store.svelte';
import { NodeStore } from './nodes.store.svelte';

export class AlertStore {
  readonly #events: EventStore;
  readonly #log: LogStore;
  readonly #metrics: MetricsStore;
  readonly #nodes: NodeStore;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced, never changed
  #dismissed = $state.raw<ReadonlySet<string>>(new Set());

  constructor(stores: Stores) {
    this.#events = stores.get(EventStore);
    this.#log = stores.get(LogStore);
    this.#metrics = stores.get(MetricsStore);
    this.#nodes = stores.get(NodeStore);
  }

  readonly all: readonly NodeAlert[] = $derived.by(() => [
    ...eventAlerts(this.#events.events, this.#events.stream?.base ?? 'events', this.#events.lines),
    ...(this.#log.summary ? logAlerts(this.#log.summary.life, this.#log.name) : []),
    ...this.#metrics.nodes.flatMap(({ name, dashboard }) => metricsAlerts(dashboard, name)),
    ...this.#nodes.connections.flatMap(({ view, name }) => statusAlerts(view?.sync, name)),
    ...(this.#nodes.printed ? statusAlerts(this.#nodes.printed.view.sync, 'grpcurl output') : []),
  ]);
  readonly shown = $derived(shownAlerts(this.all, this.#dismissed));

  dismiss(): void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- replaced, never changed
    this.#dismissed = new Set(this.all.map(({ id }) => id));
  }

  /** What is not among the alerts of now may show again when it comes back. */
  forgetGone(now: readonly NodeAlert[]): void {
    const kept = keptDismissals(now, this.#dismissed);
    if (kept.size < this.#dismissed.size) this.#dismissed = kept;
  }
}
