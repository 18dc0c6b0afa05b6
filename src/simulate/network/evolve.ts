/** From one epoch to the next: smeshers leave, marry, equivocate, set up anew and add storage. */
import { maxMerged } from '../fleet';
import type { Random } from '../random';
import { classNames, type ClassName, type PerClass } from './assumptions';
import { addSmesher, addStorage, maxRows, tooLarge, type Population } from './population';
import type { EpochContext } from './types';

/** Returns the units of each class that equivocation has just cost. */
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
  // Owners of each row that set up anew.
  const anew = new Float64Array(owners.length);
  for (let own = 0; own < owners.length; own++) {
    const before = alike[own] ?? 0;
    const name = classNames[classOf[own] ?? 0] ?? 'home';
    const { leaving, reinitialise } = classes[name];
    // Who loses money leaves three times as fast.
    const leaves = strategies[name].best.profitUsdPerUnit < 0 ? 3 * leaving : leaving;
    const left = before - random.binomial(before, leaves);
    alike[own] = left;
    const row = rowOf[own] ?? -1;
    if (row >= 0) count[row] = left;
    anew[own] = random.binomial(left, reinitialise);
    // A single identity has nobody to marry.
    if (merge && row < 0 && marriedIn[own] === Infinity) {
      const share = merge.adoption[name] * Math.min(1, ramp);
      if ((caution[own] ?? 1) < share) marriedIn[own] = index;
    }
  }
  const units = { home: 0, semi: 0, industrial: 0 };
  const lost = { home: 0, semi: 0, industrial: 0 };
  const redone: { readonly name: ClassName; readonly owner: number; readonly units: number }[] = [];
  const rows = holdings.length;
  for (let row = 0; row < rows; row++) {
    const own = owner[row] ?? 0;
    const before = alike[own] === 0 ? 0 : (count[row] ?? 0);
    const name = classNames[classOf[own] ?? 0] ?? 'home';
    const each = size[row] ?? 0;
    const married = (marriedIn[own] ?? Infinity) < Infinity;
    const isSingle = (rowOf[own] ?? -1) >= 0;
    let left = before - equivocators(before, married, equivocation, random);
    lost[name] += (before - left) * each;
    // Married identities stay as they are: a marriage cannot be undone.
    const best = strategies[name].best.kind === 'split' ? 1 : 0;
    if (left > 0 && (anew[own] ?? 0) > 0 && split[row] !== best && !married) {
      const moved = isSingle ? Math.min(left, anew[own] ?? 0) : left;
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
        ? addSmesher(population, assumptions, name, best, random, moved)
        : addStorage(population, assumptions, own, moved, best, random);
  }
  for (const name of classNames) grow(population, context, name, units[name]);
  return lost;
}

/** Identities that are lost for good. One married identity that equivocates takes its whole set along. */
function equivocators(
  identities: number,
  married: boolean,
  chance: number,
  random: Random,
): number {
  if (!married) return random.binomial(identities, chance);
  const perSet = Math.min(identities, maxMerged);
  const sets = Math.ceil(identities / maxMerged);
  return Math.min(identities, perSet * random.binomial(sets, setRisk(chance, perSet)));
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
  // Nobody adds storage that loses money.
  let added = choice.best.profitUsdPerUnit > 0 ? units * growth : 0;
  const pick = () => (random.uniform() < followsCheapest ? choice.best : choice.large);
  let fresh = added * newcomers;
  const usualUnits = Math.max(medianUnits, assumptions.minUnits);
  if (!(fresh < usualUnits * maxRows)) throw tooLarge();
  // The last one comes with the probability that keeps the mean.
  while (random.uniform() < fresh / usualUnits) {
    const drawn = addSmesher(population, assumptions, name, pick(), random);
    fresh -= drawn;
    added -= drawn;
  }
  // In pieces of a drive, or a hundredth of the whole.
  const piece = Math.max(driveUnits, added / 100);
  const code = classNames.indexOf(name);
  const { owners } = population;
  for (let tries = 0; added >= piece && tries < 10_000; tries++) {
    const own = Math.floor(random.uniform() * owners.length);
    if (owners.column('alike')[own] === 0 || owners.column('class')[own] !== code) continue;
    added -= addStorage(population, assumptions, own, piece, pick(), random);
  }
}
