/**
 * Where stores are tested: Svelte's client runtime, with the address and the history of a page and nothing else of it.
 * The Vitest project `stores` uses it.
 */
import type { Environment } from 'vitest/runtime';

/** An address that reports a new fragment, as that of a page does. */
class PageAddress extends URL {
  readonly #onHash: () => void;

  constructor(address: string, onHash: () => void) {
    super(address);
    this.#onHash = onHash;
  }

  override get hash(): string {
    return super.hash;
  }

  override set hash(hash: string) {
    super.hash = hash;
    this.#onHash();
  }
}

const environment: Environment = {
  name: 'page',
  viteEnvironment: 'client',
  setup(global: Record<string, unknown>) {
    const events = new EventTarget();
    const location = new PageAddress('http://localhost/index.html', () =>
      events.dispatchEvent(new Event('hashchange')),
    );
    const given = {
      location,
      // Node 20 has none.
      navigator: { hardwareConcurrency: 4 },
      history: {
        state: null,
        replaceState: (_state: unknown, _title: string, url: string) => {
          location.href = new URL(url, location).href;
        },
      },
      addEventListener: events.addEventListener.bind(events),
      removeEventListener: events.removeEventListener.bind(events),
      dispatchEvent: events.dispatchEvent.bind(events),
    };
    const before = Object.fromEntries(Object.keys(given).map((name) => [name, global[name]]));
    Object.assign(global, given);
    return { teardown: () => void Object.assign(global, before) };
  },
};

export default environment;
