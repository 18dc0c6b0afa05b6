/** The benchmarks that a user chose, the run that is under way, and the runs that are kept. */
import { capabilities } from '../../post/capabilities';
import { Pause } from '../../base/pause';
import { randomId } from '../../base/random-id';
import { hasSharedMemory, whyNotShared } from '../../base/shared-memory';
import { parseRuns } from '../../post/profile/files';
import { instruments } from '../../post/profile/instruments';
import {
  runMatrix,
  type MatrixCell,
  type CellResult,
  type MatrixPlan,
  type MatrixProgress,
  type ProfileRun,
} from '../../post/profile/run';
import { isNonceCount, nonceProblem } from '../../protocol/nonces';
import { maxNonces } from '../../protocol/units';
import { deleteRun, keepRuns, mergeRuns, readRuns } from '../../storage/runs';
import { Inputs } from '../../ui/inputs.svelte';
import { Job } from '../../ui/job.svelte';
import { session } from '../shared/session.svelte';

const cores = navigator.hardwareConcurrency;

/** Lists stand in one field. Switches are 1 or 0. */
export const benchInputs = new Inputs({
  nonces: { label: 'Nonces', unit: 'multiples of 16', initial: '16, 64, 128, 288' },
  threads: {
    label: 'Threads',
    initial: cores > 1 ? `1, ${cores}` : '1',
    hint: `The browser reports ${cores}.`,
  },
  streams: {
    label: 'Parallel read streams',
    initial: '1, 4',
    hint: '1 reads in sequence, as the prover does.',
  },
  samples: { label: 'Samples of each', initial: '3' },
  seconds: { label: 'Length of a sample', unit: 's', initial: '3' },
  read: { label: 'Read speed of the disk', initial: '1' },
  cpu: { label: 'Proving on the CPU', initial: '1' },
  gpu: { label: 'Proving and labels on the GPU', initial: '0' },
  pow: { label: 'k2pow, light mode', initial: '1' },
  fast: { label: 'k2pow, fast mode (2.3 GiB, a minute to start)', initial: '0' },
  labels: { label: 'Labels (initialisation)', initial: '1' },
});

export const benchLists = ['nonces', 'threads', 'streams', 'samples', 'seconds'] as const;
export const benchSwitches = ['read', 'cpu', 'gpu', 'pow', 'fast', 'labels'] as const;

/** Why this browser cannot run a benchmark, at its switch. One that an address asks for is still run, and its row states the reason. */
export const benchObstacle = (name: (typeof benchSwitches)[number]): string | undefined => {
  if (name === 'gpu' && !('gpu' in navigator)) return 'This browser has no WebGPU.';
  if (name === 'fast' && !hasSharedMemory())
    return `Threads cannot share memory: ${whyNotShared()}.`;
  return undefined;
};

/** What cannot be measured, at its field. */
type PlanErrors = Partial<Record<(typeof benchLists)[number], string>>;

class Bench {
  readonly job = new Job<CellResult[], MatrixProgress>();
  paused = $state(false);
  runs = $state.raw<readonly ProfileRun[]>([]);
  /** The browser refused to keep a run: it lasts as long as the page. */
  notKept = $state(false);
  #pause = new Pause();

  constructor() {
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
    const list = (
      name: (typeof benchLists)[number],
      valid: (value: number) => boolean,
      wanted: string,
      suggest?: (value: number) => string | undefined,
    ): number[] => {
      const numbers = benchInputs
        .text(name)
        .split(/[\s,;]+/)
        .filter(Boolean)
        .map(Number);
      const wrong = numbers.find((value) => !valid(value));
      if (numbers.length === 0 || wrong !== undefined)
        errors[name] = (wrong !== undefined && suggest?.(wrong)) || wanted;
      return [...new Set(numbers)];
    };
    const whole = (most: number) => (value: number) =>
      Number.isInteger(value) && value >= 1 && value <= most;
    const nonces = list(
      'nonces',
      isNonceCount,
      `Multiples of 16 up to ${maxNonces}, separated by commas.`,
      nonceProblem,
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
  }: Readonly<Record<'nonces' | 'threads' | 'streams', readonly number[]>>): MatrixCell[] {
    const on = (name: (typeof benchSwitches)[number]): boolean => benchInputs.text(name) === '1';
    const most = Math.max(1, ...threads);
    const cells: MatrixCell[] = [];
    // The disk first: what the benchmarks below leave in memory would not be its speed.
    if (on('read') && this.readFiles)
      cells.push(...streams.map((count): MatrixCell => ({ kind: 'read', streams: count })));
    if (on('cpu'))
      for (const count of threads)
        for (const n of nonces)
          cells.push({ kind: 'proving', backend: 'cpu', nonces: n, threads: count });
    if (on('gpu'))
      cells.push(
        ...nonces.map((n): MatrixCell => ({
          kind: 'proving',
          backend: 'gpu',
          nonces: n,
          threads: 1,
        })),
      );
    if (on('pow')) cells.push({ kind: 'k2pow', mode: 'light', threads: most });
    if (on('fast')) cells.push({ kind: 'k2pow', mode: 'fast', threads: most });
    if (on('labels')) cells.push({ kind: 'labels', backend: 'cpu', threads: most });
    if (on('labels') && on('gpu')) cells.push({ kind: 'labels', backend: 'gpu', threads: 1 });
    return cells;
  }

  async start(): Promise<void> {
    const { plan } = this.plan;
    this.#pause = new Pause();
    this.paused = false;
    const startedMs = Date.now();
    const id = randomId();
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
  const { threads, sharedMemory, relaxedSimd, wasmSimd, webgpu } = await capabilities();
  const memory = (navigator as { readonly deviceMemory?: number }).deviceMemory;
  return [
    navigator.userAgent,
    `${threads} logical cores, reported by the browser`,
    ...(memory === undefined ? [] : [`${memory} GiB of memory or more, reported by the browser`]),
    `WebAssembly SIMD: ${relaxedSimd ? 'relaxed' : wasmSimd ? '128-bit' : 'none'}; ${sharedMemory ? 'threads share memory' : 'threads cannot share memory'}`,
    webgpu
      ? `GPU: ${[webgpu.vendor, webgpu.architecture, webgpu.description].filter(Boolean).join(' ') || 'unnamed'}${webgpu.isFallback ? ' (software)' : ''}`
      : 'No GPU offered by the browser',
    ...(read === undefined ? [] : [`Read: ${read}`]),
  ];
}

export const bench = new Bench();
