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
import { mainnetTiming } from '../../protocol/epochs';
import { hashesPerUnit, mainnetPost, maxNonces, unitBytes } from '../../protocol/units';
import { invalid, nonceCount, nonNegative, positive, whole } from '../inputs';
import { passTimes, type DrawPass } from '../probability/pass-times';
import { nonceGroups } from '../probability/passes';
import { Random } from '../probability/random';
import { scanSpeed, type ScanMeasurement, type ScanSpeed } from '../proving/throughput';

export interface FarmMachine {
  readonly name: string;
  readonly threads: number;
  /** At 16 nonces; read where nothing was measured. */
  readonly scanBytesPerSPerThread?: number | undefined;
  /** Measured speeds, which go before the rate per thread. */
  readonly scan?: readonly ScanMeasurement[] | undefined;
  /** RandomX hashes of all threads together. */
  readonly hashesPerS: number;
  /** The k2pow service that does this machine's k2pow, by its name; absent: the machine itself. */
  readonly k2powService?: string | undefined;
}

export interface FarmDrive {
  readonly name: string;
  readonly machine: string;
  /** Size; a plan does not need it, a search for one does. */
  readonly bytes?: number | undefined;
  readonly bytesPerS: number;
  /** The NAS or controller that it is read through, by its name; absent: nothing that limits it. */
  readonly controller?: string | undefined;
}

export interface PlannedIdentity {
  readonly name: string;
  readonly drive: string;
  readonly numUnits: number;
  readonly nonces: number;
  /** Threads of its post-service. */
  readonly threads: number;
  /**
   * In which epochs it takes part; every one when absent. An identity of every other epoch has until the end of the
   * publish epoch to prove, and misses every second PoET round on purpose.
   */
  readonly cadence?: 'every-epoch' | 'even-epochs' | 'odd-epochs' | undefined;
}

/** Everything a simulated epoch needs; what `farm` returns contains it. */
export interface EpochPlan {
  readonly machines: readonly FarmMachine[];
  readonly drives: readonly FarmDrive[];
  /** Those of one drive are proved in this order. */
  readonly identities: readonly PlannedIdentity[];
  readonly k2powServices?: readonly { readonly name: string; readonly hashesPerS: number }[];
  readonly controllers?: readonly { readonly name: string; readonly bytesPerS: number }[];
  /** After a failed pass: try again immediately, as post-service does, or after the other identities of the drive. */
  readonly retry?: 'immediately' | 'after-all' | undefined;
  /** k2pow of the next identity of a drive is done while one is read; otherwise when its proof is there. */
  readonly overlapK2pow?: boolean | undefined;
  readonly gapS?: number | undefined;
  /** Taken off the gap, and off the time to publish late. */
  readonly marginS?: number | undefined;
  /** From the start of the gap to the end of the publish epoch; mainnet's 108 h when absent. */
  readonly publishS?: number | undefined;
  /**
   * Whether what is not proved in the gap is proved late, as the node does. False (and absent, unless an identity
   * skips epochs): it is given up, and registered for the next PoET round.
   */
  readonly late?: boolean | undefined;
  /** When the PoET proof is there, from the start of the gap: 0 when absent. The node adds seconds of its own. */
  readonly poetProofS?: number | undefined;
  /** Relative error of all speeds of a machine, drawn in each epoch. */
  readonly speedError?: number | undefined;
  readonly k1?: number | undefined;
  readonly k2?: number | undefined;
  readonly labelsPerUnit?: number | undefined;
  readonly powDifficulty?: string | undefined;
}

export interface EpochOptions {
  readonly seed?: number | undefined;
  /** 1000 when absent. */
  readonly epochs?: number | undefined;
}

/** One phase of one identity, as it happened in the first simulated epoch. */
export interface PhaseRecord {
  readonly machine: string;
  readonly drive: string;
  readonly identity: string;
  readonly pass: number;
  readonly kind: 'k2pow' | 'scan';
  readonly startS: number;
  readonly endS: number;
  readonly outcome: 'done' | 'found' | 'failed' | 'cut-short';
}

/** A phase over all epochs: mean times where it took place, and how often it did. */
export interface ScheduledPhase {
  readonly machine: string;
  readonly identity: string;
  readonly pass: number;
  readonly kind: 'k2pow' | 'scan';
  readonly startS: number;
  readonly endS: number;
  readonly probability: number;
}

export interface SimulatedIdentity {
  readonly name: string;
  /** Of the epochs that it took part in: proved in the gap, and proved late. */
  readonly onTimeShare: number;
  readonly lateShare: number;
  /** Of all epochs: those with an ATX that earns. */
  readonly earningShare: number;
}

export interface EpochRun {
  readonly epochs: number;
  readonly seed: number;
  readonly totalUnits: number;
  /** Mean units proved inside the gap in an epoch, with the standard error of that mean. */
  readonly expectedUnits: number;
  readonly standardError: number;
  readonly provedShare: number;
  /** Share of the epochs in which every identity was proved inside the gap. */
  readonly probabilityAll: number;
  /** Mean units with an ATX that earns, late ones included, over the run of epochs. */
  readonly earningUnits: number;
  /** Means of an epoch. */
  readonly hashes: number;
  readonly bytesRead: number;
  readonly cpuS: number;
  readonly atxs: number;
  readonly identities: readonly SimulatedIdentity[];
  /** The first passes of every identity, in the plan's order. */
  readonly schedule: readonly ScheduledPhase[];
  /** What happened in the first epoch. */
  readonly trace: readonly PhaseRecord[];
}

/** From the end of a PoET round, where the gap begins, to the end of its publish epoch. */
const mainnetPublishS =
  (mainnetTiming.layersPerEpoch * mainnetTiming.layerMs -
    mainnetTiming.poetPhaseShiftMs +
    mainnetTiming.poetCycleGapMs) /
  1000;
const mainnetGapS = mainnetTiming.poetCycleGapMs / 1000;
/** Passes of an identity that the schedule lists. */
const listedPasses = 3;
/** Above this the number of labels no longer shows in the success of a pass. */
const manyLabels = 2 ** 28;

export const scanOf = ({ scan, scanBytesPerSPerThread }: FarmMachine): ScanSpeed =>
  scan ? { measured: scan } : { bytesPerSPerThread: scanBytesPerSPerThread ?? NaN };

interface Machine {
  readonly threads: number;
  readonly hashesPerSPerThread: number;
  readonly service: Service | undefined;
  readonly jobs: Job[];
}

interface Service {
  readonly hashesPerS: number;
  jobs: number;
}

interface Controller {
  readonly bytesPerS: number;
  readonly jobs: Job[];
}

interface Drive {
  readonly machine: Machine;
  readonly bytesPerS: number;
  readonly controller: Controller | undefined;
  /** Identities in order, by index. */
  readonly identities: number[];
  queue: number[];
  pow: Job | undefined;
  scan: Job | undefined;
  /** k2pow is done, the drive is not free yet. */
  ready: number | undefined;
}

interface Identity {
  readonly index: number;
  readonly drive: Drive;
  readonly units: number;
  readonly nonces: number;
  readonly groups: number;
  readonly threads: number;
  readonly dataBytes: number;
  readonly hashesPerGroup: number;
  readonly scanBytesPerSPerThread: number;
  readonly drawPass: DrawPass;
  readonly maxPasses: number;
  readonly cadence: 0 | 1 | undefined;
  pass: number;
  readShare: number;
}

interface Job {
  readonly kind: 'k2pow' | 'scan';
  readonly identity: Identity;
  remaining: number;
  rate: number;
  /** Threads that it would use, and uses. */
  demand: number;
  threads: number;
  readonly startS: number;
}

/** Machines that share something; everything else is independent. */
interface Component {
  readonly machines: Machine[];
  readonly drives: Drive[];
  readonly services: Service[];
  readonly controllers: Controller[];
}

interface Settings {
  readonly gapEndS: number;
  readonly endS: number;
  readonly startS: number;
  readonly late: boolean;
  readonly afterAll: boolean;
  readonly overlap: boolean;
  readonly speedError: number;
}

interface Tally {
  hashes: number;
  bytesRead: number;
  cpuS: number;
}

interface Recorder {
  (job: Job, endS: number, outcome: PhaseRecord['outcome']): void;
}

/**
 * Simulates epochs of a plan, one after another, the same for the same seed. Yields the epochs done, so that a
 * worker can report and stop. Memory: a few numbers for each identity and pass.
 * @throws WorkbenchError `input-not-valid`
 */
export function* epochRun(
  plan: EpochPlan,
  { seed = 1, epochs = 1000 }: EpochOptions = {},
): Generator<number, EpochRun> {
  whole(epochs, 'epochs', 1, 10_000_000);
  const { identities, components } = build(plan);
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
  const tally: Tally = { hashes: 0, bytesRead: 0, cpuS: 0 };
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
          const { cadence } = identities[index] as Identity;
          const takesPart = cadence === undefined ? sitsOut[index] === 0 : epoch % 2 === cadence;
          if (takesPart) takenPart[index] = (takenPart[index] ?? 0) + 1;
          return takesPart;
        });
      simulate(component, identities, settings, random, doneS, tally, record);
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
export function epoch(plan: EpochPlan, options: EpochOptions = {}): EpochRun {
  const steps = epochRun(plan, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const machineOf = ({ identities, drives }: EpochPlan, index: number): string =>
  drives.find(({ name }) => name === identities[index]?.drive)?.machine ?? '';

function readSettings(plan: EpochPlan): Settings {
  const gapS = nonNegative(plan.gapS ?? mainnetGapS, 'gapS');
  const marginS = nonNegative(plan.marginS ?? 0, 'marginS');
  const publishS = nonNegative(plan.publishS ?? mainnetPublishS, 'publishS');
  const gapEndS = Math.max(0, gapS - marginS);
  const skipsEpochs = plan.identities.some(
    ({ cadence }) => cadence !== undefined && cadence !== 'every-epoch',
  );
  const late = plan.late === true || skipsEpochs;
  return {
    gapEndS,
    endS: late ? Math.max(gapEndS, publishS - marginS) : gapEndS,
    startS: nonNegative(plan.poetProofS ?? 0, 'poetProofS'),
    late,
    afterAll: plan.retry === 'after-all',
    overlap: plan.overlapK2pow ?? false,
    speedError: nonNegative(plan.speedError ?? 0, 'speedError'),
  };
}

/** Named things by their name. @throws WorkbenchError `input-not-valid` where a name is there twice */
function byName<Named extends { readonly name: string }, Made>(
  things: readonly Named[],
  what: string,
  make: (thing: Named) => Made,
): ReadonlyMap<string, Made> {
  const made = new Map<string, Made>();
  for (const thing of things) {
    if (made.has(thing.name)) throw invalid(what, 'named differently from each other', thing.name);
    made.set(thing.name, make(thing));
  }
  return made;
}

function known<Thing>(things: ReadonlyMap<string, Thing>, name: string, what: string): Thing {
  const thing = things.get(name);
  if (thing === undefined) throw invalid(what, `one of: ${[...things.keys()].join(', ')}`, name);
  return thing;
}

function build(plan: EpochPlan): {
  readonly identities: readonly Identity[];
  readonly components: readonly Component[];
} {
  const services = byName(plan.k2powServices ?? [], 'k2powServices', ({ hashesPerS }): Service => ({
    hashesPerS: nonNegative(hashesPerS, 'hashesPerS'),
    jobs: 0,
  }));
  const controllers = byName(
    plan.controllers ?? [],
    'controllers',
    ({ bytesPerS }): Controller => ({
      bytesPerS: nonNegative(bytesPerS, 'bytesPerS'),
      jobs: [],
    }),
  );
  const machines = byName(plan.machines, 'machines', (machine): Machine => ({
    threads: positive(machine.threads, 'threads'),
    hashesPerSPerThread: nonNegative(machine.hashesPerS, 'hashesPerS') / machine.threads,
    service:
      machine.k2powService === undefined
        ? undefined
        : known(services, machine.k2powService, 'k2powService'),
    jobs: [],
  }));
  const drives = byName(plan.drives, 'drives', (drive): Drive => ({
    machine: known(machines, drive.machine, 'drives.machine'),
    bytesPerS: nonNegative(drive.bytesPerS, 'diskBytesPerS'),
    controller:
      drive.controller === undefined
        ? undefined
        : known(controllers, drive.controller, 'controller'),
    identities: [],
    queue: [],
    ...{ pow: undefined, scan: undefined, ready: undefined },
  }));
  const scanOfMachine = new Map(plan.machines.map((machine) => [machine.name, scanOf(machine)]));
  const machineOfDrive = new Map(plan.drives.map(({ name, machine }) => [name, machine]));
  const labelsPerUnit = plan.labelsPerUnit ?? mainnetPost.labelsPerUnit;
  const perUnit = hashesPerUnit(plan.powDifficulty);
  const draws = new Map<number | undefined, DrawPass>();
  byName(plan.identities, 'identities', () => undefined);
  const identities = plan.identities.map((planned, index): Identity => {
    const drive = known(drives, planned.drive, 'identities.drive');
    const { nonces, threads, cadence = 'every-epoch' } = planned;
    const units = positive(planned.numUnits, 'numUnits');
    const labels = units * labelsPerUnit;
    const numLabels = labels > manyLabels ? undefined : labels;
    const drawPass = draws.get(numLabels) ?? passTimes({ k1: plan.k1, k2: plan.k2, numLabels });
    draws.set(numLabels, drawPass);
    const scan = scanOfMachine.get(machineOfDrive.get(planned.drive) ?? '') as ScanSpeed;
    drive.identities.push(index);
    return {
      index,
      drive,
      units,
      nonces: nonceCount(nonces),
      groups: nonceGroups(nonces),
      threads: Math.min(positive(threads, 'threads'), drive.machine.threads),
      dataBytes: units * unitBytes(labelsPerUnit),
      hashesPerGroup: perUnit * units,
      scanBytesPerSPerThread: scanSpeed(scan, nonces, threads) / threads,
      drawPass,
      maxPasses: Math.floor(maxNonces / nonces),
      cadence: cadence === 'every-epoch' ? undefined : cadence === 'even-epochs' ? 0 : 1,
      pass: 0,
      readShare: 0,
    };
  });
  return { identities, components: join([...machines.values()], [...drives.values()]) };
}

/** Machines that share a service or a controller go together. */
function join(machines: readonly Machine[], drives: readonly Drive[]): readonly Component[] {
  const groupOf = new Map<object, object>();
  const root = (thing: object): object => {
    let at = thing;
    for (let up = groupOf.get(at); up && up !== at; up = groupOf.get(at)) at = up;
    return at;
  };
  const unite = (a: object, b: object): void => void groupOf.set(root(a), root(b));
  for (const machine of machines) if (machine.service) unite(machine, machine.service);
  for (const { machine, controller } of drives) if (controller) unite(machine, controller);
  const components = new Map<object, Component>();
  const componentOf = (thing: object): Component => {
    const key = root(thing);
    const component = components.get(key) ?? {
      ...{ machines: [], drives: [], services: [], controllers: [] },
    };
    components.set(key, component);
    return component;
  };
  for (const machine of machines) {
    const component = componentOf(machine);
    component.machines.push(machine);
    if (machine.service && !component.services.includes(machine.service))
      component.services.push(machine.service);
  }
  for (const drive of drives) {
    if (drive.identities.length === 0) continue;
    const component = componentOf(drive.machine);
    component.drives.push(drive);
    if (drive.controller && !component.controllers.includes(drive.controller))
      component.controllers.push(drive.controller);
  }
  return [...components.values()].filter((component) => component.drives.length > 0);
}

/** One epoch of one component: events until everything is proved or the time is over. */
function simulate(
  component: Component,
  identities: readonly Identity[],
  settings: Settings,
  random: Random,
  doneS: Float64Array,
  tally: Tally,
  record: Recorder,
): void {
  const { drives, machines } = component;
  const factor = settings.speedError > 0 ? Math.exp(settings.speedError * random.normal()) : 1;
  // At `factor` times the speeds the same happens `factor` times as early.
  const endS = settings.endS * factor;
  const jobs: Job[] = [];
  let nowS = settings.startS * factor;

  const start = (job: Job): void => {
    jobs.push(job);
    const { machine, controller } = job.identity.drive;
    if (job.kind === 'scan') {
      machine.jobs.push(job);
      controller?.jobs.push(job);
    } else if (machine.service) machine.service.jobs++;
    else machine.jobs.push(job);
  };
  const end = (job: Job): void => {
    remove(jobs, job);
    const { machine, controller } = job.identity.drive;
    if (job.kind === 'scan') {
      remove(machine.jobs, job);
      if (controller) remove(controller.jobs, job);
    } else if (machine.service) machine.service.jobs--;
    else remove(machine.jobs, job);
  };
  const newJob = (kind: Job['kind'], identity: Identity, remaining: number): Job => ({
    kind,
    identity,
    remaining,
    ...{ rate: 0, demand: 0, threads: 0 },
    startS: nowS,
  });

  /** Gives a drive something to do. */
  const feed = (drive: Drive): void => {
    if (!drive.scan && drive.ready !== undefined) {
      const identity = identities[drive.ready] as Identity;
      drive.ready = undefined;
      identity.readShare = identity.drawPass(identity.nonces, random);
      drive.scan = newJob('scan', identity, Math.min(1, identity.readShare) * identity.dataBytes);
      start(drive.scan);
    }
    const mayHash = !drive.pow && drive.ready === undefined && (!drive.scan || settings.overlap);
    const next = mayHash ? drive.queue.shift() : undefined;
    if (next === undefined) return;
    const identity = identities[next] as Identity;
    identity.pass++;
    drive.pow = newJob('k2pow', identity, identity.hashesPerGroup * random.gamma(identity.groups));
    start(drive.pow);
  };
  const complete = (job: Job): void => {
    const { identity } = job;
    const { drive } = identity;
    end(job);
    if (job.kind === 'k2pow') {
      record(job, nowS / factor, 'done');
      drive.pow = undefined;
      drive.ready = identity.index;
      feed(drive);
      return;
    }
    drive.scan = undefined;
    const isFound = identity.readShare <= 1;
    record(job, nowS / factor, isFound ? 'found' : 'failed');
    if (isFound) doneS[identity.index] = nowS / factor;
    else if (identity.pass < identity.maxPasses) {
      if (settings.afterAll) drive.queue.push(identity.index);
      else drive.queue.unshift(identity.index);
    }
    feed(drive);
  };

  for (const drive of drives) {
    for (const index of drive.queue) (identities[index] as Identity).pass = 0;
    feed(drive);
  }
  while (jobs.length > 0) {
    for (const service of component.services)
      for (const job of jobs)
        if (job.kind === 'k2pow' && job.identity.drive.machine.service === service)
          job.rate = service.hashesPerS / service.jobs;
    share(machines, component.controllers);
    let next: Job | undefined;
    let leastS = Infinity;
    for (const job of jobs) {
      const needsS = job.remaining === 0 ? 0 : job.remaining / job.rate;
      if (needsS < leastS) [leastS, next] = [needsS, job];
    }
    const stepS = Math.min(leastS, Math.max(0, endS - nowS));
    for (const job of jobs) {
      const work = stepS === 0 ? 0 : Math.min(job.remaining, job.rate * stepS);
      job.remaining -= work;
      if (job.kind === 'k2pow') tally.hashes += work;
      else tally.bytesRead += work;
      tally.cpuS += (job.threads * stepS) / factor;
    }
    nowS += stepS;
    if (!next || leastS > stepS) break;
    // What rounding left, or all of it where it took no time.
    if (next.kind === 'k2pow') tally.hashes += next.remaining;
    else tally.bytesRead += next.remaining;
    complete(next);
  }
  for (const job of [...jobs]) {
    record(job, nowS / factor, 'cut-short');
    end(job);
  }
  for (const drive of drives) {
    drive.queue = [];
    [drive.pow, drive.scan, drive.ready] = [undefined, undefined, undefined];
  }
}

function remove(jobs: Job[], job: Job): void {
  const last = jobs.pop();
  if (last && last !== job) jobs[jobs.indexOf(job)] = last;
}

/**
 * Shares processors and controllers max-min fairly: the rates of all searches and scans. A controller is shared
 * among what its scans could use with their processors; what they then leave of these goes to the searches.
 */
function share(machines: readonly Machine[], controllers: readonly Controller[]): void {
  for (const machine of machines) {
    for (const job of machine.jobs)
      if (job.kind === 'scan') job.rate = job.identity.drive.bytesPerS;
    shareProcessor(machine);
  }
  if (controllers.length === 0) return;
  for (const { jobs, bytesPerS } of controllers) {
    for (const job of jobs) job.demand = job.rate;
    const level = fairLevel(jobs, bytesPerS);
    for (const job of jobs) job.rate = Math.min(job.rate, level);
  }
  for (const machine of machines) shareProcessor(machine);
}

function shareProcessor({ jobs, threads, hashesPerSPerThread }: Machine): void {
  for (const job of jobs) job.demand = threadsWanted(job);
  const level = fairLevel(jobs, threads);
  for (const job of jobs) {
    const { scanBytesPerSPerThread } = job.identity;
    job.threads = Math.min(job.demand, level);
    if (job.kind === 'k2pow') job.rate = job.threads * hashesPerSPerThread;
    else if (scanBytesPerSPerThread < Infinity)
      job.rate = Math.min(job.rate, job.threads * scanBytesPerSPerThread);
  }
}

/** Threads that keep a search, or a scan at its rate, busy. */
function threadsWanted({ kind, identity, rate }: Job): number {
  if (kind === 'k2pow' || identity.scanBytesPerSPerThread === 0) return identity.threads;
  if (identity.scanBytesPerSPerThread === Infinity) return 0;
  return Math.min(identity.threads, rate / identity.scanBytesPerSPerThread);
}

/** The level up to which demands are met when they share a capacity; Infinity when all are. */
function fairLevel(jobs: readonly Job[], capacity: number): number {
  let total = 0;
  for (const { demand } of jobs) total += demand;
  if (total <= capacity) return Infinity;
  let level = capacity / jobs.length;
  for (;;) {
    let left = capacity;
    let above = 0;
    for (const { demand } of jobs)
      if (demand <= level) left -= demand;
      else above++;
    const next = left / above;
    if (above === 0 || next <= level * (1 + 1e-12)) return level;
    level = next;
  }
}
