import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publicKeyOfSeed } from '../../src/protocol/signing';
import { proveVrf, verifyVrf, vrfOutput, vrfProofBytes } from '../../src/protocol/vrf';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 300 });

test('verifyVrf: a proof made for any seed and message, valid for these and for no other message', () => {
  fc.assert(
    fc.property(seeds, messages, messages, (seed, message, other) => {
      const proof = proveVrf(seed, message);
      const key = publicKeyOfSeed(seed);
      expect(verifyVrf(key, proof, message)).toBe(true);
      fc.pre(Buffer.compare(message, other) !== 0);
      expect(verifyVrf(key, proof, other)).toBe(false);
    }),
    { numRuns: 30 },
  );
});

test('verifyVrf, vrfOutput: bytes of any length, false and a typed error', () => {
  const any = fc.uint8Array({ maxLength: 200 });
  const proofs = fc.oneof(any, fc.uint8Array({ minLength: 80, maxLength: 80 }));
  const keys = fc.oneof(any, seeds.map(publicKeyOfSeed));
  fc.assert(
    fc.property(keys, proofs, messages, (key, proof, message) => {
      expect(verifyVrf(key, proof, message)).toBe(false);
      try {
        expect(vrfOutput(proof)).toHaveLength(64);
        expect(proof).toHaveLength(vrfProofBytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'vrf-proof-invalid' });
      }
    }),
    { numRuns: 200 },
  );
});

test('proveVrf: a seed of another length, a typed error', () => {
  const wrong = fc.uint8Array({ maxLength: 100 }).filter(({ length }) => length !== 32);
  fc.assert(
    fc.property(wrong, (seed) => {
      expect(() => proveVrf(seed, new Uint8Array())).toThrow(
        expect.objectContaining({ code: 'vrf-seed-invalid' }),
      );
    }),
  );
});
