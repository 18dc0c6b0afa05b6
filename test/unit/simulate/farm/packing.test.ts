import { expect, test } from 'vitest';
import { packIdentities, type PackingDrive } from '../../../../src/simulate/farm/packing';
import { Random } from '../../../../src/simulate/probability/random';
import { refusal } from '../../../support/simulate';

/** The best of all ways: most units, then the earliest end. */
function bruteForce(sizes: readonly number[], drives: readonly PackingDrive[]) {
  let best = { units: -1, longestS: Infinity };
  const used = drives.map(() => 0);
  const go = (i: number, units: number): void => {
    if (i === sizes.length) {
      const longestS = Math.max(0, ...drives.map((d, at) => (used[at] ?? 0) * d.secondsPerUnit));
      if (units > best.units || (units === best.units && longestS < best.longestS))
        best = { units, longestS };
      return;
    }
    const size = sizes[i] ?? 0;
    for (const [d, drive] of drives.entries()) {
      if ((used[d] ?? 0) + size > drive.capacityUnits) continue;
      used[d] = (used[d] ?? 0) + size;
      go(i + 1, units + size);
      used[d] = (used[d] ?? 0) - size;
    }
    go(i + 1, units);
  };
  go(0, 0);
  return best;
}

test('packIdentities: 300 random small instances, never more than 1 % above the optimum', () => {
  const random = new Random(4);
  const upTo = (most: number): number => 1 + Math.floor(random.uniform() * most);
  for (let run = 0; run < 300; run++) {
    const drives = Array.from({ length: 1 + upTo(3) }, () => ({
      capacityUnits: 20 + upTo(120),
      secondsPerUnit: 200 + upTo(400),
    }));
    const sizes = Array.from({ length: 2 + upTo(6) }, () => 3 + upTo(61));
    const best = bruteForce(sizes, drives);
    const { placed, placedUnits, longestS } = packIdentities(sizes, drives);
    expect(placedUnits).toBe(best.units);
    expect(longestS).toBeLessThanOrEqual(best.longestS * 1.01);
    for (const [d, { capacityUnits }] of drives.entries()) {
      const used = sizes.filter((_, i) => placed[i] === d).reduce((a, b) => a + b, 0);
      expect(used).toBeLessThanOrEqual(capacityUnits);
    }
  }
});

test('packIdentities: largest first would be a fifth too slow, the best is found', () => {
  // Largest first: 3 + 2 + 2 beside 3 + 2. The best: 3 + 3 beside 2 + 2 + 2.
  const drives = [1, 2].map(() => ({ capacityUnits: 100, secondsPerUnit: 1 }));
  expect(packIdentities([3, 3, 2, 2, 2], drives).longestS).toBe(6);
});

test('packIdentities: 500 identities on 120 drives, all placed and nearly even', () => {
  const drives = Array.from({ length: 120 }, (_, i) => ({
    capacityUnits: 400,
    secondsPerUnit: 250 + (i % 3) * 50,
  }));
  const sizes = Array.from({ length: 500 }, (_, i) => 32 + (i % 5) * 16);
  const { placed, longestS } = packIdentities(sizes, drives);
  expect(placed).not.toContain(undefined);
  const total = sizes.reduce((a, b) => a + b, 0);
  const fluid = total / drives.reduce((sum, { secondsPerUnit }) => sum + 1 / secondsPerUnit, 0);
  expect(longestS / fluid).toBeLessThan(1.1);
});

test('packIdentities: no space, no drive or no speed', () => {
  const drive = { capacityUnits: 10, secondsPerUnit: 1 };
  expect(packIdentities([11], [drive])).toEqual({
    placed: [undefined],
    placedUnits: 0,
    longestS: 0,
  });
  expect(packIdentities([4], []).placed).toEqual([undefined]);
  expect(packIdentities([4], [{ ...drive, secondsPerUnit: Infinity }])).toMatchObject({
    placedUnits: 4,
    longestS: Infinity,
  });
  expect(refusal(() => packIdentities([0], [drive]))).toMatchObject({ what: 'numUnits' });
});
