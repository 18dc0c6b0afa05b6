/** The pages there are: the one list from which the navigation, the start page and the routes are made. */
import type { Component } from 'svelte';
import type { DocumentName } from '../pages/shared/documents';

export interface PageEntry {
  /** First segment of the address. */
  readonly id: string;
  readonly title: string;
  readonly document: DocumentName;
  /** What a user comes for, in one line. */
  readonly question: string;
  /** The topic of the guide that explains what the page is about. */
  readonly guide?: string;
  /** Loads the page; called only in its own document. */
  readonly load: () => Promise<{ default: Component }>;
}

export const pages: readonly PageEntry[] = [
  {
    id: 'state',
    title: 'State',
    document: 'index.html',
    question: 'What did my smesher earn, when, and to which coinbase? Which other smeshers exist?',
    guide: 'rewards',
    load: () => import('../pages/state/StatePage.svelte'),
  },
  {
    id: 'audit',
    title: 'Audit',
    document: 'index.html',
    question: 'Are the proofs and rewards in this state.sql valid?',
    guide: 'atx',
    load: () => import('../pages/audit/AuditPage.svelte'),
  },
  {
    id: 'post',
    title: 'PoST data',
    document: 'index.html',
    question: 'Is the directory complete and the data good? Can I still prove it?',
    guide: 'post',
    load: () => import('../pages/post/PostPage.svelte'),
  },
  {
    id: 'profile',
    title: 'Profile',
    document: 'index.html',
    question: 'How fast does this machine prove, hash and read? With which nonces and threads?',
    guide: 'performance',
    load: () => import('../pages/profile/ProfilePage.svelte'),
  },
  {
    id: 'plan',
    title: 'Plan',
    document: 'index.html',
    question:
      'How large may an identity be so that it is proved in time? One or many, local or cloud?',
    guide: 'poet',
    load: () => import('../pages/plan/PlanPage.svelte'),
  },
  {
    id: 'network',
    title: 'Network',
    document: 'index.html',
    question: 'What do splitting, ATX Merge and the new PoST do to the load and to my reward?',
    guide: 'network-load',
    load: () => import('../pages/network/NetworkPage.svelte'),
  },
  {
    id: 'identity',
    title: 'Identity',
    document: 'identity.html',
    question: 'What is this ID in hex or base64? Is one identity in two places?',
    guide: 'equivocation',
    load: () => import('../pages/identity/IdentityPage.svelte'),
  },
  {
    id: 'node',
    title: 'Node',
    document: 'node.html',
    question: 'Is my node up, synced and proving? What does its log say, how must it be set?',
    guide: 'monitoring',
    load: () => import('../pages/node/NodePage.svelte'),
  },
];

/** Linked from the foot of every page. */
export const glossaryPage: PageEntry = {
  id: 'glossary',
  title: 'Glossary',
  document: 'index.html',
  question: 'What does this term mean?',
  load: () => import('../pages/glossary/GlossaryPage.svelte'),
};

/** Linked from the foot of every page. */
export const guidePage: PageEntry = {
  id: 'guide',
  title: 'Guide',
  document: 'index.html',
  question: 'What do I have to know before I do this?',
  load: () => import('../pages/guide/GuidePage.svelte'),
};

/** Linked from the foot of every page: for authors of scripts, not one of the questions on the home page. */
export const scripting: PageEntry = {
  id: 'scripting',
  title: 'Scripting',
  document: 'index.html',
  question: 'How do I do this from the console?',
  load: () => import('../pages/scripting/ScriptingPage.svelte'),
};
