/**
 * From what a page measures to what the node's own prover would do on the same machine. An estimate, from
 * one of two ratios: the one that we measured (below), or the one between the user's own page run and
 * their own run of post-rs's profiler. Without it a page's figure is never used for a native one.
 */
import { positive } from '../inputs';
import { scanSpeed, type ScanSpeed } from './throughput';

/** One measured cell of the scan. */
export type MeasuredScan = Extract<ScanSpeed, { readonly measured: unknown }>['measured'][number];

/**
 * Our measurements, page (Chromium) and native (post-rs profiler, fast mode for k2pow) on the same cores:
 * an Intel Xeon with AES-NI and AVX-512, medians. The reference hashes AES in hardware, which WebAssembly
 * cannot reach; other processors differ, so the user's own native run is better.
 */
export const measuredHere = {
  machine: 'one core of an Intel Xeon with AES-NI and AVX-512',
  /** GiB/s of one thread. */
  proving: [
    { nonces: 16, page: 0.6, native: 1.48 },
    { nonces: 64, page: 0.165, native: 0.418 },
    { nonces: 288, page: 0.0375, native: 0.106 },
  ],
  /** Hashes per second of one thread; the node's default is the fast mode. */
  k2pow: { light: { page: 23.5, native: 364 }, fast: { page: 71, native: 364 } },
} as const;

/** Native figure / page figure per number of nonces, measured by us. */
function ourScanFactor(nonces: number): number {
  const at = Math.log(nonces);
  const points = measuredHere.proving.map(
    ({ nonces, page, native }) => [Math.log(nonces), native / page] as const,
  );
  const right = points.find(([x]) => x >= at) ?? points.at(-1);
  const left = points.findLast(([x]) => x <= at) ?? points[0];
  if (!left || !right) return 1;
  if (left[0] === right[0]) return left[1];
  return left[1] + ((right[1] - left[1]) * (at - left[0])) / (right[0] - left[0]);
}

export interface NativeScan {
  /** Cells of the native prover: measured ones as they are, the rest from the page's. */
  readonly scan: readonly MeasuredScan[];
  /** How many times as fast as the page. */
  readonly factor: number;
  /** Whose ratio it is. */
  readonly basis: 'ours' | 'yours';
}

/**
 * What the native prover would scan on this machine.
 * @param page CPU cells measured in the page
 * @param native cells of the user's own profiler runs on this machine; none is fine
 */
export function nativeScan(
  page: readonly MeasuredScan[],
  native: readonly MeasuredScan[],
): NativeScan {
  for (const { bytesPerS } of [...page, ...native]) positive(bytesPerS, 'bytesPerS');
  if (native.length === 0) {
    const scan = page.map((cell) => ({
      ...cell,
      bytesPerS: cell.bytesPerS * ourScanFactor(cell.nonces),
    }));
    return {
      scan,
      factor: geometricMean(page.map(({ nonces }) => ourScanFactor(nonces))),
      basis: 'ours',
    };
  }
  if (page.length === 0) return { scan: native, factor: 1, basis: 'yours' };
  const factor = geometricMean(
    native.map(
      ({ nonces, threads, bytesPerS }) =>
        bytesPerS / scanSpeed({ measured: page }, nonces, threads),
    ),
  );
  const isMeasured = (cell: MeasuredScan): boolean =>
    native.some(({ nonces, threads }) => nonces === cell.nonces && threads === cell.threads);
  const derived = page
    .filter((cell) => !isMeasured(cell))
    .map((cell) => ({ ...cell, bytesPerS: cell.bytesPerS * factor }));
  return { scan: [...native, ...derived], factor, basis: 'yours' };
}

const geometricMean = (values: readonly number[]): number =>
  values.length === 0
    ? 1
    : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** Hashes per second of the native prover in its fast mode, from those of the page. */
export const nativeHashes = (pageHashesPerS: number, mode: 'light' | 'fast'): number =>
  (pageHashesPerS * measuredHere.k2pow[mode].native) / measuredHere.k2pow[mode].page;
