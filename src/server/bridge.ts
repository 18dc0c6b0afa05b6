/**
 * The way from the page to what no page can reach by itself: gRPC-Web for the nodes named on the command line, the
 * operator API of post-services, and k2pow services, none of which allow a page to read them.
 *
 * It serves one origin, on loopback, and forwards reading calls only, to the addresses it was started with. What it
 * returns is data: never HTML, never a redirect, and nothing that a browser would show as a page.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { forwardCall, grpcCode, refuseCall } from './grpc-web.ts';
import type { BridgeTargets, Role } from './targets.ts';

/** Which listener of the node serves a service (go-spacemesh api/grpcserver/config.go), and what may be asked of it. */
const services: ReadonlyMap<string, { readonly role: Role; readonly methods: readonly string[] }> =
  new Map([
    [
      'spacemesh.v1.NodeService',
      { role: 'public', methods: ['Status', 'Version', 'Build', 'NodeInfo'] },
    ],
    ['spacemesh.v2alpha1.NetworkService', { role: 'public', methods: ['Info'] }],
    ['spacemesh.v2alpha1.RewardService', { role: 'public', methods: ['List'] }],
    ['spacemesh.v1.AdminService', { role: 'private', methods: ['EventsStream', 'PeerInfoStream'] }],
    [
      'spacemesh.v1.SmesherService',
      {
        role: 'private',
        methods: [
          ...['SmesherIDs', 'IsSmeshing', 'PostSetupStatus', 'PostSetupStatusStream'],
          ...['Coinbase', 'PostConfig'],
        ],
      },
    ],
    ['spacemesh.v1.PostInfoService', { role: 'post', methods: ['PostStates'] }],
  ]);

const maxTextBytes = 64 * 1024;
const defaultTimeoutMs = 10_000;

/** What post-rs's k2pow-service answers to: GET /job/{miner}/{nonce_group}/{challenge}/{difficulty}, in hex. */
const powJob = /^job\/[0-9a-f]{64}\/\d{1,3}\/[0-9a-f]{16}\/[0-9a-f]{64}$/;

/** What may be passed on, and as what: post-service sends JSON, k2pow-service plain text, or no type at all. */
const forwardedTypes: readonly (readonly [RegExp, string])[] = [
  [/^application\/json\b/i, 'application/json'],
  [/^(text\/plain\b|$)/i, 'text/plain; charset=utf-8'],
];

export interface BridgeOptions {
  /** For a request to arrive and for the first sign of a response. */
  readonly timeoutMs?: number;
}

// A page elsewhere whose name was pointed at 127.0.0.1 is recognised by its Host.
export const isLoopbackName = (host = ''): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(host);
export const isLoopbackAddress = (address = ''): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

/** No page can set these headers. Browsers that do not send them yet are judged by Origin alone. */
function isScriptRequest({ headers }: IncomingMessage): boolean {
  const isOneOf = (name: string, ...values: readonly string[]): boolean => {
    const value = headers[name];
    return value === undefined || (typeof value === 'string' && values.includes(value));
  };
  // A navigation, an image or a script would show or run what is returned.
  return isOneOf('sec-fetch-mode', 'cors', 'same-origin') && isOneOf('sec-fetch-dest', 'empty');
}

/**
 * Whether a request comes from a page that this very server sent, to a browser on this machine. Browsers leave Origin
 * out of a GET to the page's own server; then Sec-Fetch-Site, which no page can set, states where it comes from.
 */
function isFromOwnPage(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  const { host, origin, 'sec-fetch-site': site } = headers;
  return (
    isLoopbackName(host) &&
    isLoopbackAddress(socket.remoteAddress) &&
    isScriptRequest(request) &&
    (site === undefined ? origin !== undefined : site === 'same-origin') &&
    (origin === undefined || origin === `http://${host ?? ''}`)
  );
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The bridge below a path of the server that serves the app. */
export const sameOriginBridge =
  (targets: BridgeTargets, options: BridgeOptions = {}): Handler =>
  (request, response) => {
    harden(response);
    if (isFromOwnPage(request)) answer(targets, options, request, response);
    else refuseStranger(response);
  };

/** The bridge on a port of its own, for the pages of one origin. Not yet listening. */
export function createBridge({
  origin,
  timeoutMs = defaultTimeoutMs,
  ...targets
}: BridgeTargets & BridgeOptions & { readonly origin: string }): Server {
  const server = createServer((request, response) => {
    harden(response);
    // Its page has another origin; one that is refused distinguishes that from a bridge that is not there.
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    const { headers, method } = request;
    if (
      !isLoopbackName(headers.host) ||
      headers.origin !== origin ||
      (method !== 'OPTIONS' && !isScriptRequest(request))
    ) {
      refuseStranger(response);
      return;
    }
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('vary', 'origin');
    if (method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'content-type, x-grpc-web, x-user-agent, grpc-timeout',
        'access-control-max-age': '600',
        ...(headers['access-control-request-private-network'] === 'true'
          ? { 'access-control-allow-private-network': 'true' }
          : {}),
      });
      response.end();
      return;
    }
    answer(targets, { timeoutMs }, request, response);
  });
  // A connection that sends its head or body drop by drop is closed by Node.
  server.headersTimeout = timeoutMs;
  server.requestTimeout = timeoutMs;
  return server;
}

/** Whatever is returned stays data, even where a browser is made to open it. */
function harden(response: ServerResponse): void {
  response.setHeader(
    'content-security-policy',
    "default-src 'none'; frame-ancestors 'none'; sandbox",
  );
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('referrer-policy', 'no-referrer');
}

function refuseStranger(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('This bridge answers the page that it was started for.\n');
}

const entryOf = <T>(list: readonly T[] | undefined, index: string): T | undefined =>
  /^\d{1,4}$/.test(index) ? list?.[Number(index)] : undefined;

function answer(
  { nodes, postServices = [], powServices = [] }: BridgeTargets,
  { timeoutMs = defaultTimeoutMs }: BridgeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [, place = '', service = '', ...rest] = (request.url ?? '').split('/');
  const name = rest.join('/');
  if (request.method === 'GET') {
    if (place === '' && service === '')
      sendJson(response, 200, { nodes, postServices, powServices });
    else if (place === 'post-service' && name === 'status')
      void relay(response, entryOf(postServices, service), '/status', timeoutMs);
    else if (place === 'k2pow' && powJob.test(name))
      void relay(response, entryOf(powServices, service), `/${name}`, timeoutMs);
    else response.writeHead(404).end();
    return;
  }
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'GET, POST' }).end();
    return;
  }
  if (!/^application\/grpc-web(\+proto)?$/.test(request.headers['content-type'] ?? '')) {
    response.writeHead(415).end();
    return;
  }
  const known = services.get(service);
  if (!known?.methods.includes(name)) {
    refuseCall(response, grpcCode.permissionDenied, 'the bridge does not forward this call');
    return;
  }
  const address = entryOf(nodes, place)?.[known.role];
  if (address === undefined) {
    refuseCall(
      response,
      grpcCode.unimplemented,
      `no ${known.role} listener of this node was named`,
    );
    return;
  }
  forwardCall(request, response, { address, path: `/${service}/${name}`, timeoutMs });
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** A plain HTTP question, passed on with its path alone; status and text come back. */
async function relay(
  response: ServerResponse,
  base: string | undefined,
  path: string,
  timeoutMs: number,
): Promise<void> {
  if (base === undefined) {
    sendJson(response, 404, { error: 'no such service was named to the bridge' });
    return;
  }
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  try {
    const received = await fetch(base + path, {
      redirect: 'error',
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const type = received.headers.get('content-type') ?? '';
    const forwarded = forwardedTypes.find(([pattern]) => pattern.test(type))?.[1];
    if (forwarded === undefined || (received.status >= 300 && received.status < 400)) {
      gone.abort();
      const error = `${base} answers HTTP ${received.status} with ${type}, which is not forwarded`;
      sendJson(response, 502, { error });
      return;
    }
    const text = await readBody(received);
    response.writeHead(received.status, { 'content-type': forwarded, 'cache-control': 'no-store' });
    response.end(text);
  } catch {
    if (!response.destroyed) sendJson(response, 502, { error: `${base} does not answer` });
  }
}

/** These services answer with a word or a number; whatever sends more is another. */
async function readBody({ body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const bytes of (body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += bytes.length;
    if (sizeBytes > maxTextBytes) throw new Error('the answer is too large');
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
