/** The pages there are: the one list from which the navigation, the start page and the routes are made. */
import type { Component } from 'svelte';

/**
 * The HTML documents of the app. Each lives under a policy of its own: `identity.html` may not use the
 * network at all, `node.html` may reach the node that the person names, everything else only its own origin.
 */
export type DocumentName = 'index.html' | 'identity.html' | 'node.html';

export interface PageEntry {
  /** First segment of the address. */
  readonly id: string;
  readonly title: string;
  readonly document: DocumentName;
  /** What a person comes for, in one line. */
  readonly question: string;
  /** Loads the page; called only in its own document. */
  readonly load: () => Promise<{ default: Component }>;
}

export const pages: readonly PageEntry[] = [
  {
    id: 'state',
    title: 'State',
    document: 'index.html',
    question: 'What did my smesher earn, when, and to which coinbase? Who else is there?',
    load: () => import('./state/StatePage.svelte'),
  },
];
