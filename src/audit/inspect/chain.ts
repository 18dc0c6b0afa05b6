/** An ATX among those that it refers to: before it, beside it, and where its labels come from. */
import { equalBytes, isZero, toHex, type Bytes } from '../../base/bytes';
import { columnCheck, judged } from '../check';
import { commitmentIn, previousAtxsOf } from '../evidence';
import type { Check, Outcome } from '../types';
import { short, type Inspected } from './inspected';

export function sequence(inspected: Inspected): Check {
  const { atx, evidence, isInitial } = inspected;
  const stored = evidence.row.sequence;
  if (atx.version === 2)
    return columnCheck('sequence', 'Version 2 counts no ATXs: the sequence', 0n, stored ?? 0n);
  if (atx.sequence !== stored)
    return columnCheck<bigint | string>('sequence', 'The sequence', atx.sequence, stored ?? 'none');
  if (isInitial)
    return judged(
      'sequence',
      atx.sequence === 0n,
      `The sequence of a first ATX is 0; here it is ${atx.sequence}.`,
    );
  const previous = inspected.linked(atx.previousAtx);
  if (previous?.sequence === undefined)
    return judged(
      'sequence',
      'inconclusive',
      `It is ${atx.sequence}, as the table has it; the ATX before is not here to compare.`,
    );
  return judged(
    'sequence',
    previous.sequence + 1n === atx.sequence,
    `It is ${atx.sequence}; that of the ATX before is ${previous.sequence}.`,
  );
}

/** An ATX of an earlier epoch, by its id. */
function earlier(
  inspected: Inspected,
  id: Uint8Array,
): { readonly outcome: Outcome; readonly explanation: string } {
  const { atx, network } = inspected;
  if (inspected.isGolden(id))
    return { outcome: 'pass', explanation: 'the golden ATX, with which the network began.' };
  const linked = inspected.linked(id);
  if (!linked)
    return network.goldenAtx
      ? { outcome: 'inconclusive', explanation: `${short(id)}, which is not in this database.` }
      : {
          outcome: 'inconclusive',
          explanation: `${short(id)}, which is not in this database; it may be the golden ATX, which is not known.`,
        };
  return {
    outcome: linked.publishEpoch < atx.publishEpoch ? 'pass' : 'fail',
    explanation: `${short(id)} of publish epoch ${linked.publishEpoch}; it must be before ${atx.publishEpoch}.`,
  };
}

export function positioningAtx(inspected: Inspected): Check {
  const { positioningAtx } = inspected.atx;
  if (isZero(positioningAtx))
    return judged('positioning-atx', false, 'It names no positioning ATX.');
  const { outcome, explanation } = earlier(inspected, positioningAtx);
  return judged('positioning-atx', outcome, `It is placed after ${explanation}`);
}

export function previousAtxs(inspected: Inspected): Check[] {
  const { atx, isInitial, parts } = inspected;
  const all = previousAtxsOf(atx);
  if (all.length === 0)
    return [
      judged(
        'previous-atxs',
        isInitial,
        isInitial
          ? 'A first ATX has none before it.'
          : 'It is not a first ATX, but names none before it.',
      ),
    ];
  const named = all.map((id, i) => {
    const { outcome, explanation } = earlier(inspected, id);
    const subject = all.length > 1 ? `previous ATX ${i}` : undefined;
    const publisher = inspected.linked(id)?.smesher;
    return atx.version === 1 && publisher && !equalBytes(publisher, atx.smesher)
      ? judged(
          'previous-atxs',
          false,
          `The ATX before is of another smesher, ${short(publisher)}.`,
          subject,
        )
      : judged('previous-atxs', outcome, `The ATX before is ${explanation}`, subject);
  });
  const misnamed = parts.flatMap(({ smesher, previousAtx, previousIndex }) => {
    if (!previousAtx)
      return judged(
        'previous-atxs',
        false,
        `It names previous ATX ${previousIndex}, but has ${all.length}.`,
      );
    return smesher &&
      inspected.linked(previousAtx) &&
      inspected.unitsBefore(previousAtx, smesher) === undefined
      ? judged(
          'previous-atxs',
          false,
          `${short(smesher)} has no part in ${short(previousAtx)}, which should be its ATX before.`,
        )
      : [];
  });
  return [...named, ...misnamed];
}

/** Two in one epoch are equivocation (go-spacemesh activation handlers: double publish, double merge). */
export function noSecondAtx({ evidence: { seconds, row } }: Inspected): Check[] {
  if (seconds.length === 0)
    return [
      judged(
        'no-second-atx',
        true,
        `None of its members has a part in another ATX of publish epoch ${row.publishEpoch} in this database.`,
      ),
    ];
  return seconds.map(({ atx, smesher }) =>
    judged(
      'no-second-atx',
      false,
      `${short(smesher)} also has a part in ${short(atx)} of publish epoch ${row.publishEpoch}: equivocation.`,
      short(smesher),
    ),
  );
}

/** Where the labels come from: a first ATX states it itself, a later one by the first ATXs of its members. */
export function commitmentAtx(inspected: Inspected): Check[] {
  const { atx, evidence, members } = inspected;
  const own = commitmentIn(atx);
  const stored = evidence.row.commitmentAtx;
  if (own) return [ownCommitment(inspected, own, stored)];
  if (stored)
    return [
      judged(
        'commitment-atx',
        false,
        `Only a first ATX has one, but the table has ${short(stored)} here.`,
      ),
    ];
  return members.map((smesher) => commitmentOfFirst(inspected, smesher));
}

function ownCommitment(inspected: Inspected, own: Bytes, stored: Bytes | undefined): Check {
  if (!stored || !equalBytes(own, stored))
    return judged(
      'commitment-atx',
      false,
      `The content has ${short(own)}, but the table has ${stored ? short(stored) : 'none'}.`,
    );
  const { outcome, explanation } = earlier(inspected, own);
  return judged(
    'commitment-atx',
    isZero(own) ? 'fail' : outcome,
    `Its labels are bound to ${explanation}`,
  );
}

function commitmentOfFirst({ evidence, members }: Inspected, smesher: Bytes): Check {
  const found = evidence.commitments.get(toHex(smesher));
  const subject = members.length > 1 ? short(smesher) : undefined;
  if (!found)
    return judged(
      'commitment-atx',
      'inconclusive',
      `The first ATX of ${short(smesher)} is not in this database.`,
      subject,
    );
  const { atx, inBlob } = found;
  if (!inBlob)
    return judged(
      'commitment-atx',
      'inconclusive',
      `The table has ${short(atx)}; the content of the first ATX, which would confirm it, is not here.`,
      subject,
    );
  const same = equalBytes(inBlob, atx);
  return judged(
    'commitment-atx',
    same,
    same
      ? `The first ATX of ${short(smesher)} binds its labels to ${short(atx)}.`
      : `The first ATX of ${short(smesher)} has ${short(inBlob)}, but the table has ${short(atx)}.`,
    subject,
  );
}
