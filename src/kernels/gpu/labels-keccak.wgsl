// Keccak-f[1600] with lanes as vec2u (low word, high word), and PBKDF2-HMAC over the original Keccak-512
// (padding 0x01, 72-byte blocks), one iteration: both ends of scrypt. The password has exactly one block.

const roundConstants = array<vec2u, 24>(
  vec2u(0x00000001u, 0x00000000u),
  vec2u(0x00008082u, 0x00000000u),
  vec2u(0x0000808au, 0x80000000u),
  vec2u(0x80008000u, 0x80000000u),
  vec2u(0x0000808bu, 0x00000000u),
  vec2u(0x80000001u, 0x00000000u),
  vec2u(0x80008081u, 0x80000000u),
  vec2u(0x00008009u, 0x80000000u),
  vec2u(0x0000008au, 0x00000000u),
  vec2u(0x00000088u, 0x00000000u),
  vec2u(0x80008009u, 0x00000000u),
  vec2u(0x8000000au, 0x00000000u),
  vec2u(0x8000808bu, 0x00000000u),
  vec2u(0x0000008bu, 0x80000000u),
  vec2u(0x00008089u, 0x80000000u),
  vec2u(0x00008003u, 0x80000000u),
  vec2u(0x00008002u, 0x80000000u),
  vec2u(0x00000080u, 0x80000000u),
  vec2u(0x0000800au, 0x00000000u),
  vec2u(0x8000000au, 0x80000000u),
  vec2u(0x80008081u, 0x80000000u),
  vec2u(0x00008080u, 0x80000000u),
  vec2u(0x80000001u, 0x00000000u),
  vec2u(0x80008008u, 0x80000000u),
);

fn rotl64(x: vec2u, bits: u32) -> vec2u {
  return (x << vec2u(bits)) | (x.yx >> vec2u(32u - bits));
}

fn permute(s: ptr<function, array<vec2u, 25>>) {
  var a00 = (*s)[0];
  var a10 = (*s)[1];
  var a20 = (*s)[2];
  var a30 = (*s)[3];
  var a40 = (*s)[4];
  var a01 = (*s)[5];
  var a11 = (*s)[6];
  var a21 = (*s)[7];
  var a31 = (*s)[8];
  var a41 = (*s)[9];
  var a02 = (*s)[10];
  var a12 = (*s)[11];
  var a22 = (*s)[12];
  var a32 = (*s)[13];
  var a42 = (*s)[14];
  var a03 = (*s)[15];
  var a13 = (*s)[16];
  var a23 = (*s)[17];
  var a33 = (*s)[18];
  var a43 = (*s)[19];
  var a04 = (*s)[20];
  var a14 = (*s)[21];
  var a24 = (*s)[22];
  var a34 = (*s)[23];
  var a44 = (*s)[24];
  for (var round = 0u; round < 24u; round++) {
    let c0 = a00 ^ a01 ^ a02 ^ a03 ^ a04;
    let c1 = a10 ^ a11 ^ a12 ^ a13 ^ a14;
    let c2 = a20 ^ a21 ^ a22 ^ a23 ^ a24;
    let c3 = a30 ^ a31 ^ a32 ^ a33 ^ a34;
    let c4 = a40 ^ a41 ^ a42 ^ a43 ^ a44;
    let d0 = c4 ^ rotl64(c1, 1u);
    let d1 = c0 ^ rotl64(c2, 1u);
    let d2 = c1 ^ rotl64(c3, 1u);
    let d3 = c2 ^ rotl64(c4, 1u);
    let d4 = c3 ^ rotl64(c0, 1u);
    let b00 = a00 ^ d0;
    let b02 = rotl64(a10 ^ d1, 1u);
    let b04 = rotl64((a20 ^ d2).yx, 30u);
    let b01 = rotl64(a30 ^ d3, 28u);
    let b03 = rotl64(a40 ^ d4, 27u);
    let b13 = rotl64((a01 ^ d0).yx, 4u);
    let b10 = rotl64((a11 ^ d1).yx, 12u);
    let b12 = rotl64(a21 ^ d2, 6u);
    let b14 = rotl64((a31 ^ d3).yx, 23u);
    let b11 = rotl64(a41 ^ d4, 20u);
    let b21 = rotl64(a02 ^ d0, 3u);
    let b23 = rotl64(a12 ^ d1, 10u);
    let b20 = rotl64((a22 ^ d2).yx, 11u);
    let b22 = rotl64(a32 ^ d3, 25u);
    let b24 = rotl64((a42 ^ d4).yx, 7u);
    let b34 = rotl64((a03 ^ d0).yx, 9u);
    let b31 = rotl64((a13 ^ d1).yx, 13u);
    let b33 = rotl64(a23 ^ d2, 15u);
    let b30 = rotl64(a33 ^ d3, 21u);
    let b32 = rotl64(a43 ^ d4, 8u);
    let b42 = rotl64(a04 ^ d0, 18u);
    let b44 = rotl64(a14 ^ d1, 2u);
    let b41 = rotl64((a24 ^ d2).yx, 29u);
    let b43 = rotl64((a34 ^ d3).yx, 24u);
    let b40 = rotl64(a44 ^ d4, 14u);
    a00 = b00 ^ (~b10 & b20) ^ roundConstants[round];
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
  (*s)[0] = a00;
  (*s)[1] = a10;
  (*s)[2] = a20;
  (*s)[3] = a30;
  (*s)[4] = a40;
  (*s)[5] = a01;
  (*s)[6] = a11;
  (*s)[7] = a21;
  (*s)[8] = a31;
  (*s)[9] = a41;
  (*s)[10] = a02;
  (*s)[11] = a12;
  (*s)[12] = a22;
  (*s)[13] = a32;
  (*s)[14] = a42;
  (*s)[15] = a03;
  (*s)[16] = a13;
  (*s)[17] = a23;
  (*s)[18] = a33;
  (*s)[19] = a43;
  (*s)[20] = a04;
  (*s)[21] = a14;
  (*s)[22] = a24;
  (*s)[23] = a34;
  (*s)[24] = a44;
}

/** Lane `lane` of commitment[32] ‖ index u64 LE ‖ 32 zero bytes. */
fn passwordLane(label: u32, lane: u32) -> vec2u {
  if (lane < 5u) { return passwords[5u * label + lane]; }
  return vec2u();
}

/** What PBKDF2 hashes: salt, block counter and Keccak's padding, in one or two blocks of nine lanes. */
alias Message = array<vec2u, 18>;

/**
 * HMAC of the message under the label's password, in the first eight lanes. One loop over all absorbed
 * blocks, inner and outer hash, so that compilers meet the permutation once.
 */
fn hmac(label: u32, message: ptr<function, Message>, blocks: u32) -> array<vec2u, 25> {
  var s: array<vec2u, 25>;
  var inner: array<vec2u, 9>;
  let outerPassword = blocks + 1u;
  for (var step = 0u; step <= outerPassword + 1u; step++) {
    if (step == outerPassword) {
      for (var lane = 0u; lane < 8u; lane++) {
        inner[lane] = s[lane];
      }
      inner[8] = vec2u(1u, 0x80000000u);
      s = array<vec2u, 25>();
    }
    for (var lane = 0u; lane < 9u; lane++) {
      if (step == 0u) {
        s[lane] = passwordLane(label, lane) ^ vec2u(0x36363636u);
      } else if (step < outerPassword) {
        s[lane] ^= (*message)[9u * (step - 1u) + lane];
      } else if (step == outerPassword) {
        s[lane] = passwordLane(label, lane) ^ vec2u(0x5c5c5c5cu);
      } else {
        s[lane] ^= inner[lane];
      }
    }
    permute(&s);
  }
  return s;
}
