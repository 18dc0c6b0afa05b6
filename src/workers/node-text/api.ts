/** What the worker offers that reads texts of a node. */
import type { MetricsSummary, PrintedSummary } from '../../node/printed';
import type { PackedRows } from '../../state/rows';

export interface NodeTextWorkerApi {
  metrics(
    source: Blob | string,
    name: string,
  ): Promise<MetricsSummary & { readonly rows: PackedRows }>;
  printed(source: Blob | string, name: string): Promise<PrintedSummary>;
}
