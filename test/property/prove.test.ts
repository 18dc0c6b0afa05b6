import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProvableDirectory, prove } from '../../src/post/prove/prove';
import { encryptBlock, expandKey, groupKey, lazyBits, lazyKey } from '../../src/protocol/aes';
import { type Bytes, toHex } from '../../src/base/bytes';
import { provingDifficulty } from '../../src/protocol/difficulty';
import { packIndices, requiredBits } from '../../src/protocol/indices';
import { wasmKernel } from '../unit/kernels/proving-engines';
import { lateScanner } from '../unit/post/prove/late-scanner';

interface Plan {
  readonly challenge: Uint8Array;
  readonly labelsPerFile: number;
  readonly files: readonly Bytes[];
  readonly numLabels: number;
  readonly k1: number;
  readonly k2: number;
  readonly groups: number;
  readonly seed: number;
}

const powOf = (group: number): bigint => BigInt(group) * 5n + 1n;

/** The reference's loops as they are (post-rs src/prove.rs), with plain AES; the first pass only. */
function proveByDefinition({ challenge, files, numLabels, labelsPerFile, k1, k2, groups }: Plan) {
  const { msb, lsb } = provingDifficulty(k1, BigInt(numLabels));
  const keys = Array.from({ length: groups }, (_, g) =>
    expandKey(groupKey(challenge, g, powOf(g))),
  );
  const good = new Map<number, bigint[]>();
  for (const [rank, bytes] of files.entries())
    for (let chunk = 0; chunk + 8 <= bytes.length / 16; chunk += 8)
      for (const [group, key] of keys.entries())
        for (let label = chunk; label < chunk + 8; label++)
          for (const [byte, value] of encryptBlock(key, bytes, label * 16).entries()) {
            if (value > msb) continue;
            const nonce = group * 16 + byte;
            const lazy = expandKey(lazyKey(challenge, nonce, powOf(group)));
            if (value === msb && lazyBits(encryptBlock(lazy, bytes, label * 16)) >= lsb) continue;
            const indices = good.get(nonce) ?? [];
            good.set(nonce, indices);
            indices.push(BigInt(rank * labelsPerFile + label));
            if (indices.length >= k2) return { nonce, indices, pow: powOf(group) };
          }
  return undefined;
}

const bytesFrom = (seed: number, length: number): Bytes => {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
};

const plans = fc
  .record({
    challenge: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    labelsPerFile: fc.integer({ min: 5, max: 150 }),
    numLabels: fc.integer({ min: 40, max: 400 }),
    k1: fc.integer({ min: 1, max: 39 }),
    k2: fc.integer({ min: 1, max: 30 }),
    groups: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map((plan): Plan => {
    const data = bytesFrom(plan.seed, plan.numLabels * 16);
    const files: Bytes[] = [];
    for (let at = 0; at < data.length; at += plan.labelsPerFile * 16)
      files.push(data.slice(at, at + plan.labelsPerFile * 16));
    return { ...plan, files };
  });

describe('prove', () => {
  test('gives the proof of the reference’s own loops, for any files, K1, K2 and nonces', async () => {
    const kernel = wasmKernel();
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const expected = proveByDefinition(plan);
        fc.pre(expected !== undefined);
        const directory: ProvableDirectory = {
          metadata: {
            nodeId: new Uint8Array(32),
            numUnits: 1,
            labelsPerUnit: BigInt(plan.numLabels),
            maxFileSize: BigInt(plan.labelsPerFile * 16),
          },
          files: plan.files.map((bytes) => ({ file: new Blob([bytes]), sizeBytes: bytes.length })),
        };
        const proof = await prove(
          directory,
          {
            challenge: plan.challenge,
            k1: plan.k1,
            k2: plan.k2,
            powDifficulty: new Uint8Array(32).fill(0xff),
            nonces: plan.groups * 16,
          },
          {
            scanner: lateScanner(kernel, 512, plan.seed),
            findPow: ({ nonceGroup }) => Promise.resolve(powOf(nonceGroup)),
          },
        );
        const bits = requiredBits(BigInt(plan.numLabels));
        expect({ ...proof, indices: toHex(proof.indices) }).toEqual({
          nonce: expected.nonce,
          pow: expected.pow,
          indices: toHex(packIndices(expected.indices, bits)),
        });
      }),
      { numRuns: 60 },
    );
  });
});
