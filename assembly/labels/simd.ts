// Four labels side by side, one per 32-bit lane: word w of the four is one v128, and ChaCha's adds, xors
// and rotations need no shuffles between lanes. In the scratch every label keeps its own rows of 128
// bytes, because each reads a different row; a 4×4 transpose is between the two layouts.
import { CAPACITY, blocks, expand, reserve, squeeze } from './frame';
import { BLOCK_BYTES } from './keccak';

export {
  beginSearch,
  commitmentsAt,
  hasFound,
  indicesAt,
  labelsAt,
  smallestAt,
  smallestIndex,
} from './frame';

const WIDTH: usize = 4;
/** A row of the scratch holds the four labels' 128 bytes one after another. */
const ROW_BYTES: usize = WIDTH * BLOCK_BYTES;
const HALF: usize = 16 * 16;

/** The 32 words of the four labels, transposed: two ChaCha blocks of 16 vectors. */
const state = memory.data(<i32>(2 * HALF), 64);

let n: u32 = 0;
let scratch: usize = 0;

/** Sizes the scratch for `scryptN` (a power of two ≥ 2): 512 bytes times N. False if memory is short. */
export function configure(scryptN: u32): bool {
  n = scryptN;
  scratch = reserve(<usize>scryptN * ROW_BYTES);
  return scratch !== 0;
}

/**
 * Computes the labels whose indices the host wrote to `indicesAt()`, `count` ≤ CAPACITY of them, into
 * `labelsAt()`: the first `labelBytes` (0, 16 or 32) of each. With `each`, every label has its own commitment. Returns how many it computed.
 */
export function compute(count: u32, labelBytes: u32, search: bool, each: bool): u32 {
  const total = min<u32>(count, CAPACITY);
  for (let done: u32 = 0; done < total; done += <u32>WIDTH) {
    expand(done, WIDTH, each);
    gather(blocks);
    romix();
    scatter(blocks);
    const wanted = min<usize>(WIDTH, total - done);
    squeeze(done, wanted, labelBytes, search);
  }
  return total;
}

function romix(): void {
  for (let row: usize = 0; row < n; row++) {
    scatter(scratch + row * ROW_BYTES);
    mixHalf(state, state + HALF);
    mixHalf(state + HALF, state);
  }
  const mask = n - 1;
  for (let i: u32 = 0; i < n; i++) {
    const words = v128.load(state + HALF);
    xorRows(
      scratch + <usize>(i32x4.extract_lane(words, 0) & mask) * ROW_BYTES,
      scratch + <usize>(i32x4.extract_lane(words, 1) & mask) * ROW_BYTES + BLOCK_BYTES,
      scratch + <usize>(i32x4.extract_lane(words, 2) & mask) * ROW_BYTES + 2 * BLOCK_BYTES,
      scratch + <usize>(i32x4.extract_lane(words, 3) & mask) * ROW_BYTES + 3 * BLOCK_BYTES,
    );
    mixHalf(state, state + HALF);
    mixHalf(state + HALF, state);
  }
}

/** Reads four labels' rows that are one after another into the transposed state. */
function gather(rows: usize): void {
  memory.fill(state, 0, 2 * HALF);
  xorRows(rows, rows + BLOCK_BYTES, rows + 2 * BLOCK_BYTES, rows + 3 * BLOCK_BYTES);
}

function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5);
}

function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 2, 6, 3, 7);
}

function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 0, 2);
}

function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 1, 3);
}

/** state ^= the four labels' rows. */
function xorRows(row0: usize, row1: usize, row2: usize, row3: usize): void {
  for (let piece: usize = 0; piece < BLOCK_BYTES; piece += 16) {
    const a = v128.load(row0 + piece);
    const b = v128.load(row1 + piece);
    const c = v128.load(row2 + piece);
    const d = v128.load(row3 + piece);
    const ab01 = lowPairs(a, b);
    const ab23 = highPairs(a, b);
    const cd01 = lowPairs(c, d);
    const cd23 = highPairs(c, d);
    const words = state + piece * WIDTH;
    v128.store(words, v128.xor(v128.load(words), lowHalves(ab01, cd01)));
    v128.store(words, v128.xor(v128.load(words, 16), highHalves(ab01, cd01)), 16);
    v128.store(words, v128.xor(v128.load(words, 32), lowHalves(ab23, cd23)), 32);
    v128.store(words, v128.xor(v128.load(words, 48), highHalves(ab23, cd23)), 48);
  }
}

/** Writes the state as the four labels' rows, one after another. */
function scatter(rows: usize): void {
  for (let piece: usize = 0; piece < BLOCK_BYTES; piece += 16) {
    const words = state + piece * WIDTH;
    const w0 = v128.load(words);
    const w1 = v128.load(words, 16);
    const w2 = v128.load(words, 32);
    const w3 = v128.load(words, 48);
    const ab01 = lowPairs(w0, w1);
    const ab23 = highPairs(w0, w1);
    const cd01 = lowPairs(w2, w3);
    const cd23 = highPairs(w2, w3);
    const row = rows + piece;
    v128.store(row, lowHalves(ab01, cd01));
    v128.store(row, highHalves(ab01, cd01), BLOCK_BYTES);
    v128.store(row, lowHalves(ab23, cd23), 2 * BLOCK_BYTES);
    v128.store(row, highHalves(ab23, cd23), 3 * BLOCK_BYTES);
  }
}

function add(a: v128, b: v128): v128 {
  return v128.add<u32>(a, b);
}

// Rotations by multiples of a byte are one swizzle each: measured 20 % faster than shifts.
function rotl16(x: v128): v128 {
  return v128.swizzle(x, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}

function rotl8(x: v128): v128 {
  return v128.swizzle(x, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
}

function rotl(x: v128, bits: i32): v128 {
  return v128.or(v128.shl<u32>(x, bits), v128.shr<u32>(x, 32 - bits));
}

/**
 * One half of ChunkMix at r = 1: own = ChaCha20/8(own ⊕ other), without constants, with feed-forward.
 * The four double rounds stand here one after another: as a loop they take 11 % longer (V8, side by side),
 * because a loop's end puts all sixteen vectors back where its start expects them.
 */
function mixHalf(own: usize, other: usize): void {
  let x0 = v128.xor(v128.load(own, 0), v128.load(other, 0));
  v128.store(own, x0, 0);
  let x1 = v128.xor(v128.load(own, 16), v128.load(other, 16));
  v128.store(own, x1, 16);
  let x2 = v128.xor(v128.load(own, 32), v128.load(other, 32));
  v128.store(own, x2, 32);
  let x3 = v128.xor(v128.load(own, 48), v128.load(other, 48));
  v128.store(own, x3, 48);
  let x4 = v128.xor(v128.load(own, 64), v128.load(other, 64));
  v128.store(own, x4, 64);
  let x5 = v128.xor(v128.load(own, 80), v128.load(other, 80));
  v128.store(own, x5, 80);
  let x6 = v128.xor(v128.load(own, 96), v128.load(other, 96));
  v128.store(own, x6, 96);
  let x7 = v128.xor(v128.load(own, 112), v128.load(other, 112));
  v128.store(own, x7, 112);
  let x8 = v128.xor(v128.load(own, 128), v128.load(other, 128));
  v128.store(own, x8, 128);
  let x9 = v128.xor(v128.load(own, 144), v128.load(other, 144));
  v128.store(own, x9, 144);
  let x10 = v128.xor(v128.load(own, 160), v128.load(other, 160));
  v128.store(own, x10, 160);
  let x11 = v128.xor(v128.load(own, 176), v128.load(other, 176));
  v128.store(own, x11, 176);
  let x12 = v128.xor(v128.load(own, 192), v128.load(other, 192));
  v128.store(own, x12, 192);
  let x13 = v128.xor(v128.load(own, 208), v128.load(other, 208));
  v128.store(own, x13, 208);
  let x14 = v128.xor(v128.load(own, 224), v128.load(other, 224));
  v128.store(own, x14, 224);
  let x15 = v128.xor(v128.load(own, 240), v128.load(other, 240));
  v128.store(own, x15, 240);
  // Double round 1: columns
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl16(v128.xor(x12, x0));
  x13 = rotl16(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 12);
  x5 = rotl(v128.xor(x5, x9), 12);
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl8(v128.xor(x12, x0));
  x13 = rotl8(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 7);
  x5 = rotl(v128.xor(x5, x9), 7);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl16(v128.xor(x14, x2));
  x15 = rotl16(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 12);
  x7 = rotl(v128.xor(x7, x11), 12);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl8(v128.xor(x14, x2));
  x15 = rotl8(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 7);
  x7 = rotl(v128.xor(x7, x11), 7);
  // diagonals
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl16(v128.xor(x15, x0));
  x12 = rotl16(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 12);
  x6 = rotl(v128.xor(x6, x11), 12);
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl8(v128.xor(x15, x0));
  x12 = rotl8(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 7);
  x6 = rotl(v128.xor(x6, x11), 7);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl16(v128.xor(x13, x2));
  x14 = rotl16(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 12);
  x4 = rotl(v128.xor(x4, x9), 12);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl8(v128.xor(x13, x2));
  x14 = rotl8(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 7);
  x4 = rotl(v128.xor(x4, x9), 7);
  // Double round 2: columns
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl16(v128.xor(x12, x0));
  x13 = rotl16(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 12);
  x5 = rotl(v128.xor(x5, x9), 12);
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl8(v128.xor(x12, x0));
  x13 = rotl8(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 7);
  x5 = rotl(v128.xor(x5, x9), 7);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl16(v128.xor(x14, x2));
  x15 = rotl16(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 12);
  x7 = rotl(v128.xor(x7, x11), 12);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl8(v128.xor(x14, x2));
  x15 = rotl8(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 7);
  x7 = rotl(v128.xor(x7, x11), 7);
  // diagonals
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl16(v128.xor(x15, x0));
  x12 = rotl16(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 12);
  x6 = rotl(v128.xor(x6, x11), 12);
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl8(v128.xor(x15, x0));
  x12 = rotl8(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 7);
  x6 = rotl(v128.xor(x6, x11), 7);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl16(v128.xor(x13, x2));
  x14 = rotl16(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 12);
  x4 = rotl(v128.xor(x4, x9), 12);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl8(v128.xor(x13, x2));
  x14 = rotl8(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 7);
  x4 = rotl(v128.xor(x4, x9), 7);
  // Double round 3: columns
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl16(v128.xor(x12, x0));
  x13 = rotl16(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 12);
  x5 = rotl(v128.xor(x5, x9), 12);
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl8(v128.xor(x12, x0));
  x13 = rotl8(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 7);
  x5 = rotl(v128.xor(x5, x9), 7);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl16(v128.xor(x14, x2));
  x15 = rotl16(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 12);
  x7 = rotl(v128.xor(x7, x11), 12);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl8(v128.xor(x14, x2));
  x15 = rotl8(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 7);
  x7 = rotl(v128.xor(x7, x11), 7);
  // diagonals
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl16(v128.xor(x15, x0));
  x12 = rotl16(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 12);
  x6 = rotl(v128.xor(x6, x11), 12);
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl8(v128.xor(x15, x0));
  x12 = rotl8(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 7);
  x6 = rotl(v128.xor(x6, x11), 7);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl16(v128.xor(x13, x2));
  x14 = rotl16(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 12);
  x4 = rotl(v128.xor(x4, x9), 12);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl8(v128.xor(x13, x2));
  x14 = rotl8(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 7);
  x4 = rotl(v128.xor(x4, x9), 7);
  // Double round 4: columns
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl16(v128.xor(x12, x0));
  x13 = rotl16(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 12);
  x5 = rotl(v128.xor(x5, x9), 12);
  x0 = add(x0, x4);
  x1 = add(x1, x5);
  x12 = rotl8(v128.xor(x12, x0));
  x13 = rotl8(v128.xor(x13, x1));
  x8 = add(x8, x12);
  x9 = add(x9, x13);
  x4 = rotl(v128.xor(x4, x8), 7);
  x5 = rotl(v128.xor(x5, x9), 7);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl16(v128.xor(x14, x2));
  x15 = rotl16(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 12);
  x7 = rotl(v128.xor(x7, x11), 12);
  x2 = add(x2, x6);
  x3 = add(x3, x7);
  x14 = rotl8(v128.xor(x14, x2));
  x15 = rotl8(v128.xor(x15, x3));
  x10 = add(x10, x14);
  x11 = add(x11, x15);
  x6 = rotl(v128.xor(x6, x10), 7);
  x7 = rotl(v128.xor(x7, x11), 7);
  // diagonals
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl16(v128.xor(x15, x0));
  x12 = rotl16(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 12);
  x6 = rotl(v128.xor(x6, x11), 12);
  x0 = add(x0, x5);
  x1 = add(x1, x6);
  x15 = rotl8(v128.xor(x15, x0));
  x12 = rotl8(v128.xor(x12, x1));
  x10 = add(x10, x15);
  x11 = add(x11, x12);
  x5 = rotl(v128.xor(x5, x10), 7);
  x6 = rotl(v128.xor(x6, x11), 7);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl16(v128.xor(x13, x2));
  x14 = rotl16(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 12);
  x4 = rotl(v128.xor(x4, x9), 12);
  x2 = add(x2, x7);
  x3 = add(x3, x4);
  x13 = rotl8(v128.xor(x13, x2));
  x14 = rotl8(v128.xor(x14, x3));
  x8 = add(x8, x13);
  x9 = add(x9, x14);
  x7 = rotl(v128.xor(x7, x8), 7);
  x4 = rotl(v128.xor(x4, x9), 7);
  v128.store(own, add(x0, v128.load(own, 0)), 0);
  v128.store(own, add(x1, v128.load(own, 16)), 16);
  v128.store(own, add(x2, v128.load(own, 32)), 32);
  v128.store(own, add(x3, v128.load(own, 48)), 48);
  v128.store(own, add(x4, v128.load(own, 64)), 64);
  v128.store(own, add(x5, v128.load(own, 80)), 80);
  v128.store(own, add(x6, v128.load(own, 96)), 96);
  v128.store(own, add(x7, v128.load(own, 112)), 112);
  v128.store(own, add(x8, v128.load(own, 128)), 128);
  v128.store(own, add(x9, v128.load(own, 144)), 144);
  v128.store(own, add(x10, v128.load(own, 160)), 160);
  v128.store(own, add(x11, v128.load(own, 176)), 176);
  v128.store(own, add(x12, v128.load(own, 192)), 192);
  v128.store(own, add(x13, v128.load(own, 208)), 208);
  v128.store(own, add(x14, v128.load(own, 224)), 224);
  v128.store(own, add(x15, v128.load(own, 240)), 240);
}
