/**
 * `window.workbench`: everything the pages do, for the browser's console and for automation. The pages
 * call the same functions. Long calls take `{ signal, onProgress }` beside their request or as a last
 * argument, and reject with an AbortError when aborted; errors are WorkbenchErrors.
 */
import packageJson from '../../package.json';
import type { AtxAuditSettings } from '../audit/atx';
import type { AuditEngineOptions } from '../audit/engines';
import type { LayerAuditOptions } from '../audit/layers';
import type { AuditNetwork } from '../audit/network';
import type { LayerRange } from '../audit/rewards/types';
import type { AuditJobOptions, AuditRequest } from '../audit/run';
import type { BallotAuditOptions, LayerSpan } from '../audit/ballots';
import type { BlobKind } from '../audit/blobs';
import type { BlobOptions } from '../audit/tree/blob-tree';
import * as identityKeys from '../identity/keys';
import { session } from '../pages/shared/session.svelte';
import type { SmesherLuckRequest } from '../pages/state/luck';
import { capabilities } from '../post/capabilities';
import type { CheckRequest } from '../post/check/check';
import type { DirectorySource, PostDirectory } from '../post/directory/directory';
import type { InitializeOptions, InitializeRequest } from '../post/initialize/initialize';
import type { RandomXOptions } from '../post/k2pow/engines';
import type { K2powRequest, PowProgress } from '../post/k2pow/k2pow';
import type { FindNonceRequest, LabelsRequest } from '../post/labels';
import type { NonceSearch } from '../post/check/nonce';
import type { LabelProfileRequest } from '../post/profile/labels';
import type { PowProfileProgress, PowProfileRequest } from '../post/profile/pow';
import type { ProvingProfileRequest } from '../post/profile/proving';
import type { ReadProfileRequest } from '../post/profile/read';
import type { ProveOptions } from '../post/prove/prove';
import type { ProveJobRequest } from '../post/prove/job';
import type { VerifyRequest } from '../post/verify/verify';
import { readBytes, type Bytes, type BytesLike } from '../base/bytes';
import { commitment } from '../protocol/commitment';
import { eligibleSlots } from '../protocol/eligibility';
import { WorkbenchError } from '../base/error';
import { issuance } from '../protocol/issuance';
import { advice } from '../simulate/proving/advice';
import { cloud } from '../simulate/farm/cloud';
import { epoch } from '../simulate/farm/epoch';
import { farm } from '../simulate/farm/farm';
import { fleet } from '../simulate/farm/fleet';
import { network } from '../simulate/network/network';
import { finishFraction, k2powHashes, passSuccess } from '../simulate/probability/passes';
import { provingPlan } from '../simulate/proving/throughput';
import type { Database, OpenOptions } from '../state/database';
import type { RewardFilter, RewardRow } from '../state/queries/rewards';
import type { DatabaseInfo, QueryOptions, QueryResult, SqlParams } from '../state/types';
import type { JobOptions } from '../base/progress';

/** A call whose options may stand in the request itself or beside it. */
type Job<Request, Result, P> = (
  request: Request & JobOptions<P>,
  options?: JobOptions<P>,
) => Promise<Result>;

function job<Request extends object, Result, P>(
  run: (request: Request, options: JobOptions<P>) => Promise<Result>,
): Job<Request, Result, P> {
  return ({ signal, onProgress, ...request }, options) =>
    run(request as unknown as Request, { signal, onProgress, ...options });
}

/** The open database. @throws WorkbenchError `database-not-open` */
function database(): Database {
  if (session.database) return session.database;
  throw new WorkbenchError(
    'database-not-open',
    'No database is open. Call workbench.state.open(files), or drop state.sql on the page.',
  );
}

const ids = () => import('../state/queries/find-id');
const resolve = async (value: BytesLike, kind: 'smesher' | 'atx'): Promise<BytesLike> =>
  (await ids()).resolveBytes(database(), value, kind);

const state = {
  /** Opens state.sql or local.sql with its -wal and -shm, in any order; the pages show it too. */
  open: async (files: Iterable<File>, options: OpenOptions = {}): Promise<DatabaseInfo> => {
    const { openDatabase } = await import('../state/database');
    const opened = await openDatabase(files, options);
    session.useDatabase(opened);
    return opened.info;
  },
  /** Runs one reading statement. BLOBs are Uint8Arrays, integers beyond 2^53 bigints. */
  query: async (sql: string, params?: SqlParams, options?: QueryOptions): Promise<QueryResult> =>
    database().query(sql, params, options),
  /** Ids in any form, a unique prefix too; a text may be a list. */
  rewards: async (filter: RewardFilter): Promise<RewardRow[]> => {
    const resolved = await (await ids()).resolveFilter(database(), filter);
    return (await import('../state/queries/rewards')).rewards(database(), resolved);
  },
  coinbases: async (smesher: BytesLike) =>
    (await import('../state/queries/accounts')).coinbases(
      database(),
      await resolve(smesher, 'smesher'),
    ),
  /** By its id in any form, by a unique prefix of it, or by one of its ATXs. */
  smesher: async (id: BytesLike) =>
    (await import('../state/queries/smeshers')).smesher(database(), await resolve(id, 'smesher')),
  /** Unlucky or broken? Slots due, layers paid, and the probability of so little for a node that does all right. */
  luck: async (request: SmesherLuckRequest, options?: Pick<JobOptions, 'signal'>) =>
    (await import('../pages/state/luck')).smesherLuck(database(), request, options),
  epochs: async () => (await import('../state/queries/epochs')).epochs(database()),
  atx: async (id: BytesLike) =>
    (await import('../state/queries/atxs')).atx(database(), await resolve(id, 'atx')),
  close: (): void => session.closeDatabase(),
};

const post = {
  /** blake3 of the two ids, 32 bytes each. */
  commitment: (nodeId: BytesLike, commitmentAtxId: BytesLike): Bytes =>
    commitment(readBytes(nodeId, 32, 'nodeId'), readBytes(commitmentAtxId, 32, 'commitmentAtxId')),
  labels: job(async (request: LabelsRequest, options) =>
    (await import('../post/labels')).labels(request, options),
  ),
  findNonce: job(async (request: FindNonceRequest, options) =>
    (await import('../post/labels')).findNonce(request, options),
  ),
  initialize: job(async (request: InitializeRequest, options: InitializeOptions) =>
    (await import('../post/initialize/initialize')).initialize(request, options),
  ),
  openDirectory: async (source: DirectorySource): Promise<PostDirectory> =>
    (await import('../post/directory/directory')).openDirectory(source),
  prove: async (
    directory: PostDirectory,
    { signal, onProgress, resume, ...request }: ProveJobRequest & ProveOptions,
    options?: ProveOptions,
  ) =>
    (await import('../post/prove/job')).proveDirectory(directory, request, {
      ...{ signal, onProgress, resume },
      ...options,
    }),
  verify: job(async (request: VerifyRequest, options) =>
    (await import('../post/verify/verify')).verify(request, options),
  ),
  verifyData: async (
    directory: PostDirectory,
    { signal, onProgress, ...request }: CheckRequest & JobOptions = {},
    options?: JobOptions,
  ) =>
    (await import('../post/check/check')).verifyData(directory, request, {
      ...{ signal, onProgress },
      ...options,
    }),
  findNonceInData: async (
    directory: PostDirectory,
    { signal, onProgress, ...request }: NonceSearch & JobOptions = {},
    options?: JobOptions,
  ) =>
    (await import('../post/check/nonce')).findNonceInData(directory, request, {
      ...{ signal, onProgress },
      ...options,
    }),
  k2pow: job(async (request: K2powRequest & RandomXOptions, options: JobOptions<PowProgress>) =>
    (await import('../post/k2pow/k2pow')).k2pow(request, options),
  ),
};

/** The network of an audit may be left out: it is found by the signatures in the database. */
type AuditCall<Request> = Omit<Request, 'network'> & {
  readonly network?: AuditNetwork | undefined;
} & Pick<JobOptions, 'signal'>;

const auditCalls = () => import('../audit/calls');

/** Of the open database. */
const audit = {
  /** What is known of networks, to be given or changed. */
  networks: async () => (await import('../audit/network')).auditNetworks,
  /** The network of the open database; undefined if no known genesis id fits its signatures. */
  findNetwork: async (options?: Pick<JobOptions, 'signal'>) =>
    (await import('../audit/network')).findNetwork(database(), options),
  /** Audits the ATXs of a smesher, an epoch, a list, or all; `onReport` gets each report as it comes. */
  run: async (
    { signal, onProgress, onReport, ...request }: AuditCall<AuditRequest> & AuditJobOptions,
    options?: AuditJobOptions,
  ) =>
    (await auditCalls()).auditMany(database(), request, {
      ...{ signal, onProgress, onReport },
      ...options,
    }),
  atx: async (
    id: BytesLike,
    { signal, ...settings }: AuditCall<AtxAuditSettings> & AuditEngineOptions = {},
  ) => (await auditCalls()).auditOne(database(), id, settings, { signal }),
  malfeasance: async (smesher: BytesLike, { signal, network }: AuditCall<unknown> = {}) =>
    (await auditCalls()).auditMalfeasanceOf(database(), smesher, { network }, { signal }),
  ballot: async (id: BytesLike, { signal, network }: AuditCall<unknown> = {}) =>
    (await auditCalls()).auditMessage(database(), { kind: 'ballot', id, network }, { signal }),
  /** All ballots of a range of layers; `onReport` gets each report as it comes. */
  ballots: async (
    { signal, onProgress, onReport, ...request }: AuditCall<LayerSpan> & BallotAuditOptions,
    options?: BallotAuditOptions,
  ) =>
    (await auditCalls()).auditBallotsIn(database(), request, {
      ...{ signal, onProgress, onReport },
      ...options,
    }),
  block: async (id: BytesLike) =>
    (await auditCalls()).auditMessage(database(), { kind: 'block', id }, {}),
  /** Audits the hashes, accounts and certificates of layers; `onReport` gets the report of each. */
  layers: async (
    { signal, onProgress, onReport, network, ...range }: AuditCall<LayerRange> & LayerAuditOptions,
    options?: LayerAuditOptions,
  ) =>
    (await auditCalls()).auditLayerRange(
      database(),
      range,
      { network },
      { signal, onProgress, onReport, ...options },
    ),
  /** Audits every active set of the database. */
  activeSets: async (options?: JobOptions) =>
    (await import('../audit/active-sets')).auditActiveSets(database(), options),
  /** A blob as a tree: every field with its value, its name in go-spacemesh, and what it is for. */
  tree: async (kind: BlobKind, id: BytesLike, options?: Pick<BlobOptions, 'hrp'>) =>
    (await auditCalls()).treeOf(database(), kind, id, options),
};

/** A key or an input: bytes, 0x… hex, or text. */
const anyBytes = (value: Uint8Array | string): Bytes => {
  if (typeof value !== 'string') return new Uint8Array(value);
  return /^0x([0-9a-f]{2})*$/i.test(value)
    ? readBytes(value, value.length / 2 - 1, 'input')
    : new TextEncoder().encode(value);
};

export const workbench = {
  version: packageJson.version,
  capabilities,
  state,
  post,
  audit,
  /** RandomX (rx/0) of any input under any key: 32 bytes. Text is taken as UTF-8, `0x…` as hex. */
  randomx: async (key: Uint8Array | string, input: Uint8Array | string): Promise<Bytes> =>
    (await import('../post/k2pow/k2pow')).randomx(anyBytes(key), anyBytes(input)),
  profile: {
    pow: job(
      async (
        request: PowProfileRequest & RandomXOptions,
        options: JobOptions<PowProfileProgress>,
      ) => (await import('../post/profile/pow')).profilePow(request, options),
    ),
    labels: job(async (request: LabelProfileRequest, options) =>
      (await import('../post/profile/labels')).profileLabels(request, options),
    ),
    proving: job(async (request: ProvingProfileRequest, options) =>
      (await import('../post/profile/proving')).profileProving(request, options),
    ),
    /** Of any file, or of an open directory's data. */
    read: async (
      source: Blob | Pick<PostDirectory, 'files'>,
      { signal, onProgress, ...request }: ReadProfileRequest & JobOptions = {},
    ) =>
      (await import('../post/profile/read')).profileRead(
        source instanceof Blob ? [source] : source.files.map(({ file }) => file),
        request,
        { signal, onProgress },
      ),
  },
  simulate: {
    passSuccess,
    finishFraction,
    k2powHashes,
    issuance,
    eligibleSlots,
    provingPlan,
    advice,
    farm,
    epoch,
    fleet,
    cloud,
    network,
  },
  identity: { parse: identityKeys.parse, generate: identityKeys.generate },
} as const;

export type Workbench = typeof workbench;

declare global {
  interface Window {
    workbench: Workbench;
  }
}
