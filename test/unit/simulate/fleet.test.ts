import { describe, expect, it } from 'vitest';
import { fleet, frontier, provedDistribution, ruleOfThumb } from '../../../src/simulate/fleet';
import { newPostDefaults } from '../../../src/simulate/newpost';
import { passSuccess } from '../../../src/simulate/probability';
import { Random } from '../../../src/simulate/random';
import { inGap, provingPlan } from '../../../src/simulate/throughput';
import { finish, hdd } from '../../support/simulate';

describe('fleets', () => {
  const base = { ...hdd, numUnits: 256, drives: 4, hashesPerS: 3000 };

  it('is the plain plan for one identity on one drive', () => {
    const one = fleet({ ...hdd, identities: 1, drives: 1 });
    expect(one.probabilityAll).toBeCloseTo(inGap(hdd), 12);
    expect(one.unitsPerIdentity).toBe(64);
    expect(one.mergedAtxs).toBe(1);
  });

  it('agrees with drives simulated attempt by attempt', () => {
    const input = { ...base, identities: 32, nonces: 48 };
    const plan = fleet(input);
    const model = provingPlan({ ...hdd, numUnits: 8, nonces: 48, threads: 2, hashesPerS: 750 });
    const group = passSuccess({ nonces: 16 });
    const random = new Random(1);
    const runs = 10_000;
    let all = 0;
    let proved = 0;
    for (let run = 0; run < runs; run++) {
      let done = 0;
      for (let drive = 0; drive < 4; drive++) {
        let timeS = 0;
        for (let left = 8; left > 0;) {
          timeS += (model.powS.mean / 3) * random.gamma(3);
          let first = Infinity;
          for (let n = 0; n < 48; n += 16) {
            // The smallest of 16, by their survival at the end of the pass.
            if (random.uniform() < group) first = Math.min(first, 1);
          }
          const found = first <= 1;
          timeS += model.passS * (found ? model.pass.meanIfFound : 1);
          if (timeS > model.availableS) break;
          if (found) left--;
          if (found) done++;
        }
      }
      if (done === 32) all++;
      proved += done;
    }
    expect(Math.abs(all / runs - plan.probabilityAll)).toBeLessThan(0.02);
    expect(Math.abs(proved / runs / 32 - plan.provedShare)).toBeLessThan(0.01);
  });

  it('does not change the k2pow of an allocation by splitting it', () => {
    // With nonces so many that nothing is tried twice, hashes depend on the nonces alone.
    const big = fleet({
      ...base,
      drives: 1,
      identities: 1,
      nonces: 1024,
      diskBytesPerS: 1e12,
      scan: { bytesPerSPerThread: 1e14 },
      hashesPerS: 1e9,
    });
    const small = fleet({
      ...base,
      drives: 1,
      identities: 16,
      nonces: 1024,
      diskBytesPerS: 1e12,
      scan: { bytesPerSPerThread: 1e14 },
      hashesPerS: 1e9,
    });
    expect(big.hashes).toBeCloseTo(small.hashes, 0);
    expect(big.hashes).toBeCloseTo(64 * 256 * 4687.5, 0);
  });

  it('counts the work that the end of the gap cuts short', () => {
    // One pass does not fit: the drive is read to the end of the gap for nothing.
    const late = fleet({ ...base, numUnits: 512, drives: 1, identities: 1 });
    expect(late.provedShare).toBeLessThan(0.01);
    expect(late.bytesRead / (150e6 * 43_200)).toBeGreaterThan(0.9);
    expect(late.bytesRead / (150e6 * 43_200)).toBeLessThan(1.01);
    expect(late.cpuS).toBeGreaterThan(3600);
    for (const stuck of [
      { diskBytesPerS: 0 },
      { hashesPerS: 0 },
      { scan: { bytesPerSPerThread: 0 } },
    ])
      for (const value of Object.values(fleet({ ...base, ...stuck, identities: 8 })))
        expect(value).not.toBeNaN();
  });

  it('says what bounds a setting', () => {
    const bound = (change: Partial<typeof base>, identities: number, nonces: number) =>
      finish(frontier({ ...base, ...change }, [identities], [nonces]))[0]?.boundBy;
    expect(bound({ numUnits: 64 }, 16, 64)).toBe('nothing');
    expect(bound({ numUnits: 256 }, 4, 16)).toBe('nonces');
    expect(bound({ numUnits: 2560 }, 4, 16)).toBe('disk');
    expect(bound({ numUnits: 256, hashesPerS: 100 }, 4, 64)).toBe('k2pow');
    expect(bound({ numUnits: 2560, scan: { bytesPerSPerThread: 1e7 } }, 4, 16)).toBe('processor');
  });

  it('shows why splitting pays today: the same weight for a fraction of the work', () => {
    const points = finish(frontier(base, [4, 64], [32, 64, 128, 288]));
    const cheapest = (identities: number) =>
      points
        .filter((p) => p.identities === identities && p.weightShare > 0.99)
        .reduce((least, p) => (p.cpuS < least ? p.cpuS : least), Infinity);
    expect(cheapest(4) / cheapest(64)).toBeGreaterThan(3);
    expect(points.filter(({ efficient }) => efficient).length).toBeGreaterThan(0);
    const newPost = finish(
      frontier(base, [4, 64], [16, 64, 288], { kind: 'new-post', newPost: newPostDefaults }),
    );
    for (const nonces of [16, 64, 288]) {
      const [big, split] = newPost.filter((p) => p.nonces === nonces);
      expect(big?.cpuSPerWeight ?? Infinity).toBeLessThan(split?.cpuSPerWeight ?? 0);
    }
  });

  it('has a distribution that fits its summary', () => {
    const input = { ...base, identities: 30, nonces: 32 };
    const atLeast = provedDistribution(input);
    const plan = fleet({ ...input, wantedShare: 0.9 });
    expect(atLeast[0]).toBeCloseTo(1, 9);
    expect(atLeast[30]).toBeCloseTo(plan.probabilityAll, 9);
    expect(atLeast[27]).toBeCloseTo(plan.probabilityShare, 9);
  });

  it('holds the 4 TiB rule of thumb against a drive', () => {
    expect(ruleOfThumb(hdd).holds).toBe(false);
    expect(ruleOfThumb({ ...hdd, diskBytesPerS: 250e6 }).holds).toBe(true);
    expect(ruleOfThumb(hdd).units).toBe(64);
  });
});
