/** Into how many identities an allocation can be split, as a table or a chart lists it. */
import { mainnetPost } from '../../protocol/units';

/** The models calculate up to this many identities. */
const maxIdentities = 1_000_000;

/** Doubling from 1 up to the most identities of the smallest size, which is the last. */
export function splitCounts(
  numUnits: number,
  minUnits: number = mainnetPost.minNumUnits,
): readonly number[] {
  const most = Math.min(maxIdentities, Math.floor(numUnits / minUnits));
  const counts = [1];
  for (let count = 2; count < most; count *= 2) counts.push(count);
  return most > 1 ? [...counts, most] : counts;
}

/** At most this number of them, evenly spaced, the first and the last included. */
export function spacedCounts(counts: readonly number[], most: number): readonly number[] {
  if (counts.length <= most) return counts;
  return Array.from(
    { length: most },
    (_, i) => counts[Math.round((i * (counts.length - 1)) / (most - 1))] ?? 1,
  );
}
