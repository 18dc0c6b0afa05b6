/**
 * Plans a farm: which identities on which drives, with how many nonces, in which order and when; what that brings, and
 * what to change where it fails. The objective is the expected weight that is proved inside the gap, or its reward
 * less what it costs; that all identities are proved with a probability is an option.
 *
 * Candidates are compared by the closed form (estimate.ts), the best of them by the simulation (epoch.ts), whose
 * figures the plan shows. Machines that are alike are searched and simulated once.
 */
import { counted } from '../../base/counted';
import { mainnetPost, unitBytes } from '../../protocol/units';
import {
  epoch,
  scanOf,
  type EpochPlan,
  type EpochRun,
  type FarmDrive,
  type FarmMachine,
  type PlannedIdentity,
  type ScheduledPhase,
} from './epoch';
import { estimateMachine, type DriveClass, type PassTable } from './estimate';
import { invalid, nonNegative, positive, whole } from '../inputs';
import { packIdentities } from './packing';
import { scanSpeed } from '../proving/throughput';

export interface SizedDrive extends FarmDrive {
  readonly bytes: number;
}

/** An identity that exists. */
export interface GivenIdentity {
  readonly name: string;
  readonly numUnits: number;
  /** Where its data is; absent: where it fits best. */
  readonly drive?: string | undefined;
}

/** What things are worth, in any one currency. */
export interface FarmPrices {
  /** Reward of one proved SU in an epoch. */
  readonly unitEpoch: number;
  readonly threadHour: number;
  /** What each identity costs in an epoch: its post-service, its place in the network. */
  readonly identityEpoch: number;
}

export interface FarmInput extends Omit<EpochPlan, 'drives' | 'identities' | 'late'> {
  readonly drives: readonly SizedDrive[];
  /** Absent: choose them. */
  readonly identities?: readonly GivenIdentity[] | undefined;
  /** `weight` when absent. */
  readonly objective?: 'weight' | 'all' | undefined;
  /** For the objective `all`; 0.99 when absent. */
  readonly probability?: number | undefined;
  /** With prices the objective is the reward less the cost. */
  readonly prices?: FarmPrices | undefined;
  /** Share of each drive left empty; 0.02 when absent. */
  readonly reserve?: number | undefined;
  readonly minUnitsPerIdentity?: number | undefined;
  readonly maxUnitsPerIdentity?: number | undefined;
  readonly seed?: number | undefined;
}

export interface FarmIdentity extends PlannedIdentity {
  readonly machine: string;
  /** Share of the epochs in which it is proved inside the gap. */
  readonly expectedShare: number;
  /** Mean start of its first k2pow and mean end of its first pass; undefined where the gap ends before. */
  readonly startS: number | undefined;
  readonly endS: number | undefined;
}

export type FailureReason =
  'no-space' | 'too-small' | 'disk' | 'processor' | 'k2pow' | 'controller' | 'chance';

export interface FarmFailure {
  readonly identity: string;
  readonly machine: string | undefined;
  readonly reason: FailureReason;
}

export interface FarmPlan extends EpochPlan {
  readonly identities: readonly FarmIdentity[];
  /** Mean units proved inside the gap in an epoch, by simulation, and the standard error of that mean. */
  readonly expectedUnits: number;
  readonly standardError: number;
  /** The same by the closed form, for equal identities; undefined for given ones. */
  readonly closedFormUnits: number | undefined;
  readonly totalUnits: number;
  readonly provedShare: number;
  readonly probabilityAll: number;
  /** Mean units that earn if what is not proved in the gap is published late, as the node does. */
  readonly lateUnits: number;
  /** Mean units that earn if each identity is proved in every other epoch only, with the time until its end. */
  readonly everyOtherUnits: number;
  readonly cpuHours: number;
  /** Units of each drive without an identity. */
  readonly idle: readonly { readonly drive: string; readonly units: number }[];
  readonly schedule: readonly ScheduledPhase[];
  /** Identities that are proved in less than nine of ten epochs, or not at all. */
  readonly failures: readonly FarmFailure[];
  /** What fails and what to change, the most useful first. */
  readonly remedies: readonly string[];
}

const mostDrives = 5000;
const mostIdentities = 20_000;
const nonceSteps = [16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 384] as const;
/** Candidates of the closed form that are simulated. */
const finalists = 8;
/** Within this share of the best, the plan with the fewest identities is taken: each is an ATX and a service. */
const tolerance = 0.01;
/** An identity that is proved less often is not worth its storage. */
const leastShare = 0.1;
const failing = 0.9;

const count = (layout: Layout): number => layout.reduce((sum, on) => sum + on.length, 0);

/** A machine with its drives, searched apart from all machines that are not like it. */
interface Unit {
  readonly machine: FarmMachine;
  readonly drives: readonly SizedDrive[];
  /** Of each drive, in the order in which they are proved. */
  readonly given: readonly (readonly GivenIdentity[])[] | undefined;
}

/** A laid out machine: for each drive its identities. */
type Layout = readonly (readonly { readonly numUnits: number; readonly nonces: number }[])[];

interface Planned {
  readonly layout: Layout;
  readonly run: EpochRun;
  readonly closedFormUnits: number | undefined;
}

/** @throws WorkbenchError `input-not-valid` */
export function farm(input: FarmInput): FarmPlan {
  const reserve = input.reserve ?? 0.02;
  if (!(reserve >= 0 && reserve < 1)) throw invalid('reserve', 'from 0 to below 100', reserve);
  const probability = input.probability ?? 0.99;
  if (!(probability > 0 && probability < 1))
    throw invalid('probability', 'above 0 and below 100', probability);
  if (input.machines.length === 0) throw invalid('machines', 'at least one machine', 0);
  whole(input.drives.length, 'drives', 1, mostDrives);
  whole(input.identities?.length ?? 0, 'identities', 0, mostIdentities);
  const smallest = positive(
    input.minUnitsPerIdentity ?? mainnetPost.minNumUnits,
    'minUnitsPerIdentity',
  );
  if (!((input.maxUnitsPerIdentity ?? Infinity) >= smallest))
    throw invalid('maxUnitsPerIdentity', `at least ${smallest}`, input.maxUnitsPerIdentity);
  const context = new Search(input, reserve, smallest, probability);
  return context.plan();
}

class Search {
  readonly #input: FarmInput;
  readonly #smallest: number;
  readonly #probability: number;
  readonly #capacity: ReadonlyMap<string, number>;
  readonly #table: PassTable = new Map();
  readonly #seed: number;

  constructor(input: FarmInput, reserve: number, smallest: number, probability: number) {
    this.#input = input;
    this.#smallest = smallest;
    this.#probability = probability;
    this.#seed = input.seed ?? 1;
    const unit = unitBytes(input.labelsPerUnit);
    this.#capacity = new Map(
      input.drives.map(({ name, bytes }) => [
        name,
        Math.floor((nonNegative(bytes, 'bytes') * (1 - reserve)) / unit),
      ]),
    );
  }

  plan(): FarmPlan {
    const input = this.#input;
    // Names and references are checked before anything is searched.
    epoch(
      { ...this.#settings(), machines: input.machines, drives: input.drives, identities: [] },
      { epochs: 1 },
    );
    const { placed, unplaced } = this.#place();
    const units = input.machines.map((machine): Unit => {
      const drives = input.drives.filter((drive) => drive.machine === machine.name);
      return {
        machine,
        drives,
        given: placed && drives.map(({ name }) => placed.get(name) ?? []),
      };
    });
    const known = new Map<string, Planned>();
    const planned = units.map((unit) => {
      const key = this.#key(unit);
      const found = known.get(key) ?? this.#search(unit);
      known.set(key, found);
      return { unit, key, ...found };
    });
    return this.#assemble(planned, unplaced);
  }

  #settings(): Omit<EpochPlan, 'machines' | 'drives' | 'identities'> {
    const { k2powServices, controllers, retry, overlapK2pow, gapS, marginS, publishS } =
      this.#input;
    const { poetProofS, speedError, k1, k2, labelsPerUnit, powDifficulty } = this.#input;
    return {
      ...(k2powServices ? { k2powServices } : {}),
      ...(controllers ? { controllers } : {}),
      ...{ retry, overlapK2pow, gapS, marginS, publishS, poetProofS, speedError },
      ...{ k1, k2, labelsPerUnit, powDifficulty },
    };
  }

  get #availableS(): number {
    const { gapS = 43_200, marginS = 0, poetProofS = 0 } = this.#input;
    return Math.max(0, gapS - marginS - poetProofS);
  }

  /** Machines are alike that have all but names in common. */
  #key({ machine, drives, given }: Unit): string {
    return JSON.stringify([
      { ...machine, name: '' },
      drives.map(({ bytes, bytesPerS, controller }) => [bytes, bytesPerS, controller]),
      given?.map((identities) => identities.map(({ numUnits }) => numUnits)),
    ]);
  }

  /** Given identities by the name of their drive; those without one are packed onto what is left. */
  #place(): {
    readonly placed: Map<string, GivenIdentity[]> | undefined;
    readonly unplaced: readonly FarmFailure[];
  } {
    const { identities, drives } = this.#input;
    if (!identities) return { placed: undefined, unplaced: [] };
    const placed = new Map<string, GivenIdentity[]>(drives.map(({ name }) => [name, []]));
    const free = new Map(this.#capacity);
    const unplaced: FarmFailure[] = [];
    const names = new Set<string>();
    const toPack: GivenIdentity[] = [];
    for (const identity of identities) {
      positive(identity.numUnits, 'numUnits');
      if (names.has(identity.name))
        throw invalid('identities', 'named differently from each other', identity.name);
      names.add(identity.name);
      if (identity.numUnits < this.#smallest)
        unplaced.push({ identity: identity.name, machine: undefined, reason: 'too-small' });
      else if (identity.drive === undefined) toPack.push(identity);
      else {
        const on = placed.get(identity.drive);
        if (!on) throw invalid('identities.drive', 'the name of a drive', identity.drive);
        // It is there, whatever the size of the drive was typed as.
        on.push(identity);
        free.set(identity.drive, (free.get(identity.drive) ?? 0) - identity.numUnits);
      }
    }
    const { placed: at } = packIdentities(
      toPack.map(({ numUnits }) => numUnits),
      drives.map((drive) => ({
        capacityUnits: free.get(drive.name) ?? 0,
        secondsPerUnit: unitBytes(this.#input.labelsPerUnit) / drive.bytesPerS,
      })),
    );
    for (const [i, identity] of toPack.entries()) {
      const drive = drives[at[i] ?? -1];
      if (drive) placed.get(drive.name)?.push(identity);
      else unplaced.push({ identity: identity.name, machine: undefined, reason: 'no-space' });
    }
    return { placed, unplaced };
  }

  #search(unit: Unit): Planned {
    const candidates = unit.given ? this.#orders(unit.given) : this.#layouts(unit);
    if (candidates.length === 0)
      return this.#simulated(
        unit,
        unit.drives.map(() => []),
        1,
        undefined,
      );
    const short = candidates.map(({ layout, estimate }) =>
      this.#simulated(unit, layout, this.#epochsFor(count(layout)) / 8, estimate),
    );
    const [first] = this.#ranked(unit, short);
    if (!first)
      return this.#simulated(
        unit,
        unit.drives.map(() => []),
        1,
        undefined,
      );
    const refined = this.#refined(unit, first);
    const trimmed = unit.given ? refined : this.#trimmed(unit, refined);
    return this.#simulated(unit, trimmed.layout, 0, trimmed.closedFormUnits);
  }

  /** Best first; of those next to the best the one with the fewest identities. */
  #ranked(unit: Unit, planned: readonly Planned[]): readonly Planned[] {
    const sorted = planned.toSorted((a, b) => this.#value(unit, b) - this.#value(unit, a));
    const best = this.#value(unit, sorted[0]);
    const enough = best - (Math.abs(best) * tolerance) / 2;
    return [
      ...sorted
        .filter((one) => this.#value(unit, one) >= enough)
        .toSorted((a, b) => count(a.layout) - count(b.layout)),
      ...sorted.filter((one) => this.#value(unit, one) < enough),
    ];
  }

  #value(unit: Unit, planned: Planned | undefined): number {
    if (!planned) return 0;
    const { run, layout } = planned;
    if (this.#input.objective === 'all' && !unit.given)
      // Short runs: a tenth of an epoch is the most that chance may take away.
      return run.probabilityAll >= this.#goal() - 1.5 * Math.sqrt(0.01 / run.epochs)
        ? run.totalUnits
        : run.probabilityAll - 1;
    const { prices } = this.#input;
    if (!prices) return run.expectedUnits;
    return (
      run.expectedUnits * prices.unitEpoch -
      (run.cpuS / 3600) * prices.threadHour -
      count(layout) * prices.identityEpoch
    );
  }

  /** That all identities of one of several machines are proved. */
  #goal(): number {
    return this.#probability ** (1 / this.#input.machines.length);
  }

  /** Layouts of equal identities, by the closed form, best first. */
  #layouts(unit: Unit): { readonly layout: Layout; readonly estimate: number }[] {
    const { drives } = unit;
    const capacities = drives.map(({ name }) => this.#capacity.get(name) ?? 0);
    const most = Math.max(0, ...capacities);
    const largest = Math.min(most, this.#input.maxUnitsPerIdentity ?? Infinity);
    if (largest < this.#smallest) return [];
    const sizes = new Set<number>([largest]);
    for (let k = 1; k <= 64; k = Math.max(k + 1, Math.floor(k * 1.2)))
      sizes.add(Math.floor(most / k));
    for (let size = this.#smallest; size < largest; size *= 1.25) sizes.add(Math.floor(size));
    const all = this.#input.objective === 'all';
    const found: { layout: Layout; value: number; estimate: number; identities: number }[] = [];
    for (const size of sizes) {
      if (size < this.#smallest || size > largest) continue;
      for (const nonces of nonceSteps) {
        const full = capacities.map((capacity): readonly [number, number] =>
          capacity < this.#smallest
            ? [0, size]
            : capacity < size
              ? [1, capacity]
              : [Math.floor(capacity / size), size],
        );
        const counts = all ? this.#fewerUntilSure(unit, full, nonces) : full;
        const { expectedUnits, totalUnits } = this.#estimate(unit, counts, nonces);
        const identities = counts.reduce((sum, [count]) => sum + count, 0);
        const layout = counts.map(([count, numUnits]) =>
          Array.from({ length: count }, () => ({ numUnits, nonces })),
        );
        const { prices } = this.#input;
        const value = all
          ? totalUnits
          : prices
            ? expectedUnits * prices.unitEpoch - identities * prices.identityEpoch
            : expectedUnits;
        found.push({ layout, value, estimate: expectedUnits, identities });
      }
    }
    found.sort((a, b) => b.value - a.value);
    const best = found[0]?.value ?? 0;
    // The best themselves, and of those near them the ones with the fewest identities.
    const near = found
      .filter(({ value }) => value >= best - Math.abs(best) * tolerance)
      .toSorted((a, b) => a.identities - b.identities || b.value - a.value);
    const chosen = new Set([...found.slice(0, finalists / 2), ...near.slice(0, finalists / 2)]);
    return [...chosen];
  }

  /** As many identities as are all proved with the wanted probability, by the closed form. */
  #fewerUntilSure(
    unit: Unit,
    full: readonly (readonly [number, number])[],
    nonces: number,
  ): readonly (readonly [number, number])[] {
    const part = (share: number): (readonly [number, number])[] =>
      full.map(([count, units]) => [Math.floor(count * share + 1e-9), units] as const);
    const most = Math.max(...full.map(([count]) => count));
    let [low, high] = [0, most + 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#estimate(unit, part(middle / most), nonces).probabilityAll >= this.#goal())
        low = middle;
      else high = middle;
    }
    return part(low / most);
  }

  #estimate(unit: Unit, counts: readonly (readonly [number, number])[], nonces: number) {
    const { machine, drives } = unit;
    const classes = new Map<string, { -readonly [Key in keyof DriveClass]: DriveClass[Key] }>();
    for (const [i, [identities, numUnits]] of counts.entries()) {
      const drive = drives[i];
      if (!drive || identities === 0) continue;
      const bytesPerS = this.#driveBytesPerS(drive);
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
    return estimateMachine(
      {
        ...{ threads: machine.threads, hashesPerS: machine.hashesPerS },
        serviceHashesPerS: this.#serviceShare(machine),
        ...{ classes: [...classes.values()], availableS: this.#availableS },
        ...{ k1: this.#input.k1, k2: this.#input.k2 },
        labelsPerUnit: this.#input.labelsPerUnit,
        powDifficulty: this.#input.powDifficulty,
      },
      this.#table,
    );
  }

  /** A drive’s part of its controller while all of its drives are read. */
  #driveBytesPerS({ bytesPerS, controller }: FarmDrive): number {
    const limit = this.#input.controllers?.find(({ name }) => name === controller)?.bytesPerS;
    if (limit === undefined) return bytesPerS;
    const sharing = this.#input.drives.filter((drive) => drive.controller === controller).length;
    return Math.min(bytesPerS, limit / sharing);
  }

  /** A search’s part of a service: a quarter of the drives search at a time. */
  #serviceShare({ k2powService }: FarmMachine): number | undefined {
    if (k2powService === undefined) return undefined;
    const { machines, drives, k2powServices } = this.#input;
    const users = new Set(
      machines.filter((machine) => machine.k2powService === k2powService).map(({ name }) => name),
    );
    const searches = Math.max(1, drives.filter(({ machine }) => users.has(machine)).length / 4);
    const hashesPerS = k2powServices?.find(({ name }) => name === k2powService)?.hashesPerS ?? 0;
    return hashesPerS / searches;
  }

  /** Orders of given identities on their drives, each with all numbers of nonces. */
  #orders(given: readonly (readonly GivenIdentity[])[]) {
    const small = given.map((on) => on.toSorted((a, b) => a.numUnits - b.numUnits));
    const large = small.map((on) => on.toReversed());
    const mixed = small.some((on) => on.at(0)?.numUnits !== on.at(-1)?.numUnits);
    return nonceSteps.flatMap((nonces) =>
      (mixed ? [small, large] : [small]).map((order) => ({
        layout: order.map((on) => on.map(({ numUnits }) => ({ numUnits, nonces }))),
        estimate: undefined,
      })),
    );
  }

  /** Other nonces for a drive, or for the last identity of each, where the simulation gives more. */
  #refined(unit: Unit, start: Planned): Planned {
    let best = start;
    const epochs = this.#epochsFor(count(start.layout)) / 4;
    best = this.#simulated(unit, best.layout, epochs, best.closedFormUnits);
    const shifted = (
      layout: Layout,
      which: (drive: number, at: number, of: number) => boolean,
      by: number,
    ): Layout =>
      layout.map((on, drive) =>
        on.map(({ numUnits, nonces }, at) => ({
          numUnits,
          nonces: which(drive, at, on.length) ? Math.min(512, Math.max(16, nonces + by)) : nonces,
        })),
      );
    const classes = this.#driveClasses(unit, best.layout);
    const targets: ((drive: number, at: number, of: number) => boolean)[] = [
      () => true,
      (_, at, of) => at === of - 1,
      ...(classes.length > 1 && classes.length <= 6
        ? classes.map((members) => (drive: number) => members.has(drive))
        : []),
    ];
    for (const which of targets)
      for (const by of [16, -16, 48]) {
        const tried = this.#simulated(unit, shifted(best.layout, which, by), epochs, undefined);
        const gain = this.#value(unit, tried) - this.#value(unit, best);
        const noise = this.#input.objective === 'all' ? 0 : 2 * tried.run.standardError;
        if (gain > Math.max(noise, 0.003 * Math.abs(this.#value(unit, best)))) best = tried;
      }
    return best;
  }

  #driveClasses({ drives }: Unit, layout: Layout): readonly ReadonlySet<number>[] {
    const classes = new Map<string, Set<number>>();
    for (const [i, drive] of drives.entries()) {
      const key = `${drive.bytesPerS} ${drive.controller ?? ''} ${JSON.stringify(layout[i])}`;
      classes.set(key, (classes.get(key) ?? new Set()).add(i));
    }
    return [...classes.values()];
  }

  /** Without identities that are hardly ever proved: their storage need not be initialised. */
  #trimmed(unit: Unit, planned: Planned): Planned {
    if (this.#input.objective === 'all') return this.#fewerSimulated(unit, planned);
    let i = 0;
    const layout = planned.layout.map((on) =>
      on.filter(() => (planned.run.identities[i++]?.onTimeShare ?? 0) >= leastShare),
    );
    return { ...planned, layout };
  }

  /** For the objective `all`: one identity less on the fullest drives until the simulation agrees. */
  #fewerSimulated(unit: Unit, planned: Planned): Planned {
    let current = this.#simulated(unit, planned.layout, 400, planned.closedFormUnits);
    while (current.run.probabilityAll < this.#goal()) {
      const most = Math.max(...current.layout.map((on) => on.length));
      if (most === 0) break;
      const layout = current.layout.map((on) => (on.length === most ? on.slice(0, -1) : on));
      current = this.#simulated(unit, layout, 400, undefined);
    }
    return current;
  }

  /** @param epochs 0: as many as a fifth of a second allows, up to 2,000 */
  #simulated(
    unit: Unit,
    layout: Layout,
    epochs: number,
    closedFormUnits: number | undefined,
    change: Partial<EpochPlan> = {},
  ): Planned {
    const run = epoch(
      { ...this.#alone(unit), identities: this.#identities(unit, layout), ...change },
      { seed: this.#seed, epochs: Math.ceil(epochs > 0 ? epochs : this.#epochsFor(count(layout))) },
    );
    return { layout, run, closedFormUnits };
  }

  #epochsFor(identities: number): number {
    return Math.round(Math.min(2000, Math.max(200, 100_000 / Math.max(1, identities))));
  }

  /** A machine on its own, with its part of what it shares. */
  #alone({ machine, drives }: Unit): EpochPlan {
    const share = this.#serviceShare(machine);
    return {
      ...this.#settings(),
      machines: [machine],
      drives: drives.map((drive) => ({ ...drive, bytesPerS: this.#driveBytesPerS(drive) })),
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

  #identities({ machine, drives, given }: Unit, layout: Layout): PlannedIdentity[] {
    return layout.flatMap((on, d) => {
      const drive = drives[d]?.name ?? '';
      const left = [...(given?.[d] ?? [])];
      return on.map(({ numUnits, nonces }, i): PlannedIdentity => {
        // Given identities of a size are interchangeable: each place takes the next one.
        const at = left.findIndex((identity) => identity.numUnits === numUnits);
        const [identity] = at < 0 ? [] : left.splice(at, 1);
        return {
          name: identity?.name ?? `${drive}/${i + 1}`,
          ...{ drive, numUnits, nonces, threads: machine.threads },
        };
      });
    });
  }

  #assemble(
    planned: readonly (Planned & { readonly unit: Unit; readonly key: string })[],
    unplaced: readonly FarmFailure[],
  ): FarmPlan {
    const input = this.#input;
    const settings = this.#settings();
    const isShared = (input.k2powServices?.length ?? 0) > 0 || (input.controllers?.length ?? 0) > 0;
    const parts = planned.map(({ unit, layout }) => this.#identities(unit, layout));
    const identities = parts.flat();
    const whole: EpochPlan = {
      ...settings,
      machines: input.machines,
      drives: input.drives,
      identities,
    };
    // What is shared binds machines together: they are simulated as one. Others by their kind.
    const runs = new Map<string, EpochRun>();
    const runOf = (i: number, change: Partial<EpochPlan>, epochs: number): EpochRun => {
      const one = planned[i] as (typeof planned)[number];
      const key = `${one.key} ${JSON.stringify(change)}`;
      const run =
        runs.get(key) ??
        epoch(
          { ...this.#alone(one.unit), identities: parts[i] ?? [], ...change },
          { seed: this.#seed, epochs },
        );
      runs.set(key, run);
      return run;
    };
    const all = isShared
      ? epoch(whole, { seed: this.#seed, epochs: this.#epochsFor(identities.length) })
      : undefined;
    const results = planned.map(({ run }, i) =>
      all ? undefined : { run, late: runOf(i, { late: true }, 200), i },
    );
    const alternate = (own: readonly PlannedIdentity[]): PlannedIdentity[] => {
      const seen = new Map<string, number>();
      return own.map((identity) => {
        const count = seen.get(identity.drive) ?? 0;
        seen.set(identity.drive, count + 1);
        return { ...identity, cadence: count % 2 === 0 ? 'even-epochs' : 'odd-epochs' };
      });
    };
    const others = planned.map((one, i) => {
      if (all || (parts[i] ?? []).length === 0) return 0;
      const key = `${one.key} every other`;
      const run =
        runs.get(key) ??
        epoch(
          { ...this.#alone(one.unit), identities: alternate(parts[i] ?? []) },
          { seed: this.#seed, epochs: 100 },
        );
      runs.set(key, run);
      return run.earningUnits;
    });
    const sum = (of: (run: EpochRun) => number): number =>
      all ? of(all) : results.reduce((total, result) => total + (result ? of(result.run) : 0), 0);
    const expectedUnits = sum((run) => run.expectedUnits);
    const totalUnits = identities.reduce((total, { numUnits }) => total + numUnits, 0);
    const lateUnits = all
      ? epoch({ ...whole, late: true }, { seed: this.#seed, epochs: 100 }).earningUnits
      : results.reduce((total, result) => total + (result?.late.earningUnits ?? 0), 0);
    const everyOtherUnits = all
      ? epoch({ ...whole, identities: alternate(identities) }, { seed: this.#seed, epochs: 100 })
          .earningUnits
      : others.reduce((total, units) => total + units, 0);
    const runsOf = planned.map(({ run }, i) => ({ run: all ?? run, own: parts[i] ?? [] }));
    const schedule = all
      ? all.schedule
      : planned.flatMap(({ run, unit }, i) => renamed(run, parts[i] ?? [], unit));
    const shares = all
      ? all.identities.map(({ onTimeShare }) => onTimeShare)
      : runsOf.flatMap(({ run, own }) => own.map((_, at) => run.identities[at]?.onTimeShare ?? 0));
    const firsts = new Map<string, { startS?: number; endS?: number }>();
    for (const { identity, pass, kind, startS, endS } of schedule) {
      if (pass !== 1) continue;
      const times = firsts.get(identity) ?? {};
      firsts.set(identity, kind === 'k2pow' ? { ...times, startS } : { ...times, endS });
    }
    const machineOf = new Map(input.drives.map(({ name, machine }) => [name, machine]));
    const withShares = identities.map((identity, i): FarmIdentity => ({
      ...identity,
      machine: machineOf.get(identity.drive) ?? '',
      expectedShare: shares[i] ?? 0,
      startS: firsts.get(identity.name)?.startS,
      endS: firsts.get(identity.name)?.endS,
    }));
    const used = new Map<string, number>();
    for (const { drive, numUnits } of identities)
      used.set(drive, (used.get(drive) ?? 0) + numUnits);
    const idle = input.drives
      .map(({ name }) => ({
        drive: name,
        units: Math.max(0, (this.#capacity.get(name) ?? 0) - (used.get(name) ?? 0)),
      }))
      .filter(({ units }) => units > 0);
    const failures = [...unplaced, ...this.#failures(withShares)];
    const closed = planned.map(({ closedFormUnits }) => closedFormUnits);
    return {
      ...settings,
      ...{ machines: input.machines, drives: input.drives, identities: withShares },
      expectedUnits,
      standardError: all
        ? all.standardError
        : Math.hypot(...planned.map(({ run }) => run.standardError)),
      closedFormUnits: closed.includes(undefined)
        ? undefined
        : closed.reduce<number>((total, units) => total + (units ?? 0), 0),
      totalUnits,
      provedShare: totalUnits > 0 ? expectedUnits / totalUnits : 0,
      probabilityAll: all
        ? all.probabilityAll
        : planned.reduce((product, { run }) => product * run.probabilityAll, 1),
      ...{ lateUnits, everyOtherUnits, cpuHours: sum((run) => run.cpuS) / 3600 },
      ...{ idle, schedule, failures },
      remedies: [
        ...this.#remedies({
          planned,
          parts,
          failures,
          idle,
          expectedUnits,
          totalUnits,
          lateUnits,
          everyOtherUnits,
        }),
      ],
    };
  }

  /** Each identity that is often not proved, by what takes the most of its drive’s time. */
  #failures(identities: readonly FarmIdentity[]): FarmFailure[] {
    const machines = new Map(this.#input.machines.map((machine) => [machine.name, machine]));
    const drives = new Map(this.#input.drives.map((drive) => [drive.name, drive]));
    const atWork = new Map<string, Set<string>>();
    for (const { machine, drive } of identities)
      atWork.set(machine, (atWork.get(machine) ?? new Set()).add(drive));
    return identities
      .filter(({ expectedShare }) => expectedShare < failing)
      .map((identity): FarmFailure => {
        const machine = machines.get(identity.machine);
        const drive = drives.get(identity.drive);
        const base = { identity: identity.name, machine: identity.machine };
        if (!machine || !drive) return { ...base, reason: 'chance' };
        const sharing = atWork.get(identity.machine)?.size ?? 1;
        const scan = scanSpeed(scanOf(machine), identity.nonces, machine.threads) / sharing;
        const read = this.#driveBytesPerS(drive);
        const bytes = identity.numUnits * unitBytes(this.#input.labelsPerUnit);
        const passS = bytes / Math.min(scan, read);
        const hashesPerS = this.#serviceShare(machine) ?? machine.hashesPerS / sharing;
        const powS = ((identity.nonces / 16) * identity.numUnits * 4687.5) / hashesPerS;
        if (powS > passS) return { ...base, reason: 'k2pow' };
        // It would be in time if its pass began at the start and succeeded.
        const own = identities.filter((other) => other.drive === identity.drive);
        const readAll =
          own.reduce((total, { numUnits }) => total + numUnits, 0) / identity.numUnits;
        if (readAll * (passS + powS) <= this.#availableS) return { ...base, reason: 'chance' };
        if (scan < read) return { ...base, reason: 'processor' };
        return { ...base, reason: read < drive.bytesPerS ? 'controller' : 'disk' };
      });
  }

  *#remedies(found: {
    readonly planned: readonly (Planned & { readonly unit: Unit; readonly key: string })[];
    readonly parts: readonly (readonly PlannedIdentity[])[];
    readonly failures: readonly FarmFailure[];
    readonly idle: FarmPlan['idle'];
    readonly expectedUnits: number;
    readonly totalUnits: number;
    readonly lateUnits: number;
    readonly everyOtherUnits: number;
  }): Generator<string> {
    const { planned, failures, idle, expectedUnits, totalUnits, lateUnits, everyOtherUnits } =
      found;
    const byReason = (reason: FailureReason): readonly FarmFailure[] =>
      failures.filter((failure) => failure.reason === reason);
    for (const reason of reasonOrder) {
      const own = byReason(reason);
      if (own.length === 0) continue;
      const machines = [...new Set(own.map(({ machine }) => machine))].filter(
        (name) => name !== undefined,
      );
      const where = machines.length === 0 ? '' : ` on ${listed(machines)}`;
      yield `${counted(own.length, 'identity', 'identities')}${where} (${listed(own.map(({ identity }) => identity))}): ${remedyTexts[reason]}`;
    }
    if (failures.length > 0 || idle.length > 0)
      for (const { text, change } of this.#changes()) {
        const gain = planned.reduce((sum, { unit, layout, run, key }, i) => {
          if (planned.findIndex((other) => other.key === key) !== i) return sum;
          const alike = planned.filter((other) => other.key === key).length;
          const changed = change(this.#alone(unit));
          if (!changed) return sum;
          const tried = epoch(
            { ...changed, identities: this.#identities(unit, layout) },
            { seed: this.#seed, epochs: Math.ceil(this.#epochsFor(count(layout)) / 8) },
          );
          return sum + alike * (tried.expectedUnits - run.expectedUnits);
        }, 0);
        if (gain > 0.01 * Math.max(1, expectedUnits))
          yield `${text} would bring ${unitsText(gain)} more per epoch with these identities.`;
      }
    if (totalUnits > 0 && lateUnits > expectedUnits * 1.01)
      yield `The node publishes late what is not proved in the gap: such an ATX still earns, and the identity misses the next epoch. With that, ${unitsText(lateUnits)} of ${unitsText(totalUnits)} earn per epoch on average instead of ${unitsText(expectedUnits)}.`;
    if (totalUnits > 0 && everyOtherUnits > Math.max(lateUnits, expectedUnits) * 1.01)
      yield `Proving each identity in every other epoch only, with the time until the publish epoch ends, would let ${unitsText(everyOtherUnits)} earn per epoch on average.`;
    const idleUnits = idle.reduce((sum, { units }) => sum + units, 0);
    if (!this.#input.identities && idleUnits > 0 && totalUnits > 0 && idleUnits > 0.02 * totalUnits)
      yield `${unitsText(idleUnits)} of the drives stay empty: more identities would not be proved in time.`;
  }

  /** What could be bought or set, with what it does to a machine; undefined where it changes nothing. */
  #changes(): readonly {
    readonly text: string;
    readonly change: (plan: EpochPlan) => EpochPlan | undefined;
  }[] {
    return [
      {
        text: 'A k2pow service on another machine',
        change: (plan) => {
          const machines = plan.machines.map((machine) => ({
            ...machine,
            hashesPerS: Infinity,
            k2powService: undefined,
          }));
          return { ...plan, machines };
        },
      },
      {
        text: 'k2pow of the next identity while one is read (it needs a k2pow service, which may run on the same machine)',
        change: (plan) => (plan.overlapK2pow ? undefined : { ...plan, overlapK2pow: true }),
      },
      {
        text: 'Twice the threads',
        change: (plan) => ({
          ...plan,
          machines: plan.machines.map((machine) => ({
            ...machine,
            threads: machine.threads * 2,
            hashesPerS: machine.hashesPerS * 2,
          })),
        }),
      },
      {
        text: 'Drives that read twice as fast',
        change: (plan) => ({
          ...plan,
          drives: plan.drives.map((drive) => ({ ...drive, bytesPerS: drive.bytesPerS * 2 })),
        }),
      },
    ];
  }
}

const reasonOrder: readonly FailureReason[] = [
  'too-small',
  'no-space',
  'disk',
  'controller',
  'processor',
  'k2pow',
  'chance',
];
const remedyTexts: Readonly<Record<FailureReason, string>> = {
  'too-small': `smaller than the ${mainnetPost.minNumUnits} SU that the network requires. Grow them.`,
  'no-space':
    'no drive has the space. Add a drive, join drives, or split the identity (which means initialising it again).',
  disk: 'the drive takes too long to read. Move some of its identities to a faster or emptier drive.',
  controller:
    'the shared controller is the limit. Connect some of its drives to another one, or read fewer at a time.',
  processor:
    'the processor scans too slowly. Use fewer nonces, more threads, or move identities to another machine.',
  k2pow: 'k2pow takes longer than reading. Use a k2pow service on another machine.',
  chance:
    'one pass fits, and there is no time left for all that need another. Use more nonces, or smaller identities.',
};

const unitsText = (units: number): string =>
  `${Number(units.toPrecision(3)).toLocaleString('en')} SU`;

/** The first of many names. */
const listed = (names: readonly string[]): string =>
  names.length <= 4
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${(names.length - 3).toLocaleString('en')} more`;

/** The schedule of a machine like this one, with this one’s names. */
function renamed(
  run: EpochRun,
  own: readonly PlannedIdentity[],
  { machine }: Unit,
): readonly ScheduledPhase[] {
  const names = new Map(run.identities.map(({ name }, at) => [name, own[at]?.name ?? name]));
  return run.schedule.map((phase) => ({
    ...phase,
    machine: machine.name,
    identity: names.get(phase.identity) ?? phase.identity,
  }));
}
