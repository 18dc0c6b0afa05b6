/** Random samples that anyone can draw again from their seed. */
import { blake3 } from '@noble/hashes/blake3.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { WorkbenchError } from '../base/error';

/** Whole numbers from a seed: blake3 of seed and counter, six bytes a number, without bias. */
function* uniform(seed: string): Generator<number, never, number> {
  const key = utf8ToBytes(seed);
  const range = 2 ** 48;
  let end = yield 0;
  for (let counter = 0; ; counter++) {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, counter);
    const block = blake3.create().update(new Uint8Array(view.buffer)).update(key).digest();
    for (let at = 0; at + 6 <= block.length; at += 6) {
      const drawn = block.subarray(at, at + 6).reduce((value, byte) => value * 256 + byte, 0);
      // The last, incomplete round of the range would favour small numbers.
      if (drawn < range - (range % end)) end = yield drawn % end;
    }
  }
}

/**
 * `size` places of 0 … population − 1, every set of them as likely as any other, ascending (Floyd's algorithm).
 * All places if there are no more.
 * @throws WorkbenchError `sample-size-invalid`
 */
export function drawPlaces(population: number, size: number, seed: string): number[] {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new WorkbenchError(
      'sample-size-invalid',
      `A sample has a whole number of ATXs from 1 on, not ${size}.`,
      { size },
    );
  if (size >= population) return Array.from({ length: population }, (_, place) => place);
  const numbers = uniform(seed);
  numbers.next();
  const drawn = new Set<number>();
  for (let last = population - size; last < population; last++) {
    const { value } = numbers.next(last + 1);
    drawn.add(drawn.has(value) ? last : value);
  }
  return [...drawn].sort((a, b) => a - b);
}
