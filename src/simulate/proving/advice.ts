/**
 * Which nonces and threads to prove with. Every setting is judged by its chance to be in time (throughput.ts), its
 * processor time, and the epochs it loses in a year; the recommendation weighs the last two at the user's prices. A
 * setting is given only when the speed of the disk and of k2pow are known, because both decide: without them the
 * advice lists what is missing and what would follow from a range of values.
 */
import { counted } from '../../base/counted';
import { epochMs, mainnetTiming } from '../../protocol/epochs';
import { tebibyte, unitBytes } from '../../protocol/units';
import { invalid, nonNegative, positive, whole } from '../inputs';
import { passSuccess } from '../probability/passes';
import {
  inGap,
  largestIdentity,
  meanCpuS,
  noncesToTry,
  probabilityDone,
  provingModel,
  provingPlan,
  scanSpeed,
  threadsToTry,
  withThreads,
  type ProvingInput,
  type ProvingPlan,
  type ScanMeasurement,
} from './throughput';

/** What a lost epoch and processor time are worth, in any one currency. */
export interface AdvicePrices {
  readonly lostEpoch: number;
  readonly threadHour: number;
}

export interface AdviceInput {
  /** Cells of the prover that will do the work. */
  readonly scan: readonly ScanMeasurement[];
  /** Threads of the machine: the most that proving may use. */
  readonly threads: number;
  /** Sequential read speed of the disk; without it there is no setting. */
  readonly diskBytesPerS?: number | undefined;
  /** RandomX hashes of all threads; Infinity where a k2pow service does the work. Without it there is no setting. */
  readonly hashesPerS?: number | undefined;
  /** The identity to prove; absent: the largest that is in time with the wanted probability. */
  readonly numUnits?: number | undefined;
  /** Wanted probability to be in time; 0.99 when absent. */
  readonly probability?: number | undefined;
  readonly gapS?: number | undefined;
  readonly marginS?: number | undefined;
  /** Relative error of the speeds. */
  readonly speedError?: number | undefined;
  /** `defaultPrices` when absent. */
  readonly prices?: AdvicePrices | undefined;
  /** Whether a cell was measured with that prover, not derived from a page's figures; true when absent. */
  readonly scanIsNative?: boolean | undefined;
  /** The widest spread of the cells behind these figures, (high − low) / median. */
  readonly spread?: number | undefined;
}

export interface ProvingSetting {
  readonly nonces: number;
  readonly threads: number;
}

/** One row of the table. */
export interface JudgedSetting extends ProvingSetting {
  readonly probabilityInGap: number;
  /** Mean processor time of one epoch's proof: threads × hours. */
  readonly cpuHours: number;
  /** Epochs without reward: a late ATX costs the next epoch, a lost one costs two. */
  readonly expectedEpochsLostPerYear: number;
  /** Lost epochs and processor time of a year, at the given prices. */
  readonly costPerYear: number;
}

export type MissingFigure = 'diskBytesPerS' | 'hashesPerS';

/** What would follow if the missing figures had these values. */
export interface RangeRow {
  readonly diskBytesPerS: number;
  readonly hashesPerS: number;
  readonly best: JudgedSetting;
  readonly nodeDefault: JudgedSetting;
}

export interface Experiment {
  readonly text: string;
  /** To paste into a terminal. */
  readonly command?: string;
}

export interface Advice {
  /** Null while a figure that decides is missing. */
  readonly setting: ProvingSetting | null;
  readonly missing: readonly MissingFigure[];
  readonly nodeDefault: ProvingSetting;
  /** Nonces × threads, ordered by both; empty while a figure is missing. */
  readonly table: readonly JudgedSetting[];
  /** Instead of the table while a figure is missing. */
  readonly range: readonly RangeRow[];
  /** Most units of one identity that are in time with the wanted probability; 0: not even one. */
  readonly largestUnits: number | null;
  /** What setting, table and range are for. */
  readonly numUnits: number;
  /** Of the recommended setting. */
  readonly plan: ProvingPlan | null;
  readonly reasons: readonly string[];
  /** What to measure next, the most useful first; empty when nothing is missing. */
  readonly experiments: readonly Experiment[];
}

/** Ours, to be replaced: a lost epoch weighs as much as 1,000 hours of one busy thread. */
export const defaultPrices: AdvicePrices = { lostEpoch: 10, threadHour: 0.01 };
const defaultNonces = 288;
/** go-spacemesh config/mainnet.go: 288 nonces, three quarters of the threads. */
export const nodeDefaultFor = (threads: number): ProvingSetting => ({
  nonces: defaultNonces,
  threads: Math.max(1, Math.floor((threads * 3) / 4)),
});

/** More nonces are accepted, but past this k2pow alone takes the gap on any processor. */
const mostNonces = 512;
const sizeWithoutFigures = 16;
/** Read speeds from an old hard disk to NVMe, and k2pow per thread from an old processor to a new one. */
const diskRange = [100e6, 150e6, 250e6, 500e6, 2e9] as const;
const hashesPerThreadRange = [100, 300, 900] as const;
const nonceRange = [16, 32, 48, 64, 96, 128, 192, 288, 384] as const;

const epochsPerYear = (365.25 * 86_400_000) / epochMs(mainnetTiming);
/** From the start of the gap to the end of the publish epoch (go-spacemesh activation/nipost.go). */
const publishS =
  (epochMs(mainnetTiming) - mainnetTiming.poetPhaseShiftMs + mainnetTiming.poetCycleGapMs) / 1000;

/**
 * Share of the epochs that earn. An ATX that is late, but within its publish epoch, earns and misses the next PoET
 * round; one that is not ready by then is lost, and the next round with it. For one identity this is never below proving
 * in every other epoch only, (onTime + late) / 2; that strategy pays where identities of one drive take turns (farm).
 */
export const earningShare = (onTime: number, late: number): number =>
  (onTime + late) / (2 - onTime);

/** @throws WorkbenchError `input-not-valid`, also without any cell of the scan */
export function advice(input: AdviceInput): Advice {
  const { scan, diskBytesPerS, hashesPerS, probability = 0.99, prices = defaultPrices } = input;
  if (scan.length === 0)
    throw invalid('scan', 'at least one measured cell of proving speed', 'empty');
  const threads = whole(input.threads, 'threads', 1, 65_536);
  if (!(probability > 0 && probability < 1))
    throw invalid('probability', 'above 0 and below 100', probability);
  nonNegative(prices.lostEpoch, 'prices.lostEpoch');
  nonNegative(prices.threadHour, 'prices.threadHour');
  if (input.numUnits !== undefined) positive(input.numUnits, 'numUnits');
  const nodeDefault = nodeDefaultFor(threads);
  if (diskBytesPerS === undefined || hashesPerS === undefined) {
    const missing = (['diskBytesPerS', 'hashesPerS'] as const).filter(
      (name) => input[name] === undefined,
    );
    const numUnits = input.numUnits ?? sizeWithoutFigures;
    return {
      ...{ setting: null, missing, nodeDefault, table: [], largestUnits: null, numUnits },
      plan: null,
      range: ranges(input, numUnits, nodeDefault, probability, prices),
      reasons: missing.map((name) => missingReasons[name]),
      experiments: [...experiments(input, undefined)],
    };
  }
  const base = { ...provingInput(input), diskBytesPerS, hashesPerS };
  const largestUnits = largestOf(base, probability);
  const numUnits = input.numUnits ?? Math.max(1, largestUnits);
  const table = judgeAll(
    { ...base, numUnits },
    tableNonces,
    [...new Set([...threadsToTry(threads), nodeDefault.threads])].toSorted((a, b) => a - b),
    prices,
  );
  const setting = cheapest(table, probability);
  const chosen = withThreads({ ...base, numUnits, nonces: setting.nonces }, setting.threads);
  const plan = provingPlan(chosen);
  return {
    setting: { nonces: setting.nonces, threads: setting.threads },
    ...{ missing: [], nodeDefault, table, range: [], largestUnits, numUnits, plan },
    reasons: [...reasons(input, chosen, plan, table, setting, nodeDefault, probability)],
    experiments: [...experiments(input, setting)],
  };
}

const tableNonces = [
  ...noncesToTry.filter((nonces) => nonces <= mostNonces),
  defaultNonces,
].toSorted((a, b) => a - b);

const provingInput = (
  input: AdviceInput,
): Omit<ProvingInput, 'nonces' | 'numUnits' | 'diskBytesPerS' | 'hashesPerS'> => ({
  threads: input.threads,
  scan: { measured: input.scan },
  gapS: input.gapS,
  marginS: input.marginS,
  speedError: input.speedError,
});

/**
 * The setting to recommend for one identity: of those that reach the wanted probability the one with the least cost
 * per year, else the most probable one. `threads` of the input is the most to use.
 */
export const recommendSetting = (
  input: Omit<ProvingInput, 'nonces'>,
  probability: number,
  prices: AdvicePrices = defaultPrices,
): JudgedSetting =>
  cheapest(judgeAll(input, tableNonces, threadsToTry(input.threads), prices), probability);

/** The largest identity of all numbers of nonces, with all threads. */
function largestOf(base: Omit<ProvingInput, 'nonces' | 'numUnits'>, probability: number): number {
  let largest = 0;
  for (const nonces of tableNonces)
    if (inGap({ ...base, nonces, numUnits: largest + 1 }) >= probability)
      largest = largestIdentity({ ...base, nonces }, probability);
  return largest;
}

function judgeAll(
  base: Omit<ProvingInput, 'nonces'>,
  nonces: readonly number[],
  threads: readonly number[],
  prices: AdvicePrices,
): JudgedSetting[] {
  return nonces.flatMap((count) =>
    threads.map((own) => judge(withThreads({ ...base, nonces: count }, own), prices)),
  );
}

function judge(input: ProvingInput, prices: AdvicePrices): JudgedSetting {
  const model = provingModel(input);
  const onTime = probabilityDone(model, model.availableS);
  const lateS = Math.max(model.availableS, publishS - (input.marginS ?? 0));
  const late = Math.max(0, probabilityDone(model, lateS, 0.5) - onTime);
  const cpuHours = meanCpuS(input, model) / 3600;
  const expectedEpochsLostPerYear = epochsPerYear * Math.max(0, 1 - earningShare(onTime, late));
  return {
    ...{ nonces: input.nonces, threads: input.threads, probabilityInGap: onTime },
    ...{ cpuHours, expectedEpochsLostPerYear },
    costPerYear:
      prices.lostEpoch * expectedEpochsLostPerYear +
      (prices.threadHour > 0 ? prices.threadHour * cpuHours * epochsPerYear : 0),
  };
}

/** Of those that reach the wanted probability, else of all with the best, the least cost; then the least time. */
function cheapest(table: readonly JudgedSetting[], probability: number): JudgedSetting {
  const most = Math.max(...table.map(({ probabilityInGap }) => probabilityInGap));
  const wanted = Math.min(probability, most);
  const [best] = table
    .filter(({ probabilityInGap }) => probabilityInGap >= wanted)
    .toSorted((a, b) =>
      // Not by a rounding error: threads that scale perfectly all cost the same, and then the fewest are enough.
      Math.abs(a.costPerYear - b.costPerYear) > 1e-9 * (a.costPerYear + b.costPerYear)
        ? a.costPerYear - b.costPerYear
        : a.threads - b.threads || a.nonces - b.nonces,
    );
  if (!best) throw invalid('scan', 'measured with a speed above 0', 'nothing but 0');
  return best;
}

function ranges(
  input: AdviceInput,
  numUnits: number,
  nodeDefault: ProvingSetting,
  probability: number,
  prices: AdvicePrices,
): RangeRow[] {
  const disks = input.diskBytesPerS === undefined ? diskRange : [input.diskBytesPerS];
  const hashes =
    input.hashesPerS === undefined
      ? hashesPerThreadRange.map((perThread) => perThread * input.threads)
      : [input.hashesPerS];
  return disks.flatMap((diskBytesPerS) =>
    hashes.map((hashesPerS): RangeRow => {
      const base = { ...provingInput(input), numUnits, diskBytesPerS, hashesPerS };
      return {
        ...{ diskBytesPerS, hashesPerS },
        best: cheapest(judgeAll(base, nonceRange, [input.threads], prices), probability),
        nodeDefault: judge(
          withThreads({ ...base, nonces: nodeDefault.nonces }, nodeDefault.threads),
          prices,
        ),
      };
    }),
  );
}

const speed = (bytesPerS: number): string =>
  bytesPerS >= 1e9
    ? `${(bytesPerS / 1e9).toPrecision(3)} GB/s`
    : `${Number((bytesPerS / 1e6).toPrecision(3))} MB/s`;
const percent = (share: number): string => `${Number((share * 100).toPrecision(5))} %`;
/** A probability that would be rounded up to certainty is not. */
const chance = (probability: number): string =>
  probability > 0.99999 ? 'over 99.999 %' : percent(probability);
const hours = (seconds: number): string =>
  seconds >= 3600
    ? `${(seconds / 3600).toPrecision(2)} h`
    : seconds >= 60
      ? `${Math.round(seconds / 60)} min`
      : `${Math.ceil(seconds)} s`;
const settingText = ({ nonces, threads }: ProvingSetting): string =>
  `${nonces} nonces and ${counted(threads, 'thread')}`;
const units = (count: number): string => counted(count, 'SU', 'SU');

const missingReasons: Readonly<Record<MissingFigure, string>> = {
  diskBytesPerS:
    'The speed of the disk is not known. It decides how long a pass takes, and with it everything else. Enter it, or measure it.',
  hashesPerS:
    'The k2pow speed is not known. k2pow can take as long as reading the data. Enter it, measure it, or enter “Infinity” if a k2pow service does it.',
};

function* reasons(
  { diskBytesPerS = 0, speedError = 0 }: AdviceInput,
  chosen: ProvingInput,
  plan: ProvingPlan,
  table: readonly JudgedSetting[],
  setting: JudgedSetting,
  nodeDefault: ProvingSetting,
  probability: number,
): Generator<string> {
  const { nonces, threads, numUnits } = chosen;
  if (setting.probabilityInGap < probability)
    yield `No setting proves ${units(numUnits)} in time with ${percent(probability)}; this one comes closest. Use a faster disk, give k2pow to a service, or split the data into smaller identities on different disks.`;
  const scanned = `With ${nonces} nonces, ${counted(threads, 'thread')} can scan ${speed(plan.scanBytesPerS)}`;
  if (plan.bottleneck === 'disk')
    yield `Disk-bound: ${scanned}, and the disk gives ${speed(diskBytesPerS)}. More or faster threads do not shorten the pass; ${spareNonces(chosen)}`;
  else
    yield `CPU-bound: ${scanned}, and the disk could give ${speed(diskBytesPerS)}. More threads shorten the pass; fewer nonces do too, but then a second pass is needed more often.`;
  yield `${nonces} nonces find a proof within one pass with ${chance(passSuccess({ nonces }))}. On average ${plan.pass.meanUntilFound.toPrecision(3)} passes of data are read.`;
  yield `k2pow for ${nonces} nonces and ${units(numUnits)} takes ${hours(plan.powS.mean)} per pass on average (99 % within ${hours(plan.powS.q99)}), and one pass over the data ${hours(plan.passS)}.${plan.powS.mean > plan.passS ? ' k2pow is the longer part: a k2pow service on another machine would help most.' : ''}`;
  const size = (numUnits * unitBytes()) / tebibyte;
  yield `${units(numUnits)} (${size.toPrecision(3)} TiB) are then proved inside the gap with ${chance(plan.probabilityInGap)}${speedError > 0 ? `, with speeds uncertain by ${percent(speedError)}` : ''}.`;
  const standard = table.find(
    (row) => row.nonces === nodeDefault.nonces && row.threads === nodeDefault.threads,
  );
  if (standard)
    yield standard.nonces === nonces && standard.threads === threads
      ? `This is the node’s default.`
      : `The node’s default, ${settingText(nodeDefault)}, is in time with ${chance(standard.probabilityInGap)} for ${standard.cpuHours.toPrecision(2)} hours of processor time per epoch instead of ${setting.cpuHours.toPrecision(2)}. At your prices it costs ${standard.costPerYear.toPrecision(3)} per year instead of ${setting.costPerYear.toPrecision(3)}.`;
}

/** A disk that limits leaves the processor time for more nonces. */
function spareNonces({ scan, threads, diskBytesPerS, nonces }: ProvingInput): string {
  const free = noncesToTry.findLast(
    (more) => more <= mostNonces && scanSpeed(scan, more, threads) >= diskBytesPerS,
  );
  return free !== undefined && free > nonces
    ? `with up to ${free} nonces the pass would not take longer, only k2pow.`
    : 'only a faster disk does.';
}

function* experiments(
  input: AdviceInput,
  setting: ProvingSetting | undefined,
): Generator<Experiment> {
  const cells = input.scan;
  if (input.diskBytesPerS === undefined)
    yield {
      text: 'Measure the read speed of the disk that holds the data: it decides whether nonces or threads matter.',
    };
  if (input.hashesPerS === undefined)
    yield { text: 'Measure k2pow: with large identities it takes as long as reading the data.' };
  if (!cells.some((cell) => cell.threads === input.threads))
    yield {
      text: `Measure proving with ${counted(input.threads, 'thread')}: so far the speed at that count is carried over from fewer or more.`,
    };
  if (setting && !cells.some((cell) => cell.nonces === setting.nonces))
    yield {
      text: `Measure proving with ${setting.nonces} nonces, the recommended number: its speed is interpolated so far.`,
    };
  if ((input.spread ?? 0) > 0.1)
    yield {
      text: `Measure again with longer samples and nothing else running: the samples of a cell differ by up to ${percent(input.spread ?? 0)}.`,
    };
  if (input.scanIsNative === false && setting)
    yield {
      text: 'Run post-rs’s profiler once with the recommended setting and paste its output under “Runs”: the estimate is then based on your machine instead of ours.',
      command: settingTexts(setting).profiler,
    };
}

/** What to paste, for one setting. Names: go-spacemesh v1.7.6 activation/post.go, post-rs service/src/main.rs. */
export const settingTexts = ({ nonces, threads }: ProvingSetting) => ({
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
