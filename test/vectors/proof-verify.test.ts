// Every verification of proof.json, with labels and k2pow by the real kernels; about 7 s, of which
// RandomX (light, interpreted) takes most.
import { beforeAll, describe, expect, test } from 'vitest';
import { readProof, writeProof } from '../../src/protocol/proof';
import type { VerificationEngines } from '../../src/protocol/verification';
import { verifyProof } from '../../src/protocol/verification';
import { openLabelKernel, openRandomx } from '../support/kernels';
import { directories, expectAsReference, statementOf } from '../support/proof-vectors';

let engines: (scryptN: number) => VerificationEngines;
beforeAll(async () => {
  const powHash = await openRandomx();
  const kernel = await openLabelKernel();
  engines = (scryptN) => ({
    powHash,
    labelsAt: async (indices, commitment) =>
      (await kernel.compute({ commitment, scryptN, indices, labelBytes: 16 })).labels,
  });
}, 60_000);

describe.each(directories)('$name', (directory) => {
  test('the proof as post-rs serialises it', () => {
    const json = directory.proof_json_as_serialised_by_post_rs;
    expect(writeProof(readProof(json))).toBe(json);
    expect(readProof(json)).toEqual(readProof(directory.proof));
  });

  test.each(directory.verify)('$name', async (vector) => {
    const result = await verifyProof(statementOf(vector), engines(vector.init_config.scrypt.n));
    expectAsReference(result, vector);
  });
});

describe('accepted, with a remark', () => {
  const first = directories[0]?.verify ?? [];
  test.each([
    ['duplicate_index', 'indices differ'],
    ['all_same_index', 'Only 1 of the 37 indices differ'],
    ['index_beyond_num_labels', 'are beyond the 16384 labels'],
    ['nonzero_padding_bits', 'padding after the last index is not zero'],
    ['valid_one_out_of_range', 'no position 37'],
    ['valid_subset_k3_zero', 'subset is of size 0'],
    ['valid_subset_k3_above_k2', 'all 37 indices were checked'],
  ])('%s', async (name, remark) => {
    const vector = first.find((candidate) => candidate.name === name);
    if (!vector) throw new Error(`proof.json has no ${name}`);
    const result = await verifyProof(statementOf(vector), engines(vector.init_config.scrypt.n));
    expect(result).toMatchObject({ valid: true, remarks: [expect.stringContaining(remark)] });
  });

  test('nothing on an ordinary proof', async () => {
    const [vector] = first;
    if (!vector) throw new Error('proof.json is empty');
    expect(await verifyProof(statementOf(vector), engines(2))).toEqual({
      valid: true,
      checked: 37,
      remarks: [],
    });
  });
});
