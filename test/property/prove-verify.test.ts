// Prove over random directories, then verify: the two halves were written apart. About 5 s.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { indexRange } from '../../src/kernels/labels';
import type { Bytes } from '../../src/base/bytes';
import { compareBytes } from '../../src/base/bytes';
import { commitment } from '../../src/protocol/commitment';
import { k2powInput } from '../../src/protocol/k2pow';
import { fileCount, labelsInFile, labelsPerFile } from '../../src/protocol/metadata';
import type { Statement, VerificationEngines } from '../../src/protocol/verification';
import { verifyProof } from '../../src/protocol/verification';
import type { FindPow } from '../../src/post/prove/prove';
import { prove } from '../../src/post/prove/prove';
import { kernelScanner } from '../../src/post/prove/scanner';
import { openLabelKernel, openRandomx } from '../support/kernels';
import { provingEngines } from '../unit/kernels/proving-engines';

const scryptN = 2;
const id = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((values): Bytes => new Uint8Array(values));

let labelKernel: Awaited<ReturnType<typeof openLabelKernel>>;
let engines: VerificationEngines;
beforeAll(async () => {
  labelKernel = await openLabelKernel();
  engines = {
    powHash: await openRandomx(),
    labelsAt: async (indices, of) =>
      (await labelKernel.compute({ commitment: of, scryptN, indices, labelBytes: 16 })).labels,
  };
}, 60_000);

const instance = fc.record({
  nodeId: id,
  commitmentAtxId: id,
  challenge: id,
  numUnits: fc.integer({ min: 1, max: 2 }),
  labelsPerUnit: fc.integer({ min: 200, max: 2000 }).map(BigInt),
  /** Any multiple of a label: files then end in chunks that the reference does not prove. */
  maxFileSize: fc.integer({ min: 64, max: 2000 }).map((labels) => BigInt(labels) * 16n),
  k1: fc.integer({ min: 8, max: 30 }),
  k2Share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  nonces: fc.constantFrom(16, 32),
});

test('what is proved verifies; under another challenge or commitment, or cut, it does not', async () => {
  const engine = provingEngines[0];
  if (!engine) throw new Error('there is no proving engine');
  const scanner = kernelScanner(await engine.kernel());
  await fc.assert(
    fc.asyncProperty(instance, async (of) => {
      const k2 = Math.max(1, Math.round(of.k1 * of.k2Share));
      const powDifficulty = new Uint8Array(32).fill(0xff);
      const files = await directoryFiles(of);
      const proof = await prove(
        { metadata: of, files },
        { challenge: of.challenge, k1: of.k1, k2, powDifficulty, nonces: of.nonces },
        { scanner, findPow },
      );
      const statement: Statement = {
        ...of,
        proof,
        k2,
        powDifficulty,
        minNumUnits: 1,
        maxNumUnits: 2,
        mode: 'all',
      };
      expect(await verifyProof(statement, engines)).toEqual({
        valid: true,
        checked: k2,
        remarks: [],
      });
      const others: Partial<Statement>[] = [
        { challenge: of.nodeId },
        { commitmentAtxId: of.challenge },
        { proof: { ...proof, indices: proof.indices.slice(1) } },
      ];
      for (const change of others)
        // A single good label may be good under another key too: K2 of them hardly are.
        if (k2 >= 6)
          expect((await verifyProof({ ...statement, ...change }, engines)).valid).toBe(false);
    }),
    { numRuns: 10 },
  );
});

/** The smallest counter; every second hash or more is below the difficulty. */
const findPow: FindPow = async ({ challenge, nonceGroup, nodeId, difficulty }) => {
  for (let counter = 0n; ; counter++) {
    const hash = await engines.powHash(k2powInput(counter, { nonceGroup, challenge, nodeId }));
    if (compareBytes(hash, difficulty) < 0) return counter;
  }
};

async function directoryFiles(of: {
  readonly nodeId: Bytes;
  readonly commitmentAtxId: Bytes;
  readonly numUnits: number;
  readonly labelsPerUnit: bigint;
  readonly maxFileSize: bigint;
}): Promise<{ file: Blob; sizeBytes: number }[]> {
  const identity = commitment(of.nodeId, of.commitmentAtxId);
  const files: { file: Blob; sizeBytes: number }[] = [];
  for (let i = 0; i < Number(fileCount(of)); i++) {
    const indices = indexRange(BigInt(i) * labelsPerFile(of), Number(labelsInFile(of, i)));
    const { labels } = await labelKernel.compute({
      commitment: identity,
      scryptN,
      indices,
      labelBytes: 16,
    });
    files.push({ file: new Blob([labels]), sizeBytes: labels.length });
  }
  return files;
}
