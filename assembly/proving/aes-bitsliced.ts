/**
 * AES-128 on 128 blocks in parallel, bitsliced: a vector ("plane") holds one bit of 128 blocks, 128 planes
 * hold them all, [byte of the block][bit of the byte, least significant first].
 *
 * The S-box is the circuit of 113 gates that J. Boyar and R. Peralta published, brought to 107: two of its
 * products as ORs absorb linear terms that were added after them, and the inversion in GF(2⁴), with the five sums
 * of its outputs, takes 19 gates instead of 21 (found by search). Names are theirs: y, t, z, tc; s is the inversion.
 * test/property/proving-kernels.test.ts compares it with plain AES.
 *
 * What was tried, in Chromium 156 and Node 20 on Zen 4, nanoseconds of CPU a byte of labels and group:
 * - the 113 gates in textbook order: 1.34; in an order annealed for few spills: 1.38;
 * - 107 gates, textbook order 1.26; annealed for 15 registers 1.22; for 13 registers, with round keys
 *   added in MixColumns so that the S-box's inputs can be loaded again: 1.19 (this). V8 keeps the order of the
 *   source, has 15 vector registers, and spills a little earlier than it must; orders for 8 to 12 registers, and
 *   for 18 or more, were slower (1.21 to 1.32);
 * - immediate offsets for the key masks instead of computed addresses: no difference.
 * Not tried: MixColumns in 92 to 97 gates instead of 108 (its 32 live inputs would spill).
 */

/** Bytes of one plane, of the planes of one block byte, of 128 blocks. */
export const PLANE: u32 = 16;
export const BYTE_PLANES: u32 = 8 * PLANE;
export const BATCH_PLANES: u32 = 16 * BYTE_PLANES;
/** Round keys as masks: one i32 (0 or −1) a key bit. */
const BYTE_MASKS: u32 = 8 * 4;
const ROUND_MASKS: u32 = 16 * BYTE_MASKS;
export const SCHEDULE_BYTES: u32 = 11 * 16;

const ping = memory.data(2048, 64);
const pong = memory.data(2048, 64);
const column = memory.data(512, 64);

// @ts-ignore: decorator
@inline
function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b);
}
// @ts-ignore: decorator
@inline
function and(a: v128, b: v128): v128 {
  return v128.and(a, b);
}
// @ts-ignore: decorator
@inline
function or(a: v128, b: v128): v128 {
  return v128.or(a, b);
}
/** a ∧ ¬b */
// @ts-ignore: decorator
@inline
function andn(a: v128, b: v128): v128 {
  return v128.andnot(a, b);
}

/** SubBytes of eight planes without its constant 0x63, which the round keys carry. */
// @ts-ignore: decorator
@inline
function subByte(from: usize, to: usize): void {
  const x5 = v128.load(from, 2 * PLANE);
  const x3 = v128.load(from, 4 * PLANE);
  const y14 = xor(x3, x5);
  const x2 = v128.load(from, 5 * PLANE);
  const x0 = v128.load(from, 7 * PLANE);
  const x4 = v128.load(from, 3 * PLANE);
  const x6 = v128.load(from, 1 * PLANE);
  const y8 = xor(x0, x5);
  const y13 = xor(x0, x6);
  const x1 = v128.load(from, 6 * PLANE);
  const y12 = xor(y13, y14);
  const x7 = v128.load(from, 0 * PLANE);
  const t1 = xor(x4, y12);
  const t0 = xor(x1, x2);
  const y20 = xor(t1, x1);
  const y1 = xor(t0, x7);
  const y4 = xor(y1, x3);
  const y2 = xor(y1, x0);
  const y15 = xor(t1, x5);
  const y5 = xor(y1, x6);
  const y10 = xor(y15, t0);
  const t8 = and(y5, y1);
  const y3 = xor(y5, y8);
  const y9 = xor(x0, x3);
  const t15 = or(y8, y10);
  const y11 = xor(y20, y9);
  const y17 = xor(y10, y11);
  const t12 = and(y9, y11);
  const t5 = and(y4, x7);
  const t13 = and(y14, y17);
  const y7 = xor(x7, y11);
  const y6 = xor(y15, x7);
  const y16 = xor(t0, y11);
  const t16 = xor(t15, t12);
  const t2 = and(y12, y15);
  const t14 = xor(t13, t12);
  const t6 = xor(t5, t2);
  const t3 = and(y3, y6);
  const t4 = xor(t3, t2);
  const t22 = xor(t6, t16);
  const t17 = xor(t4, t14);
  const t7 = or(y13, y16);
  const t21 = xor(t17, y20);
  const t9 = xor(t8, t7);
  const t23 = xor(t9, t14);
  const t10 = and(y2, y7);
  const t11 = xor(t10, t7);
  const t20 = xor(t11, t16);
  const L = xor(y3, y6);
  const s5 = and(t21, t23);
  const t24 = xor(t20, L);
  const s14 = and(t22, t23);
  const s8 = xor(t23, t24);
  const s9 = xor(t22, s5);
  const s10 = and(s9, s8);
  const s18 = andn(s8, s14);
  const s19 = xor(s5, s18);
  const z10 = and(s19, y3);
  const s15 = or(t21, s10);
  const s16 = xor(s14, s15);
  const s12 = xor(t24, s10);
  const s6 = xor(t24, s5);
  const s4 = xor(t21, t22);
  const z2 = and(s12, x7);
  const z3 = and(s16, y16);
  const z1 = and(s19, y6);
  const s7 = and(s4, s6);
  const s11 = xor(t22, s7);
  const z5 = and(s11, y7);
  const z14 = and(s11, y2);
  const s20 = xor(s12, s19);
  const s17 = xor(s11, s16);
  const z0 = and(s20, y15);
  const tc12 = xor(z3, z5);
  const z4 = and(s17, y1);
  const tc6 = xor(z3, z4);
  const tc5 = xor(z1, z0);
  const tc4 = xor(z0, z2);
  const tc11 = xor(tc6, tc5);
  const s21 = xor(s17, s19);
  const tc14 = xor(tc4, tc12);
  const z13 = and(s17, y5);
  const s22 = xor(s16, s20);
  const z12 = and(s16, y13);
  const s13 = xor(s11, s12);
  const z7 = and(s22, y17);
  const tc8 = xor(z7, tc6);
  const tc7 = xor(z12, tc4);
  const z11 = and(s12, y4);
  const z16 = and(s22, y14);
  const z15 = and(s13, y9);
  const tc1 = xor(z15, z16);
  const tc13 = xor(z13, tc1);
  const tc18 = xor(tc13, tc14);
  const S7 = xor(z12, tc18);
  v128.store(to, S7, 0 * PLANE);
  const z6 = and(s13, y11);
  const z8 = and(s21, y10);
  const tc9 = xor(z8, tc7);
  const z9 = and(s20, y12);
  const z17 = and(s21, y8);
  const tc10 = xor(tc8, tc9);
  const tc17 = xor(z14, tc10);
  const tc2 = xor(z10, tc1);
  const tc3 = xor(z9, tc2);
  const tc21 = xor(tc2, z11);
  const tc16 = xor(z6, tc8);
  const tc20 = xor(z15, tc16);
  const S3 = xor(tc3, tc11);
  v128.store(to, S3, 4 * PLANE);
  const tc26 = xor(tc17, tc20);
  const S1 = xor(S3, tc16);
  v128.store(to, S1, 6 * PLANE);
  const S6 = xor(tc10, tc18);
  v128.store(to, S6, 1 * PLANE);
  const S2 = xor(tc26, z17);
  v128.store(to, S2, 5 * PLANE);
  const S5 = xor(tc21, tc17);
  v128.store(to, S5, 2 * PLANE);
  const S4 = xor(tc14, S3);
  v128.store(to, S4, 3 * PLANE);
  const S0 = xor(tc3, tc16);
  v128.store(to, S0, 7 * PLANE);
}

/** Adds a round key's bit and stores a plane of a column. */
// @ts-ignore: decorator
@inline
function put(to: usize, keys: usize, row: usize, bit: usize, plane: v128): void {
  const key = v128.load32_splat(keys + (row * BYTE_MASKS + bit * 4));
  v128.store(to + (row * BYTE_PLANES + bit * PLANE), xor(plane, key));
}

/**
 * MixColumns and AddRoundKey of the four bytes in `column`:
 * FIPS 197 §5.1.3, 2a ⊕ 3b ⊕ c ⊕ d = 2(a⊕b) ⊕ b ⊕ (c⊕d), where x⁸ = x⁴ + x³ + x + 1.
 */
// @ts-ignore: decorator
@inline
function mixColumn(to: usize, keys: usize): void {
  const h0 = v128.load(column, 0 * BYTE_PLANES + 7 * PLANE);
  const h1 = v128.load(column, 1 * BYTE_PLANES + 7 * PLANE);
  const h2 = v128.load(column, 2 * BYTE_PLANES + 7 * PLANE);
  const h3 = v128.load(column, 3 * BYTE_PLANES + 7 * PLANE);
  const top01 = xor(h0, h1);
  const top12 = xor(h1, h2);
  const top23 = xor(h2, h3);
  const top30 = xor(h3, h0);
  const a00 = v128.load(column, 0 * BYTE_PLANES + 0 * PLANE);
  const a01 = v128.load(column, 1 * BYTE_PLANES + 0 * PLANE);
  const a02 = v128.load(column, 2 * BYTE_PLANES + 0 * PLANE);
  const a03 = v128.load(column, 3 * BYTE_PLANES + 0 * PLANE);
  const d001 = xor(a00, a01);
  const d012 = xor(a01, a02);
  const d023 = xor(a02, a03);
  const d030 = xor(a03, a00);
  put(to, keys, 0, 0, xor(top01, xor(a01, d023)));
  put(to, keys, 1, 0, xor(top12, xor(a02, d030)));
  put(to, keys, 2, 0, xor(top23, xor(a03, d001)));
  put(to, keys, 3, 0, xor(top30, xor(a00, d012)));

  const a10 = v128.load(column, 0 * BYTE_PLANES + 1 * PLANE);
  const a11 = v128.load(column, 1 * BYTE_PLANES + 1 * PLANE);
  const a12 = v128.load(column, 2 * BYTE_PLANES + 1 * PLANE);
  const a13 = v128.load(column, 3 * BYTE_PLANES + 1 * PLANE);
  const d101 = xor(a10, a11);
  const d112 = xor(a11, a12);
  const d123 = xor(a12, a13);
  const d130 = xor(a13, a10);
  put(to, keys, 0, 1, xor(xor(d001, top01), xor(a11, d123)));
  put(to, keys, 1, 1, xor(xor(d012, top12), xor(a12, d130)));
  put(to, keys, 2, 1, xor(xor(d023, top23), xor(a13, d101)));
  put(to, keys, 3, 1, xor(xor(d030, top30), xor(a10, d112)));

  const a20 = v128.load(column, 0 * BYTE_PLANES + 2 * PLANE);
  const a21 = v128.load(column, 1 * BYTE_PLANES + 2 * PLANE);
  const a22 = v128.load(column, 2 * BYTE_PLANES + 2 * PLANE);
  const a23 = v128.load(column, 3 * BYTE_PLANES + 2 * PLANE);
  const d201 = xor(a20, a21);
  const d212 = xor(a21, a22);
  const d223 = xor(a22, a23);
  const d230 = xor(a23, a20);
  put(to, keys, 0, 2, xor(d101, xor(a21, d223)));
  put(to, keys, 1, 2, xor(d112, xor(a22, d230)));
  put(to, keys, 2, 2, xor(d123, xor(a23, d201)));
  put(to, keys, 3, 2, xor(d130, xor(a20, d212)));

  const a30 = v128.load(column, 0 * BYTE_PLANES + 3 * PLANE);
  const a31 = v128.load(column, 1 * BYTE_PLANES + 3 * PLANE);
  const a32 = v128.load(column, 2 * BYTE_PLANES + 3 * PLANE);
  const a33 = v128.load(column, 3 * BYTE_PLANES + 3 * PLANE);
  const d301 = xor(a30, a31);
  const d312 = xor(a31, a32);
  const d323 = xor(a32, a33);
  const d330 = xor(a33, a30);
  put(to, keys, 0, 3, xor(xor(d201, top01), xor(a31, d323)));
  put(to, keys, 1, 3, xor(xor(d212, top12), xor(a32, d330)));
  put(to, keys, 2, 3, xor(xor(d223, top23), xor(a33, d301)));
  put(to, keys, 3, 3, xor(xor(d230, top30), xor(a30, d312)));

  const a40 = v128.load(column, 0 * BYTE_PLANES + 4 * PLANE);
  const a41 = v128.load(column, 1 * BYTE_PLANES + 4 * PLANE);
  const a42 = v128.load(column, 2 * BYTE_PLANES + 4 * PLANE);
  const a43 = v128.load(column, 3 * BYTE_PLANES + 4 * PLANE);
  const d401 = xor(a40, a41);
  const d412 = xor(a41, a42);
  const d423 = xor(a42, a43);
  const d430 = xor(a43, a40);
  put(to, keys, 0, 4, xor(xor(d301, top01), xor(a41, d423)));
  put(to, keys, 1, 4, xor(xor(d312, top12), xor(a42, d430)));
  put(to, keys, 2, 4, xor(xor(d323, top23), xor(a43, d401)));
  put(to, keys, 3, 4, xor(xor(d330, top30), xor(a40, d412)));

  const a50 = v128.load(column, 0 * BYTE_PLANES + 5 * PLANE);
  const a51 = v128.load(column, 1 * BYTE_PLANES + 5 * PLANE);
  const a52 = v128.load(column, 2 * BYTE_PLANES + 5 * PLANE);
  const a53 = v128.load(column, 3 * BYTE_PLANES + 5 * PLANE);
  const d501 = xor(a50, a51);
  const d512 = xor(a51, a52);
  const d523 = xor(a52, a53);
  const d530 = xor(a53, a50);
  put(to, keys, 0, 5, xor(d401, xor(a51, d523)));
  put(to, keys, 1, 5, xor(d412, xor(a52, d530)));
  put(to, keys, 2, 5, xor(d423, xor(a53, d501)));
  put(to, keys, 3, 5, xor(d430, xor(a50, d512)));

  const a60 = v128.load(column, 0 * BYTE_PLANES + 6 * PLANE);
  const a61 = v128.load(column, 1 * BYTE_PLANES + 6 * PLANE);
  const a62 = v128.load(column, 2 * BYTE_PLANES + 6 * PLANE);
  const a63 = v128.load(column, 3 * BYTE_PLANES + 6 * PLANE);
  const d601 = xor(a60, a61);
  const d612 = xor(a61, a62);
  const d623 = xor(a62, a63);
  const d630 = xor(a63, a60);
  put(to, keys, 0, 6, xor(d501, xor(a61, d623)));
  put(to, keys, 1, 6, xor(d512, xor(a62, d630)));
  put(to, keys, 2, 6, xor(d523, xor(a63, d601)));
  put(to, keys, 3, 6, xor(d530, xor(a60, d612)));

  put(to, keys, 0, 7, xor(d601, xor(h1, top23)));
  put(to, keys, 1, 7, xor(d612, xor(h2, top30)));
  put(to, keys, 2, 7, xor(d623, xor(h3, top01)));
  put(to, keys, 3, 7, xor(d630, xor(h0, top12)));
}

/** Where ShiftRows takes byte `row` of column `col` from. */
// @ts-ignore: decorator
@inline
function shifted(col: u32, row: u32): u32 {
  return (((col + row) & 3) << 2) + row;
}

/** The byte of the state that ends up as byte `out` of the last round. */
// @ts-ignore: decorator
@inline
export function lastSource(out: u32): u32 {
  return shifted(out >> 2, out & 3);
}

function addFirstKey(from: usize, keys: usize, to: usize): void {
  for (let i: u32 = 0; i < 128; i += 4) {
    const at = from + i * PLANE;
    const key = keys + i * 4;
    const out = to + i * PLANE;
    v128.store(out, xor(v128.load(at), v128.load32_splat(key)));
    v128.store(out, xor(v128.load(at, PLANE), v128.load32_splat(key, 4)), PLANE);
    v128.store(out, xor(v128.load(at, 2 * PLANE), v128.load32_splat(key, 8)), 2 * PLANE);
    v128.store(out, xor(v128.load(at, 3 * PLANE), v128.load32_splat(key, 12)), 3 * PLANE);
  }
}

/**
 * Rounds 1 to 9 of 128 blocks, with round keys 0 to 9.
 * @param firstColumn of round 9, for callers that want only the columns from there on
 * @returns the state, valid until the next call
 */
export function nineRounds(planes: usize, keys: usize, firstColumn: u32): usize {
  addFirstKey(planes, keys, ping);
  let from = ping;
  let to = pong;
  for (let round: u32 = 1; round < 10; round++) {
    for (let col = round == 9 ? firstColumn : 0; col < 4; col++) {
      for (let row: u32 = 0; row < 4; row++)
        subByte(from + shifted(col, row) * BYTE_PLANES, column + row * BYTE_PLANES);
      mixColumn(to + col * (4 * BYTE_PLANES), keys + round * ROUND_MASKS + col * (4 * BYTE_MASKS));
    }
    const next = to;
    to = from;
    from = next;
  }
  return from;
}

/** Lanes whose eight planes are all zero. */
// @ts-ignore: decorator
@inline
export function zeroLanes(byte: usize): v128 {
  return v128.not(
    or(
      or(
        or(v128.load(byte, 0 * PLANE), v128.load(byte, 1 * PLANE)),
        or(v128.load(byte, 2 * PLANE), v128.load(byte, 3 * PLANE)),
      ),
      or(
        or(v128.load(byte, 4 * PLANE), v128.load(byte, 5 * PLANE)),
        or(v128.load(byte, 6 * PLANE), v128.load(byte, 7 * PLANE)),
      ),
    ),
  );
}

/** The last round's output byte `out`: eight planes, valid until the next call. */
export function lastByte(state: usize, keys: usize, out: u32): usize {
  subByte(state + lastSource(out) * BYTE_PLANES, column);
  const masks = keys + 10 * ROUND_MASKS + out * BYTE_MASKS;
  for (let bit: u32 = 0; bit < 8; bit++) {
    const at = column + bit * PLANE;
    v128.store(at, xor(v128.load(at), v128.load32_splat(masks + bit * 4)));
  }
  return column;
}

/** Spreads the 176 bytes of a key schedule out into one i32 mask a bit. */
export function expandMasks(schedule: usize, masks: usize): void {
  const low = i32x4(1, 2, 4, 8);
  const high = i32x4(16, 32, 64, 128);
  for (let i: u32 = 0; i < SCHEDULE_BYTES; i++) {
    const byte = v128.load8_splat(schedule + i);
    v128.store(masks + i * BYTE_MASKS, i32x4.eq(and(byte, low), low), 0);
    v128.store(masks + i * BYTE_MASKS, i32x4.eq(and(byte, high), high), 16);
  }
}

/**
 * Slices 128 labels of 16 bytes. First 16×16 byte transposes (four perfect shuffles) of 16 labels each, then for each
 * byte an 8×8 bit transpose across the eight groups: bit j of byte lane i belongs to label 16·j + i.
 */
export function transpose(labels: usize, to: usize): void {
  for (let group: u32 = 0; group < 8; group++) {
    shuffle(labels + group * 256, pong);
    shuffle(pong, column);
    shuffle(column, pong);
    shuffle(pong, ping + group * 256);
  }
  // In `ping`: [group][byte]. A byte's eight vectors are 256 bytes apart; its planes will be together.
  for (let byte: u32 = 0; byte < 16; byte++)
    sliceByte(ping + byte * PLANE, to + byte * BYTE_PLANES);
}

function shuffle(from: usize, to: usize): void {
  for (let i: u32 = 0; i < 8; i++) {
    const a = v128.load(from + i * 16);
    const b = v128.load(from + i * 16 + 128);
    const out = to + i * 32;
    v128.store(out, i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), 0);
    v128.store(out, i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
  }
}

/** Bits of `a` above `shift` that trade places with bits of `b`. */
// @ts-ignore: decorator
@inline
function traded(a: v128, b: v128, shift: i32, mask: v128): v128 {
  return and(xor(i64x2.shr_u(a, shift), b), mask);
}
// @ts-ignore: decorator
@inline
function back(a: v128, trade: v128, shift: i32): v128 {
  return xor(a, i64x2.shl(trade, shift));
}

function sliceByte(from: usize, to: usize): void {
  let a0 = v128.load(from, 0 * 256);
  let a1 = v128.load(from, 1 * 256);
  let a2 = v128.load(from, 2 * 256);
  let a3 = v128.load(from, 3 * 256);
  let a4 = v128.load(from, 4 * 256);
  let a5 = v128.load(from, 5 * 256);
  let a6 = v128.load(from, 6 * 256);
  let a7 = v128.load(from, 7 * 256);
  const mask4 = i8x16.splat(0x0f);
  const t40 = traded(a0, a4, 4, mask4);
  a0 = back(a0, t40, 4);
  a4 = xor(a4, t40);
  const t41 = traded(a1, a5, 4, mask4);
  a1 = back(a1, t41, 4);
  a5 = xor(a5, t41);
  const t42 = traded(a2, a6, 4, mask4);
  a2 = back(a2, t42, 4);
  a6 = xor(a6, t42);
  const t43 = traded(a3, a7, 4, mask4);
  a3 = back(a3, t43, 4);
  a7 = xor(a7, t43);
  const mask2 = i8x16.splat(0x33);
  const t20 = traded(a0, a2, 2, mask2);
  a0 = back(a0, t20, 2);
  a2 = xor(a2, t20);
  const t21 = traded(a1, a3, 2, mask2);
  a1 = back(a1, t21, 2);
  a3 = xor(a3, t21);
  const t24 = traded(a4, a6, 2, mask2);
  a4 = back(a4, t24, 2);
  a6 = xor(a6, t24);
  const t25 = traded(a5, a7, 2, mask2);
  a5 = back(a5, t25, 2);
  a7 = xor(a7, t25);
  const mask1 = i8x16.splat(0x55);
  const t10 = traded(a0, a1, 1, mask1);
  a0 = back(a0, t10, 1);
  a1 = xor(a1, t10);
  const t12 = traded(a2, a3, 1, mask1);
  a2 = back(a2, t12, 1);
  a3 = xor(a3, t12);
  const t14 = traded(a4, a5, 1, mask1);
  a4 = back(a4, t14, 1);
  a5 = xor(a5, t14);
  const t16 = traded(a6, a7, 1, mask1);
  a6 = back(a6, t16, 1);
  a7 = xor(a7, t16);
  v128.store(to, a0, 0 * PLANE);
  v128.store(to, a1, 1 * PLANE);
  v128.store(to, a2, 2 * PLANE);
  v128.store(to, a3, 3 * PLANE);
  v128.store(to, a4, 4 * PLANE);
  v128.store(to, a5, 5 * PLANE);
  v128.store(to, a6, 6 * PLANE);
  v128.store(to, a7, 7 * PLANE);
}
