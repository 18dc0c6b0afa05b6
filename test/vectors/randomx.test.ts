// All of randomx.json, stage by stage and whole; about 15 s.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { blake2b } from '@noble/hashes/blake2.js';
import { hex } from '@scure/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateSuperscalar } from '../../src/kernels/wasm/randomx-superscalar';
import { toHex, type Bytes } from '../../src/base/bytes';
import { machineField, openEngine, type Engine } from './randomx-engine';

interface HashCase {
  what: string;
  key: string;
  input: string;
  hash: string;
}

interface HashSteps {
  input: string;
  temp_hash_0: string;
  gen1_state: string;
  scratchpad_blake2b_512: string;
  program_0: string;
  registers_after_program_0: string;
  reg_hash: string[];
  scratchpad_final_blake2b_512: string;
  hash: string;
}

interface Internals {
  key: string;
  cache_words: { index: number; u64: string }[];
  cache_blake2b_512: string;
  superscalar: { size: number; address_register: number; blake2b_256: string }[];
  dataset_items: { index: number; bytes: string }[];
  hash_steps: HashSteps[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../data/post/randomx.json', import.meta.url), 'utf8'),
) as { cases: HashCase[]; internals: { keys: Internals[] } };

const bytes = (text: string): Bytes => new Uint8Array(hex.decode(text));
const keys = [...new Set(vectors.cases.map(({ key }) => key))];
const scratchpadBytes = 2 * 1024 * 1024;

describe.each(keys)('key %s', (key) => {
  const internals = vectors.internals.keys.find((one) => one.key === key);
  let engine: Engine;
  const read = (at: number, length: number): Bytes =>
    new Uint8Array(new Uint8Array(engine.memory.buffer, at, length));

  beforeAll(async () => {
    engine = await openEngine(bytes(key));
  }, 60_000);

  const cases = vectors.cases.filter((one) => one.key === key);
  test.each(cases)('hash of $input: $what', ({ input, hash }) => {
    expect(engine.randomx.hash([bytes(input)]).map(toHex)).toEqual([hash]);
  });

  test('hashes in step are the same', () => {
    const [first, second] = cases;
    const both = [first, second].flatMap((one) => one ?? []);
    const hashes = engine.randomx.hash(both.map(({ input }) => bytes(input)));
    expect(hashes.map(toHex)).toEqual(both.map(({ hash }) => hash));
  });

  if (!internals) return;

  test('cache', () => {
    const view = new DataView(engine.memory.buffer, engine.cacheAt);
    for (const { index, u64 } of internals.cache_words)
      expect(view.getBigUint64(8 * index, true)).toBe(BigInt(`0x${u64}`));
    const whole = new Uint8Array(engine.memory.buffer, engine.cacheAt, 256 * 1024 * 1024);
    const digest = createHash('blake2b512').update(whole).digest('hex');
    expect(digest).toBe(internals.cache_blake2b_512);
  });

  test('superscalar programs', () => {
    const programs = generateSuperscalar(bytes(key)).map(({ instructions, addressRegister }) => {
      const code = new DataView(new ArrayBuffer(8 * instructions.length));
      for (const [i, { opcode, dst, src, mod, imm32 }] of instructions.entries()) {
        [opcode, dst, src, mod].forEach((byte, j) => code.setUint8(8 * i + j, byte));
        code.setUint32(8 * i + 4, imm32, true);
      }
      return {
        size: instructions.length,
        address_register: addressRegister,
        blake2b_256: toHex(blake2b(new Uint8Array(code.buffer), { dkLen: 32 })),
      };
    });
    expect(programs).toEqual(internals.superscalar);
  });

  test('dataset items, one by one and in step', () => {
    const work = engine.vm;
    const out = engine.vm + 4096;
    for (const { index, bytes: wanted } of internals.dataset_items) {
      // The dataset is placed so that this item falls on `out`.
      engine.steps.fillDataset((out - 64 * index) >>> 0, index, 1, work);
      expect(toHex(read(out, 64))).toBe(wanted);
    }
    const firstThree = internals.dataset_items.slice(0, 3);
    engine.steps.fillDataset(out, 0, 11, work);
    for (const { index, bytes: wanted } of firstThree)
      expect(toHex(read(out + 64 * index, 64))).toBe(wanted);
  });

  test.each(internals.hash_steps)('steps of the hash of $input', (steps) => {
    const { vm, steps: machine } = engine;
    const seed = blake2b(bytes(steps.input));
    expect(toHex(seed)).toBe(steps.temp_hash_0);
    new Uint8Array(engine.memory.buffer).set(seed, vm + machineField.seed);
    machine.begin(vm);
    expect(toHex(read(vm + machineField.seed, 64))).toBe(steps.gen1_state);
    const scratchpad = (): string =>
      toHex(blake2b(read(vm + machineField.scratchpad, scratchpadBytes)));
    expect(scratchpad()).toBe(steps.scratchpad_blake2b_512);
    for (const [i, registerHash] of steps.reg_hash.entries()) {
      machine.program(vm);
      if (i === 0) expect(toHex(read(vm + machineField.program, 2176))).toBe(steps.program_0);
      machine.execute(vm, 64, 1, 0);
      const registers = read(vm + machineField.registers, 256);
      if (i === 0) expect(toHex(registers)).toBe(steps.registers_after_program_0);
      expect(toHex(blake2b(registers))).toBe(registerHash);
      machine.reseed(vm);
      expect(toHex(read(vm + machineField.hash, 64))).toBe(registerHash);
    }
    expect(scratchpad()).toBe(steps.scratchpad_final_blake2b_512);
    machine.finish(vm);
    expect(toHex(read(vm + machineField.hash, 32))).toBe(steps.hash);
  });
});

test('in a memory that is shared', async () => {
  const [first] = vectors.cases;
  const engine = await openEngine(bytes(first?.key ?? ''), { shared: true });
  expect(engine.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(engine.randomx.hash([bytes(first?.input ?? '')]).map(toHex)).toEqual([first?.hash]);
});

test('fast mode takes from the dataset what light mode computes', async () => {
  // The dataset's memory is there, but only what one hash reads of it is filled (16 384 items of 34 million).
  const items = new Map<number, Bytes>();
  const [first] = vectors.cases;
  const engine = await openEngine(bytes(first?.key ?? ''), {
    mode: 'fast',
    lanes: 1,
    spy: ({ buffer }, block) => {
      const number = new DataView(buffer).getUint32(block + 68, true);
      items.set(number, new Uint8Array(new Uint8Array(buffer, block, 64)));
    },
  });
  const { steps, vm, datasetAt } = engine;
  const memory = new Uint8Array(engine.memory.buffer);
  const hash = (dataset: number): string => {
    memory.set(blake2b(bytes(first?.input ?? '')), vm + machineField.seed);
    steps.begin(vm);
    for (let i = 0; i < 8; i++) {
      if (i > 0) steps.reseed(vm);
      steps.program(vm);
      steps.execute(vm, 64, 1, dataset);
    }
    steps.finish(vm);
    return toHex(memory.slice(vm + machineField.hash, vm + machineField.hash + 32));
  };
  expect(hash(0)).toBe(first?.hash);
  for (const [number, item] of items) memory.set(item, datasetAt + 64 * number);
  expect(hash(datasetAt)).toBe(first?.hash);
  const [input] = [bytes(first?.input ?? '')];
  expect(engine.randomx.hash([input]).map(toHex)).toEqual([first?.hash]);
});
