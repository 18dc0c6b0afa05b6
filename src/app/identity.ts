import { IdentityStore } from '../pages/identity/identities.store.svelte';
import { start } from './start';

start({
  document: 'identity.html',
  intake: (stores) => stores.get(IdentityStore),
  home: 'identity',
});
