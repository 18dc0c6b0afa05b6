/** The audit of one ATX: everything in it recomputed, and compared with the tables. */
import type { BytesLike } from '../protocol/bytes';
import type { VerifyRequest } from '../post/verify';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';
import type { AuditEngines } from './engines';
import type { AuditNetwork } from './network';
import type { AtxReport } from './types';

export interface AtxAuditSettings {
  readonly network: AuditNetwork;
  /**
   * Which indices of every PoST are recomputed: 'all', `{ subset: K3, seed }` as a node does whose seed is its peer
   * id, `{ one: position }`, or 'none' (and no k2pow) to audit everything but the PoSTs. 'all' unless said.
   */
  readonly indices?: VerifyRequest['mode'] | 'none' | undefined;
}

/**
 * Audits one ATX. Never throws for what the database holds: that is what the report is about.
 * @param engines used and left open
 * @throws WorkbenchError of the database or the engines; AbortError
 */
export function auditAtx(
  database: Queryable,
  id: BytesLike,
  settings: AtxAuditSettings,
  engines: AuditEngines,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<AtxReport> {
  void [database, id, settings, engines, options];
  return Promise.reject(new Error('being built'));
}
