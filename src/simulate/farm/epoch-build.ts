/** From the plan of an epoch, whose names and figures are checked here, to what the simulation moves. */
import { mainnetTiming } from '../../protocol/epochs';
import { hashesPerUnit, mainnetPost, maxNonces, unitBytes } from '../../protocol/units';
import { invalid, nonceCount, nonNegative, positive } from '../inputs';
import { passTimes, type DrawPass } from '../probability/pass-times';
import { nonceGroups } from '../probability/passes';
import { scanSpeed, type ScanSpeed } from '../proving/throughput';
import type { EpochPlan, FarmMachine } from './epoch-plan';

/** From the end of a PoET round, where the gap begins, to the end of its publish epoch. */
const mainnetPublishS =
  (mainnetTiming.layersPerEpoch * mainnetTiming.layerMs -
    mainnetTiming.poetPhaseShiftMs +
    mainnetTiming.poetCycleGapMs) /
  1000;
const mainnetGapS = mainnetTiming.poetCycleGapMs / 1000;
/** Above this the number of labels no longer shows in the success of a pass. */
const manyLabels = 2 ** 28;

export const scanOf = ({ scan, scanBytesPerSPerThread }: FarmMachine): ScanSpeed =>
  scan ? { measured: scan } : { bytesPerSPerThread: scanBytesPerSPerThread ?? NaN };

export interface Machine {
  readonly threads: number;
  readonly hashesPerSPerThread: number;
  readonly service: Service | undefined;
  readonly jobs: EpochJob[];
}

export interface Service {
  readonly hashesPerS: number;
  jobs: number;
}

export interface Controller {
  readonly bytesPerS: number;
  readonly jobs: EpochJob[];
}

export interface EpochDrive {
  /** In the plan. */
  readonly index: number;
  readonly machine: Machine;
  readonly bytesPerS: number;
  readonly controller: Controller | undefined;
  /** Identities in order, by index. */
  readonly identities: number[];
  queue: number[];
  /** Begun in this epoch. */
  attempts: number;
  pow: EpochJob | undefined;
  scan: EpochJob | undefined;
  /** k2pow is done, the drive is not free yet. */
  ready: number | undefined;
}

export interface EpochIdentity {
  readonly index: number;
  readonly drive: EpochDrive;
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

export interface EpochJob {
  readonly kind: 'k2pow' | 'scan';
  readonly identity: EpochIdentity;
  remaining: number;
  rate: number;
  /** Threads that it would use, and uses. */
  demand: number;
  threads: number;
  readonly startS: number;
}

/** Machines that share something; everything else is independent. */
export interface Component {
  readonly machines: Machine[];
  readonly drives: EpochDrive[];
  readonly services: Service[];
  readonly controllers: Controller[];
}

export interface Settings {
  readonly gapEndS: number;
  readonly endS: number;
  readonly startS: number;
  readonly late: boolean;
  readonly afterAll: boolean;
  readonly overlap: boolean;
  readonly speedError: number;
}

export function readSettings(plan: EpochPlan): Settings {
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

/** Distributions of passes by the number of labels, for one K1 and K2: runs with the same ones calculate each once. */
export type DrawTable = Map<number | undefined, DrawPass>;

export function buildEpoch(
  plan: EpochPlan,
  draws: DrawTable = new Map(),
): {
  readonly identities: readonly EpochIdentity[];
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
  let driveCount = 0;
  const drives = byName(plan.drives, 'drives', (drive): EpochDrive => ({
    index: driveCount++,
    machine: known(machines, drive.machine, 'drives.machine'),
    bytesPerS: nonNegative(drive.bytesPerS, 'diskBytesPerS'),
    controller:
      drive.controller === undefined
        ? undefined
        : known(controllers, drive.controller, 'controller'),
    identities: [],
    queue: [],
    attempts: 0,
    ...{ pow: undefined, scan: undefined, ready: undefined },
  }));
  const scanOfMachine = new Map(plan.machines.map((machine) => [machine.name, scanOf(machine)]));
  const machineOfDrive = new Map(plan.drives.map(({ name, machine }) => [name, machine]));
  const labelsPerUnit = plan.labelsPerUnit ?? mainnetPost.labelsPerUnit;
  const perUnit = hashesPerUnit(plan.powDifficulty);
  byName(plan.identities, 'identities', () => undefined);
  const identities = plan.identities.map((planned, index): EpochIdentity => {
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
function join(machines: readonly Machine[], drives: readonly EpochDrive[]): readonly Component[] {
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
