/** The benchmarks that a person chose, the run that is under way, and the runs that are kept. */
import { capabilities } from '../../post/capabilities';
import { Pause } from '../../post/pause';
import { parseRuns } from '../../post/profile-files';
import { instruments } from '../../post/profile-instruments';
import {
  runMatrix,
  type Cell,
  type CellResult,
  type MatrixPlan,
  type MatrixProgress,
  type ProfileRun,
} from '../../post/profile-run';
import { maxNonces, noncesPerGroup } from '../../protocol/units';
import { deleteRun, keepRuns, mergeRuns, readRuns } from '../../storage/runs';
import { Job } from '../../ui/job.svelte';
import { route } from '../../ui/route.svelte';
import { session } from '../session.svelte';

const cores = navigator.hardwareConcurrency;

const defaults = {
  nonces: '16, 64, 128, 288',
  threads: cores > 1 ? `1, ${cores}` : '1',
  samples: '3',
  seconds: '3',
  streams: '1, 4',
  cpu: '1',
  gpu: '',
  pow: '1',
  fast: '',
  labels: '1',
  read: '1',
};
type FieldName = keyof typeof defaults;
const fieldNames = Object.keys(defaults) as FieldName[];

/** What cannot be measured, at its field. */
export type PlanErrors = Partial<Record<FieldName, string>>;

class Bench {
  /** As typed; the address keeps them. Switches are '1' or ''. */
  values = $state<Record<FieldName, string>>({ ...defaults });
  readonly job = new Job<CellResult[], MatrixProgress>();
  paused = $state(false);
  runs = $state.raw<readonly ProfileRun[]>([]);
  /** The browser refused to keep a run: it lasts as long as the page. */
  notKept = $state(false);
  /** Ids of the runs to look at, newest first. */
  #pause = new Pause();

  constructor() {
    // An empty switch would be left out of the address, so it is written as 0.
    for (const name of fieldNames)
      this.values[name] = route.param(name, defaults[name]).replace(/^0$/, '');
    void readRuns<ProfileRun>().then((kept) => (this.runs = mergeRuns(this.runs, kept)));
  }

  readonly readFiles: { readonly name: string; readonly files: readonly File[] } | undefined =
    $derived.by(() => {
      if (session.readTarget) return session.readTarget;
      const directory = session.postDirectory;
      if (!directory || directory.files.length === 0) return undefined;
      return { name: directory.name, files: directory.files.map(({ file }) => file) };
    });

  readonly plan: { readonly plan: MatrixPlan; readonly errors: PlanErrors } = $derived.by(() => {
    const errors: PlanErrors = {};
    const list = (name: FieldName, valid: (value: number) => boolean, wanted: string): number[] => {
      const numbers = this.values[name]
        .split(/[\s,;]+/)
        .filter(Boolean)
        .map(Number);
      if (numbers.length === 0 || !numbers.every(valid)) errors[name] = wanted;
      return [...new Set(numbers)];
    };
    const whole = (most: number) => (value: number) =>
      Number.isInteger(value) && value >= 1 && value <= most;
    const nonces = list(
      'nonces',
      (value) => whole(maxNonces)(value) && value % noncesPerGroup === 0,
      `Multiples of 16 up to ${maxNonces}, separated by commas.`,
    );
    const threads = list('threads', whole(256), 'Whole numbers from 1 on, separated by commas.');
    const streams = list('streams', whole(64), 'Whole numbers from 1 to 64.');
    const [samples = 0] = list('samples', whole(99), 'A whole number from 1 on.');
    const [sampleS = 0] = list(
      'seconds',
      (value) => value > 0 && value <= 600,
      'A number of seconds above 0, at most 600.',
    );
    return { plan: { cells: this.#cells({ nonces, threads, streams }), samples, sampleS }, errors };
  });

  #cells({
    nonces,
    threads,
    streams,
  }: Readonly<Record<'nonces' | 'threads' | 'streams', readonly number[]>>): Cell[] {
    const { cpu, gpu, pow, fast, labels, read } = this.values;
    const most = Math.max(1, ...threads);
    const cells: Cell[] = [];
    // The disk first: what the benchmarks below leave in memory would not be its speed.
    if (read && this.readFiles)
      cells.push(...streams.map((count): Cell => ({ kind: 'read', streams: count })));
    if (cpu)
      for (const count of threads)
        for (const n of nonces)
          cells.push({ kind: 'proving', backend: 'cpu', nonces: n, threads: count });
    if (gpu)
      cells.push(
        ...nonces.map((n): Cell => ({ kind: 'proving', backend: 'gpu', nonces: n, threads: 1 })),
      );
    if (pow) cells.push({ kind: 'k2pow', mode: 'light', threads: most });
    if (fast) cells.push({ kind: 'k2pow', mode: 'fast', threads: most });
    if (labels) cells.push({ kind: 'labels', backend: 'cpu', threads: most });
    if (labels && gpu) cells.push({ kind: 'labels', backend: 'gpu', threads: 1 });
    return cells;
  }

  share(): void {
    route.update(
      Object.fromEntries(
        fieldNames.map((name) => [
          name,
          this.values[name] === defaults[name] ? undefined : this.values[name] || '0',
        ]),
      ),
    );
  }

  async start(): Promise<void> {
    const { plan } = this.plan;
    this.#pause = new Pause();
    this.paused = false;
    const startedMs = Date.now();
    const id = crypto.randomUUID();
    const machine = await describeMachine(this.readFiles?.name);
    const keep = async (results: readonly CellResult[], whole: boolean): Promise<void> => {
      if (results.length === 0) return;
      const when = new Date(startedMs).toLocaleString('en-GB', {
        dateStyle: 'medium',
        timeStyle: 'short',
      });
      const name = whole ? when : `${when}, cut short`;
      await this.keep([{ id, name, startedMs, origin: 'page', machine, results }]);
    };
    const results = await this.job.start(({ signal, onProgress }) =>
      runMatrix(plan, instruments(this.readFiles?.files ?? []), {
        signal,
        onProgress,
        pause: this.#pause,
      }),
    );
    await keep(results ?? this.job.progress?.results ?? [], results !== undefined);
  }

  pause(): void {
    this.#pause.pause();
    this.paused = true;
  }

  resume(): void {
    this.#pause.resume();
    this.paused = false;
  }

  async keep(runs: readonly ProfileRun[]): Promise<void> {
    this.runs = mergeRuns(this.runs, runs);
    this.notKept = !(await keepRuns(runs));
  }

  /** Takes in a profiler's output or an exported file. @returns how many results took the setting given here */
  async import(text: string, setting: { nonces: number; threads: number }): Promise<number> {
    const { runs, assumed } = parseRuns(text, setting);
    await this.keep(runs);
    return assumed;
  }

  async rename(run: ProfileRun, name: string): Promise<void> {
    await this.keep([{ ...run, name }]);
  }

  async delete(run: ProfileRun): Promise<void> {
    this.runs = this.runs.filter(({ id }) => id !== run.id);
    await deleteRun(run.id);
  }
}

async function describeMachine(read: string | undefined): Promise<string[]> {
  const { threads, crossOriginIsolated, relaxedSimd, wasmSimd, webgpu } = await capabilities();
  const memory = (navigator as { readonly deviceMemory?: number }).deviceMemory;
  return [
    navigator.userAgent,
    `${threads} logical cores, as the browser says`,
    ...(memory === undefined ? [] : [`${memory} GiB of memory or more, as the browser says`]),
    `WebAssembly SIMD: ${relaxedSimd ? 'relaxed' : wasmSimd ? '128-bit' : 'none'}; ${crossOriginIsolated ? 'threads share memory' : 'threads cannot share memory'}`,
    webgpu
      ? `GPU: ${[webgpu.vendor, webgpu.architecture, webgpu.description].filter(Boolean).join(' ') || 'unnamed'}${webgpu.isFallback ? ' (software)' : ''}`
      : 'No GPU offered by the browser',
    ...(read === undefined ? [] : [`Read: ${read}`]),
  ];
}

export const bench = new Bench();
