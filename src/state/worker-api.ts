/** What the state worker offers. One result is open at a time. */
import type { DatabaseComparison } from './compare/compare';
import type { CompareProgress } from './compare/plan';
import type { WalIndex } from './engine/wal';
import type { ExportChunk, ExportRequest } from './export';
import type { PackedRows } from '../base/packed-rows';
import type { DatabaseInfo, PlanStep, SpaceReport, SqlParams } from './types';

/** What a worker needs to open a database. Files cross as handles: nothing of them is copied. */
export interface OpenRequest {
  readonly main: File;
  readonly wal: File | undefined;
  readonly shm: File | undefined;
  readonly cacheBytes: number;
  /** The main file is known to be everything. */
  readonly complete: boolean;
  /** Non-zero in its first element while what runs is to stop; absent where threads share no memory. */
  readonly cancelFlag: Int32Array<SharedArrayBuffer> | undefined;
  readonly walIndex: WalIndex | undefined;
}

/** Rows of the running query; `done` when there are no more. */
export interface Fetched {
  readonly batch: PackedRows;
  readonly done: boolean;
}

export interface SpaceRequest {
  /** Reads every page instead of a sample. */
  readonly exact: boolean;
  /** Also distinguishes rows by epoch. */
  readonly layersPerEpoch: number | undefined;
}

/** How many pages are accounted for; the report at the end. */
export interface SpaceStep {
  readonly done: number;
  readonly total: number;
  readonly report: SpaceReport | undefined;
}

export interface StateWorkerApi {
  /** Starts SQLite; comes before `open`. */
  prepare(module: WebAssembly.Module): Promise<void>;
  open(request: OpenRequest): Promise<{ info: DatabaseInfo; walIndex: WalIndex | undefined }>;
  /** Runs a statement and answers its first rows: at most `maxRows`, or what there is after `maxMs`. */
  start(
    query: {
      readonly sql: string;
      readonly params: SqlParams;
      readonly unsigned: readonly string[];
    },
    maxRows: number,
    maxMs: number,
  ): Fetched & { readonly columns: readonly string[] };
  next(maxRows: number, maxMs: number): Fetched;
  /** Ends the open result, if there is one. */
  stop(): void;
  plan(sql: string): PlanStep[];
  startExport(request: ExportRequest): void;
  /** The next bytes of the export, or undefined at its end. */
  nextExport(): ExportChunk | undefined;
  /** Begins to count the disk usage. */
  startSpace(request: SpaceRequest): void;
  /** Counts on for about `maxMs`. */
  nextSpace(maxMs: number): SpaceStep;
  /** Opens another database beside the open one, and begins to compare the two. Answers what is odd about the other's files. */
  startCompare(other: OpenRequest): Promise<readonly string[]>;
  /** Compares on for about `maxMs`; `result` at the end. */
  nextCompare(maxMs: number): CompareProgress & { readonly result: DatabaseComparison | undefined };
  statistics(): { reads: number; readBytes: number; heldBytes: number };
}
