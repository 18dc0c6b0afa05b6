/**
 * The plan of a farm beside the best of all plans, on farms so small that all can be simulated: sizes, nonces and order
 * of the identities that are chosen, drive, nonces and order of those that exist. Plans and layouts are judged by the
 * same simulation, over epochs that the planner has not seen. INSTANCES sets how many farms of each kind.
 */
import { expect, test } from 'vitest';
import { unitBytes } from '../../../../src/protocol/units';
import { epoch } from '../../../../src/simulate/farm/epoch';
import type { DrawTable } from '../../../../src/simulate/farm/epoch-build';
import type { EpochPlan, PlannedIdentity } from '../../../../src/simulate/farm/epoch-plan';
import { farm } from '../../../../src/simulate/farm/farm';
import type { FarmInput } from '../../../../src/simulate/farm/farm-plan';
import { Random } from '../../../../src/simulate/probability/random';

const instances = Number(process.env['INSTANCES'] ?? 1);
const threads = 2;
const gapS = 43_200;
const smallest = 4;
const leastShareOfBest = 0.99;

type Layout = readonly (Pick<PlannedIdentity, 'drive' | 'numUnits' | 'nonces'> & {
  readonly name?: string;
})[];

const draws: DrawTable = new Map();

const simulate = (input: FarmInput, layout: Layout, seed: number, epochs: number): number => {
  const identities = layout.map((identity, i) => ({ name: `${i}`, threads, ...identity }));
  const plan: EpochPlan = { machines: input.machines, drives: input.drives, identities };
  return epoch(plan, { seed, epochs }, { draws }).expectedUnits;
};

/** Each run keeps the best of the one before. All layouts meet the same luck, so few epochs find the worse ones. */
const rounds = [
  [40, 0.1],
  [300, 0.1],
  [1500, 0.15],
] as const;

/** Units of the best of all layouts, by the run that also judges the plan. */
function optimum(input: FarmInput, layouts: readonly Layout[]): number {
  let remaining = layouts;
  for (const [epochs, share] of rounds)
    remaining = remaining
      .map((layout) => ({ layout, units: simulate(input, layout, 1, epochs) }))
      .toSorted((a, b) => b.units - a.units)
      .slice(0, Math.max(12, Math.ceil(remaining.length * share)))
      .map(({ layout }) => layout);
  return Math.max(...remaining.map((layout) => simulate(input, layout, 2, 4000)));
}

function expectNearBest(input: FarmInput, layouts: readonly Layout[]): void {
  const plan = farm(input);
  const units = simulate(input, plan.identities, 2, 4000);
  expect(units, JSON.stringify(input)).toBeGreaterThan(optimum(input, layouts) * leastShareOfBest);
  // What the plan promises is what other epochs bring.
  expect(Math.abs(plan.expectedUnits - units)).toBeLessThan(0.03 * plan.totalUnits);
}

/** Some farms of a seed, from the one with the index `first` on. */
const drawn = <Drawn>(seed: number, first: number, draw: (random: Random) => Drawn): Drawn[] => {
  const random = new Random(seed);
  return Array.from({ length: first + instances }, () => draw(random)).slice(first);
};

/** A machine whose drives take `load` of the gap to be read once, with a processor between too slow and fast. */
function drawFarm(random: Random, capacities: readonly number[], units: number): FarmInput {
  const between = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const load = between(0.4, 1.5);
  const bytesPerS = (units / capacities.length / gapS / load) * unitBytes();
  return {
    machines: [
      {
        ...{ name: 'm', threads, scanBytesPerSPerThread: bytesPerS * between(1, 6) },
        hashesPerS: (units * 25 * 4687.5 * between(0.5, 3)) / gapS,
      },
    ],
    drives: capacities.map((capacity, i) => ({
      ...{ name: `d${i}`, machine: 'm', bytes: (capacity + 0.5) * unitBytes() },
      bytesPerS: bytesPerS * between(0.8, 1.25),
    })),
    ...{ reserve: 0, fewerIdentitiesShare: 0 },
  };
}

/** All ways to put identities on a drive, each with all nonces. */
function layoutsOf(drive: string, capacity: number, nonces: readonly number[]): readonly Layout[] {
  const found: Layout[] = [];
  const go = (layout: Layout, free: number): void => {
    found.push(layout);
    for (let numUnits = smallest; numUnits <= free; numUnits++)
      for (const count of nonces)
        go([...layout, { drive, numUnits, nonces: count }], free - numUnits);
  };
  go([], capacity);
  return found;
}

test('farm: one drive, at most 1 % below the best of all sizes, nonces and orders', () => {
  const farms = drawn(9, 0, (random) => {
    const capacity = 8 + Math.floor(random.uniform() * 5);
    return { capacity, input: drawFarm(random, [capacity], capacity) };
  });
  for (const { capacity, input } of farms)
    expectNearBest(input, layoutsOf('d0', capacity, [16, 32, 48, 64, 80, 96, 128, 160]));
}, 120_000);

test('farm: two unlike drives that share a processor, at most 1 % below the best', () => {
  const farms = drawn(9, 6, (random) => {
    const capacities = [6, 9].map((most) => most - Math.floor(random.uniform() * 2));
    return { capacities, input: drawFarm(random, capacities, 15) };
  });
  for (const { capacities, input } of farms) {
    const [first, second] = capacities.map((capacity, d) =>
      layoutsOf(`d${d}`, capacity, [16, 32, 48, 64, 96]),
    );
    const all = (first ?? []).flatMap((a) => (second ?? []).map((b) => [...a, ...b]));
    expectNearBest(input, all);
  }
}, 120_000);

const permutations = (count: number): number[][] =>
  count === 0
    ? [[]]
    : permutations(count - 1).flatMap((rest) =>
        Array.from({ length: count }, (_, i) => [...rest.slice(0, i), count - 1, ...rest.slice(i)]),
      );

/** Each identity of a list with each number of nonces. */
const withNonces = (
  identities: readonly Omit<Layout[number], 'nonces'>[],
  nonces: readonly number[],
): Layout[] => {
  const [first, ...rest] = identities;
  if (!first) return [[]];
  const others = withNonces(rest, nonces);
  return nonces.flatMap((count) =>
    others.map((layout) => [{ ...first, nonces: count }, ...layout]),
  );
};

test('farm: identities that exist, at most 1 % below the best of all drives, nonces and orders', () => {
  const farms = drawn(9, 1, (random) => {
    const sizes = [0, 1, 2].map(() => smallest + Math.floor(random.uniform() * 12));
    const units = sizes.reduce((a, b) => a + b, 0);
    return { sizes, input: drawFarm(random, [units, units], units) };
  });
  for (const { sizes, input } of farms) {
    // The last number separates the drives.
    const layouts = permutations(4).flatMap((order) =>
      withNonces(
        order
          .filter((id) => id < 3)
          .map((id, at) => ({
            name: `id ${id}`,
            drive: at < order.indexOf(3) ? 'd0' : 'd1',
            numUnits: sizes[id] ?? NaN,
          })),
        [16, 32, 48, 96],
      ),
    );
    const identities = sizes.map((numUnits, id) => ({ name: `id ${id}`, numUnits }));
    expectNearBest({ ...input, identities }, layouts);
  }
}, 120_000);

test('farm: an identity with a drive, on that drive whatever would be better elsewhere', () => {
  const input = drawFarm(new Random(3), [40, 40], 40);
  const identities = [9, 9, 12].map((numUnits, id) => ({
    ...{ name: `id ${id}`, numUnits },
    drive: id === 1 ? undefined : 'd0',
  }));
  const plan = farm({ ...input, identities });
  const driveOf = new Map(plan.identities.map(({ name, drive }) => [name, drive]));
  expect([driveOf.get('id 0'), driveOf.get('id 2')]).toEqual(['d0', 'd0']);
  expect(plan.identities.map(({ name }) => name).toSorted()).toEqual(['id 0', 'id 1', 'id 2']);
});
