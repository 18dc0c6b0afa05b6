/**
 * The proving scan (post-rs src/prove.rs, Prover8_56): which labels are good for which nonces.
 *
 * `scan` looks through the labels of the window in blocks of `BATCHES` × 128. Of each group of 16
 * nonces it computes one AES block a label; output byte n < msb makes a label good for nonce n, n = msb
 * sends it to the nonce's own ("lazy") key. These labels queue up until 128 fill a second bitsliced
 * pass, which compares two of the seven bytes that count; the few that remain are reported through
 * `found` for the caller to decide with plain AES.
 */
import {
  BATCH_PLANES,
  BYTE_PLANES,
  PLANE,
  SCHEDULE_BYTES,
  expandMasks,
  lastByte,
  lastSource,
  nineRounds,
  transpose,
  zeroLanes,
} from './aes-bitsliced';

/** Reports that label `offset` of the scan may be (`sure` = 0) or is (1) good for `nonce` of the job. */
@external("env", "found")
declare function found(offset: u32, nonce: u32, sure: u32): void;

const LABEL: u32 = 16;
const LANES: u32 = 128;
/** Batches under one key before the next: 16 KiB of planes stay in the L1 cache. */
const BATCHES: u32 = 8;
const WINDOW_LABELS: u32 = 65536;

const planes = memory.data(16384, 64);
const lazyPlanes = memory.data(2048, 64);
/** Eleven round keys of 128 masks each. */
const groupMasks = memory.data(5632, 64);
const lazyMasks = memory.data(5632, 64);
/** Of each output byte: which of the 128 labels are below, which equal to the difficulty's top byte. */
const below = memory.data(256, 64);
const equal = memory.data(256, 64);
const possibleHits = memory.data(16, 16);

let groups: u32 = 0;
let msb: u32 = 0;
/** Bits 55…40 of the difficulty: bytes 6 and 5 of the lazy output. */
let lsbTop: u32 = 0;

let window: usize = 0;
let groupKeys: usize = 0;
let lazyKeys: usize = 0;
/** Of each nonce: the number of labels that wait, the labels, their offsets in the scan. */
let waiting: usize = 0;
let queuedLabels: usize = 0;
let queuedOffsets: usize = 0;

/** Lays out memory for a job. Write the keys' schedules to `groupKeysAt` and `lazyKeysAt` afterwards. */
export function setJob(groupCount: u32, difficultyMsb: u32, difficultyLsbTop: u32): void {
  groups = groupCount;
  msb = difficultyMsb;
  lsbTop = difficultyLsbTop;
  const nonces = groupCount * 16;
  window = (__heap_base + 63) & ~63;
  groupKeys = window + WINDOW_LABELS * LABEL;
  lazyKeys = groupKeys + groupCount * SCHEDULE_BYTES;
  waiting = lazyKeys + nonces * SCHEDULE_BYTES;
  queuedOffsets = waiting + nonces * 4;
  queuedLabels = queuedOffsets + nonces * LANES * 4;
  const end = queuedLabels + nonces * LANES * LABEL;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
  memory.fill(waiting, 0, nonces * 4);
}
export function windowAt(): usize {
  return window;
}
export function groupKeysAt(): usize {
  return groupKeys;
}
export function lazyKeysAt(): usize {
  return lazyKeys;
}

/** Scans the first `count` labels of the window, which are labels `base` … of the caller's scan. */
export function scan(count: u32, base: u32): void {
  for (let start: u32 = 0; start < count; start += BATCHES * LANES) {
    const batches = min(BATCHES, (count - start + LANES - 1) / LANES);
    const labels = window + start * LABEL;
    for (let b: u32 = 0; b < batches; b++)
      transpose(labels + b * LANES * LABEL, planes + b * BATCH_PLANES);
    for (let group: u32 = 0; group < groups; group++) {
      expandMasks(groupKeys + group * SCHEDULE_BYTES, groupMasks);
      for (let b: u32 = 0; b < batches; b++) {
        const first = start + b * LANES;
        const left = count - first;
        compareGroup(planes + b * BATCH_PLANES);
        for (let byte: u32 = 0; byte < 16; byte++) {
          const nonce = group * 16 + byte;
          queueEqual(equal + byte * PLANE, nonce, labels + b * LANES * LABEL, left, base + first);
          if (msb) reportAll(below + byte * PLANE, nonce, left, base + first, 1);
        }
      }
    }
  }
}

/** Ends a scan: decides the labels that still wait. */
export function finish(): void {
  for (let nonce: u32 = 0; nonce < groups * 16; nonce++) if (load<u32>(waiting + nonce * 4)) flush(nonce);
}

function compareGroup(from: usize): void {
  const state = nineRounds(from, groupMasks, 0);
  for (let out: u32 = 0; out < 16; out++) {
    if (msb == 0) {
      // Round key 9 carries S⁻¹(k10), so that a zero here is a zero in the output.
      v128.store(equal + out * PLANE, zeroLanes(state + lastSource(out) * BYTE_PLANES));
    } else {
      compareByte(lastByte(state, groupMasks, out), msb);
      v128.store(below + out * PLANE, lower);
      v128.store(equal + out * PLANE, same);
    }
  }
}

let lower: v128 = i64x2.splat(0);
let same: v128 = i64x2.splat(0);

/** Lexicographic comparison of eight planes with a byte: sets `lower` and `same`. */
function compareByte(byte: usize, limit: u32): void {
  let lt = i64x2.splat(0);
  let eq = i64x2.splat(-1);
  for (let bit: i32 = 7; bit >= 0; bit--) {
    const plane = v128.load(byte + bit * PLANE);
    if ((limit >> bit) & 1) {
      lt = v128.or(lt, v128.andnot(eq, plane));
      eq = v128.and(eq, plane);
    } else eq = v128.andnot(eq, plane);
  }
  lower = lt;
  same = eq;
}

/** The label that lane `n` of a plane belongs to: see `transpose`. */
// @ts-ignore: decorator
@inline
function labelOfLane(n: u32): u32 {
  return ((n & 7) << 4) | (n >> 3);
}

function queueEqual(mask: usize, nonce: u32, labels: usize, left: u32, first: u32): void {
  for (let half: u32 = 0; half < 2; half++) {
    let bits = load<u64>(mask + half * 8);
    while (bits) {
      const label = labelOfLane(<u32>ctz(bits) + half * 64);
      bits &= bits - 1;
      if (label < left) queue(nonce, labels + label * LABEL, first + label);
    }
  }
}

// @ts-ignore: decorator
@inline
function queue(nonce: u32, label: usize, offset: u32): void {
  const place = nonce * LANES + load<u32>(waiting + nonce * 4);
  v128.store(queuedLabels + place * LABEL, v128.load(label));
  store<u32>(queuedOffsets + place * 4, offset);
  const count = place + 1 - nonce * LANES;
  store<u32>(waiting + nonce * 4, count);
  if (count == LANES) flush(nonce);
}

function reportAll(mask: usize, nonce: u32, left: u32, first: u32, sure: u32): void {
  for (let half: u32 = 0; half < 2; half++) {
    let bits = load<u64>(mask + half * 8);
    while (bits) {
      const label = labelOfLane(<u32>ctz(bits) + half * 64);
      bits &= bits - 1;
      if (label < left) found(first + label, nonce, sure);
    }
  }
}

/** Second pass over the labels that wait for `nonce`. */
function flush(nonce: u32): void {
  transpose(queuedLabels + nonce * LANES * LABEL, lazyPlanes);
  expandMasks(lazyKeys + nonce * SCHEDULE_BYTES, lazyMasks);
  // Bytes 6 and 5 of the output come from columns 3 and 2 of the ninth round.
  const state = nineRounds(lazyPlanes, lazyMasks, 2);
  compareByte(lastByte(state, lazyMasks, 6), lsbTop >> 8);
  const lower6 = lower;
  const same6 = same;
  compareByte(lastByte(state, lazyMasks, 5), lsbTop & 0xff);
  const possible = v128.or(lower6, v128.and(same6, v128.or(lower, same)));
  const count = load<u32>(waiting + nonce * 4);
  store<u32>(waiting + nonce * 4, 0);
  if (!v128.any_true(possible)) return;
  v128.store(possibleHits, possible);
  for (let half: u32 = 0; half < 2; half++) {
    let bits = load<u64>(possibleHits + half * 8);
    while (bits) {
      const label = labelOfLane(<u32>ctz(bits) + half * 64);
      bits &= bits - 1;
      if (label < count) found(load<u32>(queuedOffsets + (nonce * LANES + label) * 4), nonce, 0);
    }
  }
}
