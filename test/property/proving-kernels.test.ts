import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProvingJob, provingJob } from '../../src/kernels/proving';
import { encryptBlock, expandKey, lazyBits } from '../../src/protocol/aes';
import type { Bytes } from '../../src/base/bytes';
import { provingEngines } from '../unit/kernels/proving-engines';

/** Every (label, nonce) pair that the rule makes good, by plain AES. */
function goodByDefinition(job: ProvingJob, labels: Bytes): string[] {
  const good: string[] = [];
  const schedules = (keys: Bytes): Bytes[] =>
    Array.from({ length: keys.length / 16 }, (_, i) => expandKey(keys.subarray(i * 16)));
  const lazy = schedules(job.lazyKeys);
  for (const [group, schedule] of schedules(job.groupKeys).entries())
    for (let label = 0; label < labels.length / 16; label++)
      for (const [byte, value] of encryptBlock(schedule, labels, label * 16).entries()) {
        const nonce = group * 16 + byte;
        const passes = (): boolean =>
          lazyBits(encryptBlock(lazy[nonce] ?? schedule, labels, label * 16)) < job.lsb;
        if (value < job.msb || (value === job.msb && passes()))
          good.push(`${label}:${job.firstNonce + nonce}`);
      }
  return good.sort();
}

const request = fc.record({
  seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  count: fc.integer({ min: 1, max: 700 }),
  groups: fc.integer({ min: 1, max: 3 }),
  firstGroup: fc.integer({ min: 0, max: 253 }),
  msb: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })),
  lsb: fc.oneof(fc.bigInt(0n, (1n << 56n) - 1n), fc.constantFrom(0n, 1n << 55n, (1n << 56n) - 1n)),
});

/** Bytes from a seed, by AES in counter mode. */
function expand(seed: Uint8Array, length: number): Bytes {
  const schedule = expandKey(seed);
  const bytes = new Uint8Array(Math.ceil(length / 16) * 16);
  for (let at = 0; at < bytes.length; at += 16) {
    const counter = new Uint8Array(16);
    new DataView(counter.buffer).setUint32(0, at);
    bytes.set(encryptBlock(schedule, counter), at);
  }
  return bytes.subarray(0, length);
}

describe.each(provingEngines)('$name proving kernel', ({ kernel }) => {
  test('finds exactly the labels that plain AES finds, for any keys, difficulty and count', async () => {
    const engine = await kernel();
    await fc.assert(
      fc.asyncProperty(request, async ({ seed, count, groups, firstGroup, msb, lsb }) => {
        const labels = expand(seed, count * 16);
        const pows = Array.from({ length: groups }, (_, i) => BigInt(i * 7));
        const job = provingJob(seed, firstGroup, pows, { msb, lsb });
        await engine.setJob(job);
        const { labels: found, nonces } = await engine.scan(labels);
        const pairs = Array.from(found, (label, i) => `${label}:${nonces[i]}`).sort();
        expect(pairs).toEqual(goodByDefinition(job, labels));
      }),
      { numRuns: 40 },
    );
    engine.close();
  });
});
