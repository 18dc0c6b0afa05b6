/** Why a server cannot be read: nobody is there, or it keeps its answer back from this page. */

/** A probe says only that somebody is there; that takes no longer than a connection. */
const patienceMs = 5000;

/**
 * Whether anything answers at an address, readable or not: a request without CORS gets an opaque answer from a server
 * that forbids reading, and none where there is no server. It needs a document whose embedder policy is not
 * `require-corp`, which refuses opaque answers (src/server/headers.ts), and is false elsewhere.
 * Browsers refuse `no-cors` together with `redirect: 'error'`, so this one request may follow a redirect: it is a HEAD
 * without body, credentials and referrer, and nothing of the answer is read.
 */
export async function answersAtAll(url: string): Promise<boolean> {
  try {
    await fetch(url, {
      method: 'HEAD',
      mode: 'no-cors',
      referrerPolicy: 'no-referrer',
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(patienceMs),
    });
    return true;
  } catch {
    return false;
  }
}

/** Where this page comes from, as a server's list of allowed origins must name it. */
export const pageOrigin = (): string =>
  typeof location === 'undefined' ? 'https://your.page' : location.origin;

const isLoopback = (hostname: string): boolean => /^(localhost|127\.|\[::1\])/.test(hostname);

/** What the browser itself may hold against an address; '' where nothing is known to. */
export function browserObstacle(base: string): string {
  if (typeof location === 'undefined') return '';
  const { hostname, protocol } = new URL(base);
  if (location.protocol === 'https:' && protocol === 'http:' && !isLoopback(hostname))
    return ' From an https page only 127.0.0.1 can be reached over http: open the workbench locally, or use an SSH tunnel.';
  if (!isLoopback(location.hostname) && isLoopback(hostname))
    return ' The browser asks whether this site may reach devices in your local network: it must be allowed.';
  return '';
}
