// The nonces that both references found, found again on disk; about 4 s.
import { describe, expect, test } from 'vitest';
import { findNonce } from '../../../../src/post/labels';
import {
  combineParts,
  findNonceInData,
  verifyVrfNonce,
  withNonce,
} from '../../../../src/post/check/nonce';
import { requireMetadata } from '../../../../src/post/directory/directory';
import { toHex } from '../../../../src/base/bytes';
import { writeMetadata } from '../../../../src/protocol/metadata';
import {
  folderContents,
  labelEngines,
  openContents,
  postVectors,
  vectorDirectory,
} from '../../../support/post-fixtures';

interface Dir {
  readonly dir: string;
  readonly scrypt: { readonly n: number };
  readonly vrf_difficulty: string | null;
  readonly vrf_nonce: string | null;
  readonly vrf_nonce_label32: string | null;
}
interface Verdict {
  readonly node_id: string;
  readonly commitment_atx_id: string;
  readonly num_units: number;
  readonly labels_per_unit: string;
  readonly nonce: string;
  readonly scrypt: { readonly n: number };
  readonly valid: boolean;
}

const { dirs } = postVectors('proof.json') as { dirs: Dir[] };
const { go_verify } = postVectors('vrf.json') as { go_verify: { cases: Verdict[] } };
const { written } = postVectors('metadata.json') as { written: { what?: string; text: string }[] };
const goText = (what: string) => written.find((one) => one.what === what)?.text ?? '';
const engines = labelEngines();
const contentsOf = (dir: string): Record<string, Uint8Array> =>
  folderContents(vectorDirectory(dir.replace('posdata/', '')));

describe('on disk', () => {
  test.each(dirs)('$dir', async ({ dir, scrypt, vrf_difficulty, ...expected }) => {
    if (vrf_difficulty === null) {
      expect(expected.vrf_nonce).toBeNull();
      return;
    }
    const directory = await openContents(contentsOf(dir));
    const progress: number[] = [];
    const { nonce, damaged } = await findNonceInData(
      directory,
      { difficulty: vrf_difficulty, scryptN: scrypt.n },
      { onProgress: ({ done }) => progress.push(done) },
      engines,
    );
    expect(String(nonce?.index)).toBe(String(expected.vrf_nonce));
    expect(nonce && toHex(nonce.label)).toBe(expected.vrf_nonce_label32);
    expect(damaged).toEqual([]);
    expect(progress.at(-1)).toBe(
      directory.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  });

  const go = contentsOf('go-n16');
  const search = async (contents: Record<string, Uint8Array>, options = {}) =>
    findNonceInData(await openContents(contents), { scryptN: 16, ...options }, {}, engines);

  test('Go’s difficulty by default; some files only; all 32 bytes decide', async () => {
    const { nonce } = await search(go);
    expect(nonce?.index).toBe(1386n);
    expect((await search(go, { toFile: 0 })).nonce?.index).toBe(149n);
    expect((await search(go, { fromFile: 1, toFile: 1 })).nonce).toBeUndefined();
    const label = nonce?.label ?? new Uint8Array();
    expect((await search(go, { difficulty: label })).nonce).toBeUndefined();
    const above = label.map((byte, i) => (i === 31 ? byte + 1 : byte));
    expect((await search(go, { difficulty: above })).nonce?.index).toBe(1386n);
  });

  test('as computing all labels finds it', async () => {
    const { nodeId, commitmentAtxId } = requireMetadata(await openContents(go));
    const found = await findNonce(
      { nodeId, commitmentAtxId, start: 0, count: 2048, scryptN: 16 },
      {},
      engines,
    );
    expect(found).toEqual((await search(go)).nonce);
  });

  test('damaged labels that look low are passed over and named', async () => {
    const damaged = contentsOf('go-n16');
    damaged['postdata_0.bin']?.fill(0, 160, 160 + 32);
    const result = await search(damaged);
    expect(result.nonce?.index).toBe(1386n);
    expect(result.damaged).toEqual([10n, 11n]);
    damaged['postdata_1.bin']?.fill(0);
    await expect(search(damaged)).rejects.toMatchObject({ code: 'data-damaged' });
  });

  test('the metadata that Go would have written', async () => {
    const directory = await openContents(go);
    const { nonce } = await search(go);
    const lost = { ...requireMetadata(directory), nonce: undefined, nonceValue: undefined };
    expect(writeMetadata(withNonce(lost, nonce))).toBe(goText('godir-main'));
  });
});

describe('parts of a parallel initialisation', () => {
  const go = contentsOf('go-n16');
  const part = (what: string, ...files: number[]) =>
    openContents({
      'postdata_metadata.json': Buffer.from(goText(what)),
      ...Object.fromEntries(
        files.map((i) => [`postdata_${i}.bin`, go[`postdata_${i}.bin`] ?? new Uint8Array()]),
      ),
    });

  test('give the metadata of the directory', async () => {
    const parts = [
      await part('godir-part0', 0),
      await part('godir-part1', 1),
      await part('godir-part2', 2, 3),
    ];
    const combined = await combineParts(parts, { scryptN: 16 }, engines);
    expect(writeMetadata(combined.metadata)).toBe(goText('godir-main'));
    expect(combined).toMatchObject({ missing: [], repeated: [], nonce: { index: 1386n } });
  });

  test('what is missing, cut short or there twice is named', async () => {
    const short = await openContents({
      'postdata_metadata.json': Buffer.from(goText('godir-part2')),
      'postdata_2.bin': go['postdata_2.bin']?.slice(0, 8000) ?? new Uint8Array(),
    });
    const parts = [await part('godir-part0', 0, 1), await part('godir-part1', 1), short];
    expect(await combineParts(parts, { scryptN: 16 }, engines)).toMatchObject({
      missing: ['postdata_2.bin', 'postdata_3.bin'],
      repeated: ['postdata_1.bin'],
    });
  });

  test('combineParts: a part without a nonce, named, because the lowest label may be there', async () => {
    const silent = await openContents({
      'postdata_metadata.json': Buffer.from(
        goText('godir-part1')
          .replace(/\s*"Nonce(Value)?": [^\n]*/g, '')
          .replace(/,\s*\}$/, '}'),
      ),
      'postdata_1.bin': go['postdata_1.bin'] ?? new Uint8Array(),
    });
    const parts = [await part('godir-part0', 0), silent];
    const combined = await combineParts(parts, { scryptN: 16 }, engines);
    expect(combined.unsearched).toEqual([silent.name]);
    await expect(
      combineParts(parts, { scryptN: 16 }, engines, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('of different identities are refused', async () => {
    const parts = [await part('godir-part0', 0), await openContents(contentsOf('n16-msb'))];
    await expect(combineParts(parts, {}, engines)).rejects.toMatchObject({
      code: 'parts-differ',
      details: { field: 'NodeId' },
    });
    await expect(combineParts([], {}, engines)).rejects.toMatchObject({ code: 'no-parts' });
  });
});

test('Go’s verdicts on VRF nonces', async () => {
  expect(go_verify.cases.some(({ valid }) => valid)).toBe(true);
  for (const { valid, scrypt, ...claim } of go_verify.cases)
    expect(
      await verifyVrfNonce(
        {
          nodeId: claim.node_id,
          commitmentAtxId: claim.commitment_atx_id,
          numUnits: claim.num_units,
          labelsPerUnit: BigInt(claim.labels_per_unit),
          nonce: BigInt(claim.nonce),
          scryptN: scrypt.n,
        },
        engines,
      ),
    ).toBe(valid);
});
