/**
 * The beacons of epochs by majority: what the verified ballots of an epoch are drawn with, weighed as the node does that
 * learns a beacon from ballots (go-spacemesh v1.7.6 beacon/beacon.go recordBeacon, findMajorityBeacon).
 */
import { equalBytes, toHex } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import type { BallotEvidence } from './ballot-evidence';
import type { Outcome } from './types';

export interface EpochBeacon {
  readonly epoch: number;
  /** In the table beacons. */
  readonly stored: Uint8Array | undefined;
  /** Of more than half of the weight; undefined if no beacon has that. */
  readonly majority: Uint8Array | undefined;
  /** Weight of the leading beacon, from 0 to 1. */
  readonly share: number;
  /** Slots of the ballots that were counted. */
  readonly slots: number;
  /** Whether the table has the beacon of the majority. */
  readonly outcome: Outcome;
}

interface Votes {
  readonly stored: Uint8Array | undefined;
  /** By beacon in hex. In 2^-56 units of weight. */
  readonly weights: Map<string, { readonly beacon: Uint8Array; readonly weight: bigint }>;
  slots: number;
}

const fractionBits = 56n;

/** Adds up ballots. Memory: the beacons of each epoch. */
export class BeaconTally {
  readonly #epochs = new Map<number, Votes>();

  /** Counts a ballot that was verified; one whose ATX or first ballot is missing does not count. */
  add(epoch: number, { ballot, reference, atx, beacon: stored }: BallotEvidence): void {
    const data = reference instanceof WorkbenchError ? undefined : reference?.epochData;
    if (!data || !atx || data.eligibilityCount === 0) return;
    const votes: Votes = this.#epochs.get(epoch) ?? { stored, weights: new Map(), slots: 0 };
    this.#epochs.set(epoch, votes);
    const slots = ballot.eligibilities.length;
    const perSlot = (atx.weight << fractionBits) / BigInt(data.eligibilityCount);
    const key = toHex(data.beacon);
    const weight = (votes.weights.get(key)?.weight ?? 0n) + perSlot * BigInt(slots);
    votes.weights.set(key, { beacon: data.beacon, weight });
    votes.slots += slots;
  }

  /** By epoch. */
  get beacons(): EpochBeacon[] {
    return [...this.#epochs].sort(([a], [b]) => a - b).map(([epoch, votes]) => judge(epoch, votes));
  }
}

function judge(epoch: number, { stored, weights, slots }: Votes): EpochBeacon {
  const [leading] = [...weights.values()].sort((a, b) => (a.weight < b.weight ? 1 : -1));
  const total = [...weights.values()].reduce((sum, { weight }) => sum + weight, 0n);
  const majority = leading && leading.weight * 2n > total ? leading.beacon : undefined;
  return {
    epoch,
    stored,
    majority,
    share: leading && total > 0n ? Number(leading.weight) / Number(total) : 0,
    slots,
    outcome: outcomeOf(stored, majority),
  };
}

function outcomeOf(stored: Uint8Array | undefined, majority: Uint8Array | undefined): Outcome {
  if (!stored || !majority) return 'inconclusive';
  return equalBytes(stored, majority) ? 'pass' : 'fail';
}
