/** Layers as go-spacemesh's own timesync/converter.go computed them, 1,000 on each of three networks. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { layerAt, layerStartMs } from '../../src/protocol/epochs';

interface Reference {
  readonly name: string;
  readonly genesis: string;
  readonly layerS: number;
  readonly layersPerEpoch: number;
  readonly layers: readonly number[];
  readonly startS: readonly number[];
  readonly layerOneMsBefore: readonly number[];
}
const references = JSON.parse(
  readFileSync('test/data/layer-times.json', 'utf8'),
) as readonly Reference[];

describe.each(references)('$name', ({ genesis, layerS, layersPerEpoch, ...reference }) => {
  const clock = { genesisMs: Date.parse(genesis), layerMs: layerS * 1000, layersPerEpoch };
  const { layers, startS, layerOneMsBefore } = reference;

  test('layerStartMs: 1,000 layers, each begins as by the node’s clock', () => {
    expect(layers).toHaveLength(1000);
    expect(layers.map((layer) => layerStartMs(clock, layer) / 1000)).toEqual(startS);
  });

  test('layerAt: the start of a layer and one millisecond before, the layers of the node’s clock', () => {
    expect(layers.map((layer) => layerAt(clock, layerStartMs(clock, layer)))).toEqual(layers);
    // The node answers layer 0 for times before genesis; here they are an error.
    expect(layers.slice(1).map((layer) => layerAt(clock, layerStartMs(clock, layer) - 1))).toEqual(
      layerOneMsBefore.slice(1),
    );
  });
});
