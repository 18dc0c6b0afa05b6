/** BLAKE2b (RFC 7693) of the register file: always 256 bytes, which is two full blocks. */
import { HASH, HASH_WORK } from './layout';

/** Row of the message schedule (RFC 7693, 2.7), sixteen nibbles, the first one topmost. */
function sigma(round: i32): u64 {
  switch (round % 10) {
    case 0:
      return 0x0123456789abcdef;
    case 1:
      return 0xea489fd61c02b753;
    case 2:
      return 0xb8c052fdae367194;
    case 3:
      return 0x7931dcbe265a40f8;
    case 4:
      return 0x905724afe1bc683d;
    case 5:
      return 0x2c6a0b834d75fe19;
    case 6:
      return 0xc51fed4a0763928b;
    case 7:
      return 0xdb7ec13950f4862a;
    case 8:
      return 0x6fe9b308c2d714a5;
    default:
      return 0xa2847615fb9e3cd0;
  }
}

function iv(i: i32): u64 {
  switch (i) {
    case 0:
      return 0x6a09e667f3bcc908;
    case 1:
      return 0xbb67ae8584caa73b;
    case 2:
      return 0x3c6ef372fe94f82b;
    case 3:
      return 0xa54ff53a5f1d36f1;
    case 4:
      return 0x510e527fade682d1;
    case 5:
      return 0x9b05688c2b3e6c1f;
    case 6:
      return 0x1f83d9abfb41bd6b;
    default:
      return 0x5be0cd19137e2179;
  }
}

/** The mixing function G on words a, b, c, d of the work vector, with message words x and y. */
function mix(v: usize, a: usize, b: usize, c: usize, d: usize, x: u64, y: u64): void {
  let va = load<u64>(v + a);
  let vb = load<u64>(v + b);
  let vc = load<u64>(v + c);
  let vd = load<u64>(v + d);
  va += vb + x;
  vd = rotr(vd ^ va, 32);
  vc += vd;
  vb = rotr(vb ^ vc, 24);
  va += vb + y;
  vd = rotr(vd ^ va, 16);
  vc += vd;
  vb = rotr(vb ^ vc, 63);
  store<u64>(v + a, va);
  store<u64>(v + b, vb);
  store<u64>(v + c, vc);
  store<u64>(v + d, vd);
}

function compress(h: usize, v: usize, block: usize, bytesSoFar: u64, last: bool): void {
  for (let i = 0; i < 8; i++) {
    store<u64>(v + (i << 3), load<u64>(h + (i << 3)));
    store<u64>(v + (i << 3), iv(i), 64);
  }
  store<u64>(v, load<u64>(v, 96) ^ bytesSoFar, 96);
  if (last) store<u64>(v, ~load<u64>(v, 112), 112);
  for (let round = 0; round < 12; round++) {
    let schedule = sigma(round);
    for (let i: usize = 0; i < 8; i++) {
      const x = load<u64>(block + (((<usize>(schedule >> 60)) & 15) << 3));
      const y = load<u64>(block + (((<usize>(schedule >> 56)) & 15) << 3));
      schedule <<= 8;
      // The first four mix columns, the rest diagonals.
      const turn: usize = i < 4 ? 0 : 1;
      const column = i & 3;
      mix(
        v,
        column << 3,
        32 + (((column + turn) & 3) << 3),
        64 + (((column + 2 * turn) & 3) << 3),
        96 + (((column + 3 * turn) & 3) << 3),
        x,
        y,
      );
    }
  }
  for (let i: usize = 0; i < 64; i += 8) {
    store<u64>(h + i, load<u64>(h + i) ^ load<u64>(v + i) ^ load<u64>(v + i, 64));
  }
}

/** Hashes the register file of `vm` to `outBytes` (32 or 64) bytes at its HASH. */
export function hashRegisters(vm: usize, outBytes: u32): void {
  const h = vm + HASH;
  for (let i = 0; i < 8; i++) store<u64>(h + (i << 3), iv(i));
  store<u64>(h, load<u64>(h) ^ 0x01010000 ^ outBytes);
  compress(h, vm + HASH_WORK, vm, 128, false);
  compress(h, vm + HASH_WORK, vm + 128, 256, true);
}
