import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readGrpcurl } from '../../../../src/node/api/grpcurl';
import { viewOfAnswers } from '../../../../src/node/api/view';

const api = new URL('../../../data/node/api/grpc/', import.meta.url);
/** As grpcurl prints it: indented, what has its default left out. */
function printed(name: string): string {
  const { response } = JSON.parse(readFileSync(new URL(`${name}.json`, api), 'utf8')) as {
    response: unknown;
  };
  return JSON.stringify(response, (_, value: unknown) => (value === 0 ? undefined : value), 2);
}
const viewOf = (text: string) => viewOfAnswers(readGrpcurl(text).answers);
const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

describe('a node as grpcurl prints it', () => {
  test('every call together', () => {
    const names = [
      'A_Node_Version',
      'A_Node_Status',
      'A_v2alpha1_NetworkInfo',
      'A_Smesher_SmesherIDs',
      'A_Smesher_PostSetupStatus',
      'A_PostInfo_PostStates',
      'A_v2alpha1_RewardList',
    ];
    const node = viewOf(names.map(printed).join('\n'));
    expect(node?.view).toMatchObject({
      version: 'v1.7.6',
      sync: 'synced',
      peers: 3,
      clock: {
        genesisMs: Date.parse('2026-11-21T08:46:50Z'),
        layerMs: 6000,
        layersPerEpoch: 10,
      },
      smeshers: [smesher],
      postStates: [{ smesher, name: 'local.key', state: 'proving' }],
      setup: { state: 'complete', labelsWritten: 64n, numUnits: 1, maxFileSize: 1024n },
    });
    expect(node?.view.layers[0]?.layer).toBeGreaterThan(0);
    expect(node?.rewards).toHaveLength(3);
    expect(node?.rewards[0]).toMatchObject({ layer: 21, totalSmidge: 21_824_995_193n, smesher });
  });

  test('v2alpha1 status, 1:N, and the later of two', () => {
    expect(viewOf(printed('A_v2alpha1_NodeStatus'))?.view).toMatchObject({ sync: 'synced' });
    expect(viewOf(printed('B_PostInfo_PostStates'))?.view.postStates).toHaveLength(3);
    const both = `${printed('A_Node_Version')}\n{"versionString": {"value": "v2.0.0"}}`;
    expect(viewOf(both)?.view.version).toBe('v2.0.0');
  });

  test.each([
    ['an empty object', '{}'],
    ['another answer', '{"number": "3"}'],
    ['states that are none', '{"states": [{"id": "not base64!", "state": 7.5}]}'],
    ['a version that is none', '{"versionString": 1}'],
    ['keys of another shape', '{"publicKeys": {"a": 1}}'],
  ])('%s is not a node', (_what, text) => {
    expect(viewOf(text)).toBeUndefined();
  });
});
