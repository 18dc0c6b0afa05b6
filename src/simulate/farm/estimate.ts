/**
 * Closed form of a machine whose drives are proved side by side: what `farm` searches with, judged by epoch.ts.
 *
 * Each drive alternates between k2pow and scans. How much of the processor a search or a scan gets depends on what
 * the other drives do at that time. Three effects are added up:
 *
 * 1. On average each drive is in k2pow for a share of its time, and these shares follow from the speeds that they
 *    lead to: a fixed point.
 * 2. All drives start together, so at first they all search, then all scan. An attempt then takes another time than
 *    on average, until chance has spread the drives over the phases.
 * 3. A drive that is done gives its part back. The rest then runs faster: their time is stepped through, with the
 *    share of the drives that are done by then.
 *
 * With the speeds known, the proofs of a drive come with a number of attempts that is negative-binomial.
 *
 * Stated error: at most 6 % of the units, too high or too low, and 0.5 % on average (`estimateErrorShare`; 3,000 random
 * machines in test/unit/simulate/farm/estimate.test.ts).
 */
import { hashesPerUnit, mainnetPost, maxNonces, unitBytes } from '../../protocol/units';
import { finishCurve, nonceGroups, passMoments, type PassMoments } from '../probability/passes';
import type { ProvingModel } from '../proving/throughput';
import { proofsDone } from './fleet';

/** Drives that are alike, with equal identities. */
export interface DriveClass {
  readonly count: number;
  readonly bytesPerS: number;
  /** Identities of each drive, one after another. */
  readonly identities: number;
  readonly numUnits: number;
  readonly nonces: number;
  readonly threads: number;
  readonly scanBytesPerSPerThread: number;
}

export interface MachineEstimateInput {
  readonly threads: number;
  readonly hashesPerS: number;
  /** k2pow is done elsewhere, at this rate for each search at work; absent: on the machine. */
  readonly serviceHashesPerS?: number | undefined;
  readonly classes: readonly DriveClass[];
  readonly availableS: number;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly labelsPerUnit?: number | undefined;
  readonly powDifficulty?: string | undefined;
}

export interface MachineEstimate {
  /** Mean units proved in the time. */
  readonly expectedUnits: number;
  readonly totalUnits: number;
  readonly probabilityAll: number;
}

/** Distributions of passes by nonces, so that a search calculates each once. */
export type PassTable = Map<
  number,
  { readonly curve: Float64Array<ArrayBuffer>; readonly pass: PassMoments }
>;

/** Drives of a class at work, and how long their phases take. */
interface Group {
  readonly drive: DriveClass;
  readonly hashes: number;
  readonly dataBytes: number;
  readonly pass: PassMoments;
  readonly curve: Float64Array<ArrayBuffer>;
  /** Threads that a search, and a scan, can keep busy. */
  readonly searchDemand: number;
  readonly scanDemand: number;
  /** Share of its time in which a drive at work searches. */
  powShare: number;
  /** Drives at work, as a share of the class. */
  atWork: number;
}

interface PhaseTimes {
  readonly powS: number;
  readonly passS: number;
}

/** The stated error of the closed form: no simulated machine is further off, as a share of its units. */
export const estimateErrorShare = 0.06;

const curveSteps = 256;
const fixedPointRounds = 16;
/** Steps of the time in which drives become done. */
const timeSteps = 24;

export function estimateMachine(
  input: MachineEstimateInput,
  table: PassTable = new Map(),
): MachineEstimate {
  const groups = input.classes
    .filter(({ count, identities }) => count > 0 && identities > 0)
    .map((drive) => groupOf(input, drive, table));
  const processor = new Processor(input, groups);
  const average = processor.settle();
  const ends = groups.map((group, i) => {
    const times = average[i] as PhaseTimes;
    return Math.max(0, input.availableS - processor.startDelayS(group, times));
  });
  const endsS = withDoneDrives(input.availableS, groups, processor, average, ends);
  let [expectedUnits, totalUnits, probabilityAll] = [0, 0, 1];
  for (const [i, group] of groups.entries()) {
    const { count, identities, numUnits } = group.drive;
    const model = provingModelOf(group, average[i] as PhaseTimes, endsS[i] ?? 0);
    const { proved, all } = provedOf(model, identities);
    expectedUnits += count * proved * numUnits;
    totalUnits += count * identities * numUnits;
    probabilityAll *= all ** count;
  }
  return { expectedUnits, totalUnits, probabilityAll };
}

function groupOf(input: MachineEstimateInput, drive: DriveClass, table: PassTable): Group {
  const known = table.get(drive.nonces) ?? passesOf(input, drive.nonces);
  table.set(drive.nonces, known);
  const threads = Math.min(drive.threads, input.threads);
  return {
    ...{ drive, ...known },
    hashes: nonceGroups(drive.nonces) * drive.numUnits * hashesPerUnit(input.powDifficulty),
    dataBytes: drive.numUnits * unitBytes(input.labelsPerUnit ?? mainnetPost.labelsPerUnit),
    searchDemand: input.serviceHashesPerS === undefined ? threads : 0,
    scanDemand: Math.min(threads, drive.bytesPerS / drive.scanBytesPerSPerThread || 0),
    ...{ powShare: 0.3, atWork: 1 },
  };
}

function passesOf({ k1, k2 }: MachineEstimateInput, nonces: number) {
  const curve = finishCurve({ nonces, k1, k2 }, curveSteps);
  return { curve, pass: passMoments({ nonces, k1, k2 }, curve) };
}

/** The processor of a machine, shared max-min fairly by the searches and scans of its drives. */
class Processor {
  readonly #input: MachineEstimateInput;
  readonly #groups: readonly Group[];

  constructor(input: MachineEstimateInput, groups: readonly Group[]) {
    this.#input = input;
    this.#groups = groups;
  }

  /** The mean phase times with which the shares of k2pow that they lead to are in balance. */
  settle(rounds = fixedPointRounds): readonly PhaseTimes[] {
    let times: PhaseTimes[] = [];
    for (let round = 0; round < rounds; round++)
      times = this.#groups.map((group) => {
        const own = this.times(group);
        const share = own.powS / (own.powS + own.passS * group.pass.meanRead) || 0;
        group.powShare += (share - group.powShare) / 2;
        return own;
      });
    return times;
  }

  /** Phase times of a drive that is at work, beside what the rest do on average. */
  times(group: Group): PhaseTimes {
    return {
      powS: this.#searchS(group, this.#levelBeside(group, group.searchDemand)),
      passS: this.#passS(group, this.#levelBeside(group, group.scanDemand)),
    };
  }

  /**
   * How much longer the attempts take while the drives are still in step. In the first attempt all search together.
   * Of the hashes that a drive needs, the mean part 1 − 1 / √(π (groups + ¼)) is needed by another one too (the mean
   * of the lesser of two Gamma(groups)), so that is how much of a search has the rest searching beside it. The spread
   * of the phases grows with each attempt: what remains of the delay is the square of the first Fourier coefficient of
   * a normal distribution of that width.
   */
  startDelayS(group: Group, { powS, passS }: PhaseTimes): number {
    const { pass, drive } = group;
    const groups = nonceGroups(drive.nonces);
    const overlap = 1 - 1 / Math.sqrt(Math.PI * (groups + 0.25));
    const attemptS = powS + pass.meanRead * passS;
    const apart = Math.min(1, ((1 - overlap) * powS) / (pass.meanRead * passS) || 0);
    const inStepS =
      this.#searchS(group, this.#levelBeside(group, group.searchDemand, overlap)) +
      pass.meanRead * this.#passS(group, this.#levelBeside(group, group.scanDemand, apart));
    const readVariance =
      pass.success * (pass.deviationIfFound ** 2 + pass.meanIfFound ** 2) +
      (1 - pass.success) -
      pass.meanRead ** 2;
    const variance = powS ** 2 / groups + Math.max(0, readVariance) * passS ** 2;
    const kept = Math.exp((-4 * Math.PI ** 2 * variance) / attemptS ** 2);
    const attempts = Math.min(
      drive.identities / Math.max(pass.success, 1e-3),
      this.#input.availableS / attemptS,
    );
    const inStep = kept < 1 ? (1 - kept ** attempts) / (1 - kept) : attempts;
    const delayS = (inStepS - attemptS) * inStep;
    return Number.isFinite(delayS) ? delayS : 0;
  }

  /** The level to which all demands are met when one drive surely is at `own`. */
  #levelBeside(self: Group, own: number, powShare?: number): number {
    return fairLevel(
      [
        [1, own],
        ...this.#groups.flatMap((group): [number, number][] => {
          const count = Math.max(0, group.drive.count - (group === self ? 1 : 0)) * group.atWork;
          const share = powShare ?? group.powShare;
          return [
            [count * share, group.searchDemand],
            [count * (1 - share), group.scanDemand],
          ];
        }),
      ],
      this.#input.threads,
    );
  }

  #searchS({ hashes, searchDemand }: Group, level: number): number {
    const { serviceHashesPerS, hashesPerS, threads } = this.#input;
    return hashes / (serviceHashesPerS ?? (Math.min(searchDemand, level) * hashesPerS) / threads);
  }

  #passS({ drive, dataBytes, scanDemand }: Group, level: number): number {
    const { bytesPerS, scanBytesPerSPerThread } = drive;
    const threads = Math.min(scanDemand, level);
    return (
      dataBytes /
      (scanBytesPerSPerThread === Infinity
        ? bytesPerS
        : Math.min(bytesPerS, threads * scanBytesPerSPerThread))
    );
  }
}

/** The level up to which demands are met when they share a capacity; Infinity when all are. */
function fairLevel(
  parts: readonly (readonly [count: number, demand: number])[],
  capacity: number,
): number {
  let left = capacity;
  let sharing = parts.reduce((sum, [count]) => sum + count, 0);
  for (const [count, demand] of parts.toSorted((a, b) => a[1] - b[1])) {
    if (sharing > 0 && demand > left / sharing) return left / sharing;
    left -= count * demand;
    sharing -= count;
  }
  return Infinity;
}

/** For each class the time that its drives seem to have, at the speeds with all drives at work. */
function withDoneDrives(
  availableS: number,
  groups: readonly Group[],
  processor: Processor,
  average: readonly PhaseTimes[],
  ends: readonly number[],
): readonly number[] {
  const doneBy = groups.map((group, i) => {
    const { identities } = group.drive;
    const model = provingModelOf(group, average[i] as PhaseTimes, availableS);
    const points: number[] = [];
    return (atS: number): number => {
      const at = (atS / availableS) * timeSteps;
      const [low, high] = [Math.floor(at), Math.ceil(at)];
      const point = (k: number): number =>
        (points[k] ??= proofsDone(model, identities, (k / timeSteps) * availableS));
      return point(low) + (point(high) - point(low)) * (at - low);
    };
  });
  // Nothing is done by the end: nothing is given back.
  if (groups.every((_, i) => (doneBy[i]?.(ends[i] ?? 0) ?? 0) < 1e-3)) return ends;
  const seemS = groups.map((_, i) => (ends[i] ?? 0) - availableS);
  const attempt = ({ powS, passS }: PhaseTimes, { pass }: Group): number =>
    powS + passS * pass.meanRead;
  for (let step = 0; step < timeSteps; step++) {
    for (const [i, group] of groups.entries())
      group.atWork = 1 - (doneBy[i]?.(Math.max(0, seemS[i] ?? 0)) ?? 0);
    const isFull = groups.every(({ atWork }) => atWork > 1 - 1e-6);
    for (const [i, group] of groups.entries()) {
      const speed = isFull
        ? 1
        : attempt(average[i] as PhaseTimes, group) / attempt(processor.times(group), group);
      seemS[i] = (seemS[i] ?? 0) + ((Number.isFinite(speed) ? speed : 1) * availableS) / timeSteps;
    }
  }
  return seemS.map((atS) => Math.max(0, atS));
}

function provingModelOf(
  { drive, pass, curve, dataBytes }: Group,
  { powS, passS }: PhaseTimes,
  availableS: number,
): ProvingModel {
  return {
    ...{ dataBytes, passS, pass, curve, availableS, speedError: 0 },
    ...{ scanBytesPerS: 0, readBytesPerS: 0, powMeanS: powS },
    groups: nonceGroups(drive.nonces),
    maxPasses: Math.floor(maxNonces / drive.nonces),
  };
}

/** Mean number of identities of a drive that are proved, and the probability that all are. */
function provedOf(
  model: ProvingModel,
  identities: number,
): { readonly proved: number; readonly all: number } {
  const { availableS, powMeanS, passS } = model;
  // From the last proof down: it comes the less often, and those before a sure one are sure too.
  const most = Math.min(identities, Math.ceil(availableS / (powMeanS * 0.2 + passS * 0.4)) || 0);
  const all = most < identities ? 0 : proofsDone(model, identities, availableS);
  let proved = 0;
  for (let j = most; j >= 1; j--) {
    const done = j === identities ? all : proofsDone(model, j, availableS);
    proved += done;
    if (done > 1 - 1e-6) return { proved: proved + j - 1, all };
  }
  return { proved, all };
}
