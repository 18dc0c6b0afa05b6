/** From kept runs to the figures that the advice is worked out from. */
import { summarise, type CellResult, type ProfileRun } from '../../post/profile/run';
import {
  nativeHashes,
  nativeScan,
  type NativeScan,
  type MeasuredScan,
} from '../../simulate/proving/native';
import type { Advice, AdviceInput, JudgedSetting } from '../../simulate/proving/advice';

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

/** The fields of the Advice page. */
export type AdviceField =
  'disk' | 'pow' | 'su' | 't' | 'gap' | 'margin' | 'err' | 'prob' | 'lost' | 'hour';

/**
 * What the advice is calculated from: what the user typed, else what was measured. A disk or k2pow speed that is
 * neither stays missing.
 * @param number value of a field in its own unit; NaN for an empty one
 */
export function adviceInput(
  figures: MachineFigures,
  number: (field: AdviceField) => number,
): AdviceInput {
  const [disk, pow, size] = [number('disk'), number('pow'), number('su')];
  return {
    scan: figures.scan.scan,
    scanIsNative: figures.scanIsNative,
    diskBytesPerS: Number.isNaN(disk) ? figures.diskBytesPerS : disk * 1e6,
    hashesPerS: Number.isNaN(pow) ? figures.hashesPerS : pow,
    threads: number('t'),
    numUnits: size === 0 ? undefined : size,
    gapS: number('gap') * 3600,
    marginS: number('margin') * 3600,
    speedError: number('err') / 100,
    probability: number('prob') / 100,
    prices: { lostEpoch: number('lost'), threadHour: number('hour') },
    spread: figures.spread,
  };
}

/** The table without most of its threads: those recommended, and the node's default. */
export const shownSettings = ({ table, setting, nodeDefault }: Advice): readonly JudgedSetting[] =>
  table.filter(
    ({ nonces, threads }) =>
      threads === setting?.threads ||
      (nonces === nodeDefault.nonces && threads === nodeDefault.threads),
  );
