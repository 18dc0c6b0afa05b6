/** The state engine alone in a page, for its bench: what the app's pages call, and nothing else in memory. */
import { openDatabase } from '../../../src/state/database';
import { warmUp } from '../../../src/state/sqlite-worker';

Object.assign(window, { openDatabase, warmUp });
