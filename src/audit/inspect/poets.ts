/** The time that passed: the PoET proofs under an ATX, its part in them, and the height that they lift it to. */
import { equalBytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { WorkbenchError } from '../../base/error';
import { isMember } from '../../protocol/merkle';
import { decodePoet, poetWorkFailure } from '../../protocol/poet';
import { columnCheck, judged } from '../check';
import type { PoetFacts } from '../evidence';
import type { Check } from '../types';
import { short, type Inspected, type Nipost } from './inspected';
import { unitsThatCount } from './units';

/** Reads a PoET proof and does its work again: about 60,000 hashes. */
export function inspectPoet(blob: Uint8Array): PoetFacts {
  try {
    const proof = decodePoet(blob);
    const { ref, statement, leafCount } = proof;
    return { ref, statement, leafCount, failure: poetWorkFailure(proof) };
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
    return { ref: undefined, failure: error.message };
  }
}

/** Of every nipost: its PoET proof, and that its members' challenges are in it. */
export const poetProofs = (inspected: Inspected): Check[] =>
  inspected.niposts.flatMap((nipost, i) => {
    const subject = inspected.niposts.length > 1 ? `NiPoST ${i}` : undefined;
    return poetProof(nipost, inspected.poetOf(nipost), subject);
  });

function poetProof(
  { ref, nodes, leaves }: Nipost,
  poet: PoetFacts | undefined,
  subject: string | undefined,
): Check[] {
  if (!ref) return [judged('poet-proof', false, 'It names no PoET proof.', subject)];
  if (!poet) {
    const explanation = `The PoET proof ${short(ref)} is not in this database.`;
    return [
      judged('poet-proof', 'inconclusive', explanation, subject),
      judged('membership', 'inconclusive', explanation, subject),
    ];
  }
  if (!poet.ref)
    return [
      judged('poet-proof', false, poet.failure, subject),
      judged('membership', 'inconclusive', 'The PoET proof cannot be read.', subject),
    ];
  const work = !equalBytes(poet.ref, ref)
    ? judged(
        'poet-proof',
        false,
        `The proof stored under ${short(ref)} hashes to ${short(poet.ref)}.`,
        subject,
      )
    : judged(
        'poet-proof',
        poet.failure === undefined,
        poet.failure === undefined
          ? `The PoSTs' challenge is the PoET proof ${short(ref)} over ${counted(poet.leafCount, 'leaf', 'leaves')}, and its work holds.`
          : `The work of the PoET proof ${short(ref)} does not hold: ${poet.failure}.`,
        subject,
      );
  const member = isMember(
    [...leaves]
      .map(([index, node]) => ({ index, node }))
      .sort((a, b) => (a.index < b.index ? -1 : 1)),
    nodes,
    poet.statement,
  );
  const membership = judged(
    'membership',
    member,
    member
      ? `Its challenge, registered before the PoET began, is among the PoET's members.`
      : 'Its challenge is not among the members of the PoET: the Merkle proof leads to another root.',
    subject,
  );
  return [work, membership];
}

/** Of each nipost; undefined where its PoET proof is not here or cannot be read. */
const ticksOf = (inspected: Inspected): readonly (bigint | undefined)[] =>
  inspected.niposts.map((nipost) => {
    const { tickSize } = inspected.network;
    const poet = inspected.poetOf(nipost);
    return poet?.ref && tickSize > 0n ? poet.leafCount / tickSize : undefined;
  });

const areKnown = (ticks: readonly (bigint | undefined)[]): ticks is readonly bigint[] =>
  !ticks.includes(undefined);

export function ticks(inspected: Inspected): Check {
  const all = ticksOf(inspected);
  const [first] = all;
  if (first === undefined || !areKnown(all))
    return judged(
      'ticks',
      'inconclusive',
      'They are counted from the PoET proof, which is not in this database or cannot be read.',
    );
  const { network, evidence } = inspected;
  return columnCheck(
    'ticks',
    `The PoET's leaves divided by ${network.tickSize}`,
    all.reduce((a, b) => (b < a ? b : a), first),
    evidence.row.ticks,
  );
}

export function baseTickHeight(inspected: Inspected): Check {
  const { atx, evidence } = inspected;
  const stored = evidence.row.baseTickHeight;
  const positioned = inspected.linked(atx.positioningAtx);
  if (positioned)
    return columnCheck(
      'base-tick-height',
      'The height of the positioning ATX',
      BigInt.asUintN(64, positioned.baseTickHeight + positioned.ticks),
      stored,
    );
  if (inspected.isGolden(atx.positioningAtx))
    return columnCheck('base-tick-height', 'The height of the golden ATX', 0n, stored);
  return judged(
    'base-tick-height',
    'inconclusive',
    'It is the height of the positioning ATX, which is not in this database.',
  );
}

export function weight(inspected: Inspected): Check | [] {
  const stored = inspected.evidence.row.weight;
  if (stored === undefined) return [];
  const units = unitsThatCount(inspected);
  const all = ticksOf(inspected);
  if (!units || !areKnown(all))
    return judged(
      'weight',
      'inconclusive',
      'It is units times ticks, and one of them is not known.',
    );
  const computed = units.reduce((sum, count, i) => sum + BigInt(count) * (all[i] ?? 0n), 0n);
  return columnCheck('weight', 'Units times ticks', computed, stored);
}
