import { expect } from 'vitest';
import { WorkbenchError } from '../../src/base/error';
import { binomialTail, poissonTail } from '../../src/simulate/probability/distributions';
import type { ProvingInput } from '../../src/simulate/proving/throughput';

/** What a generator returns in the end. */
export const finish = <R>(steps: Generator<unknown, R>): R => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** An identity of 4 TiB on a hard disk. */
export const hdd: ProvingInput = {
  numUnits: 64,
  nonces: 64,
  threads: 8,
  diskBytesPerS: 150e6,
  scan: { bytesPerSPerThread: 1.48 * 2 ** 30 },
  hashesPerS: 3000,
};

/** What an input that is refused was, and its value; undefined when it is taken. */
export const refusal = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof WorkbenchError && error.code === 'input-not-valid') return error.details;
    throw error;
  }
  return undefined;
};

/** Inside an object that is compared: a number to so many decimal places. */
export const near = (value: number, digits = 9): unknown =>
  expect.closeTo(value, digits) as unknown;

/**
 * An identity of 8 labels, 128 bytes, which are read in 128 s, and a proof that needs all 8: it is found at the very
 * end of a pass or not at all, so that everything can be counted in whole passes. With 16 nonces, and no k2pow.
 */
export const toy = {
  numUnits: 1,
  labelsPerUnit: 8,
  k1: 8,
  k2: 8,
  nonces: 16,
  threads: 2,
  diskBytesPerS: 1,
  scan: { bytesPerSPerThread: 8 },
  hashesPerS: Infinity,
  gapS: 4.5 * 128,
} satisfies ProvingInput;
/** The same, with a proof in every other pass or so: each label is good with 5.4 / 8. */
export const chancyToy = { ...toy, k1: 5.4 };
export const toyChance = 1 - (1 - (5.4 / 8) ** 8) ** 16;
/** A k2pow difficulty that takes two hashes a group and unit. */
export const twoHashes = '80'.padEnd(64, '0');

/**
 * P(so many toys one after another are proved by then): over the passes that the last proof may end, with the
 * k2pow of one group before each pass.
 * @param powS mean time of a k2pow
 */
export function toysProved(proofs: number, atS: number, chance: number, powS: number): number {
  let sum = 0;
  for (let passes = proofs; passes * 128 <= atS; passes++)
    sum +=
      (binomialTail(proofs, passes, chance) - binomialTail(proofs, passes - 1, chance)) *
      poissonTail(passes, (atS - passes * 128) / powS);
  return sum;
}
