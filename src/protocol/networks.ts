/**
 * Networks are data: when they began, how long a layer is, how many layers an epoch has, and what their genesis id is made of.
 * Those of go-spacemesh v1.7.6 are known (config/mainnet.go, config/presets/*.go); the user adds more.
 */
import { WorkbenchError } from '../base/error';
import { mainnetTiming, type NetworkTiming } from './epochs';
import { mainnetGenesis } from './signing';

export interface NamedNetwork {
  readonly name: string;
  readonly timing: NetworkTiming;
}

export interface KnownNetwork extends NamedNetwork {
  /** Hashed into the genesis id, with the genesis time. */
  readonly extraData: string;
  /** False: each network of this preset begins when its first node starts, and `timing.genesisMs` is an example. */
  readonly hasOneGenesis: boolean;
}

const hourMs = 3_600_000;

export const knownNetworks: readonly KnownNetwork[] = [
  {
    name: 'mainnet',
    extraData: mainnetGenesis.extraData,
    hasOneGenesis: true,
    timing: mainnetTiming,
  },
  {
    name: 'testnet',
    extraData: '0000000000000000000000c76c58ebac180989673fd6d237b40e66ed5c976ec3',
    hasOneGenesis: true,
    timing: {
      genesisMs: Date.UTC(2023, 8, 13, 18),
      layerMs: 300_000,
      layersPerEpoch: 288,
      poetPhaseShiftMs: 12 * hourMs,
      poetCycleGapMs: 2 * hourMs,
    },
  },
  {
    name: 'standalone',
    extraData: 'standalone',
    hasOneGenesis: false,
    timing: {
      genesisMs: mainnetTiming.genesisMs,
      layerMs: 6000,
      layersPerEpoch: 10,
      poetPhaseShiftMs: 30_000,
      poetCycleGapMs: 30_000,
    },
  },
  {
    name: 'fastnet',
    extraData: 'fastnet',
    hasOneGenesis: false,
    timing: {
      genesisMs: mainnetTiming.genesisMs,
      layerMs: 15_000,
      layersPerEpoch: 4,
      poetPhaseShiftMs: 30_000,
      poetCycleGapMs: 30_000,
    },
  },
];

const longestName = 60;

/**
 * A network of the user's own, checked.
 * @throws WorkbenchError `network-name-invalid`, `network-timing-invalid` (details.field)
 */
export function ownNetwork(name: string, timing: NetworkTiming): NamedNetwork {
  const clean = name.trim();
  if (clean === '' || clean.length > longestName || knownNetworks.some((one) => one.name === clean))
    throw new WorkbenchError(
      'network-name-invalid',
      `Enter a name for the network: up to ${longestName} characters, and not that of a known network.`,
      { name },
    );
  const limits: Readonly<Record<keyof NetworkTiming, (value: number) => boolean>> = {
    genesisMs: (value) => value >= 0,
    layerMs: (value) => value > 0,
    layersPerEpoch: (value) => Number.isInteger(value) && value > 0,
    poetPhaseShiftMs: (value) => value >= timing.poetCycleGapMs,
    poetCycleGapMs: (value) => value > 0,
  };
  for (const [field, isValid] of Object.entries(limits)) {
    const value = timing[field as keyof NetworkTiming];
    if (!Number.isFinite(value) || !isValid(value))
      throw new WorkbenchError(
        'network-timing-invalid',
        `The network cannot be kept: ${field} is ${value}. Correct its field first.`,
        { field, value },
      );
  }
  return { name: clean, timing };
}

/** What was stored, by whichever version: entries that are not networks are left out. */
export function readNetworks(stored: unknown): readonly NamedNetwork[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((entry: unknown) => {
    const { name, timing } = (entry ?? {}) as Partial<NamedNetwork>;
    if (typeof name !== 'string' || typeof timing !== 'object') return [];
    try {
      return [ownNetwork(name, timing)];
    } catch (error) {
      if (error instanceof WorkbenchError) return [];
      throw error;
    }
  });
}
