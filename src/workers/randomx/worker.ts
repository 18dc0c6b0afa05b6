import { expose } from '../rpc';
import { RandomXThread } from './thread';

expose(new RandomXThread());
