/** Mounts the shell of one document of the app. */
import { mount, type Component } from 'svelte';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import '../ui/styles/controls.css';
import type { Intake } from '../pages/shared/intake';
import type { DocumentName } from '../pages/shared/documents';
import { Stores, storesContext } from '../ui/stores.svelte';
import { guardScriptUrls } from '../workers/trusted-types';
import App from './App.svelte';

export function start({
  intake,
  ...props
}: {
  document: DocumentName;
  /** Where dropped files go. */
  intake: (stores: Stores) => Intake;
  home: string | Component;
}): void {
  guardScriptUrls();
  const target = document.getElementById('app');
  if (!target) throw new Error(`${props.document} has no #app`);
  const stores = new Stores();
  mount(App, {
    target,
    props: { ...props, intake: intake(stores) },
    context: storesContext(stores),
  });
}
