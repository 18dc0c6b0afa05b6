/**
 * The built app on loopback, with its security headers and the bridge. Only files that the build's folder had at the start
 * are served, by a look-up of the complete path: no path of a request ever reaches the file system.
 */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { WorkbenchError } from '../base/error.ts';
import { isLoopbackAddress, isLoopbackName, sameOriginBridge } from './bridge.ts';
import { securityHeaders } from './headers.ts';
import type { BridgeTargets } from './targets.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

interface AppFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly type: string;
}

/** Files by the path of their address. @throws WorkbenchError `app-missing` */
function appFiles(folder: string): ReadonlyMap<string, AppFile> {
  const files = new Map<string, AppFile>();
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw missing(folder, cause);
  }
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const type = mediaTypes[extname(entry.name)] ?? 'application/octet-stream';
    const address = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(address, { path, sizeBytes: statSync(path).size, type });
  }
  const index = files.get('/index.html');
  if (!index) throw missing(folder, undefined);
  return files.set('/', index);
}

const missing = (folder: string, cause: unknown): WorkbenchError =>
  new WorkbenchError(
    'app-missing',
    `${folder} has no built app. In a checkout run "npm run build" first; else install the package again.`,
    { folder },
    { cause },
  );

/** Not yet listening: listen on 127.0.0.1. @throws WorkbenchError `app-missing` */
export function createApp(folder: string, targets: BridgeTargets): Server {
  const files = appFiles(folder);
  const bridge = sameOriginBridge(targets);
  const server = createServer((request, response) => {
    // A page elsewhere whose name was pointed at 127.0.0.1 is recognised by its Host.
    if (!isLoopbackName(request.headers.host) || !isLoopbackAddress(request.socket.remoteAddress))
      refuse(response, 403, 'This server answers to localhost and 127.0.0.1 only.');
    else if (/^\/bridge(?=\/|$)/.test(request.url ?? '')) {
      request.url = request.url?.slice('/bridge'.length) ?? '';
      bridge(request, response);
    } else sendFile(files, request, response);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  return server;
}

function sendFile(
  files: ReadonlyMap<string, AppFile>,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    refuse(response, 405, 'Files can be read only.');
    return;
  }
  const [path = ''] = url.split('?');
  const file = files.get(path);
  if (!file) {
    refuse(response, 404, 'There is no such file.');
    return;
  }
  response.writeHead(200, {
    ...securityHeaders(path),
    'content-type': file.type,
    'content-length': file.sizeBytes,
    // A new version replaces the files of the package.
    'cache-control': 'no-cache',
  });
  if (method === 'HEAD') response.end();
  else
    createReadStream(file.path)
      .on('error', () => response.destroy())
      .pipe(response);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...securityHeaders('/refused'),
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end(`${text}\n`);
}
