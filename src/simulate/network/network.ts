/**
 * The network, epoch by epoch: which smeshers exist and how they are set up, what they publish, what every node
 * has to carry, and who earns what. "Reducing Network Load"; section 7 of the simulator's formulas.
 *
 * ATXs of an epoch count in the next; the epochs here are target epochs, with the ATXs that count in them.
 */
import { invalid, nonNegative, whole } from '../inputs';
import { newPostDefaults } from '../proving/newpost';
import { Random } from '../probability/random';
import { epochIssuance } from '../rewards/rewards';
import type { FleetRules } from '../farm/frontier';
import { account } from './account';
import {
  classNames,
  forClasses,
  readAssumptions,
  type Assumptions,
  type PerClass,
} from './assumptions';
import { evolve } from './evolve';
import { drawPopulation, readPopulation, type RealIdentities } from './population';
import { pickStrategy, strategyWork, type StrategyChoice } from './strategy';
import type { EpochContext, Measures, NetworkEpoch, NetworkInput, NetworkRun } from './types';

/** The complete run in one call; `simulateNetwork` yields in between. @throws WorkbenchError `input-not-valid` */
export function network(input: NetworkInput): NetworkRun {
  const steps = simulateNetwork(input);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Yields the fraction that is done, twice per epoch, so that a worker can report and stop: tens of milliseconds
 * apart with a million different identities.
 */
export function* simulateNetwork(input: NetworkInput): Generator<number, NetworkRun> {
  const count = whole(input.epochs, 'epochs', 1, 10_000);
  const seed = input.seed ?? 1;
  const firstEpoch = whole(input.firstEpoch ?? 60, 'firstEpoch', 2, 100_000);
  const assumptions = readAssumptions(input.assumptions);
  const measures = input.measures ?? {};
  checkMeasures(measures);
  // A stream for each purpose and epoch: scenarios with the same seed differ by their measures, not by their draws.
  const stream = (purpose: number): Random => new Random(seed ^ Math.imul(purpose, 0x85eb_ca6b));
  const random = stream(0);
  const chooser = new Chooser(assumptions);
  const startTotal = startUnits(assumptions, input.identities);
  const start = chooser.choose({ kind: 'today' }, usdPerUnit(assumptions, firstEpoch, startTotal));
  const population = input.identities
    ? readPopulation(input.identities, start, random)
    : drawPopulation(assumptions, start, random);
  yield 0;
  const epochs: NetworkEpoch[] = [];
  let stateBytes = assumptions.stateStartBytes;
  let units = startTotal;
  for (let i = 0; i < count; i++) {
    const { newPost } = measures;
    const rules: FleetRules =
      newPost && i >= newPost.fromEpoch
        ? { kind: 'new-post', newPost: newPost.rules ?? newPostDefaults }
        : { kind: 'today' };
    const strategies = chooser.choose(rules, usdPerUnit(assumptions, firstEpoch + i, units));
    const context: EpochContext = {
      index: i,
      epoch: firstEpoch + i,
      assumptions,
      measures,
      rules,
      strategies,
      random: stream(2 * i + 1),
    };
    const condemned = i > 0 ? evolve(population, context) : forClasses(() => 0);
    yield (i + 0.5) / count;
    const drawing = { ...context, random: stream(2 * i + 2) };
    const epoch = account(population, drawing, stateBytes, condemned);
    ({ stateBytes, units } = epoch);
    epochs.push(epoch);
    yield (i + 1) / count;
  }
  return { epochs, assumptions, seed };
}

/** Remembers the work under each kind of rules: it takes a while and does not change during a run. */
class Chooser {
  readonly #assumptions: Assumptions;
  readonly #known = new Map<FleetRules['kind'], PerClass<ReturnType<typeof strategyWork>>>();

  constructor(assumptions: Assumptions) {
    this.#assumptions = assumptions;
  }

  choose(rules: FleetRules, rewardUsdPerUnit: number): PerClass<StrategyChoice> {
    let work = this.#known.get(rules.kind);
    if (!work) {
      work = forClasses((name) => strategyWork(this.#assumptions, name, rules));
      this.#known.set(rules.kind, work);
    }
    const known = work;
    return forClasses((name) => pickStrategy(known[name], rewardUsdPerUnit));
  }
}

const usdPerUnit = ({ smhUsd }: Assumptions, epoch: number, units: number): number =>
  ((Number(epochIssuance(epoch)) / 1e9) * smhUsd) / Math.max(1, units);

function startUnits(assumptions: Assumptions, real: RealIdentities | undefined): number {
  if (!real)
    return classNames.reduce((sum, name) => {
      const { smeshers, medianUnits, sizeSpread } = assumptions.classes[name];
      return sum + smeshers * medianUnits * Math.exp(sizeSpread ** 2 / 2);
    }, 0);
  let sum = 0;
  for (let i = 0; i < real.units.length; i++) sum += (real.units[i] ?? 0) * (real.counts?.[i] ?? 1);
  return sum;
}

function checkMeasures({ merge, newPost, everyOtherEpoch, minimum, noGuarantee }: Measures): void {
  for (const measure of [merge, newPost, everyOtherEpoch, minimum, noGuarantee])
    if (measure) whole(measure.fromEpoch, 'fromEpoch of a measure', 0, 1_000_000);
  for (const name of classNames) {
    const share = merge?.adoption[name] ?? 0;
    if (!(share >= 0 && share <= 1))
      throw invalid(`measures.merge.adoption.${name}`, 'a share from 0 to 1', share);
  }
  nonNegative(minimum?.units ?? 0, 'measures.minimum.units');
}
