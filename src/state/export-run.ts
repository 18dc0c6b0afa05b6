/** A result of any size, written to files as it is read. */
import { untilAbort } from '../base/abort';
import type { WorkerCall } from './database-worker';
import type { ExportChunk, ExportPartition } from './export';
import type { ByteSink, ExportFormat, SqlParams } from './types';

export interface ExportOptions {
  readonly format: ExportFormat;
  /** In CSV, an apostrophe before a text that a spreadsheet would run as a formula; on by default. */
  readonly escapeFormulas?: boolean | undefined;
  readonly partition?: ExportPartition | undefined;
  readonly unsigned?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rows written so far. */
  readonly onProgress?: ((rows: number) => void) | undefined;
}

/**
 * `open` is asked for each file's sink: with the partition's name (`epoch=12`), or the empty string for a single file.
 * Sinks are closed at the end, or aborted on failure. Memory: two chunks.
 * @returns rows written
 */
export async function exportRows(
  run: <R>(task: (call: WorkerCall) => Promise<R>) => Promise<R>,
  request: ExportOptions & { readonly sql: string; readonly params: SqlParams },
  open: (part: string) => Promise<ByteSink> | ByteSink,
): Promise<number> {
  const { sql, params, format, partition, unsigned = [], escapeFormulas } = request;
  const { signal, onProgress } = request;
  const sinks = new Map<string, ByteSink>();
  const write = async ({ part, bytes }: ExportChunk): Promise<void> => {
    let sink = sinks.get(part);
    if (!sink) {
      sink = await open(part);
      sinks.set(part, sink);
    }
    await sink.write(bytes);
  };
  try {
    return await run(async (call) => {
      await call((api) =>
        api.startExport({ sql, params, unsigned, format, partition, escapeFormulas }),
      );
      let rows = 0;
      let reading = call((api) => api.nextExport());
      for (;;) {
        const chunk = await reading;
        if (!chunk) break;
        reading = call((api) => api.nextExport());
        reading.catch(() => undefined);
        await untilAbort(write(chunk), signal);
        rows = chunk.rows;
        onProgress?.(rows);
      }
      for (const sink of sinks.values()) await sink.close();
      return rows;
    });
  } catch (error) {
    for (const sink of sinks.values()) await sink.abort?.(error);
    throw error;
  }
}
