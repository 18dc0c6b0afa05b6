/**
 * A fleet on the machines that a person has: their drives, joined as the person says, filled with new
 * identities or packed with those that are there. A machine's processor is shared equally by its volumes, since
 * all of them are proved in the same cycle gap; machines share nothing.
 */
import { mainnetPost, unitBytes } from '../protocol/units';
import { normalCdf } from './distributions';
import {
  fillDrives,
  joinDrives,
  packIdentities,
  processorShare,
  type Drive,
  type JoinedDrives,
  type JoinMode,
  type Volume,
  type VolumePlan,
} from './drives';
import { invalid, whole } from './inputs';
import { probabilityDone, provingModel, type ProvingInput, type ProvingModel } from './throughput';

export interface FleetMachine extends Pick<ProvingInput, 'threads' | 'scan' | 'hashesPerS'> {
  readonly name: string;
  readonly mode: JoinMode;
  readonly drives: readonly Drive[];
}

export interface MachinesInput extends Pick<
  ProvingInput,
  'nonces' | 'gapS' | 'marginS' | 'k1' | 'k2' | 'labelsPerUnit' | 'powDifficulty'
> {
  readonly machines: readonly FleetMachine[];
  /** Wanted probability that all identities of a volume are proved inside the gap. */
  readonly probability: number;
  readonly maxUnitsPerIdentity?: number | undefined;
  readonly reserve?: number | undefined;
}

/** What most of the time of proving a volume goes into. */
export type Bound = 'k2pow' | 'disk' | 'processor';

interface OnMachine {
  readonly machine: string;
  readonly volume: Volume;
  /** Time of k2pow, and of reading, for everything on it once. */
  readonly powS: number;
  readonly readS: number;
  readonly bound: Bound;
}

export interface FilledVolume extends VolumePlan, OnMachine {}

export interface PackedVolume extends OnMachine {
  /** Units of each identity on it, the largest first. */
  readonly sizes: readonly number[];
  readonly units: number;
  readonly freeUnits: number;
  /** Probability that all of them are proved inside the gap. */
  readonly probabilityAll: number;
}

interface MachinePlan<Planned> {
  readonly machine: FleetMachine;
  readonly joined: JoinedDrives;
  readonly volumes: readonly Planned[];
}

interface Totals {
  readonly identities: number;
  readonly units: number;
  readonly idleUnits: number;
  /** Probability that every identity is proved in time. */
  readonly probabilityAll: number;
  /** Volumes with an identity: so many are proved at once. */
  readonly volumesInUse: number;
}

export interface FilledMachines extends Totals {
  readonly machines: readonly MachinePlan<FilledVolume>[];
}

export interface PackedMachines extends Totals {
  readonly machines: readonly MachinePlan<PackedVolume>[];
  /** Units of each identity that found no room. */
  readonly left: readonly number[];
}

/** The most drives that are planned at once: each row stands in a table. */
const maxDrives = 2000;

const join = ({ machines }: MachinesInput): readonly (readonly [FleetMachine, JoinedDrives])[] => {
  if (machines.length === 0) throw invalid('machines', 'at least one machine', 0);
  const drives = machines.reduce((sum, machine) => sum + machine.drives.length, 0);
  if (drives > maxDrives) throw invalid('drives', `at most ${maxDrives} in all`, drives);
  return machines.map((machine) => [machine, joinDrives(machine.drives, machine.mode)]);
};

/** Fills every volume with new identities, as `fillDrives` does. @throws WorkbenchError `input-not-valid` */
export function fillMachines(input: MachinesInput): FilledMachines {
  const machines = join(input).map(([machine, joined]): MachinePlan<FilledVolume> => {
    const { threads, scan, hashesPerS } = machine;
    const filled = fillDrives({
      ...{ ...input, threads, scan, hashesPerS },
      volumes: joined.volumes,
    });
    const volumes = filled.volumes.flatMap((plan, i): FilledVolume[] => {
      const volume = joined.volumes[i];
      if (!volume) return [];
      const units = plan.identities * plan.unitsPerIdentity;
      return [{ ...plan, ...times(input, machine, joined, volume, units) }];
    });
    return { machine, joined, volumes };
  });
  const volumes = machines.flatMap((plan) => plan.volumes);
  return {
    machines,
    identities: volumes.reduce((sum, { identities }) => sum + identities, 0),
    units: volumes.reduce((sum, plan) => sum + plan.identities * plan.unitsPerIdentity, 0),
    idleUnits: volumes.reduce((sum, { idleUnits }) => sum + idleUnits, 0),
    probabilityAll: volumes.reduce((product, plan) => product * plan.probabilityAll, 1),
    volumesInUse: volumes.filter(({ identities }) => identities > 0).length,
  };
}

/**
 * Puts identities of given sizes onto the volumes of all machines: the largest first, each where everything would
 * be proved soonest.
 * @param sizes units of each identity
 * @throws WorkbenchError `input-not-valid`
 */
export function packMachines(input: MachinesInput, sizes: readonly number[]): PackedMachines {
  const joined = join(input);
  const { reserve = 0.02, labelsPerUnit = mainnetPost.labelsPerUnit } = input;
  for (const size of sizes) whole(size, 'units', 1, 2 ** 32 - 1);
  const bins = joined.flatMap(([machine, drives], at) =>
    drives.volumes.map((volume, i) => ({
      volume,
      drive: {
        name: `${at} ${i}`,
        sizeBytes: volume.sizeBytes,
        readBytesPerS: provedBytesPerS(input, machine, drives, volume),
      },
    })),
  );
  const packing = packIdentities(
    sizes,
    bins.map(({ drive }) => drive),
    { reserve, labelsPerUnit },
  );
  const sizesOn = new Map<string, number[]>();
  for (const [i, name] of packing.placed.entries())
    if (name !== undefined) sizesOn.set(name, [...(sizesOn.get(name) ?? []), sizes[i] ?? 0]);
  const machines = joined.map(([machine, drives], at): MachinePlan<PackedVolume> => ({
    machine,
    joined: drives,
    volumes: drives.volumes.map((volume, i): PackedVolume => {
      const name = `${at} ${i}`;
      const own = (sizesOn.get(name) ?? []).toSorted((a, b) => b - a);
      const units = own.reduce((sum, size) => sum + size, 0);
      return {
        ...times(input, machine, drives, volume, units),
        sizes: own,
        units,
        freeUnits: packing.volumes.find((packed) => packed.name === name)?.freeUnits ?? 0,
        probabilityAll: allProved(own.map((size) => modelOf(input, machine, drives, volume, size))),
      };
    }),
  }));
  const volumes = machines.flatMap((plan) => plan.volumes);
  const units = volumes.reduce((sum, volume) => sum + volume.units, 0);
  return {
    machines,
    left: sizes.filter((_, i) => packing.placed[i] === undefined),
    identities: volumes.reduce((sum, volume) => sum + volume.sizes.length, 0),
    units,
    idleUnits: volumes.reduce((sum, { freeUnits }) => sum + freeUnits, 0),
    probabilityAll: volumes.reduce((product, volume) => product * volume.probabilityAll, 1),
    volumesInUse: volumes.filter((volume) => volume.sizes.length > 0).length,
  };
}

/** One identity on a volume, with the volume's part of the machine's processor. */
const modelOf = (
  input: MachinesInput,
  machine: FleetMachine,
  { volumes }: JoinedDrives,
  volume: Volume,
  numUnits: number,
): ProvingModel =>
  provingModel({
    ...input,
    ...processorShare(machine, volumes.length),
    threads: machine.threads,
    diskBytesPerS: volume.readBytesPerS,
    numUnits,
  });

/** Bytes a second that are hashed for and read: what the packing goes by. */
function provedBytesPerS(
  input: MachinesInput,
  machine: FleetMachine,
  drives: JoinedDrives,
  volume: Volume,
): number {
  const { passS, powMeanS } = modelOf(input, machine, drives, volume, 1);
  return unitBytes(input.labelsPerUnit) / (passS + powMeanS);
}

function times(
  input: MachinesInput,
  machine: FleetMachine,
  drives: JoinedDrives,
  volume: Volume,
  units: number,
): OnMachine {
  const { powMeanS, passS, scanBytesPerS } = modelOf(input, machine, drives, volume, 1);
  return {
    machine: machine.name,
    volume,
    powS: units === 0 ? 0 : units * powMeanS,
    readS: units === 0 ? 0 : units * passS,
    bound: powMeanS > passS ? 'k2pow' : scanBytesPerS < volume.readBytesPerS ? 'processor' : 'disk',
  };
}

/** Steps of the gap in which the times of unequal identities are added up. */
const steps = 240;
/** From so many identities on, the time of all of them is taken as normal. */
const manyIdentities = 48;

/** Probability that identities of one volume, proved one after another, are all proved inside the gap. */
function allProved(models: readonly ProvingModel[]): number {
  const [first] = models;
  if (!first) return 1;
  const { availableS, passS, powMeanS } = first;
  if (availableS === 0 || passS === Infinity || powMeanS === Infinity) return 0;
  if (models.length === 1) return probabilityDone(first, availableS);
  if (models.some(({ pass }) => pass.success === 0)) return 0;
  if (models.length >= manyIdentities) {
    const sums = models.map(moments);
    const mean = sums.reduce((sum, [m]) => sum + m, 0);
    const variance = sums.reduce((sum, [, v]) => sum + v, 0);
    return normalCdf((availableS - mean) / Math.sqrt(variance));
  }
  // The same size has the same times.
  const known = new Map<number, Float64Array<ArrayBuffer>>();
  let sum = Float64Array.of(1);
  for (const model of models) {
    const grid = known.get(model.dataBytes) ?? timeGrid(model);
    known.set(model.dataBytes, grid);
    sum = convolve(sum, grid);
  }
  // The last step counts half: its mass lies on both sides of the end.
  return Math.min(
    1,
    sum.reduce((total, p, i) => total + (i === steps ? p / 2 : p), 0),
  );
}

/** Mean and variance of the time until one identity is proved, without a deadline. */
function moments({ pass, passS, powMeanS, groups }: ProvingModel): readonly [number, number] {
  const fail = 1 - pass.success;
  const attempts = 1 / pass.success;
  return [
    attempts * powMeanS + (attempts - 1) * passS + pass.meanIfFound * passS,
    (attempts * powMeanS ** 2) / groups +
      (fail / pass.success ** 2) * (powMeanS + passS) ** 2 +
      (pass.deviationIfFound * passS) ** 2,
  ];
}

/** Steps in which the distribution grows by more are looked at more closely: there it is no straight line. */
const steep = 0.05;
const parts = 8;

/**
 * The distribution of that time on the steps of the gap. What lies between two steps is dealt out to both so
 * that its mean stays: w(i) is the difference of neighbouring means of the distribution function.
 */
function timeGrid(model: ProvingModel): Float64Array<ArrayBuffer> {
  const by = (step: number): number => probabilityDone(model, (step * model.availableS) / steps);
  const grid = new Float64Array(steps + 1);
  let [start, before] = [by(0), 0];
  for (let i = 0; i <= steps; i++) {
    const end = by(i + 1);
    let sum = (start + end) / 2;
    let count = 1;
    if (end - start > steep) for (; count < parts; count++) sum += by(i + count / parts);
    const mean = sum / count;
    grid[i] = mean - before;
    [start, before] = [end, mean];
  }
  return grid;
}

function convolve(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const sum = new Float64Array(steps + 1);
  for (const [i, x] of a.entries())
    if (x > 0)
      for (let j = 0; i + j <= steps; j++) sum[i + j] = (sum[i + j] ?? 0) + x * (b[j] ?? 0);
  return sum;
}

/** What to run: one post-service an identity. Flags: post-rs service/src/main.rs. */
export interface ServiceScript {
  readonly machine: string;
  /** Threads of each post-service, so that all volumes together use the machine's. */
  readonly threads: number;
  readonly text: string;
}

/**
 * The post-services of every machine (1:N): those of one volume after one another, those of different volumes at
 * once. Paths and the node's address are to be filled in.
 */
export function serviceScripts(
  machines: readonly {
    readonly machine: FleetMachine;
    readonly volumes: readonly { readonly name: string; readonly identities: number }[];
  }[],
  nonces: number,
): ServiceScript[] {
  return machines.flatMap(({ machine, volumes }): ServiceScript[] => {
    const used = volumes.filter(({ identities }) => identities > 0);
    if (used.length === 0) return [];
    const threads = Math.max(1, Math.floor(machine.threads / used.length));
    let port = 50_051;
    const lines = used.flatMap(({ name, identities }) => [
      `# ${name}: one of these at a time`,
      ...Array.from(
        { length: Math.min(identities, listedServices) },
        (_, i) =>
          `service --address http://NODE:9094 --dir /PATH/OF/${name.replaceAll(/[^\w.-]+/g, '-')}/identity-${i + 1} --nonces ${nonces} --threads ${threads} --operator-address 127.0.0.1:${port++}`,
      ),
      ...(identities > listedServices ? [`# … and ${identities - listedServices} more`] : []),
    ]);
    return [{ machine: machine.name, threads, text: `${lines.join('\n')}\n` }];
  });
}

const listedServices = 16;
