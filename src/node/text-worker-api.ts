/** What the worker offers that reads texts of a node. */
import type { MetricsSummary, PrintedSummary } from './printed';
import type { PackedRows } from '../base/packed-rows';

export interface NodeTextWorkerApi {
  metrics(
    source: Blob | string,
    name: string,
  ): Promise<MetricsSummary & { readonly rows: PackedRows }>;
  /** @param onEvents gets the events in small groups, oldest first, each in a task of its own; the answer then has none */
  printed(
    source: Blob | string,
    name: string,
    onEvents?: (events: PrintedSummary['events']) => Promise<void>,
  ): Promise<PrintedSummary>;
}
