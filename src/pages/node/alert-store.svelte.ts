/** All alerts of the Node page, and which of them were dismissed in this window. */
import {
  eventAlerts,
  keptDismissals,
  logAlerts,
  metricsAlerts,
  shownAlerts,
  statusAlerts,
} from '../../node/alerts';
import { eventDesk } from './event-desk.svelte';
import { logView } from './log-view.svelte';
import { metricsDesk } from './metrics-desk.svelte';
import { nodes } from './nodes.svelte';

class AlertStore {
  #dismissed = $state.raw<ReadonlySet<string>>(new Set());

  readonly all = $derived([
    ...eventAlerts(eventDesk.events, eventDesk.stream?.base ?? 'events', eventDesk.lines),
    ...(logView.summary ? logAlerts(logView.summary.life, logView.name) : []),
    ...metricsDesk.nodes.flatMap(({ name, dashboard }) => metricsAlerts(dashboard, name)),
    ...nodes.connections.flatMap(({ view, name }) => statusAlerts(view?.sync, name)),
    ...(nodes.printed ? statusAlerts(nodes.printed.view.sync, 'grpcurl output') : []),
  ]);
  readonly shown = $derived(shownAlerts(this.all, this.#dismissed));

  dismiss(): void {
    this.#dismissed = new Set(this.all.map(({ id }) => id));
  }

  /** What is not among the alerts of now may show again when it comes back. */
  forgetGone(now: AlertStore['all']): void {
    const kept = keptDismissals(now, this.#dismissed);
    if (kept.size < this.#dismissed.size) this.#dismissed = kept;
  }
}

export const alertStore = new AlertStore();
