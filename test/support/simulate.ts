import { expect } from 'vitest';
import { WorkbenchError } from '../../src/protocol/error';
import type { ProvingInput } from '../../src/simulate/throughput';

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
