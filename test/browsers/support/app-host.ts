/** The built app on a port of its own, as a static host serves it, with a script in each document that records what goes wrong. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { securityHeaders } from '../../../src/server/headers';

export interface AppHost {
  /** With a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
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

const watchScript = 'test-watch.js';

/** Runs before the app: errors, rejections without a handler, violations of the policy and console errors, in one list. */
const watchSource = `
const errors = (globalThis.testErrors = []);
addEventListener('error', ({ message }) => errors.push('error: ' + message));
addEventListener('unhandledrejection', ({ reason }) => errors.push('rejection: ' + (reason?.message ?? reason)));
document.addEventListener('securitypolicyviolation', (event) =>
  errors.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI),
);
const plain = console.error;
console.error = (...values) => {
  errors.push('console: ' + values.join(' '));
  plain(...values);
};
`;

/** The file of an address: of the build, or below /test-data/ one of test/data. */
function fileOf(path: string): string {
  const plain = normalize(decodeURIComponent(path));
  if (plain.startsWith('/test-data/')) return join('test/data', plain.slice('/test-data/'.length));
  return join('dist', plain.endsWith('/') ? `${plain}index.html` : plain);
}

function contentOf(file: string): Buffer | string {
  const content = readFileSync(file);
  if (file.endsWith('.html'))
    return content.toString().replace(/<script/, `<script src="./${watchScript}"></script><script`);
  // So that the documents find it offline, too.
  if (file.endsWith('build-files.json'))
    return JSON.stringify([...(JSON.parse(content.toString()) as string[]), watchScript]);
  return content;
}

/** @param isIsolated false leaves out the isolation headers, and the service worker, which would add them */
export async function hostApp(isIsolated: boolean): Promise<AppHost> {
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    for (const [name, value] of Object.entries(securityHeaders(path)))
      if (isIsolated || !name.startsWith('Cross-Origin-')) response.setHeader(name, value);
    if (path === `/${watchScript}`) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(watchSource);
      return;
    }
    const file = fileOf(path);
    const isServed = isIsolated || path !== '/service-worker.js';
    if (!isServed || !existsSync(file) || statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type }).end(contentOf(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
