/** How much space an ATX proves, and how much of it counts. */
import { isZero, toHex } from '../../protocol/bytes';
import { counted } from '../../protocol/counted';
import { columnCheck, judged } from '../check';
import type { PostRow } from '../evidence';
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

export function postsTable({ evidence: { posts }, parts }: Inspected): Check | [] {
  if (!posts) return [];
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
