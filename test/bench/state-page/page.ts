/** The state engine alone in a page, for its bench: what the app's pages call, and nothing else in memory. */
import { openDatabase, warmUp } from '../../../src/state/database';

Object.assign(window, { openDatabase, warmUp });
