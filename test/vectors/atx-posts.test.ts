// The PoSTs in the ATXs of a real small network, with labels and k2pow by the real kernels; about 5 s.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { expect, test } from 'vitest';
import { decodeAtx, postsOf } from '../../src/protocol/atx';
import { networkParameters } from '../../src/protocol/parameters';
import { verifyProof } from '../../src/protocol/verification';
import { openLabelKernel, openRandomx } from '../support/kernels';

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/node/${name}`, import.meta.url), 'utf8'));
const vectors = read('decoded_blobs.json') as { version?: 1 | 2; hex: string }[];
const meta = read('meta.json') as { smeshers: Record<string, string> };
const atxs = vectors.flatMap(({ version, hex: digits }) =>
  version === undefined ? [] : [decodeAtx(hex.decode(digits), version)],
);

test('all their PoSTs are valid', async () => {
  const kernel = await openLabelKernel();
  const powHash = await openRandomx();
  const goldenAtx = atxs[0]?.positioningAtx ?? expect.fail();
  const { B1_primary = '', B2 = '', B3 = '' } = meta.smeshers;
  const married = [B1_primary, B2, B3];
  let verified = 0;
  for (const atx of atxs)
    for (const { proof, challenge, numUnits, marriageIndex } of postsOf(atx)) {
      const merged = atx.version === 2 && atx.marriageAtx !== undefined;
      const nodeId = merged ? hex.decode(married[marriageIndex] ?? '') : atx.smesher;
      const result = await verifyProof(
        {
          ...networkParameters.standalone,
          proof,
          challenge,
          numUnits,
          nodeId: new Uint8Array(nodeId),
          commitmentAtxId: goldenAtx,
          mode: 'all',
        },
        {
          powHash,
          labelsAt: async (indices, commitment) =>
            (await kernel.compute({ commitment, scryptN: 8192, indices, labelBytes: 16 })).labels,
        },
      );
      expect(result).toMatchObject({ valid: true, checked: 4 });
      verified++;
    }
  expect(verified).toBeGreaterThanOrEqual(11);
});
