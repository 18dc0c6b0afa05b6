/** Reads what a node or grpcurl printed off the page's thread. A File crosses as a handle, a pasted text as it is. */
import { summariseMetrics, summarisePrinted } from '../../node/printed';
import { packedBuffers, RowPacker } from '../../base/packed-rows';
import { limits, readTextFile, requireTextSize, type ReadLimit } from '../../base/read-file';
import { expose, transfer } from '../rpc';
import type { NodeTextWorkerApi } from '../../node/text-worker-api';

const sampleColumns = 5;
/** The page copies each message in one task. */
const eventsPerMessage = 250;

async function textOf(source: Blob | string, limit: ReadLimit): Promise<string> {
  if (source instanceof Blob) return readTextFile(source, limit);
  requireTextSize(source, limit);
  return source;
}

const api: NodeTextWorkerApi = {
  metrics: async (source, name) => {
    const packer = new RowPacker(sampleColumns);
    const text = await textOf(source, { ...limits.metrics, name });
    const summary = summariseMetrics(text, (row) => packer.push([...row]));
    const rows = packer.take();
    return transfer({ ...summary, rows }, packedBuffers(rows));
  },

  printed: async (source, name, onEvents) => {
    const summary = summarisePrinted(await textOf(source, { ...limits.printed, name }));
    if (!onEvents) return summary;
    const { events } = summary;
    for (let from = 0; from < events.length; from += eventsPerMessage)
      await onEvents(events.slice(from, from + eventsPerMessage));
    return { ...summary, events: [] };
  },
};
expose(api);
