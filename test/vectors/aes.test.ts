import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  encryptBlock,
  expandKey,
  groupKey,
  inverseSBox,
  lazyBits,
  lazyKey,
  sBox,
} from '../../src/protocol/aes';
import { readBytes, toHex } from '../../src/base/bytes';
import { provingJob } from '../../src/kernels/proving';
import { provingEngines } from '../unit/kernels/proving-engines';

interface AesCase {
  readonly challenge: string;
  readonly nonce: number;
  readonly nonce_group: number;
  readonly pow: string;
  readonly key_group: string;
  readonly key_lazy: string;
  readonly labels: readonly {
    readonly label: string;
    readonly group_output: string;
    readonly msb_for_nonce: number;
    readonly lazy_output: string;
    readonly lsb_for_nonce: string;
  }[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../data/post/aes.json', import.meta.url), 'utf8'),
) as { cases: readonly AesCase[] };

describe('AES-128', () => {
  test('matches FIPS 197 appendix B', () => {
    const schedule = expandKey(readBytes('2b7e151628aed2a6abf7158809cf4f3c', 16, 'key'));
    expect(toHex(schedule.subarray(160))).toBe('d014f9a8c9ee2589e13f0cc8b6630ca6');
    const block = readBytes('3243f6a8885a308d313198a2e0370734', 16, 'block');
    expect(toHex(encryptBlock(schedule, block))).toBe('3925841d02dc09fbdc118597196a0b32');
  });

  test('has an S-box and its inverse', () => {
    expect(toHex(sBox.subarray(0, 8))).toBe('637c777bf26b6fc5');
    expect([...sBox].map((image) => inverseSBox[image])).toEqual([...sBox.keys()]);
  });
});

describe.each(cases)('aes.json: nonce $nonce, pow $pow', (vector) => {
  const challenge = readBytes(vector.challenge, 32, 'challenge');
  const pow = BigInt(vector.pow);

  test('derives both keys and both outputs', () => {
    const key = groupKey(challenge, vector.nonce_group, pow);
    const lazy = lazyKey(challenge, vector.nonce, pow);
    expect(toHex(key)).toBe(vector.key_group);
    expect(toHex(lazy)).toBe(vector.key_lazy);
    for (const expected of vector.labels) {
      const label = readBytes(expected.label, 16, 'label');
      const output = encryptBlock(expandKey(key), label);
      expect(toHex(output)).toBe(expected.group_output);
      expect(output[vector.nonce % 16]).toBe(expected.msb_for_nonce);
      const lazyOutput = encryptBlock(expandKey(lazy), label);
      expect(toHex(lazyOutput)).toBe(expected.lazy_output);
      expect(lazyBits(lazyOutput)).toBe(BigInt(expected.lsb_for_nonce));
    }
  });

  // A label becomes good exactly where the difficulty passes its own 64 bits.
  test.each(provingEngines)(
    '$name finds each label at its own difficulty, not below',
    async ({ kernel }) => {
      const engine = await kernel();
      for (const expected of vector.labels) {
        const label = readBytes(expected.label, 16, 'label');
        const msb = expected.msb_for_nonce;
        const lsb = BigInt(expected.lsb_for_nonce);
        const isGood = async (limit: { msb: number; lsb: bigint }): Promise<boolean> => {
          await engine.setJob(provingJob(challenge, vector.nonce_group, [pow], limit));
          const { nonces } = await engine.scan(label);
          return nonces.includes(vector.nonce);
        };
        expect(await isGood({ msb, lsb })).toBe(false);
        expect(await isGood({ msb, lsb: lsb + 1n })).toBe(true);
        if (msb < 255) expect(await isGood({ msb: msb + 1, lsb: 0n })).toBe(true);
      }
      engine.close();
    },
  );
});
