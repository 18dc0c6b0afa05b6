/** A Prometheus server's HTTP API: ranges over time, of one node or a hundred. */
import { WorkbenchError } from '../../base/error';
import { isRecord } from '../../base/record';
import { withoutTrailing } from '../../base/text';
import { limits, readJsonResponse } from '../../base/read-file';
import { answersAtAll, browserObstacle, pageOrigin } from '../api/probe';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds and value. NaN where Prometheus has none. */
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

export interface RangeQuery {
  /** PromQL. */
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Approximate points per series; the server takes 11 000 at most. */
  readonly points?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The base of a server that a user typed: http or https, no user name or password in it, no slash at the end.
 * @throws WorkbenchError `server-url-…`; it never repeats a password
 */
export function serverUrl(text: string): string {
  const trimmed = text.trim();
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  } catch {
    throw new WorkbenchError(
      'server-url-invalid',
      'This is not an address of a server. Enter it like http://127.0.0.1:9090.',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new WorkbenchError(
      'server-url-scheme',
      'Only http:// and https:// addresses can be reached from a page.',
    );
  if (url.username !== '' || url.password !== '')
    throw new WorkbenchError(
      'server-url-password',
      'Leave user name and password out of the address: addresses are remembered and shown.',
    );
  return withoutTrailing(`${url.origin}${url.pathname}`, '/');
}

/**
 * Asks a Prometheus server for a range.
 * @param base as `serverUrl` gives it
 * @throws WorkbenchError `prometheus-…`; AbortError
 */
export async function queryRange(
  base: string,
  { query, fromMs, toMs, points = 300, signal }: RangeQuery,
): Promise<Series[]> {
  const step = Math.max(1, Math.ceil((toMs - fromMs) / 1000 / Math.max(1, points)));
  const parameters = new URLSearchParams({
    query,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: `${step}s`,
  });
  const response = await reach(`${base}/api/v1/query_range?${parameters.toString()}`, signal);
  const answer = await json(response);
  if (answer.status !== 'success')
    throw new WorkbenchError(
      'prometheus-refused',
      `Prometheus refused the query: ${typeof answer.error === 'string' ? answer.error : `HTTP ${response.status}`}`,
      { httpStatus: response.status, query },
    );
  return readMatrix(answer.data);
}

async function reach(url: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { signal: signal ?? null, credentials: 'omit', redirect: 'error' });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const { origin } = new URL(url);
    throw (await answersAtAll(url))
      ? new WorkbenchError(
          'prometheus-origin-not-allowed',
          `Something answers at ${origin}, but does not let this page read it. Start Prometheus with --web.cors.origin='${pageOrigin()}' (its default allows every page), or let the proxy before it add Access-Control-Allow-Origin.`,
          { origin },
          { cause },
        )
      : new WorkbenchError(
          'prometheus-unreachable',
          `No response from ${origin}. Check that Prometheus runs and the address; its port is usually 9090.${browserObstacle(origin)}`,
          { origin },
          { cause },
        );
  }
}

async function json(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const parsed = await readJsonResponse(response, { ...limits.answer, name: response.url });
  if (isRecord(parsed)) return parsed;
  throw new WorkbenchError(
    'prometheus-foreign-answer',
    `This server answers (HTTP ${response.status}), but not as Prometheus does. The address is that of Prometheus itself, usually port 9090, not of the node or Grafana.`,
    { httpStatus: response.status },
  );
}

function readMatrix(data: unknown): Series[] {
  const result = isRecord(data) && Array.isArray(data.result) ? (data.result as unknown[]) : [];
  return result.filter(isRecord).map(({ metric, values }) => ({
    labels: Object.fromEntries(
      Object.entries(isRecord(metric) ? metric : {}).map(([name, value]) => [name, String(value)]),
    ),
    points: (Array.isArray(values) ? (values as unknown[]) : [])
      .filter(isPoint)
      .map(([time, value]) => [time * 1000, Number(value.replace('Inf', 'Infinity'))] as const),
  }));
}

const isPoint = (value: unknown): value is [number, string] =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string';
