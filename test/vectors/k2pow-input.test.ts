// The inputs and the scaled difficulties of pow.json; its hashes stand in k2pow.test.ts.
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { describe, expect, test } from 'vitest';
import { toHex, type Bytes } from '../../src/base/bytes';
import { expectedHashes, k2powInput, scalePowDifficulty } from '../../src/protocol/k2pow';

const vectors = JSON.parse(
  readFileSync(new URL('../data/post/pow.json', import.meta.url), 'utf8'),
) as {
  cases: {
    pow_nonce: string;
    nonce_group: number;
    challenge8: string;
    miner_id: string;
    input48: string;
  }[];
  scaling: { cases: { base: string; num_units: number; scaled: string }[] };
};
const bytes = (text: string): Bytes => new Uint8Array(hex.decode(text));

describe('difficulty', () => {
  test.each(vectors.scaling.cases)('$base for $num_units units', (one) => {
    expect(toHex(scalePowDifficulty(bytes(one.base), one.num_units))).toBe(one.scaled);
  });

  test('no units are refused', () => {
    expect(() => scalePowDifficulty(new Uint8Array(32), 0)).toThrow(
      expect.objectContaining({ code: 'num-units-zero', details: { numUnits: 0 } }),
    );
  });

  test('states how many hashes a search takes on average', () => {
    expect(expectedHashes(bytes('80'.padEnd(64, '0')))).toBe(2);
    expect(expectedHashes(bytes('000dfb23b0979b4b'.padEnd(64, '0')))).toBeCloseTo(4687.5, 6);
    expect(expectedHashes(bytes('ff'.repeat(32)))).toBe(1);
    expect(expectedHashes(bytes('01'.padStart(64, '0')))).toBe(2 ** 256);
    expect(expectedHashes(new Uint8Array(32))).toBe(Infinity);
  });
});

describe('input', () => {
  test.each(vectors.cases)('of $pow_nonce, group $nonce_group', (one) => {
    const challenge = bytes(one.challenge8);
    const request = { challenge, nonceGroup: one.nonce_group, nodeId: bytes(one.miner_id) };
    expect(toHex(k2powInput(BigInt(one.pow_nonce), request))).toBe(one.input48);
    const whole = new Uint8Array([...challenge, ...new Uint8Array(24).fill(7)]);
    expect(toHex(k2powInput(BigInt(one.pow_nonce), { ...request, challenge: whole }))).toBe(
      one.input48,
    );
  });

  const of = (nonceGroup: number) =>
    k2powInput(0n, { nonceGroup, challenge: new Uint8Array(8), nodeId: new Uint8Array(32) });
  test.each([0, 255])('group %d fits', (nonceGroup) => {
    expect(of(nonceGroup)[7]).toBe(nonceGroup);
  });
  test.each([-1, 256, 1.5, NaN])('group %d is refused', (nonceGroup) => {
    expect(() => of(nonceGroup)).toThrow(
      expect.objectContaining({ code: 'nonce-group-out-of-bounds', details: { nonceGroup } }),
    );
  });
});
