/**
 * Whether threads can share memory here. `crossOriginIsolated` alone does not answer it: WebKitGTK reports it and has no
 * `SharedArrayBuffer`, and elsewhere the class exists although no buffer of it can be sent to a worker.
 */
let known: boolean | undefined;

/** True only where a `SharedArrayBuffer` can be made and sent to another thread. */
export const hasSharedMemory = (): boolean => (known ??= canShareMemory(globalThis));

/** Why threads cannot share memory, as a clause: "this browser has no shared memory". */
export const whyNotShared = (): string =>
  globalThis.crossOriginIsolated
    ? 'this browser has no shared memory'
    : 'this page is not cross-origin isolated';

/** What gives threads shared memory, as a clause in the imperative. */
export const howToShare = (): string =>
  globalThis.crossOriginIsolated
    ? 'use a current Chromium, Firefox or Safari'
    : 'serve the page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';

/** What the answer depends on; `globalThis`, except in tests. */
export interface SharingScope {
  readonly SharedArrayBuffer?: typeof SharedArrayBuffer | undefined;
  readonly MessageChannel: typeof MessageChannel;
}

/** As `hasSharedMemory`, asked of `scope` each time. */
export function canShareMemory(scope: SharingScope): boolean {
  if (typeof scope.SharedArrayBuffer !== 'function') return false;
  const { port1, port2 } = new scope.MessageChannel();
  try {
    port1.postMessage(new scope.SharedArrayBuffer(4));
    return true;
  } catch {
    // A page that is not cross-origin isolated: DataCloneError.
    return false;
  } finally {
    port1.close();
    port2.close();
  }
}
