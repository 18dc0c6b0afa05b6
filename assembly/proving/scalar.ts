/**
 * The proving scan without SIMD, for engines that lack it: the same exports as simd.ts, one block at a
 * time. Right first, fast second: a round is four table look-ups a column.
 */
/** Reports that label `offset` of the scan may be (`sure` = 0) or is (1) good for `nonce` of the job. */
@external("env", "found")
declare function found(offset: u32, nonce: u32, sure: u32): void;

const LABEL: usize = 16;
const WINDOW_LABELS: u32 = 65536;
const SCHEDULE_BYTES: usize = 176;

/** S(x) ⊕ 0x63, as the round keys carry 0x63; and 2·S, S, S, 3·S of it as one little-endian column. */
const sBox = memory.data(256, 64);
const table = memory.data(1024, 64);

let groups: u32 = 0;
let msb: u32 = 0;
let lsbTop: u32 = 0;
let window: usize = 0;
let groupKeys: usize = 0;
let lazyKeys: usize = 0;

// @ts-ignore: decorator
@inline
function double(a: u32): u32 {
  return ((a << 1) ^ ((a >> 7) * 0x11b)) & 0xff;
}

function fillTables(): void {
  // p runs through the powers of 3 and q through their inverses (FIPS 197 §5.1.1).
  let p: u32 = 1;
  let q: u32 = 1;
  do {
    p ^= double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const spread = q | (q << 8);
    store<u8>(sBox + p, q ^ (spread >> 7) ^ (spread >> 6) ^ (spread >> 5) ^ (spread >> 4));
  } while (p != 1);
  store<u8>(sBox, 0);
  for (let i: usize = 0; i < 256; i++) {
    const s: u32 = load<u8>(sBox + i);
    const twice = double(s);
    store<u32>(table + i * 4, twice | (s << 8) | (s << 16) | ((twice ^ s) << 24));
  }
}

export function setJob(groupCount: u32, difficultyMsb: u32, difficultyLsbTop: u32): void {
  fillTables();
  groups = groupCount;
  msb = difficultyMsb;
  lsbTop = difficultyLsbTop;
  window = (__heap_base + 63) & ~63;
  groupKeys = window + WINDOW_LABELS * LABEL;
  lazyKeys = groupKeys + groupCount * SCHEDULE_BYTES;
  const end = lazyKeys + groupCount * 16 * SCHEDULE_BYTES;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
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

let s0: u32 = 0;
let s1: u32 = 0;
let s2: u32 = 0;
let s3: u32 = 0;

// @ts-ignore: decorator
@inline
function mixed(a: u32, b: u32, c: u32, d: u32, key: usize): u32 {
  return (
    load<u32>(table + (a & 0xff) * 4) ^
    rotl(load<u32>(table + ((b >> 8) & 0xff) * 4), 8) ^
    rotl(load<u32>(table + ((c >> 16) & 0xff) * 4), 16) ^
    rotl(load<u32>(table + (d >> 24) * 4), 24) ^
    load<u32>(key)
  );
}

/** Rounds 1 to 9 with all their round keys: leaves the state in s0…s3. */
function nineRounds(label: usize, keys: usize): void {
  let a = load<u32>(label, 0) ^ load<u32>(keys, 0);
  let b = load<u32>(label, 4) ^ load<u32>(keys, 4);
  let c = load<u32>(label, 8) ^ load<u32>(keys, 8);
  let d = load<u32>(label, 12) ^ load<u32>(keys, 12);
  for (let round: usize = 1; round < 10; round++) {
    const key = keys + round * 16;
    const a1 = mixed(a, b, c, d, key);
    const b1 = mixed(b, c, d, a, key + 4);
    const c1 = mixed(c, d, a, b, key + 8);
    d = mixed(d, a, b, c, key + 12);
    a = a1;
    b = b1;
    c = c1;
  }
  s0 = a;
  s1 = b;
  s2 = c;
  s3 = d;
}

// @ts-ignore: decorator
@inline
function last(a: u32, b: u32, c: u32, d: u32, key: u32): u32 {
  return (
    (<u32>load<u8>(sBox + (a & 0xff)) |
      (<u32>load<u8>(sBox + ((b >> 8) & 0xff)) << 8) |
      (<u32>load<u8>(sBox + ((c >> 16) & 0xff)) << 16) |
      (<u32>load<u8>(sBox + (d >> 24)) << 24)) ^
    key
  );
}

export function scan(count: u32, base: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const label = window + i * LABEL;
    for (let group: u32 = 0; group < groups; group++) {
      const keys = groupKeys + group * SCHEDULE_BYTES;
      nineRounds(label, keys);
      const a = s0;
      const b = s1;
      const c = s2;
      const d = s3;
      const nonce = group * 16;
      if (msb == 0) {
        // The schedule has S⁻¹(k10) in round key 9: zero here is zero in the output of the last round.
        compareColumn(shiftedRows(a, b, c, d), i + base, label, nonce);
        compareColumn(shiftedRows(b, c, d, a), i + base, label, nonce + 4);
        compareColumn(shiftedRows(c, d, a, b), i + base, label, nonce + 8);
        compareColumn(shiftedRows(d, a, b, c), i + base, label, nonce + 12);
      } else {
        compareColumn(last(a, b, c, d, load<u32>(keys, 160)), i + base, label, nonce);
        compareColumn(last(b, c, d, a, load<u32>(keys, 164)), i + base, label, nonce + 4);
        compareColumn(last(c, d, a, b, load<u32>(keys, 168)), i + base, label, nonce + 8);
        compareColumn(last(d, a, b, c, load<u32>(keys, 172)), i + base, label, nonce + 12);
      }
    }
  }
}

/** Nothing waits from one label to the next here. */
export function finish(): void {}

// @ts-ignore: decorator
@inline
function shiftedRows(a: u32, b: u32, c: u32, d: u32): u32 {
  return (a & 0xff) | (b & 0xff00) | (c & 0xff0000) | (d & 0xff000000);
}

function compareColumn(column: u32, offset: u32, label: usize, nonce: u32): void {
  for (let row: u32 = 0; row < 4; row++) {
    const byte = (column >> (row * 8)) & 0xff;
    if (byte < msb) found(offset, nonce + row, 1);
    else if (byte == msb) compareLazy(offset, label, nonce + row);
  }
}

/** Bytes 6 and 5 of the lazy output against the difficulty's; the caller decides what they leave open. */
function compareLazy(offset: u32, label: usize, nonce: u32): void {
  const keys = lazyKeys + nonce * SCHEDULE_BYTES;
  nineRounds(label, keys);
  const column = last(s1, s2, s3, s0, load<u32>(keys, 164));
  if (((column >> 8) & 0xffff) <= lsbTop) found(offset, nonce, 0);
}
