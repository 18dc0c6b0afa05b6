/**
 * Lets the user's k2pow services do the work: `GET /job/{miner}/{nonce_group}/{challenge}/{difficulty}`
 * (post-rs k2pow-service/README.md). A service does one job at a time and keeps its answers until it ends:
 * 201 taken or still at it, 200 the counter as decimal text, 429 busy with another job, 500 an error as text.
 * The same request is the way to start, to ask and to fetch, so losing touch costs nothing.
 *
 * What is saved is all of the local search: about 4687 hashes for each group and unit.
 */
import { toHex } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import type { PowRequest } from '../../protocol/k2pow';
import { withoutTrailing } from '../../base/text';
import { ProgressMeter, type JobOptions, type Progress } from '../../base/progress';
import { limits, readTextResponse } from '../../base/read-file';
import { readPowRequest, type K2powRequest } from './k2pow';

export interface PowServices {
  /** Base addresses, "http://10.0.0.7:3000": services, or a HAProxy before many of them. */
  readonly services: readonly string[];
  /** Parallel jobs: one per service by default; behind a HAProxy, its number of services. */
  readonly parallel?: number | undefined;
  /** Wait between two requests for the same job. post-service's default is 5 s. */
  readonly backoffMs?: number | undefined;
  /** For tests and for the bridge. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

type RemoteJobState = 'waiting' | 'busy' | 'working' | 'unreachable' | 'found';

interface RemoteJob {
  readonly nonceGroup: number;
  readonly state: RemoteJobState;
  /** The service that has it, once one does. */
  readonly service: string | undefined;
}

export interface RemotePowProgress extends Progress {
  readonly jobs: readonly RemoteJob[];
}

const defaultBackoffMs = 5000;
/** Sweeps in a row without one answer before the job gives up. */
const maxSilentSweeps = 6;
const largestCounter = (1n << 64n) - 1n;

/**
 * Has every request's counter found, several in parallel. Answers them in the order of the requests.
 * Rejects with an AbortError within the time of one request; the services go on by themselves, and the same
 * call later fetches what they found.
 * @throws WorkbenchError `pow-service-none`, `pow-service-address`, `pow-service-failed`,
 * `pow-service-unreachable`, `pow-service-answer`
 */
export async function remoteK2pow(
  requests: readonly K2powRequest[],
  options: PowServices,
  { signal, onProgress }: JobOptions<RemotePowProgress> = {},
): Promise<bigint[]> {
  const services = options.services.map(readAddress);
  if (services.length === 0)
    throw new WorkbenchError(
      'pow-service-none',
      'No k2pow service is given. Enter at least one address, such as http://10.0.0.7:3000.',
    );
  const jobs = requests.map((request) => new Job(readPowRequest(request)));
  const meter = new ProgressMeter(jobs.length, 'k2pow');
  const report = (): void => onProgress?.({ ...meter.progress, jobs: jobs.map((job) => job.view) });
  const client: Client = {
    services,
    backoffMs: options.backoffMs ?? defaultBackoffMs,
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    signal,
    report,
  };

  signal?.throwIfAborted();
  const queue = jobs.entries();
  // One job's error stops the rest too.
  const failed = new AbortController();
  const joined = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const lane = async (): Promise<void> => {
    for (const [i, job] of queue) {
      await job.run({ ...client, signal: joined }, i);
      meter.advance(1);
      report();
    }
  };
  const lanes = Math.min(jobs.length, options.parallel ?? services.length);
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } catch (error) {
    failed.abort(error);
    signal?.throwIfAborted();
    throw error;
  }
  return jobs.map((job) => job.counter);
}

interface Client {
  readonly services: readonly string[];
  readonly backoffMs: number;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal | undefined;
  readonly report: () => void;
}

/** One group's counter, on its way. */
class Job {
  counter = 0n;
  readonly #request: PowRequest;
  #state: RemoteJobState = 'waiting';
  #service: string | undefined;

  constructor(request: PowRequest) {
    this.#request = request;
  }

  get view(): RemoteJob {
    return { nonceGroup: this.#request.nonceGroup, state: this.#state, service: this.#service };
  }

  /** Sweeps over the services until one takes the job, then stays with that one. */
  async run(client: Client, start: number): Promise<void> {
    const { services } = client;
    for (let silentSweeps = 0; ;) {
      let answered = false;
      let lastError: unknown;
      for (let i = 0; i < services.length && this.#state !== 'found'; i++) {
        const service = this.#service ?? services[(start + i) % services.length] ?? '';
        try {
          const state = await this.#ask(client, service);
          answered = true;
          this.#set(client, state, state === 'busy' ? undefined : service);
          if (state === 'working') break;
        } catch (error) {
          client.signal?.throwIfAborted();
          if (error instanceof WorkbenchError) throw error;
          lastError = error;
          this.#set(client, 'unreachable', undefined);
        }
      }
      if (this.#state === 'found') return;
      silentSweeps = answered ? 0 : silentSweeps + 1;
      if (silentSweeps === maxSilentSweeps) throw unreachable(services, lastError);
      await pause(client.backoffMs, client.signal);
    }
  }

  #set(client: Client, state: RemoteJobState, service: string | undefined): void {
    this.#state = state;
    this.#service = service;
    client.report();
  }

  async #ask(client: Client, service: string): Promise<'found' | 'working' | 'busy'> {
    const { nodeId, nonceGroup, challenge, difficulty } = this.#request;
    const path = `job/${toHex(nodeId)}/${nonceGroup}/${toHex(challenge)}/${toHex(difficulty)}`;
    const init: RequestInit = {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: client.signal ?? null,
    };
    const response = await client.fetch(`${service}/${path}`, init);
    const text = (await readTextResponse(response, { ...limits.answer, name: service })).trim();
    switch (response.status) {
      case 200:
        this.counter = readCounter(text, service);
        return 'found';
      case 201:
        return 'working';
      case 429:
        return 'busy';
      // A proxy whose services are all away or restarting.
      case 502:
      case 503:
      case 504:
        throw new Error(`${service} answered ${response.status}`);
      case 500:
        throw new WorkbenchError(
          'pow-service-failed',
          `The k2pow service ${service} could not do group ${nonceGroup}: ${text || 'it gave no reason'}. Look at its log; leave it out to go on with the rest.`,
          { service, nonceGroup, answer: text },
        );
      default:
        throw new WorkbenchError(
          'pow-service-answer',
          `${service} answered ${response.status}, which no k2pow service does. Check that the address is that of the service itself, without a path.`,
          { service, status: response.status, answer: text.slice(0, 200) },
        );
    }
  }
}

function readAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new WorkbenchError(
      'pow-service-address',
      `“${address}” is not the address of a k2pow service. It looks like http://10.0.0.7:3000.`,
      { address },
    );
  return withoutTrailing(`${url.origin}${url.pathname}`, '/');
}

function readCounter(text: string, service: string): bigint {
  const counter = /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  if (counter === undefined || counter > largestCounter)
    throw new WorkbenchError(
      'pow-service-answer',
      `${service} answered “${text.slice(0, 40)}” instead of a counter. Check that the address is that of a k2pow service.`,
      { service, answer: text.slice(0, 200) },
    );
  return counter;
}

const unreachable = (services: readonly string[], cause: unknown): WorkbenchError =>
  new WorkbenchError(
    'pow-service-unreachable',
    `No k2pow service could be reached (${services.join(', ')}). Check that they run and the addresses are right. A browser lets a page ask only those that allow it (CORS), which k2pow-service by itself does not: put a proxy before it that adds the header, or ask with curl.`,
    { services },
    { cause },
  );

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
