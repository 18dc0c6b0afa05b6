import { describe, expect, test } from 'vitest';
import {
  classNames,
  forClasses,
  readAssumptions,
  type ClassName,
} from '../../../../src/simulate/network/assumptions';
import {
  addSmesher,
  addStorage,
  drawPopulation,
  maxRows,
  readPopulation,
  type Population,
  type RealIdentities,
  type Setups,
} from '../../../../src/simulate/network/population';
import { Random } from '../../../../src/simulate/probability/random';
import { emptyPopulation, holdingsOf, ownersOf, setup } from '../../../support/network';

const large = setup('large', 100, 0.75);
const split = setup('split', 8, 0.5);
const setups: Setups = forClasses(() => ({ large, split }));
const assumptions = readAssumptions();
const single = (name: ClassName, alike: number, row: number) => ({
  class: name,
  alike,
  row,
  marriedIn: Infinity,
});
const several = (name: ClassName, marriedIn = Infinity) => ({
  class: name,
  alike: 1,
  row: -1,
  marriedIn,
});

describe('a new smesher', () => {
  const add = (population: Population, units: number, how = split, name: ClassName = 'semi') =>
    addSmesher({ population, assumptions, random: new Random(1) }, name, how, units);

  test('has equal identities of whole units, near the size of the setup', () => {
    const population = emptyPopulation();
    // 100 / 8 is 12.5 identities: 13 of 7.7 units, taken as 8.
    expect(add(population, 100)).toBe(104);
    expect(add(population, 41.3)).toBe(40);
    expect(holdingsOf(population)).toEqual([
      { owner: 0, size: 8, count: 13, proves: 0.5, split: 1 },
      { owner: 1, size: 8, count: 5, proves: 0.5, split: 1 },
    ]);
    expect(ownersOf(population)).toEqual([several('semi'), several('semi')]);
  });

  test('has one identity at least, of the smallest size at least', () => {
    const population = emptyPopulation();
    expect(add(population, 1, large)).toBe(4);
    expect(add(population, 49.4, large)).toBe(49);
    expect(add(population, 12, setup('split', 1, 0.5))).toBe(12);
    expect(holdingsOf(population).map(({ size, count }) => [size, count])).toEqual([
      [4, 1],
      [49, 1],
      [4, 3],
    ]);
  });

  test('proves no more than always', () => {
    const population = emptyPopulation();
    add(population, 80, setup('large', 80, 1.2));
    expect(holdingsOf(population)[0]?.proves).toBe(1);
  });

  test('shares the row of those who have one identity like it', () => {
    const population = emptyPopulation();
    for (const units of [90, 90, 91, 90, 91]) add(population, units, large);
    add(population, 90, large, 'home');
    add(population, 90, setup('split', 100, 0.75));
    add(population, 90, setup('large', 100, 0.7));
    expect(ownersOf(population)).toEqual([
      single('semi', 3, 0),
      single('semi', 2, 1),
      single('home', 1, 2),
      single('semi', 1, 3),
      single('semi', 1, 4),
    ]);
    expect(holdingsOf(population)).toEqual([
      { owner: 0, size: 90, count: 3, proves: 0.75, split: 0 },
      { owner: 1, size: 91, count: 2, proves: 0.75, split: 0 },
      { owner: 2, size: 90, count: 1, proves: 0.75, split: 0 },
      { owner: 3, size: 90, count: 1, proves: 0.75, split: 1 },
      { owner: 4, size: 90, count: 1, proves: 0.7, split: 0 },
    ]);
  });

  test('does not share it for a size that looks like another chance or class', () => {
    // Large sizes and every class beside each other: all keys differ.
    const population = emptyPopulation();
    for (const name of classNames)
      for (const units of [4, 2 ** 22 + 4, 2 ** 31, 2 ** 32 - 1])
        for (const share of [0, 0.001, 0.999, 1])
          for (const kind of ['large', 'split'] as const)
            add(population, units, setup(kind, 2 ** 33, share), name);
    expect(population.owners.length).toBe(3 * 4 * 4 * 2);
  });

  test('draws its storage around the median of its class', () => {
    const population = emptyPopulation();
    const random = new Random(4);
    const own = readAssumptions({ 'semi.medianUnits': 1000, 'semi.sizeSpread': 0.5 });
    const logs = Array.from({ length: 4000 }, () =>
      Math.log(
        addSmesher({ population, assumptions: own, random }, 'semi', setup('large', 1e6, 1)) / 1000,
      ),
    );
    const mean = logs.reduce((a, b) => a + b) / logs.length;
    const variance = logs.reduce((a, b) => a + (b - mean) ** 2, 0) / logs.length;
    expect(Math.abs(mean)).toBeLessThan(5 * (0.5 / Math.sqrt(4000)));
    expect(Math.abs(Math.sqrt(variance) / 0.5 - 1)).toBeLessThan(0.08);
  });
});

describe('more storage', () => {
  test('is another holding of an owner of several', () => {
    const population = emptyPopulation();
    const random = new Random(1);
    addSmesher({ population, assumptions, random }, 'industrial', split, 80);
    expect(addStorage({ population, assumptions, random }, 0, large, 200)).toBe(200);
    expect(holdingsOf(population)).toEqual([
      { owner: 0, size: 8, count: 10, proves: 0.5, split: 1 },
      { owner: 0, size: 100, count: 2, proves: 0.75, split: 0 },
    ]);
    expect(ownersOf(population)).toEqual([several('industrial')]);
  });

  test('takes one of several alike out of their row, with what it has', () => {
    const population = emptyPopulation();
    const random = new Random(1);
    for (let i = 0; i < 3; i++) addSmesher({ population, assumptions, random }, 'semi', large, 90);
    expect(addStorage({ population, assumptions, random }, 0, split, 16)).toBe(16);
    expect(ownersOf(population)).toEqual([single('semi', 2, 0), several('semi')]);
    expect(holdingsOf(population)).toEqual([
      { owner: 0, size: 90, count: 2, proves: 0.75, split: 0 },
      { owner: 1, size: 90, count: 1, proves: 0.75, split: 0 },
      { owner: 1, size: 8, count: 2, proves: 0.5, split: 1 },
    ]);
    // Another kind, in another row.
    const pieces = setup('split', 100, 0.5);
    for (let i = 0; i < 2; i++) addSmesher({ population, assumptions, random }, 'home', pieces, 70);
    addStorage({ population, assumptions, random }, 2, large, 16);
    expect(ownersOf(population).slice(2)).toEqual([single('home', 1, 3), several('home')]);
    expect(holdingsOf(population).slice(3)).toEqual([
      { owner: 2, size: 70, count: 1, proves: 0.5, split: 1 },
      { owner: 3, size: 70, count: 1, proves: 0.5, split: 1 },
      { owner: 3, size: 16, count: 1, proves: 0.75, split: 0 },
    ]);
    // One more like them joins those that are left.
    addSmesher({ population, assumptions, random }, 'semi', large, 90);
    expect(ownersOf(population)[0]).toEqual(single('semi', 3, 0));
    expect(holdingsOf(population)[0]?.count).toBe(3);
  });
});

describe('a drawn population', () => {
  test('has the smeshers of each class, and splits the share that is split at the start', () => {
    const start = readAssumptions({
      'home.smeshers': 300,
      'semi.smeshers': 200,
      'industrial.smeshers': 100,
      'semi.startSplit': 0.3,
      'industrial.startSplit': 1,
      'industrial.medianUnits': 100_000,
    });
    const population = drawPopulation(start, setups, new Random(3));
    const smeshers = { home: 0, semi: 0, industrial: 0 };
    const splits = { home: 0, semi: 0, industrial: 0 };
    for (const own of ownersOf(population)) smeshers[own.class ?? 'home'] += own.alike ?? 0;
    for (const { owner, count, split } of holdingsOf(population)) {
      const own = ownersOf(population)[owner ?? -1] ?? expect.fail();
      if (split === 1) splits[own.class ?? 'home'] += own.row === -1 ? 1 : (count ?? 0);
    }
    expect(smeshers).toEqual({ home: 300, semi: 200, industrial: 100 });
    expect(splits.home).toBe(0);
    expect(Math.abs(splits.semi - 60)).toBeLessThan(30);
    expect(splits.industrial).toBe(100);
  });

  test('marries in an order of its own', () => {
    const population = drawPopulation(
      readAssumptions({ 'home.smeshers': 0, 'semi.smeshers': 0, 'industrial.smeshers': 400 }),
      setups,
      new Random(3),
    );
    const caution = population.owners.column('caution').slice(0, population.owners.length);
    expect(new Set(caution).size).toBe(400);
    expect(Math.min(...caution)).toBeGreaterThan(0);
    expect(Math.max(...caution)).toBeLessThan(1);
  });
});

describe('a real network', () => {
  const read = (real: RealIdentities): Population => readPopulation(real, setups, new Random(1));

  test('gathers identities by owner, and equal ones in a row', () => {
    const population = read({ units: [8, 64, 8, 8], owners: [7, 7, 7, 9] });
    expect(ownersOf(population)).toEqual([several('home'), single('home', 1, 2)]);
    expect(holdingsOf(population)).toEqual([
      // Less than half of what one identity of the class holds: set up to save work.
      { owner: 0, size: 8, count: 2, proves: 0.5, split: 1 },
      { owner: 0, size: 64, count: 1, proves: 0.75, split: 0 },
      { owner: 1, size: 8, count: 1, proves: 0.75, split: 0 },
    ]);
  });

  test('takes an entry without an owner as one of its own, and its count', () => {
    const population = read({ units: [8, 8, 60], counts: [1, 1, 3] });
    expect(ownersOf(population)).toEqual([single('home', 2, 0), several('home')]);
    expect(holdingsOf(population).map(({ size, count }) => [size, count])).toEqual([
      [8, 2],
      [60, 3],
    ]);
  });

  test('tells the classes by the storage of an owner', () => {
    const names = (real: RealIdentities) => ownersOf(read(real)).map(({ class: name }) => name);
    expect(names({ units: [299, 300, 4999, 5000] })).toEqual([
      'home',
      'semi',
      'semi',
      'industrial',
    ]);
    expect(names({ units: [150, 1000], counts: [2, 5] })).toEqual(['semi', 'industrial']);
    expect(names({ units: [9, 10, 19, 20], semiUnits: 10, industrialUnits: 20 })).toEqual([
      'home',
      'semi',
      'semi',
      'industrial',
    ]);
  });

  test('sees a split where several are less than half of a large identity', () => {
    const splits = (units: number[], counts?: number[]) =>
      holdingsOf(read({ units, counts, owners: units.map(() => 1) })).map((row) => row.split);
    expect(splits([49, 50])).toEqual([1, 0]);
    expect(splits([49])).toEqual([0]);
    expect(splits([49], [2])).toEqual([1]);
  });

  test('knows since when an owner is married', () => {
    const { length } = read({ units: [8] }).owners;
    expect(length).toBe(1);
    const population = read({
      units: [8, 8, 8, 8],
      counts: [2, 2, 2, 2],
      marriedFor: [-1, 0, 1, 5],
    });
    expect(ownersOf(population).map(({ marriedIn }) => marriedIn)).toEqual([Infinity, -0, -1, -5]);
  });

  test('proves no more than always', () => {
    const eager = forClasses(() => ({ large: setup('large', 100, 1.5), split }));
    const population = readPopulation({ units: [64] }, eager, new Random(1));
    expect(holdingsOf(population)[0]?.proves).toBe(1);
  });

  test.each([
    ['identities.units', { units: [] }],
    ['identities.units', { units: [0.5] }],
    ['identities.units', { units: [2 ** 32] }],
    ['identities.units', { units: [NaN] }],
    ['identities.counts', { units: [4], counts: [0] }],
    ['identities.counts', { units: [4], counts: [1.5] }],
    ['identities.counts', { units: [4], counts: [2 ** 53] }],
  ])('refuses wrong %s: %j', (what, real) => {
    expect(() => read(real)).toThrow(
      expect.objectContaining({
        code: 'input-not-valid',
        message: expect.stringMatching(`^${what} must be .*[a-z]`) as string,
      }),
    );
  });

  test('takes one unit, and all that the wire format can hold', () => {
    expect(holdingsOf(read({ units: [1, 2 ** 32 - 1] })).map(({ size }) => size)).toEqual([
      1,
      2 ** 32 - 1,
    ]);
  });
});

test('grows its tables as needed, and keeps what is in them', () => {
  const population = emptyPopulation();
  const random = new Random(1);
  for (let i = 0; i < 5000; i++)
    addSmesher({ population, assumptions, random }, 'industrial', split, 16 + 8 * (i % 7));
  expect(population.holdings.length).toBe(5000);
  expect(population.owners.length).toBe(5000);
  for (const row of [0, 1, 1023, 1024, 2047, 2048, 4999]) {
    expect(holdingsOf(population)[row]).toEqual({
      owner: row,
      size: 8,
      count: 2 + (row % 7),
      proves: 0.5,
      split: 1,
    });
  }
});

test('refuses to grow beyond its bound, and states what to do', () => {
  const { owners } = emptyPopulation();
  const row = { class: 0, caution: 0, marriedIn: 0, alike: 1, row: -1 };
  for (let i = 0; i < maxRows; i++) owners.push(row);
  expect(() => owners.push(row)).toThrow(
    expect.objectContaining({
      code: 'network-too-large',
      details: { maxRows: 2 ** 22 },
      message: expect.stringMatching(/beyond 4194304 .*Lower the growth/) as string,
    }),
  );
});
