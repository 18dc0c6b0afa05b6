/** The audit of ballots and blocks: ids, signatures, and the columns beside the blob. */
import type { Bytes, BytesLike } from '../protocol/bytes';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';
import type { AuditNetwork } from './network';
import type { Report } from './types';

export interface MessageReport extends Report {
  /** 20 bytes. */
  readonly id: Bytes;
  readonly layer: number;
}

/** @returns null if the database has no such ballot */
export function auditBallot(
  database: Queryable,
  id: BytesLike,
  settings: { readonly network: AuditNetwork },
  options: Pick<JobOptions, 'signal'> = {},
): Promise<MessageReport | null> {
  void [database, id, settings, options];
  return Promise.resolve(null);
}

/** @returns null if the database has no such block */
export function auditBlock(
  database: Queryable,
  id: BytesLike,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<MessageReport | null> {
  void [database, id, options];
  return Promise.resolve(null);
}
