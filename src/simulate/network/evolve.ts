/**
 * From one epoch to the next: smeshers leave, marry, initialise again and add storage. What equivocation by accident is
 * expected to condemn is counted apart and stays in the population: by the announcement ATX Merge leaves all totals as they
 * are, and an assumed rate of accidents must not look like a gain of the rest.
 */
import { maxMerged } from '../farm/fleet';
import { classNames, type ClassName, type PerClass } from './assumptions';
import { addSmesher, addStorage, maxRows, tooLarge, type Population } from './population';
import type { EpochContext } from './types';

/** Returns the units of each class that are expected to be condemned for equivocation in this epoch. */
export function evolve(population: Population, context: EpochContext): PerClass<number> {
  const { index, assumptions, measures, strategies, random } = context;
  const { owners, holdings } = population;
  const { classes, equivocation } = assumptions;
  const { merge } = measures;
  const ramp = merge ? (index - merge.fromEpoch + 1) / Math.max(1, merge.overEpochs ?? 1) : 0;
  const classOf = owners.column('class');
  const alike = owners.column('alike');
  const rowOf = owners.column('row');
  const marriedIn = owners.column('marriedIn');
  const caution = owners.column('caution');
  const [owner, size] = [holdings.column('owner'), holdings.column('size')];
  const [count, split] = [holdings.column('count'), holdings.column('split')];
  // Owners of each row that initialise again.
  const again = new Float64Array(owners.length);
  for (let own = 0; own < owners.length; own++) {
    const before = alike[own] ?? 0;
    const name = classNames[classOf[own] ?? 0] ?? 'home';
    const { leaving, reinitialise } = classes[name];
    // A smesher that loses money leaves three times as fast.
    const leaves = strategies[name].best.profitUsdPerUnit < 0 ? 3 * leaving : leaving;
    const left = before - random.binomial(before, leaves);
    alike[own] = left;
    const row = rowOf[own] ?? -1;
    if (row >= 0) count[row] = left;
    again[own] = random.binomial(left, reinitialise);
    // A single identity has no other to marry.
    if (merge && row < 0 && marriedIn[own] === Infinity) {
      const share = merge.adoption[name] * Math.min(1, ramp);
      if ((caution[own] ?? 1) < share) marriedIn[own] = index;
    }
  }
  const units = { home: 0, semi: 0, industrial: 0 };
  const condemned = { home: 0, semi: 0, industrial: 0 };
  const redone: { readonly name: ClassName; readonly owner: number; readonly units: number }[] = [];
  const rows = holdings.length;
  for (let row = 0; row < rows; row++) {
    const own = owner[row] ?? 0;
    const before = alike[own] === 0 ? 0 : (count[row] ?? 0);
    const name = classNames[classOf[own] ?? 0] ?? 'home';
    const each = size[row] ?? 0;
    const married = (marriedIn[own] ?? Infinity) < Infinity;
    const isSingle = (rowOf[own] ?? -1) >= 0;
    let left = before;
    const perSet = married ? Math.min(before, maxMerged) : 1;
    condemned[name] += before * each * setRisk(equivocation, perSet);
    // Married identities stay as they are: a marriage cannot be undone.
    const best = strategies[name].best.kind === 'split' ? 1 : 0;
    if (left > 0 && (again[own] ?? 0) > 0 && split[row] !== best && !married) {
      const moved = isSingle ? Math.min(left, again[own] ?? 0) : left;
      if (isSingle) for (let i = 0; i < moved; i++) redone.push({ name, owner: -1, units: each });
      else redone.push({ name, owner: own, units: moved * each });
      left -= moved;
    }
    count[row] = left;
    if (isSingle) alike[own] = left;
    units[name] += left * each;
  }
  for (const { name, owner: own, units: moved } of redone) {
    const { best } = strategies[name];
    units[name] +=
      own < 0
        ? addSmesher({ population, assumptions, random }, name, best, moved)
        : addStorage({ population, assumptions, random }, own, best, moved);
  }
  for (const name of classNames) grow(population, context, name, units[name]);
  return condemned;
}

/** Chance that at least one of a married set equivocates, which makes all of them malicious. */
export const setRisk = (chance: number, identities: number): number =>
  -Math.expm1(identities * Math.log1p(-chance));

/** New storage of a class: with newcomers, and with smeshers that are there. */
function grow(
  population: Population,
  { assumptions, strategies, random }: EpochContext,
  name: ClassName,
  units: number,
): void {
  const { growth, newcomers, followsCheapest, medianUnits, driveUnits } = assumptions.classes[name];
  const choice = strategies[name];
  // No smesher adds storage that loses money.
  let added = choice.best.profitUsdPerUnit > 0 ? units * growth : 0;
  const pick = () => (random.uniform() < followsCheapest ? choice.best : choice.large);
  let fresh = added * newcomers;
  const usualUnits = Math.max(medianUnits, assumptions.minUnits);
  if (!(fresh < usualUnits * maxRows)) throw tooLarge();
  // The last one comes with the probability that keeps the mean.
  while (random.uniform() < fresh / usualUnits) {
    const drawn = addSmesher({ population, assumptions, random }, name, pick());
    fresh -= drawn;
    added -= drawn;
  }
  // In pieces of a drive, or a hundredth of all.
  const piece = Math.max(driveUnits, added / 100);
  const code = classNames.indexOf(name);
  const { owners } = population;
  for (let tries = 0; added >= piece && tries < 10_000; tries++) {
    const own = Math.floor(random.uniform() * owners.length);
    if (owners.column('alike')[own] === 0 || owners.column('class')[own] !== code) continue;
    added -= addStorage({ population, assumptions, random }, own, pick(), piece);
  }
}
