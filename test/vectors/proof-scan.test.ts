import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readBytes, toHex } from '../../src/base/bytes';
import { provingDifficulty } from '../../src/protocol/difficulty';
import { scalePowDifficulty } from '../../src/protocol/k2pow';
import {
  type FindPow,
  type ProvableDirectory,
  type ProveRequest,
  prove,
  scanDirectory,
} from '../../src/post/prove/prove';
import { kernelScanner } from '../../src/post/prove/scanner';
import { provingEngines } from '../unit/kernels/proving-engines';

interface ProofVector {
  readonly name: string;
  readonly dir: string;
  readonly node_id: string;
  readonly labels_per_unit: string;
  readonly num_units: number;
  readonly num_labels: string;
  readonly max_file_size: string;
  readonly challenge: string;
  readonly k1: number;
  readonly k2: number;
  readonly pow_difficulty: string;
  readonly pow_difficulty_scaled: string;
  readonly nonces_per_pass: number;
  readonly labels_skipped_by_reference_prover: readonly (number | string)[];
  readonly proof: {
    nonce: number;
    indices: string;
    indices_hex: string;
    pow: string;
    pass: number;
  };
  readonly pass_pows: readonly { nonce_group: number; pow: string }[];
  readonly good_indices: readonly { nonce: number; pow: string; indices: (number | string)[] }[];
}

const root = new URL('../data/post/', import.meta.url);
const { dirs } = JSON.parse(readFileSync(new URL('proof.json', root), 'utf8')) as {
  dirs: readonly ProofVector[];
};

function directoryOf(vector: ProofVector): ProvableDirectory {
  const size = BigInt(vector.max_file_size);
  const bytes = BigInt(vector.num_labels) * 16n;
  const count = Number((bytes + size - 1n) / size);
  return {
    metadata: {
      nodeId: readBytes(vector.node_id, 32, 'node id'),
      numUnits: vector.num_units,
      labelsPerUnit: BigInt(vector.labels_per_unit),
      maxFileSize: size,
    },
    files: Array.from({ length: count }, (_, i) => {
      const file = new Blob([readFileSync(new URL(`${vector.dir}/postdata_${i}.bin`, root))]);
      return { file, sizeBytes: file.size };
    }),
  };
}

const requestOf = (vector: ProofVector): ProveRequest => ({
  challenge: vector.challenge,
  k1: vector.k1,
  k2: vector.k2,
  powDifficulty: vector.pow_difficulty,
  nonces: vector.nonces_per_pass,
});

describe.each(dirs)('proof.json: $name', (vector) => {
  const firstGroup = vector.pass_pows[0]?.nonce_group ?? 0;
  const pows = vector.pass_pows.map(({ pow }) => BigInt(pow));
  const directory = directoryOf(vector);

  test.each(provingEngines)('$name finds every good index of the reference', async ({ kernel }) => {
    const engine = await kernel();
    // The vectors' pass may be a later one; its groups keep their numbers.
    const good = await scanDirectory(
      directory,
      { ...requestOf(vector), pows },
      kernelScanner(engine),
      {
        firstGroup,
      },
    );
    for (const { nonce, indices } of vector.good_indices)
      expect(good.get(nonce) ?? [], `nonce ${nonce}`).toEqual(indices.map(Number));
    const skipped = new Set(vector.labels_skipped_by_reference_prover.map(Number));
    expect([...good.values()].flat().filter((index) => skipped.has(index))).toEqual([]);
    engine.close();
  });

  // Earlier passes have no pows in the vectors, so proving starts where the winning pass does.
  test.each(provingEngines)(
    '$name generates the very proof of the reference',
    async ({ kernel }) => {
      const engine = await kernel();
      const difficulties: string[] = [];
      const findPow: FindPow = ({ nonceGroup, difficulty }) => {
        difficulties.push(toHex(difficulty));
        return Promise.resolve(pows[nonceGroup - firstGroup] ?? 0n);
      };
      const proof = await prove(
        directory,
        requestOf(vector),
        { scanner: kernelScanner(engine, 65536), findPow },
        { firstPass: vector.proof.pass },
      );
      expect(proof.nonce).toBe(vector.proof.nonce);
      expect(toHex(proof.indices)).toBe(vector.proof.indices_hex);
      expect(proof.pow).toBe(BigInt(vector.proof.pow));
      expect(new Set(difficulties)).toEqual(new Set([vector.pow_difficulty_scaled]));
      engine.close();
    },
  );

  test('scales its difficulties as the reference does', () => {
    const base = readBytes(vector.pow_difficulty, 32, 'difficulty');
    expect(toHex(scalePowDifficulty(base, vector.num_units))).toBe(vector.pow_difficulty_scaled);
    expect(provingDifficulty(vector.k1, BigInt(vector.num_labels)).msb).toBeGreaterThanOrEqual(0);
  });
});
