// gRPC-Web on loopback for the nodes named on the command line, so that the Node page can read what only gRPC offers.
//
//   node scripts/bridge.mjs --origin http://localhost:4173 --node PUBLIC[,PRIVATE[,POST]] … --post-service HOST:PORT …
//
// It answers one origin, forwards reading calls only, and listens on 127.0.0.1. gRPC-Web frames are gRPC's own;
// what differs is that the trailers come as a last frame (github.com/grpc/grpc, doc/PROTOCOL-WEB.md).
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
const patienceMs = 10_000;

/** @typedef {{ public?: string, private?: string, post?: string }} NodeAddresses */

/**
 * @param {{ origin: string, nodes: NodeAddresses[], postServices?: string[] }} options
 * @returns {import('node:http').Server} not yet listening
 */
export function createBridge({ origin, nodes, postServices = [] }) {
  return createServer((request, response) => {
    const { headers, method = '' } = request;
    // A page elsewhere whose name was pointed at 127.0.0.1 shows by its Host, any other page by its Origin.
    const ownHost = /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(headers.host ?? '');
    if (!ownHost || headers.origin !== origin) {
      response.writeHead(403, { 'content-type': 'text/plain' });
      response.end('This bridge answers the page that it was started for.\n');
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
    const [, place = '', service = '', name = ''] = (request.url ?? '').split('/');
    if (method === 'GET' && request.url === '/') return sendList(response, nodes, postServices);
    if (method === 'GET' && place === 'post-service' && name === 'status')
      return void sendStatus(response, postServices[Number(service)]);
    if (
      method !== 'POST' ||
      !/^application\/grpc-web(\+proto)?$/.test(headers['content-type'] ?? '')
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
      return refuse(
        response,
        code.unimplemented,
        `no ${known.role} listener of this node was named`,
      );
    forward(request, response, address, `/${service}/${name}`);
  });
}

function sendList(response, nodes, postServices) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ nodes, postServices }));
}

async function sendStatus(response, address) {
  try {
    if (!address) throw new Error('no such post-service was named');
    const answer = await fetch(`http://${address}/status`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await answer.text();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  } catch {
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end('{"error":"the post-service does not answer"}');
  }
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

/**
 * Reads the command line.
 * @param {string[]} words
 * @returns {{ origin: string, port: number, nodes: NodeAddresses[], postServices: string[] }}
 */
export function readArguments(words) {
  const read = { origin: 'http://localhost:4173', port: 4174, nodes: [], postServices: [] };
  for (let i = 0; i < words.length; i += 2) {
    const [option, value = ''] = [words[i], words[i + 1]];
    if (option === '--origin') read.origin = new URL(value).origin;
    else if (option === '--bridge-port') read.port = Number(value);
    else if (option === '--node') {
      const addresses = value.split(',');
      if (
        addresses.length > 3 ||
        !addresses.every((address) => address === '' || listener.test(address))
      )
        throw new Error('--node takes PUBLIC[,PRIVATE[,POST]], each host:port');
      read.nodes.push(
        Object.fromEntries(
          addresses.flatMap((address, n) => (address ? [[roles[n], address]] : [])),
        ),
      );
    } else if (option === '--post-service') {
      if (!listener.test(value)) throw new Error('--post-service takes host:port');
      read.postServices.push(value);
    } else throw new Error(`Unknown option ${option}`);
  }
  return read;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { port, ...options } = readArguments(process.argv.slice(2));
  const bridge = createBridge(options);
  bridge.listen(port, '127.0.0.1', () => {
    console.log(
      `Bridge for ${options.nodes.length} nodes at http://127.0.0.1:${port}, for ${options.origin}`,
    );
  });
  // Started by npm start: ends with it.
  if (!process.stdin.isTTY) process.stdin.on('end', () => process.exit()).resume();
}
