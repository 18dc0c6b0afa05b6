/**
 * Initialising on rented GPUs and downloading at the same time, file by file (rsync in a loop).
 * A file can be fetched once it is written; machines work on ranges of files side by side and share the
 * line home (shared-line.ts). Source of the rules: Spacemesh documentation, Additional Advanced Topics, Cloud GPU.
 */
import { labelBytes, unitBytes } from '../../protocol/units';
import { invalid, nonNegative, positive, whole } from '../inputs';
import { sentAt, shareLine, type Sending } from './shared-line';

export interface CloudMachine {
  readonly name: string;
  /** Labels per second of all its GPUs together. */
  readonly labelsPerS: number;
  readonly pricePerH: number;
  /** How fast it can send; Infinity when absent. */
  readonly uploadBytesPerS?: number | undefined;
}

export interface CloudInput {
  readonly numUnits: number;
  readonly machines: readonly CloudMachine[];
  /** Speed of the line home, shared by all machines. */
  readonly downloadBytesPerS: number;
  /** Price of a gigabyte (10^9 bytes) that leaves the provider. */
  readonly egressPerGB: number;
  readonly labelsPerUnit?: number | undefined;
  /** Bytes of a full file; 4 GiB, postcli's default, when absent. */
  readonly maxFileSizeBytes?: number | undefined;
  /** From renting to the first label: boot, drivers, benchmark. 600 s when absent. */
  readonly setupS?: number | undefined;
  /** Price of a gigabyte of rented disk a month (30 days); 0 when absent. */
  readonly diskPerGBMonth?: number | undefined;
  /**
   * The fetch script removes a file from the machine once its checksum agrees at home. By default nothing is removed,
   * and the machine has to hold all of its files.
   */
  readonly removeVerified?: boolean | undefined;
  /** Spare part of each disk, rented and at home; 0.1 when absent, as the documentation advises. */
  readonly spareDisk?: number | undefined;
}

interface CloudShare {
  /** Index and name of the machine. */
  readonly index: number;
  readonly machine: string;
  /** For postcli: both inclusive. */
  readonly fromFile: number;
  readonly toFile: number;
  readonly bytes: number;
  readonly initialisedS: number;
  readonly downloadedS: number;
  readonly cost: number;
  readonly waitsFor: 'gpu' | 'download';
  /** Of the cost, what is paid while the GPUs only wait for the line. */
  readonly idleCost: number;
  /** The disk to rent with this machine: the most that it holds, and the spare part. */
  readonly rentedDiskBytes: number;
}

interface CloudPoint {
  readonly atS: number;
  readonly initialisedBytes: number;
  readonly downloadedBytes: number;
  /** Paid by then. */
  readonly gpuCost: number;
  readonly diskCost: number;
  readonly egressCost: number;
}

export interface CloudPlan {
  readonly dataBytes: number;
  readonly files: number;
  readonly shares: readonly CloudShare[];
  readonly initialisedS: number;
  /** Everything is at home; Infinity when it never is. */
  readonly downloadedS: number;
  readonly bottleneck: 'gpu' | 'download';
  readonly gpuCost: number;
  readonly egressCost: number;
  readonly diskCost: number;
  readonly totalCost: number;
  /** Of the GPU cost, what is paid while the GPUs only wait for the line. */
  readonly idleGpuCost: number;
  /** The disk to have at home: the data and the spare part. */
  readonly homeDiskBytes: number;
  /** The disks to rent, all machines together. */
  readonly rentedDiskBytes: number;
  readonly timeline: readonly CloudPoint[];
}

/** A bound on what a typing error may cost. */
const mostMachines = 1000;

/** Machines of one kind, numbered after those that there are already. */
export function machinesOf(
  kind: Omit<CloudMachine, 'name'>,
  count: number,
  before: readonly CloudMachine[] = [],
): readonly CloudMachine[] {
  whole(count, 'count', 0, mostMachines - before.length);
  return [
    ...before,
    ...Array.from({ length: count }, (_, i) => ({
      name: `machine ${before.length + i + 1}`,
      ...kind,
    })),
  ];
}

/**
 * Other kinds of machines as a user lists them: `count, labels/s, $ per hour, Mbit/s of upload`, the next kind after a
 * semicolon or on a new line.
 * @throws WorkbenchError `input-not-valid`
 */
export function addMachines(
  text: string,
  machines: readonly CloudMachine[],
): readonly CloudMachine[] {
  return text
    .split(/[;\n]/)
    .filter((kind) => kind.trim() !== '')
    .reduce((before, kind) => {
      const given = kind.split(/[,\s]+/).filter((part) => part !== '');
      const [count, labelsPerS, pricePerH, mbitPerS] = given.map(Number);
      if (
        given.length !== 4 ||
        count === undefined ||
        labelsPerS === undefined ||
        pricePerH === undefined ||
        mbitPerS === undefined
      )
        throw invalid(
          'A kind of machine',
          'four numbers: how many, labels/s, $ per hour, Mbit/s of upload',
          `“${kind.trim()}”`,
        );
      const uploadBytesPerS = mbitPerS * 125_000;
      return machinesOf({ labelsPerS, pricePerH, uploadBytesPerS }, count, before);
    }, machines);
}

/** @throws WorkbenchError `input-not-valid` */
export function cloud(input: CloudInput): CloudPlan {
  const { machines, setupS = 600, removeVerified = false } = input;
  const withSpare = 1 + nonNegative(input.spareDisk ?? 0.1, 'spareDisk');
  if (machines.length === 0) throw invalid('machines', 'at least one machine', 0);
  positive(input.numUnits, 'numUnits');
  nonNegative(input.downloadBytesPerS, 'downloadBytesPerS');
  nonNegative(input.egressPerGB, 'egressPerGB');
  if (!(setupS >= 0 && setupS < Infinity)) throw invalid('setupS', 'a time, 0 or more', setupS);
  const dataBytes = input.numUnits * unitBytes(input.labelsPerUnit);
  const fileBytes = positive(input.maxFileSizeBytes ?? 4 * 2 ** 30, 'maxFileSizeBytes');
  const files = Math.ceil(dataBytes / fileBytes);
  const ranges = splitFiles(
    files,
    machines.map(({ labelsPerS }) => labelsPerS),
  );
  const senders = ranges.map(({ machine, fromFile, toFile }) => {
    const { labelsPerS, uploadBytesPerS = Infinity } = machines[machine] ?? fail();
    return {
      bytes: Math.min(dataBytes, (toFile + 1) * fileBytes) - fromFile * fileBytes,
      fileBytes,
      writeBytesPerS: labelsPerS * labelBytes,
      uploadBytesPerS: nonNegative(uploadBytesPerS, 'uploadBytesPerS'),
    };
  });
  const sendings = shareLine(senders, input.downloadBytesPerS, setupS);
  const shares = ranges.map(({ machine, fromFile, toFile }, i): CloudShare => {
    const { name, pricePerH } = machines[machine] ?? fail();
    const { bytes } = senders[i] ?? fail();
    const { startS, writtenS, sentS, peakBytes } = sendings[i] ?? fail();
    return {
      index: machine,
      machine: name,
      fromFile,
      toFile,
      bytes,
      initialisedS: writtenS,
      downloadedS: sentS,
      cost: times(nonNegative(pricePerH, 'pricePerH') / 3600, sentS),
      // Sending takes longer than writing did.
      waitsFor: sentS - startS > (writtenS - setupS) * (1 + 1e-9) ? 'download' : 'gpu',
      idleCost: times(pricePerH / 3600, sentS - writtenS),
      rentedDiskBytes: (removeVerified ? peakBytes : bytes) * withSpare,
    };
  });
  const initialisedS = Math.max(...shares.map((share) => share.initialisedS));
  const last = shares.reduce((a, b) => (b.downloadedS > a.downloadedS ? b : a));
  const gpuCost = shares.reduce((sum, { cost }) => sum + cost, 0);
  const egressCost = (dataBytes / 1e9) * input.egressPerGB;
  const diskPerByteS =
    nonNegative(input.diskPerGBMonth ?? 0, 'diskPerGBMonth') / 1e9 / (30 * 86_400);
  const diskCost = shares.reduce(
    (sum, share) => sum + times(share.rentedDiskBytes * diskPerByteS, share.downloadedS),
    0,
  );
  return {
    dataBytes,
    files,
    shares,
    initialisedS,
    downloadedS: last.downloadedS,
    bottleneck: last.waitsFor,
    gpuCost,
    egressCost,
    diskCost,
    totalCost: gpuCost + egressCost + diskCost,
    idleGpuCost: shares.reduce((sum, { idleCost }) => sum + idleCost, 0),
    homeDiskBytes: dataBytes * withSpare,
    rentedDiskBytes: shares.reduce((sum, share) => sum + share.rentedDiskBytes, 0),
    timeline: cloudTimeline(shares, sendings, setupS, {
      gpuPerS: ({ index }) => (machines[index] ?? fail()).pricePerH / 3600,
      diskPerS: ({ rentedDiskBytes }) => rentedDiskBytes * diskPerByteS,
      perByte: input.egressPerGB / 1e9,
    }),
  };
}

interface FileRange {
  /** Index of the machine. */
  readonly machine: number;
  readonly fromFile: number;
  readonly toFile: number;
}

/** Files dealt out in proportion to the rates, as contiguous ranges; a machine with no share is left out. */
export function splitFiles(files: number, rates: readonly number[]): FileRange[] {
  whole(files, 'files', 1, 2 ** 53 - 1);
  const total = rates.reduce((sum, rate) => sum + nonNegative(rate, 'labelsPerS'), 0);
  if (total === 0) throw invalid('labelsPerS', 'above 0 for at least one machine', 0);
  if (total === Infinity) throw invalid('labelsPerS', 'a finite number', total);
  let done = 0;
  let before = 0;
  return rates.flatMap((rate, machine): FileRange[] => {
    before += rate;
    const fromFile = done;
    done = Math.round((files * before) / total);
    return done > fromFile ? [{ machine, fromFile, toFile: done - 1 }] : [];
  });
}

function cloudTimeline(
  shares: readonly CloudShare[],
  sendings: readonly Sending[],
  setupS: number,
  prices: {
    readonly gpuPerS: (share: CloudShare) => number;
    readonly diskPerS: (share: CloudShare) => number;
    readonly perByte: number;
  },
): CloudPoint[] {
  const endS = Math.max(...shares.map(({ downloadedS }) => downloadedS));
  const lastS = Number.isFinite(endS)
    ? endS
    : Math.max(...shares.map(({ initialisedS }) => initialisedS));
  return Array.from({ length: 121 }, (_, i) => {
    const atS = (lastS * i) / 120;
    const point = { atS, initialisedBytes: 0, downloadedBytes: 0, gpuCost: 0, diskCost: 0 };
    for (const [at, share] of shares.entries()) {
      const { bytes, initialisedS, downloadedS } = share;
      const written = bytes * clamp((atS - setupS) / (initialisedS - setupS));
      point.initialisedBytes += written;
      point.downloadedBytes += Math.min(written, sentAt(sendings[at] ?? fail(), atS));
      const rentedS = Math.min(atS, downloadedS);
      point.gpuCost += times(prices.gpuPerS(share), rentedS);
      point.diskCost += times(prices.diskPerS(share), rentedS);
    }
    return { ...point, egressCost: times(prices.perByte, point.downloadedBytes) };
  });
}

/** Nothing of something endless is nothing. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

const clamp = (value: number): number => Math.min(1, Math.max(0, value || 0));

function fail(): never {
  throw new RangeError('a file range names a machine that is not there');
}
