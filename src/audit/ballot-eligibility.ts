/**
 * Whether a ballot's smesher was eligible in its layer: what go-spacemesh proposals/eligibility_validator.go and
 * proposals/handler.go (v1.7.6) demand of a ballot, check by check, each as far as the evidence goes. The node checks
 * the number of slots and the active set only of ballots of the current epoch; here they are checked of all.
 */
import type { Ballot } from '../protocol/ballot';
import { equalBytes, isZero, toHex } from '../base/bytes';
import { counted } from '../base/counted';
import {
  eligibleLayer,
  eligibleSlots,
  proposalVrfMessage,
  type EligibilityRules,
} from '../protocol/eligibility';
import { WorkbenchError } from '../base/error';
import { verifyVrf } from '../protocol/vrf';
import type { JobOptions } from '../base/progress';
import type { BallotAtx, BallotEvidence, WeighedSet } from './ballot-evidence';
import { judged } from './check';
import type { Check, EligibilityCheckName, Outcome } from './types';

type Verdict = readonly [outcome: boolean | Outcome, explanation: string];

/** A proof takes about 4 ms: a thread that does this is free for its events every 30 ms. */
const proofsPerSlice = 8;

/** All checks of a ballot's eligibility, in slices of about 30 ms. @throws AbortError */
export async function checkEligibility(
  evidence: BallotEvidence,
  rules: EligibilityRules,
  { signal }: Pick<JobOptions, 'signal'> = {},
): Promise<Check[]> {
  const { ballot } = evidence;
  const epoch = Math.floor(ballot.layer / rules.layersPerEpoch);
  const check = (name: EligibilityCheckName, [outcome, explanation]: Verdict): Check =>
    judged(name, outcome, explanation);
  return [
    check('ballot-atx', ballotAtx(evidence, epoch)),
    check('reference-ballot', referenceBallot(evidence, rules.layersPerEpoch)),
    check('epoch-beacon', epochBeacon(evidence, epoch)),
    check('active-set', activeSet(evidence, epoch)),
    check('slot-count', slotCount(evidence, rules)),
    check('slot-numbers', slotNumbers(evidence)),
    check('slot-vrf', await slotVrf(evidence, epoch, signal)),
    check('slot-layers', slotLayers(ballot, epoch, rules.layersPerEpoch)),
  ];
}

/** The checks where the layers of an epoch are not known, so that a ballot has no epoch. */
export const unknownEligibility = (names: readonly EligibilityCheckName[]): Check[] =>
  names.map((name) =>
    judged(
      name,
      'inconclusive',
      'The number of layers per epoch of this network is not known. Give it with the network.',
    ),
  );

function ballotAtx({ ballot, atx }: BallotEvidence, epoch: number): Verdict {
  const id = toHex(ballot.atx);
  if (!atx) return ['inconclusive', `ATX ${id} is not in this database.`];
  if (!equalBytes(atx.smesher, ballot.smesher))
    return [
      false,
      `ATX ${id} belongs to smesher ${toHex(atx.smesher)}, but the ballot to ${toHex(ballot.smesher)}.`,
    ];
  if (atx.targetEpoch !== epoch)
    return [false, `ATX ${id} counts in epoch ${atx.targetEpoch}, but the ballot is of ${epoch}.`];
  return [true, `ATX ${id} belongs to the smesher and counts in epoch ${epoch}.`];
}

function referenceBallot({ ballot, reference }: BallotEvidence, layersPerEpoch: number): Verdict {
  const id = toHex(ballot.refBallot);
  const epochOf = ({ layer }: Ballot): number => Math.floor(layer / layersPerEpoch);
  if (isZero(ballot.refBallot)) {
    if (!ballot.epochData)
      return [false, 'It names no first ballot of the epoch and has no epoch data itself.'];
    if (isZero(ballot.epochData.beacon)) return [false, 'Its epoch data has no beacon.'];
    return [true, 'It is the first ballot of the epoch and has the epoch data.'];
  }
  if (ballot.epochData)
    return [false, `It has epoch data although it names ballot ${id} as the first of the epoch.`];
  if (!reference) return ['inconclusive', `Ballot ${id} is not in this database.`];
  if (reference instanceof WorkbenchError) return ['inconclusive', reference.message];
  if (!reference.epochData) return [false, `Ballot ${id} has no epoch data.`];
  if (!equalBytes(reference.atx, ballot.atx))
    return [false, `Ballot ${id} is of another ATX: ${toHex(reference.atx)}.`];
  if (!equalBytes(reference.smesher, ballot.smesher))
    return [false, `Ballot ${id} is of another smesher: ${toHex(reference.smesher)}.`];
  if (epochOf(reference) !== epochOf(ballot))
    return [false, `Ballot ${id} is of another epoch: ${epochOf(reference)}.`];
  return [true, `Ballot ${id} has the epoch data and the same smesher, ATX and epoch.`];
}

const epochDataOf = ({ reference }: BallotEvidence): Ballot['epochData'] =>
  reference instanceof WorkbenchError ? undefined : reference?.epochData;

/** Where the reference is missing. */
const noEpochData = 'The first ballot of the epoch, which states it, is not available.';

function epochBeacon(evidence: BallotEvidence, epoch: number): Verdict {
  const stated = epochDataOf(evidence)?.beacon;
  if (!stated) return ['inconclusive', noEpochData];
  if (!evidence.beacon)
    return [
      'inconclusive',
      `It is drawn with beacon ${toHex(stated)}. The table beacons of this database has none for epoch ${epoch}.`,
    ];
  return equalBytes(stated, evidence.beacon)
    ? [true, `Beacon ${toHex(stated)} is that of epoch ${epoch} in the table beacons.`]
    : [
        false,
        `It is drawn with beacon ${toHex(stated)}, but the table beacons has ${toHex(evidence.beacon)} for epoch ${epoch}.`,
      ];
}

function activeSet(evidence: BallotEvidence, epoch: number): Verdict {
  const stated = epochDataOf(evidence)?.activeSetHash;
  if (!stated) return ['inconclusive', noEpochData];
  const set = evidence.activeSet;
  const named = `The active set ${toHex(stated)}`;
  if (!set) return ['inconclusive', `${named} is not in this database: nodes delete old ones.`];
  if (set instanceof WorkbenchError) return [false, set.message];
  if (!equalBytes(set.hash, stated))
    return [false, `${named} has another hash when it is recomputed: ${toHex(set.hash)}.`];
  if (set.size === 0) return [false, `${named} is empty.`];
  if (!set.isSorted) return [false, `${named} is not sorted.`];
  if (set.epoch !== epoch)
    return [false, `${named} is of epoch ${set.epoch}, but the ballot of ${epoch}.`];
  const atxs = counted(set.size, 'ATX', 'ATXs');
  if (set.known !== set.size)
    return [
      'inconclusive',
      `${named} has ${atxs}; ${set.known} of them are in this database for epoch ${epoch}.`,
    ];
  return [true, `${named} has its hash and ${atxs} of a total weight of ${set.weight}.`];
}

/** A set whose weight the node would have summed up too. */
const completeSet = ({ activeSet: set }: BallotEvidence): WeighedSet | undefined =>
  set && !(set instanceof WorkbenchError) && set.size > 0 && set.known === set.size
    ? set
    : undefined;

/** The slots that the weights give; undefined where the database has not both of them. */
function slotsByWeight(evidence: BallotEvidence, rules: EligibilityRules): number | undefined {
  const set = completeSet(evidence);
  if (!evidence.atx || !set || set.weight <= 0n) return undefined;
  return eligibleSlots({ ...rules, weight: evidence.atx.weight, totalWeight: set.weight });
}

function slotCount(evidence: BallotEvidence, rules: EligibilityRules): Verdict {
  const stated = epochDataOf(evidence)?.eligibilityCount;
  if (stated === undefined) return ['inconclusive', noEpochData];
  const slots = slotsByWeight(evidence, rules);
  if (slots === undefined)
    return [
      'inconclusive',
      `It states ${counted(stated, 'slot')}. The weights that give the number are not complete in this database.`,
    ];
  const shares = `${evidence.atx?.weight} of ${completeSet(evidence)?.weight}`;
  return slots === stated
    ? [true, `A weight of ${shares} gives the ${counted(slots, 'slot')} that it states.`]
    : [
        false,
        `It states ${counted(stated, 'slot')}, but a weight of ${shares} gives ${slots}. If the network has another minimal active set weight or number of proposals per layer, set it.`,
      ];
}

function slotNumbers(evidence: BallotEvidence): Verdict {
  const slots = evidence.ballot.eligibilities.map(({ slot }) => slot);
  if (slots.length === 0) return [false, 'It uses no slot.'];
  const at = slots.findIndex((slot, i) => i > 0 && slot <= (slots[i - 1] ?? 0));
  if (at > 0)
    return [false, `Its slots do not rise: slot ${slots[at]} follows slot ${slots[at - 1]}.`];
  const count = epochDataOf(evidence)?.eligibilityCount;
  const list = slots.length > 8 ? counted(slots.length, 'slot') : `Slots ${slots.join(', ')}`;
  if (count === undefined) return ['inconclusive', `${list}: rising. ${noEpochData}`];
  const beyond = slots.find((slot) => slot >= count);
  return beyond === undefined
    ? [true, `${list}: rising, and below the ${count} that the smesher has in the epoch.`]
    : [false, `It uses slot ${beyond}, but the smesher has only ${count} in the epoch, from 0.`];
}

/** Why the proofs cannot be verified; or with what they are, and whether that is certain. */
function vrfInputs(evidence: BallotEvidence):
  | string
  | {
      readonly beacon: Uint8Array;
      readonly isStated: boolean;
      readonly vrfNonce: bigint;
    } {
  const { ballot, atx } = evidence;
  const stated = epochDataOf(evidence)?.beacon;
  const beacon = stated ?? evidence.beacon;
  if (!atx) return `ATX ${toHex(ballot.atx)}, which has the VRF nonce, is not in this database.`;
  if (atx.vrfNonce === undefined) return noNonce(atx);
  if (!beacon) return 'Neither the first ballot of the epoch nor the table beacons has the beacon.';
  return { beacon, isStated: stated !== undefined, vrfNonce: atx.vrfNonce };
}

const noNonce = ({ smesher }: BallotAtx): string =>
  `No ATX of smesher ${toHex(smesher)} in this database states a VRF nonce.`;

async function slotVrf(
  evidence: BallotEvidence,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const { smesher, eligibilities } = evidence.ballot;
  if (eligibilities.length === 0) return [false, 'It has no VRF proof.'];
  const inputs = vrfInputs(evidence);
  if (typeof inputs === 'string') return ['inconclusive', inputs];
  const { beacon, isStated, vrfNonce } = inputs;
  const given = `beacon ${toHex(beacon)} and VRF nonce ${vrfNonce}`;
  for (const [i, { slot, vrfSignature }] of eligibilities.entries()) {
    if (i > 0 && i % proofsPerSlice === 0) await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    const message = proposalVrfMessage({ beacon, epoch, vrfNonce, slot });
    if (verifyVrf(smesher, vrfSignature, message)) continue;
    return isStated
      ? [false, `The VRF proof of slot ${slot} is not valid for its smesher, ${given}.`]
      : [
          'inconclusive',
          `The VRF proof of slot ${slot} is not valid for ${given}, the beacon of the table. ${noEpochData}`,
        ];
  }
  const proofs = counted(eligibilities.length, 'VRF proof');
  return [true, `${proofs} verified with the key of its smesher, ${given}.`];
}

function slotLayers(ballot: Ballot, epoch: number, layersPerEpoch: number): Verdict {
  if (ballot.eligibilities.length === 0) return [false, 'It has no VRF proof.'];
  const other = ballot.eligibilities.find(
    ({ vrfSignature }) => eligibleLayer(vrfSignature, epoch, layersPerEpoch) !== ballot.layer,
  );
  if (!other) return [true, `The VRF proof of each slot gives layer ${ballot.layer}.`];
  const drawn = eligibleLayer(other.vrfSignature, epoch, layersPerEpoch);
  return [
    false,
    `The VRF proof of slot ${other.slot} gives layer ${drawn}, but the ballot is of ${ballot.layer}.`,
  ];
}
