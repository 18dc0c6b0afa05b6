/** What keeps watch over nodes when no page is open: Prometheus's scrape config and alert rules, a Grafana dashboard. */
import { WorkbenchError } from '../../base/error';

interface Watched {
  readonly title: string;
  readonly query: string;
  readonly legend: string;
  readonly unit: string;
}

/** The charts, on the page and in Grafana alike. `$nodes` stands for the selection of instances. */
export const charts: readonly Watched[] = [
  {
    title: 'Peers',
    query: 'spacemesh_p2p_total_peers{instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'short',
  },
  {
    title: 'Layers behind',
    query:
      'spacemesh_tortoise_state_layers{kind="last",instance=~"$nodes"} - ignoring(kind) spacemesh_tortoise_state_layers{kind="processed",instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'short',
  },
  {
    title: 'Verified layer',
    query: 'spacemesh_tortoise_state_layers{kind="verified",instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'short',
  },
  {
    title: 'Synced',
    query: 'spacemesh_syncer_sync_state{state="synced",instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'bool_yes_no',
  },
  {
    title: 'Proposals built an hour',
    query: 'increase(spacemesh_miner_proposal_build_seconds_count{instance=~"$nodes"}[1h])',
    legend: '{{instance}}',
    unit: 'short',
  },
  {
    title: 'Last PoST proof',
    query: 'spacemesh_activation_post_duration{instance=~"$nodes"} / 1e9',
    legend: '{{instance}}',
    unit: 's',
  },
  {
    title: 'Clock against peers',
    query: 'spacemesh_clock_peers_offset{instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 's',
  },
  {
    title: 'Memory',
    query: 'process_resident_memory_bytes{job="spacemesh",instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'bytes',
  },
  {
    title: 'CPU cores in use',
    query: 'rate(process_cpu_seconds_total{job="spacemesh",instance=~"$nodes"}[5m])',
    legend: '{{instance}}',
    unit: 'short',
  },
  {
    title: 'Database',
    query: 'spacemesh_database_total_size{instance=~"$nodes"}',
    legend: '{{instance}}',
    unit: 'bytes',
  },
  {
    title: 'Traffic in',
    query: 'rate(process_network_receive_bytes_total{job="spacemesh",instance=~"$nodes"}[5m])',
    legend: '{{instance}}',
    unit: 'Bps',
  },
  {
    title: 'Errors an hour',
    query:
      'increase(spacemesh_hare_exit_errors{instance=~"$nodes"}[1h]) + increase(spacemesh_tortoise_errors{instance=~"$nodes"}[1h])',
    legend: '{{instance}}',
    unit: 'short',
  },
];

interface Alert {
  readonly name: string;
  readonly query: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
}

const alerts: readonly Alert[] = [
  {
    name: 'SpacemeshNodeDown',
    query: 'up{job="spacemesh"} == 0',
    for: '5m',
    severity: 'critical',
    summary: 'The node does not answer.',
  },
  {
    name: 'SpacemeshNotSynced',
    query: 'spacemesh_syncer_sync_state{state="synced"} == 0',
    for: '30m',
    severity: 'critical',
    summary: 'Not synced for half an hour: proposals and rewards are being missed.',
  },
  {
    name: 'SpacemeshFewPeers',
    query: 'spacemesh_p2p_total_peers < 5',
    for: '15m',
    severity: 'warning',
    summary: 'Fewer than 5 peers. Check the connection and the forwarded port.',
  },
  {
    name: 'SpacemeshLayersStuck',
    query: 'delta(spacemesh_tortoise_state_layers{kind="processed"}[30m]) == 0',
    for: '15m',
    severity: 'critical',
    summary: 'No layer was processed for half an hour; on mainnet one comes every five minutes.',
  },
  {
    name: 'SpacemeshClockOff',
    query: 'abs(spacemesh_clock_peers_offset) > 5',
    for: '10m',
    severity: 'warning',
    summary: "The clock differs from the peers' by over 5 seconds. Check NTP.",
  },
  {
    name: 'SpacemeshMalfeasance',
    query: 'increase(spacemesh_malfeasance_num_proofs[1h]) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'The network proved an identity malicious. Check that it is not one of yours.',
  },
  {
    name: 'SpacemeshRestarts',
    query: 'changes(process_start_time_seconds{job="spacemesh"}[1h]) > 2',
    for: '0m',
    severity: 'warning',
    summary: 'The node restarted more than twice within an hour. Read its log.',
  },
];

// JSON's strings are YAML's double-quoted ones, so no value can break out of its line.
const yaml = (text: string): string => JSON.stringify(text);

/** Rules for Prometheus, as a file of their own (rule_files). */
export function alertRules(): string {
  const rules = alerts.map(
    ({ name, query, for: wait, severity, summary }) => `      - alert: ${name}
        expr: ${yaml(query)}
        for: ${wait}
        labels:
          severity: ${severity}
        annotations:
          summary: ${yaml(`{{ $labels.instance }}: ${summary}`)}
`,
  );
  return `groups:
  - name: spacemesh
    rules:
${rules.join('')}`;
}

/**
 * prometheus.yml for these nodes.
 * @param targets "host:port" of each node's metrics listener
 * @throws WorkbenchError `target-invalid`
 */
export function scrapeConfig(targets: readonly string[]): string {
  for (const target of targets)
    if (!/^(?:\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(target))
      throw new WorkbenchError(
        'target-invalid',
        'A target is host:port without http://, such as 192.168.1.5:1010.',
        { target },
      );
  const list = targets.map((target) => `          - ${yaml(target)}\n`).join('');
  return `global:
  scrape_interval: 30s
  evaluation_interval: 30s
rule_files:
  - spacemesh-alerts.yml
scrape_configs:
  - job_name: spacemesh
    static_configs:
      - targets:
${list}`;
}

/** A dashboard to import into Grafana 9 or later; it asks for the Prometheus data source. */
export function grafanaDashboard(): string {
  const source = { type: 'prometheus', uid: '${DS_PROMETHEUS}' };
  const dashboard = {
    __inputs: [
      {
        name: 'DS_PROMETHEUS',
        label: 'Prometheus',
        type: 'datasource',
        pluginId: 'prometheus',
        pluginName: 'Prometheus',
      },
    ],
    title: 'Spacemesh nodes',
    uid: 'spacemesh-nodes',
    schemaVersion: 38,
    version: 1,
    editable: true,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    tags: ['spacemesh'],
    templating: {
      list: [
        {
          name: 'nodes',
          label: 'Nodes',
          type: 'query',
          datasource: source,
          query: { query: 'label_values(spacemesh_p2p_total_peers, instance)', refId: 'nodes' },
          definition: 'label_values(spacemesh_p2p_total_peers, instance)',
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all', selected: true },
        },
      ],
    },
    panels: charts.map(({ title, query, legend, unit }, i) => ({
      id: i + 1,
      title,
      type: 'timeseries',
      datasource: source,
      gridPos: { h: 8, w: 8, x: (i % 3) * 8, y: Math.floor(i / 3) * 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
      targets: [{ refId: 'A', datasource: source, expr: query, legendFormat: legend }],
    })),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
