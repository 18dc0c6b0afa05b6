/** What the log worker offers. One job at a time: a new one ends the one before. */
import type { Progress } from '../../base/progress';
import type { FindOptions, LogFilter, LogMatches, LogSummary } from '../../node/log/file';

export interface LogsWorkerApi {
  open(file: Blob, onProgress?: (progress: Progress) => void): Promise<LogSummary>;
  find(
    filter: LogFilter,
    options: Pick<FindOptions, 'limit' | 'newestFirst' | 'after'>,
    onProgress?: (progress: Progress) => void,
  ): Promise<LogMatches>;
  cancel(): void;
}
