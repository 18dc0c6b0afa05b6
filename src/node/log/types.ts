/** What a log gives: its summary, and the lines that match a filter. */
import type { JobOptions } from '../../base/progress';
import type { LogLife } from './life';
import type { LogFields, LogLevel } from './lines';

export interface CountOf {
  readonly name: string;
  readonly count: number;
}

/** Entries over time: bucket i begins at startMs + i × bucketMs. */
export interface LogHistogram {
  readonly startMs: number;
  readonly bucketMs: number;
  readonly errors: readonly number[];
  readonly warnings: readonly number[];
  readonly others: readonly number[];
}

export interface LogSummary {
  readonly sizeBytes: number;
  readonly lines: number;
  readonly entries: number;
  /** Lines outside any entry, before the first; all of them where this is not a log. */
  readonly strayLines: number;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly levels: readonly CountOf[];
  readonly services: readonly CountOf[];
  /** Six digits each. */
  readonly smeshers: readonly CountOf[];
  readonly histogram: LogHistogram;
  readonly life: LogLife;
  readonly warnings: readonly string[];
}

export interface LogFilter {
  readonly levels?: readonly LogLevel[] | undefined;
  /** A name covers what is below it: "node" covers "node.atxBuilder". */
  readonly services?: readonly string[] | undefined;
  /** Hex; the log gives the first six digits, so no more are compared. */
  readonly smesher?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Anywhere in the line, whatever the case. */
  readonly text?: string | undefined;
}

export interface LogEntry {
  /** From 1. */
  readonly line: number;
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly service: string;
  readonly message: string;
  readonly smesher: string | undefined;
  readonly fields: LogFields;
  /** Stack traces and other lines that follow, at most 100. */
  readonly more: readonly string[];
}

/** Where a search goes on: a block, and how many of its matches were given out. */
export interface LogCursor {
  readonly block: number;
  readonly skip: number;
}

export interface LogFindOptions extends JobOptions {
  readonly limit?: number;
  readonly newestFirst?: boolean;
  readonly after?: LogCursor | undefined;
}

export interface LogMatches {
  readonly entries: readonly LogEntry[];
  /** Absent at the end. */
  readonly next: LogCursor | undefined;
}
