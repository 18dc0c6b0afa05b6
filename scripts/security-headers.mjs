// One place for the policy that the pages live under: the build writes it into each page's <meta>,
// the preview server and the deployment notes take the isolation headers from here.

/** Plotly appends one empty <style> and fills it by CSSOM; this is the hash of the empty string. */
const emptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/** What a page may talk to: the Identity page holds private keys, so it may not talk at all. */
const connections = (page) => (page.endsWith('identity.html') ? "'none'" : "'self'");

/**
 * The Content-Security-Policy of one page.
 * @param {string} page path of the HTML entry, as the build names it
 * @returns {string}
 */
export function contentSecurityPolicy(page) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self' ${emptyStyle}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connections(page)}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** With these the page is cross-origin isolated: SharedArrayBuffer and threads that share memory. */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
