import { expose } from '../rpc';
import { ProvingThread } from './thread';

expose(new ProvingThread());
