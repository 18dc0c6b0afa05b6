/**
 * Sets a virtual machine up from its program buffer (specs.md 4.5) and decodes the program once into
 * records that the interpreter can follow without thinking: operands are addresses, masks and branch
 * targets are worked out, what does nothing is left out.
 *
 * A record is 32 bytes: operation u32, destination u32, source u32, mask or shift u32, immediate i64,
 * branch target u32. Addresses are absolute; an operand that is a constant has its source point at
 * the record's own immediate.
 */
import {
  A,
  CODE,
  E,
  E_MASK,
  F,
  FIRST_ITEM,
  MA,
  MX,
  PROGRAM,
  R,
  READ_REG,
  SP_ADDR_0,
  SP_ADDR_1,
  ZERO_REGISTER,
} from './layout';

export namespace Op {
  export const IADD_RS = 0;
  export const IADD_M = 1;
  export const ISUB_R = 2;
  export const ISUB_M = 3;
  export const IMUL_R = 4;
  export const IMUL_M = 5;
  export const IMULH_R = 6;
  export const IMULH_M = 7;
  export const ISMULH_R = 8;
  export const ISMULH_M = 9;
  export const INEG_R = 10;
  export const IXOR_R = 11;
  export const IXOR_M = 12;
  export const IROR_R = 13;
  export const IROL_R = 14;
  export const ISWAP_R = 15;
  export const FSWAP_R = 16;
  export const FADD_R = 17;
  export const FADD_M = 18;
  export const FSUB_R = 19;
  export const FSUB_M = 20;
  export const FSCAL_R = 21;
  export const FMUL_R = 22;
  export const FDIV_M = 23;
  export const FSQRT_R = 24;
  export const CBRANCH = 25;
  export const CFROUND = 26;
  export const ISTORE = 27;
  export const END = 28;
}

export const RECORD: usize = 32;

const L1_MASK: u32 = 0x3ff8;
const L2_MASK: u32 = 0x3fff8;
const L3_MASK: u32 = 0x1ffff8;

/** 2^0 to 2^31 with 52 bits of fraction (specs.md 4.5.2). */
function smallPositiveFloat(entropy: u64): u64 {
  return (((entropy >> 59) + 1023) << 52) | (entropy & 0x000fffffffffffff);
}

/** What a group E operand gets for its sign, upper exponent bits and lower fraction bits (specs.md 4.3.2, 4.5.6). */
function groupEMask(entropy: u64): u64 {
  return ((0x300 | ((entropy >> 60) << 4)) << 52) | (entropy & 0x3fffff);
}

function entropy(vm: usize, i: usize): u64 {
  return load<u64>(vm + PROGRAM + (i << 3));
}

function configure(vm: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    store<u64>(vm + R + (i << 3), 0);
    store<u64>(vm + A + (i << 3), smallPositiveFloat(entropy(vm, i)));
  }
  const ma = <u32>entropy(vm, 8);
  const mx = <u32>entropy(vm, 10);
  store<u32>(vm, ma, MA);
  store<u32>(vm, mx, MX);
  store<u32>(vm, mx, SP_ADDR_0);
  store<u32>(vm, ma & ~63, SP_ADDR_1);
  for (let i: usize = 0; i < 4; i++) {
    const odd = (<u32>(entropy(vm, 12) >> i)) & 1;
    store<u32>(vm + READ_REG + (i << 2), <u32>(vm + R) + <u32>(i << 4) + (odd << 3));
  }
  store<u32>(vm, <u32>(entropy(vm, 13) % 524288), FIRST_ITEM);
  store<u64>(vm, groupEMask(entropy(vm, 14)), E_MASK);
  store<u64>(vm, groupEMask(entropy(vm, 15)), E_MASK + 8);
  store<u64>(vm, 0, ZERO_REGISTER);
}

/** 2^x / divisor for the largest x that keeps it below 2^64; divisor is not a power of two (specs.md 5.2.6). */
function reciprocal(divisor: u64): u64 {
  const top: u64 = 1 << 63;
  const quotient = top / divisor;
  const remainder = top % divisor;
  const shift = 64 - clz(divisor);
  return (quotient << shift) + (remainder << shift) / divisor;
}

/** Prepares `vm` to execute the program in its program buffer. */
export function prepare(vm: usize): void {
  configure(vm);
  let code = vm + CODE;
  // Where to go on after each register's last change: the record behind it; at first the start.
  let t0 = code,
    t1 = code,
    t2 = code,
    t3 = code,
    t4 = code,
    t5 = code,
    t6 = code,
    t7 = code;
  const end = vm + PROGRAM + 2176;
  for (let at = vm + PROGRAM + 128; at < end; at += 8) {
    const opcode = load<u8>(at);
    const dst = load<u8>(at, 1) & 7;
    const src = load<u8>(at, 2) & 7;
    const mod = load<u8>(at, 3);
    const imm = load<i32>(at, 4);
    const rDst = vm + R + ((<usize>dst) << 3);
    const rSrc = vm + R + ((<usize>src) << 3);
    const fDst = vm + F + ((<usize>(dst & 3)) << 4);
    const eDst = vm + E + ((<usize>(dst & 3)) << 4);
    const aSrc = vm + A + ((<usize>(src & 3)) << 4);
    const same = dst == src;
    const rSrcOrImm = same ? code + 16 : rSrc;
    const nearMask = mod & 3 ? L1_MASK : L2_MASK;
    const readFrom = same ? vm + ZERO_REGISTER : rSrc;
    const readMask = same ? L3_MASK : nearMask;
    // Registers that this instruction counts as changing: a bit each (specs.md 5.4.2).
    let changes: u32 = 1 << dst;

    if (opcode < 16) {
      record(code, Op.IADD_RS, rDst, rSrc, (mod >> 2) & 3, dst == 5 ? imm : 0);
    } else if (opcode < 23) {
      record(code, Op.IADD_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 39) {
      record(code, Op.ISUB_R, rDst, rSrcOrImm, 0, imm);
    } else if (opcode < 46) {
      record(code, Op.ISUB_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 62) {
      record(code, Op.IMUL_R, rDst, rSrcOrImm, 0, imm);
    } else if (opcode < 66) {
      record(code, Op.IMUL_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 70) {
      record(code, Op.IMULH_R, rDst, rSrc, 0, 0);
    } else if (opcode < 71) {
      record(code, Op.IMULH_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 75) {
      record(code, Op.ISMULH_R, rDst, rSrc, 0, 0);
    } else if (opcode < 76) {
      record(code, Op.ISMULH_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 84) {
      const divisor = <u32>imm;
      if ((divisor & (divisor - 1)) == 0) continue;
      record(code, Op.IMUL_R, rDst, code + 16, 0, <i64>reciprocal(divisor));
    } else if (opcode < 86) {
      record(code, Op.INEG_R, rDst, 0, 0, 0);
    } else if (opcode < 101) {
      record(code, Op.IXOR_R, rDst, rSrcOrImm, 0, imm);
    } else if (opcode < 106) {
      record(code, Op.IXOR_M, rDst, readFrom, readMask, imm);
    } else if (opcode < 114) {
      record(code, Op.IROR_R, rDst, rSrcOrImm, 0, imm);
    } else if (opcode < 116) {
      record(code, Op.IROL_R, rDst, rSrcOrImm, 0, imm);
    } else if (opcode < 120) {
      if (same) continue;
      record(code, Op.ISWAP_R, rDst, rSrc, 0, 0);
      changes |= 1 << src;
    } else if (opcode < 124) {
      record(code, Op.FSWAP_R, dst < 4 ? fDst : eDst, 0, 0, 0);
      changes = 0;
    } else if (opcode < 140) {
      record(code, Op.FADD_R, fDst, aSrc, 0, 0);
      changes = 0;
    } else if (opcode < 145) {
      record(code, Op.FADD_M, fDst, rSrc, nearMask, imm);
      changes = 0;
    } else if (opcode < 161) {
      record(code, Op.FSUB_R, fDst, aSrc, 0, 0);
      changes = 0;
    } else if (opcode < 166) {
      record(code, Op.FSUB_M, fDst, rSrc, nearMask, imm);
      changes = 0;
    } else if (opcode < 172) {
      record(code, Op.FSCAL_R, fDst, 0, 0, 0);
      changes = 0;
    } else if (opcode < 204) {
      record(code, Op.FMUL_R, eDst, aSrc, 0, 0);
      changes = 0;
    } else if (opcode < 208) {
      record(code, Op.FDIV_M, eDst, rSrc, nearMask, imm);
      changes = 0;
    } else if (opcode < 214) {
      record(code, Op.FSQRT_R, eDst, 0, 0, 0);
      changes = 0;
    } else if (opcode < 239) {
      const bit = (mod >> 4) + 8;
      const high: i64 = 1 << (<i64>bit);
      const step = ((<i64>imm) | high) & ~(high >> 1);
      record(code, Op.CBRANCH, rDst, 0, (<u32>0xff) << bit, step);
      let target = t0;
      if (dst == 1) target = t1;
      else if (dst == 2) target = t2;
      else if (dst == 3) target = t3;
      else if (dst == 4) target = t4;
      else if (dst == 5) target = t5;
      else if (dst == 6) target = t6;
      else if (dst == 7) target = t7;
      store<u32>(code, <u32>target, 24);
      changes = 0xff;
    } else if (opcode < 240) {
      record(code, Op.CFROUND, 0, rSrc, 0, imm & 63);
      changes = 0;
    } else {
      record(code, Op.ISTORE, rDst, rSrc, mod >= 14 << 4 ? L3_MASK : nearMask, imm);
      changes = 0;
    }
    code += RECORD;
    if (changes & 1) t0 = code;
    if (changes & 2) t1 = code;
    if (changes & 4) t2 = code;
    if (changes & 8) t3 = code;
    if (changes & 16) t4 = code;
    if (changes & 32) t5 = code;
    if (changes & 64) t6 = code;
    if (changes & 128) t7 = code;
  }
  record(code, Op.END, 0, 0, 0, 0);
}

function record(at: usize, op: u32, dst: usize, src: usize, mask: u32, imm: i64): void {
  store<u32>(at, op);
  store<u32>(at, <u32>dst, 4);
  store<u32>(at, <u32>src, 8);
  store<u32>(at, mask, 12);
  store<i64>(at, imm, 16);
}
