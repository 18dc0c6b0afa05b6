/** The audit of many ATXs: a smesher's, an epoch's, or a sample of either. */
import type { BytesLike } from '../protocol/bytes';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';
import type { AtxAuditSettings } from './atx';
import type { AuditEngineOptions, AuditEngines } from './engines';
import type { AtxReport, CheckName } from './types';

/** Which ATXs: these, all that a smesher published or has a PoST in, all of an epoch, or all there are. */
export type Chosen =
  | { readonly atxs: readonly BytesLike[] }
  | { readonly smesher: BytesLike }
  | { readonly publishEpoch: number }
  | 'all';

export interface AuditRequest extends AtxAuditSettings, AuditEngineOptions {
  readonly of: Chosen;
  /** Draws this many of them, each set as likely as any other; all unless said. */
  readonly sample?: { readonly size: number; readonly seed: string } | undefined;
}

export interface Tally {
  /** ATXs there were to draw from. */
  readonly population: number;
  /** Drawn, so to be audited. */
  readonly chosen: number;
  readonly held: number;
  readonly failed: number;
  readonly untold: number;
  /** ATXs by the checks that failed in them. */
  readonly failedBy: ReadonlyMap<CheckName, number>;
  /** With 99 % confidence, the share of bad ATXs in the population is at most this (0 to 1). */
  readonly badShareBound: number;
  /** The same as a sentence. */
  readonly statement: string;
  readonly elapsedMs: number;
}

export interface AuditJobOptions extends JobOptions {
  /** Every ATX's report as it comes, in no fixed order, with the tally so far. */
  readonly onReport?: ((report: AtxReport, tally: Tally) => void) | undefined;
}

/**
 * Audits what was chosen. Progress counts ATXs. Memory: the ATXs in flight (a few a thread), never all of them.
 * @param engines used and left open; else opened for the run
 * @throws WorkbenchError of the database or the engines; AbortError within 200 ms of the signal
 */
export function audit(
  database: Queryable,
  request: AuditRequest,
  options: AuditJobOptions = {},
  engines?: AuditEngines,
): Promise<Tally> {
  void [database, request, options, engines];
  return Promise.reject(new Error('being built'));
}
