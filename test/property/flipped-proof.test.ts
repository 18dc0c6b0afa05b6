// Flipped bits of a real proof, with labels and k2pow by the real kernels; about 5 s, most of it k2pow.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bytes } from '../../src/base/bytes';
import { unpackIndices } from '../../src/protocol/indices';
import { readProof } from '../../src/protocol/proof';
import type { Statement, VerificationEngines } from '../../src/protocol/verification';
import { verifyProof } from '../../src/protocol/verification';
import { openLabelKernel, openRandomx } from '../support/kernels';

interface Directory {
  node_id: string;
  commitment_atx_id: string;
  challenge: string;
  labels_per_unit: string;
  num_units: number;
  num_labels: string;
  k1: number;
  k2: number;
  pow_difficulty: string;
  scrypt: { n: number };
  proof: { nonce: number; indices: string; pow: string; bits_per_index: number };
  good_indices: { nonce: number; indices: number[] }[];
}

describe('any flipped bit of a real proof or its inputs is refused', () => {
  const { dirs } = JSON.parse(
    readFileSync(new URL('../data/post/proof.json', import.meta.url), 'utf8'),
  ) as { dirs: [Directory] };
  const [dir] = dirs;
  const fromHex = (digits: string): Bytes => new Uint8Array(hex.decode(digits));
  const statement: Statement = {
    proof: readProof(dir.proof),
    nodeId: fromHex(dir.node_id),
    commitmentAtxId: fromHex(dir.commitment_atx_id),
    challenge: fromHex(dir.challenge),
    numUnits: dir.num_units,
    labelsPerUnit: BigInt(dir.labels_per_unit),
    k1: dir.k1,
    k2: dir.k2,
    powDifficulty: fromHex(dir.pow_difficulty),
    minNumUnits: 1,
    maxNumUnits: 12,
    mode: 'all',
  };
  const good = new Set(
    dir.good_indices.find(({ nonce }) => nonce === dir.proof.nonce)?.indices.map(BigInt),
  );
  const flip = (original: Bytes, bit: number): Bytes => {
    const flipped = new Uint8Array(original);
    const at = (bit >> 3) % flipped.length;
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
    return flipped;
  };

  let engines: VerificationEngines;
  beforeAll(async () => {
    const kernel = await openLabelKernel();
    engines = {
      powHash: await openRandomx(),
      labelsAt: async (indices, commitment) =>
        (await kernel.compute({ commitment, scryptN: dir.scrypt.n, indices, labelBytes: 16 }))
          .labels,
    };
  }, 60_000);

  test('in the ids and the challenge', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('nodeId' as const, 'commitmentAtxId' as const, 'challenge' as const),
        fc.nat({ max: 255 }),
        async (field, bit) => {
          const changed = { ...statement, [field]: flip(statement[field], bit) };
          expect(await verifyProof(changed, engines)).toMatchObject({ valid: false });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('in nonce and k2pow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat({ max: 63 }), async (inPow, bit) => {
        const { nonce, pow } = statement.proof;
        const proof = inPow
          ? { ...statement.proof, pow: pow ^ (1n << BigInt(bit)) }
          : { ...statement.proof, nonce: (nonce ^ (1 << (bit & 31))) >>> 0 };
        expect(await verifyProof({ ...statement, proof }, engines)).toMatchObject({ valid: false });
      }),
      { numRuns: 30 },
    );
  });

  test('in the indices, unless it names another good label or is padding', async () => {
    const { indices } = statement.proof;
    const bits = dir.proof.bits_per_index;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: indices.length * 8 - 1 }), async (bit) => {
        const flipped = flip(indices, bit);
        const result = await verifyProof(
          { ...statement, proof: { ...statement.proof, indices: flipped } },
          engines,
        );
        const changed = unpackIndices(flipped, bits)[Math.floor(bit / bits)];
        const padding = bit >= bits * dir.k2;
        const accepted =
          padding ||
          changed === undefined ||
          good.has(changed) ||
          changed >= BigInt(dir.num_labels);
        if (!accepted) expect(result).toMatchObject({ valid: false, index: changed });
        else if (padding) expect(result.valid).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
