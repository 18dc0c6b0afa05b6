/**
 * What a node has to receive, check and keep in an epoch. Sizes are counted from the wire formats of
 * go-spacemesh (activation/wire, common/types/ballot.go and proposal.go, SCALE with compact integers).
 */
import { mainnetPost } from '../../protocol/units';
import type { Assumptions } from './assumptions';

const idBytes = 32;
const signatureBytes = 64;
const coinbaseBytes = 24;
const layerBytes = 4;
const vrfBytes = 80;
const objectIdBytes = 20;

/**
 * One PoST: nonce, k2pow, and K2 packed indices of floor(log2(labels)) + 1 bits with their length
 * (post-rs src/compression.rs).
 */
export const proofBytes = (numUnits: number, labels: number): number =>
  12 + Math.ceil((labels * (labelBits + 32 - Math.clz32(numUnits))) / 8);

const labelBits = Math.log2(mainnetPost.labelsPerUnit);

/** Path from a leaf to the root of the PoET's membership tree. */
const membershipBytes = (members: number): number =>
  1 + idBytes * Math.ceil(Math.log2(Math.max(2, members))) + 4;

/**
 * An ATX (ActivationTxV1) without its PoST: epoch, sequence, units and option flags in about 16 bytes, two ATX
 * ids, coinbase, membership, the challenge with its length and LabelsPerUnit, smesher, signature.
 */
export const soloAtxBytes = (members: number): number =>
  16 +
  2 * idBytes +
  coinbaseBytes +
  membershipBytes(members) +
  (idBytes + 10) +
  idBytes +
  signatureBytes;

/** A merged ATX (ActivationTxV2) without its PoSTs; those that stay merged share a previous ATX. */
export const mergedAtxBytes = (members: number): number =>
  16 + 3 * idBytes + coinbaseBytes + idBytes + membershipBytes(members) + idBytes + signatureBytes;

/** What a PoST takes beside itself in a merged ATX: marriage index, previous ATX, leaf, units. */
export const mergedProofBytes = 2 + 1 + 4 + 2;

/** A ballot with its votes for a few recent layers and `eligibilities` VRF proofs. */
const ballotBytes = (eligibilities: number): number =>
  layerBytes +
  idBytes +
  idBytes +
  objectIdBytes +
  1 +
  signatureBytes +
  idBytes +
  // Base ballot and a vote for one block: its id, layer and height.
  (objectIdBytes + 4 + objectIdBytes + layerBytes + 8) +
  eligibilities * (vrfBytes + 2);

/** What a proposal adds to its ballot: transaction ids, mesh hash, signature. */
const proposalExtraBytes = (transactions: number): number =>
  transactions * idBytes + idBytes + signatureBytes;

/** Layers in which `slots` slots fall, on average: slots of one layer share a ballot (miner/proposal_builder.go). */
export const distinctLayers = (slots: number, layersPerEpoch: number): number =>
  slots <= 1 ? slots : -layersPerEpoch * Math.expm1(slots * Math.log1p(-1 / layersPerEpoch));

/**
 * Slots as the node counts them, in doubles: exact while the product stays below 2^53, where no quotient is so
 * close to the next whole number that it would be rounded up to it.
 */
export const slotsOf = (weight: number, totalWeight: number, slotsPerEpoch: number): number =>
  Math.floor((weight * slotsPerEpoch) / totalWeight);

/** Sums of one epoch, from which the load follows. */
export interface LoadInput {
  readonly atxs: number;
  readonly atxBytes: number;
  readonly posts: number;
  readonly slots: number;
  readonly ballots: number;
}

export interface Load {
  readonly ballotsPerLayer: number;
  readonly gossipBytes: number;
  readonly gossipBytesPerS: number;
  readonly validationCpuS: number;
  /** Cores that validation keeps busy, averaged over the epoch. */
  readonly validationCores: number;
  readonly stateGrowthBytes: number;
}

export function epochLoad(
  { atxs, atxBytes, posts, slots, ballots }: LoadInput,
  assumptions: Assumptions,
): Load {
  const { layersPerEpoch, layerS } = assumptions;
  const epochS = layersPerEpoch * layerS;
  const votesBytes = ballots * ballotBytes(0) + slots * (ballotBytes(1) - ballotBytes(0));
  const proposalsBytes = votesBytes + ballots * proposalExtraBytes(assumptions.txsPerProposal);
  const gossipBytes =
    assumptions.gossipCopies * (atxBytes + proposalsBytes) +
    layersPerEpoch * assumptions.baseGossipBytesPerLayer;
  const validationCpuS = posts * assumptions.verifyPostS + ballots * assumptions.verifyBallotS;
  return {
    ballotsPerLayer: ballots / layersPerEpoch,
    gossipBytes,
    gossipBytesPerS: gossipBytes / epochS,
    validationCpuS,
    validationCores: validationCpuS / epochS,
    stateGrowthBytes:
      atxBytes +
      atxs * assumptions.atxRowBytes +
      votesBytes +
      ballots * (assumptions.ballotRowBytes + assumptions.rewardRowBytes),
  };
}

export interface Limit {
  readonly name: 'atxs' | 'ballots' | 'bandwidth' | 'cpu' | 'state';
  readonly title: string;
  readonly unit: string;
  readonly value: number;
  readonly limit: number;
  readonly exceeded: boolean;
}

/** The load against what a home node bears, and what the node's own formats allow. */
export function homeLimits(load: Load, atxs: number, assumptions: Assumptions): Limit[] {
  const against = (
    name: Limit['name'],
    title: string,
    unit: string,
    value: number,
    limit: number,
  ): Limit => ({ name, title, unit, value, limit, exceeded: value > limit });
  return [
    against('atxs', 'ATXs of an epoch', 'ATXs', atxs, assumptions.maxAtxs),
    // Six deviations of a Poisson count must fit: go-spacemesh common/types/block.go reasons the same way.
    against(
      'ballots',
      'Ballots of the busiest layer',
      'ballots',
      load.ballotsPerLayer + 6 * Math.sqrt(load.ballotsPerLayer),
      assumptions.maxBallotsPerLayer,
    ),
    against(
      'bandwidth',
      'Gossip',
      'bytes/s',
      load.gossipBytesPerS,
      assumptions.homeBandwidthBytesPerS,
    ),
    against('cpu', 'Validation', 'cores', load.validationCores, assumptions.homeCpuShare),
    against(
      'state',
      'Growth of state.sql an epoch',
      'bytes',
      load.stateGrowthBytes,
      assumptions.homeStateBytesPerEpoch,
    ),
  ];
}
