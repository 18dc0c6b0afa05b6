/** Ballots made by hand: changed copies of real ones, signed and with VRF proofs by the keys of the small network. */
import { readFileSync } from 'node:fs';
import { hex } from '@scure/base';
import { ballotSignedBytes, decodeBallot, type Ballot, type Vote } from '../../src/protocol/ballot';
import { concatBytes, type Bytes } from '../../src/base/bytes';
import { eligibleLayer, proposalVrfMessage } from '../../src/protocol/eligibility';
import { encodeCompact } from '../../src/protocol/scale';
import { signWithSeed } from '../../src/protocol/signing';
import { proveVrf } from '../../src/protocol/vrf';

/** The seed of the smesher of node A. */
export const seedOfA = new Uint8Array(
  hex.decode(
    readFileSync('test/data/node/keys/A_supervised/local.key', 'utf8').trim().slice(0, 64),
  ),
);

const compact = (value: number | bigint): Bytes => encodeCompact(BigInt(value));
const list = (parts: readonly Uint8Array[]): Bytes => concatBytes(compact(parts.length), ...parts);
const vote = ({ block, layer, tickHeight }: Vote): Bytes =>
  concatBytes(block, compact(layer), compact(tickHeight));

/** The bytes of a ballot; its id and message hash are not among them. */
export function encodeBallot(ballot: Ballot): Bytes {
  const { epochData, votes } = ballot;
  return concatBytes(
    compact(ballot.layer),
    ballot.atx,
    ballot.opinionHash,
    ballot.refBallot,
    epochData
      ? concatBytes(
          Uint8Array.of(1),
          epochData.activeSetHash,
          epochData.beacon,
          compact(epochData.eligibilityCount),
        )
      : Uint8Array.of(0),
    ballot.signature,
    ballot.smesher,
    votes.base,
    list(votes.support.map(vote)),
    list(votes.against.map(vote)),
    list(votes.abstain.map(compact)),
    list(
      ballot.eligibilities.map(({ slot, vrfSignature }) =>
        concatBytes(compact(slot), vrfSignature),
      ),
    ),
    list(ballot.activeSet),
  );
}

/** A ballot with its id, hash and signature as they must be after a change. */
export function signBallot(ballot: Ballot, seed: Uint8Array, genesisId: Uint8Array): Ballot {
  const hashed = decodeBallot(encodeBallot(ballot));
  const signature = signWithSeed(seed, genesisId, 'ballot', ballotSignedBytes(hashed));
  return { ...hashed, signature };
}

/** The slots of an epoch by their layer, with their proofs. */
export function drawSlots(
  seed: Uint8Array,
  draw: { readonly beacon: Uint8Array; readonly epoch: number; readonly vrfNonce: bigint },
  slots: number,
  layersPerEpoch: number,
): Map<number, { slot: number; vrfSignature: Bytes }[]> {
  const byLayer = new Map<number, { slot: number; vrfSignature: Bytes }[]>();
  for (let slot = 0; slot < slots; slot++) {
    const vrfSignature = proveVrf(seed, proposalVrfMessage({ ...draw, slot }));
    const layer = eligibleLayer(vrfSignature, draw.epoch, layersPerEpoch);
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), { slot, vrfSignature }]);
  }
  return byLayer;
}
