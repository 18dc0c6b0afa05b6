/**
 * Terms with a definition one press away, each at its first use on a page. The app gives the definitions; nothing here
 * knows them. Components register where they use a term; of several uses only the first in document order is a button.
 */
import { createContext, untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';

export interface Definition {
  readonly id: string;
  readonly term: string;
  readonly definition: string;
}

export interface TermSource {
  readonly find: (id: string) => Definition | undefined;
  /** A text cut at its terms; parts without an id are what is between. */
  readonly split: (
    text: string,
  ) => readonly { readonly text: string; readonly id: string | undefined }[];
  /** Where all definitions are, and the document that opens beside this one. */
  readonly href: string;
  readonly target: string | undefined;
}

/** Uses that can be seen come before those in a closed part of the page. */
const isBefore = (a: Element, b: Element): boolean => {
  const [isAHidden, isBHidden] = [a, b].map((element) => element.closest('details') !== null);
  if (isAHidden !== isBHidden) return isBHidden === true;
  return (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
};

export class Terms {
  readonly source: TermSource;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- what shows is `#firsts`, chosen again at each change here
  readonly #uses = new Map<string, Set<HTMLElement>>();
  readonly #firsts = new SvelteMap<string, HTMLElement>();
  /** What the popover shows. */
  shown = $state.raw<readonly Definition[]>([]);

  constructor(source: TermSource) {
    this.source = source;
  }

  show(ids: readonly string[]): void {
    this.shown = ids.flatMap((id) => this.source.find(id) ?? []);
  }

  isFirst(id: string, element: HTMLElement | undefined): boolean {
    return element !== undefined && this.#firsts.get(id) === element;
  }

  /** Registers a use of a term; returns what takes it back. */
  use(id: string, element: HTMLElement): () => void {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as `#uses`
    const uses = this.#uses.get(id) ?? new Set();
    this.#uses.set(id, uses.add(element));
    untrack(() => this.#choose(id));
    return () => {
      uses.delete(element);
      untrack(() => this.#choose(id));
    };
  }

  /** A button that has the focus stays one while it is on the page. */
  #choose(id: string): void {
    const uses = this.#uses.get(id);
    const current = this.#firsts.get(id);
    if (current && uses?.has(current) && current.contains(document.activeElement)) return;
    let first: HTMLElement | undefined;
    for (const element of uses ?? []) if (!first || isBefore(element, first)) first = element;
    if (first === undefined) this.#firsts.delete(id);
    else this.#firsts.set(id, first);
  }
}

const [readTerms, setTerms, hasTerms] = createContext<Terms>();
export { setTerms };

/** Undefined outside an app that explains terms: then they are plain text. */
export const currentTerms = (): Terms | undefined => (hasTerms() ? readTerms() : undefined);
