/**
 * A discrete-event simulation of proving epochs on a farm, and so the judge of the closed forms in advice.ts and
 * farm.ts. It knows what the prover does (post-rs src/prove.rs) and when the node publishes (go-spacemesh
 * activation/nipost.go):
 *
 * - Identities of one drive are proved one after another. An attempt is k2pow for each group of 16 nonces, each
 *   search exponential, then a pass over the data that ends with the first nonce that has K2 good labels. A failed
 *   pass is followed by an attempt with the next nonces, immediately or after all other identities of the drive.
 * - The processor of a machine is shared fairly (max-min) by the searches and scans at work on it: a scan takes no
 *   more than its disk delivers, and what it leaves goes to the rest. k2pow may be given to a service that several
 *   machines share; drives behind one controller share its bandwidth.
 * - A proof before the end of the cycle gap is on time. One that is later, but before the publish epoch ends, still
 *   earns; the identity then misses the next PoET round and so publishes nothing in the next epoch. One that is not
 *   ready by then is lost, and the next round is missed too.
 *
 * Not modelled: several readers on one drive at a time (a hard disk then loses much of its speed), memory bandwidth
 * between k2pow and scans, failing hardware.
 */
import { whole } from '../inputs';
import { Random } from '../probability/random';
import { buildEpoch, readSettings, type DrawTable, type EpochIdentity } from './epoch-build';
import { simulateEpoch, type Recorder, type EpochTally } from './epoch-events';
import type { EpochOptions, EpochPlan, EpochRun, PhaseRecord, ScheduledPhase } from './epoch-plan';

/** Passes of an identity that the schedule lists. */
const listedPasses = 3;

/** For a search that compares many plans. */
export interface EpochWatch {
  readonly draws?: DrawTable | undefined;
  /** Takes the units that were proved inside the gap of each epoch. */
  readonly onEpoch?: ((units: number) => void) | undefined;
}

/**
 * Simulates epochs of a plan, one after another, the same for the same seed. Yields the epochs done, so that a
 * worker can report and stop. Memory: a few numbers for each identity and pass.
 * @throws WorkbenchError `input-not-valid`
 */
export function* epochRun(
  plan: EpochPlan,
  { seed = 1, epochs = 1000 }: EpochOptions = {},
  { draws, onEpoch }: EpochWatch = {},
): Generator<number, EpochRun> {
  whole(epochs, 'epochs', 1, 10_000_000);
  const { identities, components } = buildEpoch(plan, draws);
  const settings = readSettings(plan);
  const random = new Random(seed);
  const count = identities.length;
  const onTime = new Uint32Array(count);
  const late = new Uint32Array(count);
  const takenPart = new Uint32Array(count);
  const sitsOut = new Uint8Array(count);
  const doneS = new Float64Array(count);
  const phases = count * listedPasses * 2;
  const starts = new Float64Array(phases);
  const ends = new Float64Array(phases);
  const times = new Uint32Array(phases);
  const trace: PhaseRecord[] = [];
  const tally: EpochTally = { hashes: 0, bytesRead: 0, cpuS: 0 };
  let [sum, squares, allProved, earned, atxs] = [0, 0, 0, 0, 0];
  let isFirst = true;
  const record: Recorder = (job, endS, outcome) => {
    const { identity, kind, startS } = job;
    if (isFirst)
      trace.push({
        machine: machineOf(plan, identity.index),
        drive: plan.identities[identity.index]?.drive ?? '',
        identity: plan.identities[identity.index]?.name ?? '',
        pass: identity.pass,
        ...{ kind, startS, endS, outcome },
      });
    if (identity.pass > listedPasses) return;
    const at = (identity.index * listedPasses + identity.pass - 1) * 2 + (kind === 'scan' ? 1 : 0);
    starts[at] = (starts[at] ?? 0) + startS;
    ends[at] = (ends[at] ?? 0) + endS;
    times[at] = (times[at] ?? 0) + 1;
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    doneS.fill(Infinity);
    for (const component of components) {
      for (const drive of component.drives)
        drive.queue = drive.identities.filter((index) => {
          const { cadence } = identities[index] as EpochIdentity;
          const takesPart = cadence === undefined ? sitsOut[index] === 0 : epoch % 2 === cadence;
          if (takesPart) takenPart[index] = (takenPart[index] ?? 0) + 1;
          return takesPart;
        });
      simulateEpoch({
        ...{ component, identities, settings, random, seed, epoch },
        ...{ doneS, tally, record },
      });
    }
    let proved = 0;
    let all = true;
    for (const { index, units, cadence } of identities) {
      const isOnTime = (doneS[index] ?? Infinity) <= settings.gapEndS;
      const isLate = !isOnTime && (doneS[index] ?? Infinity) <= settings.endS;
      if (isOnTime) {
        onTime[index] = (onTime[index] ?? 0) + 1;
        proved += units;
      } else all = false;
      if (isLate) late[index] = (late[index] ?? 0) + 1;
      if (isOnTime || isLate) {
        earned += units;
        atxs++;
      }
      // Not on time: the next PoET round begins without this identity.
      const tookPart = cadence === undefined && sitsOut[index] === 0;
      sitsOut[index] = settings.late && tookPart && !isOnTime ? 1 : 0;
    }
    if (all) allProved++;
    sum += proved;
    squares += proved * proved;
    isFirst = false;
    onEpoch?.(proved);
    yield epoch + 1;
  }
  const totalUnits = identities.reduce((total, { units }) => total + units, 0);
  const expectedUnits = sum / epochs;
  const variance = Math.max(0, squares / epochs - expectedUnits ** 2);
  return {
    epochs,
    seed,
    totalUnits,
    expectedUnits,
    standardError: Math.sqrt(variance / epochs),
    provedShare: totalUnits > 0 ? expectedUnits / totalUnits : 1,
    probabilityAll: allProved / epochs,
    earningUnits: earned / epochs,
    hashes: tally.hashes / epochs,
    bytesRead: tally.bytesRead / epochs,
    cpuS: tally.cpuS / epochs,
    atxs: atxs / epochs,
    identities: plan.identities.map(({ name }, i) => ({
      name,
      onTimeShare: (onTime[i] ?? 0) / Math.max(1, takenPart[i] ?? 0),
      lateShare: (late[i] ?? 0) / Math.max(1, takenPart[i] ?? 0),
      earningShare: ((onTime[i] ?? 0) + (late[i] ?? 0)) / epochs,
    })),
    schedule: Array.from({ length: phases }, (_, at) => at)
      .filter((at) => (times[at] ?? 0) > 0)
      .map((at): ScheduledPhase => {
        const index = Math.floor(at / (2 * listedPasses));
        const count = times[at] ?? 1;
        return {
          machine: machineOf(plan, index),
          identity: plan.identities[index]?.name ?? '',
          pass: (Math.floor(at / 2) % listedPasses) + 1,
          kind: at % 2 === 0 ? 'k2pow' : 'scan',
          startS: (starts[at] ?? 0) / count,
          endS: (ends[at] ?? 0) / count,
          probability: count / Math.max(1, takenPart[index] ?? 0),
        };
      }),
    trace,
  };
}

/** `epochRun` in one go: for scripts and tests. @throws WorkbenchError `input-not-valid` */
export function epoch(
  plan: EpochPlan,
  options: EpochOptions = {},
  watch: EpochWatch = {},
): EpochRun {
  const steps = epochRun(plan, options, watch);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const machineOf = ({ identities, drives }: EpochPlan, index: number): string =>
  drives.find(({ name }) => name === identities[index]?.drive)?.machine ?? '';
