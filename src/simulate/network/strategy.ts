/**
 * How a smesher sets up storage so that it earns most: the entire comparison, not only its winner.
 * One machine is taken as the unit, since a large smesher has many alike. Large: one identity over all its
 * drives joined. Split: equal identities, each on one drive, few nonces, failed ones tried again. For each the
 * best number of nonces is taken; profit = reward × weight − processor time − cost of running identities.
 */
import { workAndWeight, type FleetRules } from '../farm/frontier';
import type { Assumptions, ClassName } from './assumptions';

export interface StrategyOption {
  readonly kind: 'large' | 'split';
  /** Identities of one machine, or of the entire allocation if it is smaller. */
  readonly identities: number;
  readonly unitsPerIdentity: number;
  readonly nonces: number;
  /** Weight that one unit of storage becomes, on average. */
  readonly weightShare: number;
  /** Per unit of storage and epoch. */
  readonly hashesPerUnit: number;
  readonly cpuSPerUnit: number;
  /** Of `cpuSPerUnit`: k2pow, and the scan. */
  readonly powCpuSPerUnit: number;
  readonly scanCpuSPerUnit: number;
  /** Passes over everything, with their k2pow, that fit into the cycle gap. */
  readonly passesThatFit: number;
  readonly cpuUsdPerUnit: number;
  readonly identitiesUsdPerUnit: number;
  readonly rewardUsdPerUnit: number;
  readonly profitUsdPerUnit: number;
  /** cpuUsd + identitiesUsd for one unit of weight. */
  readonly usdPerWeight: number;
}

export interface StrategyChoice {
  readonly large: StrategyOption;
  readonly split: StrategyOption;
  readonly best: StrategyOption;
  /** The large one and every split, each with its best number of nonces. */
  readonly options: readonly StrategyOption[];
  /**
   * Between these rewards of one unit the nonces of `best` pay best for its identities, at the same prices of processor
   * time. Only the ratio counts: twice the price of processor time is as half the reward.
   */
  readonly noncesHold: RewardRange;
}

export interface RewardRange {
  readonly lowUsdPerUnit: number;
  /** Absent where no reward is too high: more nonces would not prove more. */
  readonly highUsdPerUnit?: number;
}

const noncesTried = [16, 32, 48, 64, 96, 128, 192, 288, 576] as const;
/** Sizes of a split identity, as multiples of the smallest allocation. */
const splitSizes = [1, 2, 4, 8, 16] as const;

/** An option before the reward is known: what does not change from epoch to epoch. */
type Work = Omit<StrategyOption, 'rewardUsdPerUnit' | 'profitUsdPerUnit'>;

export interface StrategyRequest {
  readonly rules: FleetRules;
  /** What one unit of weight earns in an epoch. */
  readonly rewardUsdPerUnit: number;
  /** Storage of the smesher; by default the class's median. */
  readonly units?: number | undefined;
}

/** Weighs the options of a class. */
export const chooseStrategy = (
  assumptions: Assumptions,
  className: ClassName,
  { rules, rewardUsdPerUnit, units }: StrategyRequest,
): StrategyChoice =>
  pickStrategy(strategyWork(assumptions, className, rules, units), rewardUsdPerUnit);

/** Work and weight of every option: for each way to split, one entry for each number of nonces. */
export function strategyWork(
  assumptions: Assumptions,
  className: ClassName,
  rules: FleetRules,
  units: number = assumptions.classes[className].medianUnits,
): readonly (readonly Work[])[] {
  const own = assumptions.classes[className];
  const { minUnits } = assumptions;
  const machineUnits = Math.max(
    minUnits,
    Math.min(Math.floor(units), own.driveUnits * own.drivesPerServer),
  );
  const drives = Math.max(1, Math.ceil(machineUnits / own.driveUnits));
  const evaluate = (kind: 'large' | 'split', identities: number): readonly Work[] =>
    noncesTried.map((nonces): Work => {
      const joined = kind === 'large';
      const { weightShare, hashes, cpuS, passesThatFit } = workAndWeight(
        {
          numUnits: machineUnits,
          identities,
          nonces,
          drives: joined ? 1 : drives,
          diskBytesPerS: own.diskBytesPerS * (joined ? drives : 1),
          threads: Math.max(1, own.threads),
          scan: { bytesPerSPerThread: own.scanBytesPerS },
          hashesPerS: own.threads * own.hashesPerThread,
          gapS: assumptions.gapS,
        },
        rules,
      );
      const powCpuSPerUnit = Math.min(
        cpuS / machineUnits,
        hashes / own.hashesPerThread / machineUnits || 0,
      );
      const cpuUsdPerUnit = ((cpuS / 3600) * assumptions.threadHUsd) / machineUnits;
      const identitiesUsdPerUnit = (identities * own.identityUsd) / machineUnits;
      return {
        kind,
        identities,
        unitsPerIdentity: machineUnits / identities,
        nonces,
        weightShare,
        hashesPerUnit: hashes / machineUnits,
        cpuSPerUnit: cpuS / machineUnits,
        powCpuSPerUnit,
        scanCpuSPerUnit: Math.max(0, cpuS / machineUnits - powCpuSPerUnit),
        passesThatFit,
        cpuUsdPerUnit,
        identitiesUsdPerUnit,
        usdPerWeight:
          weightShare > 0 ? (cpuUsdPerUnit + identitiesUsdPerUnit) / weightShare : Infinity,
      };
    });
  const splits = splitSizes
    .map((factor) => Math.floor(machineUnits / (factor * minUnits)))
    .filter((identities) => identities > 1);
  return [evaluate('large', 1), ...splits.map((identities) => evaluate('split', identities))];
}

/** What pays best at a reward. @param work of `strategyWork` */
export function pickStrategy(
  work: readonly (readonly Work[])[],
  rewardUsdPerUnit: number,
): StrategyChoice {
  const options = work.map((byNonces) =>
    mostProfitable(
      byNonces.map((option): StrategyOption => {
        const reward = rewardUsdPerUnit * option.weightShare;
        return {
          ...option,
          rewardUsdPerUnit: reward,
          profitUsdPerUnit: reward - option.cpuUsdPerUnit - option.identitiesUsdPerUnit,
        };
      }),
    ),
  );
  const best = mostProfitable(options);
  const [large = best, ...splits] = options;
  return {
    ...{ large, split: splits.length > 0 ? mostProfitable(splits) : large, best, options },
    noncesHold: rewardRange(work[options.indexOf(best)] ?? [], best),
  };
}

/** Where reward × weight − processor time of one option is not below that of any other number of nonces. */
function rewardRange(byNonces: readonly Work[], best: StrategyOption): RewardRange {
  let [lowUsdPerUnit, highUsdPerUnit] = [0, Infinity];
  for (const { weightShare, cpuUsdPerUnit } of byNonces) {
    const moreWeight = best.weightShare - weightShare;
    const evenUsdPerUnit = (best.cpuUsdPerUnit - cpuUsdPerUnit) / moreWeight;
    if (moreWeight > 0) lowUsdPerUnit = Math.max(lowUsdPerUnit, evenUsdPerUnit);
    else if (moreWeight < 0) highUsdPerUnit = Math.min(highUsdPerUnit, evenUsdPerUnit);
  }
  return { lowUsdPerUnit, ...(Number.isFinite(highUsdPerUnit) && { highUsdPerUnit }) };
}

function mostProfitable(options: readonly StrategyOption[]): StrategyOption {
  const best = options.reduce<StrategyOption | undefined>(
    (most, option) => (most && most.profitUsdPerUnit >= option.profitUsdPerUnit ? most : option),
    undefined,
  );
  if (!best) throw new RangeError('no option to choose from');
  return best;
}
