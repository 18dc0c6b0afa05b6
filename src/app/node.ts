import { desk } from '../pages/node/desk.svelte';
import { start } from './start';

start({ document: 'node.html', intake: desk, home: 'node' });
