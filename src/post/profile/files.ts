/** Runs as files: what post-rs's profiler prints is read, and its keys are written. */
import { csvText } from '../../base/csv';
import { readBytes } from '../../base/bytes';
import { WorkbenchError } from '../../base/error';
import { randomId } from '../../base/random-id';
import { limits, requireTextSize } from '../../base/read-file';
import { nonceProblem } from '../../protocol/nonces';
import { expectedHashes } from '../../protocol/k2pow';
import { mainnetPost, noncesPerGroup } from '../../protocol/units';
import { rustDuration } from './pow';
import {
  cellName,
  passPow,
  summarise,
  type MatrixCell,
  type CellResult,
  type ProfileRun,
} from './run';

const fileFormat = 'post-workbench-profile';
const exportHead = new RegExp(`^\\s*\\{\\s*"format"\\s*:\\s*"${fileFormat}"`);
const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;

/** The profiler's own defaults (post-rs profiler/src/main.rs). */
const defaults = { nonces: 64, threads: 4, powThreads: 1, numUnits: 4 };

/**
 * Figures as the profiler names them; medians, with all samples beside them. The time of k2pow is that of its
 * defaults, 64 nonces and 4 SU.
 */
function resultJson({ cell, samples, timeS, remarks, error }: CellResult): object {
  const median = summarise(samples)?.median ?? null;
  const { kind, ...setting } = cell;
  const scale = kind === 'proving' ? gibibyte : kind === 'read' ? mebibyte : 1;
  const figure = median === null ? null : median / scale;
  const name = {
    proving: 'speed_gib_s',
    read: 'mib_per_s',
    k2pow: 'hashes_per_s',
    labels: 'labels_per_s',
  }[kind];
  return {
    benchmark: kind,
    ...setting,
    time_s: timeS,
    [name]: figure,
    ...(kind === 'k2pow' && median !== null
      ? { average_time: rustDuration(passPow(median, defaults).meanS), iterations: samples.length }
      : {}),
    samples: samples.map((sample) => sample / scale),
    ...(remarks.length > 0 ? { remarks } : {}),
    ...(error === undefined ? {} : { error }),
  };
}

/** The file that `parseRuns` reads: one or several runs. */
export const runsJson = (runs: readonly ProfileRun[]): string =>
  `${JSON.stringify(
    {
      format: fileFormat,
      version: 1,
      runs: runs.map(({ results, ...run }) => ({
        results: results.map(resultJson),
        ...run,
      })),
    },
    null,
    2,
  )}\n`;

const csvHeader =
  'run,origin,started,benchmark,setting,nonces,threads,median,low,high,unit,samples,error';

const csvUnits = { proving: 'B/s', read: 'B/s', k2pow: 'hashes/s', labels: 'labels/s' };

export function runsCsv(runs: readonly ProfileRun[]): string {
  const field = (value: string | number): string =>
    typeof value === 'number' || value === ''
      ? String(value)
      : csvText(value, { escapeFormulas: true });
  const rows = runs.flatMap((run) =>
    run.results.map((result) => {
      const { cell } = result;
      const summary = summarise(result.samples);
      return [
        run.name,
        run.origin,
        new Date(run.startedMs).toISOString(),
        cell.kind,
        cellName(cell),
        'nonces' in cell ? cell.nonces : '',
        'threads' in cell ? cell.threads : '',
        summary?.median ?? '',
        summary?.low ?? '',
        summary?.high ?? '',
        csvUnits[cell.kind],
        result.samples.length,
        result.error ?? '',
      ]
        .map(field)
        .join(',');
    }),
  );
  return `${[csvHeader, ...rows].join('\n')}\n`;
}

export interface NativeSetting {
  /** For outputs without their command line. The profiler's defaults are 64 and 4, for `pow` 64 and 1. */
  readonly nonces: number;
  readonly threads: number;
}

export interface ParsedRuns {
  readonly runs: readonly ProfileRun[];
  /** Results whose nonces and threads are those of `setting`, since the text does not tell. */
  readonly assumed: number;
}

/**
 * Reads runs from a file of this page, or from what `profiler proving` and `profiler pow` printed: one result
 * or several, each after its command line or without.
 * @throws WorkbenchError `file-too-large`, `profile-not-readable`, `nonces-not-valid`
 */
export function parseRuns(text: string, setting: NativeSetting, nowMs = Date.now()): ParsedRuns {
  if (exportHead.test(text)) requireTextSize(text, limits.profileRuns, 'The file of runs');
  else requireTextSize(text, limits.profile, 'The profiler output');
  const own = ownRuns(text);
  if (own) return { runs: own, assumed: 0 };
  const results: CellResult[] = [];
  let assumed = 0;
  let end = 0;
  for (const { json, from, to } of jsonObjects(text)) {
    const command = commandLine(text.slice(end, from));
    end = to;
    const result = nativeResult(json, command, setting);
    if (!result) continue;
    results.push(result);
    if (!command) assumed++;
  }
  if (results.length === 0)
    throw new WorkbenchError(
      'profile-not-readable',
      'There is no profiler result in this text. Paste what `profiler` printed, from { to }, with the command line above it, or a file that this page exported.',
    );
  const run: ProfileRun = {
    id: randomId(),
    name: 'Native profiler',
    startedMs: nowMs,
    origin: 'native',
    machine: ['As printed by post-rs’s profiler'],
    results,
  };
  return { runs: [run], assumed };
}

interface FoundObject {
  readonly json: object;
  readonly from: number;
  readonly to: number;
}

/** A brace that is not closed yet. */
interface OpenBrace {
  readonly from: number;
  /** Objects that were found before it. */
  readonly before: number;
  /** Levels of objects inside it. */
  height: number;
}

/** Results of the profiler have two levels. Each level is parsed again with the one around it. */
const mostLevels = 16;

/** Every outermost {…} of the text that is JSON, in one pass: a brace that nothing closes hides none behind it. */
function jsonObjects(text: string): readonly FoundObject[] {
  const found: FoundObject[] = [];
  const open: OpenBrace[] = [];
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    // A string of JSON ends on its line: a quote without a second one spoils no more than that.
    if (sign === '\n') inString = false;
    else if (inString) {
      if (sign === '\\' && text[at + 1] !== '\n') at++;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = open.length > 0;
    else if (sign === '{') open.push({ from: at, before: found.length, height: 0 });
    else if (sign === '}') {
      const brace = open.pop();
      if (!brace) continue;
      const around = open.at(-1);
      if (around) around.height = Math.max(around.height, brace.height + 1);
      if (brace.height >= mostLevels) continue;
      const json = tryJson(text.slice(brace.from, at + 1));
      if (typeof json !== 'object' || json === null) continue;
      // What is inside it is part of it.
      found.length = brace.before;
      found.push({ json, from: brace.from, to: at + 1 });
    }
  }
  return found;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

interface CommandLine {
  readonly nonces: number | undefined;
  readonly threads: number | undefined;
  readonly numUnits: number | undefined;
  readonly difficulty: string | undefined;
  readonly mode: 'light' | 'fast';
}

/** The last line that calls the profiler, as clap takes its options: `-t 4`, `-t=4`, `-t4`, `--threads 4`, `--threads=4`. */
function commandLine(text: string): CommandLine | undefined {
  const line = text.split('\n').findLast((candidate) => /profiler/i.test(candidate));
  if (line === undefined) return undefined;
  const option = (pattern: string): string | undefined =>
    new RegExp(`\\s(?:${pattern})([0-9a-zA-Z]+)`).exec(line)?.[1];
  const number = (pattern: string): number | undefined => {
    const value = Number(option(pattern));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  return {
    nonces: number('--nonces[ =]+|-n[ =]*'),
    threads: number('--threads[ =]+|-t[ =]*'),
    numUnits: number('--num-units[ =]+'),
    difficulty: option('--difficulty[ =]+|-d[ =]*'),
    mode: option('--randomx-mode[ =]+') === 'light' ? 'light' : 'fast',
  };
}

const field = (json: unknown, name: string): unknown =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined;

const positiveNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 && value < Infinity ? value : undefined;

function nativeResult(
  json: unknown,
  command: CommandLine | undefined,
  setting: NativeSetting,
): CellResult | undefined {
  const nonces = possible(command ? (command.nonces ?? defaults.nonces) : setting.nonces);
  const speed = positiveNumber(field(json, 'speed_gib_s'));
  if (speed !== undefined) {
    const threads = command ? (command.threads ?? defaults.threads) : setting.threads;
    return {
      cell: { kind: 'proving', backend: 'cpu', nonces, threads },
      samples: [speed * gibibyte],
      timeS: positiveNumber(field(json, 'time_s')) ?? 0,
      remarks: [],
    };
  }
  const average = field(json, 'average_time');
  const seconds = positiveNumber(
    Number(field(average, 'secs')) + Number(field(average, 'nanos')) / 1e9,
  );
  const iterations = positiveNumber(field(json, 'iterations'));
  if (seconds === undefined || iterations === undefined) return undefined;
  const threads = command ? (command.threads ?? defaults.powThreads) : setting.threads;
  const numUnits = command?.numUnits ?? defaults.numUnits;
  const difficulty = readBytes(command?.difficulty ?? mainnetPost.powDifficulty, 32, 'difficulty');
  const scale = (nonces / noncesPerGroup) * numUnits;
  return {
    cell: { kind: 'k2pow', mode: command?.mode ?? 'fast', threads },
    samples: [(expectedHashes(difficulty) * scale) / seconds],
    timeS: (seconds / scale) * iterations,
    remarks: [
      `The profiler prints the time of ${iterations} searches that end by chance: the rate taken from it is uncertain by about ${Math.round(100 / Math.sqrt(iterations))} %.`,
    ],
  };
}

/** Nonces that a prover takes: a run with any other number was not measured with them. */
function possible(nonces: number): number {
  const problem = nonceProblem(nonces);
  if (problem !== undefined)
    throw new WorkbenchError(
      'nonces-not-valid',
      `A result in this text is not usable. ${problem} Then measure again.`,
      { nonces },
    );
  return nonces;
}

/** The runs of a file that this page wrote; undefined for any other text. */
function ownRuns(text: string): ProfileRun[] | undefined {
  const json = tryJson(text);
  if (field(json, 'format') !== fileFormat) return undefined;
  const runs = field(json, 'runs');
  const read = Array.isArray(runs) ? runs.map(ownRun) : [];
  if (read.length === 0 || read.includes(undefined))
    throw new WorkbenchError(
      'profile-not-readable',
      'This is a file of profile runs, but it is damaged or from a later version. Export it again.',
    );
  return read.filter((run) => run !== undefined);
}

function ownRun(json: unknown): ProfileRun | undefined {
  const [name, startedMs, origin] = [
    field(json, 'name'),
    field(json, 'startedMs'),
    field(json, 'origin'),
  ];
  const machine = field(json, 'machine');
  const results = field(json, 'results');
  if (typeof name !== 'string' || typeof startedMs !== 'number' || !Array.isArray(results))
    return undefined;
  const read = results.map(ownResult);
  if (read.includes(undefined)) return undefined;
  return {
    // Another browser's run is another run, and opening the same file twice gives it once.
    id: typeof field(json, 'id') === 'string' ? String(field(json, 'id')) : randomId(),
    name,
    startedMs,
    origin: origin === 'native' ? 'native' : 'page',
    machine: Array.isArray(machine) ? machine.map(String) : [],
    results: read.filter((result) => result !== undefined),
  };
}

function ownResult(json: unknown): CellResult | undefined {
  const cell = ownCell(json);
  const samples = field(json, 'samples');
  const remarks = field(json, 'remarks');
  const error = field(json, 'error');
  if (!cell || !Array.isArray(samples)) return undefined;
  const scale = cell.kind === 'proving' ? gibibyte : cell.kind === 'read' ? mebibyte : 1;
  return {
    cell,
    samples: samples.map((sample) => Number(sample) * scale).filter((sample) => sample >= 0),
    timeS: positiveNumber(field(json, 'time_s')) ?? 0,
    remarks: Array.isArray(remarks) ? remarks.map(String) : [],
    ...(typeof error === 'string' ? { error } : {}),
  };
}

function ownCell(json: unknown): MatrixCell | undefined {
  const backend = field(json, 'backend') === 'gpu' ? 'gpu' : 'cpu';
  const threads = positiveNumber(field(json, 'threads')) ?? 1;
  switch (field(json, 'benchmark')) {
    case 'proving': {
      const nonces = positiveNumber(field(json, 'nonces'));
      return nonces === undefined
        ? undefined
        : { kind: 'proving', backend, nonces: possible(nonces), threads };
    }
    case 'k2pow':
      return { kind: 'k2pow', mode: field(json, 'mode') === 'fast' ? 'fast' : 'light', threads };
    case 'labels':
      return { kind: 'labels', backend, threads };
    case 'read':
      return { kind: 'read', streams: positiveNumber(field(json, 'streams')) ?? 1 };
    default:
      return undefined;
  }
}
