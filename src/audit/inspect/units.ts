/** How much space an ATX proves, and how much of it counts. */
import { isZero, toHex } from '../../base/bytes';
import { counted } from '../../base/counted';
import { columnCheck, judged } from '../check';
import type { Evidence, PostRow } from '../evidence';
import type { Check } from '../types';
import { short, type Inspected, type Part } from './inspected';

export function unitsInLimits({ network, parts, labelsPerUnit: stated }: Inspected): Check {
  const { minNumUnits, maxNumUnits, labelsPerUnit } = network.post;
  if (stated < labelsPerUnit)
    return judged(
      'units-in-limits',
      false,
      `It counts ${stated} labels to a unit; the network wants ${labelsPerUnit} or more.`,
    );
  const bad = parts.find(({ numUnits }) => numUnits < minNumUnits || numUnits > maxNumUnits);
  return judged(
    'units-in-limits',
    !bad,
    bad
      ? `A PoST is of ${counted(bad.numUnits, 'unit')}; the network allows ${minNumUnits} to ${maxNumUnits}.`
      : `Every PoST is of ${minNumUnits} to ${maxNumUnits} units.`,
  );
}

/** What the rows of posts contradict without the content of the ATX; none of it makes the check pass. */
export function postsContradiction({ posts, row }: Evidence): Check | [] {
  if (!posts) return [];
  if (posts.length === 0)
    return judged('posts-table', false, 'The table has no row for this ATX; every ATX has one.');
  return otherEpoch(posts, row.publishEpoch);
}

function otherEpoch(posts: readonly PostRow[], publishEpoch: number): Check | [] {
  const other = posts.find(
    (post) => post.publishEpoch !== undefined && post.publishEpoch !== publishEpoch,
  );
  if (!other) return [];
  return judged(
    'posts-table',
    false,
    `The publish epoch is ${publishEpoch}, but the table has ${other.publishEpoch} for ${short(other.smesher)}.`,
  );
}

export function postsTable({ atx, evidence: { posts }, parts }: Inspected): Check | [] {
  if (!posts) return [];
  const epoch = otherEpoch(posts, atx.publishEpoch);
  if (!Array.isArray(epoch)) return epoch;
  const stored = new Set(posts.map(inOneLine));
  const missing = parts.map(asRow).find((row) => !stored.has(inOneLine(row)));
  if (missing)
    return judged(
      'posts-table',
      false,
      `The content has ${short(missing.smesher)} with ${counted(missing.units, 'unit')}; the table has something else.`,
    );
  const same = posts.length === parts.length;
  return judged(
    'posts-table',
    same,
    same
      ? `The table has the ${counted(posts.length, 'identity', 'identities')}, units and previous ATXs of the content.`
      : `The table has ${counted(posts.length, 'identity', 'identities')}, the content ${parts.length}.`,
  );
}

const asRow = ({ smesher, numUnits, previousAtx, previousIndex }: Part): PostRow => ({
  smesher: smesher ?? new Uint8Array(),
  units: numUnits,
  previousAtx: previousAtx && !isZero(previousAtx) ? previousAtx : undefined,
  previousIndex,
  publishEpoch: undefined,
});

const inOneLine = ({ smesher, units, previousAtx, previousIndex }: PostRow): string =>
  `${toHex(smesher)} ${units} ${previousAtx ? toHex(previousAtx) : 'none'} ${previousIndex}`;

/** Of each nipost, the units that count; undefined if a previous ATX is not here. */
export function unitsThatCount(inspected: Inspected): readonly number[] | undefined {
  const sums: number[] = [];
  for (const { parts } of inspected.niposts) {
    let sum = 0;
    for (const { smesher, numUnits, previousAtx } of parts) {
      if (inspected.isInitial) {
        sum += numUnits;
        continue;
      }
      const before = smesher && previousAtx && inspected.unitsBefore(previousAtx, smesher);
      if (before === undefined) return undefined;
      sum += Math.min(before, numUnits);
    }
    sums.push(sum);
  }
  return sums;
}

export function effectiveUnits(inspected: Inspected): Check {
  const sums = unitsThatCount(inspected);
  if (!sums)
    return judged(
      'effective-units',
      'inconclusive',
      'Units count only as far as the ATX before had them, and it is not in this database.',
    );
  return columnCheck(
    'effective-units',
    'The sum of the units that count (of each identity the fewer of now and before)',
    sums.reduce((total, units) => total + units, 0),
    inspected.evidence.row.effectiveUnits,
  );
}
