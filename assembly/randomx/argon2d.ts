/**
 * The memory fill of Argon2d, version 0x13, one lane (RFC 9106, 3.4): three passes over 256 MiB.
 * The first two blocks are the caller's; there is no finaliser (specs.md 7.1).
 */

const BLOCK: usize = 1024;

/** a + b + 2 * low32(a) * low32(b), in both 64-bit lanes: the multiplication of BlaMka. */
function fBlaMka(a: v128, b: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(
    v128.shuffle<i32>(a, a, 0, 2, 0, 2),
    v128.shuffle<i32>(b, b, 0, 2, 0, 2),
  );
  return i64x2.add(i64x2.add(a, b), i64x2.add(low, low));
}

function rotr32(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 1, 0, 3, 2);
}

function rotr24(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10);
}

function rotr16(x: v128): v128 {
  return v128.shuffle<u8>(x, x, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9);
}

function rotr63(x: v128): v128 {
  return v128.or(i64x2.add(x, x), i64x2.shr_u(x, 63));
}

/**
 * One BlaMka round on sixteen 64-bit words, in eight pairs: word pair i is at `at + offset(i)`,
 * pairs (0,1), (2,3), (4,5), (6,7) being the rows of the 4 x 4 matrix; `stride` is the distance of two pairs.
 */
function round(at: usize, stride: usize): void {
  let a0 = v128.load(at);
  let a1 = v128.load(at + stride);
  let b0 = v128.load(at + 2 * stride);
  let b1 = v128.load(at + 3 * stride);
  let c0 = v128.load(at + 4 * stride);
  let c1 = v128.load(at + 5 * stride);
  let d0 = v128.load(at + 6 * stride);
  let d1 = v128.load(at + 7 * stride);

  for (let half = 0; half < 2; half++) {
    a0 = fBlaMka(a0, b0);
    a1 = fBlaMka(a1, b1);
    d0 = rotr32(v128.xor(d0, a0));
    d1 = rotr32(v128.xor(d1, a1));
    c0 = fBlaMka(c0, d0);
    c1 = fBlaMka(c1, d1);
    b0 = rotr24(v128.xor(b0, c0));
    b1 = rotr24(v128.xor(b1, c1));
    a0 = fBlaMka(a0, b0);
    a1 = fBlaMka(a1, b1);
    d0 = rotr16(v128.xor(d0, a0));
    d1 = rotr16(v128.xor(d1, a1));
    c0 = fBlaMka(c0, d0);
    c1 = fBlaMka(c1, d1);
    b0 = rotr63(v128.xor(b0, c0));
    b1 = rotr63(v128.xor(b1, c1));
    // To the diagonals: row b turns by one word, c by two, d by three; the second time, back.
    const c = c0;
    c0 = c1;
    c1 = c;
    if (half == 0) {
      const b = v128.shuffle<i64>(b0, b1, 1, 2);
      b1 = v128.shuffle<i64>(b1, b0, 1, 2);
      b0 = b;
      const d = v128.shuffle<i64>(d1, d0, 1, 2);
      d1 = v128.shuffle<i64>(d0, d1, 1, 2);
      d0 = d;
    } else {
      const b = v128.shuffle<i64>(b1, b0, 1, 2);
      b1 = v128.shuffle<i64>(b0, b1, 1, 2);
      b0 = b;
      const d = v128.shuffle<i64>(d0, d1, 1, 2);
      d1 = v128.shuffle<i64>(d1, d0, 1, 2);
      d0 = d;
    }
  }
  v128.store(at, a0);
  v128.store(at + stride, a1);
  v128.store(at + 2 * stride, b0);
  v128.store(at + 3 * stride, b1);
  v128.store(at + 4 * stride, c0);
  v128.store(at + 5 * stride, c1);
  v128.store(at + 6 * stride, d0);
  v128.store(at + 7 * stride, d1);
}

/** next = G(previous, reference), XORed onto what next held if `overwrite` is false. */
function compress(previous: usize, reference: usize, next: usize, work: usize, first: bool): void {
  for (let i: usize = 0; i < BLOCK; i += 16) {
    const r = v128.xor(v128.load(previous + i), v128.load(reference + i));
    v128.store(work + i, r);
    v128.store(next + i, first ? r : v128.xor(r, v128.load(next + i)));
  }
  for (let row: usize = 0; row < 8; row++) round(work + row * 128, 16);
  for (let column: usize = 0; column < 8; column++) round(work + column * 16, 128);
  for (let i: usize = 0; i < BLOCK; i += 16) {
    v128.store(next + i, v128.xor(v128.load(next + i), v128.load(work + i)));
  }
}

/**
 * Fills `blocks` blocks of 1 KiB at `cache` in `passes` passes, one lane of four slices.
 * Blocks 0 and 1 must be there; `work` is 1 KiB of scratch.
 */
export function fillArgon2d(cache: usize, blocks: u32, passes: u32, work: usize): void {
  const segment = blocks / 4;
  for (let pass: u32 = 0; pass < passes; pass++) {
    for (let index: u32 = pass == 0 ? 2 : 0; index < blocks; index++) {
      const slice = index / segment;
      const previous = index == 0 ? blocks - 1 : index - 1;
      // RFC 9106 3.4.2 with a single lane: all finished segments and this one's blocks but the previous.
      const window: u32 = pass == 0 ? index - 1 : blocks - segment + (index % segment) - 1;
      const start: u32 = pass == 0 || slice == 3 ? 0 : (slice + 1) * segment;
      const random = load<u32>(cache + <usize>previous * BLOCK);
      const square = (<u64>random * <u64>random) >> 32;
      const back = (<u64>window * square) >> 32;
      const reference = (start + <u32>(<u64>window - 1 - back)) % blocks;
      compress(
        cache + <usize>previous * BLOCK,
        cache + <usize>reference * BLOCK,
        cache + <usize>index * BLOCK,
        work,
        pass == 0,
      );
    }
  }
}
