/** What the log worker offers. One job at a time: a new one ends the one before. */
import type { Progress } from '../../base/progress';
import type { LogFindOptions, LogFilter, LogMatches, LogSummary } from './types';

export interface LogsWorkerApi {
  open(file: Blob, onProgress?: (progress: Progress) => void): Promise<LogSummary>;
  find(
    filter: LogFilter,
    options: Pick<LogFindOptions, 'limit' | 'newestFirst' | 'after'>,
    onProgress?: (progress: Progress) => void,
  ): Promise<LogMatches>;
  cancel(): void;
}
