import { desk } from '../pages/identity/desk.svelte';
import IdentityPage from '../pages/identity/IdentityPage.svelte';
import { start } from './start';

start({ document: 'identity.html', intake: desk, Home: IdentityPage });
