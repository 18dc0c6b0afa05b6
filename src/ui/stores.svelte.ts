/**
 * The stores of a document: each is made when it is first used, once, and lives as long as the document. Components get them
 * by context, other stores from `Stores`, which their constructor is given; so a test makes a set of its own.
 */
import { getContext } from 'svelte';

export type StoreClass<Store> = new (stores: Stores) => Store;

export class Stores {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- who asks for a store gets it made; nothing waits for one
  readonly #made = new Map<StoreClass<unknown>, unknown>();

  get<Store>(Class: StoreClass<Store>): Store {
    if (!this.#made.has(Class))
      // Outside of the component that is first to use it: what the store derives must survive that component.
      $effect.root(() => void this.#made.set(Class, new Class(this)));
    return this.#made.get(Class) as Store;
  }
}

const key = Symbol('stores');

/** The context to mount a document with. */
export const storesContext = (stores: Stores): Map<symbol, Stores> =>
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once, when the document is mounted
  new Map([[key, stores]]);

/** A store, for a component that is being set up. */
export const useStore = <Store>(Class: StoreClass<Store>): Store =>
  getContext<Stores>(key).get(Class);
