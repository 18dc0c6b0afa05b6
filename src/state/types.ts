import type { CellValue } from '../base/packed-rows';

/** What SQLite stores: NULL, INTEGER or REAL (bigint beyond 2^53 - 1), TEXT, BLOB. */
export type SqlValue = CellValue;

/** By position, or by name: `{ smesher: … }` binds `:smesher`, `@smesher` and `$smesher`. */
export type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

/** A fact that the user must know about the opened files. */
export interface DatabaseFinding {
  /** Stable, kebab-case. */
  readonly code:
    | 'wal-missing'
    | 'wal-empty'
    | 'wal-torn'
    | 'shm-not-read'
    | 'wal-foreign'
    | 'copy-torn'
    | 'looks-live'
    | 'file-truncated'
    | 'schema-newer'
    | 'schema-older'
    | 'schema-unknown'
    | 'schema-empty';
  readonly severity: 'info' | 'warning' | 'error';
  /** States what is wrong and what to do. */
  readonly message: string;
}

export interface ColumnInfo {
  readonly name: string;
  /** The declared type, as the schema spells it: "CHAR(32)", "UNSIGNED LONG INT". */
  readonly type: string;
  readonly notNull: boolean;
  /** Position in the primary key, from 1; 0 when not part of it. */
  readonly primaryKey: number;
}

export interface TableInfo {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual';
  readonly columns: readonly ColumnInfo[];
  readonly indexes: readonly { readonly name: string; readonly columns: readonly string[] }[];
  /** The CREATE statement; empty for SQLite's own tables. */
  readonly sql: string;
}

export interface DatabaseInfo {
  /** Name of the main file as it was dropped. */
  readonly name: string;
  /** What its tables say it is. */
  readonly kind: 'state' | 'local' | 'other';
  /** Size of the database with the WAL applied: of the pages that the files really have. */
  readonly sizeBytes: number;
  readonly fileBytes: number;
  readonly pageSize: number;
  readonly pageCount: number;
  /** `PRAGMA user_version`: the number of the newest migration that go-spacemesh applied. */
  readonly schemaVersion: number;
  readonly walBytes: number;
  /** Frames of the current generation with a right checksum. */
  readonly walFrames: number;
  /** Frames up to the last commit: those that count. */
  readonly walCommittedFrames: number;
  readonly tables: readonly TableInfo[];
  readonly findings: readonly DatabaseFinding[];
  /** The findings' messages. */
  readonly warnings: readonly string[];
}

export interface QueryOptions {
  /** Rows to fetch at most (default 100,000); beyond it `truncated` is true. */
  readonly maxRows?: number | undefined;
  /** Memory of the rows at most, in bytes (default 512 MiB); beyond it `truncated` is true. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Names of result columns that hold unsigned 64-bit values: negative integers become their two's complement. */
  readonly unsigned?: readonly string[] | undefined;
  /** 'background' queries run next to the foreground queries, in a worker of their own with a small cache. */
  readonly priority?: 'foreground' | 'background' | undefined;
}

export interface QueryResult {
  /** In order, duplicates kept. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** True when there are more rows than were fetched. */
  readonly truncated: boolean;
  readonly ms: number;
}

/** One line of EXPLAIN QUERY PLAN. */
export interface PlanStep {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** Between these two a figure is, in 99 of 100 samples; they are equal where it is exact. */
export interface FigureRange {
  readonly low: number;
  readonly high: number;
}

/** Space that a table and its indexes take, from the pages of their b-trees. */
export interface TableSpace {
  readonly name: string;
  readonly rows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
  /** Of these, bytes that hold nothing. */
  readonly unusedBytes: number;
  readonly ranges: Readonly<
    Record<'rows' | 'tableBytes' | 'indexBytes' | 'unusedBytes', FigureRange>
  >;
  /** False: estimated from a sample of the pages; see `ranges`. */
  readonly exact: boolean;
}

/** Rows of a table in one epoch, and their share of the table's and its indexes' bytes. */
export interface EpochSpace {
  readonly table: string;
  /** Publish epoch of ATXs, epoch of the layer of everything else; undefined: the rows have none. */
  readonly epoch: number | undefined;
  readonly rows: number;
  /** Shares of the table's pages: never exact, since rows of several epochs share a page. */
  readonly bytes: number;
  readonly ranges: Readonly<Record<'rows' | 'bytes', FigureRange>>;
}

/** What fills a database. */
export interface SpaceReport {
  /** The largest first. */
  readonly tables: readonly TableSpace[];
  /** The newest epoch first, in it the largest table; without epochs unless they were asked for. */
  readonly epochs: readonly EpochSpace[];
  /** Of all tables. */
  readonly totals: Readonly<
    Record<'tableBytes' | 'indexBytes', { readonly value: number; readonly range: FigureRange }>
  >;
  /** Pages on the free list: VACUUM gives them back, and new rows go there first. As the header states it. */
  readonly freeBytes: number;
  /** Space inside half-filled pages that VACUUM would close up: an estimate. */
  readonly slackBytes: number;
  readonly sizeBytes: number;
  /** Pages among those read that are not what a tree needs there, or state impossible sizes: the figures leave them out. */
  readonly damagedPages: number;
  /** False: estimated from a sample of the pages. */
  readonly exact: boolean;
}

export type ExportFormat = 'csv' | 'json' | 'ndjson' | 'parquet';

/** Where an export goes: a `FileSystemWritableFileStream`, a memory sink, anything that takes bytes in order. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void> | void;
  close(): Promise<void> | void;
  abort?(reason: unknown): Promise<void> | void;
}
