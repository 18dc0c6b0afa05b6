/** Metrics pages of one node or several, and what was asked of a Prometheus server. */
import { fetchMetrics, type NodeDashboard } from '../../node/metrics/metrics';
import { charts } from '../../node/metrics/monitoring';
import { queryRange, serverUrl, type Series } from '../../node/metrics/prometheus';
import { readMetricsText } from '../../node/texts';
import { WorkbenchError } from '../../base/error';
import { RowBatch } from '../../base/packed-rows';
import type { TableData } from '../../ui/cells';
import { Job } from '../../ui/job.svelte';

interface NodeMetrics {
  readonly name: string;
  readonly dashboard: NodeDashboard;
  readonly warnings: readonly string[];
  /** Every sample, to sort and filter. */
  readonly samples: TableData;
}

interface Range {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

/** Each holds some 4000 samples; of a hostile page a million, packed. */
const mostNodes = 32;

const sampleColumns = ['metric', 'labels', 'value', 'type', 'meaning'] as const;

export class MetricsStore {
  nodes = $state.raw<readonly NodeMetrics[]>([]);
  readonly fetching = new Job<string, never>();
  readonly ranges = new Job<readonly Range[], never>();

  /** A page of the same name is replaced: it is a newer one. @throws WorkbenchError `file-…`, `metrics-…` */
  async add(name: string, source: Blob | string): Promise<void> {
    const { dashboard, warnings, rows } = await readMetricsText(source, name);
    const batch = new RowBatch(rows);
    const samples: TableData = {
      columns: sampleColumns,
      rowCount: batch.length,
      cell: (row, column) => batch.cell(row, column),
    };
    const others = this.nodes.filter((one) => one.name !== name);
    if (others.length >= mostNodes)
      throw new WorkbenchError(
        'metrics-too-many-nodes',
        `At most ${mostNodes} nodes are shown together. Remove a node, or use a Prometheus server.`,
      );
    this.nodes = [...others, { name, dashboard, warnings, samples }];
  }

  remove(name: string): void {
    this.nodes = this.nodes.filter((one) => one.name !== name);
  }

  async fetch(address: string): Promise<void> {
    const text = await this.fetching.start(async ({ signal }) => {
      const text = await fetchMetrics(address, signal);
      // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once
      await this.add(new URL(serverUrl(address)).host, text);
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
