/**
 * The node's JSON gateway: the only API a page reaches directly. POST for everything, no streams, public services
 * only; off unless api.grpc-json-listener is set, unreadable unless the page's origin is allowed
 * (go-spacemesh v1.7.6 api/grpcserver/http_server.go, config.go).
 */
import { readBytes, toHex, type BytesLike } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { isRecord } from '../../base/record';
import { pause } from './follow';
import { goDurationMs } from '../log/life';
import { limits, readJsonResponse } from '../../base/read-file';
import { answersAtAll, browserObstacle, pageOrigin } from './probe';
import { serverUrl } from '../metrics/prometheus';

type Json = Readonly<Record<string, unknown>>;

/** Lists take 1 to 100 per page (go-spacemesh api/grpcserver/v2alpha1/reward.go). */
export const pageLimit = 100;
/** The node itself gives up after 15 s. */
const patienceMs = 20_000;

export class Gateway {
  /** "http://127.0.0.1:9094" */
  readonly base: string;

  /** @throws WorkbenchError `server-url-…` */
  constructor(address: string) {
    this.base = serverUrl(address);
  }

  /**
   * One call: "/v1/node/status", "/spacemesh.v2alpha1.RewardService/List".
   * @throws WorkbenchError `gateway-…`, whose message names the setting to change; AbortError
   */
  async call(path: string, body: Json = {}, signal?: AbortSignal): Promise<Json> {
    const response = await this.#reach(path, JSON.stringify(body), signal);
    const answer = await readJsonResponse(response, { ...limits.answer, name: this.base });
    if (response.ok && isRecord(answer)) return answer;
    throw refusal(path, response.status, answer);
  }

  async #reach(path: string, body: string, signal: AbortSignal | undefined): Promise<Response> {
    const limit = AbortSignal.timeout(patienceMs);
    const both = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      // A plain text body needs no preflight, and the gateway reads it as JSON all the same.
      return await fetch(this.base + path, {
        method: 'POST',
        body,
        credentials: 'omit',
        redirect: 'error',
        signal: both,
      });
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw (await answersAtAll(`${this.base}/v1/node/status`))
        ? corsRefusal(this.base, cause)
        : unreachable(this.base, cause);
    }
  }

  /** Every item of a v2alpha1 list, page by page. */
  async *list(
    service: string,
    items: string,
    filter: Json = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Json> {
    for (let offset = 0; ; offset += pageLimit) {
      const body = { ...filter, limit: pageLimit, offset };
      const answer = await this.call(`/spacemesh.v2alpha1.${service}/List`, body, signal);
      const page = answer[items];
      if (!Array.isArray(page)) return;
      yield* (page as unknown[]).filter(isRecord);
      if (page.length < pageLimit) return;
    }
  }
}

function unreachable(base: string, cause: unknown): WorkbenchError {
  const grpc = ['9092', '9093', '10092', '10093'].includes(new URL(base).port)
    ? ' That port is usually gRPC, which no page can speak; the JSON gateway is a listener of its own.'
    : '';
  return new WorkbenchError(
    'gateway-unreachable',
    `No response from ${base}. Check that the node runs and the address; the JSON gateway is off unless the config has "api": {"grpc-json-listener": "127.0.0.1:9094"}. Set it and restart the node.${grpc}${browserObstacle(base)}`,
    { base, setting: 'api/grpc-json-listener' },
    { cause },
  );
}

const corsRefusal = (base: string, cause: unknown): WorkbenchError =>
  new WorkbenchError(
    'gateway-origin-not-allowed',
    `Something answers at ${base}, but does not let this page read it. Add "grpc-cors-allowed-origins": ["${pageOrigin()}"] to "api" in the config and restart the node.`,
    { base, origin: pageOrigin(), setting: 'api/grpc-cors-allowed-origins' },
    { cause },
  );

function refusal(path: string, status: number, answer: unknown): WorkbenchError {
  const details = isRecord(answer) ? answer : {};
  const said = typeof details.message === 'string' ? details.message : '';
  const evidence = { path, httpStatus: status, grpcCode: details.code };
  if (answer === undefined || !isRecord(answer))
    return new WorkbenchError(
      'gateway-foreign-answer',
      `The server answers (HTTP ${status}), but not as the node's JSON gateway does. Check the port: metrics, Prometheus and Grafana are others.`,
      evidence,
    );
  if (status === 404)
    return new WorkbenchError(
      'gateway-no-such-service',
      'The JSON gateway serves the public services only. Smesher, admin, events and PoST states are gRPC: use the bridge of `npm start -- --node`, or paste grpcurl output.',
      evidence,
    );
  if (status === 501 && /streaming/.test(said))
    return new WorkbenchError(
      'gateway-no-streams',
      'The JSON gateway has no streams. Events come over gRPC: use the bridge of `npm start -- --node`, or paste grpcurl output.',
      evidence,
    );
  if (status === 501)
    return new WorkbenchError(
      'gateway-not-implemented',
      `This node does not offer that: ${said || 'not implemented'}.`,
      evidence,
    );
  return new WorkbenchError(
    'gateway-refused',
    `The node refused the call (HTTP ${status}): ${said || 'no reason given'}.`,
    evidence,
  );
}

const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};
const bigOf = (value: unknown): bigint =>
  typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : BigInt(0);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** base64 of the answer as hex; "" for what cannot be read. */
function hexOf(value: unknown, length: number): string {
  try {
    return toHex(readBytes(textOf(value), length, 'id'));
  } catch {
    return '';
  }
}

export interface NodeStatus {
  readonly peers: number | undefined;
  readonly synced: boolean;
  /** "synced", "syncing", "offline" */
  readonly sync: string;
  readonly currentLayer: number | undefined;
  readonly latestLayer: number | undefined;
  readonly processedLayer: number | undefined;
  readonly appliedLayer: number | undefined;
}

export async function nodeStatus(gateway: Gateway, signal?: AbortSignal): Promise<NodeStatus> {
  return readNodeStatus(await gateway.call('/spacemesh.v2alpha1.NodeService/Status', {}, signal));
}

/** From an answer of NodeService/Status, v2alpha1, as the gateway or grpcurl gives it. */
export function readNodeStatus(answer: Json): NodeStatus {
  const sync = textOf(answer.status).replace('SYNC_STATUS_', '').toLowerCase();
  return {
    peers: numberOf(answer.connectedPeers),
    synced: sync === 'synced',
    sync: sync === '' ? 'unknown' : sync,
    currentLayer: numberOf(answer.currentLayer),
    latestLayer: numberOf(answer.latestLayer),
    processedLayer: numberOf(answer.processedLayer),
    appliedLayer: numberOf(answer.appliedLayer),
  };
}

export interface NetworkInfo {
  readonly genesisMs: number;
  readonly layerMs: number;
  readonly layersPerEpoch: number;
  readonly effectiveGenesisLayer: number;
  readonly labelsPerUnit: bigint;
  /** Hex, 20 bytes. */
  readonly genesisId: string;
  readonly hrp: string;
}

/** @throws WorkbenchError `gateway-…` */
export async function networkInfo(gateway: Gateway, signal?: AbortSignal): Promise<NetworkInfo> {
  const answer = await gateway.call('/spacemesh.v2alpha1.NetworkService/Info', {}, signal);
  const genesisMs = Date.parse(textOf(answer.genesisTime));
  const layerMs = goDurationMs(textOf(answer.layerDuration));
  const layersPerEpoch = numberOf(answer.layersPerEpoch);
  if (Number.isNaN(genesisMs) || !layerMs || !layersPerEpoch)
    throw new WorkbenchError(
      'gateway-answer-incomplete',
      "The node's answer about its network lacks genesis time, layer duration or layers per epoch.",
    );
  return {
    genesisMs,
    layerMs,
    layersPerEpoch,
    effectiveGenesisLayer: numberOf(answer.effectiveGenesisLayer) ?? 0,
    labelsPerUnit: bigOf(answer.labelsPerUnit),
    genesisId: hexOf(answer.genesisId, 20),
    hrp: textOf(answer.hrp),
  };
}

/** "v1.7.6" */
export async function nodeVersion(gateway: Gateway, signal?: AbortSignal): Promise<string> {
  const { versionString } = await gateway.call('/v1/node/version', {}, signal);
  return isRecord(versionString) ? textOf(versionString.value) : '';
}

export interface Reward {
  readonly layer: number;
  readonly totalSmidge: bigint;
  readonly layerSmidge: bigint;
  readonly coinbase: string;
  /** Hex. */
  readonly smesher: string;
}

export interface NodeRewardFilter {
  readonly smesher?: BytesLike | undefined;
  readonly coinbase?: string | undefined;
  readonly fromLayer?: number | undefined;
  readonly toLayer?: number | undefined;
}

/** Rewards, oldest first. */
export async function* rewards(
  gateway: Gateway,
  { smesher, coinbase, fromLayer, toLayer }: NodeRewardFilter,
  signal?: AbortSignal,
): AsyncGenerator<Reward> {
  const filter = {
    ...(smesher === undefined ? {} : { smesher: base64Id(smesher) }),
    ...(coinbase === undefined ? {} : { coinbase }),
    ...(fromLayer === undefined ? {} : { startLayer: fromLayer }),
    ...(toLayer === undefined ? {} : { endLayer: toLayer }),
  };
  for await (const one of gateway.list('RewardService', 'rewards', filter, signal))
    yield readReward(one);
}

/** From a reward as the gateway or grpcurl gives it. */
export const readReward = (answer: Json): Reward => ({
  layer: numberOf(answer.layer) ?? 0,
  totalSmidge: bigOf(answer.total),
  layerSmidge: bigOf(answer.layerReward),
  coinbase: textOf(answer.coinbase),
  smesher: hexOf(answer.smesher, 32),
});

const base64Id = (id: BytesLike): string =>
  btoa(String.fromCharCode(...readBytes(id, 32, 'smesher')));

export interface Activation {
  /** Hex. */
  readonly id: string;
  readonly smesher: string;
  readonly publishEpoch: number;
  readonly coinbase: string;
  readonly weight: bigint;
  readonly numUnits: number;
}

export async function* activations(
  gateway: Gateway,
  { smesher }: { readonly smesher?: BytesLike | undefined },
  signal?: AbortSignal,
): AsyncGenerator<Activation> {
  const filter = smesher === undefined ? {} : { smesherId: [base64Id(smesher)] };
  for await (const one of gateway.list('ActivationService', 'activations', filter, signal))
    yield {
      id: hexOf(one.id, 32),
      smesher: hexOf(one.smesherId, 32),
      publishEpoch: numberOf(one.publishEpoch) ?? 0,
      coinbase: textOf(one.coinbase),
      weight: bigOf(one.weight),
      numUnits: numberOf(one.numUnits) ?? 0,
    };
}

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  /** After a failure the pause doubles from the interval up to this. */
  readonly longestPauseMs?: number;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly atMs: number }
  | { readonly ok: false; readonly error: WorkbenchError; readonly retryInMs: number };

/**
 * Asks again and again until the signal ends it, because the gateway has no streams. Failures are handed over as
 * readings and make the pauses longer, with some chance in them so that a page with many nodes spreads out.
 */
export async function watch<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  accept: (reading: Reading<T>) => void,
  { signal, intervalMs = 10_000, longestPauseMs = 120_000 }: WatchOptions,
): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  for (let failures = 0; !stopped();) {
    let pauseMs = intervalMs;
    try {
      const value = await ask(signal);
      failures = 0;
      accept({ ok: true, value, atMs: Date.now() });
    } catch (error) {
      if (stopped()) return;
      if (!(error instanceof WorkbenchError)) throw error;
      pauseMs = Math.min(longestPauseMs, intervalMs * 2 ** failures++) * (0.75 + Math.random() / 2);
      accept({ ok: false, error, retryInMs: pauseMs });
    }
    await pause(pauseMs, signal);
  }
}
