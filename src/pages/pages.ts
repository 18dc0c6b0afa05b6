/** The pages there are: the one list from which the navigation, the start page and the routes are made. */
import type { Component } from 'svelte';

export interface PageEntry {
  /** First segment of the address. */
  readonly id: string;
  readonly title: string;
  /** What a person comes for, in one line. */
  readonly question: string;
  readonly load: () => Promise<{ default: Component }>;
}

export const pages: readonly PageEntry[] = [
  {
    id: 'state',
    title: 'State',
    question: 'What did my smesher earn, when, and to which coinbase? Who else is there?',
    load: () => import('./state/StatePage.svelte'),
  },
];
