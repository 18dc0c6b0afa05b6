/** How a genesis time is proved: the id under every signature is a hash of it (./signing). */
import { equalBytes } from '../base/bytes';
import { knownNetworks, type KnownNetwork } from './networks';
import { genesisId } from './signing';

export interface ProvedGenesis {
  readonly network: KnownNetwork;
  readonly genesisMs: number;
}

const isIdOf = (id: Uint8Array, { extraData }: KnownNetwork, timeS: number): boolean =>
  equalBytes(genesisId(timeS, extraData), id);

/** The network that has this genesis id, of those with a genesis time of their own. */
export function knownGenesis(id: Uint8Array): ProvedGenesis | undefined {
  const network = knownNetworks.find(
    (known) => known.hasOneGenesis && isIdOf(id, known, known.timing.genesisMs / 1000),
  );
  return network && { network, genesisMs: network.timing.genesisMs };
}

/** The preset that gives this genesis id with this genesis time, in Unix seconds. */
export function genesisAt(id: Uint8Array, timeS: number): ProvedGenesis | undefined {
  const network = knownNetworks.find((known) => !known.hasOneGenesis && isIdOf(id, known, timeS));
  return network && { network, genesisMs: timeS * 1000 };
}
