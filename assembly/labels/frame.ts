// What both kernels share: where the host puts its input and finds the labels, and the search for the
// smallest label. Addresses are fixed, so nothing is allocated per label.
import { BLOCK_BYTES, KEPT_BYTES, expandPassword, squeezeLabel } from './keccak';

/** Labels that one call may compute. */
export const CAPACITY: u32 = 4096;
const LABEL_BYTES: usize = 32;
const COMMITMENT_BYTES: usize = 32;
const PASSWORD_BYTES: usize = 72;
/** Labels that the widest kernel mixes side by side. */
const MAX_WIDTH: usize = 4;

/** commitment[32] ‖ index u64 LE ‖ 32 zero bytes (post-rs src/initialize.rs). */
const password = memory.data(<i32>PASSWORD_BYTES, 16);
/** One for all labels of a call, or one for each. */
const commitments = memory.data(<i32>(CAPACITY * <u32>COMMITMENT_BYTES), 16);
const indices = memory.data(<i32>(CAPACITY * 8), 16);
const labels = memory.data(<i32>(CAPACITY * <u32>LABEL_BYTES), 16);
/** The smallest label so far, or the difficulty it must stay below. */
const smallest = memory.data(<i32>LABEL_BYTES, 16);
const current = memory.data(<i32>LABEL_BYTES, 16);
const kept = memory.data(<i32>(MAX_WIDTH * KEPT_BYTES), 16);
/** ROMix's blocks, one label after another. */
export const blocks = memory.data(<i32>(MAX_WIDTH * BLOCK_BYTES), 16);

let found = false;
let foundIndex: u64 = 0;

export function commitmentsAt(): usize {
  return commitments;
}

export function indicesAt(): usize {
  return indices;
}

export function labelsAt(): usize {
  return labels;
}

export function smallestAt(): usize {
  return smallest;
}

/** Starts a search: what the host wrote to `smallestAt()` is the bound that a label must be below. */
export function beginSearch(): void {
  found = false;
}

export function hasFound(): bool {
  return found;
}

export function smallestIndex(): u64 {
  return foundIndex;
}

/** Memory for `bytes` of scratch behind the static data; called again it grows, and never shrinks. */
export function reserve(bytes: usize): usize {
  const base = (__heap_base + 127) & ~127;
  const pages = (base + bytes + 0xffff) >>> 16;
  const missing = <i32>pages - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return 0;
  return base;
}

/**
 * Fills `blocks` for the `width` labels whose indices stand from place `first` on. With `each`, so do their
 * commitments; else the first commitment is that of all.
 */
export function expand(first: usize, width: usize, each: bool): void {
  for (let lane: usize = 0; lane < width; lane++) {
    const own = each ? (first + lane) * COMMITMENT_BYTES : 0;
    memory.copy(password, commitments + own, COMMITMENT_BYTES);
    store<u64>(password + 32, load<u64>(indices + (first + lane) * 8));
    expandPassword(password, blocks + lane * BLOCK_BYTES, kept + lane * KEPT_BYTES);
  }
}

/**
 * Turns `blocks` into `count` labels: `labelBytes` of each go to `labels`, all 32 are compared with the
 * smallest. Earlier labels win ties, as the comparison is strict.
 */
export function squeeze(first: usize, count: usize, labelBytes: usize, search: bool): void {
  for (let lane: usize = 0; lane < count; lane++) {
    squeezeLabel(kept + lane * KEPT_BYTES, blocks + lane * BLOCK_BYTES, current);
    memory.copy(labels + (first + lane) * labelBytes, current, labelBytes);
    if (search && isBelow(current, smallest)) {
      memory.copy(smallest, current, LABEL_BYTES);
      foundIndex = load<u64>(indices + (first + lane) * 8);
      found = true;
    }
  }
}

/** Lexicographic comparison of 32 bytes. */
function isBelow(a: usize, b: usize): bool {
  for (let offset: usize = 0; offset < LABEL_BYTES; offset += 8) {
    const left = bswap<u64>(load<u64>(a + offset));
    const right = bswap<u64>(load<u64>(b + offset));
    if (left !== right) return left < right;
  }
  return false;
}
