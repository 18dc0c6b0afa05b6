/**
 * The smeshers, as columns. An owner has a class and decides; a holding is a number of equal identities
 * of one owner, so a thousand identities of an industrial smesher are one row. Memory: 40 bytes a holding and
 * an owner, of which there are at most 2^22 each.
 */
import { WorkbenchError } from '../../base/error';
import { invalid } from '../inputs';
import type { Random } from '../probability/random';
import { classNames, type Assumptions, type ClassName } from './assumptions';
import type { StrategyOption } from './strategy';

type Column = Float64Array<ArrayBuffer>;

/** The most owners, or holdings, that a run may have: some 350 MB. */
export const maxRows = 2 ** 22;

export const tooLarge = (): WorkbenchError =>
  new WorkbenchError(
    'network-too-large',
    `The network grows beyond ${maxRows} different smeshers. Lower the growth or the number of epochs.`,
    { maxRows },
  );

/** Rows that grow by doubling. @throws WorkbenchError `network-too-large` */
class Rows<Name extends string> {
  readonly #columns: Record<Name, Column>;
  readonly #names: readonly Name[];
  #length = 0;

  constructor(names: readonly Name[], capacity = 1024) {
    this.#names = names;
    this.#columns = Object.fromEntries(
      names.map((name) => [name, new Float64Array(capacity)]),
    ) as Record<Name, Column>;
  }

  get length(): number {
    return this.#length;
  }

  /** The column itself, longer than `length`; no longer current after the next `push`. */
  column(name: Name): Column {
    return this.#columns[name];
  }

  push(row: Readonly<Record<Name, number>>): number {
    if (this.#length >= maxRows) throw tooLarge();
    for (const name of this.#names) {
      let column = this.#columns[name];
      if (this.#length === column.length) {
        const grown = new Float64Array(2 * column.length);
        grown.set(column);
        this.#columns[name] = column = grown;
      }
      column[this.#length] = row[name];
    }
    return this.#length++;
  }
}

/**
 * `alike`: owners that this row represents; 0 once they are gone. Only owners of a single identity share a
 * row, and `row` is then their holding, else −1. `marriedIn`: epoch of the marriage, Infinity for none. `caution`: marries
 * once the share of its class that does exceeds this.
 */
type OwnerColumn = 'class' | 'caution' | 'marriedIn' | 'alike' | 'row';
/** `proves`: chance that an identity's proof is made in time. `split`: 1 if set up to save work. */
type HoldingColumn = 'owner' | 'size' | 'count' | 'proves' | 'split';

export interface Population {
  readonly owners: Rows<OwnerColumn>;
  readonly holdings: Rows<HoldingColumn>;
  /** Rows of owners of a single identity, by everything that makes them alike. */
  readonly singles: Map<number, number>;
}

/** A real network: one entry per identity, or several alike; entries of the same owner belong together. */
export interface RealIdentities {
  /** Effective units of each entry. */
  readonly units: ArrayLike<number>;
  /** Number of the owner (say, its coinbase) of each entry; absent: each entry has an owner of its own. */
  readonly owners?: ArrayLike<number> | undefined;
  /** Identities in each entry; 1 when absent. */
  readonly counts?: ArrayLike<number> | undefined;
  /** Epochs since the entry's owner married all these identities; −1 for not at all, and so for all when absent. */
  readonly marriedFor?: ArrayLike<number> | undefined;
  /** Owners from this many units on are semi-professional, and industrial. */
  readonly semiUnits?: number | undefined;
  readonly industrialUnits?: number | undefined;
}

interface Setup {
  readonly large: StrategyOption;
  readonly split: StrategyOption;
}
export type Setups = Readonly<Record<ClassName, Setup>>;

const newPopulation = (): Population => ({
  owners: new Rows(['class', 'caution', 'marriedIn', 'alike', 'row']),
  holdings: new Rows(['owner', 'size', 'count', 'proves', 'split']),
  singles: new Map(),
});

/** Draws the smeshers of each class, set up as the assumptions say. */
export function drawPopulation(
  assumptions: Assumptions,
  setups: Setups,
  random: Random,
): Population {
  const population = newPopulation();
  for (const name of classNames) {
    const own = assumptions.classes[name];
    for (let i = 0; i < own.smeshers; i++) {
      const kind = random.uniform() < own.startSplit ? 'split' : 'large';
      addSmesher({ population, assumptions, random }, name, setups[name][kind]);
    }
  }
  return population;
}

/** A population that grows: what is drawn follows the assumptions. */
export interface Growth {
  readonly population: Population;
  readonly assumptions: Assumptions;
  readonly random: Random;
}

/** A new smesher of a class; its storage is drawn when absent. Returns the units added. */
export function addSmesher(
  { population, assumptions, random }: Growth,
  name: ClassName,
  setup: StrategyOption,
  units = drawUnits(assumptions, name, random),
): number {
  const holding = arrange(assumptions, units, setup);
  if (holding.count === 1) addSingle(population, name, holding, 1, random);
  else population.holdings.push({ owner: addOwner(population, name, random), ...holding });
  return holding.size * holding.count;
}

/** More storage for an owner that is there. Returns the units added. */
export function addStorage(
  { population, assumptions, random }: Growth,
  owner: number,
  setup: StrategyOption,
  units: number,
): number {
  const holding = arrange(assumptions, units, setup);
  population.holdings.push({ owner: detach(population, owner, random), ...holding });
  return holding.size * holding.count;
}

/** The owner as a row of its own: one of several alike leaves their row. */
function detach(population: Population, owner: number, random: Random): number {
  const { owners, holdings } = population;
  const row = owners.column('row')[owner] ?? -1;
  if (row < 0) return owner;
  const name = classNames[owners.column('class')[owner] ?? 0] ?? 'home';
  const left = (owners.column('alike')[owner] ?? 1) - 1;
  owners.column('alike')[owner] = left;
  holdings.column('count')[row] = left;
  const own = addOwner(population, name, random);
  holdings.push({
    owner: own,
    size: holdings.column('size')[row] ?? 0,
    count: 1,
    proves: holdings.column('proves')[row] ?? 1,
    split: holdings.column('split')[row] ?? 0,
  });
  return own;
}

type Holding = Omit<Readonly<Record<HoldingColumn, number>>, 'owner'>;

/** Storage as equal identities of whole units, the size being the setup's. */
function arrange({ minUnits }: Assumptions, units: number, setup: StrategyOption): Holding {
  const whole = Math.max(minUnits, Math.round(units));
  const wanted = Math.max(minUnits, Math.round(setup.unitsPerIdentity));
  const count = Math.max(1, Math.round(whole / wanted));
  return {
    size: Math.max(minUnits, Math.round(whole / count)),
    count,
    proves: Math.min(1, setup.weightShare),
    split: setup.kind === 'split' ? 1 : 0,
  };
}

const drawUnits = (assumptions: Assumptions, name: ClassName, random: Random): number =>
  assumptions.classes[name].medianUnits *
  Math.exp(assumptions.classes[name].sizeSpread * random.normal());

const addOwner = ({ owners }: Population, name: ClassName, random: Random): number =>
  owners.push({
    class: classNames.indexOf(name),
    caution: random.uniform(),
    marriedIn: Infinity,
    alike: 1,
    row: -1,
  });

function addSingle(
  population: Population,
  name: ClassName,
  holding: Holding,
  count: number,
  random: Random,
): void {
  const { owners, holdings, singles } = population;
  // Class and setup, the chance to a thousandth, and the size, side by side in 45 bits.
  const setup = classNames.indexOf(name) * 2 + holding.split;
  const key = (setup * 1024 + Math.round(holding.proves * 1000)) * 2 ** 32 + holding.size;
  const known = singles.get(key);
  if (known === undefined) {
    const owner = addOwner(population, name, random);
    owners.column('alike')[owner] = count;
    owners.column('row')[owner] = holdings.push({ owner, ...holding, count });
    singles.set(key, owner);
    return;
  }
  const alike = (owners.column('alike')[known] ?? 0) + count;
  owners.column('alike')[known] = alike;
  holdings.column('count')[owners.column('row')[known] ?? 0] = alike;
}

/** In one entry; mainnet has about a million in all, and married ones are worked through in groups. */
const mostIdentities = 10_000_000;

/** Takes a real network as it is. @throws WorkbenchError `input-not-valid` */
export function readPopulation(real: RealIdentities, setups: Setups, random: Random): Population {
  const { units, owners: owned, counts, semiUnits = 300, industrialUnits = 5000 } = real;
  if (units.length === 0) throw invalid('identities.units', 'a list of at least one identity', 0);
  const byOwner = new Map<number, Map<number, number>>();
  const marriedIn = new Map<number, number>();
  for (let i = 0; i < units.length; i++) {
    const size = units[i] ?? 0;
    const count = counts?.[i] ?? 1;
    if (!(size >= 1 && size < 2 ** 32)) throw invalid('identities.units', 'units from 1 on', size);
    if (!Number.isInteger(count) || count < 1 || count > mostIdentities)
      throw invalid('identities.counts', `whole numbers from 1 to ${mostIdentities}`, count);
    const key = owned?.[i] ?? i;
    const sizes = byOwner.get(key) ?? new Map<number, number>();
    sizes.set(size, (sizes.get(size) ?? 0) + count);
    byOwner.set(key, sizes);
    const since = real.marriedFor?.[i] ?? -1;
    if (since >= 0) marriedIn.set(key, -since);
  }
  const population = newPopulation();
  for (const [key, sizes] of byOwner) {
    let total = 0;
    let identities = 0;
    for (const [size, count] of sizes) {
      total += size * count;
      identities += count;
    }
    const name = total >= industrialUnits ? 'industrial' : total >= semiUnits ? 'semi' : 'home';
    const holdingOf = (size: number, count: number): Holding => {
      // Small against what one identity of the class's machines holds: set up to save work.
      const split = identities > 1 && size * 2 < setups[name].large.unitsPerIdentity;
      // What is in a database was proved; how often it will be is the assumptions' word.
      const proves = Math.min(1, setups[name][split ? 'split' : 'large'].weightShare);
      return { size, count, proves, split: split ? 1 : 0 };
    };
    if (identities === 1) addSingle(population, name, holdingOf(total, 1), 1, random);
    else {
      const owner = addOwner(population, name, random);
      population.owners.column('marriedIn')[owner] = marriedIn.get(key) ?? Infinity;
      for (const [size, count] of sizes)
        population.holdings.push({ owner, ...holdingOf(size, count) });
    }
  }
  return population;
}
