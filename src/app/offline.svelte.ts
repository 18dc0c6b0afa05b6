/**
 * The page's side of offline use: registers the service worker and reports when a newer build waits. It is used
 * only when the user asks for it.
 */
import { scopedName } from '../base/scope';
import type { DocumentName } from '../pages/shared/documents';

class Offline {
  /** A newer build is here and waits. */
  updateReady = $state(false);
  #waiting: ServiceWorker | undefined;

  async register(document: DocumentName): Promise<void> {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
    const hadController = navigator.serviceWorker.controller !== null;
    try {
      // Its policy forbids workers of every kind; the other documents keep its files, too.
      if (document === 'identity.html') {
        const registration = await navigator.serviceWorker.getRegistration();
        if (registration) this.#watch(registration);
        return;
      }
      const registration = await navigator.serviceWorker.register('./service-worker.js', {
        updateViaCache: 'none',
      });
      this.#watch(registration);
      if (!hadController) await this.#isolateOnce();
    } catch {
      // Private windows and some hosts refuse service workers; the app then simply is not kept offline.
    }
  }

  /** Lets the waiting build in and starts the page again with it. */
  useUpdate(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), {
      once: true,
    });
    this.#waiting?.postMessage('use-update');
  }

  #watch(registration: ServiceWorkerRegistration): void {
    const announce = (worker: ServiceWorker | null): void => {
      // The first worker of all replaces nothing, so there is nothing to announce.
      if (!worker || !navigator.serviceWorker.controller) return;
      this.#waiting = worker;
      this.updateReady = true;
    };
    announce(registration.waiting);
    registration.addEventListener('updatefound', () => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed') announce(registration.waiting);
      });
    });
  }

  /**
   * On a host that sets no isolation headers the first visit is not isolated; from the next load on the
   * service worker adds them. A page on which nothing has been done yet is reloaded immediately.
   */
  async #isolateOnce(): Promise<void> {
    if (globalThis.crossOriginIsolated) return;
    await navigator.serviceWorker.ready;
    // Whatever is opened or done goes to a page, and so into the address.
    const triedKey = scopedName('isolation-tried', location.pathname);
    const untouched = location.hash.length <= 2;
    if (untouched && sessionStorage.getItem(triedKey) === null) {
      sessionStorage.setItem(triedKey, 'yes');
      location.reload();
    }
  }
}

export const offline = new Offline();
