import { describe, expect, test } from 'vitest';
import { forClasses, readAssumptions } from '../../../../src/simulate/network/assumptions';
import { evolve, setRisk } from '../../../../src/simulate/network/evolve';
import type { StrategyChoice } from '../../../../src/simulate/network/strategy';
import type { EpochContext, Measures } from '../../../../src/simulate/network/types';
import { Random } from '../../../../src/simulate/probability/random';
import {
  choice,
  contextOf,
  emptyPopulation,
  holdingsOf,
  ownersOf,
  populationOf,
  setup,
  unitsOf,
} from '../../../support/network';

/** Nobody leaves, grows or is lost, but for what a test changes. */
const still = (changed: Record<string, number> = {}) =>
  readAssumptions({
    equivocation: 0,
    ...Object.fromEntries(
      ['home', 'semi', 'industrial'].flatMap((name) => [
        [`${name}.growth`, 0],
        [`${name}.leaving`, 0],
        [`${name}.reinitialise`, 0],
      ]),
    ),
    ...changed,
  });
const strategiesOf = (strategy: StrategyChoice): EpochContext['strategies'] =>
  forClasses(() => strategy);
const earning = (profit: number) => strategiesOf(choice(setup('large', 100, 1, profit)));
const splitting = strategiesOf(choice(setup('split', 8), setup('large', 100)));
const context = (assumptions: Record<string, number>, changed: Partial<EpochContext> = {}) =>
  contextOf({ index: 1, assumptions: still(assumptions), ...changed });
const none = { home: 0, semi: 0, industrial: 0 };
/** So many home smeshers alike, of 80 SU each. */
const homes = (count: number) => populationOf({ units: Array.from({ length: count }, () => 80) });
const within = (value: number, mean: number, variance: number): void => {
  expect(Math.abs(value - mean)).toBeLessThan(5 * Math.sqrt(variance));
};

test('changes nothing where nothing happens', () => {
  const population = populationOf({ units: [80, 4, 600], counts: [1, 100, 10] });
  const before = [holdingsOf(population), ownersOf(population)];
  expect(evolve(population, context({}))).toEqual(none);
  expect([holdingsOf(population), ownersOf(population)]).toEqual(before);
});

describe('leaving', () => {
  test('takes a share of those alike', () => {
    const population = homes(10_000);
    evolve(population, context({ 'home.leaving': 0.1 }));
    const [{ alike = NaN } = {}] = ownersOf(population);
    within(alike, 9000, 900);
    expect(holdingsOf(population)[0]?.count).toBe(alike);
  });

  test('is three times as fast where money is lost, and not where none is earned', () => {
    const left = (profit: number): number => {
      const population = homes(10_000);
      evolve(population, context({ 'home.leaving': 0.1 }, { strategies: earning(profit) }));
      return unitsOf(population) / 80;
    };
    within(left(-0.01), 7000, 2100);
    within(left(0), 9000, 900);
  });

  test('takes an owner of several with all of them', () => {
    const population = populationOf({ units: [4, 600], counts: [100, 10] });
    evolve(population, context({ 'industrial.leaving': 1 }));
    expect(holdingsOf(population).map(({ count }) => count)).toEqual([100, 0]);
    expect(ownersOf(population).map(({ alike }) => alike)).toEqual([1, 0]);
  });
});

describe('marriages', () => {
  const pairs = (count: number) =>
    populationOf({
      units: Array.from({ length: count }, () => 200),
      counts: Array.from({ length: count }, () => 2),
    });
  const merge = (
    share: number,
    changed: Partial<NonNullable<Measures['merge']>> = {},
  ): { readonly measures: Measures } => ({
    measures: {
      merge: { fromEpoch: 3, adoption: { home: 0, semi: share, industrial: 0 }, ...changed },
    },
  });
  const married = (population: ReturnType<typeof pairs>): number =>
    ownersOf(population).filter(({ marriedIn }) => marriedIn !== Infinity).length;
  const expected = (population: ReturnType<typeof pairs>, share: number): number =>
    population.owners
      .column('caution')
      .subarray(0, population.owners.length)
      .filter((caution) => caution < share).length;

  test('are those whose caution the share exceeds, in the epoch they are announced', () => {
    const population = pairs(200);
    evolve(population, context({}, { index: 3, ...merge(0.4) }));
    expect(married(population)).toBe(expected(population, 0.4));
    expect(married(population)).toBeGreaterThan(40);
    expect(married(population)).toBeLessThan(120);
    expect(new Set(ownersOf(population).map(({ marriedIn }) => marriedIn))).toEqual(
      new Set([3, Infinity]),
    );
    // For good, and not once more.
    evolve(population, context({}, { index: 4, ...merge(0.4) }));
    expect(ownersOf(population).filter(({ marriedIn }) => marriedIn === 4)).toEqual([]);
  });

  test('come bit by bit', () => {
    const population = pairs(400);
    const gradual = merge(0.8, { overEpochs: 4 });
    for (const [index, share] of [
      [2, 0],
      [3, 0.2],
      [4, 0.4],
      [6, 0.8],
      [9, 0.8],
    ] as const) {
      evolve(population, context({}, { index, ...gradual }));
      expect(married(population)).toBe(expected(population, share));
    }
  });

  test('take no time at all in no epochs', () => {
    const population = pairs(50);
    evolve(population, context({}, { index: 3, ...merge(1, { overEpochs: 0 }) }));
    expect(married(population)).toBe(50);
  });

  test('are not for an identity that is alone, nor for other classes', () => {
    const population = populationOf({ units: [400, 4, 6000], counts: [1, 2, 2] });
    evolve(population, context({}, { index: 3, ...merge(1) }));
    expect(married(population)).toBe(0);
  });
});

describe('equivocation', () => {
  test('evolve: accidents, counted as expected and left in the population', () => {
    const population = homes(10_000);
    const before = holdingsOf(population);
    expect(evolve(population, context({ equivocation: 0.2 })).home).toBeCloseTo(0.2 * 800_000, 6);
    expect(holdingsOf(population)).toEqual(before);
  });

  test('evolve: accidents of married identities, a set of up to 256 is condemned together', () => {
    const condemned = (marriedFor: number, count: number): number => {
      const population = populationOf({ units: [4], counts: [count], marriedFor: [marriedFor] });
      const units = Object.values(evolve(population, context({ equivocation: 1e-3 })));
      expect(unitsOf(population)).toBe(4 * count);
      return units.reduce((a, b) => a + b, 0) / (4 * count);
    };
    expect(condemned(-1, 2560)).toBeCloseTo(1e-3, 12);
    expect(condemned(0, 2)).toBeCloseTo(1 - 0.999 ** 2, 12);
    expect(condemned(2, 2560)).toBeCloseTo(1 - 0.999 ** 256, 12);
  });

  test('is as likely for a set as for any of it', () => {
    expect(setRisk(0.1, 1)).toBeCloseTo(0.1, 12);
    expect(setRisk(0.1, 3)).toBeCloseTo(1 - 0.9 ** 3, 12);
    expect(setRisk(1e-12, 256)).toBeCloseTo(256e-12, 18);
  });
});

describe('setting up again', () => {
  test('turns single identities into splits of the same storage', () => {
    const population = homes(50);
    evolve(population, context({ 'home.reinitialise': 1 }, { strategies: splitting }));
    expect(ownersOf(population)[0]?.alike).toBe(0);
    expect(holdingsOf(population)).toEqual([
      { owner: 0, size: 80, count: 0, proves: 1, split: 0 },
      ...Array.from({ length: 50 }, (_, i) => ({
        owner: i + 1,
        size: 8,
        count: 10,
        proves: 1,
        split: 1,
      })),
    ]);
    for (const { class: name, alike, row } of ownersOf(population).slice(1))
      expect([name, alike, row]).toEqual(['home', 1, -1]);
  });

  test('is done by a share of those alike', () => {
    const population = homes(10_000);
    evolve(population, context({ 'home.reinitialise': 0.1 }, { strategies: splitting }));
    const [{ alike = NaN } = {}] = ownersOf(population);
    within(alike, 9000, 900);
    expect(population.owners.length).toBe(1 + 10_000 - alike);
    expect(unitsOf(population)).toBe(800_000);
  });

  test('is done by a share of every kind', () => {
    const units = Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 80 : 72));
    const population = populationOf({ units });
    evolve(population, context({ 'home.reinitialise': 0.1 }, { strategies: splitting }));
    const [first, second] = ownersOf(population);
    within(first?.alike ?? NaN, 900, 90);
    within(second?.alike ?? NaN, 900, 90);
    expect(holdingsOf(population)[1]?.count).toBe(second?.alike);
    expect(unitsOf(population)).toBe(1000 * 152);
  });

  test('keeps an owner of several, with all of it set up again', () => {
    const population = populationOf({ units: [100, 100], counts: [50, 50] });
    evolve(population, context({ 'industrial.reinitialise': 1 }, { strategies: splitting }));
    expect(holdingsOf(population).map(({ owner, size, count }) => [owner, size, count])).toEqual([
      [0, 100, 0],
      [1, 100, 0],
      [0, 8, 625],
      [1, 8, 625],
    ]);
  });

  test('is not for those who are set up so already, whichever way that is', () => {
    const population = populationOf({ units: [4], counts: [2000] });
    evolve(population, context({ 'industrial.reinitialise': 1 }, { strategies: splitting }));
    expect(holdingsOf(population)).toHaveLength(1);
    // Splitting has ceased to pay.
    evolve(population, context({ 'industrial.reinitialise': 1 }));
    expect(holdingsOf(population).map(({ size, count, split }) => [size, count, split])).toEqual([
      [4, 0, 1],
      [100, 80, 0],
    ]);
  });

  test('is not for the married', () => {
    const population = populationOf({ units: [100], counts: [50], marriedFor: [3] });
    evolve(population, context({ 'industrial.reinitialise': 1 }, { strategies: splitting }));
    expect(holdingsOf(population)).toHaveLength(1);
  });

  test('goes back and forth without making storage of rows that are empty', () => {
    const population = populationOf({ units: [100], counts: [40] });
    for (const strategies of [splitting, undefined, splitting, undefined]) {
      evolve(population, context({ 'semi.reinitialise': 1 }, strategies && { strategies }));
      expect(unitsOf(population)).toBe(4000);
    }
    expect(holdingsOf(population).map(({ size, count }) => [size, count])).toEqual([
      [100, 0],
      [8, 0],
      [100, 0],
      [8, 0],
      [100, 40],
    ]);
  });
});

describe('growth', () => {
  const inTens = strategiesOf(choice(setup('split', 10), setup('large', 100)));
  const semis = (count: number) =>
    populationOf({ units: Array.from({ length: count }, () => 1000) });
  const grown = (
    assumptions: Record<string, number>,
    strategies = earning(1),
    seed = 1,
  ): ReturnType<typeof semis> => {
    const population = semis(100);
    evolve(
      population,
      context(
        { 'semi.medianUnits': 500, 'semi.sizeSpread': 0, 'semi.driveUnits': 50, ...assumptions },
        { strategies, random: new Random(seed) },
      ),
    );
    return population;
  };
  const smeshers = (population: ReturnType<typeof semis>): number =>
    ownersOf(population).reduce((sum, { alike = 0 }) => sum + alike, 0);

  test('comes with newcomers of the median size', () => {
    const population = grown({ 'semi.growth': 0.1, 'semi.newcomers': 1 });
    // A tenth of 100 000 units, by fives of hundreds.
    expect(unitsOf(population)).toBe(110_000);
    expect(smeshers(population)).toBe(120);
  });

  test('comes with newcomers of the smallest allocation where the median is below it', () => {
    const population = grown({
      'semi.growth': 0.1,
      'semi.newcomers': 1,
      'semi.medianUnits': 0,
    });
    expect(unitsOf(population)).toBe(110_000);
    expect(smeshers(population)).toBe(100 + 2500);
  });

  test('keeps the mean where it is less than one newcomer', () => {
    // 0.3 newcomers an epoch.
    let came = 0;
    for (let seed = 0; seed < 1000; seed++)
      came +=
        smeshers(grown({ 'semi.growth': 0.0015, 'semi.newcomers': 1 }, earning(1), seed)) - 100;
    within(came, 300, 210);
  });

  test('comes to those who are there, in pieces of a drive', () => {
    const population = grown({
      'semi.growth': 0.01,
      'semi.newcomers': 0,
      'semi.driveUnits': 200,
    });
    // A thousand units: five drives, each for a smesher who is there.
    expect(unitsOf(population)).toBe(101_000);
    expect(smeshers(population)).toBe(100);
    const added = holdingsOf(population).filter(({ size }) => size === 100);
    expect(added.map(({ count }) => count)).toEqual([2, 2, 2, 2, 2]);
  });

  test('comes in pieces of a hundredth where there are many drives', () => {
    const population = grown({ 'semi.growth': 0.5, 'semi.newcomers': 0, 'semi.driveUnits': 4 });
    const pieces = holdingsOf(population).filter(({ size }) => size === 100);
    expect(pieces).toHaveLength(100);
    expect(pieces.every(({ count }) => count === 5)).toBe(true);
  });

  test('leaves less than a drive to another epoch', () => {
    expect(
      unitsOf(grown({ 'semi.growth': 0.0049, 'semi.newcomers': 0, 'semi.driveUnits': 500 })),
    ).toBe(100_000);
    expect(
      unitsOf(grown({ 'semi.growth': 0.005, 'semi.newcomers': 0, 'semi.driveUnits': 500 })),
    ).toBe(100_500);
  });

  test('grows from what is set up again, too', () => {
    const population = grown(
      { 'semi.growth': 0.1, 'semi.newcomers': 1, 'semi.reinitialise': 1 },
      inTens,
    );
    expect(unitsOf(population)).toBe(110_000);
  });

  test('is divided between newcomers and those who are there', () => {
    const population = grown({ 'semi.growth': 0.1, 'semi.newcomers': 0.25 });
    expect(smeshers(population)).toBe(105);
    expect(unitsOf(population)).toBe(110_000);
  });

  test('is set up in the way that earns most by the share that follows it', () => {
    const splits = (followsCheapest: number): number =>
      holdingsOf(
        grown(
          { 'semi.growth': 2, 'semi.newcomers': 1, 'semi.followsCheapest': followsCheapest },
          inTens,
        ),
      ).filter(({ split }) => split === 1).length;
    // 400 newcomers.
    expect(splits(0)).toBe(0);
    expect(splits(1)).toBe(400);
    within(splits(0.3), 120, 84);
  });

  test('is set up so by those who are there, too', () => {
    const split = (followsCheapest: number): number =>
      holdingsOf(
        grown(
          { 'semi.growth': 0.1, 'semi.newcomers': 0, 'semi.followsCheapest': followsCheapest },
          inTens,
        ),
      ).filter(({ size }) => size === 10).length;
    expect(split(0)).toBe(0);
    expect(split(1)).toBe(100);
  });

  test('is none where no money is earned', () => {
    expect(unitsOf(grown({ 'semi.growth': 0.1, 'semi.newcomers': 1 }, earning(0)))).toBe(100_000);
    expect(unitsOf(grown({ 'semi.growth': 0.1, 'semi.newcomers': 0 }, earning(-1)))).toBe(100_000);
  });

  test('is that of each class, from what it still holds', () => {
    const population = populationOf({ units: [80, 1000, 10_000], counts: [1, 1, 1] });
    evolve(
      population,
      context({
        ...Object.fromEntries(
          ['home', 'semi', 'industrial'].flatMap((name) => [
            [`${name}.newcomers`, 0],
            [`${name}.driveUnits`, 50],
            [`${name}.growth`, 0.5],
          ]),
        ),
        'semi.leaving': 1,
      }),
    );
    const units = { home: 0, semi: 0, industrial: 0 };
    for (const { owner = -1, size = 0, count = 0 } of holdingsOf(population))
      units[ownersOf(population)[owner]?.class ?? 'home'] += size * count;
    // Less than a drive at home; all have left in the middle.
    expect(units).toEqual({ home: 80, semi: 0, industrial: 15_000 });
  });

  test('gives nothing to those who are gone', () => {
    const population = populationOf({ units: [600, 600], counts: [10, 10] });
    population.owners.column('alike')[0] = 0;
    evolve(
      population,
      context({ 'industrial.growth': 1, 'industrial.newcomers': 0, 'industrial.driveUnits': 100 }),
    );
    expect(holdingsOf(population).filter(({ owner, count }) => owner === 0 && count !== 0)).toEqual(
      [],
    );
    expect(unitsOf(population)).toBe(12_000);
  });

  test('gives up where there is no smesher to grow', () => {
    const population = emptyPopulation();
    expect(evolve(population, context({ 'semi.growth': 1 }))).toEqual(none);
    expect(population.owners.length).toBe(0);
  });

  test('refuses more newcomers than fit', () => {
    const population = populationOf({ units: [4e9], counts: [1] });
    expect(() =>
      evolve(
        population,
        context({
          'industrial.growth': 1e6,
          'industrial.newcomers': 1,
          'industrial.medianUnits': 1,
        }),
      ),
    ).toThrow(expect.objectContaining({ code: 'network-too-large' }));
  });
});
