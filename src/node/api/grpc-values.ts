/** Messages of the gRPC API as values of ours. */
import { fromJson, type DescMessage, type JsonValue, type MessageShape } from '@bufbuild/protobuf';
import { toHex } from '../../base/bytes';
import {
  StatusResponseSchema,
  VersionResponseSchema,
  type StatusResponse,
} from './generated/spacemesh/v1/node_types_pb';
import {
  PostState_State,
  PostStatesResponseSchema,
  type PostStatesResponse,
} from './generated/spacemesh/v1/post_types_pb';
import {
  PostSetupStatus_State,
  PostSetupStatusResponseSchema,
  SmesherIDsResponseSchema,
  type PostSetupStatusResponse,
} from './generated/spacemesh/v1/smesher_types_pb';
import {
  NetworkInfoResponseSchema,
  type NetworkInfoResponse,
} from './generated/spacemesh/v2alpha1/network_pb';
import type { NetworkClock } from '../log/life';

export interface PostServiceState {
  /** Hex. */
  readonly smesher: string;
  /** The key file's name. */
  readonly name: string;
  readonly state: 'idle' | 'proving' | 'unknown';
}

export interface PostSetup {
  readonly state:
    'not started' | 'prepared' | 'in progress' | 'paused' | 'complete' | 'error' | 'unknown';
  readonly labelsWritten: bigint;
  readonly dataDir: string | undefined;
  readonly numUnits: number | undefined;
  readonly maxFileSize: bigint | undefined;
}

export interface GrpcStatus {
  readonly peers: bigint;
  readonly synced: boolean;
  readonly syncedLayer: number;
  readonly topLayer: number;
  readonly verifiedLayer: number;
}

/** When layer 0 began, how long a layer lasts, and how many an epoch has. */
export interface EpochClock extends NetworkClock {
  readonly layersPerEpoch: number;
}

const setupStates: Readonly<Record<PostSetupStatus_State, PostSetup['state']>> = {
  [PostSetupStatus_State.UNSPECIFIED]: 'unknown',
  [PostSetupStatus_State.NOT_STARTED]: 'not started',
  [PostSetupStatus_State.PREPARED]: 'prepared',
  [PostSetupStatus_State.IN_PROGRESS]: 'in progress',
  [PostSetupStatus_State.PAUSED]: 'paused',
  [PostSetupStatus_State.COMPLETE]: 'complete',
  [PostSetupStatus_State.ERROR]: 'error',
};

export const readStatus = ({ status }: StatusResponse): GrpcStatus => ({
  peers: status?.connectedPeers ?? 0n,
  synced: status?.isSynced ?? false,
  syncedLayer: status?.syncedLayer?.number ?? 0,
  topLayer: status?.topLayer?.number ?? 0,
  verifiedLayer: status?.verifiedLayer?.number ?? 0,
});

export const readClock = (info: NetworkInfoResponse): EpochClock => ({
  genesisMs: Number(info.genesisTime?.seconds ?? 0n) * 1000,
  layerMs:
    Number(info.layerDuration?.seconds ?? 0n) * 1000 + (info.layerDuration?.nanos ?? 0) / 1_000_000,
  layersPerEpoch: info.layersPerEpoch,
});

export const readPostStates = ({ states }: PostStatesResponse): PostServiceState[] =>
  states.map(({ id, name, state }) => ({
    smesher: toHex(id),
    name,
    state:
      state === PostState_State.IDLE
        ? 'idle'
        : state === PostState_State.PROVING
          ? 'proving'
          : 'unknown',
  }));

export const readPostSetup = ({ status }: PostSetupStatusResponse): PostSetup => ({
  state: setupStates[status?.state ?? PostSetupStatus_State.UNSPECIFIED],
  labelsWritten: status?.numLabelsWritten ?? 0n,
  dataDir: status?.opts?.dataDir,
  numUnits: status?.opts?.numUnits,
  maxFileSize: status?.opts?.maxFileSize,
});

/**
 * The same answers as grpcurl prints them: protobuf's JSON, with what has its default left out.
 * Each gives undefined for an object that does not fit.
 */
const fromPrinted =
  <S extends DescMessage, T>(schema: S, read: (message: MessageShape<S>) => T) =>
  (answer: unknown): T | undefined => {
    try {
      return read(fromJson(schema, answer as JsonValue, { ignoreUnknownFields: true }));
    } catch {
      return undefined;
    }
  };

export const printed = {
  status: fromPrinted(StatusResponseSchema, readStatus),
  clock: fromPrinted(NetworkInfoResponseSchema, readClock),
  version: fromPrinted(VersionResponseSchema, ({ versionString }) => versionString?.value ?? ''),
  smesherIds: fromPrinted(SmesherIDsResponseSchema, ({ publicKeys }) =>
    publicKeys.map((key) => toHex(key)),
  ),
  postStates: fromPrinted(PostStatesResponseSchema, readPostStates),
  postSetup: fromPrinted(PostSetupStatusResponseSchema, readPostSetup),
} as const;
