import { expect, test } from 'vitest';
import { machineFigures } from '../../../../src/pages/shared/machine-figures';
import type { MatrixCell, ProfileRun } from '../../../../src/post/profile/run';

const run = (origin: 'page' | 'native', cells: readonly [MatrixCell, number][]): ProfileRun => ({
  ...{ id: origin, name: origin, startedMs: 0, origin, machine: [] },
  results: cells.map(([cell, perS]) => ({ cell, samples: [perS], timeS: 1, remarks: [] })),
});
const page = run('page', [
  [{ kind: 'read', streams: 4 }, 900],
  [{ kind: 'read', streams: 1 }, 700],
  [{ kind: 'proving', backend: 'cpu', nonces: 64, threads: 1 }, 165],
  [{ kind: 'proving', backend: 'gpu', nonces: 64, threads: 1 }, 99_999],
  [{ kind: 'k2pow', mode: 'light', threads: 1 }, 23.5],
]);

test('takes the disk in sequence, and no GPU for the native prover, which has none', () => {
  const { diskBytesPerS, scan, hashesPerS, scanIsNative } = machineFigures([page], []);
  expect(diskBytesPerS).toBe(700);
  expect(scan.scan.map(({ bytesPerS }) => Math.round(bytesPerS))).toEqual([418]);
  expect(hashesPerS).toBeCloseTo(364, 9);
  expect(scanIsNative).toBe(false);
});

test('takes the profiler’s own figures where there are some', () => {
  const native = run('native', [
    [{ kind: 'proving', backend: 'cpu', nonces: 64, threads: 1 }, 330],
    [{ kind: 'k2pow', mode: 'fast', threads: 1 }, 400],
  ]);
  const figures = machineFigures([page], [native]);
  expect(figures.scan.factor).toBeCloseTo(2, 12);
  expect(figures.scan.scan).toEqual([{ nonces: 64, threads: 1, bytesPerS: 330 }]);
  expect([figures.hashesPerS, figures.hashesAreNative]).toEqual([400, true]);
});
