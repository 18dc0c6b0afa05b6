/** What the parts of the planner share: the farm’s figures, the closed form and the simulation of one machine. */
import { hashesPerUnit, mainnetPost, noncesPerGroup, unitBytes } from '../../protocol/units';
import { nonNegative } from '../inputs';
import { passMoments } from '../probability/passes';
import { scanSpeed } from '../proving/throughput';
import { epoch } from './epoch';
import { scanOf, type DrawTable } from './epoch-build';
import type { EpochPlan, EpochRun, FarmDrive, FarmMachine, PlannedIdentity } from './epoch-plan';
import { estimateMachine, type DriveClass, type MachineEstimate, type PassTable } from './estimate';
import type { FarmInput, GivenIdentity, SizedDrive } from './farm-plan';

/** A machine with its drives, searched apart from all machines that are not like it. */
export interface Setup {
  readonly machine: FarmMachine;
  readonly drives: readonly SizedDrive[];
  /** Of each drive, in the order in which they are proved. */
  readonly given: readonly (readonly GivenIdentity[])[] | undefined;
  /** Of the placement of the given identities. */
  readonly timeFactor: number;
}

export interface LaidOut {
  readonly numUnits: number;
  readonly nonces: number;
}

/** A laid out machine: for each drive its identities, in order. */
export type Layout = readonly (readonly LaidOut[])[];

export interface Candidate {
  readonly layout: Layout;
  readonly run: EpochRun;
  /** Proved in each simulated epoch. */
  readonly epochUnits: Float64Array;
  readonly closedFormUnits: number | undefined;
}

interface SimulateOptions {
  readonly effort?: number;
  readonly epochs?: number;
  readonly closedFormUnits?: number | undefined;
}

export const identityCount = (layout: Layout): number =>
  layout.reduce((sum, on) => sum + on.length, 0);
export const mostPerDrive = (layout: Layout): number =>
  Math.max(0, ...layout.map((on) => on.length));

/** Identities times epochs of a simulation that a plan’s figures come from: a fifth of a second. */
const fullRun = 100_000;

/** For the rough estimate of what a drive proves. */
const usualNonces = 80;

export class FarmContext {
  readonly input: FarmInput;
  readonly smallest: number;
  readonly probability: number;
  readonly seed: number;
  readonly settings: Omit<EpochPlan, 'machines' | 'drives' | 'identities'>;
  /** Units that fit on each drive, by its name. */
  readonly capacity: ReadonlyMap<string, number>;
  readonly #kinds: number;
  readonly #table: PassTable = new Map();
  readonly #draws: DrawTable = new Map();

  constructor(input: FarmInput) {
    this.input = input;
    this.smallest = input.minUnitsPerIdentity ?? mainnetPost.minNumUnits;
    this.probability = input.probability ?? 0.99;
    this.seed = input.seed ?? 1;
    this.settings = settingsOf(input);
    this.#kinds = new Set(
      input.machines.map((machine) =>
        this.keyOf({
          machine,
          drives: input.drives.filter((drive) => drive.machine === machine.name),
          given: undefined,
          timeFactor: 1,
        }),
      ),
    ).size;
    const usable = (1 - (input.reserve ?? 0.02)) / unitBytes(input.labelsPerUnit);
    this.capacity = new Map(
      input.drives.map(({ name, bytes }) => [
        name,
        Math.floor(nonNegative(bytes, 'bytes') * usable),
      ]),
    );
  }

  get availableS(): number {
    const { gapS = 43_200, marginS = 0, poetProofS = 0 } = this.input;
    return Math.max(0, gapS - marginS - poetProofS);
  }

  /** The wanted probability of one machine, where all identities are to be proved. */
  get goal(): number {
    return this.probability ** (1 / this.input.machines.length);
  }

  /** Machines are alike that have all but names in common. */
  keyOf({ machine, drives, given }: Setup): string {
    return JSON.stringify([
      { ...machine, name: '' },
      drives.map(({ bytes, bytesPerS, controller }) => [bytes, bytesPerS, controller]),
      given?.map((identities) =>
        identities.map(({ numUnits, drive }) => [numUnits, drive !== undefined]),
      ),
    ]);
  }

  /** A drive’s part of its controller while all of its drives are read. */
  driveBytesPerS({ bytesPerS, controller }: FarmDrive): number {
    const limit = this.input.controllers?.find(({ name }) => name === controller)?.bytesPerS;
    if (limit === undefined) return bytesPerS;
    const sharing = this.input.drives.filter((drive) => drive.controller === controller).length;
    return Math.min(bytesPerS, limit / sharing);
  }

  /** A search’s part of a service: a quarter of the drives search at a time. */
  serviceShare({ k2powService }: FarmMachine): number | undefined {
    if (k2powService === undefined) return undefined;
    const { machines, drives, k2powServices } = this.input;
    const users = new Set(
      machines.filter((machine) => machine.k2powService === k2powService).map(({ name }) => name),
    );
    const searches = Math.max(1, drives.filter(({ machine }) => users.has(machine)).length / 4);
    const hashesPerS = k2powServices?.find(({ name }) => name === k2powService)?.hashesPerS ?? 0;
    return hashesPerS / searches;
  }

  /** Units that a drive proves in the time, roughly: with the usual nonces, and its part of the processor. */
  provableUnits(machine: FarmMachine, drive: FarmDrive): number {
    const { input } = this;
    const sharing = input.drives.filter((other) => other.machine === machine.name).length;
    const scan = scanSpeed(scanOf(machine), usualNonces, machine.threads) / sharing;
    const { success, meanUntilFound } = passMoments({
      nonces: usualNonces,
      k1: input.k1,
      k2: input.k2,
    });
    const readS = unitBytes(input.labelsPerUnit) / Math.min(scan, this.driveBytesPerS(drive));
    const hashesPerS = this.serviceShare(machine) ?? machine.hashesPerS / sharing;
    const powS =
      ((usualNonces / noncesPerGroup) * hashesPerUnit(input.powDifficulty)) / hashesPerS / success;
    const unitS = readS * meanUntilFound + powS;
    return unitS > 0 ? this.availableS / unitS : Infinity;
  }

  /** The closed form for equal identities: for each drive how many, and how large. */
  estimate(
    { machine, drives }: Setup,
    counts: readonly (readonly [count: number, numUnits: number])[],
    nonces: number,
  ): MachineEstimate {
    const classes = new Map<string, { -readonly [Key in keyof DriveClass]: DriveClass[Key] }>();
    for (const [i, [identities, numUnits]] of counts.entries()) {
      const drive = drives[i];
      if (!drive || identities === 0) continue;
      const bytesPerS = this.driveBytesPerS(drive);
      const key = `${bytesPerS} ${identities} ${numUnits}`;
      const known = classes.get(key);
      if (known) known.count++;
      else
        classes.set(key, {
          ...{ count: 1, bytesPerS, identities, numUnits, nonces, threads: machine.threads },
          scanBytesPerSPerThread:
            scanSpeed(scanOf(machine), nonces, machine.threads) / machine.threads,
        });
    }
    const { k1, k2, labelsPerUnit, powDifficulty } = this.input;
    return estimateMachine(
      {
        ...{ threads: machine.threads, hashesPerS: machine.hashesPerS },
        serviceHashesPerS: this.serviceShare(machine),
        ...{ classes: [...classes.values()], availableS: this.availableS },
        ...{ k1, k2, labelsPerUnit, powDifficulty },
      },
      this.#table,
    );
  }

  /** A simulation of one machine. `effort` is a share of that for a plan’s figures; `epochs` goes before it. */
  simulate(setup: Setup, layout: Layout, options: SimulateOptions = {}): Candidate {
    const { effort = 1, closedFormUnits } = options;
    const epochs = options.epochs ?? this.epochsFor(identityCount(layout), effort);
    const epochUnits = new Float64Array(epochs);
    let at = 0;
    const run = epoch(
      { ...this.alone(setup), identities: this.identitiesOf(setup, layout) },
      { seed: this.seed, epochs },
      { draws: this.#draws, onEpoch: (units) => (epochUnits[at++] = units) },
    );
    return { layout, run, epochUnits, closedFormUnits };
  }

  /** What a candidate is worth more than another one, and how much of that may be chance. */
  gainOf(
    tried: Candidate,
    best: Candidate,
    hasGiven: boolean,
  ): { readonly gain: number; readonly error: number } {
    const { objective, prices } = this.input;
    return {
      gain: this.valueOf(tried, hasGiven) - this.valueOf(best, hasGiven),
      // They met the same luck in the same epochs, so the difference of each epoch counts.
      error:
        objective === 'all' && !hasGiven
          ? 0
          : differenceError(tried.epochUnits, best.epochUnits) * (prices?.unitEpoch ?? 1),
    };
  }

  /** Kinds of machines share the work: the figures of the farm are as certain, and the time does not grow with them. */
  epochsFor(identities: number, effort = 1): number {
    const fewestShort = this.input.objective === 'all' ? 50 : 16;
    const [fewest, most] = effort === 1 ? [200, 5000] : [fewestShort, 10_000];
    const work = (effort * fullRun) / this.#kinds;
    return Math.round(Math.min(most, Math.max(fewest, work / Math.max(1, identities))));
  }

  empty(setup: Setup): Candidate {
    const layout = setup.drives.map(() => []);
    const epochUnits = new Float64Array(1);
    const { settings, seed } = this;
    const { machines, drives } = this.alone(setup);
    return {
      ...{ layout, epochUnits },
      run: epoch({ ...settings, ...{ machines, drives, identities: [] } }, { seed, epochs: 1 }),
      closedFormUnits: undefined,
    };
  }

  /** A machine on its own, with its part of what it shares. */
  alone({ machine, drives }: Setup): EpochPlan {
    const share = this.serviceShare(machine);
    return {
      ...this.settings,
      machines: [machine],
      drives: drives.map((drive) => ({ ...drive, bytesPerS: this.driveBytesPerS(drive) })),
      identities: [],
      ...(share === undefined || machine.k2powService === undefined
        ? {}
        : {
            k2powServices: [
              { name: machine.k2powService, hashesPerS: (share * Math.max(1, drives.length)) / 4 },
            ],
          }),
      controllers: [...new Set(drives.map(({ controller }) => controller))]
        .filter((name) => name !== undefined)
        .map((name) => ({ name, bytesPerS: Infinity })),
    };
  }

  /** The identities of a layout, with the names of the given ones. */
  identitiesOf({ machine, drives, given }: Setup, layout: Layout): PlannedIdentity[] {
    // Given identities of a size are interchangeable: each place takes the next one of its drive, then any that may move.
    const unnamed = new Map((given ?? []).map((on, d): [number, GivenIdentity[]] => [d, [...on]]));
    const take = (drive: number, numUnits: number, mayMove: boolean): GivenIdentity | undefined => {
      const from = unnamed.get(drive) ?? [];
      const at = from.findIndex(
        (identity) => identity.numUnits === numUnits && (!mayMove || identity.drive === undefined),
      );
      return at < 0 ? undefined : from.splice(at, 1)[0];
    };
    const named = layout.map((on, d) => on.map(({ numUnits }) => take(d, numUnits, false)));
    return layout.flatMap((on, d) => {
      const drive = drives[d]?.name ?? '';
      return on.map(({ numUnits, nonces }, i): PlannedIdentity => {
        let identity = named[d]?.[i];
        for (const other of unnamed.keys()) identity ??= take(other, numUnits, true);
        return {
          name: identity?.name ?? `${drive}/${i + 1}`,
          ...{ drive, numUnits, nonces, threads: machine.threads },
        };
      });
    });
  }

  /** What a machine’s plan is worth by the objective of the input. */
  valueOf({ run, layout }: Pick<Candidate, 'run' | 'layout'>, hasGiven: boolean): number {
    const { objective, prices } = this.input;
    if (objective === 'all' && !hasGiven)
      // Short runs: a tenth of an epoch is the most that chance may take away.
      return run.probabilityAll >= this.goal - 1.5 * Math.sqrt(0.01 / run.epochs)
        ? run.totalUnits
        : run.probabilityAll - 1;
    if (!prices) return run.expectedUnits;
    return (
      run.expectedUnits * prices.unitEpoch -
      (run.cpuS / 3600) * prices.threadHour -
      identityCount(layout) * prices.identityEpoch
    );
  }
}

/** Standard error of the mean difference of two runs over the same epochs. */
function differenceError(a: Float64Array, b: Float64Array): number {
  const count = Math.min(a.length, b.length);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < count; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    sum += difference;
    squares += difference * difference;
  }
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2) / count);
}

function settingsOf(input: FarmInput): Omit<EpochPlan, 'machines' | 'drives' | 'identities'> {
  const { k2powServices, controllers, retry, overlapK2pow, gapS, marginS, publishS } = input;
  const { poetProofS, speedError, k1, k2, labelsPerUnit, powDifficulty } = input;
  return {
    ...(k2powServices ? { k2powServices } : {}),
    ...(controllers ? { controllers } : {}),
    ...{ retry, overlapK2pow, gapS, marginS, publishS, poetProofS, speedError },
    ...{ k1, k2, labelsPerUnit, powDifficulty },
  };
}

/** A machine with what was chosen for it. */
export interface PlannedMachine extends Candidate {
  readonly setup: Setup;
  readonly key: string;
}
