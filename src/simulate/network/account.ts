/** One epoch's accounts: what is published, who is eligible, what it weighs on the nodes, who earns what. */
import { mainnetPost } from '../../protocol/units';
import { maxMerged } from '../farm/fleet';
import type { FleetRules } from '../farm/frontier';
import { labelQuality, proofLabels } from '../proving/newpost';
import type { Random } from '../probability/random';
import { epochIssuance, slotSpread } from '../rewards/rewards';
import { classNames, forClasses, type PerClass } from './assumptions';
import {
  distinctLayers,
  epochLoad,
  homeLimits,
  mergedAtxBytes,
  mergedProofBytes,
  proofBytes,
  slotsOf,
  soloAtxBytes,
} from './load';
import type { Population } from './population';
import type { ClassEpoch, EpochContext, NetworkEpoch } from './types';

/** A marriage is announced in an ATX two epochs before the first merged one (activation/handler_v2.go). */
const mergeDelay = 2;

/** Sums of a class. */
interface Tally {
  smeshers: number;
  identities: number;
  units: number;
  splitUnits: number;
  mergedIdentities: number;
  /** Identities that made their proof. */
  proven: number;
  atxs: number;
  weight: number;
  slots: number;
  /** Weight of the ATXs that have slots. */
  eligible: number;
}

const newTally = (): Tally => ({
  smeshers: 0,
  identities: 0,
  units: 0,
  splitUnits: 0,
  mergedIdentities: 0,
  proven: 0,
  atxs: 0,
  weight: 0,
  slots: 0,
  eligible: 0,
});

/** ATXs that are alike: `weight` is of each; `turn` states which half goes first when halves take turns. */
class AtxGroups {
  readonly classOf: Uint8Array;
  readonly atxs: Float64Array;
  readonly weight: Float64Array;
  readonly turn: Float64Array;
  length = 0;

  constructor(capacity: number) {
    this.classOf = new Uint8Array(capacity);
    this.atxs = new Float64Array(capacity);
    this.weight = new Float64Array(capacity);
    this.turn = new Float64Array(capacity);
  }

  push(code: number, atxs: number, weight: number, turn: number): void {
    const at = this.length++;
    this.classOf[at] = code;
    this.atxs[at] = atxs;
    this.weight[at] = weight;
    this.turn[at] = turn;
  }
}

/** What was published. */
interface Published {
  readonly groups: AtxGroups;
  soloAtxs: number;
  mergedAtxs: number;
  atxBytes: number;
  posts: number;
  proofLabels: number;
}

type Tallies = PerClass<Tally>;

/** @param condemnedUnits expected to be condemned for equivocation in this epoch */
export function account(
  population: Population,
  context: EpochContext,
  stateBytes: number,
  condemnedUnits: PerClass<number>,
): NetworkEpoch {
  const { epoch, assumptions, strategies, random } = context;
  const tallies = forClasses(newTally);
  const published = publish(population, context, tallies);
  const { soloAtxs, mergedAtxs, atxBytes, posts } = published;
  const totalWeight = classNames.reduce((sum, name) => sum + tallies[name].weight, 0);
  const { eligibleAtxs, slots, ballots } = seat(published.groups, context, tallies, totalWeight);
  const load = epochLoad(
    { atxs: soloAtxs + mergedAtxs, atxBytes, posts, slots, ballots },
    assumptions,
  );
  const issuanceSmidge = Number(epochIssuance(epoch));
  const totalEligible = classNames.reduce((sum, name) => sum + tallies[name].eligible, 0);
  const perWeight = totalEligible > 0 ? issuanceSmidge / totalEligible : 0;
  const classes = forClasses((name): ClassEpoch => {
    const tally = tallies[name];
    const rewardSmidge = tally.eligible * perWeight;
    const rewardPerUnitSmidge = tally.units > 0 ? rewardSmidge / tally.units : 0;
    const deviation = rewardDeviation(tally, tally.smeshers, ballots, totalEligible, context);
    return {
      smeshers: tally.smeshers,
      identities: tally.identities,
      units: tally.units,
      splitUnits: tally.splitUnits,
      mergedIdentities: tally.mergedIdentities,
      atxs: tally.atxs,
      weight: tally.weight,
      rewardSmidge,
      rewardPerUnitSmidge,
      rewardDeviation: deviation,
      identityDeviation: rewardDeviation(tally, tally.identities, ballots, totalEligible, context),
      sampleRewardPerUnitSmidge: drawReward(rewardPerUnitSmidge, deviation, random),
      condemnedUnits: condemnedUnits[name],
    };
  });
  const newStateBytes = stateBytes + load.stateGrowthBytes;
  return {
    epoch,
    classes,
    units: sumOver(classes, 'units'),
    identities: sumOver(classes, 'identities'),
    soloAtxs,
    mergedAtxs,
    atxs: soloAtxs + mergedAtxs,
    posts,
    proofLabels: published.proofLabels,
    eligibleAtxs,
    slots,
    ballots,
    load,
    limits: homeLimits(load, soloAtxs + mergedAtxs, assumptions),
    stateBytes: newStateBytes,
    totalWeight,
    issuanceSmidge,
    rewardedSmidge: sumOver(classes, 'rewardSmidge'),
    strategies,
  };
}

function publish(
  { owners, holdings }: Population,
  { index, assumptions, measures, rules, random }: EpochContext,
  tallies: Tallies,
): Published {
  const groups = new AtxGroups(holdings.length + owners.length);
  const sum: Published = {
    groups,
    soloAtxs: 0,
    mergedAtxs: 0,
    atxBytes: 0,
    posts: 0,
    proofLabels: 0,
  };
  const classOf = owners.column('class');
  const marriedIn = owners.column('marriedIn');
  const alike = owners.column('alike');
  const [owner, size] = [holdings.column('owner'), holdings.column('size')];
  const [count, proves] = [holdings.column('count'), holdings.column('proves')];
  const split = holdings.column('split');
  const isNew = rules.kind === 'new-post';
  const minimum =
    measures.minimum && index >= measures.minimum.fromEpoch ? measures.minimum.units : 0;
  const mergedProofs = new Float64Array(owners.length);
  const mergedUnits = new Float64Array(owners.length);
  // Members of the PoET's tree: every identity is a leaf.
  let members = 0;
  for (let row = 0; row < holdings.length; row++) members += count[row] ?? 0;
  const soloBytes = soloAtxBytes(members);
  const mergedBytes = mergedAtxBytes(members);
  for (let row = 0; row < holdings.length; row++) {
    const identities = count[row] ?? 0;
    if (identities === 0) continue;
    const own = owner[row] ?? 0;
    const units = size[row] ?? 0;
    const code = classOf[own] ?? 0;
    const tally = tallies[classNames[code] ?? 'home'];
    tally.identities += identities;
    tally.units += identities * units;
    if (split[row] === 1) tally.splitUnits += identities * units;
    // Under the new PoST every pass brings a proof.
    const proofs = isNew ? identities : random.binomial(identities, proves[row] ?? 1);
    tally.proven += proofs;
    if (index >= (marriedIn[own] ?? Infinity) + mergeDelay) {
      tally.mergedIdentities += identities;
      mergedProofs[own] = (mergedProofs[own] ?? 0) + proofs;
      mergedUnits[own] = (mergedUnits[own] ?? 0) + proofs * units;
    } else if (units >= minimum) {
      // Under the new PoST, too, in the mean.
      const weight = units * assumptions.ticks;
      const labels = labelsOf(rules, units);
      groups.push(code, proofs, weight, own);
      tally.atxs += proofs;
      tally.weight += proofs * weight;
      sum.soloAtxs += proofs;
      sum.posts += proofs;
      sum.proofLabels += proofs * labels;
      sum.atxBytes += proofs * (soloBytes + proofBytes(units, labels));
    }
  }
  // Consolidated work: one proof over everything that an ATX merges.
  const joined = isNew && assumptions.consolidateProofs > 0;
  for (let own = 0; own < owners.length; own++) {
    const code = classOf[own] ?? 0;
    const tally = tallies[classNames[code] ?? 'home'];
    tally.smeshers += alike[own] ?? 0;
    const identities = mergedProofs[own] ?? 0;
    const atxs = Math.ceil(identities / maxMerged);
    const perAtx = (mergedUnits[own] ?? 0) / atxs;
    if (identities === 0 || perAtx < minimum) continue;
    const proofs = joined ? atxs : identities;
    const perProof = joined ? perAtx : (mergedUnits[own] ?? 0) / identities;
    const labels = labelsOf(rules, perProof);
    const weight = perAtx * assumptions.ticks;
    groups.push(code, atxs, weight, own);
    tally.atxs += atxs;
    tally.weight += atxs * weight;
    sum.mergedAtxs += atxs;
    sum.posts += proofs;
    sum.proofLabels += proofs * labels;
    sum.atxBytes += atxs * mergedBytes + proofs * (mergedProofBytes + proofBytes(perProof, labels));
  }
  return sum;
}

/** Deals out the slots as the node does, or as an emergency measure would have it. */
function seat(
  groups: AtxGroups,
  { index, epoch, assumptions, measures, random }: EpochContext,
  tallies: Tallies,
  totalWeight: number,
): { readonly eligibleAtxs: number; readonly slots: number; readonly ballots: number } {
  const slotsPerEpoch = assumptions.committeeSize * assumptions.layersPerEpoch;
  const basis = Math.max(assumptions.minWeight, totalWeight);
  const everyOther = isOn(measures.everyOtherEpoch, index);
  const guarantee = !isOn(measures.noGuarantee, index);
  const lottery = measures.noGuarantee?.below === 'lottery';
  const { classOf, atxs, weight: weights, turn } = groups;
  const sum = { eligibleAtxs: 0, slots: 0, ballots: 0 };
  for (let row = 0; row < groups.length; row++) {
    let weight = weights[row] ?? 0;
    let seated = atxs[row] ?? 0;
    // Halves take turns; an odd one goes by its number, so that over two epochs all have had theirs.
    if (everyOther) seated = Math.floor((seated + (((turn[row] ?? 0) + epoch) % 2)) / 2);
    let each = slotsOf(weight, basis, slotsPerEpoch);
    if (each === 0) {
      each = 1;
      if (!guarantee) {
        seated = lottery ? random.binomial(seated, (weight * slotsPerEpoch) / basis) : 0;
        // One that wins represents all that were in it, so that the mean share stays.
        weight = basis / slotsPerEpoch;
      }
    }
    const tally = tallies[classNames[classOf[row] ?? 0] ?? 'home'];
    tally.slots += seated * each;
    tally.eligible += seated * weight;
    sum.eligibleAtxs += seated;
    sum.slots += seated * each;
    sum.ballots += seated * distinctLayers(each, assumptions.layersPerEpoch);
  }
  return sum;
}

/** A draw with the right mean and deviation that is never below zero: gamma, or all or nothing where it is wide. */
function drawReward(mean: number, deviation: number, random: Random): number {
  const shape = 1 / deviation ** 2;
  if (shape === Infinity) return mean;
  if (shape < 1)
    return random.uniform() < 1 / (1 + deviation ** 2) ? mean * (1 + deviation ** 2) : 0;
  return (mean * random.gamma(shape)) / shape;
}

/**
 * Spread of one epoch's reward: layers drawn, proofs missed, turns, label quality.
 * @param holders among how many the class is divided: its smeshers, or its identities for that of one identity
 */
function rewardDeviation(
  { slots, eligible, units, identities, proven }: Tally,
  holders: number,
  ballots: number,
  totalEligible: number,
  { index, assumptions, measures, rules }: EpochContext,
): number {
  if (eligible === 0) return 0;
  const { relativeVariance } = slotSpread(
    eligible / slots,
    totalEligible / ballots,
    ballots / assumptions.layersPerEpoch,
  );
  const ownSlots = Math.max(1, slots / holders);
  const ownIdentities = Math.max(1, identities / holders);
  // A proof is made with the chance p, and what it brings then has a relative variance of (1 − p) / p.
  const missed = (identities / proven - 1) / ownIdentities;
  const labels = weightDeviation(rules, units / identities) ** 2 / ownIdentities;
  // Twice or nothing has a relative variance of 1; many identities take turns and even it out.
  const turns = isOn(measures.everyOtherEpoch, index) ? 1 / ownIdentities : 0;
  return Math.sqrt(relativeVariance / ownSlots + missed + labels + turns);
}

/** Labels of one proof. */
const labelsOf = (rules: FleetRules, units: number): number =>
  rules.kind === 'new-post' ? proofLabels(rules.newPost, units) : mainnetPost.k2;

/** Relative deviation of one epoch's weight; its mean is 1, for it is measured against that of the usual nonces. */
const weightDeviation = (rules: FleetRules, units: number): number =>
  rules.kind === 'new-post'
    ? labelQuality(rules.newPost, units, rules.newPost.referenceNonces).deviation
    : 0;

const isOn = (
  measure: { readonly fromEpoch: number; readonly untilEpoch?: number | undefined } | undefined,
  index: number,
): boolean =>
  measure !== undefined && index >= measure.fromEpoch && index < (measure.untilEpoch ?? Infinity);

const sumOver = (classes: PerClass<ClassEpoch>, key: keyof ClassEpoch): number =>
  classNames.reduce((sum, name) => sum + classes[name][key], 0);
