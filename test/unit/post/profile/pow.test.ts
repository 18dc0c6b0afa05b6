import { beforeAll, expect, test } from 'vitest';
import { localEngines, type PowEngines } from '../../../../src/post/k2pow/engines';
import { erlangQuantile, measurePow } from '../../../../src/post/profile/pow';
import { randomxKey } from '../../../../src/protocol/k2pow';
import { gammaQuantile } from '../../../../src/simulate/probability/distributions';
import { openEngine } from '../../../vectors/randomx-engine';

const everyHash = 'ff'.repeat(32);

let engines: PowEngines;
beforeAll(async () => {
  engines = localEngines((await openEngine(randomxKey)).randomx);
}, 60_000);

test('scales what it measured as the profiler does', async () => {
  const iterationsSeen = new Set<number>();
  const profile = await measurePow(
    engines,
    1.5,
    { iterations: 3, nonces: 32, numUnits: 5, difficulty: everyHash },
    { onProgress: ({ iteration }) => void iterationsSeen.add(iteration) },
  );
  expect([...iterationsSeen]).toEqual([0, 1, 2]);
  expect(profile.randomx_vm_init_time).toEqual({ secs: 1, nanos: 500_000_000 });
  expect(profile.iterations).toBe(3);
  expect(profile.hashes).toBe(3 * engines.lanes);
  const average = profile.average_time.secs + profile.average_time.nanos / 1e9;
  expect(average).toBeCloseTo(profile.scaled_times_s.reduce((a, b) => a + b, 0) / 3, 6);
  // Two groups of five hashes each, on average.
  expect(profile.pass.mean_s).toBeCloseTo(10 / profile.hashes_per_s, 6);
  expect(profile.pass.p50_s).toBeLessThan(profile.pass.mean_s);
  expect(profile.pass.p90_s).toBeGreaterThan(profile.pass.mean_s);
  expect(profile.pass.p99_s).toBeGreaterThan(profile.pass.p90_s);
});

test.each([0, 8, 65, 4112])('%i nonces are refused', async (nonces) => {
  await expect(measurePow(engines, 0, { nonces, iterations: 1 })).rejects.toMatchObject({
    code: 'nonces-not-valid',
  });
});

test.each([1, 2, 4, 18, 256])('quantiles of the sum of %i exponentials', (count) => {
  for (const probability of [0.01, 0.5, 0.9, 0.99])
    expect(erlangQuantile(count, probability)).toBeCloseTo(gammaQuantile(count, probability), 4);
  expect(erlangQuantile(1, 0.5)).toBeCloseTo(Math.LN2, 8);
});
