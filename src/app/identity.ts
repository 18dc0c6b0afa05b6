import { desk } from '../pages/identity/desk.svelte';
import { start } from './start';

start({ document: 'identity.html', intake: desk, home: 'identity' });
