/**
 * The virtual machine (specs.md 4.6): an interpreter over the decoded records. Several machines run
 * in step, so that their dataset items are asked for together and the waits for memory overlap.
 */
import {
  CODE,
  E,
  E_MASK,
  F,
  FIRST_ITEM,
  ITEM,
  ITEM_NUMBER,
  ITEM_TOUCH,
  MA,
  MX,
  R,
  READ_REG,
  ROUNDING,
  SCRATCHPAD,
  SP_ADDR_0,
  SP_ADDR_1,
} from './layout';
import { Op, RECORD } from './program';
import { Down, Nearest, TowardZero, Up, add, div, mul, sqrt, sub } from './rounding';
import { computeItems } from './dataset';

const LINE_MASK: u32 = 0x1fffc0;
const LOW_56_BITS = i64x2.splat(0x00ffffffffffffff);
const SCALE = i64x2.splat(0x80f0000000000000);
const ITERATIONS = 2048;

/** Upper 64 bits of the unsigned product. */
function mulHigh(x: u64, y: u64): u64 {
  const xl = x & 0xffffffff;
  const xh = x >> 32;
  const yl = y & 0xffffffff;
  const yh = y >> 32;
  const cross = xh * yl + ((xl * yl) >> 32);
  const middle = xl * yh + (cross & 0xffffffff);
  return xh * yh + (cross >> 32) + (middle >> 32);
}

function mulHighSigned(x: u64, y: u64): u64 {
  return mulHigh(x, y) - (y & ((<i64>x) >> 63)) - (x & ((<i64>y) >> 63));
}

/** Address in the scratchpad of a record's memory operand. */
function operand(pc: usize, scratchpad: usize): usize {
  const address = load<u32>(load<u32>(pc, 8)) + load<u32>(pc, 16);
  return scratchpad + (address & load<u32>(pc, 12));
}

function integerPair(at: usize): v128 {
  return f64x2.convert_low_i32x4_s(v128.load64_zero(at));
}

/**
 * Follows the program from record `pc` in one rounding mode, until its end (returns 0) or until
 * CFROUND may have changed the mode (returns the next record).
 */
function follow<M>(vm: usize, pc: usize): usize {
  const scratchpad = vm + SCRATCHPAD;
  while (true) {
    const dst = <usize>load<u32>(pc, 4);
    const src = <usize>load<u32>(pc, 8);
    switch (load<u32>(pc)) {
      case Op.IADD_RS:
        store<u64>(dst, load<u64>(dst) + (load<u64>(src) << load<u32>(pc, 12)) + load<u64>(pc, 16));
        break;
      case Op.IADD_M:
        store<u64>(dst, load<u64>(dst) + load<u64>(operand(pc, scratchpad)));
        break;
      case Op.ISUB_R:
        store<u64>(dst, load<u64>(dst) - load<u64>(src));
        break;
      case Op.ISUB_M:
        store<u64>(dst, load<u64>(dst) - load<u64>(operand(pc, scratchpad)));
        break;
      case Op.IMUL_R:
        store<u64>(dst, load<u64>(dst) * load<u64>(src));
        break;
      case Op.IMUL_M:
        store<u64>(dst, load<u64>(dst) * load<u64>(operand(pc, scratchpad)));
        break;
      case Op.IMULH_R:
        store<u64>(dst, mulHigh(load<u64>(dst), load<u64>(src)));
        break;
      case Op.IMULH_M:
        store<u64>(dst, mulHigh(load<u64>(dst), load<u64>(operand(pc, scratchpad))));
        break;
      case Op.ISMULH_R:
        store<u64>(dst, mulHighSigned(load<u64>(dst), load<u64>(src)));
        break;
      case Op.ISMULH_M:
        store<u64>(dst, mulHighSigned(load<u64>(dst), load<u64>(operand(pc, scratchpad))));
        break;
      case Op.INEG_R:
        store<u64>(dst, 0 - load<u64>(dst));
        break;
      case Op.IXOR_R:
        store<u64>(dst, load<u64>(dst) ^ load<u64>(src));
        break;
      case Op.IXOR_M:
        store<u64>(dst, load<u64>(dst) ^ load<u64>(operand(pc, scratchpad)));
        break;
      case Op.IROR_R:
        store<u64>(dst, rotr(load<u64>(dst), load<u64>(src)));
        break;
      case Op.IROL_R:
        store<u64>(dst, rotl(load<u64>(dst), load<u64>(src)));
        break;
      case Op.ISWAP_R: {
        const value = load<u64>(dst);
        store<u64>(dst, load<u64>(src));
        store<u64>(src, value);
        break;
      }
      case Op.FSWAP_R: {
        const pair = v128.load(dst);
        v128.store(dst, v128.shuffle<i64>(pair, pair, 1, 0));
        break;
      }
      case Op.FADD_R:
        v128.store(dst, add<M>(v128.load(dst), v128.load(src)));
        break;
      case Op.FADD_M:
        v128.store(dst, add<M>(v128.load(dst), integerPair(operand(pc, scratchpad))));
        break;
      case Op.FSUB_R:
        v128.store(dst, sub<M>(v128.load(dst), v128.load(src)));
        break;
      case Op.FSUB_M:
        v128.store(dst, sub<M>(v128.load(dst), integerPair(operand(pc, scratchpad))));
        break;
      case Op.FSCAL_R:
        v128.store(dst, v128.xor(v128.load(dst), SCALE));
        break;
      case Op.FMUL_R:
        v128.store(dst, mul<M>(v128.load(dst), v128.load(src)));
        break;
      case Op.FDIV_M: {
        const divisor = groupE(integerPair(operand(pc, scratchpad)), v128.load(vm, E_MASK));
        v128.store(dst, div<M>(v128.load(dst), divisor));
        break;
      }
      case Op.FSQRT_R:
        v128.store(dst, sqrt<M>(v128.load(dst)));
        break;
      case Op.CBRANCH: {
        const value = load<u64>(dst) + load<u64>(pc, 16);
        store<u64>(dst, value);
        if (((<u32>value) & load<u32>(pc, 12)) == 0) {
          pc = load<u32>(pc, 24);
          continue;
        }
        break;
      }
      case Op.CFROUND:
        store<u32>(vm, (<u32>rotr(load<u64>(src), load<u64>(pc, 16))) & 3, ROUNDING);
        return pc + RECORD;
      case Op.ISTORE: {
        const address = load<u32>(dst) + load<u32>(pc, 16);
        store<u64>(scratchpad + (address & load<u32>(pc, 12)), load<u64>(src));
        break;
      }
      default:
        return 0;
    }
    pc += RECORD;
  }
}

function groupE(pair: v128, mask: v128): v128 {
  return v128.or(v128.and(pair, LOW_56_BITS), mask);
}

/** Steps 1 to 6 of an iteration: everything up to the need of a dataset item (specs.md 4.6.2). */
function firstHalf(vm: usize): void {
  const scratchpad = vm + SCRATCHPAD;
  const mix = load<u64>(load<u32>(vm, READ_REG)) ^ load<u64>(load<u32>(vm, READ_REG + 4));
  const spAddr0 = (load<u32>(vm, SP_ADDR_0) ^ (<u32>mix)) & LINE_MASK;
  const spAddr1 = (load<u32>(vm, SP_ADDR_1) ^ (<u32>(mix >> 32))) & LINE_MASK;
  store<u32>(vm, spAddr0, SP_ADDR_0);
  store<u32>(vm, spAddr1, SP_ADDR_1);
  const line0 = scratchpad + spAddr0;
  for (let i: usize = 0; i < 64; i += 16) {
    v128.store(vm + R + i, v128.xor(v128.load(vm + R + i), v128.load(line0 + i)));
  }
  const line1 = scratchpad + spAddr1;
  const mask = v128.load(vm, E_MASK);
  for (let i: usize = 0; i < 4; i++) {
    v128.store(vm + F + (i << 4), integerPair(line1 + (i << 3)));
    v128.store(vm + E + (i << 4), groupE(integerPair(line1 + 32 + (i << 3)), mask));
  }
  let pc = vm + CODE;
  do {
    const mode = load<u32>(vm, ROUNDING);
    if (mode == 0) pc = follow<Nearest>(vm, pc);
    else if (mode == 1) pc = follow<Down>(vm, pc);
    else if (mode == 2) pc = follow<Up>(vm, pc);
    else pc = follow<TowardZero>(vm, pc);
  } while (pc != 0);
  // ma addresses this iteration's item; mx, mixed now, the next one's.
  const ma = load<u32>(vm, MA);
  const mx =
    load<u32>(vm, MX) ^
    load<u32>(load<u32>(vm, READ_REG + 8)) ^
    load<u32>(load<u32>(vm, READ_REG + 12));
  store<u32>(vm, mx, MA);
  store<u32>(vm, ma, MX);
  store<u32>(vm, load<u32>(vm, FIRST_ITEM) + ((ma & 0x7fffffff) >> 6), ITEM_NUMBER);
}

/** Steps 7 to 12: takes the dataset item in and writes the registers back to the scratchpad. */
function secondHalf(vm: usize): void {
  const line0 = vm + SCRATCHPAD + load<u32>(vm, SP_ADDR_0);
  const line1 = vm + SCRATCHPAD + load<u32>(vm, SP_ADDR_1);
  for (let i: usize = 0; i < 64; i += 16) {
    const r = v128.xor(v128.load(vm + R + i), v128.load(vm + ITEM + i));
    v128.store(vm + R + i, r);
    v128.store(line1 + i, r);
  }
  for (let i: usize = 0; i < 64; i += 16) {
    const f = v128.xor(v128.load(vm + F + i), v128.load(vm + E + i));
    v128.store(vm + F + i, f);
    v128.store(line0 + i, f);
  }
  store<u64>(vm, 0, SP_ADDR_0);
}

/**
 * Executes the prepared programs of `count` machines, `stride` bytes apart, in step. Dataset items are
 * computed from the cache, or read from `dataset` unless that is 0.
 */
export function execute(first: usize, stride: usize, count: u32, dataset: usize): void {
  const end = first + stride * count;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    for (let vm = first; vm < end; vm += stride) firstHalf(vm);
    if (dataset == 0) computeItems(first + ITEM, stride, count);
    else for (let vm = first; vm < end; vm += stride) fetchItem(vm, dataset);
    for (let vm = first; vm < end; vm += stride) secondHalf(vm);
  }
}

/** Takes this iteration's item from the dataset, and has the processor bring the next one nearer. */
function fetchItem(vm: usize, dataset: usize): void {
  const item = dataset + ((<usize>load<u32>(vm, ITEM_NUMBER)) << 6);
  for (let i: usize = 0; i < 64; i += 16) v128.store(vm + ITEM + i, v128.load(item + i));
  const next = load<u32>(vm, FIRST_ITEM) + ((load<u32>(vm, MA) & 0x7fffffff) >> 6);
  store<u32>(vm, load<u32>(dataset + ((<usize>next) << 6)), ITEM_TOUCH);
}

const BLOCK: usize = 128;
const BLOCKS: u32 = 8;

/** Computes `count` items of the dataset from number `start` on; `work` is 1 KiB of scratch. */
export function fillDataset(dataset: usize, start: u32, count: u32, work: usize): void {
  for (let done: u32 = 0; done < count; done += BLOCKS) {
    const blocks = min(BLOCKS, count - done);
    for (let i: u32 = 0; i < blocks; i++) {
      store<u32>(work + i * BLOCK, start + done + i, ITEM_NUMBER - ITEM);
    }
    computeItems(work, BLOCK, blocks);
    for (let i: u32 = 0; i < blocks; i++) {
      memory.copy(dataset + ((<usize>(start + done + i)) << 6), work + i * BLOCK, 64);
    }
  }
}
