/**
 * A run of benchmarks: a matrix of cells, each measured several times. What it gives is plain data, which
 * survives storage and export; how a cell is measured is in profile-instruments.ts.
 */
import { readBytes } from '../../base/bytes';
import { counted } from '../../base/counted';
import { expectedHashes } from '../../protocol/k2pow';
import { mainnetPost, noncesPerGroup } from '../../protocol/units';
import type { JobOptions, Progress } from '../../base/progress';
import type { Pause } from '../../base/pause';
import { erlangQuantile } from './pow';

/** What one cell measures, in units per second: bytes of PoST data scanned, hashes, labels, bytes read. */
export type MatrixCell =
  | {
      readonly kind: 'proving';
      readonly backend: 'cpu' | 'gpu';
      readonly nonces: number;
      readonly threads: number;
    }
  | { readonly kind: 'k2pow'; readonly mode: 'light' | 'fast'; readonly threads: number }
  | { readonly kind: 'labels'; readonly backend: 'cpu' | 'gpu'; readonly threads: number }
  | { readonly kind: 'read'; readonly streams: number };

export interface CellResult {
  readonly cell: MatrixCell;
  /** Units per second, one for each measurement; the warm-up is not among them. */
  readonly samples: readonly number[];
  /** Time of all samples together. */
  readonly timeS: number;
  /** What to know about the figure: "the file fits into memory …". */
  readonly remarks: readonly string[];
  /** Why there is no figure. */
  readonly error?: string;
}

export interface ProfileRun {
  readonly id: string;
  readonly name: string;
  readonly startedMs: number;
  /** Where its figures come from: this page, or post-rs's profiler. They are never mixed. */
  readonly origin: 'page' | 'native';
  /** The machine in words, a line each. */
  readonly machine: readonly string[];
  readonly results: readonly CellResult[];
}

export interface MatrixPlan {
  readonly cells: readonly MatrixCell[];
  /** Measurements a cell; a shorter one before them is discarded. */
  readonly samples: number;
  readonly sampleS: number;
}

/** Whatever measures one cell, ready to. */
export interface Instrument {
  readonly sample: (
    durationS: number,
    signal: AbortSignal | undefined,
  ) => Promise<{ readonly perS: number; readonly timeS: number; readonly remark?: string }>;
  readonly close: () => void;
}

export type OpenInstrument = (
  cell: MatrixCell,
  signal: AbortSignal | undefined,
) => Promise<Instrument>;

export interface MatrixProgress extends Progress {
  readonly cell: MatrixCell;
  /** Of the cells that are done, in order. */
  readonly results: readonly CellResult[];
}

/** Until the warm-up is over nothing is counted: workers start, compilers reach their second tier, disks spin up. */
const warmUpShare = 0.5;
/** Before the first sample: workers, RandomX's cache, RandomX's dataset, shaders. Seconds, for the estimate only. */
const openingS = (cell: MatrixCell): number =>
  cell.kind === 'k2pow' ? (cell.mode === 'fast' ? 70 : 3) : cell.kind === 'read' ? 0.2 : 1.5;

const cellSeconds = (cell: MatrixCell, { samples, sampleS }: MatrixPlan): number =>
  openingS(cell) + (samples + warmUpShare) * sampleS;

/** How long the run will take, pauses aside. */
export const estimateS = (plan: MatrixPlan): number =>
  plan.cells.reduce((sum, cell) => sum + cellSeconds(cell, plan), 0);

/**
 * Measures every cell in turn. A cell that fails carries its error and the rest go on; an abort ends the
 * run immediately, and what was measured before is in the last progress.
 */
export async function runMatrix(
  plan: MatrixPlan,
  open: OpenInstrument,
  { signal, onProgress, pause }: JobOptions<MatrixProgress> & { readonly pause?: Pause } = {},
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  const totalS = estimateS(plan);
  let plannedS = 0;
  let spentS = 0;
  const report = (cell: MatrixCell, doneS: number): void => {
    const pace = plannedS > 0 ? spentS / plannedS : 1;
    onProgress?.({
      ...{ done: doneS, total: totalS, unit: 's', ratePerS: 0 },
      ...{ etaS: (totalS - doneS) * pace, cell, results: [...results] },
    });
  };
  for (const cell of plan.cells) {
    const startMs = performance.now();
    let pausedMs = 0;
    const step = async (doneS: number): Promise<void> => {
      signal?.throwIfAborted();
      report(cell, plannedS + doneS);
      const beganMs = performance.now();
      await pause?.whenRunning(signal);
      pausedMs += performance.now() - beganMs;
    };
    results.push(await measureCell(cell, plan, open, step, signal));
    plannedS += cellSeconds(cell, plan);
    spentS += (performance.now() - startMs - pausedMs) / 1000;
    report(cell, plannedS);
  }
  return results;
}

async function measureCell(
  cell: MatrixCell,
  { samples: count, sampleS }: MatrixPlan,
  open: OpenInstrument,
  step: (doneS: number) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<CellResult> {
  const samples: number[] = [];
  const remarks = new Set<string>();
  let timeS = 0;
  let instrument: Instrument | undefined;
  try {
    await step(0);
    instrument = await open(cell, signal);
    await step(openingS(cell));
    await instrument.sample(sampleS * warmUpShare, signal);
    for (let i = 0; i < count; i++) {
      await step(openingS(cell) + (warmUpShare + i) * sampleS);
      const sample = await instrument.sample(sampleS, signal);
      samples.push(sample.perS);
      timeS += sample.timeS;
      if (sample.remark) remarks.add(sample.remark);
    }
    return { cell, samples, timeS, remarks: [...remarks] };
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { cell, samples, timeS, remarks: [...remarks], error: message };
  } finally {
    instrument?.close();
  }
}

export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** (high − low) / median. */
  readonly spread: number;
}

/** Undefined without samples. */
export function summarise(samples: readonly number[]): Summary | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return undefined;
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? low) + (sorted[Math.ceil(middle)] ?? high)) / 2;
  return { median, low, high, spread: median > 0 ? (high - low) / median : 0 };
}

/** "64 nonces, 4 threads": what tells a cell from others of its kind. */
export function cellName(cell: MatrixCell): string {
  switch (cell.kind) {
    case 'proving':
      return `${cell.nonces} nonces, ${cell.backend === 'gpu' ? 'GPU' : counted(cell.threads, 'thread')}`;
    case 'labels':
      return cell.backend === 'gpu' ? 'GPU' : counted(cell.threads, 'thread');
    case 'k2pow':
      return `${cell.mode} mode, ${counted(cell.threads, 'thread')}`;
    case 'read':
      return cell.streams === 1 ? 'in sequence' : `${cell.streams} parallel streams`;
  }
}

/** Cells are the same if they measure the same thing. */
export const sameCell = (a: MatrixCell, b: MatrixCell): boolean =>
  a.kind === b.kind && cellName(a) === cellName(b);

export interface PassPow {
  readonly meanS: number;
  readonly q50: number;
  readonly q90: number;
  readonly q99: number;
}

/** Time of all the k2pow of one pass at a rate of hashes: the sum of one exponential a group of 16 nonces. */
export function passPow(
  hashesPerS: number,
  { nonces, numUnits }: { readonly nonces: number; readonly numUnits: number },
  powDifficulty: string = mainnetPost.powDifficulty,
): PassPow {
  const groups = nonces / noncesPerGroup;
  const difficulty = readBytes(powDifficulty, 32, 'The k2pow difficulty');
  const groupS = (expectedHashes(difficulty) * numUnits) / hashesPerS;
  const quantile = (probability: number): number => groupS * erlangQuantile(groups, probability);
  return {
    meanS: groupS * groups,
    q50: quantile(0.5),
    q90: quantile(0.9),
    q99: quantile(0.99),
  };
}
