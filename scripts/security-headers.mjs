// One place for the policy that the pages live under: the build writes it into each page's <meta>,
// the preview server and the deployment notes take the isolation headers from here.

/**
 * The styles that plotly sets as text, by hash, so that no other can be: an empty <style> that it fills by
 * CSSOM, and on the image of a heat map either nothing or `image-rendering`, so that cells keep their edges.
 */
const plotlyStyles =
  "'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='";

/**
 * What a page may talk to. The Identity page holds private keys, so it may not talk at all. The Node page asks
 * the nodes, bridges and Prometheus servers whose addresses the person types, on any host and port: a list made
 * at build time cannot name them. It opens no key and no database, and every other page keeps to its own origin.
 */
function connections(page) {
  if (page.endsWith('identity.html')) return "'none'";
  return page.endsWith('node.html') ? "'self' http: https:" : "'self'";
}

/**
 * The Content-Security-Policy of one page.
 * @param {string} page path of the HTML entry, as the build names it
 * @returns {string}
 */
export function contentSecurityPolicy(page) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' ${plotlyStyles}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connections(page)}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** With these a page is cross-origin isolated: SharedArrayBuffer and threads that share memory. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * The same for one page. The Node page asks servers that know nothing of isolation: `credentialless` lets it tell one
 * that is there and keeps its answer back from one that is not there, and isolates all the same.
 * @param {string} page path of the HTML entry
 */
export const isolationHeadersOf = (page) =>
  page.endsWith('node.html')
    ? { ...isolationHeaders, 'Cross-Origin-Embedder-Policy': 'credentialless' }
    : isolationHeaders;
