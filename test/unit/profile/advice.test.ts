import { describe, expect, it } from 'vitest';
import { measuredHere, nativeHashes, nativeScan } from '../../../src/simulate/native';
import {
  profileAdvice,
  settingTexts,
  type AdviceInput,
} from '../../../src/simulate/profile-advice';
import { inGap } from '../../../src/simulate/throughput';

const gib = 2 ** 30;

describe('from the page to the native prover', () => {
  it('gives our own native figures for our own page figures', () => {
    for (const { nonces, page, native } of measuredHere.proving) {
      const { scan, basis } = nativeScan([{ nonces, threads: 1, bytesPerS: page * gib }], []);
      expect(scan[0]?.bytesPerS).toBeCloseTo(native * gib, -1);
      expect(basis).toBe('ours');
    }
    expect(nativeHashes(measuredHere.k2pow.light.page, 'light')).toBeCloseTo(364, 9);
  });

  it('takes the person’s own native run first, and its ratio for the rest', () => {
    const page = [
      { nonces: 64, threads: 1, bytesPerS: 100 },
      { nonces: 64, threads: 2, bytesPerS: 200 },
    ];
    const { scan, factor, basis } = nativeScan(page, [{ nonces: 64, threads: 2, bytesPerS: 500 }]);
    expect(basis).toBe('yours');
    expect(factor).toBeCloseTo(2.5, 12);
    expect(scan).toContainEqual({ nonces: 64, threads: 2, bytesPerS: 500 });
    expect(scan.find(({ threads }) => threads === 1)?.bytesPerS).toBeCloseTo(250, 9);
  });
});

const input: AdviceInput = {
  scan: [
    { nonces: 16, threads: 4, bytesPerS: 4 * gib },
    { nonces: 64, threads: 4, bytesPerS: 1.1 * gib },
    { nonces: 288, threads: 4, bytesPerS: 0.25 * gib },
  ],
  scanIsNative: true,
  diskBytesPerS: 150e6,
  hashesPerS: 1500,
  threads: 4,
  numUnits: undefined,
  gapS: 12 * 3600,
  marginS: 3600,
  speedError: 0,
  probability: 0.99,
  spread: 0.02,
};

describe('advice', () => {
  it('sizes the identity so that it is proved in time, and one unit more is not', () => {
    const { largestUnits, setting, plan } = profileAdvice(input);
    expect(largestUnits).toBeGreaterThan(16);
    expect(plan.probabilityInGap).toBeGreaterThanOrEqual(0.99);
    const more = { ...input, numUnits: largestUnits + 1 };
    expect(profileAdvice(more).setting.probability).toBeLessThan(0.99);
    expect(
      inGap({
        numUnits: largestUnits,
        nonces: setting.nonces,
        threads: setting.threads,
        diskBytesPerS: 150e6,
        scan: { measured: input.scan },
        hashesPerS: (1500 * setting.threads) / 4,
        gapS: input.gapS,
        marginS: input.marginS,
      }),
    ).toBeCloseTo(plan.probabilityInGap, 9);
  });

  it('names what limits', () => {
    expect(profileAdvice(input).reasons[0]).toMatch(/^Disk-bound/);
    const fast = profileAdvice({ ...input, diskBytesPerS: 7e9 });
    expect(fast.reasons[0]).toMatch(/^CPU-bound/);
    expect(fast.largestUnits).toBeGreaterThan(profileAdvice(input).largestUnits);
    expect(profileAdvice({ ...input, diskBytesPerS: undefined }).reasons[0]).toContain(
      'was not measured',
    );
  });

  it('asks for what is missing, the most telling first', () => {
    const texts = (changed: Partial<AdviceInput>) =>
      profileAdvice({ ...input, numUnits: 16, ...changed }).experiments.map(({ text }) => text);
    expect(texts({ diskBytesPerS: undefined })[0]).toContain('read speed');
    expect(texts({ hashesPerS: undefined })).toContainEqual(expect.stringContaining('k2pow'));
    expect(texts({ threads: 8 })).toContainEqual(expect.stringContaining('8 threads'));
    expect(texts({ spread: 0.3 })).toContainEqual(expect.stringContaining('30 %'));
    const last = profileAdvice({ ...input, numUnits: 16, scanIsNative: false }).experiments.at(-1);
    expect(last?.command).toMatch(/^\.\/profiler .*--nonces \d+ --threads \d+$/);
  });

  it('refuses to advise on nothing', () => {
    expect(() => profileAdvice({ ...input, scan: [] })).toThrow('at least one measured cell');
  });

  it('writes the names that the node and post-service read', () => {
    expect(JSON.parse(settingTexts({ nonces: 64, threads: 4 }).nodeConfig)).toEqual({
      smeshing: {
        'smeshing-proving-opts': {
          'smeshing-opts-proving-nonces': 64,
          'smeshing-opts-proving-threads': 4,
        },
      },
    });
  });
});
