import { href, type Params } from './href';

/**
 * Where the user is. All of it is in the hash (`#/state/rewards?smesher=0x…`), which never
 * leaves the browser and can be sent to a friend: a page's inputs are the parameters.
 */
class Route {
  #hash = $state(location.hash);

  /** Path segments: `['state', 'rewards']`. */
  readonly path: readonly string[] = $derived(
    this.#hash.replace(/^#\/?/, '').split('?')[0]?.split('/').filter(Boolean) ?? [],
  );

  readonly params: ReadonlyURLSearchParams = $derived(
    new URLSearchParams(this.#hash.slice(this.#hash.indexOf('?') + 1 || this.#hash.length)),
  );

  constructor() {
    addEventListener('hashchange', () => (this.#hash = location.hash));
  }

  get page(): string {
    return this.path[0] ?? '';
  }

  /** One input of the page, or its default. */
  param(name: string, fallback = ''): string {
    return this.params.get(name) ?? fallback;
  }

  /** Goes somewhere, as a link would. */
  go(path: string, params: Params = {}): void {
    location.hash = href(path, params);
  }

  /**
   * Writes inputs into the address without a new entry in the history. Empty and undefined values are
   * left out, so a page at its defaults has a clean address.
   */
  update(params: Params): void {
    const merged: Params = { ...Object.fromEntries(this.params), ...params };
    const hash = href(this.path.join('/'), merged);
    if (hash === location.hash) return;
    history.replaceState(history.state, '', hash);
    this.#hash = hash;
  }
}

type ReadonlyURLSearchParams = Pick<URLSearchParams, 'get' | 'has' | typeof Symbol.iterator>;

export const route = new Route();
