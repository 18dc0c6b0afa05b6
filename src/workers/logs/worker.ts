/** Reads logs off the page's thread. The file itself stays where it is: a File crosses as a handle. */
import { LogFile } from '../../node/log/file';
import { expose } from '../rpc';
import type { LogsWorkerApi } from '../../node/log/worker-api';

let log: LogFile | undefined;
let running = new AbortController();

function begin(): AbortSignal {
  running.abort();
  running = new AbortController();
  return running.signal;
}

const api: LogsWorkerApi = {
  open: async (file, onProgress) => {
    log = await LogFile.open(file, { signal: begin(), onProgress });
    return log.summary;
  },

  find: async (filter, options, onProgress) => {
    if (!log) return { entries: [], next: undefined };
    return log.find(filter, { ...options, signal: begin(), onProgress });
  },

  cancel: () => running.abort(),
};
expose(api);
