/** Reads logs off the page's thread. The file itself stays where it is: a File crosses as a handle. */
import {
  LogFile,
  type FindOptions,
  type LogFilter,
  type LogMatches,
  type LogSummary,
} from '../../node/log/file';
import type { Progress } from '../../base/progress';
import { expose } from '../rpc';

let log: LogFile | undefined;
let running = new AbortController();

/** One job at a time: a new one ends the one before. */
function begin(): AbortSignal {
  running.abort();
  running = new AbortController();
  return running.signal;
}

const door = {
  async open(file: Blob, onProgress?: (progress: Progress) => void): Promise<LogSummary> {
    log = await LogFile.open(file, { signal: begin(), onProgress });
    return log.summary;
  },

  async find(
    filter: LogFilter,
    options: Pick<FindOptions, 'limit' | 'newestFirst' | 'after'>,
    onProgress?: (progress: Progress) => void,
  ): Promise<LogMatches> {
    if (!log) return { entries: [], next: undefined };
    return log.find(filter, { ...options, signal: begin(), onProgress });
  },

  cancel(): void {
    running.abort();
  },
};

export type LogsDoor = typeof door;
expose(door);
