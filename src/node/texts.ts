/** Texts of a node, read in a worker that ends with the answer. */
import type { NodeEvent } from './api/events';
import type { NodeTextWorkerApi } from './text-worker-api';
import { proxy, WorkerHandle, type Remote } from '../workers/rpc';
import { spawn } from '../workers/spawn';

async function inWorker<R>(use: (api: Remote<NodeTextWorkerApi>) => Promise<R>): Promise<R> {
  const worker = new WorkerHandle<NodeTextWorkerApi>(spawn.nodeText);
  try {
    return await worker.call(use);
  } finally {
    worker.terminate();
  }
}

/** @throws WorkbenchError `file-…`, `metrics-…` */
export const readMetricsText = (source: Blob | string, name: string) =>
  inWorker((api) => api.metrics(source, name));

/**
 * @param onEvents gets the events in small groups, oldest first; the answer then has none
 * @throws WorkbenchError `file-…`, `grpcurl-…`
 */
export const readPrintedText = (
  source: Blob | string,
  name: string,
  onEvents: (events: readonly NodeEvent[]) => void,
) =>
  inWorker((api) =>
    api.printed(
      source,
      name,
      proxy((events: readonly NodeEvent[]) => {
        onEvents(events);
        return Promise.resolve();
      }),
    ),
  );
