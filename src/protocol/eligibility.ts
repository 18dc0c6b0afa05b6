/** Eligibility as the node draws it: the number of slots, their layers, and the messages that VRF proofs are for. */
import { concatBytes, type Bytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';
import { encodeCompact } from './scale';

/** What a network's config states about eligibility. */
export interface EligibilityRules {
  readonly layersPerEpoch: number;
  /** `layer-average-size`: proposals expected in a layer. */
  readonly committeeSize: number;
  /** `minimal-active-set-weight` in force. */
  readonly minWeight: bigint;
}

export interface EligibilityInput {
  /** Weight of the ATX: effective units × PoET ticks. */
  readonly weight: bigint | number;
  /** `minimal-active-set-weight` of the epoch (1 000 000 on mainnet). */
  readonly minWeight: bigint | number;
  /** Sum of the weights of the epoch's active set. */
  readonly totalWeight: bigint | number;
  /** Proposals expected in a layer (50 on mainnet). */
  readonly committeeSize: number;
  readonly layersPerEpoch: number;
}

/** go-spacemesh config/mainnet.go. */
export const mainnetEligibility = {
  committeeSize: 50,
  layersPerEpoch: 4032,
  minWeight: 1_000_000,
} as const;

/**
 * Rules of a network of which no more is known than its layers per epoch: mainnet's. The minimal weight is left out for other
 * networks: a small one never reaches it, and then each weight would be one slot.
 */
export const eligibilityFor = (layersPerEpoch: number): EligibilityRules => ({
  committeeSize: mainnetEligibility.committeeSize,
  minWeight:
    layersPerEpoch === mainnetEligibility.layersPerEpoch
      ? BigInt(mainnetEligibility.minWeight)
      : 0n,
  layersPerEpoch,
});

/**
 * Slots of one ATX as the node rounds: floor(weight × committee × layers / max(min, total)), at least
 * one. The node multiplies in uint64 and narrows to uint32, and so does this.
 * @throws WorkbenchError `total-weight-zero` (the node's ErrZeroTotalWeight), `weight-not-valid`
 */
export function eligibleSlots(input: EligibilityInput): number {
  const weight = uint64(input.weight, 'weight');
  const minWeight = uint64(input.minWeight, 'minWeight');
  const totalWeight = uint64(input.totalWeight, 'totalWeight');
  const committeeSize = uint64(input.committeeSize, 'committeeSize');
  const layersPerEpoch = uint64(input.layersPerEpoch, 'layersPerEpoch');
  if (totalWeight === 0n)
    throw new WorkbenchError(
      'total-weight-zero',
      'The total weight of the epoch is zero, so no share can be computed. Give the sum of the weights of all ATXs.',
    );
  const product = BigInt.asUintN(64, weight * committeeSize * layersPerEpoch);
  const slots = product / (minWeight > totalWeight ? minWeight : totalWeight);
  return slots === 0n ? 1 : Number(BigInt.asUintN(32, slots));
}

/**
 * The layer that a slot falls into: the head of its VRF signature, as a number, modulo the epoch's layers
 * (proposals/util CalcEligibleLayer).
 */
export const eligibleLayer = (
  vrfSignature: Uint8Array,
  epoch: number,
  layersPerEpoch: number,
): number => {
  const view = new DataView(vrfSignature.buffer, vrfSignature.byteOffset);
  return epoch * layersPerEpoch + Number(view.getBigUint64(0, true) % BigInt(layersPerEpoch));
};

/** The first number of every VRF message, so that a proof for one purpose does not serve another (common/types/eligibility.go). */
const vrfPurposes = { hare: 2, proposal: 3 } as const;

const compact = (value: number | bigint): Bytes => encodeCompact(BigInt(value));

/**
 * The message of a slot's proof (proposals/util.go VrfMessage).
 * @param beacon of the epoch, 4 bytes
 * @param vrfNonce of the smesher's ATX
 */
export const proposalVrfMessage = (fields: {
  readonly beacon: Uint8Array;
  readonly epoch: number;
  readonly vrfNonce: bigint;
  readonly slot: number;
}): Bytes =>
  concatBytes(
    compact(vrfPurposes.proposal),
    fields.beacon,
    compact(fields.epoch),
    compact(fields.vrfNonce),
    compact(fields.slot),
  );

/** The message of a committee seat in a round of Hare (hare3/eligibility/oracle.go VrfMessage). @param beacon 4 bytes */
export const hareVrfMessage = (fields: {
  readonly beacon: Uint8Array;
  readonly layer: number;
  readonly round: number;
}): Bytes =>
  concatBytes(
    compact(vrfPurposes.hare),
    fields.beacon,
    compact(fields.round),
    compact(fields.layer),
  );

function uint64(value: bigint | number, what: string): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!isWhole || value < 0 || value >= 1n << 64n)
    throw new WorkbenchError(
      'weight-not-valid',
      `${what} must be a whole number from 0 to 2^64 − 1 (as a bigint beyond 2^53).`,
      { what, value: String(value) },
    );
  return BigInt(value);
}
