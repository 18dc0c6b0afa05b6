/**
 * Work and weight of an allocation for each number of identities and nonces, under the rules of today, of ATX Merge and
 * of the new PoST.
 */
import { mainnetPost } from '../../protocol/units';
import { labelQuality, type NewPostRules } from '../proving/newpost';
import type { ProvingModel } from '../proving/throughput';
import { allot, driveModel, work, type FleetInput } from './fleet';

/** Under which rules a frontier is drawn. */
export type FleetRules =
  | { readonly kind: 'today' }
  /** Same proofs and same cost; identities share ATXs. */
  | { readonly kind: 'merged' }
  | { readonly kind: 'new-post'; readonly newPost: NewPostRules };

/** What keeps a point from more weight; `nothing` where all of it is proved. */
export type FrontierBound = 'nothing' | 'nonces' | 'k2pow' | 'disk' | 'processor';

export interface WorkAndWeight {
  readonly identities: number;
  readonly nonces: number;
  /** Mean share of the storage that becomes weight. */
  readonly weightShare: number;
  readonly hashes: number;
  readonly cpuS: number;
  readonly cost: number;
  readonly atxs: number;
  /** cpuS divided by the weight it brings, in units. */
  readonly cpuSPerWeight: number;
  /** Passes over everything, with their k2pow, that fit into the gap. */
  readonly passesThatFit: number;
  readonly boundBy: FrontierBound;
}

export interface FrontierPoint extends WorkAndWeight {
  /** No other point has as much weight, but for one part in ten thousand, for less processor time. */
  readonly efficient: boolean;
}

/** Cost against weight for every number of identities and nonces; one point at a time, for a worker. */
export function* frontier(
  input: Omit<FleetInput, 'identities' | 'nonces'>,
  identities: readonly number[],
  nonces: readonly number[],
  rules: FleetRules = { kind: 'today' },
): Generator<number, FrontierPoint[]> {
  const minUnits = mainnetPost.minNumUnits;
  const points: WorkAndWeight[] = [];
  for (const count of identities) {
    // An identity below the minimum is not an answer, except for an allocation that is below it itself.
    if (input.numUnits / count < minUnits && count > 1) continue;
    for (const n of nonces) {
      points.push(workAndWeight({ ...input, identities: count, nonces: n }, rules));
      yield points.length;
    }
  }
  return points.map((point) => ({
    ...point,
    efficient: !points.some(
      (other) =>
        other !== point && other.weightShare >= point.weightShare - 1e-4 && other.cpuS < point.cpuS,
    ),
  }));
}

/** The work of one epoch and the weight that it brings, under given rules. */
export const workAndWeight = (input: FleetInput, rules: FleetRules): WorkAndWeight =>
  rules.kind === 'new-post' ? newPostPoint(input, rules.newPost) : todayPoint(input, rules.kind);

/** More than one proof in a thousand is missed: there is a reason to name. */
const missed = 0.001;

/**
 * What to change for more weight: with no time for one pass over everything, what takes the most of it; else the
 * nonces, since it is the failed passes that there is no time to repeat.
 */
function boundOf(
  { powMeanS, passS, scanBytesPerS }: ProvingModel,
  diskBytesPerS: number,
  passesThatFit: number,
  weightShare: number,
): FrontierBound {
  if (weightShare >= 1 - missed) return 'nothing';
  if (passesThatFit >= 1) return 'nonces';
  if (powMeanS > passS) return 'k2pow';
  return scanBytesPerS < diskBytesPerS ? 'processor' : 'disk';
}

const passesIn = ({ availableS }: ProvingModel, onceS: number): number =>
  onceS > 0 ? Math.floor(availableS / onceS) : Infinity;

function todayPoint(input: FleetInput, kind: 'today' | 'merged'): WorkAndWeight {
  const allotment = allot(input);
  const { model, fullest } = allotment;
  const { provedShare, hashes, cpuS, cost, atxs, mergedAtxs } = work(input, allotment);
  const passesThatFit = passesIn(model, fullest * (model.powMeanS + model.passS));
  return {
    passesThatFit,
    boundBy: boundOf(model, input.diskBytesPerS, passesThatFit, provedShare),
    identities: input.identities,
    nonces: input.nonces,
    weightShare: provedShare,
    hashes,
    cpuS,
    cost,
    atxs: kind === 'merged' ? mergedAtxs : atxs,
    cpuSPerWeight: cpuS / (provedShare * input.numUnits),
  };
}

/** One complete pass over everything always brings a proof; only its weight depends on the nonces. */
function newPostPoint(input: FleetInput, rules: NewPostRules): WorkAndWeight {
  const { identities, nonces, numUnits } = input;
  const drives = Math.min(input.drives, identities);
  const model = driveModel(input, numUnits / identities, drives);
  const hashes = identities * model.groups * rules.hashesPerGroup;
  const scanS = (identities * model.dataBytes) / (model.scanBytesPerS * drives);
  const powS = hashes / input.hashesPerS;
  const readS = Math.ceil(identities / drives) * model.passS;
  const wallS = powS + readS;
  const quality = labelQuality(rules, numUnits / identities, nonces);
  const weightShare = wallS <= model.availableS ? quality.mean : 0;
  const cpuS = input.threads * (powS + scanS);
  const passesThatFit = passesIn(model, wallS);
  return {
    passesThatFit,
    boundBy: boundOf(
      { ...model, powMeanS: powS, passS: readS },
      input.diskBytesPerS,
      passesThatFit,
      weightShare,
    ),
    identities,
    nonces,
    weightShare,
    hashes,
    cpuS,
    cost: (cpuS / 3600) * (input.pricePerThreadH ?? 0),
    atxs: identities,
    cpuSPerWeight: cpuS / (weightShare * numUnits),
  };
}
