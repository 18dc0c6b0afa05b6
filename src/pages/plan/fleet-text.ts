/**
 * A farm as the user types it. The machines are in the address, exactly as typed:
 * `nas;4;0.8;1000;raid5;4*8@180^hba,1*16@250;pool~desk;…`: name, threads, scan (GiB/s per thread), k2pow (hashes/s), how
 * the drives are joined, the drives as count*TB@MB/s^controller, and the k2pow service. As files: farm-file.ts.
 */
import { parseNumber } from '../../ui/number-rule';
import { joinDrives, joinModes, type JoinMode } from '../../simulate/farm/drives';
import type { FarmInput, GivenIdentity, SizedDrive } from '../../simulate/farm/farm-plan';

export interface DriveText {
  readonly count: string;
  readonly size: string;
  readonly speed: string;
  /** Name of the controller or NAS that it is read through; empty: one of its own. */
  readonly controller: string;
}

export interface MachineText {
  readonly name: string;
  readonly threads: string;
  readonly scan: string;
  readonly pow: string;
  readonly mode: JoinMode;
  readonly drives: readonly DriveText[];
  /** Name of the k2pow service that works for it; empty: the machine itself. */
  readonly service: string;
}

/** What several machines or drives share: a k2pow service (hashes/s), or a controller or NAS (MB/s). */
export interface SharedText {
  readonly name: string;
  readonly rate: string;
}

/** An identity that exists, as typed: its size in SU, and the drive that holds it, if that is known. */
export interface IdentityText {
  readonly name: string;
  readonly units: string;
  readonly drive: string;
}

export const newDrive: DriveText = { count: '1', size: '8', speed: '180', controller: '' };
export const newMachine = (number: number): MachineText => ({
  name: `machine ${number}`,
  threads: '4',
  scan: '0.8',
  pow: '1000',
  mode: 'separate',
  drives: [{ ...newDrive, count: number === 1 ? '4' : '1' }],
  service: '',
});

/** Characters that separate fields cannot be part of them. */
const plain = (text: string): string => text.replaceAll(/[;~,*@^]/g, ' ');

export const formatFleet = (machines: readonly MachineText[]): string =>
  machines
    .map(({ name, threads, scan, pow, mode, drives, service }) =>
      [
        ...[name, threads, scan, pow, mode].map(plain),
        drives
          .map(
            ({ count, size, speed, controller }) =>
              `${plain(count)}*${plain(size)}@${plain(speed)}${controller === '' ? '' : `^${plain(controller)}`}`,
          )
          .join(','),
        ...(service === '' ? [] : [plain(service)]),
      ].join(';'),
    )
    .join('~');

/** What is not understood is left empty: a link from another version still opens. */
export const parseFleet = (text: string): MachineText[] =>
  text.split('~').map((part): MachineText => {
    const [name = '', threads = '', scan = '', pow = '', mode = '', drives = '', service = ''] =
      part.split(';');
    return {
      ...{ name, threads, scan, pow, service },
      mode: joinModes.find((known) => known === mode) ?? 'separate',
      drives: drives.split(',').flatMap((drive): DriveText[] => {
        const [count = '', size = '', speed = '', controller = ''] = drive.split(/[*@^]/);
        return drive === '' ? [] : [{ count, size, speed, controller }];
      }),
    };
  });

/** `pool;4000~gpu;9000`: what is shared, in the address. */
export const formatShared = (shared: readonly SharedText[]): string =>
  shared.map(({ name, rate }) => `${plain(name)};${plain(rate)}`).join('~');

export const parseShared = (text: string): SharedText[] =>
  text.split('~').flatMap((part): SharedText[] => {
    const [name = '', rate = ''] = part.split(';');
    return part.trim() === '' ? [] : [{ name, rate }];
  });

/** `a*64@nas/drive 1~b*32`: identities with their size and drive, in the address. */
export const formatIdentities = (identities: readonly IdentityText[]): string =>
  identities
    .map(({ name, units, drive }) =>
      [plain(name), `*${plain(units)}`, drive === '' ? '' : `@${plain(drive)}`].join(''),
    )
    .join('~');

export const parseIdentities = (text: string): IdentityText[] =>
  text.split('~').flatMap((part): IdentityText[] => {
    const [, name = '', units = '', drive = ''] = /^([^*@]*)\*([^@]*)@?(.*)$/.exec(part) ?? [];
    return part.trim() === '' ? [] : [{ name, units, drive }];
  });

/** What is wrong with a field's text, for the field itself. */
export const fieldError = (text: string): string | undefined =>
  Number.isNaN(parseNumber(text)) ? 'Enter a number.' : undefined;

/** The most drives of one row. */
const maxCount = 1000;

/** A machine’s name, or the one that it has without. */
export const nameOf = ({ name }: MachineText, i: number): string =>
  name.trim() === '' ? `machine ${i + 1}` : name.trim();

/** A machine's drives, numbered through, and joined as configured. */
function drivesOf(text: MachineText, machine: string): SizedDrive[] {
  let number = 0;
  const drives = text.drives.flatMap(({ count, size, speed, controller }) =>
    Array.from(
      { length: Math.min(maxCount, Math.max(0, Math.floor(parseNumber(count) || 0))) },
      () => ({
        name: `${machine}/drive ${++number}`,
        sizeBytes: parseNumber(size) * 1e12,
        readBytesPerS: parseNumber(speed) * 1e6,
        controller: controller.trim(),
      }),
    ),
  );
  if (drives.length === 0) return [];
  const controllerOf = new Map(drives.map(({ name, controller }) => [name, controller]));
  // A joined volume is read through the controller of its drives, which is one.
  const [first] = drives;
  return joinDrives(drives, text.mode).volumes.map(({ name, sizeBytes, readBytesPerS }) => {
    const controller = controllerOf.get(name) ?? first?.controller ?? '';
    return {
      name: text.mode === 'separate' ? name : `${machine}/${text.mode}`,
      ...{ machine, bytes: sizeBytes, bytesPerS: readBytesPerS },
      ...(controller === '' ? {} : { controller }),
    };
  });
}

/** As the planner takes them. NaN stays, and the planner refuses it by name. @throws WorkbenchError `input-not-valid` */
export function farmMachines({
  machines: texts,
  services = [],
  controllers = [],
}: {
  readonly machines: readonly MachineText[];
  readonly services?: readonly SharedText[];
  readonly controllers?: readonly SharedText[];
}): Pick<FarmInput, 'machines' | 'drives' | 'k2powServices' | 'controllers'> {
  const names = texts.map(nameOf);
  return {
    k2powServices: services.map(({ name, rate }) => ({
      name: name.trim(),
      hashesPerS: parseNumber(rate),
    })),
    controllers: controllers.map(({ name, rate }) => ({
      name: name.trim(),
      bytesPerS: parseNumber(rate) * 1e6,
    })),
    machines: texts.map(({ threads, scan, pow, service }, i) => ({
      name: names[i] ?? '',
      threads: parseNumber(threads),
      scanBytesPerSPerThread: parseNumber(scan) * 2 ** 30,
      hashesPerS: parseNumber(pow),
      ...(service.trim() === '' ? {} : { k2powService: service.trim() }),
    })),
    drives: texts.flatMap((text, i) => drivesOf(text, names[i] ?? '')),
  };
}

export const givenIdentities = (texts: readonly IdentityText[]): GivenIdentity[] =>
  texts.map(({ name, units, drive }, i) => ({
    name: name.trim() === '' ? `identity ${i + 1}` : name.trim(),
    numUnits: parseNumber(units),
    drive: drive.trim() === '' ? undefined : drive.trim(),
  }));
