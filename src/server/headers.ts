/**
 * The response headers of the app, in one place: the local server sends them, the service worker adds them on hosts that
 * cannot, the build writes the documents' policies into their `<meta>` and all of them into `_headers`.
 *
 * A worker obeys the policy of its own response, not that of the document that starts it (CSP 3, "initialize a global
 * object's CSP list"). All scripts that are not documents therefore get one policy, which is at least as strict as that of
 * every document: a worker has no connection at all. What a worker needs, the page that starts it hands over.
 */

/**
 * The styles that plotly sets as text, by hash, so that no other can be: an empty <style> that it fills by
 * CSSOM, and on the image of a heat map either nothing or `image-rendering`, so that cells keep their edges.
 */
const plotlyStyles =
  "'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='";

type Resource = 'index' | 'identity' | 'node' | 'service-worker' | 'other';

/**
 * What may be connected to. The Identity page holds private keys, so it may not connect at all. The Node page asks the
 * nodes, bridges and Prometheus servers whose addresses the operator types, on any host and port: a list made at build
 * time cannot name them. It opens no key and no database, and every other document keeps to its own origin.
 */
const connections: Readonly<Record<Resource, string>> = {
  index: "'self'",
  identity: "'none'",
  node: "'self' http: https:",
  'service-worker': "'self'",
  other: "'none'",
};

/**
 * The Identity page starts no worker, so that its promise holds on hosts without headers, too: there a worker would have no
 * policy. Its files are kept for offline use by the service worker of the other documents.
 */
const workersOf = (resource: Resource): string => (resource === 'identity' ? "'none'" : "'self'");

/** `default` guards the addresses of workers (src/workers/trusted-types.ts), the other is Svelte's own for its templates. */
const trustedTypes =
  "require-trusted-types-for 'script'; trusted-types default svelte-trusted-html";

/** Path of a request, or of an entry as the build names it. Hosts also serve `identity.html` as `identity`. */
function resourceOf(path: string): Resource {
  const name = (/[^/]*$/.exec(path)?.[0] ?? '').replace(/\.html$/, '');
  if (name === '') return 'index';
  if (name === 'index' || name === 'identity' || name === 'node') return name;
  return name === 'service-worker.js' ? 'service-worker' : 'other';
}

const isDocument = (resource: Resource): boolean =>
  resource === 'index' || resource === 'identity' || resource === 'node';

function directives(resource: Resource): string[] {
  const shared = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `connect-src ${connections[resource]}`,
    `worker-src ${workersOf(resource)}`,
    trustedTypes,
  ];
  if (!isDocument(resource)) return shared;
  return [
    ...shared,
    `style-src 'self' ${plotlyStyles}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
}

/** The policy that a document carries in its `<meta>`, where `frame-ancestors` has no effect. */
export const metaPolicy = (path: string): string => directives(resourceOf(path)).join('; ');

/** The Content-Security-Policy that the response for `path` carries. */
export const contentSecurityPolicy = (path: string): string =>
  [...directives(resourceOf(path)), "frame-ancestors 'none'"].join('; ');

/**
 * With these a page is cross-origin isolated: SharedArrayBuffer and threads that share memory. The Node page asks servers
 * that know nothing of isolation: `credentialless` lets it distinguish a server that keeps its response back from one that
 * is not there, and isolates all the same.
 */
const isolationHeaders = (path: string): Record<string, string> => ({
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': resourceOf(path) === 'node' ? 'credentialless' : 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
});

const commonHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // A name that a page looks up ahead of need is a message to the DNS server of that name.
  'X-DNS-Prefetch-Control': 'off',
};

/** All headers of the response for `path`. */
export const securityHeaders = (path: string): Record<string, string> => ({
  'Content-Security-Policy': contentSecurityPolicy(path),
  ...isolationHeaders(path),
  ...commonHeaders,
});

/** As `securityHeaders`, for Vite's development server, which injects styles and a client of its own. */
export const developmentHeaders = (path: string): Record<string, string> => ({
  ...isolationHeaders(path),
  ...commonHeaders,
});

/** Paths that a host must list: no two of them match one address, because hosts join the values of all rules that match. */
const listedPaths = [
  ...['/', '/index.html', '/identity.html', '/identity', '/node.html', '/node'],
  ...['/service-worker.js', '/assets/*', '/sample/*', '/build-files.json'],
];

/** The file `_headers` that Netlify, Cloudflare Pages and others read at the root of a site. */
export const headersFile = (): string =>
  listedPaths
    .map((path) =>
      [path, ...Object.entries(securityHeaders(path)).map(([name, value]) => `  ${name}: ${value}`)]
        .map((line) => `${line}\n`)
        .join(''),
    )
    .join('');
