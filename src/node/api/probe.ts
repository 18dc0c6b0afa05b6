/** Why a server cannot be read: there is none, or it keeps its answer back from this page. */

/** A probe takes no longer than a connection. */
const patienceMs = 5000;
const eventMs = 100;

const probeOptions = (): RequestInit => ({
  method: 'HEAD',
  referrerPolicy: 'no-referrer',
  credentials: 'omit',
  cache: 'no-store',
  signal: AbortSignal.timeout(patienceMs),
});

/** What a probe needs of a document; it is also compiled for workers, whose types have none. */
interface ProbeElement {
  hidden: boolean;
  httpEquiv: string;
  content: string;
  readonly contentWindow: ProbeWindow | null;
  remove(): void;
}
interface ProbeDocument extends EventTarget {
  readonly head: { append(element: ProbeElement): void };
  readonly body: { append(element: ProbeElement): void };
  createElement(name: 'iframe' | 'meta'): ProbeElement;
}
interface ProbeWindow {
  readonly document: ProbeDocument;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Whether anything answers at an address, readable or not: a request without CORS gets an opaque answer from a server
 * that forbids reading, and none where there is no server. It needs a document whose embedder policy is not
 * `require-corp`, which refuses opaque answers (src/server/headers.ts), and is false elsewhere.
 *
 * Browsers refuse `no-cors` together with `redirect: 'error'`. The request is therefore made in an empty frame whose own
 * policy allows this server only, so that a redirect elsewhere ends in the browser; it shows that a server is there. A
 * policy cannot name an IPv6 address: such a server is not probed.
 */
export async function answersAtAll(url: string): Promise<boolean> {
  const { document: page } = globalThis as unknown as { document?: ProbeDocument };
  // Outside a page nothing is kept back.
  if (!page)
    return fetch(url, { ...probeOptions(), redirect: 'manual' }).then(
      () => true,
      () => false,
    );
  const { origin, hostname } = new URL(url);
  if (hostname.startsWith('[')) return false;
  const frame = page.createElement('iframe');
  frame.hidden = true;
  page.body.append(frame);
  try {
    const inside = frame.contentWindow;
    if (!inside) return false;
    const policy = inside.document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = `connect-src ${origin}`;
    inside.document.head.append(policy);
    let isRedirected = false;
    inside.document.addEventListener('securitypolicyviolation', () => (isRedirected = true));
    try {
      await inside.fetch(url, { ...probeOptions(), mode: 'no-cors' });
      return true;
    } catch {
      // The event is a task of its own, which may come after the rejection.
      await new Promise((resolve) => setTimeout(resolve, eventMs));
      return isRedirected;
    }
  } finally {
    frame.remove();
  }
}

/** Where this page comes from, as a server's list of allowed origins must name it. */
export const pageOrigin = (): string =>
  typeof location === 'undefined' ? 'https://your.page' : location.origin;

const isLoopback = (hostname: string): boolean => /^(localhost|127\.|\[::1\])/.test(hostname);

/** Why the browser itself may block an address; '' where no reason is known. */
export function browserObstacle(base: string): string {
  if (typeof location === 'undefined') return '';
  const { hostname, protocol } = new URL(base);
  if (location.protocol === 'https:' && protocol === 'http:' && !isLoopback(hostname))
    return ' From an https page only 127.0.0.1 can be reached over http: open the workbench locally, or use an SSH tunnel.';
  if (!isLoopback(location.hostname) && isLoopback(hostname))
    return ' The browser asks whether this site may reach devices in your local network: it must be allowed.';
  return '';
}
