/** Metrics as Prometheus has them: the text a node serves, and what a Prometheus server answers. */
import { WorkbenchError } from '../../base/error';
import { shellWord } from '../../base/shell';
import { answersAtAll, browserObstacle } from '../api/probe';
import { limits, readTextResponse } from '../../base/read-file';
import { serverUrl } from './prometheus';

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface Sample {
  /** With its suffix: "…_bucket", "…_total". */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timeMs: number | undefined;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
  readonly samples: readonly Sample[];
}

export interface MetricsPage {
  readonly families: ReadonlyMap<string, MetricFamily>;
  readonly samples: number;
  /** Lines that could not be read, at most 20 of them named. */
  readonly warnings: readonly string[];
  /** OpenMetrics ends in "# EOF"; without it a page may be cut off. */
  readonly openMetrics: boolean;
}

interface OpenFamily {
  name: string;
  type: MetricType;
  help: string;
  unit: string;
  samples: Sample[];
}

const types: ReadonlySet<string> = new Set([
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
]);
const suffixes = ['_bucket', '_sum', '_count', '_total', '_created', '_info', '_gsum', '_gcount'];
const mostSamples = 1_000_000;
const mostWarnings = 20;

const metricName = /^[a-zA-Z_:][\w:]*/;
const labelName = /^[a-zA-Z_]\w*/;

/**
 * Reads a /metrics page: Prometheus text 0.0.4 or OpenMetrics 1.0, also with the HTTP head of `curl -i` before it.
 * A line that is damaged is left out and named.
 * @throws WorkbenchError `metrics-none` if no line is a sample, `metrics-too-many` beyond a million
 */
export function parseMetrics(text: string): MetricsPage {
  const families = new Map<string, OpenFamily>();
  const warnings: string[] = [];
  let bad = 0;
  let samples = 0;
  let openMetrics = false;
  const body = text.startsWith('HTTP/') ? text.replace(/^[^]*?\r?\n\r?\n/, '') : text;
  const family = (name: string): OpenFamily => {
    const known = families.get(name);
    if (known) return known;
    const fresh: OpenFamily = { name, type: 'unknown', help: '', unit: '', samples: [] };
    families.set(name, fresh);
    return fresh;
  };
  const familyOf = (name: string): OpenFamily => {
    const exact = families.get(name);
    if (exact) return exact;
    for (const suffix of suffixes) {
      const base = name.endsWith(suffix) ? families.get(name.slice(0, -suffix.length)) : undefined;
      if (base && base.type !== 'gauge' && base.type !== 'unknown') return base;
    }
    return family(name);
  };
  let number = 0;
  for (const raw of lines(body)) {
    number++;
    const line = raw.trim();
    if (line === '') continue;
    if (line === '# EOF') {
      openMetrics = true;
      break;
    }
    if (line.startsWith('#')) {
      readComment(line, family);
      continue;
    }
    const sample = readSample(line);
    if (sample) {
      if (++samples > mostSamples)
        throw new WorkbenchError(
          'metrics-too-many',
          `This page has over ${mostSamples} samples; a node has some 4000. Drop the page of one node.`,
          { mostSamples },
        );
      familyOf(sample.name).samples.push(sample);
    } else if (++bad <= mostWarnings)
      warnings.push(`Line ${number} is not a sample and was skipped.`);
  }
  if (samples === 0)
    throw new WorkbenchError(
      'metrics-none',
      'There are no metrics here. Paste what the node serves under http://…:1010/metrics, with "metrics": true in its config.',
      { lines: number },
    );
  if (bad > mostWarnings) warnings.push(`So were ${bad - mostWarnings} more lines.`);
  return { families, samples, warnings, openMetrics };
}

/**
 * Asks a server for its metrics page; "/metrics" is put if it is not there. The node lets no page read it, but a
 * proxy in front of it may.
 * @throws WorkbenchError `metrics-…`, `server-url-…`; AbortError
 */
export async function fetchMetrics(address: string, signal: AbortSignal): Promise<string> {
  const url = `${serverUrl(address).replace(/\/metrics$/, '')}/metrics`;
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: 'omit', redirect: 'error' });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw (await answersAtAll(url))
      ? new WorkbenchError(
          'metrics-not-allowed',
          `Something answers at ${url}, but no page may read it: the node has no setting for that. Run \`curl ${shellWord(url)} > metrics.prom\` and drop the file, or ask a Prometheus server below.`,
          { url },
          { cause },
        )
      : new WorkbenchError(
          'metrics-unreachable',
          `No response from ${url}. Check that the node runs, with "metrics": true under "main" in its config; the port is 1010 unless "metrics-port" sets another.${browserObstacle(url)}`,
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
  return readTextResponse(response, { ...limits.metrics, name: url });
}

function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(at, end);
    at = end + 1;
  }
}

function readComment(line: string, family: (name: string) => OpenFamily): void {
  const match = /^#\s*(HELP|TYPE|UNIT)\s+([a-zA-Z_:][\w:]*)\s*(.*)$/.exec(line);
  if (!match) return;
  const [, keyword, name = '', rest = ''] = match;
  if (keyword === 'HELP') family(name).help = unescape(rest);
  else if (keyword === 'UNIT') family(name).unit = rest;
  else family(name).type = types.has(rest) ? (rest as MetricType) : 'unknown';
}

const unescape = (text: string): string =>
  text.replace(/\\([\\n"])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));

/** name{label="value",…} value [time] [# exemplar] */
function readSample(line: string): Sample | undefined {
  const name = metricName.exec(line)?.[0];
  if (name === undefined) return undefined;
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === '{') {
    const end = readLabels(line, at + 1, labels);
    if (end === undefined) return undefined;
    at = end;
  }
  // An exemplar follows " # "; labels are behind us, so a # in them cannot be meant.
  const [numbers = ''] = line.slice(at).split(' # ');
  const [value = '', time, ...rest] = numbers.trim().split(/\s+/);
  if (rest.length > 0) return undefined;
  const parsed = readValue(value);
  if (parsed === undefined) return undefined;
  const timeValue = time === undefined ? undefined : Number(time);
  if (timeValue !== undefined && Number.isNaN(timeValue)) return undefined;
  // Prometheus text has milliseconds, OpenMetrics seconds; no node's time is before 1971 in either.
  const timeMs =
    timeValue === undefined ? undefined : timeValue < 1e11 ? timeValue * 1000 : timeValue;
  return { name, labels, value: parsed, timeMs };
}

function readLabels(line: string, from: number, labels: Map<string, string>): number | undefined {
  let at = from;
  for (;;) {
    while (line[at] === ' ' || line[at] === ',') at++;
    if (line[at] === '}') return at + 1;
    const name = labelName.exec(line.slice(at, at + 200))?.[0];
    if (name === undefined) return undefined;
    at += name.length;
    const open = /^\s*=\s*"/.exec(line.slice(at, at + 20))?.[0];
    if (open === undefined) return undefined;
    at += open.length;
    let end = at;
    while (end < line.length && line[end] !== '"') end += line[end] === '\\' ? 2 : 1;
    labels.set(name, unescape(line.slice(at, end)));
    at = end + 1;
  }
}

function readValue(text: string): number | undefined {
  const special: Readonly<Record<string, number>> = {
    NaN: Number.NaN,
    Nan: Number.NaN,
    '+Inf': Number.POSITIVE_INFINITY,
    Inf: Number.POSITIVE_INFINITY,
    '-Inf': Number.NEGATIVE_INFINITY,
  };
  if (Object.hasOwn(special, text)) return special[text];
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

type Labels = Readonly<Record<string, string>>;

const fits = (sample: Sample, labels: Labels): boolean =>
  Object.entries(labels).every(([name, value]) => sample.labels.get(name) === value);

/** The samples of a metric by its full name, "…_sum" and the like included. */
export function samplesOf(page: MetricsPage, name: string, labels: Labels = {}): Sample[] {
  const direct = page.families.get(name)?.samples;
  const all =
    direct ??
    suffixes
      .filter((suffix) => name.endsWith(suffix))
      .flatMap((suffix) => page.families.get(name.slice(0, -suffix.length))?.samples ?? []);
  return all.filter((sample) => sample.name === name && fits(sample, labels));
}

/** The sum over all label sets that fit; undefined if there are none. */
export function sumOf(page: MetricsPage, name: string, labels: Labels = {}): number | undefined {
  const samples = samplesOf(page, name, labels);
  return samples.length === 0 ? undefined : samples.reduce((sum, sample) => sum + sample.value, 0);
}

/**
 * A quantile of a histogram, interpolated within its bucket as PromQL's histogram_quantile does.
 * @param q 0 to 1. @returns undefined where nothing was observed
 */
export function quantileOf(
  page: MetricsPage,
  name: string,
  q: number,
  labels: Labels = {},
): number | undefined {
  const counts = new Map<number, number>();
  for (const sample of samplesOf(page, `${name}_bucket`, labels)) {
    const bound = readValue(sample.labels.get('le') ?? '');
    if (bound !== undefined) counts.set(bound, (counts.get(bound) ?? 0) + sample.value);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const total = buckets.at(-1)?.[1] ?? 0;
  if (!(total > 0)) return undefined;
  const rank = q * total;
  const i = buckets.findIndex(([, count]) => count >= rank);
  const [bound, count] = buckets[i] ?? [Number.NaN, 0];
  const [below, before] = i > 0 ? (buckets[i - 1] ?? [0, 0]) : [Math.min(0, bound), 0];
  if (bound === Number.POSITIVE_INFINITY) return below;
  return count === before ? bound : below + ((bound - below) * (rank - before)) / (count - before);
}

export interface NodeDashboard {
  readonly startedMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly cpuS: number | undefined;
  readonly goVersion: string | undefined;
  readonly peers: number | undefined;
  readonly connections: number | undefined;
  readonly sync: 'not synced' | 'gossip' | 'synced' | undefined;
  readonly atxsSynced: boolean | undefined;
  readonly layers: {
    /** The newest that tortoise knows. */
    readonly last: number | undefined;
    readonly processed: number | undefined;
    readonly verified: number | undefined;
    readonly applied: number | undefined;
    readonly synced: number | undefined;
  };
  readonly tortoiseMode: 'verifying' | 'full' | undefined;
  readonly databaseBytes: number | undefined;
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
  /** The last PoST proof of this node took so long. */
  readonly postProofS: number | undefined;
  readonly proposalsBuilt: number | undefined;
  readonly proposalBuildP95S: number | undefined;
  readonly atxsOnTime: number | undefined;
  readonly atxsLate: number | undefined;
  readonly malfeasanceProofs: number | undefined;
  readonly errors: readonly { readonly name: string; readonly count: number }[];
  readonly trafficInBytes: number | undefined;
  readonly trafficOutBytes: number | undefined;
  readonly apiCalls: number | undefined;
  readonly apiErrors: number | undefined;
}

/** state.sql has some twenty. */
const mostTables = 100;

/** The numbers an operator asks a node for, out of some 4000 samples. */
export function nodeDashboard(page: MetricsPage): NodeDashboard {
  const value = (name: string, labels?: Labels) => sumOf(page, `spacemesh_${name}`, labels);
  const state = (name: string) => value('syncer_sync_state', { state: name });
  const count = (name: string, kind: string) => value(name, { kind });
  const scaled = (number: number | undefined, factor: number) =>
    number === undefined ? undefined : number * factor;
  const mode = value('tortoise_mode');
  const atxs = state('atx_synced');
  const calls = samplesOf(page, 'spacemesh_api_http_request_duration_seconds_count');
  return {
    startedMs: scaled(sumOf(page, 'process_start_time_seconds'), 1000),
    memoryBytes: sumOf(page, 'process_resident_memory_bytes'),
    cpuS: sumOf(page, 'process_cpu_seconds_total'),
    goVersion: samplesOf(page, 'go_info')[0]?.labels.get('version'),
    peers: value('p2p_total_peers'),
    connections: value('p2p_total_connections'),
    sync: state('synced')
      ? 'synced'
      : state('gossip')
        ? 'gossip'
        : state('not') === undefined
          ? undefined
          : 'not synced',
    atxsSynced: atxs === undefined ? undefined : atxs === 1,
    layers: {
      last: count('tortoise_state_layers', 'last'),
      processed: count('tortoise_state_layers', 'processed'),
      verified: count('tortoise_state_layers', 'verified'),
      applied: value('vm_applied_layer'),
      synced: value('syncer_layer'),
    },
    tortoiseMode: mode === undefined ? undefined : mode === 0 ? 'verifying' : 'full',
    databaseBytes: value('database_total_size'),
    tables: samplesOf(page, 'spacemesh_database_table_size')
      .map((sample) => ({ name: sample.labels.get('name') ?? '', bytes: sample.value }))
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, mostTables),
    postProofS: scaled(value('activation_post_duration'), 1e-9),
    proposalsBuilt: value('miner_proposal_build_seconds_count'),
    proposalBuildP95S: quantileOf(page, 'spacemesh_miner_proposal_build_seconds', 0.95),
    atxsOnTime: value('activation_publish_window_seconds_count', { condition: 'ontime' }),
    atxsLate: value('activation_publish_window_seconds_count', { condition: 'late' }),
    malfeasanceProofs: value('malfeasance_num_proofs'),
    errors: [
      { name: 'hare', count: value('hare_exit_errors') ?? 0 },
      { name: 'tortoise', count: value('tortoise_errors') ?? 0 },
      { name: 'sync', count: value('syncer_runs', { outcome: 'not' }) ?? 0 },
      { name: 'proposals', count: value('proposals_errs') ?? 0 },
    ].filter((error) => error.count > 0),
    trafficInBytes: sumOf(page, 'process_network_receive_bytes_total'),
    trafficOutBytes: sumOf(page, 'process_network_transmit_bytes_total'),
    apiCalls: calls.length === 0 ? undefined : calls.reduce((sum, one) => sum + one.value, 0),
    apiErrors:
      calls.length === 0
        ? undefined
        : calls.reduce(
            (sum, one) => sum + (/^[45]/.test(one.labels.get('code') ?? '') ? one.value : 0),
            0,
          ),
  };
}
