import { describe, expect, test } from 'vitest';
import { scenariosOf } from '../../../../src/pages/network/comparison';
import { sizeHistogram } from '../../../../src/pages/network/figures';
import { formatOverrides, parseOverrides } from '../../../../src/pages/network/overrides';
import { formatSizes, parseSizes } from '../../../../src/pages/shared/sizes';
import { breakEvenUsd, saving, savingText } from '../../../../src/pages/network/split-sums';
import { forClasses, readAssumptions } from '../../../../src/simulate/network/assumptions';
import { chooseStrategy } from '../../../../src/simulate/network/strategy';
import { newPostDefaults } from '../../../../src/simulate/proving/newpost';

describe('identity sizes as typed', () => {
  test.each([
    ['16', [16]],
    ['4, 8;16', [4, 8, 16]],
    ['3 × 4, 2x5, 1*7', [4, 4, 4, 5, 5, 7]],
  ])('%s', (text, sizes) => {
    expect(parseSizes(text)).toEqual(sizes);
  });
  test.each(['', 'many', '0', '4 ×', '-4', '1.5', '0 × 4', '1000000 × 4'])(
    'refuses “%s”',
    (text) => {
      expect(() => parseSizes(text)).toThrow(expect.objectContaining({ code: 'input-not-valid' }));
    },
  );
  test('are written back', () => {
    const sizes = new Map([
      [1, 2],
      [64, 1],
    ]);
    expect(formatSizes(sizes)).toBe('64, 2 × 1');
    expect(parseSizes(formatSizes(sizes))).toEqual([64, 1, 1]);
  });
});

describe('assumptions in the address', () => {
  const known = new Set(['smhUsd', 'home.growth']);
  test('come back', () => {
    const overrides = { smhUsd: 0.25, 'home.growth': 1e-7 };
    expect(parseOverrides(formatOverrides(overrides), known)).toEqual(overrides);
  });
  test('drop what is unknown or no number', () => {
    expect(parseOverrides('other:1~smhUsd:~home.growth:-1~smhUsd:x', known)).toEqual({});
    expect(parseOverrides('', known)).toEqual({});
  });
});

describe('scenarios', () => {
  const merge = { fromEpoch: 6, adoption: forClasses(() => 0.5) };
  const minimum = { fromEpoch: 6, units: 64 };
  test('begin with doing nothing and end with all measures together', () => {
    expect(scenariosOf({}, true).map(({ title }) => title)).toEqual(['Do nothing']);
    expect(scenariosOf({ merge }, true).map(({ title }) => title)).toEqual([
      'Do nothing',
      'ATX Merge',
    ]);
    const all = scenariosOf({ merge, minimum }, true);
    expect(all.map(({ measures }) => Object.keys(measures))).toEqual([
      [],
      ['merge'],
      ['minimum'],
      ['merge', 'minimum'],
    ]);
    expect(scenariosOf({ merge, minimum }, false)).toHaveLength(2);
  });
});

describe('the sums of splitting', () => {
  test('saving: options that differ by rounding alone, the same scan', () => {
    const assumptions = readAssumptions();
    const rules = { kind: 'new-post', newPost: newPostDefaults } as const;
    const { large, split } = chooseStrategy(assumptions, 'industrial', {
      ...{ rules, rewardUsdPerUnit: 0.045, units: 60_000 },
    });
    const { powS, scanS } = saving(large, split);
    expect(scanS).toBe(0);
    expect(savingText(scanS, 'scan')).toBe('the same scan');
    expect(powS).toBeLessThan(0);
    expect(savingText(powS * 1000, 'k2pow')).toMatch(/^[\d.]+ h more k2pow$/);
    expect(savingText(7200, 'k2pow')).toBe('2 h less k2pow');
  });

  test('break even where both ways earn the same', () => {
    const choose = (identityUsd: number) =>
      chooseStrategy(readAssumptions({ 'industrial.identityUsd': identityUsd }), 'industrial', {
        rules: { kind: 'today' },
        rewardUsdPerUnit: 0.045,
        units: 60_000,
      });
    const cheap = choose(0.0002);
    expect(cheap.best.kind).toBe('split');
    expect(saving(cheap.large, cheap.split).profitUsd).toBeGreaterThan(0);
    const at = breakEvenUsd(cheap.large, cheap.split);
    const size = cheap.split.identities;
    const same = choose(at).options.find(({ identities }) => identities === size);
    expect(same?.profitUsdPerUnit).toBeCloseTo(choose(at).large.profitUsdPerUnit, 12);
  });
});

describe('identities by size', () => {
  test('fall into powers of two', () => {
    const cluster = (sizes: [number, number][]) => ({
      coinbase: new Uint8Array(24),
      identities: 0,
      units: 0,
      sizes: new Map(sizes),
    });
    const population = {
      publishEpoch: 1,
      identities: 0,
      units: 0,
      epochs: [],
      unitGrowth: null,
      owners: [],
      married: 0,
      merged: 0,
      malicious: { identities: 0, units: 0 },
      clusters: [
        cluster([[1, 3]]),
        cluster([
          [4, 2],
          [7, 1],
          [8, 5],
        ]),
      ],
    };
    expect(sizeHistogram(population)).toEqual({
      x: ['1 SU', '2–3 SU', '4–7 SU', '8–15 SU'],
      y: [3, 0, 3, 5],
    });
  });
});
