// The way from the page to what no page can reach by itself: gRPC-Web for the nodes named on the command line, the
// operator API of post-services, and k2pow services, none of which allow a page to read them.
//
//   npm start -- --node [NAME=]PUBLIC[,PRIVATE[,POST]] … --post-service HOST:PORT … --k2pow HOST:PORT …
//
// serves it below /bridge of the app itself, to the app's own pages only. For a workbench that lies elsewhere:
//
//   node scripts/bridge.mjs --origin https://its.address --node …
//
// Either way it answers one origin, on loopback, and forwards reading calls only. gRPC-Web frames are gRPC's own; what
// differs is that the trailers come as a last frame (github.com/grpc/grpc, doc/PROTOCOL-WEB.md).
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import { pathToFileURL } from 'node:url';

/** Which listener of the node serves a service (go-spacemesh api/grpcserver/config.go), and what may be asked of it. */
const services = {
  'spacemesh.v1.NodeService': {
    role: 'public',
    methods: ['Status', 'Version', 'Build', 'NodeInfo'],
  },
  'spacemesh.v2alpha1.NetworkService': { role: 'public', methods: ['Info'] },
  'spacemesh.v2alpha1.RewardService': { role: 'public', methods: ['List'] },
  'spacemesh.v1.AdminService': { role: 'private', methods: ['EventsStream', 'PeerInfoStream'] },
  'spacemesh.v1.SmesherService': {
    role: 'private',
    methods: [
      'SmesherIDs',
      'IsSmeshing',
      'PostSetupStatus',
      'PostSetupStatusStream',
      'Coinbase',
      'PostConfig',
    ],
  },
  'spacemesh.v1.PostInfoService': { role: 'post', methods: ['PostStates'] },
};
const roles = ['public', 'private', 'post'];

const code = { permissionDenied: 7, unimplemented: 12, unavailable: 14 };
/** Requests are empty messages or a few fields. */
const largestRequest = 64 * 1024;
const largestText = 64 * 1024;
const patienceMs = 10_000;

/** What post-rs's k2pow-service answers to: GET /job/{miner}/{nonce_group}/{challenge}/{difficulty}, in hex. */
const powJob = /^job\/[0-9a-f]{64}\/\d{1,3}\/[0-9a-f]{16}\/[0-9a-f]{64}$/;

// A page elsewhere whose name was pointed at 127.0.0.1 shows by its Host.
const isLoopbackName = (host = '') => /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(host);
const isLoopbackAddress = (address = '') => /^(::ffff:)?127\.|^::1$/.test(address);

/**
 * Whether a request comes from a page that this very server sent, to someone on this machine. Browsers leave Origin
 * out of a GET to the page's own server; then Sec-Fetch-Site, which no page can set, says where it comes from.
 */
const isFromOwnPage = ({ headers, socket }) =>
  isLoopbackName(headers.host) &&
  isLoopbackAddress(socket.remoteAddress) &&
  (headers.origin === undefined
    ? headers['sec-fetch-site'] === 'same-origin'
    : headers.origin === `http://${headers.host}`);

/** The bridge below a path of the server that serves the app. */
export const sameOriginBridge = (targets) => (request, response) =>
  isFromOwnPage(request) ? answer(targets, request, response) : refuseStranger(response);

/** The bridge on a port of its own, for the pages of one origin. Not yet listening. */
export const createBridge = ({ origin, ...targets }) =>
  createServer((request, response) => {
    const { headers, method } = request;
    if (!isLoopbackName(headers.host) || headers.origin !== origin) {
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
    answer(targets, request, response);
  });

function refuseStranger(response) {
  response.writeHead(403, { 'content-type': 'text/plain' });
  response.end('This bridge answers the page that it was started for.\n');
}

function answer({ nodes, postServices = [], powServices = [] }, request, response) {
  const [, place = '', service = '', ...rest] = (request.url ?? '').split('/');
  const name = rest.join('/');
  if (request.method === 'GET') {
    if (place === '') sendJson(response, 200, { nodes, postServices, powServices });
    else if (place === 'post-service' && name === 'status')
      void relay(response, postServices[Number(service)], `/status`);
    else if (place === 'k2pow' && powJob.test(name))
      void relay(response, powServices[Number(service)], `/${name}`);
    else response.writeHead(404).end();
    return;
  }
  if (
    request.method !== 'POST' ||
    !/^application\/grpc-web(\+proto)?$/.test(request.headers['content-type'] ?? '')
  ) {
    response.writeHead(404).end();
    return;
  }
  const known = Object.hasOwn(services, service) ? services[service] : undefined;
  if (!known?.methods.includes(name))
    return refuse(response, code.permissionDenied, 'the bridge does not forward this call');
  const node = /^\d+$/.test(place) ? nodes[Number(place)] : undefined;
  const address = node?.[known.role];
  if (!address)
    return refuse(response, code.unimplemented, `no ${known.role} listener of this node was named`);
  forward(request, response, address, `/${service}/${name}`);
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

/** A plain HTTP question, passed on with its path alone; status and text come back. */
async function relay(response, base, path) {
  if (!base) return sendJson(response, 404, { error: 'no such service was named to the bridge' });
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const answered = await fetch(base + path, {
      redirect: 'error',
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(patienceMs)]),
    });
    const text = await readText(answered);
    response.writeHead(answered.status, {
      'content-type': answered.headers.get('content-type') ?? 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(text);
  } catch {
    if (!response.destroyed) sendJson(response, 502, { error: `${base} does not answer` });
  }
}

/** These services answer with a word or a number; whoever sends more is another. */
async function readText({ body }) {
  const parts = [];
  let size = 0;
  for await (const bytes of body ?? []) {
    size += bytes.length;
    if (size > largestText) throw new Error('the answer is too large');
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

const webHeaders = { 'content-type': 'application/grpc-web+proto', 'cache-control': 'no-store' };

/** The trailers as gRPC-Web has them: a frame of its own, marked by the highest bit. */
function trailerFrame(trailers) {
  const text = Object.entries(trailers)
    .map(([name, value]) => `${name}: ${String(value).replace(/[\r\n]/g, ' ')}\r\n`)
    .join('');
  const body = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(5);
  head[0] = 0x80;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

const status = (number, message) => ({
  'grpc-status': number,
  // gRPC percent-encodes what is not plain ASCII.
  'grpc-message': message.replace(/[^\x20-\x24\x26-\x7e]/g, (text) => encodeURIComponent(text)),
});

function refuse(response, number, message) {
  if (!response.headersSent) response.writeHead(200, webHeaders);
  response.end(trailerFrame(status(number, message)));
}

/** One call over a connection of its own: a local node answers at once, and nothing is left behind. */
function forward(request, response, address, path) {
  const session = connect(`http://${address}`);
  let ended = false;
  const end = (finish) => {
    if (ended) return;
    ended = true;
    finish();
    session.destroy();
  };
  const unreachable = (error) =>
    end(() => refuse(response, code.unavailable, `${address}: ${error.code ?? error.message}`));
  session.setTimeout(patienceMs, () => {
    if (!response.headersSent) unreachable(new Error('no answer'));
  });
  session.on('error', unreachable);
  response.on('close', () => end(() => undefined));

  const upstream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(request.headers['grpc-timeout'] ? { 'grpc-timeout': request.headers['grpc-timeout'] } : {}),
  });
  upstream.on('error', unreachable);
  let trailers = {};
  const keep = (headers) => {
    for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin'])
      if (headers[name] !== undefined) trailers = { ...trailers, [name]: headers[name] };
  };
  upstream.on('response', (headers) => {
    // An answer that is an error at once has its status among the headers.
    keep(headers);
    if (headers[':status'] !== 200) {
      unreachable(new Error(`answers HTTP ${headers[':status']}, which is not gRPC`));
      return;
    }
    response.writeHead(200, webHeaders);
    response.flushHeaders();
  });
  upstream.on('trailers', keep);
  upstream.on('data', (bytes) => {
    if (!response.write(bytes)) {
      upstream.pause();
      response.once('drain', () => upstream.resume());
    }
  });
  upstream.on('end', () => {
    if (trailers['grpc-status'] === undefined) unreachable(new Error('the connection broke off'));
    else end(() => response.end(trailerFrame(trailers)));
  });

  let received = 0;
  request.on('data', (bytes) => {
    received += bytes.length;
    if (received > largestRequest)
      end(() => refuse(response, code.permissionDenied, 'the request is too large'));
    else upstream.write(bytes);
  });
  request.on('end', () => {
    if (!ended) upstream.end();
  });
}

const listener = /^(?:[\w.-]+|\[[0-9a-f:]+\]):\d{1,5}$/i;

/** "host:port", or an http address, without a slash at its end. */
function readBase(option, value) {
  const text = listener.test(value) ? `http://${value}` : value;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password)
    throw new Error(`${option} takes host:port, or an address such as http://10.0.0.7:3000`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** "[NAME=]PUBLIC[,PRIVATE[,POST]]" */
function readNode(value) {
  const [, name, list] = /^(?:([^=,]{1,40})=)?(.*)$/s.exec(value);
  const addresses = list.split(',');
  const usable = addresses.every((address) => address === '' || listener.test(address));
  if (addresses.length > roles.length || !usable || !addresses.some(Boolean))
    throw new Error('--node takes [NAME=]PUBLIC[,PRIVATE[,POST]], each of them host:port');
  const named = addresses.flatMap((address, i) => (address ? [[roles[i], address]] : []));
  return { ...(name === undefined ? {} : { name }), ...Object.fromEntries(named) };
}

/** What the bridge is told of what it leads to. */
export const targetOptions = ['--node', '--post-service', '--k2pow'];

/**
 * Reads the command line.
 * @param {string[]} words
 */
export function readArguments(words) {
  const read = {
    origin: undefined,
    port: 4174,
    nodes: [],
    postServices: [],
    powServices: [],
  };
  for (let i = 0; i < words.length; i += 2) {
    const [option, value = ''] = [words[i], words[i + 1]];
    if (option === '--origin') read.origin = new URL(value).origin;
    else if (option === '--bridge-port') read.port = Number(value);
    else if (option === '--node') read.nodes.push(readNode(value));
    else if (option === '--post-service') read.postServices.push(readBase(option, value));
    else if (option === '--k2pow') read.powServices.push(readBase(option, value));
    else throw new Error(`Unknown option ${option}`);
  }
  return read;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { port, ...options } = readArguments(process.argv.slice(2));
  if (!options.origin) throw new Error('--origin says which page may ask: https://its.address');
  createBridge(options).listen(port, '127.0.0.1', () => {
    console.log(`Bridge at http://127.0.0.1:${port} for the pages of ${options.origin}`);
  });
}
