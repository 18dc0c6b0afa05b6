/** The script of a thread that scans for proofs (scanner.ts starts it). */
import { ProvingThread } from '../../workers/proving/thread';
import { expose } from '../../workers/rpc';
import { DiskFile } from '../files/disk-file';
import type { DiskScanApi, DiskSlice } from '../scanner';
import { threadEndpoint } from './node-worker';

const thread = new ProvingThread();
const inFile = ({ range, from, to }: DiskSlice) => ({ file: DiskFile.of(range), from, to });

const api: DiskScanApi = {
  open: (module, job) => thread.open(module, job),
  scan: (slice) => thread.scan(inFile(slice)),
  scanMemory: (byteLength) => thread.scanMemory(byteLength),
};
expose(api, threadEndpoint());
