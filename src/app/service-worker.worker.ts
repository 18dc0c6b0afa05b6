/**
 * Keeps the app for offline use and lets it run isolated on hosts that cannot set headers. Everything
 * that a build consists of is kept at install, completely or not at all; a new build waits until the user
 * lets it in, so no job is ever cut off by an update.
 */
import { securityHeaders } from '../server/headers';

declare const self: ServiceWorkerGlobalScope;

/** Replaced by the build with a hash over all its files, so that a new build is a new worker. */
const buildId = '__BUILD_ID__';
/** As `scopedName` (src/base/scope.ts), which is in a chunk of its own: a service worker is one file. */
const cachePrefix = `workbench ${new URL('.', self.location.href).pathname} `;
const cacheName = cachePrefix + buildId;

self.addEventListener('install', (event) => {
  event.waitUntil(keepBuild());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOtherBuilds().then(() => self.clients.claim()));
});

self.addEventListener('message', ({ data }) => {
  if (data === 'use-update') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = new URL(request.url).origin === self.location.origin;
  if (request.method === 'GET' && isOurs) event.respondWith(answer(request));
});

async function keepBuild(): Promise<void> {
  const response = await fetch('build-files.json', { cache: 'no-store' });
  const files = (await response.json()) as string[];
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })));
}

async function dropOtherBuilds(): Promise<void> {
  for (const name of await caches.keys())
    if (name !== cacheName && (name.startsWith(cachePrefix) || (await isEarlierBuild(name))))
      await caches.delete(name);
}

/** Earlier versions named their caches without the path; this deployment's holds its start page. */
async function isEarlierBuild(name: string): Promise<boolean> {
  if (!/^workbench-[0-9a-f]{16}$/.test(name)) return false;
  const cache = await caches.open(name);
  return (await cache.match(new URL('index.html', self.location.href))) !== undefined;
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const wanted = request.mode === 'navigate' ? pageOf(request.url) : request;
  // A host that answers by Origin or by encoding states so in Vary; what is kept is the same for all.
  const options = { ignoreSearch: true, ignoreVary: true };
  // Without a connection the page is to see a failed request, not this worker a rejection without a handler.
  const response =
    (await cache.match(wanted, options)) ??
    (await fetchHere(request).catch(() => Response.error()));
  if (response.type === 'opaque' || response.type === 'opaqueredirect' || response.type === 'error')
    return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders(new URL(request.url).pathname)))
    headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

/** What the build does not hold. A host that sends the request elsewhere is refused, but for a navigation, which shows it. */
const fetchHere = (request: Request): Promise<Response> =>
  request.mode === 'navigate' ? fetch(request) : fetch(request, { redirect: 'error' });

/** `…/` is index.html; the hash never reaches a server. */
function pageOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname.endsWith('/') ? `${origin}${pathname}index.html` : `${origin}${pathname}`;
}
