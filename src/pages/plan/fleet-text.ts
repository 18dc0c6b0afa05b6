/**
 * The machines that a person lists, as they stand in the address, exactly as typed:
 * `nas;4;0.8;1000;raid5;4*8@180,1*16@250~desk;…`: name, threads, scan (GiB/s of a thread), k2pow (hashes/s), how the
 * drives are joined, and the drives as count*TB@MB/s.
 */
import type { JoinMode } from '../../simulate/drives';
import { joinModes } from '../../simulate/drives';
import type { FleetMachine } from '../../simulate/machines';

export interface DriveText {
  readonly count: string;
  readonly size: string;
  readonly speed: string;
}

export interface MachineText {
  readonly name: string;
  readonly threads: string;
  readonly scan: string;
  readonly pow: string;
  readonly mode: JoinMode;
  readonly drives: readonly DriveText[];
}

export const newDrive: DriveText = { count: '1', size: '8', speed: '180' };
export const newMachine = (number: number): MachineText => ({
  name: `machine ${number}`,
  threads: '4',
  scan: '0.8',
  pow: '1000',
  mode: 'separate',
  drives: [{ ...newDrive, count: number === 1 ? '4' : '1' }],
});

/** Signs that part the fields cannot stand in them. */
const plain = (text: string): string => text.replaceAll(/[;~,*@]/g, ' ');

export const formatFleet = (machines: readonly MachineText[]): string =>
  machines
    .map(({ name, threads, scan, pow, mode, drives }) =>
      [
        ...[name, threads, scan, pow, mode].map(plain),
        drives
          .map(({ count, size, speed }) => `${plain(count)}*${plain(size)}@${plain(speed)}`)
          .join(','),
      ].join(';'),
    )
    .join('~');

/** What is not understood is left empty: a link from another version still opens. */
export const parseFleet = (text: string): MachineText[] =>
  text.split('~').map((part): MachineText => {
    const [name = '', threads = '', scan = '', pow = '', mode = '', drives = ''] = part.split(';');
    return {
      ...{ name, threads, scan, pow },
      mode: joinModes.find((one) => one === mode) ?? 'separate',
      drives: drives.split(',').flatMap((drive): DriveText[] => {
        const [count = '', size = '', speed = ''] = drive.split(/[*@]/);
        return drive === '' ? [] : [{ count, size, speed }];
      }),
    };
  });

const numberOf = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/** What is wrong with a field's text, for the field itself. */
export const fieldError = (text: string): string | undefined =>
  Number.isNaN(numberOf(text)) ? 'A number is needed here.' : undefined;

/** The most drives of one row. */
const maxCount = 1000;

/** As the planner takes them; NaN stays, and the planner refuses it by name. Drives are numbered through. */
export function fleetMachines(texts: readonly MachineText[]): FleetMachine[] {
  return texts.map(({ name, threads, scan, pow, mode, drives }, i): FleetMachine => {
    let number = 0;
    return {
      name: name.trim() === '' ? `machine ${i + 1}` : name.trim(),
      threads: numberOf(threads),
      scan: { bytesPerSPerThread: numberOf(scan) * 2 ** 30 },
      hashesPerS: numberOf(pow),
      mode,
      drives: drives.flatMap(({ count, size, speed }) =>
        Array.from(
          { length: Math.min(maxCount, Math.max(0, Math.floor(numberOf(count) || 0))) },
          () => ({
            name: `drive ${++number}`,
            sizeBytes: numberOf(size) * 1e12,
            readBytesPerS: numberOf(speed) * 1e6,
          }),
        ),
      ),
    };
  });
}
