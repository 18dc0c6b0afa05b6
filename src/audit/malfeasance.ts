/** Malfeasance proofs checked again, as the node did before it believed them. */
import type { Bytes, BytesLike } from '../protocol/bytes';
import type { MalfeasanceProof } from '../protocol/malfeasance';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';
import type { AtxAuditSettings } from './atx';
import type { AuditEngines } from './engines';
import type { Report } from './types';

export interface MalfeasanceReport extends Report {
  readonly smesher: Bytes;
  readonly kind: MalfeasanceProof['kind'] | undefined;
  /** What the proof says, in one sentence. */
  readonly statement: string;
}

/** All identities that the database holds a proof against, or marks through their marriage. */
export function malfeasantSmeshers(
  database: Queryable,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<readonly Bytes[]> {
  void [database, options];
  return Promise.resolve([]);
}

/**
 * Checks the proof against a smesher: an invalid index is really invalid, two messages really contradict.
 * @returns null if the database has none
 */
export function auditMalfeasance(
  database: Queryable,
  smesher: BytesLike,
  settings: Pick<AtxAuditSettings, 'network'>,
  engines: AuditEngines,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<MalfeasanceReport | null> {
  void [database, smesher, settings, engines, options];
  return Promise.resolve(null);
}
