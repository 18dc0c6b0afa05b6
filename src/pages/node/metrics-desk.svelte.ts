/** Metrics pages of one node or several, and what was asked of a Prometheus server. */
import {
  fetchMetrics,
  nodeDashboard,
  parseMetrics,
  type MetricsPage,
  type NodeDashboard,
} from '../../node/metrics';
import { charts } from '../../node/monitoring';
import { queryRange, serverUrl, type Series } from '../../node/prometheus';
import { WorkbenchError } from '../../protocol/error';
import { Job } from '../../ui/job.svelte';

interface NodeMetrics {
  readonly name: string;
  readonly page: MetricsPage;
  readonly dashboard: NodeDashboard;
}

interface Range {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

/** Each holds some 4000 samples. */
const mostNodes = 32;

class MetricsDesk {
  nodes = $state.raw<readonly NodeMetrics[]>([]);
  readonly fetching = new Job<string, never>();
  readonly ranges = new Job<readonly Range[], never>();

  /** A page of the same name is replaced: it is a newer one. @throws WorkbenchError `metrics-…` */
  add(name: string, text: string): void {
    const page = parseMetrics(text);
    const node = { name, page, dashboard: nodeDashboard(page) };
    const others = this.nodes.filter((one) => one.name !== name);
    if (others.length >= mostNodes)
      throw new WorkbenchError(
        'metrics-too-many-nodes',
        `${mostNodes} nodes are shown at once. Take some away, or ask a Prometheus server.`,
      );
    this.nodes = [...others, node];
  }

  remove(name: string): void {
    this.nodes = this.nodes.filter((one) => one.name !== name);
  }

  async fetch(address: string): Promise<void> {
    const text = await this.fetching.start(async ({ signal }) => {
      const text = await fetchMetrics(address, signal);
      this.add(new URL(serverUrl(address)).host, text);
      return text;
    });
    if (text !== undefined) this.fetching.reset();
  }

  /** All charts over the last hours, one query each. */
  async ask(address: string, hours: number): Promise<void> {
    await this.ranges.start(async ({ signal }) => {
      const base = serverUrl(address);
      const toMs = Date.now();
      const fromMs = toMs - hours * 3_600_000;
      return Promise.all(
        charts.map(async ({ title, query, unit }) => ({
          title,
          unit,
          series: await queryRange(base, {
            query: query.replaceAll('$nodes', '.*'),
            fromMs,
            toMs,
            signal,
          }),
        })),
      );
    });
  }
}

export const metricsDesk = new MetricsDesk();
