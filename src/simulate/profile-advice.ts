/**
 * What the measurements of a machine say: what limits it, which nonces and threads to use, how much storage
 * it can prove inside the gap, and what to measure next. All from throughput.ts, with measured speeds.
 */
import { counted } from '../protocol/counted';
import { tebibyte, unitBytes } from '../protocol/units';
import { invalid } from './inputs';
import type { ScanMeasurement } from './native';
import { passSuccess } from './probability';
import {
  bestSetting,
  largestIdentity,
  noncesToTry,
  provingPlan,
  scanSpeed,
  type ProvingInput,
  type ProvingPlan,
  type Setting,
} from './throughput';

export interface AdviceInput {
  /** Cells of the prover that will do the work. */
  readonly scan: readonly ScanMeasurement[];
  /** Whether these were measured with that prover, or derived from a page's figures. */
  readonly scanIsNative: boolean;
  /** Undefined: not measured, and then not a limit here. */
  readonly diskBytesPerS: number | undefined;
  /** Of all threads; undefined: not measured, and then not counted here. */
  readonly hashesPerS: number | undefined;
  /** The most threads that proving may use. */
  readonly threads: number;
  /** The identity to prove; undefined: the largest that fits. */
  readonly numUnits: number | undefined;
  readonly gapS: number;
  readonly marginS: number;
  /** Relative error of the speeds. */
  readonly speedError: number;
  /** How surely a proof must be there in time: 0.99. */
  readonly probability: number;
  /** The widest spread of the cells behind these figures, (high − low) / median. */
  readonly spread: number;
}

export interface Experiment {
  readonly text: string;
  /** To paste into a terminal. */
  readonly command?: string;
}

export interface Advice {
  /** Most units that are proved in time with the wanted probability; 0 when none are. */
  readonly largestUnits: number;
  /** What the setting and the plan are for. */
  readonly numUnits: number;
  readonly setting: Setting;
  readonly plan: ProvingPlan;
  readonly reasons: readonly string[];
  /** The most telling first; empty when nothing is missing. */
  readonly experiments: readonly Experiment[];
}

/** The node and post-service accept more, but past this k2pow alone eats the gap on any processor. */
const mostNonces = 512;

/** @throws WorkbenchError `input-not-valid`, also without any cell of the scan */
export function profileAdvice(input: AdviceInput): Advice {
  if (input.scan.length === 0)
    throw invalid('scan', 'at least one measured cell of proving speed', 'empty');
  const base = provingInput(input);
  const largestUnits = Math.max(
    ...noncesToTry
      .filter((nonces) => nonces <= mostNonces && (nonces <= 128 || nonces % 64 === 0))
      .map((nonces) => largestIdentity({ ...base, nonces }, input.probability)),
  );
  const numUnits = input.numUnits ?? Math.max(1, largestUnits);
  const setting = bestSetting({ ...base, numUnits }, input.probability);
  const chosen: ProvingInput = {
    ...base,
    numUnits,
    nonces: setting.nonces,
    threads: setting.threads,
    hashesPerS: base.hashesPerS * (setting.threads / base.threads),
  };
  const plan = provingPlan(chosen);
  return {
    ...{ largestUnits, numUnits, setting, plan },
    reasons: [...reasons(input, chosen, plan)],
    experiments: [...experiments(input, setting)],
  };
}

const provingInput = (input: AdviceInput): Omit<ProvingInput, 'nonces' | 'numUnits'> => ({
  threads: input.threads,
  diskBytesPerS: input.diskBytesPerS ?? Infinity,
  scan: { measured: input.scan },
  hashesPerS: input.hashesPerS ?? Infinity,
  gapS: input.gapS,
  marginS: input.marginS,
  speedError: input.speedError,
});

const speed = (bytesPerS: number): string =>
  bytesPerS >= 2 ** 29
    ? `${(bytesPerS / 2 ** 30).toPrecision(3)} GiB/s`
    : `${(bytesPerS / 2 ** 20).toPrecision(3)} MiB/s`;
const percent = (share: number): string => `${Number((share * 100).toPrecision(4))} %`;
/** A probability that would be rounded up to certainty is not. */
const chance = (probability: number): string =>
  probability > 0.9999 ? 'over 99.99 %' : percent(probability);
const hours = (seconds: number): string =>
  seconds >= 3600
    ? `${(seconds / 3600).toPrecision(2)} h`
    : seconds >= 60
      ? `${Math.round(seconds / 60)} min`
      : `${Math.ceil(seconds)} s`;

function* reasons(input: AdviceInput, chosen: ProvingInput, plan: ProvingPlan): Generator<string> {
  const { nonces, threads } = chosen;
  const { diskBytesPerS, hashesPerS } = input;
  const scanned = `With ${nonces} nonces, ${counted(threads, 'thread')} scan ${speed(plan.scanBytesPerS)}`;
  if (diskBytesPerS === undefined)
    yield `${scanned}. The disk was not measured, so all of this holds only if it reads at least as fast.`;
  else if (plan.bottleneck === 'disk')
    yield `Disk-bound: ${scanned}, and the disk gives ${speed(diskBytesPerS)}. Faster or more threads change nothing; ${spareNonces(chosen)}`;
  else
    yield `CPU-bound: ${scanned}, and the disk could give ${speed(diskBytesPerS)}. More threads shorten the pass; fewer nonces do too, but then it more often takes another pass.`;
  yield `${nonces} nonces find a proof within one pass with ${chance(passSuccess({ nonces }))}; on average ${plan.pass.meanUntilFound.toPrecision(3)} passes’ worth of data is read.`;
  if (hashesPerS === undefined)
    yield 'k2pow was not measured and is left out of the times, as if a k2pow service did it.';
  else
    yield `k2pow for ${nonces} nonces and ${chosen.numUnits} SU takes ${hours(plan.powS.mean)} a pass on average (99 % within ${hours(plan.powS.q99)}), and one pass over the data ${hours(plan.passS)}.${plan.powS.mean > plan.passS ? ' k2pow is the longer part: a k2pow service on another machine would help most.' : ''}`;
  const size = (chosen.numUnits * unitBytes()) / tebibyte;
  yield `${chosen.numUnits} SU (${size.toPrecision(3)} TiB) are then proved inside the gap with ${chance(plan.probabilityInGap)}${input.speedError > 0 ? `, speeds taken as uncertain by ${percent(input.speedError)}` : ''}.`;
}

/** A disk that is waited for leaves the processor time for more nonces. */
function spareNonces({ scan, threads, diskBytesPerS, nonces }: ProvingInput): string {
  const free = noncesToTry.findLast(
    (more) => more <= mostNonces && scanSpeed(scan, more, threads) >= diskBytesPerS,
  );
  return free !== undefined && free > nonces
    ? `up to ${free} nonces the pass would not take longer, only more k2pow.`
    : 'only a faster disk would.';
}

function* experiments(input: AdviceInput, { nonces, threads }: Setting): Generator<Experiment> {
  const cells = input.scan;
  if (input.diskBytesPerS === undefined)
    yield {
      text: 'Measure the read speed of the disk that holds the data: it decides whether nonces or threads matter at all.',
    };
  if (!cells.some((cell) => cell.threads === input.threads))
    yield {
      text: `Measure proving with ${counted(input.threads, 'thread')}: so far the speed at that count is carried over from fewer or more.`,
    };
  if (!cells.some((cell) => cell.nonces === nonces))
    yield {
      text: `Measure proving with ${nonces} nonces, the number advised: its speed is interpolated so far.`,
    };
  if (input.hashesPerS === undefined)
    yield { text: 'Measure k2pow: with large identities it takes as long as reading the data.' };
  if (input.spread > 0.1)
    yield {
      text: `Measure again with longer samples and nothing else running: the samples of a cell differ by up to ${percent(input.spread)}.`,
    };
  if (!input.scanIsNative)
    yield {
      text: 'Run post-rs’s profiler once with the advised setting and paste what it prints under “Runs”: the estimate then rests on your machine instead of ours.',
      command: settingTexts({ nonces, threads }).profiler,
    };
}

/** What to paste, for one setting. Names: go-spacemesh v1.7.6 activation/post.go, post-rs service/src/main.rs. */
export const settingTexts = ({ nonces, threads }: Pick<Setting, 'nonces' | 'threads'>) => ({
  nodeConfig: `${JSON.stringify(
    {
      smeshing: {
        'smeshing-proving-opts': {
          'smeshing-opts-proving-nonces': nonces,
          'smeshing-opts-proving-threads': threads,
        },
      },
    },
    null,
    2,
  )}\n`,
  nodeFlags: `--smeshing-opts-proving-nonces ${nonces} --smeshing-opts-proving-threads ${threads}`,
  serviceFlags: `--nonces ${nonces} --threads ${threads}`,
  profiler: `./profiler --data-file /path/to/post/profiler_data.bin --data-size 10 --nonces ${nonces} --threads ${threads}`,
});
