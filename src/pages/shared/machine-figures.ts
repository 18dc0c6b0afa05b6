/** From kept profile runs to the figures of the machine: what the native prover reads, scans and hashes. */
import { summarise, type CellResult, type ProfileRun } from '../../post/profile/run';
import {
  nativeHashes,
  nativeScan,
  type NativeScan,
  type MeasuredScan,
} from '../../simulate/proving/native';

export interface MachineFigures {
  /** Of the native prover. */
  readonly scan: NativeScan;
  /** At least one cell was measured with the native prover. */
  readonly scanIsNative: boolean;
  /** Of the page: files come in no faster than this. */
  readonly diskBytesPerS: number | undefined;
  /** What is doubtful about that. */
  readonly diskRemarks: readonly string[];
  /** Of the native prover in fast mode, all threads. */
  readonly hashesPerS: number | undefined;
  readonly hashesAreNative: boolean;
  readonly pageHashesPerS: number | undefined;
  readonly spread: number;
}

const median = ({ samples }: CellResult): number | undefined => summarise(samples)?.median;

function scanCells(runs: readonly ProfileRun[]): MeasuredScan[] {
  return runs.flatMap(({ results }) =>
    results.flatMap((result): MeasuredScan[] => {
      const { cell } = result;
      const bytesPerS = median(result);
      // The native prover has no GPU engine: a GPU's figure predicts nothing about it.
      return cell.kind === 'proving' && cell.backend === 'cpu' && bytesPerS !== undefined
        ? [{ nonces: cell.nonces, threads: cell.threads, bytesPerS }]
        : [];
    }),
  );
}

/** The fastest of the cells that `of` takes. */
function fastest(
  runs: readonly ProfileRun[],
  of: (result: CellResult) => number | undefined,
): number | undefined {
  const values = runs
    .flatMap(({ results }) => results.map(of))
    .filter((value) => value !== undefined);
  return values.length === 0 ? undefined : Math.max(...values);
}

/**
 * @param page runs of this page on one machine
 * @param native runs of the profiler on the same machine
 */
export function machineFigures(
  page: readonly ProfileRun[],
  native: readonly ProfileRun[],
): MachineFigures {
  const nativeCells = scanCells(native);
  const hashes = (runs: readonly ProfileRun[], mode: 'light' | 'fast') =>
    fastest(runs, (result) =>
      result.cell.kind === 'k2pow' && result.cell.mode === mode ? median(result) : undefined,
    );
  const [light, fast] = [hashes(page, 'light'), hashes(page, 'fast')];
  const measured = hashes(native, 'fast') ?? hashes(native, 'light');
  const derived =
    fast === undefined ? light && nativeHashes(light, 'light') : nativeHashes(fast, 'fast');
  const reads = page
    .flatMap(({ results }) => results)
    .filter((result) => result.cell.kind === 'read' && median(result) !== undefined);
  // The prover reads in sequence; other patterns stand in where that was not measured.
  const disk = reads.find(({ cell }) => cell.kind === 'read' && cell.streams === 1) ?? reads[0];
  return {
    scan: nativeScan(scanCells(page), nativeCells),
    scanIsNative: nativeCells.length > 0,
    diskBytesPerS: disk && median(disk),
    diskRemarks: disk?.remarks ?? [],
    hashesPerS: measured ?? derived,
    hashesAreNative: measured !== undefined,
    pageHashesPerS: fast ?? light,
    spread: Math.max(
      0,
      ...[...page, ...native].flatMap(({ results }) =>
        results.map(({ samples }) => summarise(samples)?.spread ?? 0),
      ),
    ),
  };
}
