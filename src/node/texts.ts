/** Texts of a node, read in a worker that ends with the answer. */
import type { NodeTextWorkerApi } from '../workers/node-text/api';
import { WorkerHandle, type Remote } from '../workers/rpc';
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

/** @throws WorkbenchError `file-…`, `grpcurl-…` */
export const readPrintedText = (source: Blob | string, name: string) =>
  inWorker((api) => api.printed(source, name));
