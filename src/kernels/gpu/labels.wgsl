// scrypt labels, one per invocation: ROMix over ChaCha20/8 at r = p = 1. All of it in one call would outlive any
// watchdog, so `fill` and `mix` run over ranges of iterations and keep each label's 128 bytes in `states`
// between dispatches. Rows are label-major: an invocation reads 128 contiguous bytes at a random place.
// The host appends labels-keccak.wgsl and the scratch banks (`loadRow`, `storeRow`).

struct Params {
  scryptN: u32,
  /** Every gap-th row is kept; the rows between are computed again when they are read. */
  gap: u32,
  /** Labels of this dispatch. */
  count: u32,
  /** First iteration, and how many. */
  start: u32,
  iterations: u32,
  labelsPerBank: u32,
  rowsPerLabel: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
/** Five words of 64 bits per label, as (low, high): its commitment, its index. */
@group(0) @binding(1) var<storage, read> passwords: array<vec2u>;
/** Eight vec4u a label: before `squeeze` the mixed block, after it the label in the first two. */
@group(0) @binding(2) var<storage, read_write> states: array<vec4u>;

alias Chunk = array<vec4u, 8>;

fn rotl(x: vec4u, bits: u32) -> vec4u {
  return (x << vec4u(bits)) | (x >> vec4u(32u - bits));
}

/** ChaCha20/8 with feed-forward; four rows of the 4×4 matrix, no constants. */
fn chacha(block: array<vec4u, 4>) -> array<vec4u, 4> {
  var a = block[0];
  var b = block[1];
  var c = block[2];
  var d = block[3];
  for (var doubleRound = 0u; doubleRound < 4u; doubleRound++) {
    a += b; d = rotl(d ^ a, 16u);
    c += d; b = rotl(b ^ c, 12u);
    a += b; d = rotl(d ^ a, 8u);
    c += d; b = rotl(b ^ c, 7u);
    b = b.yzwx; c = c.zwxy; d = d.wxyz;
    a += b; d = rotl(d ^ a, 16u);
    c += d; b = rotl(b ^ c, 12u);
    a += b; d = rotl(d ^ a, 8u);
    c += d; b = rotl(b ^ c, 7u);
    b = b.wxyz; c = c.zwxy; d = d.yzwx;
  }
  return array<vec4u, 4>(a + block[0], b + block[1], c + block[2], d + block[3]);
}

/** ChunkMix at r = 1: two blocks, each mixed with the other. */
fn chunkMix(x: ptr<function, Chunk>) {
  let low = chacha(array<vec4u, 4>(
    (*x)[0] ^ (*x)[4], (*x)[1] ^ (*x)[5], (*x)[2] ^ (*x)[6], (*x)[3] ^ (*x)[7],
  ));
  let high = chacha(array<vec4u, 4>(
    (*x)[4] ^ low[0], (*x)[5] ^ low[1], (*x)[6] ^ low[2], (*x)[7] ^ low[3],
  ));
  *x = Chunk(low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]);
}

fn loadState(label: u32) -> Chunk {
  let at = 8u * label;
  return Chunk(
    states[at], states[at + 1u], states[at + 2u], states[at + 3u],
    states[at + 4u], states[at + 5u], states[at + 6u], states[at + 7u],
  );
}

fn storeState(label: u32, x: Chunk) {
  let at = 8u * label;
  states[at] = x[0];
  states[at + 1u] = x[1];
  states[at + 2u] = x[2];
  states[at + 3u] = x[3];
  states[at + 4u] = x[4];
  states[at + 5u] = x[5];
  states[at + 6u] = x[6];
  states[at + 7u] = x[7];
}

@compute @workgroup_size(64)
fn expand(@builtin(global_invocation_id) id: vec3u) {
  let label = id.x;
  if (label >= params.count) { return; }
  // PBKDF2(password, empty salt): two blocks of 64 bytes. The counter is big-endian, the padding follows it.
  for (var block = 0u; block < 2u; block++) {
    var message: Message;
    message[0] = vec2u((block + 1u) << 24u, 1u);
    message[8] = vec2u(0u, 0x80000000u);
    let s = hmac(label, &message, 1u);
    let at = 8u * label + 4u * block;
    states[at] = vec4u(s[0], s[1]);
    states[at + 1u] = vec4u(s[2], s[3]);
    states[at + 2u] = vec4u(s[4], s[5]);
    states[at + 3u] = vec4u(s[6], s[7]);
  }
}

@compute @workgroup_size(64)
fn fill(@builtin(global_invocation_id) id: vec3u) {
  let label = id.x;
  if (label >= params.count) { return; }
  var x = loadState(label);
  let end = params.start + params.iterations;
  for (var i = params.start; i < end; i++) {
    if (i % params.gap == 0u) {
      storeRow(label, i / params.gap, x);
    }
    chunkMix(&x);
  }
  storeState(label, x);
}

@compute @workgroup_size(64)
fn mix(@builtin(global_invocation_id) id: vec3u) {
  let label = id.x;
  if (label >= params.count) { return; }
  var x = loadState(label);
  for (var i = 0u; i < params.iterations; i++) {
    let row = x[4].x & (params.scryptN - 1u);
    var v = loadRow(label, row / params.gap);
    for (var again = row % params.gap; again > 0u; again--) {
      chunkMix(&v);
    }
    for (var word = 0u; word < 8u; word++) {
      x[word] ^= v[word];
    }
    chunkMix(&x);
  }
  storeState(label, x);
}

@compute @workgroup_size(64)
fn squeeze(@builtin(global_invocation_id) id: vec3u) {
  let label = id.x;
  if (label >= params.count) { return; }
  // PBKDF2(password, salt = the mixed block): the label is the first half of one block.
  var message: Message;
  for (var i = 0u; i < 8u; i++) {
    let words = states[8u * label + i];
    message[2u * i] = words.xy;
    message[2u * i + 1u] = words.zw;
  }
  message[16] = vec2u(1u << 24u, 1u);
  message[17] = vec2u(0u, 0x80000000u);
  let s = hmac(label, &message, 2u);
  states[8u * label] = vec4u(s[0], s[1]);
  states[8u * label + 1u] = vec4u(s[2], s[3]);
}
