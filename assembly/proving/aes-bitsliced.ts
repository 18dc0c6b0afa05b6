/**
 * AES-128 on 128 blocks at once, bitsliced: a vector ("plane") holds one bit of 128 blocks, 128 planes
 * hold them all, [byte of the block][bit of the byte, least significant first].
 */

/** Bytes of one plane, of the planes of one block byte, of 128 blocks. */
export const PLANE: usize = 16;
export const BYTE_PLANES: usize = 8 * PLANE;
export const BATCH_PLANES: usize = 16 * BYTE_PLANES;
/** Round keys as masks: one i32 (0 or −1) a key bit. */
const BYTE_MASKS: usize = 8 * 4;
const ROUND_MASKS: usize = 16 * BYTE_MASKS;
export const KEY_MASKS: usize = 11 * ROUND_MASKS;
export const SCHEDULE_BYTES: usize = 11 * 16;

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
function keyed(state: usize, mask: usize, bit: usize): v128 {
  return v128.xor(v128.load(state + bit * PLANE), v128.load32_splat(mask + bit * 4));
}
// @ts-ignore: decorator
@inline
function put(to: usize, bit: usize, value: v128): void {
  v128.store(to + bit * PLANE, value);
}

/** SubBytes of (state ⊕ key) without its constant 0x63, which the round keys carry. */
// @ts-ignore: decorator
@inline
export function subByte(state: usize, mask: usize, to: usize): void {
  const x0 = keyed(state, mask, 7);
  const x1 = keyed(state, mask, 6);
  const x2 = keyed(state, mask, 5);
  const x3 = keyed(state, mask, 4);
  const x4 = keyed(state, mask, 3);
  const x5 = keyed(state, mask, 2);
  const x6 = keyed(state, mask, 1);
  const x7 = keyed(state, mask, 0);
  const y14 = xor(x3, x5);
  const y13 = xor(x0, x6);
  const y9 = xor(x0, x3);
  const y8 = xor(x0, x5);
  const t0 = xor(x1, x2);
  const y1 = xor(t0, x7);
  const y4 = xor(y1, x3);
  const y12 = xor(y13, y14);
  const y2 = xor(y1, x0);
  const y5 = xor(y1, x6);
  const y3 = xor(y5, y8);
  const t1 = xor(x4, y12);
  const y15 = xor(t1, x5);
  const y20 = xor(t1, x1);
  const y6 = xor(y15, x7);
  const y10 = xor(y15, t0);
  const y11 = xor(y20, y9);
  const y7 = xor(x7, y11);
  const y17 = xor(y10, y11);
  const y19 = xor(y10, y8);
  const y16 = xor(t0, y11);
  const y21 = xor(y13, y16);
  const y18 = xor(x0, y16);
  const t2 = and(y12, y15);
  const t3 = and(y3, y6);
  const t4 = xor(t3, t2);
  const t5 = and(y4, x7);
  const t6 = xor(t5, t2);
  const t7 = and(y13, y16);
  const t8 = and(y5, y1);
  const t9 = xor(t8, t7);
  const t10 = and(y2, y7);
  const t11 = xor(t10, t7);
  const t12 = and(y9, y11);
  const t13 = and(y14, y17);
  const t14 = xor(t13, t12);
  const t15 = and(y8, y10);
  const t16 = xor(t15, t12);
  const t17 = xor(t4, t14);
  const t18 = xor(t6, t16);
  const t19 = xor(t9, t14);
  const t20 = xor(t11, t16);
  const t21 = xor(t17, y20);
  const t22 = xor(t18, y19);
  const t23 = xor(t19, y21);
  const t24 = xor(t20, y18);
  const t25 = xor(t21, t22);
  const t26 = and(t21, t23);
  const t27 = xor(t24, t26);
  const t28 = and(t25, t27);
  const t29 = xor(t28, t22);
  const t30 = xor(t23, t24);
  const t31 = xor(t22, t26);
  const t32 = and(t31, t30);
  const t33 = xor(t32, t24);
  const t34 = xor(t23, t33);
  const t35 = xor(t27, t33);
  const t36 = and(t24, t35);
  const t37 = xor(t36, t34);
  const t38 = xor(t27, t36);
  const t39 = and(t29, t38);
  const t40 = xor(t25, t39);
  const t41 = xor(t40, t37);
  const t42 = xor(t29, t33);
  const t43 = xor(t29, t40);
  const t44 = xor(t33, t37);
  const t45 = xor(t42, t41);
  const z0 = and(t44, y15);
  const z1 = and(t37, y6);
  const z2 = and(t33, x7);
  const z3 = and(t43, y16);
  const z4 = and(t40, y1);
  const z5 = and(t29, y7);
  const z6 = and(t42, y11);
  const z7 = and(t45, y17);
  const z8 = and(t41, y10);
  const z9 = and(t44, y12);
  const z10 = and(t37, y3);
  const z11 = and(t33, y4);
  const z12 = and(t43, y13);
  const z13 = and(t40, y5);
  const z14 = and(t29, y2);
  const z15 = and(t42, y9);
  const z16 = and(t45, y14);
  const z17 = and(t41, y8);
  const tc1 = xor(z15, z16);
  const tc2 = xor(z10, tc1);
  const tc3 = xor(z9, tc2);
  const tc4 = xor(z0, z2);
  const tc5 = xor(z1, z0);
  const tc6 = xor(z3, z4);
  const tc7 = xor(z12, tc4);
  const tc8 = xor(z7, tc6);
  const tc9 = xor(z8, tc7);
  const tc10 = xor(tc8, tc9);
  const tc11 = xor(tc6, tc5);
  const tc12 = xor(z3, z5);
  const tc13 = xor(z13, tc1);
  const tc14 = xor(tc4, tc12);
  const S3 = xor(tc3, tc11);
  const tc16 = xor(z6, tc8);
  const tc17 = xor(z14, tc10);
  const tc18 = xor(tc13, tc14);
  const S7 = xor(z12, tc18);
  const tc20 = xor(z15, tc16);
  const tc21 = xor(tc2, z11);
  const tc26 = xor(tc17, tc20);
  const S0 = xor(tc3, tc16);
  const S6 = xor(tc10, tc18);
  const S4 = xor(tc14, S3);
  const S1 = xor(S3, tc16);
  const S2 = xor(tc26, z17);
  const S5 = xor(tc21, tc17);
  put(to, 7, S0);
  put(to, 6, S1);
  put(to, 5, S2);
  put(to, 4, S3);
  put(to, 3, S4);
  put(to, 2, S5);
  put(to, 1, S6);
  put(to, 0, S7);
}

// @ts-ignore: decorator
@inline
function at(row: usize, bit: usize): v128 {
  return v128.load(column + (row * BYTE_PLANES + bit * PLANE));
}
// @ts-ignore: decorator
@inline
function store(to: usize, row: usize, bit: usize, value: v128): void {
  v128.store(to + (row * BYTE_PLANES + bit * PLANE), value);
}

/** MixColumns of the four bytes in `column`: FIPS 197 §5.1.3, 2a ⊕ 3b ⊕ c ⊕ d = 2(a⊕b) ⊕ b ⊕ (c⊕d). */
// @ts-ignore: decorator
@inline
function mixColumn(to: usize): void {
  const h0 = at(0, 7);
  const h1 = at(1, 7);
  const h2 = at(2, 7);
  const h3 = at(3, 7);
  const top01 = xor(h0, h1);
  const top12 = xor(h1, h2);
  const top23 = xor(h2, h3);
  const top30 = xor(h3, h0);
  const a00 = at(0, 0);
  const a01 = at(1, 0);
  const a02 = at(2, 0);
  const a03 = at(3, 0);
  const d001 = xor(a00, a01);
  const d012 = xor(a01, a02);
  const d023 = xor(a02, a03);
  const d030 = xor(a03, a00);
  store(to, 0, 0, xor(top01, xor(a01, d023)));
  store(to, 1, 0, xor(top12, xor(a02, d030)));
  store(to, 2, 0, xor(top23, xor(a03, d001)));
  store(to, 3, 0, xor(top30, xor(a00, d012)));

  const a10 = at(0, 1);
  const a11 = at(1, 1);
  const a12 = at(2, 1);
  const a13 = at(3, 1);
  const d101 = xor(a10, a11);
  const d112 = xor(a11, a12);
  const d123 = xor(a12, a13);
  const d130 = xor(a13, a10);
  store(to, 0, 1, xor(xor(d001, top01), xor(a11, d123)));
  store(to, 1, 1, xor(xor(d012, top12), xor(a12, d130)));
  store(to, 2, 1, xor(xor(d023, top23), xor(a13, d101)));
  store(to, 3, 1, xor(xor(d030, top30), xor(a10, d112)));

  const a20 = at(0, 2);
  const a21 = at(1, 2);
  const a22 = at(2, 2);
  const a23 = at(3, 2);
  const d201 = xor(a20, a21);
  const d212 = xor(a21, a22);
  const d223 = xor(a22, a23);
  const d230 = xor(a23, a20);
  store(to, 0, 2, xor(d101, xor(a21, d223)));
  store(to, 1, 2, xor(d112, xor(a22, d230)));
  store(to, 2, 2, xor(d123, xor(a23, d201)));
  store(to, 3, 2, xor(d130, xor(a20, d212)));

  const a30 = at(0, 3);
  const a31 = at(1, 3);
  const a32 = at(2, 3);
  const a33 = at(3, 3);
  const d301 = xor(a30, a31);
  const d312 = xor(a31, a32);
  const d323 = xor(a32, a33);
  const d330 = xor(a33, a30);
  store(to, 0, 3, xor(xor(d201, top01), xor(a31, d323)));
  store(to, 1, 3, xor(xor(d212, top12), xor(a32, d330)));
  store(to, 2, 3, xor(xor(d223, top23), xor(a33, d301)));
  store(to, 3, 3, xor(xor(d230, top30), xor(a30, d312)));

  const a40 = at(0, 4);
  const a41 = at(1, 4);
  const a42 = at(2, 4);
  const a43 = at(3, 4);
  const d401 = xor(a40, a41);
  const d412 = xor(a41, a42);
  const d423 = xor(a42, a43);
  const d430 = xor(a43, a40);
  store(to, 0, 4, xor(xor(d301, top01), xor(a41, d423)));
  store(to, 1, 4, xor(xor(d312, top12), xor(a42, d430)));
  store(to, 2, 4, xor(xor(d323, top23), xor(a43, d401)));
  store(to, 3, 4, xor(xor(d330, top30), xor(a40, d412)));

  const a50 = at(0, 5);
  const a51 = at(1, 5);
  const a52 = at(2, 5);
  const a53 = at(3, 5);
  const d501 = xor(a50, a51);
  const d512 = xor(a51, a52);
  const d523 = xor(a52, a53);
  const d530 = xor(a53, a50);
  store(to, 0, 5, xor(d401, xor(a51, d523)));
  store(to, 1, 5, xor(d412, xor(a52, d530)));
  store(to, 2, 5, xor(d423, xor(a53, d501)));
  store(to, 3, 5, xor(d430, xor(a50, d512)));

  const a60 = at(0, 6);
  const a61 = at(1, 6);
  const a62 = at(2, 6);
  const a63 = at(3, 6);
  const d601 = xor(a60, a61);
  const d612 = xor(a61, a62);
  const d623 = xor(a62, a63);
  const d630 = xor(a63, a60);
  store(to, 0, 6, xor(d501, xor(a61, d623)));
  store(to, 1, 6, xor(d512, xor(a62, d630)));
  store(to, 2, 6, xor(d523, xor(a63, d601)));
  store(to, 3, 6, xor(d530, xor(a60, d612)));

  store(to, 0, 7, xor(d601, xor(h1, top23)));
  store(to, 1, 7, xor(d612, xor(h2, top30)));
  store(to, 2, 7, xor(d623, xor(h3, top01)));
  store(to, 3, 7, xor(d630, xor(h0, top12)));
}

/** Where ShiftRows takes byte `row` of column `col` from. */
// @ts-ignore: decorator
@inline
export function shifted(col: usize, row: usize): usize {
  return (((col + row) & 3) << 2) + row;
}

/**
 * Rounds 1 to 9 of 128 blocks, up to MixColumns of the ninth; AddRoundKey 9 is left to the caller.
 * @param firstColumn of round 9, for callers that want only the columns from there on
 * @returns the state
 */
export function nineRounds(planes: usize, keys: usize, firstColumn: usize): usize {
  let from = planes;
  for (let round: usize = 0; round < 9; round++) {
    const to = round & 1 ? pong : ping;
    const masks = keys + round * ROUND_MASKS;
    for (let col: usize = round == 8 ? firstColumn : 0; col < 4; col++) {
      for (let row: usize = 0; row < 4; row++) {
        const byte = shifted(col, row);
        subByte(from + byte * BYTE_PLANES, masks + byte * BYTE_MASKS, column + row * BYTE_PLANES);
      }
      mixColumn(to + col * (4 * BYTE_PLANES));
    }
    from = to;
  }
  return from;
}

/** One plane of (state ⊕ round key 9). */
// @ts-ignore: decorator
@inline
export function ninthKeyed(state: usize, keys: usize, byte: usize, bit: usize): v128 {
  return keyed(state + byte * BYTE_PLANES, keys + 9 * ROUND_MASKS + byte * BYTE_MASKS, bit);
}

/** The last round's output byte `out`: eight planes, valid until the next call. */
export function lastByte(state: usize, keys: usize, out: usize): usize {
  const byte = shifted(out >> 2, out & 3);
  subByte(state + byte * BYTE_PLANES, keys + 9 * ROUND_MASKS + byte * BYTE_MASKS, column);
  const masks = keys + 10 * ROUND_MASKS + out * BYTE_MASKS;
  for (let bit: usize = 0; bit < 8; bit++) put(column, bit, keyed(column, masks, bit));
  return column;
}

/** Spreads the 176 bytes of a key schedule out into one i32 mask a bit. */
export function expandMasks(schedule: usize, masks: usize): void {
  const low = i32x4(1, 2, 4, 8);
  const high = i32x4(16, 32, 64, 128);
  for (let i: usize = 0; i < SCHEDULE_BYTES; i++) {
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
  for (let group: usize = 0; group < 8; group++) {
    shuffle(labels + group * 256, ping);
    shuffle(ping, pong);
    shuffle(pong, ping);
    shuffle(ping, to + group * 256);
  }
  // In `to`: [group][byte]. A byte's eight vectors lie 256 bytes apart; its planes must lie together.
  memory.copy(ping, to, BATCH_PLANES);
  for (let byte: usize = 0; byte < 16; byte++)
    sliceByte(ping + byte * PLANE, to + byte * BYTE_PLANES);
}

function shuffle(from: usize, to: usize): void {
  for (let i: usize = 0; i < 8; i++) {
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
  put(to, 0, a0);
  put(to, 1, a1);
  put(to, 2, a2);
  put(to, 3, a3);
  put(to, 4, a4);
  put(to, 5, a5);
  put(to, 6, a6);
  put(to, 7, a7);
}
