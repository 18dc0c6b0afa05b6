/**
 * Turns the SuperscalarHash programs of a key into a WebAssembly module, once for the key. It imports
 * the memory and exports `computeItems(first, stride, count)`, the import of assembly/randomx/dataset.ts:
 * dataset items (specs.md 7.3) for `count` blocks that are `stride` bytes apart.
 *
 * The eight stages are walked one after the other for all items together. A stage waits for a random
 * line of the cache; asked for first for every item, the lines arrive while others are computed on.
 */
import type { Bytes } from '../../base/bytes';
import {
  Superscalar,
  type SuperscalarInstruction,
  type SuperscalarProgram,
} from './randomx-superscalar';

/** Within a block: the item's eight words, the address of its line of the cache, its number. */
const lineField = 64;
const numberField = 68;
/** Where the word goes that was loaded only to bring a line into the processor's cache. */
const touchField = 72;

/** specs.md 7.3. */
const firstMultiplier = 6364136223846793005n;
const registerConstants = [
  9298411001130361340n,
  12065312585734608966n,
  9306329213124626780n,
  5281919268842080866n,
  10536153434571861004n,
  3398623926847679864n,
  9549104520008361294n,
];

/** Opcodes of the WebAssembly core specification (5.4) that are used here. */
const op = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Const: 0x41,
  i64Const: 0x42,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32Add: 0x6a,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Shl: 0x74,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i64Rotr: 0x8a,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
} as const;
const voidBlock = 0x40;
const type = { i32: 0x7f, i64: 0x7e, func: 0x60 } as const;

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const more = value >= 0x80;
    bytes.push((value % 0x80) | (more ? 0x80 : 0));
    value = Math.floor(value / 0x80);
  } while (value > 0);
  return bytes;
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    const done = (value === 0n && low < 0x40) || (value === -1n && low >= 0x40);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const sized = (bytes: readonly number[]): number[] => [...unsignedLeb(bytes.length), ...bytes];
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)]);
const section = (id: number, ...entries: (readonly number[])[]): number[] => [
  id,
  ...sized([...unsignedLeb(entries.length), ...entries.flat()]),
];

/** Local variables: the three parameters, then our own. */
const local = {
  first: 0,
  stride: 1,
  count: 2,
  block: 3,
  end: 4,
  line: 5,
  r: 6,
  temporary: 14,
} as const;
const temporaries = 5;

class FunctionBody {
  readonly bytes: number[] = [];

  emit(...bytes: readonly number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
  get(index: number): this {
    return this.emit(op.localGet, ...unsignedLeb(index));
  }
  set(index: number): this {
    return this.emit(op.localSet, ...unsignedLeb(index));
  }
  tee(index: number): this {
    return this.emit(op.localTee, ...unsignedLeb(index));
  }
  i32(value: number): this {
    return this.emit(op.i32Const, ...signedLeb(BigInt(value | 0)));
  }
  i64(value: bigint): this {
    return this.emit(op.i64Const, ...signedLeb(BigInt.asIntN(64, value)));
  }
  /** A load or store at the address on the stack plus `offset`. */
  memory(opcode: number, offset: number): this {
    const alignment = opcode === op.i32Load || opcode === op.i32Store ? 2 : 3;
    return this.emit(opcode, alignment, ...unsignedLeb(offset));
  }
  /** Runs `body` for every block. */
  forEachBlock(body: () => void): this {
    this.get(local.first).set(local.block).emit(op.loop, voidBlock);
    body();
    return this.get(local.block)
      .get(local.stride)
      .emit(op.i32Add)
      .tee(local.block)
      .get(local.end)
      .emit(op.i32LtU, op.brIf, 0, op.end);
  }
}

const lowHalf = 0xffffffffn;

/** Leaves the upper 64 bits of dst * src on the stack: schoolbook multiplication of 32-bit halves. */
function emitMultiplyHigh(body: FunctionBody, dst: number, src: number): void {
  const [dstLow, srcLow, dstHigh, srcHigh, cross] = [0, 1, 2, 3, 4].map((i) => local.temporary + i);
  if (dstLow === undefined || srcLow === undefined || dstHigh === undefined) return;
  if (srcHigh === undefined || cross === undefined) return;
  body.get(dst).i64(lowHalf).emit(op.i64And).set(dstLow);
  body.get(src).i64(lowHalf).emit(op.i64And).set(srcLow);
  body.get(dst).i64(32n).emit(op.i64ShrU).set(dstHigh);
  body.get(src).i64(32n).emit(op.i64ShrU).set(srcHigh);
  // cross = dstHigh * srcLow + (dstLow * srcLow >> 32)
  body.get(dstHigh).get(srcLow).emit(op.i64Mul);
  body.get(dstLow).get(srcLow).emit(op.i64Mul).i64(32n).emit(op.i64ShrU, op.i64Add).set(cross);
  // dstHigh * srcHigh + (cross >> 32) + (dstLow * srcHigh + low half of cross >> 32)
  body.get(dstHigh).get(srcHigh).emit(op.i64Mul);
  body.get(cross).i64(32n).emit(op.i64ShrU, op.i64Add);
  body.get(dstLow).get(srcHigh).emit(op.i64Mul);
  body.get(cross).i64(lowHalf).emit(op.i64And, op.i64Add).i64(32n).emit(op.i64ShrU, op.i64Add);
}

/** The signed product's upper half is the unsigned one's less each operand where the other is negative. */
function emitSignCorrection(body: FunctionBody, dst: number, src: number): void {
  body.get(dst).i64(63n).emit(op.i64ShrS).get(src).emit(op.i64And, op.i64Sub);
  body.get(src).i64(63n).emit(op.i64ShrS).get(dst).emit(op.i64And, op.i64Sub);
}

/** floor(2^x / divisor) for the largest x that keeps it below 2^64 (specs.md 5.2.6). */
function reciprocal(divisor: number): bigint {
  const bits = BigInt(32 - Math.clz32(divisor));
  return (1n << (63n + bits)) / BigInt(divisor);
}

function emitInstruction(body: FunctionBody, instruction: SuperscalarInstruction): void {
  const dst = local.r + instruction.dst;
  const src = local.r + instruction.src;
  const constant = BigInt(instruction.imm32 | 0);
  switch (instruction.opcode) {
    case Superscalar.ISUB_R:
      body.get(dst).get(src).emit(op.i64Sub);
      break;
    case Superscalar.IXOR_R:
      body.get(dst).get(src).emit(op.i64Xor);
      break;
    case Superscalar.IADD_RS: {
      const shift = BigInt((instruction.mod >> 2) & 3);
      body.get(dst).get(src).i64(shift).emit(op.i64Shl, op.i64Add);
      break;
    }
    case Superscalar.IMUL_R:
      body.get(dst).get(src).emit(op.i64Mul);
      break;
    case Superscalar.IROR_C:
      body.get(dst).i64(constant).emit(op.i64Rotr);
      break;
    case Superscalar.IADD_C7:
    case Superscalar.IADD_C8:
    case Superscalar.IADD_C9:
      body.get(dst).i64(constant).emit(op.i64Add);
      break;
    case Superscalar.IXOR_C7:
    case Superscalar.IXOR_C8:
    case Superscalar.IXOR_C9:
      body.get(dst).i64(constant).emit(op.i64Xor);
      break;
    case Superscalar.IMULH_R:
      emitMultiplyHigh(body, dst, src);
      break;
    case Superscalar.ISMULH_R:
      emitMultiplyHigh(body, dst, src);
      emitSignCorrection(body, dst, src);
      break;
    case Superscalar.IMUL_RCP:
      body.get(dst).i64(reciprocal(instruction.imm32)).emit(op.i64Mul);
      break;
  }
  body.set(dst);
}

const registers = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Stores the address of the line that the i64 on the stack selects; the block's address is below it. */
const storeLine = (body: FunctionBody, cacheAt: number, cacheBytes: number): FunctionBody =>
  body
    .emit(op.i32WrapI64)
    .i32(cacheBytes / 64 - 1)
    .emit(op.i32And)
    .i32(6)
    .emit(op.i32Shl)
    .i32(cacheAt)
    .emit(op.i32Add)
    .memory(op.i32Store, lineField);

function computeItems(
  programs: readonly SuperscalarProgram[],
  cacheAt: number,
  cacheBytes: number,
): number[] {
  const body = new FunctionBody();
  const { first, stride, count, block, end, line, r, temporary } = local;
  body.get(first).get(stride).get(count).emit(op.i32Mul, op.i32Add).set(end);

  body.forEachBlock(() => {
    body.get(block).memory(op.i32Load, numberField).emit(op.i64ExtendI32U).set(temporary);
    body.get(temporary).i64(1n).emit(op.i64Add).i64(firstMultiplier).emit(op.i64Mul).set(r);
    body.get(block).get(r).memory(op.i64Store, 0);
    for (const [i, constant] of registerConstants.entries())
      body
        .get(block)
        .get(r)
        .i64(constant)
        .emit(op.i64Xor)
        .memory(op.i64Store, 8 * (i + 1));
    body.get(block).get(temporary);
    storeLine(body, cacheAt, cacheBytes);
  });

  for (const [stage, { instructions, addressRegister }] of programs.entries()) {
    body.get(count).i32(1).emit(op.i32GtU, op.if, voidBlock);
    body.forEachBlock(() => {
      body.get(block).get(block).memory(op.i32Load, lineField).memory(op.i64Load, 0);
      body.memory(op.i64Store, touchField);
    });
    body.emit(op.end);

    body.forEachBlock(() => {
      // The line's first word is asked for before the work that does not need it.
      body.get(block).memory(op.i32Load, lineField).tee(line);
      body.memory(op.i64Load, 0).set(temporary + 5);
      for (const i of registers)
        body
          .get(block)
          .memory(op.i64Load, 8 * i)
          .set(r + i);
      for (const instruction of instructions) emitInstruction(body, instruction);
      for (const i of registers) {
        if (i === 0) body.get(temporary + 5);
        else body.get(line).memory(op.i64Load, 8 * i);
        body
          .get(r + i)
          .emit(op.i64Xor)
          .set(r + i);
        body
          .get(block)
          .get(r + i)
          .memory(op.i64Store, 8 * i);
      }
      if (stage === programs.length - 1) return;
      body.get(block).get(r + addressRegister);
      storeLine(body, cacheAt, cacheBytes);
    });
  }
  body.emit(op.end);
  const locals = [2, 3, type.i32, registers.length + temporaries + 1, type.i64];
  return [...locals, ...body.bytes];
}

export interface DatasetCodeOptions {
  /** Where the cache is in the memory, and its size in bytes, a power of two. */
  readonly cacheAt: number;
  readonly cacheBytes: number;
  /** Whether the memory that it will be given is shared. */
  readonly shared: boolean;
}

/** The module's bytes: about 60 KB. */
export function datasetCode(
  programs: readonly SuperscalarProgram[],
  { cacheAt, cacheBytes, shared }: DatasetCodeOptions,
): Bytes {
  const signature = [type.func, 3, type.i32, type.i32, type.i32, 0];
  const limits = [shared ? 3 : 1, 1, ...unsignedLeb(65536)];
  const memory = [...text('env'), ...text('memory'), 2, ...limits];
  const functionExport = [...text('computeItems'), 0, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, signature),
    ...section(2, memory),
    ...section(3, [0]),
    ...section(7, functionExport),
    ...section(10, sized(computeItems(programs, cacheAt, cacheBytes))),
  ]);
}
