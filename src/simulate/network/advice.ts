/**
 * "Should I merge, split or wait?" for a user's own identities: work, risk, slots and the spread of the
 * reward of each way, and which the announcement's reasoning favours.
 */
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { maxMerged } from '../farm/fleet';
import { positive, whole } from '../inputs';
import { rewardPlan } from '../rewards/rewards';
import { eligibleSlots, mainnetEligibility } from '../../protocol/eligibility';
import { readAssumptions, type ClassName } from './assumptions';
import { setRisk } from './evolve';
import { chooseStrategy, type StrategyChoice } from './strategy';

export interface NetworkAdviceInput {
  /** Units of each own identity. */
  readonly units: readonly number[];
  /** The network, own included. */
  readonly totalUnits: number;
  readonly totalIdentities: number;
  readonly epoch: number;
  /** Epochs to look ahead; 26, a year, when absent. */
  readonly epochs?: number | undefined;
  /** Whose hardware the work is calculated with; by size when absent. */
  readonly className?: ClassName | undefined;
  readonly assumptions?: Readonly<Record<string, number>> | undefined;
}

export interface AdviceOption {
  readonly kind: 'wait' | 'merge' | 'split';
  readonly identities: number;
  readonly atxs: number;
  /** Slots, and so ballots, of one epoch. */
  readonly slots: number;
  /** Over all the epochs. */
  readonly rewardSmh: number;
  readonly rewardDeviationSmh: number;
  /** Processor time of an epoch, in seconds. */
  readonly cpuS: number;
  /** Chance that at least one identity is lost permanently within the time, and that all are. */
  readonly loseSome: number;
  readonly loseAll: number;
  /** Units expected to be lost within the time. */
  readonly lostUnits: number;
  readonly needs: readonly string[];
}

export interface NetworkAdvice {
  readonly favours: AdviceOption['kind'];
  readonly reason: string;
  readonly options: readonly AdviceOption[];
  /** The arithmetic behind the work. */
  readonly strategy: StrategyChoice;
}

/** @throws WorkbenchError `input-not-valid`, `identity-too-small` */
export function advise(input: NetworkAdviceInput): NetworkAdvice {
  const { units, totalUnits, totalIdentities, epoch } = input;
  const epochs = whole(input.epochs ?? 26, 'epochs', 1, 10_000);
  const own = units.reduce((sum, size) => sum + positive(size, 'units'), 0);
  positive(own, 'units');
  const assumptions = readAssumptions(input.assumptions);
  const tooSmall = units.find((size) => size < assumptions.minUnits);
  if (tooSmall !== undefined)
    throw new WorkbenchError(
      'identity-too-small',
      `An identity of ${tooSmall} SU is below the network's minimum of ${assumptions.minUnits} SU and cannot publish an ATX. Enter identities of at least ${assumptions.minUnits} SU, or change “Smallest allocation” under Assumptions for another network.`,
      { units: tooSmall, minUnits: assumptions.minUnits },
    );
  const className = input.className ?? (own >= 5000 ? 'industrial' : own >= 300 ? 'semi' : 'home');
  const reward = (atxs: Sizes) =>
    rewardPlan({
      units: [...atxs.keys()],
      counts: [...atxs.values()],
      ...{ totalUnits, totalIdentities, epoch, epochs },
    });
  const now = reward(sizesOf(units));
  const perUnitUsd = (now.meanSmidge / epochs / 1e9 / own) * assumptions.smhUsd;
  const strategy = chooseStrategy(assumptions, className, {
    rules: { kind: 'today' },
    rewardUsdPerUnit: perUnitUsd,
    units: own,
  });
  const merged = mergeAll(units);
  const splitSize = Math.max(assumptions.minUnits, Math.round(strategy.split.unitsPerIdentity));
  const parts = Math.max(1, Math.floor(own / splitSize));
  const splitSizes: Sizes = new Map([[own / parts, parts]]);
  const chance = assumptions.equivocation;
  const over = (perEpoch: number): number => 1 - (1 - perEpoch) ** epochs;
  const alone = (identities: number) => ({
    loseSome: over(setRisk(chance, identities)),
    loseAll: over(chance) ** identities,
    lostUnits: own * over(chance),
  });
  const sets = Array.from({ length: merged.length }, (_, i) =>
    Math.min(maxMerged, units.length - i * maxMerged),
  );
  const slotsOfAtx = (size: number): number =>
    eligibleSlots({
      ...mainnetEligibility,
      minWeight: assumptions.minWeight,
      weight: Math.floor(size * assumptions.ticks),
      totalWeight: Math.max(1, Math.floor(totalUnits * assumptions.ticks)),
    });
  const slots = (atxs: Sizes): number =>
    [...atxs].reduce((sum, [size, count]) => sum + count * slotsOfAtx(size), 0);
  const smh = (plan: typeof now) => ({
    rewardSmh: plan.meanSmidge / 1e9,
    rewardDeviationSmh: plan.deviationSmidge / 1e9,
  });
  // The data stays as it is, and so does the work: the same PoSTs, in fewer ATXs.
  const cpuNow = own * (units.length > 1 ? strategy.split : strategy.large).cpuSPerUnit;
  const wait: AdviceOption = {
    kind: 'wait',
    identities: units.length,
    atxs: units.length,
    slots: slots(sizesOf(units)),
    ...smh(now),
    cpuS: cpuNow,
    ...alone(units.length),
    needs: [],
  };
  const merge: AdviceOption = {
    kind: 'merge',
    identities: units.length,
    atxs: merged.length,
    slots: slots(sizesOf(merged)),
    ...smh(reward(sizesOf(merged))),
    cpuS: cpuNow,
    loseSome: 1 - sets.reduce((kept, size) => kept * (1 - over(setRisk(chance, size))), 1),
    loseAll: sets.reduce((all, size) => all * over(setRisk(chance, size)), 1),
    lostUnits: merged.reduce((sum, size, i) => sum + size * over(setRisk(chance, sets[i] ?? 1)), 0),
    needs: [
      'A marriage, announced two epochs ahead; it cannot be undone.',
      'All keys on one node, and no copy of any of them running elsewhere.',
    ],
  };
  const split: AdviceOption = {
    kind: 'split',
    identities: parts,
    atxs: parts,
    slots: slots(splitSizes),
    ...smh(reward(splitSizes)),
    cpuS: own * strategy.split.cpuSPerUnit,
    ...alone(parts),
    needs: [
      'All data initialised again: PoST data belongs to its node ID.',
      'A post-service and a key for each identity.',
    ],
  };
  const options = { wait, merge, split };
  return {
    ...judge(options, { own, epochs, splitSize: own / parts }),
    options: Object.values(options),
    strategy,
  };
}

/** How many ATXs there are of each size: a large smesher has thousands alike, and they are calculated once. */
type Sizes = ReadonlyMap<number, number>;

function sizesOf(units: readonly number[]): Sizes {
  const sizes = new Map<number, number>();
  for (const size of units) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  return sizes;
}

/** ATXs of up to 256 identities each. */
function mergeAll(units: readonly number[]): number[] {
  const merged: number[] = [];
  for (let i = 0; i < units.length; i += maxMerged)
    merged.push(units.slice(i, i + maxMerged).reduce((sum, size) => sum + size, 0));
  return merged;
}

/** "A handful" that the announcement advises not to merge. */
const handful = 8;

function judge(
  { wait, merge, split }: Readonly<Record<AdviceOption['kind'], AdviceOption>>,
  { own, epochs, splitSize }: { own: number; epochs: number; splitSize: number },
): Pick<NetworkAdvice, 'favours' | 'reason'> {
  const { identities } = wait;
  const risk = `Over ${epochs} epochs ${amount(merge.lostUnits)} SU are expected to be lost to equivocation instead of ${amount(wait.lostUnits)}`;
  if (identities === 1) {
    const saved = wait.cpuS - split.cpuS;
    const work =
      split.identities === 1
        ? 'It is too small to be split.'
        : `Split into ${split.identities} of ${amount(splitSize)} SU it would take ${time(split.cpuS)} of one thread per epoch instead of ${time(wait.cpuS)}${saved > 0 ? '' : ', so it saves nothing'}, and all ${amount(own)} SU would have to be initialised again. It loads every node, and no longer pays under the new PoST.`;
    return { favours: 'wait', reason: `One identity has nothing to merge. ${work}` };
  }
  if (identities <= handful)
    return {
      favours: 'wait',
      reason: `Merging brings you nothing: the reward and the work stay the same. The announcement advises against it for a handful of identities: an error can cost all of them, and the network gains little, here ${counted(wait.atxs - merge.atxs, 'ATX', 'ATXs')} per epoch. ${risk}.`,
    };
  return {
    favours: 'merge',
    reason: `Merging brings you nothing today: the reward and the work stay the same. It relieves every node: ${counted(wait.atxs, 'ATX', 'ATXs')} become ${counted(merge.atxs, 'ATX', 'ATXs')} and ${counted(wait.slots, 'slot')} become ${counted(merge.slots, 'slot')}. Under the new PoST the work is then done once for all of them. The price is the shared risk: ${risk.charAt(0).toLowerCase()}${risk.slice(1)}.`,
  };
}

/** Whole numbers in full, the rest in three significant digits. */
const amount = (value: number): string =>
  (Number.isInteger(value) ? value : Number(value.toPrecision(3))).toLocaleString('en');
const time = (seconds: number): string =>
  seconds >= 3600
    ? `${amount(seconds / 3600)} h`
    : seconds >= 60
      ? `${amount(seconds / 60)} min`
      : `${amount(seconds)} s`;
