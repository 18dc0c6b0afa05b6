// Every kind of malfeasance proof, put together from parts of real ATXs (the network's own is in vectors/atx).
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { decodeAtx } from '../../../src/protocol/atx';
import { concatBytes, toHex } from '../../../src/base/bytes';
import { decodeMalfeasance } from '../../../src/protocol/malfeasance';
import { encodeCompact } from '../../../src/protocol/scale';

const vectors = JSON.parse(
  readFileSync(new URL('../../data/node/decoded_blobs.json', import.meta.url), 'utf8'),
) as { version?: number; hex: string }[];
const atxBlobs = vectors.flatMap(({ version, hex: digits }) =>
  version === 1 ? [hex.decode(digits)] : [],
);
const blob = atxBlobs[0] ?? expect.fail();

const compact = (value: number) => encodeCompact(BigInt(value));
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
const proofOf = (type: number, ...parts: readonly Uint8Array[]) =>
  concatBytes(compact(4032), Uint8Array.of(type), ...parts);

describe('two messages', () => {
  test.each([
    [1, 'multiple-atxs', 'atx'],
    [2, 'multiple-ballots', 'ballot'],
  ])('of kind %d are %s', (type, kind, domain) => {
    const message = (seed: number) =>
      concatBytes(compact(100), filled(32, seed), filled(32, seed + 1), filled(64, seed + 2));
    expect(decodeMalfeasance(proofOf(type, message(10), message(20)))).toEqual({
      generatedLayer: 4032,
      kind,
      domain,
      messages: [10, 20].map((seed) => ({
        time: 100,
        round: undefined,
        messageHash: filled(32, seed),
        smesher: filled(32, seed + 1),
        signature: filled(64, seed + 2),
        signed: concatBytes(compact(100), filled(32, seed)),
      })),
    });
  });

  test('of Hare have a round, which is signed too', () => {
    const message = (seed: number) =>
      concatBytes(
        compact(100),
        compact(seed),
        filled(32, seed),
        filled(32, seed + 1),
        filled(64, seed + 2),
      );
    expect(decodeMalfeasance(proofOf(3, message(10), message(70)))).toEqual({
      generatedLayer: 4032,
      kind: 'hare-equivocation',
      domain: 'hare',
      messages: [10, 70].map((seed) => ({
        time: 100,
        round: seed,
        messageHash: filled(32, seed),
        smesher: filled(32, seed + 1),
        signature: filled(64, seed + 2),
        signed: concatBytes(compact(100), compact(seed), filled(32, seed)),
      })),
    });
  });
});

test('an invalid index of a PoST, with its ATX', () => {
  const proof = decodeMalfeasance(proofOf(4, blob, compact(36)));
  if (proof.kind !== 'invalid-post-index') throw new Error(`it is ${proof.kind}`);
  expect([proof.generatedLayer, proof.index]).toEqual([4032, 36]);
  expect(proof.atx).toEqual(decodeAtx(blob, 1));
});

test('two ATXs on one previous ATX', () => {
  const other = atxBlobs[1] ?? expect.fail();
  const proof = decodeMalfeasance(proofOf(5, blob, other));
  if (proof.kind !== 'invalid-previous-atx') throw new Error(`it is ${proof.kind}`);
  expect(proof.atxs.map(({ id }) => toHex(id))).toEqual(
    [blob, other].map((atx) => toHex(decodeAtx(atx, 1).id)),
  );
});

test.each([0, 6, 255])('kind %d is not known', (type) => {
  expect(() => decodeMalfeasance(proofOf(type))).toThrow(
    expect.objectContaining({ code: 'malfeasance-unknown', details: { type } }),
  );
});

test('whatever is cut off or left over is refused', () => {
  const whole = proofOf(4, blob, compact(36));
  for (const length of [0, 2, 3, whole.length - 1])
    expect(() => decodeMalfeasance(whole.subarray(0, length))).toThrow('malfeasance proof');
  expect(() => decodeMalfeasance(concatBytes(whole, filled(1, 0)))).toThrow('1 byte more');
});
