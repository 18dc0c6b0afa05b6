/**
 * Networks whose genesis and layer time go-spacemesh knows, and how a genesis time is proved: the id under every signature
 * is a hash of it (./signing). Sources: go-spacemesh config/mainnet.go and config/presets/*.go.
 */
import { equalBytes } from '../base/bytes';
import { mainnetTiming } from './epochs';
import { genesisId, mainnetGenesis } from './signing';

export interface KnownNetwork {
  readonly name: string;
  readonly extraData: string;
  /** Unix seconds; absent where each network of the preset has its own. */
  readonly genesisS?: number;
  readonly layerMs: number;
  readonly layersPerEpoch: number;
}

const knownNetworks: readonly KnownNetwork[] = [
  {
    name: 'mainnet',
    extraData: mainnetGenesis.extraData,
    genesisS: mainnetGenesis.timeS,
    layerMs: mainnetTiming.layerMs,
    layersPerEpoch: mainnetTiming.layersPerEpoch,
  },
  {
    name: 'testnet',
    extraData: '0000000000000000000000c76c58ebac180989673fd6d237b40e66ed5c976ec3',
    genesisS: Date.parse('2023-09-13T18:00:00Z') / 1000,
    layerMs: 300_000,
    layersPerEpoch: 288,
  },
  { name: 'standalone', extraData: 'standalone', layerMs: 6000, layersPerEpoch: 10 },
  { name: 'fastnet', extraData: 'fastnet', layerMs: 15_000, layersPerEpoch: 4 },
];

export interface ProvedGenesis {
  readonly network: KnownNetwork;
  readonly genesisMs: number;
}

const isIdOf = (id: Uint8Array, { extraData }: KnownNetwork, timeS: number): boolean =>
  equalBytes(genesisId(timeS, extraData), id);

/** The network that has this genesis id, of those with a genesis time of their own. */
export function knownGenesis(id: Uint8Array): ProvedGenesis | undefined {
  for (const network of knownNetworks)
    if (network.genesisS !== undefined && isIdOf(id, network, network.genesisS))
      return { network, genesisMs: network.genesisS * 1000 };
  return undefined;
}

/** The preset that gives this genesis id with this genesis time, in Unix seconds. */
export function genesisAt(id: Uint8Array, timeS: number): ProvedGenesis | undefined {
  const network = knownNetworks.find((one) => one.genesisS === undefined && isIdOf(id, one, timeS));
  return network && { network, genesisMs: timeS * 1000 };
}
