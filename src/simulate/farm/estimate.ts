/**
 * Closed form of a machine whose drives are proved side by side: what `farm` searches with, judged by epoch.ts.
 *
 * Each drive alternates between k2pow and scans. How much of the processor a search or a scan gets depends on what
 * the other drives do at that time: on average each is in k2pow for a share of its time, and these shares follow from
 * the speeds that they lead to, a fixed point. At the start all drives search at the same time, which costs the first
 * attempt more. With the speeds known, the proofs of a drive come with a number of attempts that is
 * negative-binomial. What a drive that is done gives back is left out.
 *
 * Stated error, in units of the farm: from 20 % too low, where the processor is the limit and drives end at different
 * times, to 4 % too high; 0.6 % on average (1,000 random machines in test/unit/simulate/farm.test.ts).
 */
import { hashesPerUnit, mainnetPost, maxNonces, unitBytes } from '../../protocol/units';
import { laneDone } from './fleet';
import { finishCurve, nonceGroups, passMoments, type PassMoments } from '../probability/passes';

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

/** Distributions of passes by nonces, so that a search works each out once. */
export type PassTable = Map<
  number,
  { readonly curve: Float64Array<ArrayBuffer>; readonly pass: PassMoments }
>;

const curveSteps = 256;
const rounds = 24;

export function estimateMachine(
  input: MachineEstimateInput,
  table: PassTable = new Map(),
): MachineEstimate {
  const { threads, classes, availableS } = input;
  const perUnit = hashesPerUnit(input.powDifficulty);
  const labelsPerUnit = input.labelsPerUnit ?? mainnetPost.labelsPerUnit;
  const lanes = classes
    .filter(({ count, identities }) => count > 0 && identities > 0)
    .map((drive) => {
      const known = table.get(drive.nonces) ?? passesOf(input, drive.nonces);
      table.set(drive.nonces, known);
      const hashes = nonceGroups(drive.nonces) * drive.numUnits * perUnit;
      return {
        ...{ drive, hashes, ...known },
        dataBytes: drive.numUnits * unitBytes(labelsPerUnit),
        searchDemand: input.serviceHashesPerS === undefined ? Math.min(drive.threads, threads) : 0,
        scanDemand: Math.min(drive.threads, drive.bytesPerS / drive.scanBytesPerSPerThread || 0),
        share: 0.3,
        ...{ powS: 0, passS: 0 },
      };
    });
  type Lane = (typeof lanes)[number];
  /** The level to which all demands are met when one drive surely is at `own`. */
  const levelBeside = (self: Lane, own: number): number => {
    const used = (level: number): number =>
      lanes.reduce(
        (sum, lane) =>
          sum +
          (lane.drive.count - (lane === self ? 1 : 0)) *
            (lane.share * Math.min(lane.searchDemand, level) +
              (1 - lane.share) * Math.min(lane.scanDemand, level)),
        Math.min(own, level),
      );
    if (used(threads) <= threads) return Infinity;
    let [low, high] = [0, threads];
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (used(middle) <= threads) low = middle;
      else high = middle;
    }
    return low;
  };
  const searchS = (lane: Lane, level: number): number =>
    lane.hashes /
    (input.serviceHashesPerS ?? (Math.min(lane.searchDemand, level) * input.hashesPerS) / threads);
  for (let round = 0; round < rounds; round++)
    for (const lane of lanes) {
      lane.powS = searchS(lane, levelBeside(lane, lane.searchDemand));
      const scanThreads = Math.min(lane.scanDemand, levelBeside(lane, lane.scanDemand));
      const rate =
        lane.drive.scanBytesPerSPerThread === Infinity
          ? lane.drive.bytesPerS
          : Math.min(lane.drive.bytesPerS, scanThreads * lane.drive.scanBytesPerSPerThread);
      lane.passS = lane.dataBytes / rate;
      const readS = lane.passS * lane.pass.meanRead;
      const share = lane.powS / (lane.powS + readS) || 0;
      lane.share += (share - lane.share) / 2;
    }
  const drives = lanes.reduce((sum, { drive }) => sum + drive.count, 0);
  let [expectedUnits, totalUnits, probabilityAll] = [0, 0, 1];
  for (const lane of lanes) {
    const { drive, powS, passS, pass, curve, dataBytes } = lane;
    const lostS = Math.max(0, searchS(lane, threads / drives) - powS);
    const endS = Math.max(0, availableS - (Number.isFinite(lostS) ? lostS : 0));
    const model = {
      ...{ dataBytes, passS, pass, curve, availableS: endS, speedError: 0 },
      ...{ scanBytesPerS: 0, readBytesPerS: 0, powMeanS: powS },
      groups: nonceGroups(drive.nonces),
      maxPasses: Math.floor(maxNonces / drive.nonces),
    };
    // From the last proof down: it comes the less often, and those before a sure one are sure too.
    const most = Math.min(drive.identities, Math.ceil(endS / (powS * 0.2 + passS * 0.4)) || 0);
    const all = most < drive.identities ? 0 : laneDone(model, drive.identities, endS);
    let proved = 0;
    for (let j = most; j >= 1; j--) {
      const done = j === drive.identities ? all : laneDone(model, j, endS);
      proved += done;
      if (done > 1 - 1e-6) {
        proved += j - 1;
        break;
      }
    }
    expectedUnits += drive.count * proved * drive.numUnits;
    totalUnits += drive.count * drive.identities * drive.numUnits;
    probabilityAll *= all ** drive.count;
  }
  return { expectedUnits, totalUnits, probabilityAll };
}

function passesOf({ k1, k2 }: MachineEstimateInput, nonces: number) {
  const curve = finishCurve({ nonces, k1, k2 }, curveSteps);
  return { curve, pass: passMoments({ nonces, k1, k2 }, curve) };
}
