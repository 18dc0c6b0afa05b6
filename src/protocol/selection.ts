/** Which positions of a proof a verifier looks at when it does not look at all (post-rs src/random_values_gen.rs). */
import { blake3 } from '@noble/hashes/blake3.js';
import { concatBytes } from '../base/bytes';
import { WorkbenchError } from '../base/error';

const u16Max = 0xffff;
const xofChunkBytes = 256;

/**
 * A pseudo-random order of 0 … count − 1, one position at a time: Fisher–Yates, driven by the blake3
 * XOF of the seed parts (for a proof: seed, node id, challenge) read as u16 little-endian. Values that
 * would favour some positions are drawn again.
 * @param count at most 65535, where the reference's arithmetic ends
 */
export function* pseudoRandomOrder(
  count: number,
  seedParts: readonly Uint8Array[],
): Generator<number, void> {
  if (count > u16Max)
    throw new WorkbenchError(
      'selection-too-long',
      `A subset can be drawn from at most ${u16Max} indices, not from ${count}.`,
      { count },
    );
  const draw = u16Stream(concatBytes(...seedParts));
  const order = Uint16Array.from({ length: count }, (_, i) => i);
  for (let taken = 0; taken < count; taken++) {
    const remaining = count - taken;
    const fairBelow = u16Max - (u16Max % remaining);
    let drawn = draw();
    while (drawn >= fairBelow) drawn = draw();
    const swap = taken + (drawn % remaining);
    const chosen = order[swap] ?? 0;
    order[swap] = order[taken] ?? 0;
    yield chosen;
  }
}

function u16Stream(seed: Uint8Array): () => number {
  const output = blake3.create({}).update(seed);
  let chunk = new DataView(new ArrayBuffer(0));
  let at = 0;
  return () => {
    if (at === chunk.byteLength) {
      const bytes = output.xof(xofChunkBytes);
      chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      at = 0;
    }
    const value = chunk.getUint16(at, true);
    at += 2;
    return value;
  };
}
