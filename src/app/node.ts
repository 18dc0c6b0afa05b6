import { NodeIntakeStore } from '../pages/node/intake.store.svelte';
import { start } from './start';

start({ document: 'node.html', intake: (stores) => stores.get(NodeIntakeStore), home: 'node' });
