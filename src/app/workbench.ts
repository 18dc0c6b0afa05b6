/**
 * `window.workbench`: everything the pages do, for the browser's console and for automation. The pages
 * call the same functions. Long calls take `{ signal, onProgress }` beside their request or as a last
 * argument, and reject with an AbortError when aborted; errors are WorkbenchErrors.
 */
import packageJson from '../../package.json';
import type { AtxAuditSettings } from '../audit/atx';
import type { BallotAuditOptions, LayerSpan } from '../audit/ballots';
import type { BlobKind } from '../audit/blobs';
import type { AuditEngineOptions } from '../audit/engines';
import type { LayerAuditOptions } from '../audit/layers';
import type { AuditNetwork, AuditNetworks } from '../audit/network';
import type { LayerRange } from '../audit/rewards/types';
import type { AuditCallOptions, AuditRequest } from '../audit/run';
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
import { eligibilityFor, eligibleSlots } from '../protocol/eligibility';
import { issuance } from '../protocol/issuance';
import { advice } from '../simulate/proving/advice';
import { cloud } from '../simulate/farm/cloud';
import { epoch } from '../simulate/farm/epoch';
import { farm } from '../simulate/farm/farm';
import { fleet } from '../simulate/farm/fleet';
import { network } from '../simulate/network/network';
import { finishFraction, k2powHashes, passSuccess } from '../simulate/probability/passes';
import { provingPlan } from '../simulate/proving/throughput';
import type { ComparisonAnswer, OpenOptions } from '../state/database';
import type { Fleet } from '../state/queries/fleet';
import type { RewardFilter, RewardRow } from '../state/queries/rewards';
import type { DatabaseInfo, QueryOptions, QueryResult, SqlParams } from '../state/types';
import type { JobOptions } from '../base/progress';
import { bytes, optional, text } from './arguments';
import * as requests from './requests';
import { database, ids, job, model, read, readJob, resolve } from './workbench-calls';

/** Of a smesher, or of several: by ids in any form or by unique prefixes of them. */
type LuckCall = Omit<SmesherLuckRequest, 'smesher'> & Pick<RewardFilter, 'smesher'>;

const state = {
  /** Opens state.sql or local.sql with its -wal and -shm, in any order; the pages show it too. */
  open: async (files: Iterable<File>, options: OpenOptions = {}): Promise<DatabaseInfo> => {
    const chosen = read(requests.files, files, 'files');
    const checked = read(requests.openOptions, options, 'options');
    const { openDatabase } = await import('../state/database');
    const opened = await openDatabase(chosen, checked);
    session.useDatabase(opened);
    return opened.info;
  },
  /** Runs one reading statement. BLOBs are Uint8Arrays, integers beyond 2^53 bigints. */
  query: async (sql: string, params?: SqlParams, options?: QueryOptions): Promise<QueryResult> =>
    database().query(
      read(text, sql, 'sql'),
      read(optional(requests.sqlParams), params, 'params'),
      read(optional(requests.queryOptions), options, 'options'),
    ),
  /** Ids in any form, a unique prefix too; a text may be a list. */
  rewards: async (filter: RewardFilter): Promise<RewardRow[]> => {
    const checked = read(requests.rewardFilter, filter);
    const resolved = await (await ids()).resolveFilter(database(), checked);
    return (await import('../state/queries/rewards')).rewards(database(), resolved);
  },
  /** The coinbases that the ATXs of a smesher name, in the order of first use. */
  coinbases: async (smesher: BytesLike) =>
    (await import('../state/queries/accounts')).coinbases(
      database(),
      await resolve(smesher, 'smesher'),
    ),
  /** By its id in any form, by a unique prefix of it, or by one of its ATXs. */
  smesher: async (id: BytesLike) =>
    (await import('../state/queries/smeshers')).smesher(
      database(),
      await resolve(id, 'smesher', 'id'),
    ),
  /** Unlucky or broken? Slots due, layers paid, and the probability of so little for a node without faults. */
  luck: async (given: LuckCall, beside?: Pick<JobOptions, 'signal'>) => {
    const { request, options } = readJob<LuckCall, Pick<JobOptions, 'signal'>>(
      requests.luck,
      given,
      beside,
    );
    const { smesher, ids: list = [], ...range } = request;
    const { resolveList } = await ids();
    const smeshers = [
      ...(smesher === undefined ? [] : await resolveList(database(), smesher, 'smesher', options)),
      ...(await resolveList(database(), list, 'smesher', options)),
    ];
    const { smesherLuck } = await import('../pages/state/luck');
    return smesherLuck(database(), { ...range, ids: smeshers }, options);
  },
  /** Many smeshers, epoch by epoch: ATX, units, weight, slots, rewards; and which did not publish or earned nothing. */
  fleet: async (
    smeshers: BytesLike | readonly BytesLike[],
    options?: Pick<JobOptions, 'signal'>,
  ): Promise<Fleet> => {
    const checked = read(requests.fleetIds, smeshers, 'ids');
    const job = read(optional(requests.jobOptions), options, 'options');
    const opened = database();
    const list = await (await ids()).resolveList(opened, checked, 'smesher', job);
    const { fleet: fleetOf } = await import('../state/queries/fleet');
    const { inferLayersPerEpoch } = await import('../state/queries/epochs');
    const { layersPerEpoch } = await inferLayersPerEpoch(opened, job);
    return fleetOf(opened, list, eligibilityFor(layersPerEpoch), job);
  },
  /** Two databases, row by row, each with its -wal and -shm. What the pages show stays open. */
  compare: async (
    here: Iterable<File>,
    there: Iterable<File>,
    options?: JobOptions,
  ): Promise<ComparisonAnswer> => {
    const checked = [read(requests.files, here, 'files'), read(requests.files, there, 'other')];
    const job = read(optional(requests.jobOptions), options, 'options');
    const { openDatabase } = await import('../state/database');
    const { sortDatabaseFiles } = await import('../state/database-files');
    const opened = await openDatabase(checked[0] ?? [], { signal: job?.signal });
    try {
      return await opened.compare(await sortDatabaseFiles(checked[1] ?? []), job);
    } finally {
      opened.close();
    }
  },
  /** Every epoch of the database: ATXs, space units, weight, rewards. */
  epochs: async () => (await import('../state/queries/epochs')).epochs(database()),
  /** By its id in any form, or by a unique prefix of it. */
  atx: async (id: BytesLike) =>
    (await import('../state/queries/atxs')).atx(database(), await resolve(id, 'atx', 'id')),
  /** Closes the open database; nothing of it is kept. */
  close: (): void => session.closeDatabase(),
};

const post = {
  /** blake3 of the two ids, 32 bytes each. */
  commitment: (nodeId: BytesLike, commitmentAtxId: BytesLike): Bytes =>
    commitment(
      readBytes(read(bytes, nodeId, 'nodeId'), 32, 'nodeId'),
      readBytes(read(bytes, commitmentAtxId, 'commitmentAtxId'), 32, 'commitmentAtxId'),
    ),
  /** Labels of a commitment: `count` labels from index `start`, 16 bytes each. */
  labels: job(requests.labels, async (request: LabelsRequest, options) =>
    (await import('../post/labels')).labels(request, options),
  ),
  /** The VRF nonce: the index of the smallest label of a range. */
  findNonce: job(requests.findNonce, async (request: FindNonceRequest, options) =>
    (await import('../post/labels')).findNonce(request, options),
  ),
  /** Writes the files of a PoST directory, or continues them, and finds the VRF nonce. */
  initialize: job(
    requests.initialize,
    async (request: InitializeRequest, options: InitializeOptions) =>
      (await import('../post/initialize/initialize')).initialize(request, options),
  ),
  /** Reads the metadata and lists the files of a PoST directory; no label is read. */
  openDirectory: async (source: DirectorySource): Promise<PostDirectory> =>
    (await import('../post/directory/directory')).openDirectory(
      read(requests.directorySource, source, 'source'),
    ),
  /** Searches a proof over the data of a directory. */
  prove: async (
    directory: PostDirectory,
    given: ProveJobRequest & ProveOptions,
    beside?: ProveOptions,
  ) => {
    const { request, options } = readJob<ProveJobRequest & ProveOptions, ProveOptions>(
      requests.prove,
      given,
      beside,
    );
    const { resume, firstPass, ...job } = request;
    return (await import('../post/prove/job')).proveDirectory(
      read(requests.directory, directory, 'directory'),
      job,
      { resume, firstPass, ...options },
    );
  },
  /** Verifies a proof against the metadata of its identity; needs no data. */
  verify: job(requests.verify, async (request: VerifyRequest, options) =>
    (await import('../post/verify/verify')).verify(request, options),
  ),
  /** Recomputes labels of a directory and compares them with its files. */
  verifyData: async (
    directory: PostDirectory,
    given: CheckRequest & JobOptions = {},
    beside?: JobOptions,
  ) => {
    const { request, options } = readJob<CheckRequest, JobOptions>(
      requests.verifyData,
      given,
      beside,
    );
    return (await import('../post/check/check')).verifyData(
      read(requests.directory, directory, 'directory'),
      request,
      options,
    );
  },
  /** The VRF nonce of a directory, from its files alone. */
  findNonceInData: async (
    directory: PostDirectory,
    given: NonceSearch & JobOptions = {},
    beside?: JobOptions,
  ) => {
    const { request, options } = readJob<NonceSearch, JobOptions>(
      requests.findNonceInData,
      given,
      beside,
    );
    return (await import('../post/check/nonce')).findNonceInData(
      read(requests.directory, directory, 'directory'),
      request,
      options,
    );
  },
  /** Searches the k2pow of a group of nonces with RandomX. */
  k2pow: job(
    requests.k2pow,
    async (request: K2powRequest & RandomXOptions, options: JobOptions<PowProgress>) =>
      (await import('../post/k2pow/k2pow')).k2pow(request, options),
  ),
};

/** The network of an audit may be left out: it is found by the signatures in the database. */
type AuditCall<Request> = Omit<Request, 'network'> & {
  readonly network?: AuditNetwork | undefined;
} & Pick<JobOptions, 'signal'>;

const auditCalls = () => import('../audit/calls');

type Waiting = Pick<JobOptions, 'signal'>;
/** Ids of a choice may be shortened. */
async function resolveChosen(of: AuditRequest['of']): Promise<AuditRequest['of']> {
  if (of === 'all' || 'publishEpoch' in of) return of;
  const { resolveList } = await ids();
  if ('smesher' in of) return { smesher: await resolveList(database(), of.smesher, 'smesher') };
  return { atxs: await resolveList(database(), of.atxs, 'atx') };
}

const audit = {
  /** What is known of networks, to be given or changed. */
  networks: async (): Promise<AuditNetworks> => (await import('../audit/network')).auditNetworks,
  /** The network of the open database; undefined if no known genesis id fits its signatures. */
  findNetwork: async (options?: Waiting) =>
    (await import('../audit/network')).findNetwork(
      database(),
      read(optional(requests.jobOptions), options, 'options'),
    ),
  /** Audits the ATXs of smeshers, an epoch, a list, or all; `onReport` gets each report as it comes. */
  run: async (given: AuditCall<AuditRequest> & AuditCallOptions, beside?: AuditCallOptions) => {
    const { request, options } = readJob<AuditCall<AuditRequest>, AuditCallOptions>(
      requests.auditRun,
      given,
      beside,
    );
    const of = await resolveChosen(request.of);
    return (await auditCalls()).auditMany(database(), { ...request, of }, options);
  },
  /** By its id in any form, or by a unique prefix of it. */
  atx: async (id: BytesLike, given: AuditCall<AtxAuditSettings> & AuditEngineOptions = {}) => {
    const { request, options } = readJob<AuditCall<AtxAuditSettings> & AuditEngineOptions, Waiting>(
      requests.auditAtx,
      given,
      undefined,
    );
    const atx = await resolve(id, 'atx', 'id');
    return (await auditCalls()).auditOne(database(), atx, request, options);
  },
  malfeasance: async (smesher: BytesLike, given: AuditCall<unknown> = {}) => {
    const { request, options } = readJob<AuditCall<unknown>, Waiting>(
      requests.auditOther,
      given,
      undefined,
    );
    const id = await resolve(smesher, 'smesher');
    return (await auditCalls()).auditMalfeasanceOf(database(), id, request, options);
  },
  ballot: async (id: BytesLike, given: AuditCall<unknown> = {}) => {
    const { request, options } = readJob<AuditCall<unknown>, Waiting>(
      requests.auditOther,
      given,
      undefined,
    );
    const ballot = read(bytes, id, 'id');
    return (await auditCalls()).auditMessage(
      database(),
      { kind: 'ballot', id: ballot, ...request },
      options,
    );
  },
  /** All ballots of a range of layers; `onReport` gets each report as it comes. */
  ballots: async (
    given: AuditCall<LayerSpan> & BallotAuditOptions,
    beside?: BallotAuditOptions,
  ) => {
    const { request, options } = readJob<AuditCall<LayerSpan>, BallotAuditOptions>(
      requests.layerRange,
      given,
      beside,
    );
    return (await auditCalls()).auditBallotsIn(database(), request, options);
  },
  block: async (id: BytesLike) =>
    (await auditCalls()).auditMessage(database(), { kind: 'block', id: read(bytes, id, 'id') }, {}),
  /** Audits the hashes, accounts and certificates of layers; `onReport` gets the report of each. */
  layers: async (given: AuditCall<LayerRange> & LayerAuditOptions, beside?: LayerAuditOptions) => {
    const { request, options } = readJob<AuditCall<LayerRange>, LayerAuditOptions>(
      requests.layerRange,
      given,
      beside,
    );
    const { network, ...range } = request;
    return (await auditCalls()).auditLayerRange(database(), range, { network }, options);
  },
  /** Audits every active set of the database. */
  activeSets: async (options?: JobOptions) =>
    (await import('../audit/active-sets')).auditActiveSets(
      database(),
      read(optional(requests.jobOptions), options, 'options'),
    ),
  /** A blob as a tree: every field with its value, its name in go-spacemesh, and what it is for. */
  tree: async (kind: BlobKind, id: BytesLike, options?: Pick<BlobOptions, 'hrp'>) => {
    const checked = read(requests.blobKind, kind, 'kind');
    const form = read(optional(requests.treeOptions), options, 'options');
    const named =
      checked === 'atx'
        ? await resolve(id, 'atx', 'id')
        : checked === 'malfeasance'
          ? await resolve(id, 'smesher', 'id')
          : read(bytes, id, 'id');
    return (await auditCalls()).treeOf(database(), checked, named, form);
  },
};

/** A key or an input: bytes, 0x… hex, or text. */
const anyBytes = (given: Uint8Array | string, name: string): Bytes => {
  const value = read(bytes, given, name);
  if (typeof value !== 'string') return new Uint8Array(value);
  return /^0x([0-9a-f]{2})*$/i.test(value)
    ? readBytes(value, value.length / 2 - 1, name)
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
    (await import('../post/k2pow/k2pow')).randomx(anyBytes(key, 'key'), anyBytes(input, 'input')),
  profile: {
    pow: job(
      requests.profilePow,
      async (
        request: PowProfileRequest & RandomXOptions,
        options: JobOptions<PowProfileProgress>,
      ) => (await import('../post/profile/pow')).profilePow(request, options),
    ),
    labels: job(requests.profileLabels, async (request: LabelProfileRequest, options) =>
      (await import('../post/profile/labels')).profileLabels(request, options),
    ),
    proving: job(requests.profileProving, async (request: ProvingProfileRequest, options) =>
      (await import('../post/profile/proving')).profileProving(request, options),
    ),
    /** Of any file, or of an open directory's data. */
    read: async (
      source: Blob | Pick<PostDirectory, 'files'>,
      given: ReadProfileRequest & JobOptions = {},
    ) => {
      const { request, options } = readJob<ReadProfileRequest, JobOptions>(
        requests.profileRead,
        given,
        undefined,
      );
      const target = read(requests.profileTarget, source, 'source');
      const files = target instanceof Blob ? [target] : target.files.map(({ file }) => file);
      return (await import('../post/profile/read')).profileRead(files, request, options);
    },
  },
  simulate: {
    passSuccess: model(requests.models.passSuccess, passSuccess),
    finishFraction: model(requests.models.finishFraction, finishFraction),
    k2powHashes: model(requests.models.k2powHashes, k2powHashes),
    issuance: model(requests.models.issuance, issuance),
    eligibleSlots: model(requests.models.eligibleSlots, eligibleSlots),
    provingPlan: model(requests.models.provingPlan, provingPlan),
    advice: model(requests.models.advice, advice),
    farm: model(requests.models.farm, farm),
    epoch: model(requests.models.epoch, epoch),
    fleet: model(requests.models.fleet, fleet),
    cloud: model(requests.models.cloud, cloud),
    network: model(requests.models.network, network),
  },
  identity: {
    /** A key file's text, or an id in hex or base64. */
    parse: (key: string) => identityKeys.parse(read(text, key, 'text')),
    generate: identityKeys.generate,
  },
} as const;

export type Workbench = typeof workbench;

declare global {
  interface Window {
    workbench: Workbench;
  }
}
