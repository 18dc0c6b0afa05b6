/** The audit as `window.workbench` offers it: on the open database, with the network found unless it is given. */
import type { BytesLike } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { inferLayersPerEpoch } from '../state/queries/epochs';
import type { Queryable } from '../state/queries/ask';
import type { JobOptions } from '../base/progress';
import { auditAtx, type AtxAuditSettings } from './atx';
import {
  auditBallot,
  auditBallots,
  type BallotAuditOptions,
  type BallotTotals,
  type LayerSpan,
} from './ballots';
import { loadBlob, type BlobKind } from './blobs';
import { openAuditEngines, type AuditEngineOptions } from './engines';
import { auditMalfeasance, type MalfeasanceReport } from './malfeasance';
import { auditBlock, type MessageReport } from './messages';
import { auditLayers, type LayerAuditOptions, type LayerTotals } from './layers';
import { findNetwork, type AuditNetwork } from './network';
import type { LayerRange } from './rewards/types';
import { audit, type AuditJobOptions, type AuditRequest, type RunTally } from './run';
import { blobTree, type BlobOptions } from './tree/blob-tree';
import type { TreeNode } from './tree/node';
import type { AtxReport } from './types';

/** The network may be left out: it is found by the signatures. */
type OptionalNetwork<Request> = Omit<Request, 'network'> & {
  readonly network?: AuditNetwork | undefined;
};

type Waiting = Pick<JobOptions, 'signal'>;

/** The network that is given, or that the signatures show. @throws WorkbenchError `network-unknown` */
export async function networkOf(
  database: Queryable,
  given: AuditNetwork | undefined,
  options: Waiting,
): Promise<AuditNetwork> {
  const network = given ?? (await findNetwork(database, options));
  if (network) return network;
  throw new WorkbenchError(
    'network-unknown',
    'No known genesis id fits the signatures in this database. Give the network: its genesis id, golden ATX, tick size and PoST parameters.',
  );
}

export async function auditMany(
  database: Queryable,
  request: OptionalNetwork<AuditRequest>,
  options: AuditJobOptions = {},
): Promise<RunTally> {
  const network = await networkOf(database, request.network, options);
  return audit(database, { ...request, network }, options);
}

export async function auditOne(
  database: Queryable,
  id: BytesLike,
  {
    backend,
    threads,
    randomx,
    ...settings
  }: OptionalNetwork<AtxAuditSettings> & AuditEngineOptions,
  options: Waiting,
): Promise<AtxReport> {
  const network = await networkOf(database, settings.network, options);
  const engines = openAuditEngines({ backend, threads, randomx });
  try {
    return await auditAtx({ database, engines }, id, { ...settings, network }, options);
  } finally {
    engines.close();
  }
}

export async function auditMalfeasanceOf(
  database: Queryable,
  smesher: BytesLike,
  { network: given }: OptionalNetwork<unknown>,
  options: Waiting,
): Promise<MalfeasanceReport | null> {
  const network = await networkOf(database, given, options);
  const engines = openAuditEngines({ backend: 'cpu', threads: 1 });
  try {
    return await auditMalfeasance({ database, engines }, smesher, { network }, options);
  } finally {
    engines.close();
  }
}

/** A ballot or a block; null if the database has none of that id. */
export async function auditMessage(
  database: Queryable,
  {
    kind,
    id,
    network: given,
  }: OptionalNetwork<{ readonly kind: 'ballot' | 'block'; readonly id: BytesLike }>,
  options: Waiting,
): Promise<MessageReport | null> {
  if (kind === 'block') return auditBlock(database, id, options);
  const network = await networkOf(database, given, options);
  return auditBallot(database, id, { network }, options);
}

/** All ballots of a range of layers. */
export async function auditBallotsIn(
  database: Queryable,
  { network: given, ...span }: OptionalNetwork<LayerSpan>,
  options: BallotAuditOptions,
): Promise<BallotTotals> {
  return auditBallots(database, await networkOf(database, given, options), span, options);
}

export async function auditLayerRange(
  database: Queryable,
  range: LayerRange,
  { network: given }: OptionalNetwork<unknown>,
  options: LayerAuditOptions,
): Promise<LayerTotals> {
  const [{ genesisId }, { layersPerEpoch }] = await Promise.all([
    networkOf(database, given, options),
    inferLayersPerEpoch(database, options),
  ]);
  return auditLayers(database, { genesisId, layersPerEpoch }, range, options);
}

/** A blob of the database as a tree; null if it has none. */
export async function treeOf(
  database: Queryable,
  kind: BlobKind,
  id: BytesLike,
  options: Pick<BlobOptions, 'hrp'> = {},
): Promise<TreeNode | null> {
  const found = await loadBlob(database, kind, id);
  return found && blobTree(kind, found.blob, { ...options, version: found.version });
}
