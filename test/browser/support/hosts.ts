/** Servers that the browser tests talk to beside the app's own. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

export interface Host {
  /** Without a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

async function listen(answer: RequestListener): Promise<Host> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** The build under sub-paths of a plain static host, which sets no header but the type. */
export const plainHost = (...prefixes: readonly string[]): Promise<Host> =>
  listen((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const file = join(
      'dist',
      path.slice(prefix?.length ?? 0).replace(/\/$/, '/index.html') || 'index.html',
    );
    if (prefix === undefined || !existsSync(file) || statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });

export interface Trap extends Host {
  /** Requests so far, as "METHOD /path". */
  readonly hits: readonly string[];
}

/** A server that answers every request with a redirect to the same path of another. */
export const redirectTo = (target: string): Promise<Host> =>
  listen((request, response) => {
    response.writeHead(307, { Location: `${target}${request.url ?? ''}` }).end();
  });

/** Another server, which lets every page read its answers and lists what reaches it. */
export async function trap(): Promise<Trap> {
  const hits: string[] = [];
  const host = await listen((request, response) => {
    hits.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(200, {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Content-Type': 'text/javascript',
    });
    response.end('');
  });
  return { ...host, hits };
}
