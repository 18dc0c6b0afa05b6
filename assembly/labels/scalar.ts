// The same labels without SIMD, for engines that lack it: one label at a time, words in 32-bit integers.
import { CAPACITY, blocks, expand, reserve, squeeze } from './frame';
import { BLOCK_BYTES } from './keccak';

export {
  beginSearch,
  commitmentsAt,
  hasFound,
  indicesAt,
  labelsAt,
  smallestAt,
  smallestIndex,
} from './frame';

const HALF: usize = 64;

let n: u32 = 0;
let scratch: usize = 0;

/** Sizes the scratch for `scryptN` (a power of two ≥ 2): 128 bytes times N. False if memory is short. */
export function configure(scryptN: u32): bool {
  n = scryptN;
  scratch = reserve(<usize>scryptN * BLOCK_BYTES);
  return scratch !== 0;
}

/** As the SIMD kernel's `compute`. */
export function compute(count: u32, labelBytes: u32, search: bool, each: bool): u32 {
  const total = min<u32>(count, CAPACITY);
  for (let done: u32 = 0; done < total; done++) {
    expand(done, 1, each);
    romix(blocks);
    squeeze(done, 1, labelBytes, search);
  }
  return total;
}

function romix(block: usize): void {
  for (let row: usize = 0; row < n; row++) {
    memory.copy(scratch + row * BLOCK_BYTES, block, BLOCK_BYTES);
    mixHalf(block, block + HALF);
    mixHalf(block + HALF, block);
  }
  for (let i: u32 = 0; i < n; i++) {
    const row = scratch + <usize>(load<u32>(block + HALF) & (n - 1)) * BLOCK_BYTES;
    for (let offset: usize = 0; offset < BLOCK_BYTES; offset += 8)
      store<u64>(block + offset, load<u64>(block + offset) ^ load<u64>(row + offset));
    mixHalf(block, block + HALF);
    mixHalf(block + HALF, block);
  }
}

/** One half of ChunkMix at r = 1: own = ChaCha20/8(own ⊕ other), without constants, with feed-forward. */
function mixHalf(own: usize, other: usize): void {
  let x0 = load<u32>(own, 0) ^ load<u32>(other, 0);
  store<u32>(own, x0, 0);
  let x1 = load<u32>(own, 4) ^ load<u32>(other, 4);
  store<u32>(own, x1, 4);
  let x2 = load<u32>(own, 8) ^ load<u32>(other, 8);
  store<u32>(own, x2, 8);
  let x3 = load<u32>(own, 12) ^ load<u32>(other, 12);
  store<u32>(own, x3, 12);
  let x4 = load<u32>(own, 16) ^ load<u32>(other, 16);
  store<u32>(own, x4, 16);
  let x5 = load<u32>(own, 20) ^ load<u32>(other, 20);
  store<u32>(own, x5, 20);
  let x6 = load<u32>(own, 24) ^ load<u32>(other, 24);
  store<u32>(own, x6, 24);
  let x7 = load<u32>(own, 28) ^ load<u32>(other, 28);
  store<u32>(own, x7, 28);
  let x8 = load<u32>(own, 32) ^ load<u32>(other, 32);
  store<u32>(own, x8, 32);
  let x9 = load<u32>(own, 36) ^ load<u32>(other, 36);
  store<u32>(own, x9, 36);
  let x10 = load<u32>(own, 40) ^ load<u32>(other, 40);
  store<u32>(own, x10, 40);
  let x11 = load<u32>(own, 44) ^ load<u32>(other, 44);
  store<u32>(own, x11, 44);
  let x12 = load<u32>(own, 48) ^ load<u32>(other, 48);
  store<u32>(own, x12, 48);
  let x13 = load<u32>(own, 52) ^ load<u32>(other, 52);
  store<u32>(own, x13, 52);
  let x14 = load<u32>(own, 56) ^ load<u32>(other, 56);
  store<u32>(own, x14, 56);
  let x15 = load<u32>(own, 60) ^ load<u32>(other, 60);
  store<u32>(own, x15, 60);
  for (let doubleRound = 0; doubleRound < 4; doubleRound++) {
    // columns
    x0 += x4;
    x12 = rotl(x12 ^ x0, 16);
    x8 += x12;
    x4 = rotl(x4 ^ x8, 12);
    x0 += x4;
    x12 = rotl(x12 ^ x0, 8);
    x8 += x12;
    x4 = rotl(x4 ^ x8, 7);
    x1 += x5;
    x13 = rotl(x13 ^ x1, 16);
    x9 += x13;
    x5 = rotl(x5 ^ x9, 12);
    x1 += x5;
    x13 = rotl(x13 ^ x1, 8);
    x9 += x13;
    x5 = rotl(x5 ^ x9, 7);
    x2 += x6;
    x14 = rotl(x14 ^ x2, 16);
    x10 += x14;
    x6 = rotl(x6 ^ x10, 12);
    x2 += x6;
    x14 = rotl(x14 ^ x2, 8);
    x10 += x14;
    x6 = rotl(x6 ^ x10, 7);
    x3 += x7;
    x15 = rotl(x15 ^ x3, 16);
    x11 += x15;
    x7 = rotl(x7 ^ x11, 12);
    x3 += x7;
    x15 = rotl(x15 ^ x3, 8);
    x11 += x15;
    x7 = rotl(x7 ^ x11, 7);
    // diagonals
    x0 += x5;
    x15 = rotl(x15 ^ x0, 16);
    x10 += x15;
    x5 = rotl(x5 ^ x10, 12);
    x0 += x5;
    x15 = rotl(x15 ^ x0, 8);
    x10 += x15;
    x5 = rotl(x5 ^ x10, 7);
    x1 += x6;
    x12 = rotl(x12 ^ x1, 16);
    x11 += x12;
    x6 = rotl(x6 ^ x11, 12);
    x1 += x6;
    x12 = rotl(x12 ^ x1, 8);
    x11 += x12;
    x6 = rotl(x6 ^ x11, 7);
    x2 += x7;
    x13 = rotl(x13 ^ x2, 16);
    x8 += x13;
    x7 = rotl(x7 ^ x8, 12);
    x2 += x7;
    x13 = rotl(x13 ^ x2, 8);
    x8 += x13;
    x7 = rotl(x7 ^ x8, 7);
    x3 += x4;
    x14 = rotl(x14 ^ x3, 16);
    x9 += x14;
    x4 = rotl(x4 ^ x9, 12);
    x3 += x4;
    x14 = rotl(x14 ^ x3, 8);
    x9 += x14;
    x4 = rotl(x4 ^ x9, 7);
  }
  store<u32>(own, x0 + load<u32>(own, 0), 0);
  store<u32>(own, x1 + load<u32>(own, 4), 4);
  store<u32>(own, x2 + load<u32>(own, 8), 8);
  store<u32>(own, x3 + load<u32>(own, 12), 12);
  store<u32>(own, x4 + load<u32>(own, 16), 16);
  store<u32>(own, x5 + load<u32>(own, 20), 20);
  store<u32>(own, x6 + load<u32>(own, 24), 24);
  store<u32>(own, x7 + load<u32>(own, 28), 28);
  store<u32>(own, x8 + load<u32>(own, 32), 32);
  store<u32>(own, x9 + load<u32>(own, 36), 36);
  store<u32>(own, x10 + load<u32>(own, 40), 40);
  store<u32>(own, x11 + load<u32>(own, 44), 44);
  store<u32>(own, x12 + load<u32>(own, 48), 48);
  store<u32>(own, x13 + load<u32>(own, 52), 52);
  store<u32>(own, x14 + load<u32>(own, 56), 56);
  store<u32>(own, x15 + load<u32>(own, 60), 60);
}
