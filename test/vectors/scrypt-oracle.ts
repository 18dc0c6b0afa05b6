/**
 * scrypt as scrypt-jane has it, written for reading: another hand's Keccak, any r and p, one word at a
 * time. It states what the kernels must give, also where no network goes.
 */
import { keccak_512 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';

const keccakBlockBytes = 72;

export interface ScryptParameters {
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const padded = (pad: number) =>
    Uint8Array.from({ length: keccakBlockBytes }, (_, i) => (key[i] ?? 0) ^ pad);
  return keccak_512(concatBytes(padded(0x5c), keccak_512(concatBytes(padded(0x36), message))));
}

function pbkdf2(password: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, i) => {
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, i + 1);
    return hmac(password, concatBytes(salt, counter));
  });
  return concatBytes(...blocks).slice(0, length);
}

const rotl = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits));

function chacha8(block: Uint32Array): void {
  const x = block.slice();
  const at = (i: number) => x[i] ?? 0;
  const step = (a: number, b: number, d: number, bits: number) => {
    x[a] = at(a) + at(b);
    x[d] = rotl(at(d) ^ at(a), bits);
  };
  const quarter = (a: number, b: number, c: number, d: number) => {
    step(a, b, d, 16);
    step(c, d, b, 12);
    step(a, b, d, 8);
    step(c, d, b, 7);
  };
  for (let i = 0; i < 4; i++) {
    for (let q = 0; q < 4; q++) quarter(q, q + 4, q + 8, q + 12);
    for (let q = 0; q < 4; q++)
      quarter(q, 4 + ((q + 1) % 4), 8 + ((q + 2) % 4), 12 + ((q + 3) % 4));
  }
  for (let i = 0; i < 16; i++) block[i] = (block[i] ?? 0) + at(i);
}

function chunkMix(chunk: Uint32Array, r: number): Uint32Array {
  const mixed = new Uint32Array(chunk.length);
  const x = chunk.slice(16 * (2 * r - 1));
  for (let i = 0; i < 2 * r; i++) {
    for (let w = 0; w < 16; w++) x[w] = (x[w] ?? 0) ^ (chunk[16 * i + w] ?? 0);
    chacha8(x);
    mixed.set(x, 16 * (i % 2 === 0 ? i / 2 : r + (i - 1) / 2));
  }
  return mixed;
}

function romix(block: Uint8Array, n: number, r: number): Uint8Array {
  let x = new Uint32Array(block.slice().buffer);
  const rows: Uint32Array[] = [];
  for (let i = 0; i < n; i++) {
    rows.push(x);
    x = new Uint32Array(chunkMix(x, r));
  }
  for (let i = 0; i < n; i++) {
    const row = rows[(x[16 * (2 * r - 1)] ?? 0) & (n - 1)] ?? new Uint32Array();
    x = new Uint32Array(
      chunkMix(
        x.map((word, w) => word ^ (row[w] ?? 0)),
        r,
      ),
    );
  }
  return new Uint8Array(x.buffer);
}

/** All 32 bytes of a label. */
export function referenceLabel(
  commitment: Uint8Array,
  index: bigint,
  { n, r, p }: ScryptParameters,
): Uint8Array {
  const password = new Uint8Array(72);
  password.set(commitment);
  new DataView(password.buffer).setBigUint64(32, index, true);
  const blocks = pbkdf2(password, new Uint8Array(), 128 * r * p);
  const mixed = Array.from({ length: p }, (_, i) =>
    romix(blocks.slice(128 * r * i, 128 * r * (i + 1)), n, r),
  );
  return pbkdf2(password, concatBytes(...mixed), 32);
}
