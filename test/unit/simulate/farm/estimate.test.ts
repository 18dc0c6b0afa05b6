import { expect, test } from 'vitest';
import { epoch } from '../../../../src/simulate/farm/epoch';
import {
  estimateErrorShare,
  estimateMachine,
  type PassTable,
} from '../../../../src/simulate/farm/estimate';
import { Random } from '../../../../src/simulate/probability/random';

const gib = 2 ** 30;
const table: PassTable = new Map();

interface Machine {
  readonly threads: number;
  readonly scanPerThread: number;
  readonly hashesPerS: number;
  readonly drives: number;
  readonly bytesPerS: number;
  readonly identities: number;
  readonly numUnits: number;
  readonly nonces: number;
}

const draw = (random: Random): Machine => {
  const between = (low: number, high: number): number => low * (high / low) ** random.uniform();
  const threads = Math.round(between(2, 32));
  const scanPerThread = between(0.3, 1.5) * gib;
  const hashesPerS = between(100, 400) * threads;
  const drives = Math.round(between(1, 12));
  const bytesPerS = between(80e6, 400e6);
  const identities = Math.round(between(1, 12));
  const numUnits = Math.round(between(4, 160 / identities + 4));
  const nonces = 16 * Math.round(between(1, 18));
  return { threads, scanPerThread, hashesPerS, drives, bytesPerS, identities, numUnits, nonces };
};

const estimate = (machine: Machine) => {
  const { threads, scanPerThread, hashesPerS, drives, nonces, ...each } = machine;
  return estimateMachine(
    {
      ...{ threads, hashesPerS, availableS: 43_200 },
      classes: [
        {
          ...{ ...each, count: drives, nonces, threads },
          scanBytesPerSPerThread: (scanPerThread * 16) / nonces,
        },
      ],
    },
    table,
  );
};

const simulate = (machine: Machine, seed: number, epochs: number) => {
  const { threads, scanPerThread, hashesPerS, drives, bytesPerS, identities } = machine;
  const { numUnits, nonces } = machine;
  return epoch(
    {
      machines: [{ name: 'm', threads, scanBytesPerSPerThread: scanPerThread, hashesPerS }],
      drives: Array.from({ length: drives }, (_, d) => ({
        ...{ name: `d${d}`, machine: 'm', bytesPerS },
      })),
      identities: Array.from({ length: drives * identities }, (_, j) => ({
        ...{ name: `i${j}`, drive: `d${j % drives}`, numUnits, nonces, threads },
      })),
    },
    { seed, epochs },
  );
};

/** 250 machines by default; FARMS=1000 simulates 1,000, FARMS_SEED other ones. */
test('estimateMachine: random machines, within the stated error of the simulation', () => {
  const farms = Number(process.env['FARMS'] ?? 250);
  const seed = Number(process.env['FARMS_SEED'] ?? 3);
  const random = new Random(seed);
  let sum = 0;
  for (let i = 0; i < farms; i++) {
    const machine = draw(random);
    const epochs = Math.round(3000 / (machine.drives * machine.identities));
    const run = simulate(machine, 1000 * seed + i, Math.max(50, Math.min(400, epochs)));
    const error = Math.abs(estimate(machine).expectedUnits - run.expectedUnits) / run.totalUnits;
    const noise = (4 * run.standardError) / run.totalUnits;
    expect(error, JSON.stringify(machine)).toBeLessThan(estimateErrorShare + noise);
    sum += error;
  }
  // Of that some 0.3 % are noise of the simulation.
  expect(sum / farms).toBeLessThan(0.006);
});

const bound = { threads: 7, scanPerThread: 1.16 * gib, hashesPerS: 160 * 7, nonces: 288 };

test.each<[string, Machine]>([
  // Was 19 % too low: drives that are done give their part of the processor back.
  ['of one identity', { ...bound, drives: 3, bytesPerS: 315e6, identities: 1, numUnits: 72 }],
  // Was 17 % too low.
  [
    'limited by the processor',
    {
      ...{ threads: 4, scanPerThread: 0.7 * gib, hashesPerS: 119 * 4, nonces: 64 },
      ...{ drives: 10, bytesPerS: 349e6, identities: 1, numUnits: 19 },
    },
  ],
])('estimateMachine: drives %s that end at different times, 3 % off at most', (_, machine) => {
  const run = simulate(machine, 1, 2000);
  const error = Math.abs(estimate(machine).expectedUnits - run.expectedUnits) / run.totalUnits;
  expect(error).toBeLessThan(0.03);
});

test('estimateMachine: no time, no speed or nothing to prove, 0 and no NaN', () => {
  const machine: Machine = { ...bound, drives: 2, bytesPerS: 1e8, identities: 2, numUnits: 8 };
  for (const change of [
    { bytesPerS: 0 },
    { hashesPerS: 0 },
    { scanPerThread: 0 },
    { identities: 0 },
    { drives: 0 },
  ])
    expect(estimate({ ...machine, ...change }).expectedUnits).toBe(0);
});
