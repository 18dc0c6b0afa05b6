/** The operator API of post-service (--operator-address): GET /status (post-rs service/src/operator.rs). */
import { WorkbenchError } from '../../base/error';
import { shellWord } from '../../base/shell';
import { answersAtAll, browserObstacle } from './probe';
import { limits, readJsonResponse, requireTextSize } from '../../base/read-file';
import { serverUrl } from '../metrics/prometheus';

export type ServiceStatus =
  | { readonly state: 'idle' }
  /** A proof is ready, and the node has not fetched it yet. */
  | { readonly state: 'done' }
  | {
      readonly state: 'proving';
      /** The nonces of this pass over the data, from and below. */
      readonly nonces: readonly [from: number, to: number];
      /** Bytes of the data that this pass has read. */
      readonly positionBytes: number;
    };

/**
 * Reads an answer of /status.
 * @throws WorkbenchError `operator-status-unknown`
 */
export function readServiceStatus(answer: unknown): ServiceStatus {
  if (answer === 'Idle') return { state: 'idle' };
  if (answer === 'DoneProving') return { state: 'done' };
  const proving = member(answer, 'Proving');
  const nonces = member(proving, 'nonces');
  const from = member(nonces, 'start');
  const to = member(nonces, 'end');
  const position = member(proving, 'position');
  if (typeof from === 'number' && typeof to === 'number' && typeof position === 'number')
    return { state: 'proving', nonces: [from, to], positionBytes: position };
  throw new WorkbenchError(
    'operator-status-unknown',
    'This is not an answer of post-service\'s /status, which is "Idle", "DoneProving" or {"Proving": …}. Paste everything that curl printed.',
  );
}

/**
 * Reads what curl printed of /status.
 * @throws WorkbenchError `file-too-large`, `operator-status-unknown`
 */
export function parseServiceStatus(text: string): ServiceStatus {
  requireTextSize(text, limits.serviceStatus);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError(
      'operator-status-unknown',
      'This is not JSON. Paste everything that curl printed.',
      {},
      { cause },
    );
  }
  return readServiceStatus(answer);
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** How far this pass over the data is, 0 to 1. */
export const passProgress = (positionBytes: number, dataBytes: number): number =>
  dataBytes > 0 ? Math.min(1, positionBytes / dataBytes) : 0;

/**
 * Asks a post-service. It sends no CORS header, so a page reads it only from its own origin, through the bridge.
 * @throws WorkbenchError `operator-…`; AbortError
 */
export async function fetchServiceStatus(
  address: string,
  signal?: AbortSignal,
): Promise<ServiceStatus> {
  const url = `${serverUrl(address).replace(/\/status$/, '')}/status`;
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null, credentials: 'omit', redirect: 'error' });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const { host } = new URL(url);
    throw (await answersAtAll(url))
      ? new WorkbenchError(
          'operator-not-allowed',
          `Something answers at ${url}, but no page may read it: post-service has no setting for that. Name it to the bridge, npm start -- --post-service ${host}, or run \`curl ${shellWord(url)}\` and paste the answer.`,
          { url },
          { cause },
        )
      : new WorkbenchError(
          'operator-unreachable',
          `No response from ${url}. Check that post-service runs, and was started with --operator-address ${host}.${browserObstacle(url)}`,
          { url },
          { cause },
        );
  }
  const answer = await readJsonResponse(response, { ...limits.answer, name: url });
  signal?.throwIfAborted();
  if (response.status === 502 || response.status === 404)
    throw new WorkbenchError(
      'operator-behind-bridge',
      response.status === 502
        ? 'The bridge runs, but the post-service does not answer it. Check that it runs, and was started with --operator-address.'
        : 'No post-service of that number was named to the bridge: npm start -- --post-service 127.0.0.1:50051',
      { url, httpStatus: response.status },
    );
  return readServiceStatus(answer);
}
