/** The filter of the search for a lost VRF nonce: what on disk could be the smallest label. */
import { readSlice } from '../base/read-slice';
import { labelBytes } from '../protocol/units';
import type { DiskLabel, ScanSlice } from '../workers/labels/api';

/** How many are kept: enough that some damaged labels do not hide the true one. */
const keptLabels = 64;

const compareDiskLabels = (a: DiskLabel, b: DiskLabel): number => {
  if (a.high !== b.high) return a.high < b.high ? -1 : 1;
  if (a.low !== b.low) return a.low < b.low ? -1 : 1;
  return a.index < b.index ? -1 : 1;
};

/** Puts together what several slices gave: the lowest of them, in order. */
export const mergeLowest = (...lists: readonly (readonly DiskLabel[])[]): DiskLabel[] =>
  lists.flat().sort(compareDiskLabels).slice(0, keptLabels);

/**
 * The lowest labels of a slice that are not above `bound` (the difficulty's first 16 bytes), in order,
 * `keptLabels` at most.
 * @throws WorkbenchError `file-not-readable`
 */
export async function lowestLabels(
  slice: ScanSlice,
  bound: Uint8Array,
): Promise<readonly DiskLabel[]> {
  const bytes = await readSlice(slice);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const boundView = new DataView(bound.buffer, bound.byteOffset, labelBytes);
  let limit: DiskLabel = {
    index: 2n ** 64n,
    high: boundView.getBigUint64(0),
    low: boundView.getBigUint64(8),
  };
  let limitTop = Number(limit.high >> 32n);
  let lowest: DiskLabel[] = [];
  for (let at = 0; at + labelBytes <= bytes.length; at += labelBytes) {
    // Nearly every label ends here: 32 bits decide.
    if (view.getUint32(at) > limitTop) continue;
    const label = {
      index: slice.firstIndex + BigInt(at / labelBytes),
      high: view.getBigUint64(at),
      low: view.getBigUint64(at + 8),
    };
    if (compareDiskLabels(label, limit) > 0) continue;
    lowest.push(label);
    // Now and then is enough: the list stays short, and each label is sorted a few times at most.
    if (lowest.length < 2 * keptLabels) continue;
    lowest = mergeLowest(lowest);
    limit = lowest.at(-1) ?? limit;
    limitTop = Number(limit.high >> 32n);
  }
  return mergeLowest(lowest);
}
