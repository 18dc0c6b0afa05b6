/**
 * Unlucky or broken? What chance leaves of a smesher's slots, exactly.
 *
 * The number of slots of an epoch is fixed by the weight (go-spacemesh proposals/util). Only the layers are random:
 * each slot falls into one of the epoch's layers with the same probability, by its VRF signature. Slots in one layer
 * share a ballot and a reward. A layer without any reward pays this smesher nothing either, and of the ballots of
 * all other smeshers a known share is included. So the rewarded layers of an honest node are the paid layers that its
 * slots hit (an occupancy distribution), each kept with that share.
 */
import { invalid, whole } from '../inputs';

export interface LuckEpoch {
  /** Slots that the weight gives. */
  readonly slots: number;
  /** Layers of the epoch. */
  readonly layers: number;
  /** Layers of it in which a smesher was paid. */
  readonly paidLayers: number;
  /** Layers in which this smesher was paid. */
  readonly paid: number;
  /** Share of the ballots due that the network includes, from 0 to 1. */
  readonly inclusion: number;
}

export interface Luck {
  /** Mean number of rewarded layers of a node without faults. */
  readonly expectedPaid: number;
  readonly paid: number;
  /** Probability that a node without faults is rewarded in as few layers or fewer. */
  readonly pValue: number;
  readonly outcome: 'unlucky-or-fine' | 'broken';
}

/** One alarm in a hundred is false, for each look at a node. */
export const alarmBelow = 0.01;
/** Beyond this the exact distribution takes seconds; no identity of mainnet has more. */
const mostSlots = 20_000;

/** P(k layers are rewarded), k = 0 … slots. @throws WorkbenchError `input-not-valid` */
export function rewardedLayers(epoch: Omit<LuckEpoch, 'paid'>): Float64Array<ArrayBuffer> {
  const { slots, layers, paidLayers, inclusion } = epoch;
  whole(slots, 'slots', 0, mostSlots);
  whole(layers, 'layers', 1, 2 ** 32);
  whole(paidLayers, 'paidLayers', 0, layers);
  if (!(inclusion >= 0 && inclusion <= 1))
    throw invalid('inclusion', 'a share from 0 to 1', inclusion);
  // A layer whose ballot is left out is as good as one without a block: thin the layers by the share, one by one.
  const hit = new Float64Array(slots + 1);
  hit[0] = 1;
  let most = 0;
  for (let slot = 0; slot < slots; slot++) {
    for (let k = most; k >= 0; k--) {
      const chance = hit[k] ?? 0;
      const fresh = (chance * Math.max(0, paidLayers - k)) / layers;
      hit[k + 1] = (hit[k + 1] ?? 0) + fresh;
      hit[k] = chance - fresh;
    }
    most = Math.min(most + 1, paidLayers);
  }
  if (inclusion === 1) return hit;
  const kept = new Float64Array(slots + 1);
  for (let k = 0; k <= slots; k++) {
    const chance = hit[k] ?? 0;
    if (chance < 1e-18) continue;
    for (const [at, share] of binomial(k, inclusion).entries())
      kept[at] = (kept[at] ?? 0) + chance * share;
  }
  return kept;
}

/** P(Binomial(n, p) = k), k = 0 … n, from the most probable outwards so that nothing underflows. */
function binomial(n: number, p: number): Float64Array<ArrayBuffer> {
  const pmf = new Float64Array(n + 1);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  pmf[mode] = 1;
  let sum = 1;
  for (let k = mode; k < n; k++) {
    const next = ((pmf[k] ?? 0) * (n - k) * p) / ((k + 1) * (1 - p));
    if (!(next > 1e-20)) break;
    sum += pmf[k + 1] = next;
  }
  for (let k = mode; k > 0; k--) {
    const next = ((pmf[k] ?? 0) * k * (1 - p)) / ((n - k + 1) * p);
    if (!(next > 1e-20)) break;
    sum += pmf[k - 1] = next;
  }
  return pmf.map((value) => value / sum);
}

/** All epochs together, exactly: their distributions convolved. */
export function luck(epochs: readonly LuckEpoch[]): Luck {
  let sum = Float64Array.of(1);
  let expectedPaid = 0;
  let paid = 0;
  for (const epoch of epochs) {
    const pmf = rewardedLayers(epoch);
    expectedPaid += pmf.reduce((mean, chance, k) => mean + k * chance, 0);
    paid += epoch.paid;
    const next = new Float64Array(sum.length + pmf.length - 1);
    for (const [i, x] of sum.entries())
      if (x > 1e-18)
        for (const [j, y] of pmf.entries()) if (y > 0) next[i + j] = (next[i + j] ?? 0) + x * y;
    sum = next;
  }
  const pValue = Math.min(
    1,
    sum.subarray(0, paid + 1).reduce((total, chance) => total + chance, 0),
  );
  return {
    ...{ expectedPaid, paid, pValue },
    outcome: pValue < alarmBelow ? 'broken' : 'unlucky-or-fine',
  };
}
