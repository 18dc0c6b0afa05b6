/** Metrics pages of one node or several, and what was asked of a Prometheus server. */
import {
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
      const url = serverUrl(address);
      const page = url.endsWith('/metrics') ? url : `${url}/metrics`;
      const content = await fetchText(page, signal);
      this.add(new URL(page).host, content);
      return content;
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

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: 'omit' });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new WorkbenchError(
      'metrics-unreachable',
      `${url} cannot be read from this page. The node serves its metrics without letting any page read them: run \`curl ${url} > metrics.prom\` and drop the file, or ask a Prometheus server below.`,
      { url },
      { cause },
    );
  }
  if (!response.ok)
    throw new WorkbenchError(
      'metrics-refused',
      `${url} answers HTTP ${response.status}. Metrics are on with "metrics": true under "main" in the config, on port 1010.`,
      { url, httpStatus: response.status },
    );
  return response.text();
}

export const metricsDesk = new MetricsDesk();
