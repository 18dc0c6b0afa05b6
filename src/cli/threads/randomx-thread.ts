/** The script of a thread that computes RandomX (pow-engines.ts starts it). */
import { RandomXThread } from '../../workers/randomx/thread';
import { expose } from '../../workers/rpc';
import { threadEndpoint } from './node-worker';

expose(new RandomXThread(), threadEndpoint());
