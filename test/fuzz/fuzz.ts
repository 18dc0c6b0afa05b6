/**
 * Runs one target over generated inputs: seeded, so that a failure can be repeated, and watched, so that a case that
 * does not end is found. What failed is written to test-results/fuzz/ as the smallest input that still fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { WorkbenchError } from '../../src/base/error';
import { casesPerRound, seed } from './settings';

export interface FuzzTarget<Input> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Throws for what must not happen; a WorkbenchError is an answer. */
  readonly run: (input: Input) => unknown;
  /** The input as a file. */
  readonly bytesOf: (input: Input) => Uint8Array;
}

/** A case takes milliseconds; this is for a machine that does something else. */
const deadlineMs = 20_000;
const longestInput = 1 << 20;
/** Inputs have some kilobytes: whoever holds this much has allocated by a number in one. */
const memoryLimitBytes = 1.5 * 2 ** 30;
const casesPerLook = 250;

/** Where a failing input goes. */
const failurePath = (name: string): string =>
  `test-results/fuzz/${name.replaceAll(/[^\w.-]+/g, '-')}`;

interface Watch {
  readonly begin: (input: Uint8Array) => void;
  readonly end: () => void;
  readonly close: () => Promise<unknown>;
}

function watchOver(name: string): Watch {
  const [counter, length] = [new SharedArrayBuffer(4), new SharedArrayBuffer(4)];
  const input = new SharedArrayBuffer(longestInput);
  const worker = new Worker(new URL('./watchdog.mjs', import.meta.url), {
    workerData: { counter, length, input, path: failurePath(name), deadlineMs },
  });
  worker.unref();
  const cases = new Int32Array(counter);
  const bytes = new Uint8Array(input);
  return {
    begin: (current) => {
      const part = current.subarray(0, longestInput);
      bytes.set(part);
      Atomics.store(new Int32Array(length), 0, part.length);
      Atomics.add(cases, 0, 1);
    },
    end: () => void Atomics.add(cases, 0, 1),
    close: () => worker.terminate(),
  };
}

/** Whatever a parser is given, it answers or refuses; anything else is a finding. */
export async function answersOrRefuses(read: () => unknown): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof WorkbenchError)) throw error;
  }
}

function checkMemory(): void {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  if (heapUsed + arrayBuffers > memoryLimitBytes)
    throw new Error(`${Math.round((heapUsed + arrayBuffers) / 2 ** 20)} MiB are held`);
}

/**
 * Rounds of cases until the minutes are over; without minutes one round.
 * @returns how many cases were run
 * @throws with seed, cause and file of the first finding
 */
export async function fuzz<Input>(target: FuzzTarget<Input>, minutes: number): Promise<number> {
  const { name, inputs, run, bytesOf } = target;
  const watch = watchOver(name);
  const until = performance.now() + minutes * 60_000;
  let cases = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    watch.begin(bytesOf(input));
    await answersOrRefuses(() => run(input));
    watch.end();
    if (++cases % casesPerLook === 0) checkMemory();
  });
  try {
    for (let round = seed; ; round++) {
      const result = await fc.check(property, {
        seed: round,
        numRuns: casesPerRound,
      });
      if (result.failed) {
        const path = failurePath(name);
        mkdirSync(dirname(path), { recursive: true });
        if (result.counterexample) writeFileSync(path, bytesOf(result.counterexample[0]));
        throw new Error(
          `${name}: ${String(result.errorInstance)}\nSeed ${round}, path ${result.counterexamplePath ?? '?'}, smallest input in ${path}. Again: npm run fuzz -- --target "${name}" --seed ${round}`,
          { cause: result.errorInstance },
        );
      }
      if (performance.now() < until) continue;
      if (minutes > 0) process.stdout.write(`${name}: ${cases} cases\n`);
      return cases;
    }
  } finally {
    await watch.close();
  }
}
