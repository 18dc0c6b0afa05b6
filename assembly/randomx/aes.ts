/**
 * AES rounds in software, and the two generators and the hash that RandomX makes of single rounds
 * (specs.md 3.2 to 3.4). A column of four bytes is looked up in four tables for each direction, which
 * combine (inverse) SubBytes, ShiftRows and MixColumns; byte order is little-endian.
 */
import { AES_TABLES, PROGRAM, SCRATCHPAD, SCRATCHPAD_BYTES, SEED, A } from './layout';

const ENC: usize = AES_TABLES;
const DEC: usize = AES_TABLES + 4096;

function times2(x: u32): u32 {
  return ((x << 1) ^ ((x >> 7) * 0x11b)) & 0xff;
}

/** Writes the tables. They depend on nothing, so any number of threads may do it concurrently. */
export function fillAesTables(): void {
  // Walks the field by the generator 3 and its inverse, so that p * q is always 1 (FIPS 197, 5.1.1).
  let p: u32 = 1;
  let q: u32 = 1;
  do {
    p = p ^ times2(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const wide = q | (q << 8);
    const s = (wide ^ (wide >> 7) ^ (wide >> 6) ^ (wide >> 5) ^ (wide >> 4) ^ 0x63) & 0xff;
    storeEntry(p, s);
  } while (p != 1);
  storeEntry(0, 0x63);
}

function storeEntry(x: u32, s: u32): void {
  const s2 = times2(s);
  const enc = s2 | (s << 8) | (s << 16) | ((s ^ s2) << 24);
  const x2 = times2(x);
  const x4 = times2(x2);
  const x8 = times2(x4);
  const dec = (x2 ^ x4 ^ x8) | ((x ^ x8) << 8) | ((x ^ x4 ^ x8) << 16) | ((x ^ x2 ^ x8) << 24);
  for (let i: usize = 0; i < 4; i++) {
    store<u32>(ENC + i * 1024 + ((<usize>x) << 2), rotl(enc, <u32>(8 * i)));
    store<u32>(DEC + i * 1024 + ((<usize>s) << 2), rotl(dec, <u32>(8 * i)));
  }
}

function lookup(table: usize, a: u32, b: u32, c: u32, d: u32): u32 {
  return (
    load<u32>(table + ((a & 0xff) << 2)) ^
    load<u32>(table + ((b >>> 6) & 0x3fc), 1024) ^
    load<u32>(table + ((c >>> 14) & 0x3fc), 2048) ^
    load<u32>(table + ((d >>> 22) & 0x3fc), 3072)
  );
}

function encrypt(x: v128, key: v128): v128 {
  const a = i32x4.extract_lane(x, 0);
  const b = i32x4.extract_lane(x, 1);
  const c = i32x4.extract_lane(x, 2);
  const d = i32x4.extract_lane(x, 3);
  let y = i32x4.splat(lookup(ENC, a, b, c, d));
  y = i32x4.replace_lane(y, 1, lookup(ENC, b, c, d, a));
  y = i32x4.replace_lane(y, 2, lookup(ENC, c, d, a, b));
  y = i32x4.replace_lane(y, 3, lookup(ENC, d, a, b, c));
  return v128.xor(y, key);
}

function decrypt(x: v128, key: v128): v128 {
  const a = i32x4.extract_lane(x, 0);
  const b = i32x4.extract_lane(x, 1);
  const c = i32x4.extract_lane(x, 2);
  const d = i32x4.extract_lane(x, 3);
  let y = i32x4.splat(lookup(DEC, a, d, c, b));
  y = i32x4.replace_lane(y, 1, lookup(DEC, b, a, d, c));
  y = i32x4.replace_lane(y, 2, lookup(DEC, c, b, a, d));
  y = i32x4.replace_lane(y, 3, lookup(DEC, d, c, b, a));
  return v128.xor(y, key);
}

/** AesGenerator1R: fills the scratchpad from the seed and leaves the generator's state in its place. */
export function fillScratchpad(vm: usize): void {
  const key0 = i32x4(0x6daca553, 0x62716609, 0xdbb5552b, 0xb4f44917);
  const key1 = i32x4(0x6d7caf07, 0x846a710d, 0x1725d378, 0x0da1dc4e);
  const key2 = i32x4(0x3f1262f1, 0x9f947ec6, 0xf4c0794f, 0x3e20e345);
  const key3 = i32x4(0x6aef8135, 0xb1ba317c, 0x16314c88, 0x49169154);
  let s0 = v128.load(vm, SEED);
  let s1 = v128.load(vm, SEED + 16);
  let s2 = v128.load(vm, SEED + 32);
  let s3 = v128.load(vm, SEED + 48);
  const end = vm + SCRATCHPAD + SCRATCHPAD_BYTES;
  for (let at = vm + SCRATCHPAD; at < end; at += 64) {
    s0 = decrypt(s0, key0);
    s1 = encrypt(s1, key1);
    s2 = decrypt(s2, key2);
    s3 = encrypt(s3, key3);
    v128.store(at, s0);
    v128.store(at, s1, 16);
    v128.store(at, s2, 32);
    v128.store(at, s3, 48);
  }
  v128.store(vm, s0, SEED);
  v128.store(vm, s1, SEED + 16);
  v128.store(vm, s2, SEED + 32);
  v128.store(vm, s3, SEED + 48);
}

/** AesGenerator4R: fills the program buffer from the seed and leaves the generator's state in its place. */
export function fillProgram(vm: usize): void {
  const key0 = i32x4(0x6421aadd, 0xd1833ddb, 0x2f546d2b, 0x99e5d23f);
  const key1 = i32x4(0xb20e3450, 0xb6913f55, 0x06f79d53, 0xa5dfcde5);
  const key2 = i32x4(0x5c3ed904, 0x515e7baf, 0x0aa4679f, 0x171c02bf);
  const key3 = i32x4(0x85623763, 0xe78f5d08, 0xcd673785, 0xd8ded291);
  const key4 = i32x4(0xb5826f73, 0xe3d6a7a6, 0x3d518b6d, 0x229effb4);
  const key5 = i32x4(0xc7566bf3, 0x9c10b3d9, 0xe9024d4e, 0xb272b7d2);
  const key6 = i32x4(0xf273c9e7, 0xf765a38b, 0x2ba9660a, 0xf63befa7);
  const key7 = i32x4(0x7a7cd609, 0x915839de, 0x0c06d1fd, 0xc0b0762d);
  let s0 = v128.load(vm, SEED);
  let s1 = v128.load(vm, SEED + 16);
  let s2 = v128.load(vm, SEED + 32);
  let s3 = v128.load(vm, SEED + 48);
  const end = vm + PROGRAM + 2176;
  for (let at = vm + PROGRAM; at < end; at += 64) {
    s0 = decrypt(decrypt(decrypt(decrypt(s0, key0), key1), key2), key3);
    s1 = encrypt(encrypt(encrypt(encrypt(s1, key0), key1), key2), key3);
    s2 = decrypt(decrypt(decrypt(decrypt(s2, key4), key5), key6), key7);
    s3 = encrypt(encrypt(encrypt(encrypt(s3, key4), key5), key6), key7);
    v128.store(at, s0);
    v128.store(at, s1, 16);
    v128.store(at, s2, 32);
    v128.store(at, s3, 48);
  }
  v128.store(vm, s0, SEED);
  v128.store(vm, s1, SEED + 16);
  v128.store(vm, s2, SEED + 32);
  v128.store(vm, s3, SEED + 48);
}

/** AesHash1R of the scratchpad, into registers a0 to a3. */
export function hashScratchpad(vm: usize): void {
  const xkey0 = i32x4(0xf6fa8389, 0x8b24949f, 0x90dc56bf, 0x06890201);
  const xkey1 = i32x4(0x61b263d1, 0x51f4e03c, 0xee1043c6, 0xed18f99b);
  let s0 = i32x4(0x92b52c0d, 0x9fa856de, 0xcc82db47, 0xd7983aad);
  let s1 = i32x4(0x338d996e, 0x15c7b798, 0xf59e125a, 0xace78057);
  let s2 = i32x4(0x6a770017, 0xae62c7d0, 0x5079506b, 0xe8a07ce4);
  let s3 = i32x4(0x630a240c, 0x07ad828d, 0x79a10005, 0x7e994948);
  const end = vm + SCRATCHPAD + SCRATCHPAD_BYTES;
  for (let at = vm + SCRATCHPAD; at < end; at += 64) {
    s0 = encrypt(s0, v128.load(at));
    s1 = decrypt(s1, v128.load(at, 16));
    s2 = encrypt(s2, v128.load(at, 32));
    s3 = decrypt(s3, v128.load(at, 48));
  }
  v128.store(vm, encrypt(encrypt(s0, xkey0), xkey1), A);
  v128.store(vm, decrypt(decrypt(s1, xkey0), xkey1), A + 16);
  v128.store(vm, encrypt(encrypt(s2, xkey0), xkey1), A + 32);
  v128.store(vm, decrypt(decrypt(s3, xkey0), xkey1), A + 48);
}
