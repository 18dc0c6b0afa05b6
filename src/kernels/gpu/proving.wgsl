// The proving scan (post-rs src/prove.rs, Prover8_56) on a GPU.
//
// `slice` turns 32 labels an invocation into bit planes; `scan` runs AES-128 of a nonce group over
// them, bitsliced: a u32 holds one bit of 32 labels. Labels whose output byte equals difficulty_msb are
// appended to a list; `arrange` sizes a dispatch by its length, and `decide` runs the nonce's own AES, with
// tables, over that dense list. Only good labels leave the GPU.

struct Params {
  labels: u32,       // labels in the buffer
  first_block: u32,  // of this dispatch, in workgroups of 2048 labels
  first_group: u32,
  msb: u32,
  lsb_low: u32,
  lsb_high: u32,     // 24 bits
  list_size: u32,    // entries that fit into each list
}

struct Counters {
  good: atomic<u32>,
  overflows: u32,       // of the list of equal ones
  equal: atomic<u32>,
  length: u32,          // of that list, once complete
}

// With msb = 0 the last round is folded into round key 9 (see kernels/wasm/proving.ts).
override with_last_round: bool = false;

const threads = 64u;
const masks_per_key = 1408u;
const words_per_key = 44u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> planes: array<u32>;   // [block][plane][thread]
@group(0) @binding(3) var<storage, read> masks: array<u32>;          // [group][round][byte][bit], 0 or ~0
@group(0) @binding(4) var<storage, read> schedules: array<u32>;      // [nonce][44]
@group(0) @binding(5) var<storage, read> table: array<u32>;          // 2·S, S, S, 3·S of each byte
@group(0) @binding(6) var<storage, read_write> counters: Counters;
@group(0) @binding(7) var<storage, read_write> equal: array<vec2u>;  // (label, nonce)
@group(0) @binding(8) var<storage, read_write> good: array<vec2u>;
@group(0) @binding(9) var<storage, read_write> dispatch: array<u32>;

// Plane 8·byte + bit: bit `bit` of byte `byte` of 32 labels. 32×32 bit transposes, one for each word of a label.
@compute @workgroup_size(threads)
fn slice(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let block = workgroup.x;
  let first = (block * threads + thread) * 32u;
  for (var word = 0u; word < 4u; word++) {
    var rows: array<u32, 32>;
    for (var i = 0u; i < 32u; i++) {
      rows[i] = labels[first + i][word];
    }
    var mask = 0x0000ffffu;
    for (var step = 16u; step != 0u; step >>= 1u) {
      for (var k = 0u; k < 32u; k = ((k | step) + 1u) & ~step) {
        let trade = ((rows[k] >> step) ^ rows[k | step]) & mask;
        rows[k | step] ^= trade;
        rows[k] ^= trade << step;
      }
      mask ^= mask << (step >> 1u);
    }
    for (var bit = 0u; bit < 32u; bit++) {
      planes[(block * 128u + word * 32u + bit) * threads + thread] = rows[bit];
    }
  }
}

// SubBytes without its constant 0x63, which the round keys carry: the circuit of assembly/proving.
fn sub_byte(x: array<u32, 8>) -> array<u32, 8> {
  let x4 = x[3];
  let x6 = x[1];
  let x3 = x[4];
  let x1 = x[6];
  let x0 = x[7];
  let x5 = x[2];
  let y14 = x3 ^ x5;
  let y13 = x0 ^ x6;
  let y12 = y13 ^ y14;
  let x2 = x[5];
  let t0 = x1 ^ x2;
  let y9 = x0 ^ x3;
  let t1 = x4 ^ y12;
  let y8 = x0 ^ x5;
  let y20 = t1 ^ x1;
  let x7 = x[0];
  let y1 = t0 ^ x7;
  let y4 = y1 ^ x3;
  let y15 = t1 ^ x5;
  let t2 = y12 & y15;
  let y5 = y1 ^ x6;
  let y10 = y15 ^ t0;
  let y6 = y15 ^ x7;
  let t5 = y4 & x7;
  let y11 = y20 ^ y9;
  let y7 = x7 ^ y11;
  let y16 = t0 ^ y11;
  let t12 = y9 & y11;
  let y17 = y10 ^ y11;
  let t15 = y8 | y10;
  let t6 = t5 ^ t2;
  let y3 = y5 ^ y8;
  let t13 = y14 & y17;
  let t3 = y3 & y6;
  let t4 = t3 ^ t2;
  let t16 = t15 ^ t12;
  let t22 = t6 ^ t16;
  let t14 = t13 ^ t12;
  let y2 = y1 ^ x0;
  let t17 = t4 ^ t14;
  let t8 = y5 & y1;
  let t21 = t17 ^ y20;
  let t7 = y13 | y16;
  let t9 = t8 ^ t7;
  let t23 = t9 ^ t14;
  let t10 = y2 & y7;
  let t11 = t10 ^ t7;
  let L = y3 ^ y6;
  let t20 = t11 ^ t16;
  let s14 = t22 & t23;
  let t24 = t20 ^ L;
  let s5 = t21 & t23;
  let s8 = t23 ^ t24;
  let s9 = t22 ^ s5;
  let s10 = s9 & s8;
  let s18 = s8 & ~s14;
  let s19 = s5 ^ s18;
  let s6 = t24 ^ s5;
  let s12 = t24 ^ s10;
  let s15 = t21 | s10;
  let s16 = s14 ^ s15;
  let z1 = s19 & y6;
  let s4 = t21 ^ t22;
  let s7 = s4 & s6;
  let s11 = t22 ^ s7;
  let z3 = s16 & y16;
  let z5 = s11 & y7;
  let z12 = s16 & y13;
  let s20 = s12 ^ s19;
  let z10 = s19 & y3;
  let z14 = s11 & y2;
  let s17 = s11 ^ s16;
  let s21 = s17 ^ s19;
  let tc12 = z3 ^ z5;
  let z4 = s17 & y1;
  let s22 = s16 ^ s20;
  let z13 = s17 & y5;
  let tc6 = z3 ^ z4;
  let z2 = s12 & x7;
  let z9 = s20 & y12;
  let z0 = s20 & y15;
  let tc5 = z1 ^ z0;
  let tc4 = z0 ^ z2;
  let tc11 = tc6 ^ tc5;
  let z7 = s22 & y17;
  let z16 = s22 & y14;
  let tc8 = z7 ^ tc6;
  let s13 = s11 ^ s12;
  let z15 = s13 & y9;
  let z6 = s13 & y11;
  let z11 = s12 & y4;
  let tc1 = z15 ^ z16;
  let tc2 = z10 ^ tc1;
  let tc13 = z13 ^ tc1;
  let z8 = s21 & y10;
  let tc14 = tc4 ^ tc12;
  let tc3 = z9 ^ tc2;
  let tc7 = z12 ^ tc4;
  let tc9 = z8 ^ tc7;
  let tc16 = z6 ^ tc8;
  let S3 = tc3 ^ tc11;
  let tc20 = z15 ^ tc16;
  let tc18 = tc13 ^ tc14;
  let S1 = S3 ^ tc16;
  let tc10 = tc8 ^ tc9;
  let tc17 = z14 ^ tc10;
  let tc21 = tc2 ^ z11;
  let S5 = tc21 ^ tc17;
  let S6 = tc10 ^ tc18;
  let tc26 = tc17 ^ tc20;
  let z17 = s21 & y8;
  let S7 = z12 ^ tc18;
  let S2 = tc26 ^ z17;
  let S4 = tc14 ^ S3;
  let S0 = tc3 ^ tc16;
  return array(S7, S6, S5, S4, S3, S2, S1, S0);
}

fn xtime(a: array<u32, 8>) -> array<u32, 8> {
  return array(a[7], a[0] ^ a[7], a[1], a[2] ^ a[7], a[3] ^ a[7], a[4], a[5], a[6]);
}

fn xor(a: array<u32, 8>, b: array<u32, 8>) -> array<u32, 8> {
  return array(
    a[0] ^ b[0], a[1] ^ b[1], a[2] ^ b[2], a[3] ^ b[3],
    a[4] ^ b[4], a[5] ^ b[5], a[6] ^ b[6], a[7] ^ b[7],
  );
}

fn key_byte(key: u32) -> array<u32, 8> {
  return array(
    masks[key], masks[key + 1u], masks[key + 2u], masks[key + 3u],
    masks[key + 4u], masks[key + 5u], masks[key + 6u], masks[key + 7u],
  );
}

// MixColumns and AddRoundKey of one column: 2(a⊕b) ⊕ b ⊕ (c⊕d).
fn mix(
  a: array<u32, 8>, b: array<u32, 8>, c: array<u32, 8>, d: array<u32, 8>, key: u32,
) -> array<array<u32, 8>, 4> {
  let ab = xor(a, b);
  let bc = xor(b, c);
  let cd = xor(c, d);
  let da = xor(d, a);
  return array(
    xor(xor(xtime(ab), xor(b, cd)), key_byte(key)),
    xor(xor(xtime(bc), xor(c, da)), key_byte(key + 8u)),
    xor(xor(xtime(cd), xor(d, ab)), key_byte(key + 16u)),
    xor(xor(xtime(da), xor(a, bc)), key_byte(key + 24u)),
  );
}

// One bit of a lexicographic comparison with difficulty_msb.
fn compare_bit(bit: u32, plane: u32, below: ptr<function, u32>, same: ptr<function, u32>) {
  let limit = select(0u, 0xffffffffu, ((params.msb >> bit) & 1u) != 0u);
  *below |= *same & limit & ~plane;
  *same &= ~(limit ^ plane);
}

// Lanes whose byte is below (x) and equal to (y) the difficulty's.
fn compare(byte: array<u32, 8>, key: u32) -> vec2u {
  if (!with_last_round) {
    return vec2u(
      0u,
      ~(byte[0] | byte[1] | byte[2] | byte[3] | byte[4] | byte[5] | byte[6] | byte[7]),
    );
  }
  let out = xor(sub_byte(byte), key_byte(key));
  var below = 0u;
  var same = 0xffffffffu;
  compare_bit(7u, out[7], &below, &same);
  compare_bit(6u, out[6], &below, &same);
  compare_bit(5u, out[5], &below, &same);
  compare_bit(4u, out[4], &below, &same);
  compare_bit(3u, out[3], &below, &same);
  compare_bit(2u, out[2], &below, &same);
  compare_bit(1u, out[1], &below, &same);
  compare_bit(0u, out[0], &below, &same);
  return vec2u(below, same);
}

// A byte's planes with round key 0.
fn plane_byte(block: u32, thread: u32, byte: u32, first_key: u32) -> array<u32, 8> {
  let at = (block * 128u + byte * 8u) * threads + thread;
  return xor(
    array(
      planes[at], planes[at + threads], planes[at + 2u * threads], planes[at + 3u * threads],
      planes[at + 4u * threads], planes[at + 5u * threads], planes[at + 6u * threads],
      planes[at + 7u * threads],
    ),
    key_byte(first_key + byte * 8u),
  );
}

fn rounds(block: u32, thread: u32, first_key: u32) -> array<array<u32, 8>, 16> {
  var s: array<array<u32, 8>, 16>;
  s[0] = plane_byte(block, thread, 0u, first_key);
  s[1] = plane_byte(block, thread, 1u, first_key);
  s[2] = plane_byte(block, thread, 2u, first_key);
  s[3] = plane_byte(block, thread, 3u, first_key);
  s[4] = plane_byte(block, thread, 4u, first_key);
  s[5] = plane_byte(block, thread, 5u, first_key);
  s[6] = plane_byte(block, thread, 6u, first_key);
  s[7] = plane_byte(block, thread, 7u, first_key);
  s[8] = plane_byte(block, thread, 8u, first_key);
  s[9] = plane_byte(block, thread, 9u, first_key);
  s[10] = plane_byte(block, thread, 10u, first_key);
  s[11] = plane_byte(block, thread, 11u, first_key);
  s[12] = plane_byte(block, thread, 12u, first_key);
  s[13] = plane_byte(block, thread, 13u, first_key);
  s[14] = plane_byte(block, thread, 14u, first_key);
  s[15] = plane_byte(block, thread, 15u, first_key);
  for (var round = 1u; round < 10u; round++) {
    let key = first_key + round * 128u;
    let c0 = mix(sub_byte(s[0]), sub_byte(s[5]), sub_byte(s[10]), sub_byte(s[15]), key + 0u);
    let c1 = mix(sub_byte(s[4]), sub_byte(s[9]), sub_byte(s[14]), sub_byte(s[3]), key + 32u);
    let c2 = mix(sub_byte(s[8]), sub_byte(s[13]), sub_byte(s[2]), sub_byte(s[7]), key + 64u);
    let c3 = mix(sub_byte(s[12]), sub_byte(s[1]), sub_byte(s[6]), sub_byte(s[11]), key + 96u);
    s = array(
      c0[0], c0[1], c0[2], c0[3],
      c1[0], c1[1], c1[2], c1[3],
      c2[0], c2[1], c2[2], c2[3],
      c3[0], c3[1], c3[2], c3[3],
    );
  }
  return s;
}

@compute @workgroup_size(threads)
fn scan(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let block = params.first_block + workgroup.x;
  let group = params.first_group + workgroup.y;
  let first_key = group * masks_per_key;
  let s = rounds(block, thread, first_key);
  let last_key = first_key + 1280u;
  let first = (block * threads + thread) * 32u;
  if (first >= params.labels) {
    return;
  }
  let left = params.labels - first;
  let valid = select((1u << (left & 31u)) - 1u, 0xffffffffu, left >= 32u);
  var found: array<vec2u, 16>;
  found[0] = compare(s[0], last_key + 0u);
  found[1] = compare(s[5], last_key + 8u);
  found[2] = compare(s[10], last_key + 16u);
  found[3] = compare(s[15], last_key + 24u);
  found[4] = compare(s[4], last_key + 32u);
  found[5] = compare(s[9], last_key + 40u);
  found[6] = compare(s[14], last_key + 48u);
  found[7] = compare(s[3], last_key + 56u);
  found[8] = compare(s[8], last_key + 64u);
  found[9] = compare(s[13], last_key + 72u);
  found[10] = compare(s[2], last_key + 80u);
  found[11] = compare(s[7], last_key + 88u);
  found[12] = compare(s[12], last_key + 96u);
  found[13] = compare(s[1], last_key + 104u);
  found[14] = compare(s[6], last_key + 112u);
  found[15] = compare(s[11], last_key + 120u);
  append(first, group * 16u, valid, &found);
}

// One reservation an invocation: all its entries are counted first.
fn append(first: u32, first_nonce: u32, valid: u32, found: ptr<function, array<vec2u, 16>>) {
  var equal_count = 0u;
  var good_count = 0u;
  for (var byte = 0u; byte < 16u; byte++) {
    (*found)[byte] &= vec2u(valid);
    good_count += countOneBits((*found)[byte].x);
    equal_count += countOneBits((*found)[byte].y);
  }
  if (equal_count != 0u) {
    var at = atomicAdd(&counters.equal, equal_count);
    for (var byte = 0u; byte < 16u; byte++) {
      for (var lanes = (*found)[byte].y; lanes != 0u; lanes &= lanes - 1u) {
        if (at < params.list_size) {
          equal[at] = vec2u(first + countTrailingZeros(lanes), first_nonce + byte);
        }
        at++;
      }
    }
  }
  if (good_count != 0u) {
    var at = atomicAdd(&counters.good, good_count);
    for (var byte = 0u; byte < 16u; byte++) {
      for (var lanes = (*found)[byte].x; lanes != 0u; lanes &= lanes - 1u) {
        if (at < params.list_size) {
          good[at] = vec2u(first + countTrailingZeros(lanes), first_nonce + byte);
        }
        at++;
      }
    }
  }
}

@compute @workgroup_size(1)
fn arrange() {
  let wanted = atomicExchange(&counters.equal, 0u);
  let length = min(wanted, params.list_size);
  counters.overflows += select(0u, 1u, wanted > length);
  counters.length = length;
  dispatch[0] = (length + threads - 1u) / threads;
  dispatch[1] = 1u;
  dispatch[2] = 1u;
}

var<workgroup> t: array<u32, 256>;

fn rotated(value: u32, by: u32) -> u32 {
  return (value << by) | (value >> (32u - by));
}

fn column(a: u32, b: u32, c: u32, d: u32, key: u32) -> u32 {
  return t[a & 0xffu] ^ rotated(t[(b >> 8u) & 0xffu], 8u) ^ rotated(t[(c >> 16u) & 0xffu], 16u)
    ^ rotated(t[d >> 24u], 24u) ^ schedules[key];
}

// S alone is the second byte of an entry.
fn last_column(a: u32, b: u32, c: u32, d: u32, key: u32) -> u32 {
  return ((t[a & 0xffu] >> 8u) & 0xffu)
    ^ (t[(b >> 8u) & 0xffu] & 0xff00u)
    ^ ((t[(c >> 16u) & 0xffu] << 8u) & 0xff0000u)
    ^ ((t[d >> 24u] << 16u) & 0xff000000u) ^ schedules[key];
}

@compute @workgroup_size(threads)
fn decide(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) thread: u32) {
  for (var i = thread; i < 256u; i += threads) {
    t[i] = table[i];
  }
  workgroupBarrier();
  if (id.x >= counters.length) {
    return;
  }
  let entry = equal[id.x];
  var key = entry.y * words_per_key;
  var s = labels[entry.x]
    ^ vec4u(schedules[key], schedules[key + 1u], schedules[key + 2u], schedules[key + 3u]);
  for (var round = 1u; round < 10u; round++) {
    key += 4u;
    s = vec4u(
      column(s.x, s.y, s.z, s.w, key),
      column(s.y, s.z, s.w, s.x, key + 1u),
      column(s.z, s.w, s.x, s.y, key + 2u),
      column(s.w, s.x, s.y, s.z, key + 3u),
    );
  }
  // Of the output only the low 56 bits count: bytes 0 to 6.
  let low = last_column(s.x, s.y, s.z, s.w, key + 4u);
  let high = last_column(s.y, s.z, s.w, s.x, key + 5u) & 0xffffffu;
  if (high < params.lsb_high || (high == params.lsb_high && low < params.lsb_low)) {
    let at = atomicAdd(&counters.good, 1u);
    if (at < params.list_size) {
      good[at] = entry;
    }
  }
}
