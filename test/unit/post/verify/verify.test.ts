// With real labels and k2pow; about 3 s.
import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlacedFile, PostDirectory } from '../../../../src/post/directory/directory';
import { openDirectory } from '../../../../src/post/directory/directory';
import { kernelEngines } from '../../../../src/post/labels';
import type { VerifyEngines, VerifyRequest } from '../../../../src/post/verify/verify';
import { verify } from '../../../../src/post/verify/verify';
import type { Progress } from '../../../../src/base/progress';
import { openLabelKernel, openRandomx } from '../../../support/kernels';

interface Directory {
  name: string;
  node_id: string;
  commitment_atx_id: string;
  labels_per_unit: string;
  num_units: number;
  scrypt: { n: number };
  challenge: string;
  k1: number;
  k2: number;
  pow_difficulty: string;
  proof: { nonce: number; indices: string; pow: string; decompressed: string[] };
  proof_json_as_serialised_by_post_rs: string;
  verify: { name: string; proof: VerifyRequest['proof'] }[];
}
const { dirs } = JSON.parse(
  readFileSync(new URL('../../../data/post/proof.json', import.meta.url), 'utf8'),
) as { dirs: Directory[] };
const vector = (name: string): Directory => {
  const found = dirs.find((dir) => dir.name === name);
  if (!found) throw new Error(`proof.json has no ${name}`);
  return found;
};
const multi = vector('n2-multi');

const files = (name: string): PlacedFile[] => {
  const folder = new URL(`../../../data/post/posdata/${name}/`, import.meta.url);
  return readdirSync(folder).map((file) => ({
    path: `${name}/${file}`,
    file: new File([readFileSync(new URL(file, folder))], file),
  }));
};

const request = (dir: Directory, change: Partial<VerifyRequest> = {}): VerifyRequest => ({
  proof: dir.proof_json_as_serialised_by_post_rs,
  challenge: dir.challenge,
  k1: dir.k1,
  k2: dir.k2,
  powDifficulty: dir.pow_difficulty,
  scryptN: dir.scrypt.n,
  ...change,
});
const byFields = (dir: Directory, change: Partial<VerifyRequest> = {}) =>
  request(dir, {
    nodeId: dir.node_id,
    commitmentAtxId: dir.commitment_atx_id,
    numUnits: dir.num_units,
    labelsPerUnit: BigInt(dir.labels_per_unit),
    ...change,
  });

let engines: VerifyEngines;
let directory: PostDirectory;
beforeAll(async () => {
  engines = { labels: kernelEngines(await openLabelKernel()), pow: { hash: await openRandomx() } };
  directory = await openDirectory(files('n2-multi'));
}, 60_000);

test.each(dirs.map(({ name }) => name))(
  "%s: the reference's proof, by its fields",
  async (name) => {
    const dir = vector(name);
    const { nonce, indices, pow } = dir.proof;
    const result = await verify(byFields(dir, { proof: { nonce, indices, pow } }), {}, engines);
    expect(result).toEqual({ valid: true, checked: dir.k2, remarks: [] });
  },
);

describe('a dropped directory', () => {
  test('gives identity and size', async () => {
    expect(await verify(request(multi, { directory }), {}, engines)).toMatchObject({ valid: true });
  });

  test('modes, and progress', async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => void seen.push(progress);
    const one = await verify(
      request(multi, { directory, mode: { one: 5 } }),
      { onProgress },
      engines,
    );
    expect(one).toMatchObject({ valid: true, checked: 1 });
    expect(seen.at(-1)).toMatchObject({ done: 1, total: 1, unit: 'indices' });
    const subset = { subset: 10, seed: 'q83vAA==' };
    expect(await verify(request(multi, { directory, mode: subset }), {}, engines)).toMatchObject({
      checked: 10,
    });
  });

  const tampered = multi.verify.find(({ name }) => name === 'tampered_index_all')?.proof ?? '';

  test('a wrong index: which, where, and that the data is right', async () => {
    const result = await verify(request(multi, { directory, proof: tampered }), {}, engines);
    if (result.valid || result.kind !== 'InvalidMsb') throw new Error('it should be InvalidMsb');
    const file = `postdata_${Number(result.index) >= 24000 ? 3 : Math.floor(Number(result.index) / 8000)}.bin`;
    expect(result.place).toEqual({
      file,
      offsetBytes: (Number(result.index) % 8000) * 16,
      onDisk: 'right',
      shifted: false,
    });
    expect(result.explanation).toContain(`Index ${result.index}, at position ${result.indexId}`);
    expect(result.explanation).toContain(`${file} at byte ${(Number(result.index) % 8000) * 16}`);
    expect(result.explanation).toContain('the data is right');
  });

  test('a wrong index over damaged data', async () => {
    const damaged = files('n2-multi').map(({ path, file }) => ({
      path,
      file: path.endsWith('.bin') ? new File([new Uint8Array(file.size)], file.name) : file,
    }));
    const result = await verify(
      request(multi, { directory: await openDirectory(damaged), proof: tampered }),
      {},
      engines,
    );
    expect(result).toMatchObject({
      valid: false,
      place: { onDisk: 'wrong' },
      explanation: expect.stringContaining('the data is damaged') as string,
    });
  });
});

test('a proof made while a file was missing', async () => {
  const left = files('n2-multi').filter(({ path }) => !path.endsWith('postdata_0.bin'));
  const shifted = await openDirectory(left);
  // Index 0 of what is left is label 8000 of the identity; under this K1 hardly any label is good.
  const result = await verify(request(multi, { directory: shifted, k1: 1 }), {}, engines);
  expect(result).toMatchObject({
    valid: false,
    place: { file: 'postdata_1.bin', onDisk: 'wrong', shifted: true },
    explanation: expect.stringContaining('files before that one are missing') as string,
  });
});

describe('explanations', () => {
  const explained = async (change: Partial<VerifyRequest>) => {
    const result = await verify(byFields(multi, change), {}, engines);
    return result.valid ? 'valid' : `${result.kind}: ${result.explanation}`;
  };

  test.each([
    [{ minNumUnits: 40 }, 'InvalidMetadata.NumUnitsTooSmall: The proof is for 31 units'],
    [{ maxNumUnits: 30 }, 'InvalidMetadata.NumUnitsTooLarge: The proof is for 31 units'],
    [
      { proof: { nonce: 4096, indices: '', pow: 0 } },
      'NonceGroupOutOfBounds: Nonce 4096 is in group 256',
    ],
    [{ powDifficulty: new Uint8Array(32) }, 'InvalidPoW: The k2pow 189 of nonce group 3 hashes to'],
    [{ k2: 5 }, 'InvalidIndicesLen: The packed indices have 60 bytes; 5 indices'],
    [{ k1: 31000 }, 'InvalidNumLabels: 31000 labels are too few'],
    [{ commitmentAtxId: '00'.repeat(32) }, 'InvalidMsb: Index 691, at position 0'],
  ])('%o', async (change: Partial<VerifyRequest>, text) => {
    expect(await explained(change)).toContain(text);
  });
});

test.each([
  [{ nodeId: undefined }, 'nodeId is missing'],
  [{ challenge: 'abc' }, 'challenge'],
  [{ numUnits: 1.5 }, 'numUnits must be a whole number'],
  [{ mode: { one: -1 } }, 'one must be a whole number'],
  [{ mode: { subset: 3, seed: 'x~z' } }, 'seed'],
  [{ mode: { subset: 3, seed: 'abc' } }, 'seed'],
  [{ labelsPerUnit: 0.5 }, 'labelsPerUnit must be'],
  [{ labelsPerUnit: -1n }, 'labelsPerUnit must be'],
  [{ proof: '{}' }, 'has no “indices”'],
  [{ proof: 'a'.repeat(65_537) }, 'The proof has 65 KiB; at most 64 KiB are read as a PoST proof.'],
  [{ scryptN: 3 }, 'power of two'],
])('input that cannot be read: %o', async (change: Partial<VerifyRequest>, reason) => {
  await expect(verify(byFields(multi, change), {}, engines)).rejects.toThrow(reason);
});

test('stops when aborted', async () => {
  const signal = AbortSignal.abort();
  await expect(verify(byFields(multi), { signal }, engines)).rejects.toMatchObject({
    name: 'AbortError',
  });
});
