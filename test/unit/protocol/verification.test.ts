// What verifyProof itself decides, with real labels of small N and the k2pow's hash given: quick enough to
// run over every mutant. The real RandomX is in test/vectors/proof-verify.test.ts. Under 1 s.
import { createDecipheriv } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LabelKernel } from '../../../src/kernels/labels';
import { encryptBlock, expandKey, groupKey, lazyKey } from '../../../src/protocol/aes';
import type { Bytes } from '../../../src/base/bytes';
import { toHex } from '../../../src/base/bytes';
import { commitment } from '../../../src/protocol/commitment';
import { packIndices } from '../../../src/protocol/indices';
import { k2powInput } from '../../../src/protocol/k2pow';
import type { Statement } from '../../../src/protocol/verification';
import { verifyProof } from '../../../src/protocol/verification';
import { openLabelKernel } from '../../support/kernels';
import { directories, expectAsReference, statementOf } from '../../support/proof-vectors';

const lowest: Bytes = new Uint8Array(32);
const highest: Bytes = new Uint8Array(32).fill(0xff);

let kernel: LabelKernel;
beforeAll(async () => {
  kernel = await openLabelKernel();
});

/** Engines that write down what they were asked. */
function recording(scryptN: number, hash: Bytes = lowest) {
  const inputs: string[] = [];
  const batches: bigint[][] = [];
  const commitments: string[] = [];
  return {
    inputs,
    batches,
    commitments,
    powHash: (input: Bytes) => {
      inputs.push(toHex(input));
      return Promise.resolve(hash);
    },
    labelsAt: async (indices: BigUint64Array<ArrayBuffer>, of: Bytes) => {
      batches.push([...indices]);
      commitments.push(toHex(of));
      return (await kernel.compute({ commitment: of, scryptN, indices, labelBytes: 16 })).labels;
    },
  };
}

const quick = directories.filter(({ scrypt }) => scrypt.n <= 16);

describe.each(quick)('proof.json: $name', ({ verify }) => {
  test.each(verify)('$name', async (vector) => {
    const hash = vector.expect.kind === 'InvalidPoW' ? highest : lowest;
    const engines = recording(vector.init_config.scrypt.n, hash);
    expectAsReference(await verifyProof(statementOf(vector), engines), vector);
  });
});

describe('an ordinary proof', () => {
  const [vector] = directories[0]?.verify ?? [];
  if (!vector) throw new Error('proof.json is empty');
  const ordinary = statementOf(vector);
  const { nodeId, commitmentAtxId, challenge, proof } = ordinary;
  const changed = (change: Partial<Statement>): Statement => ({ ...ordinary, ...change });
  const indicesOf = async (statement: Statement): Promise<bigint[]> => {
    const engines = recording(2);
    await verifyProof(statement, engines);
    return engines.batches.flat();
  };

  test('asks for the k2pow of its group and the labels of its identity', async () => {
    const engines = recording(2);
    expect(await verifyProof(ordinary, engines)).toEqual({
      valid: true,
      checked: 37,
      remarks: [],
    });
    expect(engines.inputs).toEqual([
      toHex(k2powInput(proof.pow, { nonceGroup: 1, challenge, nodeId })),
    ]);
    expect(engines.commitments).toEqual([toHex(commitment(nodeId, commitmentAtxId))]);
    expect(engines.batches.map((batch) => batch.length)).toEqual([37]);
  });

  test('a hash that equals the difficulty is not enough work, the next smaller one is', async () => {
    const unit = changed({ numUnits: 1, labelsPerUnit: 16384n });
    const withHash = (hash: Bytes) => verifyProof(unit, recording(2, hash));
    expect(await withHash(ordinary.powDifficulty)).toMatchObject({
      kind: 'InvalidPoW',
      hash: ordinary.powDifficulty,
      difficulty: ordinary.powDifficulty,
    });
    const below = new Uint8Array(ordinary.powDifficulty);
    below[31] = 0xfe;
    expect((await withHash(below)).valid).toBe(true);
  });

  test('the number of units is at least the network’s minimum, and at most its maximum', async () => {
    const bounds = (minNumUnits: number, maxNumUnits: number) =>
      verifyProof(changed({ minNumUnits, maxNumUnits }), recording(2));
    expect((await bounds(2, 2)).valid).toBe(true);
    expect(await bounds(3, 12)).toMatchObject({
      kind: 'InvalidMetadata.NumUnitsTooSmall',
      min: 3,
      got: 2,
    });
    expect(await bounds(1, 1)).toMatchObject({
      kind: 'InvalidMetadata.NumUnitsTooLarge',
      max: 1,
      got: 2,
    });
  });

  test('no units, or 2^64 labels, stop the reference: they are an error here', async () => {
    const size = (numUnits: number, labelsPerUnit: bigint) =>
      verifyProof(changed({ minNumUnits: 0, numUnits, labelsPerUnit }), recording(2));
    for (const [numUnits, labelsPerUnit] of [
      [0, 8192n],
      [1, 2n ** 64n],
    ] as const)
      await expect(size(numUnits, labelsPerUnit)).rejects.toMatchObject({
        code: 'proof-size-invalid',
        details: { numUnits, labelsPerUnit },
      });
    expect(await size(1, 2n ** 64n - 1n)).toMatchObject({ kind: 'InvalidIndicesLen' });
  });

  test('a K1 that is not an integer is a mistake of the caller, not of the proof', async () => {
    await expect(verifyProof(changed({ k1: 1.5 }), recording(2))).rejects.toThrow(RangeError);
  });

  test('labels are asked for 64 at a time, with progress reported and a stop obeyed between', async () => {
    const k2 = 130;
    // Every label is good when K1 is all but one of the labels, or hardly any is bad.
    const indices = packIndices(
      Array.from({ length: k2 }, (_, i) => BigInt(i)),
      15,
    );
    const long = changed({ k1: 16383, k2, proof: { ...proof, indices } });
    const engines = recording(2);
    const told: (readonly [number, number])[] = [];
    const onChecked = (...progress: readonly [number, number]) => told.push(progress);
    expect(await verifyProof(long, engines, { onChecked })).toMatchObject({ checked: k2 });
    expect(engines.batches.map((batch) => batch.length)).toEqual([64, 64, 2]);
    expect(engines.batches.flat()).toEqual(Array.from({ length: k2 }, (_, i) => BigInt(i)));
    expect(told).toEqual([
      [64, 130],
      [128, 130],
      [130, 130],
    ]);

    const first64 = { ...proof, indices: packIndices(engines.batches[0] ?? [], 15) };
    const even = recording(2);
    await verifyProof({ ...long, k2: 64, proof: first64 }, even);
    expect(even.batches.map((batch) => batch.length)).toEqual([64]);

    const stop = new AbortController();
    const stopped = recording(2);
    const run = verifyProof(long, stopped, {
      signal: stop.signal,
      onChecked: () => stop.abort(),
    });
    await expect(run).rejects.toThrow('aborted');
    expect(stopped.batches).toHaveLength(1);
  });

  test('only the chosen positions are asked for', async () => {
    const all = await indicesOf(ordinary);
    expect(await indicesOf(changed({ mode: { one: 36 } }))).toEqual([all[36]]);
    expect(await indicesOf(changed({ mode: { one: 37 } }))).toEqual([]);
    const seed = new Uint8Array(32);
    const drawn = (subset: number) => indicesOf(changed({ mode: { subset, seed } }));
    expect(await drawn(37)).toEqual(all);
    expect(await drawn(0)).toEqual([]);
    const whole = await drawn(38);
    expect(whole).not.toEqual(all);
    expect(whole.toSorted()).toEqual(all.toSorted());
    expect(await drawn(5)).toEqual(whole.slice(0, 5));
  });

  test.each(directories[0]?.verify.filter(({ name }) => name.startsWith('valid_subset')) ?? [])(
    '$name: in the order of the reference',
    async (subset) => {
      if (subset.mode.type !== 'subset') throw new Error('it is no subset');
      const selected = subset.mode.selected_index_ids;
      if (!selected) return;
      const all = await indicesOf(ordinary);
      expect(await indicesOf(statementOf(subset))).toEqual(selected.map((i) => all[i]));
    },
  );
});

// Thresholds small enough that labels can be made whose ciphers come out exactly at them.
describe('a label at the threshold', () => {
  const nonce = 5;
  const challenge: Bytes = new Uint8Array(32).fill(3);
  const decipher = (key: Bytes, block: Uint8Array) =>
    createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block);
  /** A label whose byte under the group's key and 56 bits under the nonce's own are these. */
  const labelWith = (msb: number, lsb: bigint): Bytes => {
    const group = expandKey(groupKey(challenge, 0, 0n));
    const block = new Uint8Array(16);
    const view = new DataView(block.buffer);
    view.setBigUint64(0, lsb, true);
    for (let free = 0; ; free++) {
      view.setUint32(8, free);
      const label = new Uint8Array(decipher(lazyKey(challenge, nonce, 0n), block));
      if (encryptBlock(group, label)[nonce] === msb) return label;
    }
  };
  // 26 × 2^64 / 2^63 = 52: msb 0, lsb 52.
  const judge = (label: Bytes) =>
    verifyProof(
      {
        proof: { nonce, indices: new Uint8Array(8), pow: 0n },
        nodeId: lowest,
        commitmentAtxId: lowest,
        challenge,
        numUnits: 1,
        labelsPerUnit: 2n ** 63n,
        k1: 26,
        k2: 1,
        powDifficulty: highest,
        minNumUnits: 1,
        maxNumUnits: 1,
        mode: 'all',
      },
      { powHash: () => Promise.resolve(lowest), labelsAt: () => Promise.resolve(label) },
    );

  test('is good only strictly below it', async () => {
    expect(await judge(labelWith(0, 51n))).toMatchObject({ valid: true });
    const label = labelWith(0, 52n);
    expect(await judge(label)).toMatchObject({
      kind: 'InvalidLsb',
      lsb: 52n,
      difficultyLsb: 52n,
      indexId: 0,
      label,
    });
    expect(await judge(labelWith(1, 0n))).toMatchObject({
      kind: 'InvalidMsb',
      msb: 1,
      difficultyMsb: 0,
    });
  });
});

describe('what is accepted with a remark', () => {
  const cases = directories[0]?.verify ?? [];
  const remarksOn = async (name: string, change: Partial<Statement> = {}) => {
    const vector = cases.find((candidate) => candidate.name === name);
    if (!vector) throw new Error(`proof.json has no ${name}`);
    const result = await verifyProof({ ...statementOf(vector), ...change }, recording(2));
    return result.valid ? result.remarks : [result.message];
  };
  const seed = new Uint8Array(32);

  test.each<[string, Partial<Statement>, string[]]>([
    ['duplicate_index', {}, ['Only 36 of the 37 indices differ.']],
    ['all_same_index', {}, ['Only 1 of the 37 indices differ.']],
    ['index_beyond_num_labels', {}, ['1 of the indices (']],
    ['nonzero_padding_bits', {}, ['The padding after the last index is not zero.']],
    ['valid_one_out_of_range', {}, ['the proof has no position 37, its last is 36.']],
    ['valid_one_last', {}, []],
    ['valid_subset_k3_zero', {}, ['the subset is of size 0.']],
    ['valid_subset_k3_above_k2', {}, ['all 37 indices were checked, in shuffled order.']],
    ['valid_all', { mode: { subset: 37, seed } }, []],
    ['valid_all', { mode: { subset: 36, seed } }, []],
  ])('%s %o', async (name, change, expected) => {
    expect(await remarksOn(name, change)).toEqual(
      expected.map((text) => expect.stringContaining(text) as string),
    );
  });

  test('padding that holds complete indices is not an index', async () => {
    const { proof } = statementOf(cases[0] ?? expect.fail());
    // Three bits each: of the 16 bits, seven are left, and zero twice would be a duplicate.
    const of = {
      numUnits: 1,
      labelsPerUnit: 7n,
      k1: 6,
      k2: 3,
      proof: { ...proof, indices: packIndices([1n, 2n, 3n], 3) },
    };
    expect(await remarksOn('valid_all', of)).toEqual([]);
  });

  test('K2 of 0: nothing is proved', async () => {
    const { proof } = statementOf(cases[0] ?? expect.fail());
    const none = { k2: 0, proof: { ...proof, indices: new Uint8Array() } };
    expect(await remarksOn('valid_all', none)).toEqual([expect.stringContaining('K2 is 0')]);
  });

  test.each([
    [1, '1 of the indices (16384) are beyond'],
    [3, '3 of the indices (16384, 16385, 16386) are beyond'],
    [4, '4 of the indices (16384, 16385, 16386, …) are beyond'],
  ])('%d indices beyond the labels', async (beyond, text) => {
    const vector = cases[0] ?? expect.fail();
    const { proof } = statementOf(vector);
    const indices = Array.from(
      { length: 37 },
      (_, i) => (i < beyond ? 16_384n : 16_347n) + BigInt(i),
    );
    const of = { k1: 16383, proof: { ...proof, indices: packIndices(indices, 15) } };
    expect(await remarksOn('valid_all', of)).toEqual([expect.stringContaining(text)]);
  });
});
