/**
 * What an allocation earns: share of the weight, slots, and the spread that chance puts on a reward.
 *
 * A layer's subsidy is shared among its proposals by the weight of their ballots, and a ballot weighs
 * ATX weight / slots (go-spacemesh tortoise and blocks). In the mean that is the share of the weight; the
 * spread comes from how many others fall into the same layer.
 */
import { eligibleSlots, mainnetEligibility } from '../../protocol/eligibility';
import {
  effectiveGenesisLayer,
  firstLayerOf,
  mainnetTiming,
  type NetworkTiming,
} from '../../protocol/epochs';
import { subsidyBetween } from '../../protocol/issuance';
import { poissonPmf } from '../probability/distributions';
import { invalid, nonNegative, positive, whole } from '../inputs';

/** The subsidy of one epoch, in smidge; none before the effective genesis. */
export function epochIssuance(epoch: number, timing: NetworkTiming = mainnetTiming): bigint {
  const first = firstLayerOf(timing, whole(epoch, 'epoch', 0, 1_000_000));
  const genesis = effectiveGenesisLayer(timing);
  const from = Math.max(0, first - genesis);
  const to = Math.max(0, first + timing.layersPerEpoch - genesis);
  return subsidyBetween(from, to);
}

export interface RewardInput {
  /** Own identities, each by its effective units. */
  readonly units: readonly number[];
  /** How many there are of each entry; 1 when absent. */
  readonly counts?: readonly number[] | undefined;
  /** PoET ticks of the epoch; the same for all when absent (1), for only the ratio counts. */
  readonly ticks?: number | undefined;
  /** Units of the entire network, own included. */
  readonly totalUnits: number;
  /** Identities with an ATX, own included: they decide how many ballots a layer has. */
  readonly totalIdentities: number;
  readonly epoch: number;
  /** How many epochs to add up, from `epoch` on. */
  readonly epochs?: number | undefined;
  /** Probability that a proof is made in time; 1 when absent. */
  readonly provedProbability?: number | undefined;
  /** Yearly growth of the network's units, as a factor; 1 when absent. */
  readonly yearlyGrowth?: number | undefined;
  readonly timing?: NetworkTiming | undefined;
  readonly committeeSize?: number | undefined;
  readonly minWeight?: number | undefined;
}

interface EpochReward {
  readonly epoch: number;
  readonly issuanceSmidge: bigint;
  readonly share: number;
  readonly slots: number;
  /** Mean and standard deviation, in smidge (as numbers: they are estimates). */
  readonly meanSmidge: number;
  readonly deviationSmidge: number;
}

export interface RewardPlan {
  readonly epochs: readonly EpochReward[];
  readonly meanSmidge: number;
  readonly deviationSmidge: number;
}

/** Expected rewards with their spread, epoch by epoch. @throws WorkbenchError `input-not-valid` */
export function rewardPlan(input: RewardInput): RewardPlan {
  const { timing = mainnetTiming, yearlyGrowth = 1, epochs: count = 26 } = input;
  positive(yearlyGrowth, 'yearlyGrowth');
  whole(count, 'epochs', 1, 10_000);
  for (const count of input.counts ?? []) whole(count, 'counts', 1, 2 ** 32 - 1);
  const own = input.units.reduce(
    (sum, units, i) => sum + positive(units, 'units') * (input.counts?.[i] ?? 1),
    0,
  );
  if (!(input.totalUnits >= own))
    throw invalid('totalUnits', `at least the own ${own} units`, input.totalUnits);
  const perYear = (365.25 * 86_400_000) / (timing.layerMs * timing.layersPerEpoch);
  const epochs = Array.from({ length: count }, (_, i): EpochReward => {
    const growth = yearlyGrowth ** (i / perYear);
    return epochReward(
      input,
      timing,
      input.epoch + i,
      own + (input.totalUnits - own) * growth,
      own,
    );
  });
  // A missed proof costs one epoch, not its neighbours, and layers are drawn again: epochs are independent.
  return {
    epochs,
    meanSmidge: epochs.reduce((sum, { meanSmidge }) => sum + meanSmidge, 0),
    deviationSmidge: Math.hypot(...epochs.map(({ deviationSmidge }) => deviationSmidge)),
  };
}

function epochReward(
  input: RewardInput,
  timing: NetworkTiming,
  epoch: number,
  totalUnits: number,
  own: number,
): EpochReward {
  const { committeeSize = mainnetEligibility.committeeSize } = input;
  const proved = nonNegative(input.provedProbability ?? 1, 'provedProbability');
  if (proved > 1) throw invalid('provedProbability', 'at most 1', proved);
  const ticks = input.ticks ?? 1;
  const issuanceSmidge = epochIssuance(epoch, timing);
  const perLayer = Number(issuanceSmidge) / timing.layersPerEpoch;
  const share = own / totalUnits;
  let slots = 0;
  let variance = 0;
  const ownIdentities = input.units.reduce((sum, _, i) => sum + (input.counts?.[i] ?? 1), 0);
  for (const [i, units] of input.units.entries()) {
    const count = input.counts?.[i] ?? 1;
    const ownSlots = eligibleSlots({
      weight: Math.floor(units * ticks),
      minWeight: Math.floor(input.minWeight ?? 0),
      totalWeight: Math.max(1, Math.floor(totalUnits * ticks)),
      committeeSize,
      layersPerEpoch: timing.layersPerEpoch,
    });
    slots += count * ownSlots;
    // Others' ballots of a layer, and their mean weight, from what is left of the network.
    const ballots = Math.max(
      input.totalIdentities - ownIdentities,
      (1 - share) * committeeSize * timing.layersPerEpoch,
      0,
    );
    const spread = slotSpread(
      units / ownSlots,
      ballots > 0 ? (totalUnits - own) / ballots : 0,
      ballots / timing.layersPerEpoch,
    );
    const mean = ((units / totalUnits) * Number(issuanceSmidge)) / ownSlots;
    variance +=
      count * proved * ownSlots * Math.min(spread.relativeVariance * mean * mean, mean * perLayer);
    // Each identity makes its proof, or misses it, by itself.
    variance += count * proved * (1 - proved) * (ownSlots * mean) ** 2;
  }
  const mean = share * Number(issuanceSmidge);
  return {
    epoch,
    issuanceSmidge,
    share,
    slots,
    meanSmidge: proved * mean,
    deviationSmidge: Math.sqrt(variance),
  };
}

/**
 * The share of a layer that one ballot gets is w / (w + K v), with K ~ Poisson(others a layer) and v
 * their mean weight. Variance relative to the squared mean.
 */
export function slotSpread(
  weight: number,
  otherWeight: number,
  othersPerLayer: number,
): { readonly relativeVariance: number } {
  let mean = 0;
  let square = 0;
  const from = Math.max(0, Math.floor(othersPerLayer - 12 * Math.sqrt(othersPerLayer)));
  const to = Math.ceil(othersPerLayer + 12 * Math.sqrt(othersPerLayer) + 30);
  for (let others = from; others <= to; others++) {
    const part = weight / (weight + others * otherWeight);
    const probability = poissonPmf(others, othersPerLayer);
    mean += probability * part;
    square += probability * part * part;
  }
  return { relativeVariance: Math.max(0, square / (mean * mean) - 1) };
}
