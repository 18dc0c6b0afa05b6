/** Networks made by hand, for the rules of the network simulator one at a time. */
import { classNames, forClasses, readAssumptions } from '../../src/simulate/network/assumptions';
import {
  drawPopulation,
  readPopulation,
  type Population,
  type RealIdentities,
  type Setups,
} from '../../src/simulate/network/population';
import type { StrategyChoice, StrategyOption } from '../../src/simulate/network/strategy';
import type { EpochContext } from '../../src/simulate/network/types';
import { Random } from '../../src/simulate/probability/random';

export const setup = (
  kind: 'large' | 'split',
  unitsPerIdentity: number,
  weightShare = 1,
  profitUsdPerUnit = 1,
): StrategyOption => ({
  kind,
  unitsPerIdentity,
  weightShare,
  profitUsdPerUnit,
  identities: 1,
  nonces: 64,
  hashesPerUnit: 0,
  cpuSPerUnit: 0,
  powCpuSPerUnit: 0,
  scanCpuSPerUnit: 0,
  passesThatFit: 1,
  cpuUsdPerUnit: 0,
  identitiesUsdPerUnit: 0,
  rewardUsdPerUnit: 0,
  usdPerWeight: 0,
});

export const choice = (best: StrategyOption, large = best): StrategyChoice => ({
  large,
  split: best,
  best,
  options: [large, best],
  noncesHold: { lowUsdPerUnit: 0, highUsdPerUnit: Infinity },
});

/** One identity of 100 SU; the rest is split if they have less than half of that. All proofs are made. */
const setups: Setups = forClasses(() => ({ large: setup('large', 100), split: setup('split', 8) }));

/** A network of the given identities; all proofs are made, or the share `proves` of them. */
export const populationOf = (real: RealIdentities, proves = 1): Population =>
  readPopulation(
    real,
    forClasses(() => ({ large: setup('large', 100, proves), split: setup('split', 8, proves) })),
    new Random(1),
  );

export const emptyPopulation = (): Population =>
  drawPopulation(
    readAssumptions(Object.fromEntries(classNames.map((name) => [`${name}.smeshers`, 0]))),
    setups,
    new Random(1),
  );

export const contextOf = (changed: Partial<EpochContext> = {}): EpochContext => ({
  index: 0,
  epoch: 60,
  assumptions: readAssumptions(),
  measures: {},
  rules: { kind: 'today' },
  strategies: forClasses(() => choice(setup('large', 100))),
  random: new Random(1),
  ...changed,
});

export const holdingsOf = ({ holdings }: Population) =>
  Array.from({ length: holdings.length }, (_, row) => ({
    owner: holdings.column('owner')[row],
    size: holdings.column('size')[row],
    count: holdings.column('count')[row],
    proves: holdings.column('proves')[row],
    split: holdings.column('split')[row],
  }));

export const ownersOf = ({ owners }: Population) =>
  Array.from({ length: owners.length }, (_, own) => ({
    class: classNames[owners.column('class')[own] ?? -1],
    alike: owners.column('alike')[own],
    row: owners.column('row')[own],
    marriedIn: owners.column('marriedIn')[own],
  }));

/** Units of every holding together. */
export const unitsOf = (population: Population): number =>
  holdingsOf(population).reduce((sum, { size = 0, count = 0 }) => sum + size * count, 0);
