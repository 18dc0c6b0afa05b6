/** Texts of a node, read in a worker that ends with the answer. */
import type { NodeTextApi } from '../workers/node-text/worker';
import { WorkerHandle, type Remote } from '../workers/rpc';

async function inWorker<R>(use: (api: Remote<NodeTextApi>) => Promise<R>): Promise<R> {
  const worker = new WorkerHandle<NodeTextApi>(
    () =>
      new Worker(new URL('../workers/node-text/worker.ts', import.meta.url), { type: 'module' }),
  );
  try {
    return await worker.call(use);
  } finally {
    worker.terminate();
  }
}

/** @throws WorkbenchError `file-…`, `metrics-…` */
export const readMetricsText = (source: Blob | string, name: string) =>
  inWorker((api) => api.metrics(source, name));

/** @throws WorkbenchError `file-…`, `grpcurl-…` */
export const readPrintedText = (source: Blob | string, name: string) =>
  inWorker((api) => api.printed(source, name));
