// PBKDF2-HMAC with the original Keccak-512 (padding 0x01, 72-byte blocks), one iteration, as
// scrypt-jane uses it around ROMix. A label's password has exactly 72 bytes, one block, so HMAC pads it
// without hashing. Nine permutations a label are under 1 % of its cost at N = 8192: plain 64-bit code.

/** Bytes of one absorbed block: 1600 − 2 × 512 bits. */
const RATE: usize = 72;
const LANES: usize = 25;
/** Bytes that PBKDF2 gives ROMix at r = p = 1. */
export const BLOCK_BYTES: usize = 128;

const IPAD: u64 = 0x3636363636363636;
const OPAD: u64 = 0x5c5c5c5c5c5c5c5c;
/** Padding within an otherwise zero block: first and last bit. */
const PAD_FIRST: u64 = 1;
const PAD_LAST: u64 = 0x8000000000000000;
/** PBKDF2's block counters are 32-bit big-endian; here as the low half of a little-endian lane. */
const COUNTER_1: u64 = 0x01000000;
const COUNTER_2: u64 = 0x02000000;

const roundConstants = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
  0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
  0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
  0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]);

/** The running state, and the states after the padded password: they serve all blocks of a label. */
const state = memory.data(<i32>LANES * 8, 16);
const innerState = memory.data(<i32>LANES * 8, 16);
const outerState = memory.data(<i32>LANES * 8, 16);

function xorLane(lane: usize, value: u64): void {
  store<u64>(state + lane * 8, load<u64>(state + lane * 8) ^ value);
}

/** Starts a hash of (password ⊕ pad) and keeps the state after that block in `kept`. */
function absorbPassword(password: usize, pad: u64, kept: usize): void {
  memory.fill(state, 0, LANES * 8);
  for (let offset: usize = 0; offset < RATE; offset += 8)
    store<u64>(state + offset, load<u64>(password + offset) ^ pad);
  permute();
  memory.copy(kept, state, LANES * 8);
}

/** Hashes the inner digest that `state` holds under the outer password: the HMAC ends in `state`. */
function finishHmac(): void {
  // The digest is the first eight lanes; they move on to be the message.
  for (let lane: usize = 0; lane < 8; lane++)
    store<u64>(state + lane * 8, load<u64>(state + lane * 8) ^ load<u64>(outerState + lane * 8));
  memory.copy(state + 64, outerState + 64, LANES * 8 - 64);
  xorLane(8, PAD_FIRST | PAD_LAST);
  permute();
}

function hmacOfCounter(counter: u64): void {
  memory.copy(state, innerState, LANES * 8);
  xorLane(0, counter | (PAD_FIRST << 32));
  xorLane(8, PAD_LAST);
  permute();
  finishHmac();
}

/**
 * ROMix's input: PBKDF2(password, empty salt), 128 bytes at `block`. Keeps what `squeezeLabel` needs of the
 * password in `kept` (LANES × 16 bytes).
 */
export function expandPassword(password: usize, block: usize, kept: usize): void {
  absorbPassword(password, IPAD, innerState);
  absorbPassword(password, OPAD, outerState);
  memory.copy(kept, innerState, LANES * 8);
  memory.copy(kept + LANES * 8, outerState, LANES * 8);
  hmacOfCounter(COUNTER_1);
  memory.copy(block, state, 64);
  hmacOfCounter(COUNTER_2);
  memory.copy(block + 64, state, 64);
}

/** Bytes that `expandPassword` keeps of a label. */
export const KEPT_BYTES: usize = LANES * 16;

/** The label: PBKDF2(password, salt = ROMix's output at `block`), 32 bytes at `label`. */
export function squeezeLabel(kept: usize, block: usize, label: usize): void {
  memory.copy(state, kept, LANES * 8);
  memory.copy(outerState, kept + LANES * 8, LANES * 8);
  for (let offset: usize = 0; offset < RATE; offset += 8)
    store<u64>(state + offset, load<u64>(state + offset) ^ load<u64>(block + offset));
  permute();
  const rest = BLOCK_BYTES - RATE;
  for (let offset: usize = 0; offset < rest; offset += 8)
    store<u64>(state + offset, load<u64>(state + offset) ^ load<u64>(block + RATE + offset));
  xorLane(rest / 8, COUNTER_1 | (PAD_FIRST << 32));
  xorLane(8, PAD_LAST);
  permute();
  finishHmac();
  memory.copy(label, state, 32);
}

/** Keccak-f[1600] on `state` (FIPS 202 §3). Lanes are named a<x><y>. */
function permute(): void {
  let a00 = load<u64>(state, 0);
  let a10 = load<u64>(state, 8);
  let a20 = load<u64>(state, 16);
  let a30 = load<u64>(state, 24);
  let a40 = load<u64>(state, 32);
  let a01 = load<u64>(state, 40);
  let a11 = load<u64>(state, 48);
  let a21 = load<u64>(state, 56);
  let a31 = load<u64>(state, 64);
  let a41 = load<u64>(state, 72);
  let a02 = load<u64>(state, 80);
  let a12 = load<u64>(state, 88);
  let a22 = load<u64>(state, 96);
  let a32 = load<u64>(state, 104);
  let a42 = load<u64>(state, 112);
  let a03 = load<u64>(state, 120);
  let a13 = load<u64>(state, 128);
  let a23 = load<u64>(state, 136);
  let a33 = load<u64>(state, 144);
  let a43 = load<u64>(state, 152);
  let a04 = load<u64>(state, 160);
  let a14 = load<u64>(state, 168);
  let a24 = load<u64>(state, 176);
  let a34 = load<u64>(state, 184);
  let a44 = load<u64>(state, 192);
  for (let round: usize = 0; round < 24; round++) {
    const c0 = a00 ^ a01 ^ a02 ^ a03 ^ a04;
    const c1 = a10 ^ a11 ^ a12 ^ a13 ^ a14;
    const c2 = a20 ^ a21 ^ a22 ^ a23 ^ a24;
    const c3 = a30 ^ a31 ^ a32 ^ a33 ^ a34;
    const c4 = a40 ^ a41 ^ a42 ^ a43 ^ a44;
    const d0 = c4 ^ rotl<u64>(c1, 1);
    const d1 = c0 ^ rotl<u64>(c2, 1);
    const d2 = c1 ^ rotl<u64>(c3, 1);
    const d3 = c2 ^ rotl<u64>(c4, 1);
    const d4 = c3 ^ rotl<u64>(c0, 1);
    const b00 = a00 ^ d0;
    const b02 = rotl<u64>(a10 ^ d1, 1);
    const b04 = rotl<u64>(a20 ^ d2, 62);
    const b01 = rotl<u64>(a30 ^ d3, 28);
    const b03 = rotl<u64>(a40 ^ d4, 27);
    const b13 = rotl<u64>(a01 ^ d0, 36);
    const b10 = rotl<u64>(a11 ^ d1, 44);
    const b12 = rotl<u64>(a21 ^ d2, 6);
    const b14 = rotl<u64>(a31 ^ d3, 55);
    const b11 = rotl<u64>(a41 ^ d4, 20);
    const b21 = rotl<u64>(a02 ^ d0, 3);
    const b23 = rotl<u64>(a12 ^ d1, 10);
    const b20 = rotl<u64>(a22 ^ d2, 43);
    const b22 = rotl<u64>(a32 ^ d3, 25);
    const b24 = rotl<u64>(a42 ^ d4, 39);
    const b34 = rotl<u64>(a03 ^ d0, 41);
    const b31 = rotl<u64>(a13 ^ d1, 45);
    const b33 = rotl<u64>(a23 ^ d2, 15);
    const b30 = rotl<u64>(a33 ^ d3, 21);
    const b32 = rotl<u64>(a43 ^ d4, 8);
    const b42 = rotl<u64>(a04 ^ d0, 18);
    const b44 = rotl<u64>(a14 ^ d1, 2);
    const b41 = rotl<u64>(a24 ^ d2, 61);
    const b43 = rotl<u64>(a34 ^ d3, 56);
    const b40 = rotl<u64>(a44 ^ d4, 14);
    a00 = b00 ^ (~b10 & b20) ^ load<u64>(roundConstants + round * 8);
    a10 = b10 ^ (~b20 & b30);
    a20 = b20 ^ (~b30 & b40);
    a30 = b30 ^ (~b40 & b00);
    a40 = b40 ^ (~b00 & b10);
    a01 = b01 ^ (~b11 & b21);
    a11 = b11 ^ (~b21 & b31);
    a21 = b21 ^ (~b31 & b41);
    a31 = b31 ^ (~b41 & b01);
    a41 = b41 ^ (~b01 & b11);
    a02 = b02 ^ (~b12 & b22);
    a12 = b12 ^ (~b22 & b32);
    a22 = b22 ^ (~b32 & b42);
    a32 = b32 ^ (~b42 & b02);
    a42 = b42 ^ (~b02 & b12);
    a03 = b03 ^ (~b13 & b23);
    a13 = b13 ^ (~b23 & b33);
    a23 = b23 ^ (~b33 & b43);
    a33 = b33 ^ (~b43 & b03);
    a43 = b43 ^ (~b03 & b13);
    a04 = b04 ^ (~b14 & b24);
    a14 = b14 ^ (~b24 & b34);
    a24 = b24 ^ (~b34 & b44);
    a34 = b34 ^ (~b44 & b04);
    a44 = b44 ^ (~b04 & b14);
  }
  store<u64>(state, a00, 0);
  store<u64>(state, a10, 8);
  store<u64>(state, a20, 16);
  store<u64>(state, a30, 24);
  store<u64>(state, a40, 32);
  store<u64>(state, a01, 40);
  store<u64>(state, a11, 48);
  store<u64>(state, a21, 56);
  store<u64>(state, a31, 64);
  store<u64>(state, a41, 72);
  store<u64>(state, a02, 80);
  store<u64>(state, a12, 88);
  store<u64>(state, a22, 96);
  store<u64>(state, a32, 104);
  store<u64>(state, a42, 112);
  store<u64>(state, a03, 120);
  store<u64>(state, a13, 128);
  store<u64>(state, a23, 136);
  store<u64>(state, a33, 144);
  store<u64>(state, a43, 152);
  store<u64>(state, a04, 160);
  store<u64>(state, a14, 168);
  store<u64>(state, a24, 176);
  store<u64>(state, a34, 184);
  store<u64>(state, a44, 192);
}
