import { desk } from '../pages/node/desk.svelte';
import NodePage from '../pages/node/NodePage.svelte';
import { start } from './start';

start({ document: 'node.html', intake: desk, Home: NodePage });
