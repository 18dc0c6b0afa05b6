/**
 * Drives: joined into volumes, filled with identities that can be proved in time, or packed with the
 * identities that a person already has. One identity cannot span filesystems, so a volume is the unit.
 */
import { mainnetPost, unitBytes } from '../protocol/units';
import { fleet, type FleetInput } from './fleet';
import { invalid, nonNegative, positive, whole } from './inputs';
import type { ScanSpeed } from './throughput';

export interface Drive {
  readonly name: string;
  readonly sizeBytes: number;
  readonly readBytesPerS: number;
}

export type JoinMode = 'separate' | 'raid0' | 'raid5' | 'lvm';

export interface Volume extends Drive {
  /** Names of the drives that it is made of. */
  readonly drives: readonly string[];
}

export interface JoinedDrives {
  readonly mode: JoinMode;
  readonly volumes: readonly Volume[];
  readonly usableBytes: number;
  /** Share of the usable space that is gone when one drive dies, at worst. */
  readonly lossOnOneDeath: number;
  /** Expected share of the space that is lost in a year, from the failure rate of one drive. */
  readonly yearlyLoss: number;
  readonly note: string;
}

export interface JoinOptions {
  /** Share of drives that die in a year; 0.015 when absent (large public drive statistics; ours). */
  readonly yearlyFailureRate?: number | undefined;
  /** Days until a dead drive of a RAID 5 is replaced and rebuilt; 3 when absent (ours). */
  readonly rebuildDays?: number | undefined;
}

export const joinModes: readonly JoinMode[] = ['separate', 'raid0', 'raid5', 'lvm'];
/** The fewest drives that can be joined so. */
export const fewestDrives: Readonly<Record<JoinMode, number>> = {
  separate: 1,
  raid0: 2,
  raid5: 3,
  lvm: 1,
};

/** What a number of drives becomes in each way of joining them. @throws WorkbenchError `input-not-valid` */
export function joinDrives(
  drives: readonly Drive[],
  mode: JoinMode,
  { yearlyFailureRate = 0.015, rebuildDays = 3 }: JoinOptions = {},
): JoinedDrives {
  const count = drives.length;
  const least = fewestDrives[mode];
  if (count < least) throw invalid('drives', `at least ${least} drives for ${mode}`, count);
  for (const { sizeBytes, readBytesPerS } of drives) {
    positive(sizeBytes, 'sizeBytes');
    nonNegative(readBytesPerS, 'readBytesPerS');
  }
  if (!(yearlyFailureRate >= 0 && yearlyFailureRate <= 1))
    throw invalid('yearlyFailureRate', 'a share from 0 to 1', yearlyFailureRate);
  const smallest = Math.min(...drives.map(({ sizeBytes }) => sizeBytes));
  const slowest = Math.min(...drives.map(({ readBytesPerS }) => readBytesPerS));
  const total = drives.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const anyDies = 1 - (1 - yearlyFailureRate) ** count;
  const joined = (sizeBytes: number, readBytesPerS: number): readonly Volume[] => [
    { name: mode, sizeBytes, readBytesPerS, drives: drives.map(({ name }) => name) },
  ];
  switch (mode) {
    case 'separate':
      return {
        mode,
        volumes: drives.map((drive) => ({ ...drive, drives: [drive.name] })),
        usableBytes: total,
        lossOnOneDeath: Math.max(...drives.map(({ sizeBytes }) => sizeBytes)) / total,
        yearlyLoss: yearlyFailureRate,
        note: 'Each drive holds its own identities. A drive that dies takes only them along.',
      };
    case 'raid0':
      return {
        mode,
        volumes: joined(count * smallest, count * slowest),
        usableBytes: count * smallest,
        lossOnOneDeath: 1,
        yearlyLoss: anyDies,
        note: 'Fastest, and as large as the smallest drive times their number. One drive that dies takes everything along.',
      };
    case 'raid5':
      return {
        mode,
        volumes: joined((count - 1) * smallest, (count - 1) * slowest),
        usableBytes: (count - 1) * smallest,
        lossOnOneDeath: 0,
        // A first death in the year, and a second among the rest before it is rebuilt.
        yearlyLoss: Math.min(
          1,
          count * yearlyFailureRate * (count - 1) * yearlyFailureRate * (rebuildDays / 365.25),
        ),
        note: "One drive's space goes to parity. One death is survived, but proving during the rebuild is slower; a second one before it is finished takes everything along.",
      };
    case 'lvm':
      return {
        mode,
        // The drives are read one after the other.
        volumes: joined(
          total,
          total / drives.reduce((sum, drive) => sum + drive.sizeBytes / drive.readBytesPerS, 0),
        ),
        usableBytes: total,
        lossOnOneDeath: 1,
        yearlyLoss: anyDies,
        note: 'All the space of unequal drives, at the speed of one: they are read one after the other. The filesystem, and with it everything, is lost with any of them.',
      };
  }
}

export interface FleetOnDrivesInput extends Omit<
  FleetInput,
  'numUnits' | 'identities' | 'drives' | 'diskBytesPerS' | 'wantedShare' | 'pricePerThreadH'
> {
  readonly volumes: readonly Drive[];
  /** Wanted probability that all identities of a volume are proved inside the gap. */
  readonly probability: number;
  /** Share of each volume left empty, for the filesystem and for growth; 0.02 when absent. */
  readonly reserve?: number | undefined;
  /** No identity larger than this; absent: as large as the gap allows. */
  readonly maxUnitsPerIdentity?: number | undefined;
}

export interface VolumePlan {
  readonly name: string;
  readonly capacityUnits: number;
  readonly identities: number;
  readonly unitsPerIdentity: number;
  /** Units that stay empty: remainders, and what could not be proved in time. */
  readonly idleUnits: number;
  readonly probabilityAll: number;
  readonly reason: string;
}

export interface FleetOnDrives {
  readonly volumes: readonly VolumePlan[];
  readonly identities: number;
  readonly units: number;
  readonly idleUnits: number;
  /** Probability that every identity is proved in time. */
  readonly probabilityAll: number;
}

/**
 * Fills every volume with the fewest equal identities that are proved in time with the wanted
 * probability. The processor is shared by all volumes at once. Fewest, because each identity is an ATX, a
 * post-service and a ballot; if no split helps, the volume is not filled to the end.
 */
export function fillDrives(input: FleetOnDrivesInput): FleetOnDrives {
  const { volumes, probability, reserve = 0.02, maxUnitsPerIdentity = Infinity, ...rest } = input;
  if (volumes.length === 0) throw invalid('volumes', 'at least one volume', 0);
  if (!(reserve >= 0 && reserve < 1))
    throw invalid('reserve', 'a share from 0 to below 1', reserve);
  const minUnits = mainnetPost.minNumUnits;
  if (!(maxUnitsPerIdentity >= minUnits))
    throw invalid('maxUnitsPerIdentity', `at least ${minUnits}`, maxUnitsPerIdentity);
  const bytes = unitBytes(input.labelsPerUnit);
  const processor = processorShare(rest, volumes.length);
  const plan = (volume: Drive): VolumePlan => {
    const capacityUnits = Math.floor((volume.sizeBytes * (1 - reserve)) / bytes);
    const odds = (units: number, identities: number): number =>
      fleet({
        ...rest,
        ...processor,
        diskBytesPerS: volume.readBytesPerS,
        numUnits: units * identities,
        identities,
        drives: 1,
      }).probabilityAll;
    const filled = (units: number, identities: number, reason: string): VolumePlan => ({
      name: volume.name,
      capacityUnits,
      identities,
      unitsPerIdentity: units,
      idleUnits: capacityUnits - units * identities,
      probabilityAll: identities > 0 ? odds(units, identities) : 1,
      reason,
    });
    if (capacityUnits < minUnits)
      return filled(0, 0, `Holds ${capacityUnits} SU, and an identity needs at least ${minUnits}.`);
    const fewest = Math.max(1, Math.ceil(capacityUnits / maxUnitsPerIdentity));
    const most = Math.floor(capacityUnits / minUnits);
    for (let identities = fewest; identities <= most; identities = nextSplit(identities)) {
      const units = Math.floor(capacityUnits / identities);
      if (odds(units, identities) >= probability)
        return filled(
          units,
          identities,
          identities === 1
            ? 'One identity of this size is proved in time.'
            : identities === fewest
              ? 'The largest identities that you allow are proved in time.'
              : `${identities} identities: only a failed one is read again, not the whole volume.`,
        );
    }
    // Not even small ones: as much as one identity, or as many of the smallest, as the gap allows.
    let low = 0;
    let high = most + 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (odds(minUnits, middle) >= probability) low = middle;
      else high = middle;
    }
    if (low === 0)
      return filled(0, 0, 'Too slow: not even the smallest identity is proved in time.');
    const proved = low * minUnits;
    for (let identities = 1; ; identities = nextSplit(identities)) {
      const units = Math.floor(proved / identities);
      // Fewer of the smallest would only be less.
      if (units <= minUnits) break;
      if (units <= maxUnitsPerIdentity && odds(units, identities) >= probability)
        return filled(units, identities, 'The volume holds more than is proved in time.');
    }
    return filled(minUnits, low, 'The volume holds more than is proved in time.');
  };
  // Drives that are alike are worked out once.
  const known = new Map<string, VolumePlan>();
  const plans = volumes.map((volume): VolumePlan => {
    const key = `${volume.sizeBytes} ${volume.readBytesPerS}`;
    const found = known.get(key) ?? plan(volume);
    known.set(key, found);
    return { ...found, name: volume.name };
  });
  return {
    volumes: plans,
    identities: plans.reduce((sum, { identities }) => sum + identities, 0),
    units: plans.reduce((sum, plan) => sum + plan.identities * plan.unitsPerIdentity, 0),
    idleUnits: plans.reduce((sum, { idleUnits }) => sum + idleUnits, 0),
    probabilityAll: plans.reduce((product, plan) => product * plan.probabilityAll, 1),
  };
}

/** One volume's part of a processor that works for so many of them, as a machine of its own. */
export const processorShare = (
  { hashesPerS, scan }: { readonly hashesPerS: number; readonly scan: ScanSpeed },
  volumes: number,
): { readonly hashesPerS: number; readonly scan: ScanSpeed } => ({
  hashesPerS: hashesPerS / volumes,
  scan:
    'measured' in scan
      ? {
          measured: scan.measured.map((cell) => ({ ...cell, bytesPerS: cell.bytesPerS / volumes })),
        }
      : { bytesPerSPerThread: scan.bytesPerSPerThread / volumes },
});

/** Every number while small, then a tenth more: the odds change slowly. */
const nextSplit = (identities: number): number => Math.ceil((identities + 1) * 1.1 - 1);

export interface Packing {
  /** For each identity the name of its volume; undefined where none has room. */
  readonly placed: readonly (string | undefined)[];
  readonly volumes: readonly {
    readonly name: string;
    readonly units: number;
    readonly freeUnits: number;
    /** Time to read everything on it once. */
    readonly readS: number;
  }[];
}

/**
 * Puts identities of given sizes onto volumes: the largest first, each where reading everything would
 * end soonest among the volumes with room. Bin packing has no quick best answer; largest-first stays
 * within a few percent of it, and the soonest end keeps the drives equally busy.
 */
export function packIdentities(
  units: readonly number[],
  volumes: readonly Drive[],
  { reserve = 0.02, labelsPerUnit = mainnetPost.labelsPerUnit } = {},
): Packing {
  const bytes = unitBytes(labelsPerUnit);
  const bins = volumes.map(({ name, sizeBytes, readBytesPerS }) => ({
    name,
    capacity: Math.floor((positive(sizeBytes, 'sizeBytes') * (1 - reserve)) / bytes),
    secondsPerUnit: bytes / nonNegative(readBytesPerS, 'readBytesPerS'),
    used: 0,
  }));
  const placed = units.map((): string | undefined => undefined);
  const order = units.map((size, i) => ({ size: positive(size, 'units'), i }));
  for (const { size, i } of order.toSorted((a, b) => b.size - a.size)) {
    const best = bins
      .filter((bin) => bin.used + size <= bin.capacity)
      .reduce<(typeof bins)[number] | undefined>((least, bin) => {
        const end = (bin.used + size) * bin.secondsPerUnit;
        return !least || end < (least.used + size) * least.secondsPerUnit ? bin : least;
      }, undefined);
    if (!best) continue;
    best.used += size;
    placed[i] = best.name;
  }
  return {
    placed,
    volumes: bins.map(({ name, capacity, secondsPerUnit, used }) => ({
      name,
      units: used,
      freeUnits: capacity - used,
      readS: used === 0 ? 0 : used * secondsPerUnit,
    })),
  };
}

export interface ServiceInput {
  readonly identities: number;
  /** Memory of one node, and of one post-service without k2pow; estimates of ours, to be measured. */
  readonly nodeBytes?: number | undefined;
  readonly serviceBytes?: number | undefined;
  /** The size of state.sql and its neighbours, kept once a node. */
  readonly nodeDiskBytes?: number | undefined;
  /** RandomX with its 2 GiB data set (fast) or without (light). */
  readonly randomX?: 'fast' | 'light' | undefined;
  /** Proofs that are made at the same time. */
  readonly provingAtOnce?: number | undefined;
  /** Machines that hold the data; 1 when absent. */
  readonly machines?: number | undefined;
}

export interface ServiceOption {
  readonly kind: 'one-node' | 'many-nodes' | 'node-a-machine';
  readonly nodes: number;
  readonly postServices: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** RandomX memory: specs.md §4: a cache of 256 MiB, a data set of 2080 MiB. */
const randomXBytes = { light: 256 * 2 ** 20, fast: (2080 + 256) * 2 ** 20 } as const;

/** One node with a post-service an identity (1:N), against a node an identity, and against a node a machine. */
export function serviceOptions(input: ServiceInput): readonly ServiceOption[] {
  const identities = whole(input.identities, 'identities', 1, 1_000_000);
  const { nodeBytes = 4 * 2 ** 30, serviceBytes = 256 * 2 ** 20, nodeDiskBytes = 100e9 } = input;
  const atOnce = Math.min(
    identities,
    whole(input.provingAtOnce ?? identities, 'provingAtOnce', 1, 1_000_000),
  );
  const machines = whole(input.machines ?? 1, 'machines', 1, 100_000);
  const proving = identities * serviceBytes + atOnce * randomXBytes[input.randomX ?? 'fast'];
  const option = (kind: ServiceOption['kind'], nodes: number): ServiceOption => ({
    kind,
    nodes,
    postServices: identities,
    memoryBytes: nodes * nodeBytes + proving,
    diskBytes: nodes * nodeDiskBytes,
  });
  return [
    option('one-node', 1),
    option('many-nodes', identities),
    ...(machines > 1 && machines < identities ? [option('node-a-machine', machines)] : []),
  ];
}
