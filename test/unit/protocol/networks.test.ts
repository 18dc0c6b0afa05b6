import { describe, expect, test } from 'vitest';
import { mainnetTiming } from '../../../src/protocol/epochs';
import { knownNetworks, ownNetwork, readNetworks } from '../../../src/protocol/networks';

describe('networks', () => {
  test('knownNetworks: mainnet first, and each valid under another name', () => {
    expect(knownNetworks.map(({ name }) => name)).toEqual([
      'mainnet',
      'testnet',
      'standalone',
      'fastnet',
    ]);
    for (const { name, timing } of knownNetworks)
      expect(ownNetwork(`my ${name}`, timing).timing).toEqual(timing);
  });

  test.each([
    ['', {}, 'network-name-invalid'],
    ['mainnet', {}, 'network-name-invalid'],
    ['mine', { layerMs: 0 }, 'network-timing-invalid'],
    ['mine', { layersPerEpoch: 1.5 }, 'network-timing-invalid'],
    ['mine', { genesisMs: NaN }, 'network-timing-invalid'],
    ['mine', { poetPhaseShiftMs: 1 }, 'network-timing-invalid'],
  ])('ownNetwork: %j with %j, %s', (name, changed, code) => {
    expect(() => ownNetwork(name, { ...mainnetTiming, ...changed })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('readNetworks: what was stored comes back, and nothing else does', () => {
    const own = ownNetwork('mine', { ...mainnetTiming, layersPerEpoch: 20 });
    const stored: unknown = JSON.parse(
      JSON.stringify([own, null, 7, { name: 'x' }, { name: 'y', timing: { layerMs: 1 } }]),
    );
    expect(readNetworks(stored)).toEqual([own]);
    expect(readNetworks(undefined)).toEqual([]);
  });
});
