import { expect, test } from 'vitest';
import { signWithSeed, publicKeyOfSeed, verifySignature } from '../../../src/protocol/signing';

const seed = new Uint8Array(32).fill(9);
const key = publicKeyOfSeed(seed);
const network = new Uint8Array(20).fill(1);
const message = Uint8Array.of(1, 2, 3);
const signature = signWithSeed(seed, network, 'poet', message);
const longer = (bytes: Uint8Array) => Uint8Array.of(...bytes, 0);

test('a signature holds for its key, network, domain and message', () => {
  expect(verifySignature(key, { network, domain: 'poet', message }, signature)).toBe(true);
  expect(verifySignature(key, { network, domain: 'hare', message }, signature)).toBe(false);
  expect(
    verifySignature(key, { network: longer(network), domain: 'poet', message }, signature),
  ).toBe(false);
  expect(
    verifySignature(key, { network, domain: 'poet', message: longer(message) }, signature),
  ).toBe(false);
});

test('a key or a signature of another length is false, not an error', () => {
  expect(verifySignature(longer(key), { network, domain: 'poet', message }, signature)).toBe(false);
  expect(verifySignature(key.slice(1), { network, domain: 'poet', message }, signature)).toBe(
    false,
  );
  expect(verifySignature(key, { network, domain: 'poet', message }, longer(signature))).toBe(false);
  expect(verifySignature(key, { network, domain: 'poet', message }, signature.slice(1))).toBe(
    false,
  );
});

test('a key of small order is refused, whatever it signed', () => {
  // The neutral element: with R = neutral and S = 0 every message "verifies" under ZIP 215.
  const neutral = Uint8Array.of(1, ...new Uint8Array(31));
  const forged = Uint8Array.of(...neutral, ...new Uint8Array(32));
  expect(verifySignature(neutral, { network, domain: 'poet', message }, forged)).toBe(false);
});
