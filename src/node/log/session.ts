/** A log opened in a worker, as pages use it. */
import type { JobOptions } from '../../base/progress';
import type { LogsWorkerApi } from './worker-api';
import { proxy, WorkerHandle, type Remote } from '../../workers/rpc';
import { spawn } from '../../workers/spawn';
import type { LogFindOptions, LogFilter, LogMatches, LogSummary } from './types';

export class LogSession {
  readonly #worker = new WorkerHandle<LogsWorkerApi>(spawn.logs);

  /** Reads the log once. @throws WorkbenchError `log-archive-…`; AbortError */
  open(file: Blob, options: JobOptions = {}): Promise<LogSummary> {
    const { onProgress } = options;
    return this.#run(options.signal, (api) => api.open(file, onProgress && proxy(onProgress)));
  }

  /** @throws AbortError, also when another search begins before this one ends */
  find(filter: LogFilter, options: LogFindOptions = {}): Promise<LogMatches> {
    const { signal, onProgress, ...rest } = options;
    return this.#run(signal, (api) => api.find(filter, rest, onProgress && proxy(onProgress)));
  }

  close(): void {
    this.#worker.terminate();
  }

  async #run<R>(
    signal: AbortSignal | undefined,
    use: (api: Remote<LogsWorkerApi>) => Promise<R>,
  ): Promise<R> {
    signal?.throwIfAborted();
    const cancel = () => void this.#worker.call((api) => api.cancel()).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#worker.call(use);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }
}
