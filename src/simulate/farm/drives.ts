/** Drives joined into volumes. One identity cannot span filesystems, so a volume is what a plan fills. */
import { invalid, nonNegative, positive } from '../inputs';

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
