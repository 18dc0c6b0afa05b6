// All of labels.json, vrf.json's searches and commitment.json; about 4 s.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { indexRange } from '../../src/kernels/labels';
import { wasmLabelKernel } from '../../src/kernels/wasm/labels';
import { concatBytes, readBytes, toHex } from '../../src/base/bytes';
import { commitment } from '../../src/protocol/commitment';
import { smallerLabel, type SmallestLabel } from '../../src/protocol/labels';
import { referenceLabel, type ScryptParameters } from './scrypt-oracle';

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/post/${name}`, import.meta.url), 'utf8'));
const module = (name: string) =>
  new WebAssembly.Module(
    readFileSync(new URL(`../../src/kernels/wasm/build/${name}.wasm`, import.meta.url)),
  );
const bytes = (hex: string) => readBytes(hex, 32, 'a vector');

interface LabelGroup {
  readonly commitment: string;
  readonly scrypt: ScryptParameters;
  readonly runs: readonly { start: string; count: number }[];
  readonly labels: readonly { index: string; label32: string; label16: string }[];
}
interface Nonce {
  readonly index: string;
  readonly label32: string;
}
interface Search {
  readonly commitment: string;
  readonly scrypt: ScryptParameters;
  readonly start: string;
  readonly end_exclusive: string;
  readonly vrf_difficulty: string | null;
  readonly what: string;
  readonly nonce: Nonce | null;
}
interface Parts {
  readonly commitment: string;
  readonly scrypt: ScryptParameters;
  readonly vrf_difficulty: string;
  readonly parts: readonly { start: string; end_exclusive: string; nonce: Nonce | null }[];
  readonly combined: Nonce | null;
}

const { groups } = vectors('labels.json') as { groups: LabelGroup[] };
const { cases: searches, parallel_parts } = vectors('vrf.json') as {
  cases: Search[];
  parallel_parts: Parts[];
};
const inKernel = groups.filter(({ scrypt }) => scrypt.r === 1 && scrypt.p === 1);

test('commitment: all vectors', () => {
  const { cases } = vectors('commitment.json') as {
    cases: { node_id: string; commitment_atx_id: string; commitment: string }[];
  };
  expect(cases.length).toBeGreaterThan(0);
  for (const { node_id, commitment_atx_id, commitment: expected } of cases)
    expect(toHex(commitment(bytes(node_id), bytes(commitment_atx_id)))).toBe(expected);
});

describe.each(['labels', 'labels-scalar'])('kernel %s', (name) => {
  const kernel = wasmLabelKernel(module(name));
  const search = async (
    { commitment, scrypt }: Pick<Search, 'commitment' | 'scrypt'>,
    from: string,
    to: string,
    below: string,
  ) => {
    const { smallest } = await kernel.compute({
      commitment: bytes(commitment),
      scryptN: scrypt.n,
      indices: indexRange(BigInt(from), Number(BigInt(to) - BigInt(from))),
      labelBytes: 0,
      below: bytes(below),
    });
    return smallest;
  };
  const told = (found: SmallestLabel | undefined) =>
    found ? { index: String(found.index), label32: toHex(found.label) } : null;

  test.each(inKernel)('labels, N = $scrypt.n', async ({ commitment, scrypt, labels }) => {
    for (const labelBytes of [32, 16] as const) {
      const { labels: computed } = await kernel.compute({
        commitment: bytes(commitment),
        scryptN: scrypt.n,
        indices: BigUint64Array.from(labels, ({ index }) => BigInt(index)),
        labelBytes,
      });
      expect(toHex(computed)).toBe(
        labels.map((label) => (labelBytes === 16 ? label.label16 : label.label32)).join(''),
      );
      if (scrypt.n === 8192) return;
    }
  });

  test('labels of several identities in one call are those of each', async () => {
    const indices = Array.from({ length: 4099 }, (_, i) => BigInt(i % 11));
    const commitments = indices.map((_, i) => new Uint8Array(32).fill(i % 3));
    const together = await kernel.compute({
      commitment: concatBytes(...commitments),
      scryptN: 2,
      indices: BigUint64Array.from(indices),
      labelBytes: 16,
    });
    for (const who of [0, 1, 2]) {
      const own = indices.flatMap((_, i) => (i % 3 === who ? [i] : []));
      const alone = await kernel.compute({
        commitment: new Uint8Array(32).fill(who),
        scryptN: 2,
        indices: BigUint64Array.from(own, (i) => indices[i] ?? 0n),
        labelBytes: 16,
      });
      const picked = concatBytes(...own.map((i) => together.labels.subarray(i * 16, i * 16 + 16)));
      expect(toHex(picked)).toBe(toHex(alone.labels));
    }
  });

  test('searches for the smallest label', async () => {
    const withBound = searches.filter((one) => one.vrf_difficulty !== null);
    expect(withBound.length).toBeGreaterThan(10);
    for (const one of withBound)
      expect(
        told(await search(one, one.start, one.end_exclusive, one.vrf_difficulty ?? '')),
        one.what,
      ).toEqual(one.nonce);
  });

  test('parts of a range, combined, are the entire range', async () => {
    for (const whole of parallel_parts) {
      let combined: SmallestLabel | undefined;
      for (const { start, end_exclusive, nonce } of whole.parts) {
        const found = await search(whole, start, end_exclusive, whole.vrf_difficulty);
        expect(told(found)).toEqual(nonce);
        combined = smallerLabel(combined, found);
      }
      expect(told(combined)).toEqual(whole.combined);
    }
  });
});

test('the oracle, which knows r and p, agrees with the reference', () => {
  for (const { commitment, scrypt, labels } of groups) {
    const some = scrypt.n > 16 ? labels.slice(0, 1) : labels.slice(0, 8);
    for (const { index, label32 } of some)
      expect(toHex(referenceLabel(bytes(commitment), BigInt(index), scrypt))).toBe(label32);
  }
});
