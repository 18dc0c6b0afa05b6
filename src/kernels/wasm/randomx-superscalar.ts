/**
 * SuperscalarHash (tevador/RandomX doc/specs.md 6): eight random programs that depend on the key only,
 * drawn while simulating the decoder and the three ports of a reference CPU. Every byte the generator
 * takes and every stall it meets shapes the program, so the order of things here is part of the definition.
 */
import { BlakeGenerator } from './randomx-blake-generator';

/** The ten instructions, as the official sources number them; C7, C8 and C9 differ in their padding only. */
export const Superscalar = {
  ISUB_R: 0,
  IXOR_R: 1,
  IADD_RS: 2,
  IMUL_R: 3,
  IROR_C: 4,
  IADD_C7: 5,
  IXOR_C7: 6,
  IADD_C8: 7,
  IXOR_C8: 8,
  IADD_C9: 9,
  IXOR_C9: 10,
  IMULH_R: 11,
  ISMULH_R: 12,
  IMUL_RCP: 13,
} as const;

type Opcode = (typeof Superscalar)[keyof typeof Superscalar];

export interface SuperscalarInstruction {
  readonly opcode: Opcode;
  readonly dst: number;
  /** Same as `dst` where there is no source. */
  readonly src: number;
  readonly mod: number;
  /** Unsigned. */
  readonly imm32: number;
}

export interface SuperscalarProgram {
  readonly instructions: readonly SuperscalarInstruction[];
  /** The register with the longest dependency chain: it picks the next line of the cache (specs.md 7.3). */
  readonly addressRegister: number;
}

/** RANDOMX_SUPERSCALAR_LATENCY, and what follows from it (configuration.h, specs.md 6.3). */
const targetLatency = 170;

const maxInstructions = 3 * targetLatency + 2;

const simulatedCycles = targetLatency + 4;

const lookForwardCycles = 4;

const maxThrowAways = 256;

/** x86's lea cannot have r13 as its base without a displacement; r5 lives there. */
const registerNeedsDisplacement = 5;

/** Ports as bits; a macro-op with none is eliminated at renaming (specs.md 6.2, table 6.2.1). */
const port = { p0: 1, p1: 2, p5: 4 } as const;

const p01 = port.p0 | port.p1;

const p05 = port.p0 | port.p5;

const p015 = port.p0 | port.p1 | port.p5;

/** "checking port availability in order P5 -> P0 -> P1" (specs.md 6.3.3). */
const portOrder = [port.p5, port.p0, port.p1] as const;

interface MacroOp {
  readonly latency: number;
  /** For each micro-op, the ports it may take. */
  readonly uops: readonly number[];
  /** Must wait for the macro-op before it. */
  readonly dependent?: boolean;
}

const oneCycle = (ports: number): MacroOp => ({ latency: 1, uops: [ports] });

const movRegister: MacroOp = { latency: 0, uops: [] };

const wideMultiply: MacroOp = { latency: 4, uops: [port.p1, port.p5] };

const multiply: MacroOp = { latency: 3, uops: [port.p1] };

interface Shape {
  readonly opcode: Opcode;
  readonly ops: readonly MacroOp[];
  /** Which macro-op reads the source, takes the destination, delivers the result. -1: none. */
  readonly srcOp: number;
  readonly dstOp: number;
  readonly resultOp: number;
  /** Instructions of one group may not follow each other on a register with the same parameter. */
  readonly group: Opcode;
}

const simple = (opcode: Opcode, op: MacroOp, srcOp: 0 | -1, group: Opcode = opcode): Shape => ({
  opcode,
  ops: [op],
  srcOp,
  dstOp: 0,
  resultOp: 0,
  group,
});

const highMultiplication = (opcode: Opcode): Shape => ({
  opcode,
  ops: [movRegister, wideMultiply, movRegister],
  srcOp: 1,
  dstOp: 0,
  resultOp: 1,
  group: opcode,
});

const S = Superscalar;

const shapes = {
  subtract: simple(S.ISUB_R, oneCycle(p015), 0, S.IADD_RS),
  xor: simple(S.IXOR_R, oneCycle(p015), 0),
  addShifted: simple(S.IADD_RS, oneCycle(p01), 0),
  multiply: simple(S.IMUL_R, multiply, 0),
  rotate: simple(S.IROR_C, oneCycle(p05), -1),
  add7: simple(S.IADD_C7, oneCycle(p015), -1),
  xor7: simple(S.IXOR_C7, oneCycle(p015), -1),
  add8: simple(S.IADD_C8, oneCycle(p015), -1, S.IADD_C7),
  xor8: simple(S.IXOR_C8, oneCycle(p015), -1, S.IXOR_C7),
  add9: simple(S.IADD_C9, oneCycle(p015), -1, S.IADD_C7),
  xor9: simple(S.IXOR_C9, oneCycle(p015), -1, S.IXOR_C7),
  multiplyHigh: highMultiplication(S.IMULH_R),
  multiplyHighSigned: highMultiplication(S.ISMULH_R),
  reciprocal: {
    opcode: S.IMUL_RCP,
    ops: [oneCycle(p015), { ...multiply, dependent: true }],
    srcOp: -1,
    dstOp: 1,
    resultOp: 1,
    group: S.IMUL_RCP,
  },
} satisfies Record<string, Shape>;

/** How 16 bytes of code split into slots (specs.md 6.3.1). */
const decoderGroups = {
  g484: [4, 8, 4],
  g7333: [7, 3, 3, 3],
  g3733: [3, 7, 3, 3],
  g493: [4, 9, 3],
  g4444: [4, 4, 4, 4],
  g3310: [3, 3, 10],
} as const;

type DecoderGroup = (typeof decoderGroups)[keyof typeof decoderGroups];

const pick = <T>(choices: readonly [T, T, ...T[]], index: number): T =>
  choices[index] ?? choices[0];

function nextGroup(
  last: Opcode | undefined,
  cycle: number,
  multiplications: number,
  random: BlakeGenerator,
): DecoderGroup {
  const g = decoderGroups;
  if (last === S.IMULH_R || last === S.ISMULH_R) return g.g3310;
  if (multiplications < cycle + 1) return g.g4444;
  if (last === S.IMUL_RCP) return random.byte() & 1 ? g.g484 : g.g493;
  return pick<DecoderGroup>([g.g484, g.g7333, g.g3733, g.g493], random.byte() & 3);
}

/** Chooses an instruction whose first macro-op fits the slot (specs.md 6.3.2). */
function shapeForSlot(
  size: number,
  group: DecoderGroup,
  isLast: boolean,
  random: BlakeGenerator,
): Shape {
  const s = shapes;
  switch (size) {
    case 3:
      return isLast
        ? pick([s.subtract, s.xor, s.multiplyHigh, s.multiplyHighSigned], random.byte() & 3)
        : pick([s.subtract, s.xor], random.byte() & 1);
    case 4:
      if (group === decoderGroups.g4444 && !isLast) return s.multiply;
      return pick([s.rotate, s.addShifted], random.byte() & 1);
    case 7:
      return pick([s.xor7, s.add7], random.byte() & 1);
    case 8:
      return pick([s.xor8, s.add8], random.byte() & 1);
    case 9:
      return pick([s.xor9, s.add9], random.byte() & 1);
    default:
      return s.reciprocal;
  }
}

interface Register {
  /** Cycle from which its value can be read. */
  readyAt: number;
  lastGroup: Opcode | undefined;
  lastParameter: number;
}

const isZeroOrPowerOf2 = (x: number): boolean => (x & (x - 1)) === 0;

/** An instruction on its way into the program: its constants are drawn immediately, its registers later. */
class Candidate {
  readonly shape: Shape;
  readonly mod: number = 0;
  readonly imm32: number = 0;
  src = -1;
  dst = -1;
  /** -1 for a constant, a register for those with a source, random for high multiplications. */
  parameter = -1;
  readonly #parameterIsSource: boolean = false;
  readonly #mayReuseSource: boolean = false;

  constructor(shape: Shape, random: BlakeGenerator) {
    this.shape = shape;
    switch (shape.opcode) {
      case S.ISUB_R:
      case S.IXOR_R:
      case S.IMUL_R:
        this.#parameterIsSource = true;
        break;
      case S.IADD_RS:
        this.mod = random.byte();
        this.#parameterIsSource = true;
        break;
      case S.IROR_C:
        do this.imm32 = random.byte() & 63;
        while (this.imm32 === 0);
        break;
      case S.IMULH_R:
      case S.ISMULH_R:
        this.#mayReuseSource = true;
        this.parameter = random.uint32() | 0;
        break;
      case S.IMUL_RCP:
        do this.imm32 = random.uint32();
        while (isZeroOrPowerOf2(this.imm32));
        break;
      default:
        this.imm32 = random.uint32();
    }
  }

  get isMultiplication(): boolean {
    const { opcode } = this.shape;
    return (
      opcode === S.IMUL_R || opcode === S.IMULH_R || opcode === S.ISMULH_R || opcode === S.IMUL_RCP
    );
  }

  /** specs.md 6.3.4. False if no register is ready at `cycle`. */
  selectSource(cycle: number, registers: readonly Register[], random: BlakeGenerator): boolean {
    const ready = registers.flatMap((register, i) => (register.readyAt <= cycle ? [i] : []));
    // r5 cannot be the destination of IADD_RS: of two registers, it must be the source.
    const forced =
      this.shape.opcode === S.IADD_RS &&
      ready.length === 2 &&
      ready.includes(registerNeedsDisplacement);
    const chosen = forced ? registerNeedsDisplacement : choose(ready, random);
    if (chosen === undefined) return false;
    this.src = chosen;
    if (forced || this.#parameterIsSource) this.parameter = chosen;
    return true;
  }

  selectDestination(
    cycle: number,
    allowChainedMultiply: boolean,
    registers: readonly Register[],
    random: BlakeGenerator,
  ): boolean {
    const { opcode, group } = this.shape;
    const fits = (register: Register, i: number): boolean =>
      register.readyAt <= cycle &&
      (this.#mayReuseSource || i !== this.src) &&
      (allowChainedMultiply || group !== S.IMUL_R || register.lastGroup !== S.IMUL_R) &&
      (register.lastGroup !== group || register.lastParameter !== this.parameter) &&
      (opcode !== S.IADD_RS || i !== registerNeedsDisplacement);
    const chosen = choose(
      registers.flatMap((register, i) => (fits(register, i) ? [i] : [])),
      random,
    );
    if (chosen === undefined) return false;
    this.dst = chosen;
    return true;
  }
}

const choose = (from: readonly number[], random: BlakeGenerator): number | undefined =>
  from.length > 1 ? from[random.uint32() % from.length] : from[0];

/** Which ports are taken in which cycle. */
class Ports {
  readonly #busy = new Uint8Array(simulatedCycles);

  /** The first cycle from `cycle` on in which the entire macro-op can start; undefined if there is none. */
  find(op: MacroOp, cycle: number): number | undefined {
    const [first, second] = op.uops;
    if (first === undefined) return cycle;
    for (; cycle < simulatedCycles; cycle++) {
      const port1 = this.#free(first, cycle);
      if (port1 === undefined) continue;
      if (second === undefined || this.#free(second, cycle) !== undefined) return cycle;
    }
    return undefined;
  }

  take(op: MacroOp, cycle: number): void {
    for (const uop of op.uops) {
      const free = this.#free(uop, cycle);
      if (free !== undefined) this.#busy[cycle] = (this.#busy[cycle] ?? 0) | free;
    }
  }

  #free(uop: number, cycle: number): number | undefined {
    const busy = this.#busy[cycle] ?? 0;
    return portOrder.find((one) => (uop & one) !== 0 && (busy & one) === 0);
  }
}

function generateProgram(random: BlakeGenerator): SuperscalarProgram {
  const ports = new Ports();
  const registers = Array.from({ length: 8 }, (): Register => ({
    readyAt: 0,
    lastGroup: undefined,
    lastParameter: -1,
  }));
  const instructions: SuperscalarInstruction[] = [];
  let current: Candidate | undefined;
  let opIndex = 0;
  let cycle = 0;
  let previousReadyAt = 0;
  let saturated = false;
  let multiplications = 0;
  let thrownAway = 0;

  /** Tries `select` at this cycle and the next few; every stall costs a cycle. Undefined if there is none. */
  const stallUntil = (start: number, select: (at: number) => boolean): number | undefined => {
    let at = start;
    for (let tries = 0; tries < lookForwardCycles; tries++) {
      if (select(at)) return at;
      at++;
      cycle++;
    }
    return undefined;
  };

  for (
    let decodeCycle = 0;
    decodeCycle < targetLatency && !saturated && instructions.length < maxInstructions;
    decodeCycle++
  ) {
    const group = nextGroup(current?.shape.opcode, decodeCycle, multiplications, random);
    let slot = 0;
    while (slot < group.length) {
      const topCycle = cycle;
      if (!current || opIndex >= current.shape.ops.length) {
        if (saturated || instructions.length >= maxInstructions) break;
        const isLast = slot === group.length - 1;
        current = new Candidate(shapeForSlot(group[slot] ?? 0, group, isLast, random), random);
        opIndex = 0;
      }
      const candidate: Candidate = current;
      const { shape } = candidate;
      const op = shape.ops[opIndex] ?? movRegister;
      let at = ports.find(op, op.dependent ? Math.max(cycle, previousReadyAt) : cycle);
      if (at === undefined) {
        saturated = true;
        break;
      }
      if (opIndex === shape.srcOp)
        at = stallUntil(at, (when) => candidate.selectSource(when, registers, random));
      if (at !== undefined && opIndex === shape.dstOp)
        at = stallUntil(at, (when) =>
          candidate.selectDestination(when, thrownAway > 0, registers, random),
        );
      if (at === undefined) {
        if (thrownAway < maxThrowAways) {
          thrownAway++;
          opIndex = shape.ops.length;
          continue;
        }
        current = undefined;
        break;
      }
      thrownAway = 0;

      const start = ports.find(op, at);
      if (start === undefined) {
        saturated = true;
        break;
      }
      ports.take(op, start);
      previousReadyAt = start + op.latency;
      if (opIndex === shape.resultOp) {
        const register = registers[candidate.dst];
        if (register) {
          register.readyAt = previousReadyAt;
          register.lastGroup = shape.group;
          register.lastParameter = candidate.parameter;
        }
      }
      slot++;
      opIndex++;
      if (start >= targetLatency) saturated = true;
      cycle = topCycle;

      if (opIndex >= shape.ops.length) {
        const { dst, src, mod, imm32 } = candidate;
        instructions.push({ opcode: shape.opcode, dst, src: src < 0 ? dst : src, mod, imm32 });
        if (candidate.isMultiplication) multiplications++;
      }
    }
    cycle++;
  }
  return { instructions, addressRegister: longestChain(instructions) };
}

/** As if every operation took one cycle and all could run in parallel. */
function longestChain(instructions: readonly SuperscalarInstruction[]): number {
  const depth = new Array<number>(8).fill(0);
  for (const { dst, src } of instructions)
    depth[dst] = Math.max(depth[dst] ?? 0, depth[src] ?? 0) + 1;
  return depth.indexOf(Math.max(...depth));
}

/** The eight programs of a key (its first 60 bytes). */
export function generateSuperscalar(key: Uint8Array): SuperscalarProgram[] {
  const random = new BlakeGenerator(key);
  return Array.from({ length: 8 }, () => generateProgram(random));
}
