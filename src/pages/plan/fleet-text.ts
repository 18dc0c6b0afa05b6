/**
 * A farm as the user types it. The machines are in the address, exactly as typed:
 * `nas;4;0.8;1000;raid5;4*8@180,1*16@250~desk;…`: name, threads, scan (GiB/s per thread), k2pow (hashes/s), how the
 * drives are joined, and the drives as count*TB@MB/s. As files they are CSV or JSON.
 */
import { parseNumber } from '../../ui/number-rule';
import { WorkbenchError } from '../../base/error';
import { joinDrives, joinModes, type JoinMode } from '../../simulate/farm/drives';
import type { FarmInput, GivenIdentity, SizedDrive } from '../../simulate/farm/farm-plan';

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

/** An identity that exists, as typed: its size in SU, and the drive that holds it, if that is known. */
export interface IdentityText {
  readonly name: string;
  readonly units: string;
  readonly drive: string;
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

/** Characters that separate fields cannot be part of them. */
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
      mode: joinModes.find((known) => known === mode) ?? 'separate',
      drives: drives.split(',').flatMap((drive): DriveText[] => {
        const [count = '', size = '', speed = ''] = drive.split(/[*@]/);
        return drive === '' ? [] : [{ count, size, speed }];
      }),
    };
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

const nameOf = ({ name }: MachineText, i: number): string =>
  name.trim() === '' ? `machine ${i + 1}` : name.trim();

/** A machine's drives, numbered through, and joined as configured. */
function drivesOf(text: MachineText, machine: string): SizedDrive[] {
  let number = 0;
  const drives = text.drives.flatMap(({ count, size, speed }) =>
    Array.from(
      { length: Math.min(maxCount, Math.max(0, Math.floor(parseNumber(count) || 0))) },
      () => ({
        name: `${machine}/drive ${++number}`,
        sizeBytes: parseNumber(size) * 1e12,
        readBytesPerS: parseNumber(speed) * 1e6,
      }),
    ),
  );
  if (drives.length === 0) return [];
  return joinDrives(drives, text.mode).volumes.map(({ name, sizeBytes, readBytesPerS }) => ({
    name: text.mode === 'separate' ? name : `${machine}/${text.mode}`,
    ...{ machine, bytes: sizeBytes, bytesPerS: readBytesPerS },
  }));
}

/** As the planner takes them. NaN stays, and the planner refuses it by name. @throws WorkbenchError `input-not-valid` */
export function farmMachines(
  texts: readonly MachineText[],
): Pick<FarmInput, 'machines' | 'drives'> {
  const names = texts.map(nameOf);
  return {
    machines: texts.map(({ threads, scan, pow }, i) => ({
      name: names[i] ?? '',
      threads: parseNumber(threads),
      scanBytesPerSPerThread: parseNumber(scan) * 2 ** 30,
      hashesPerS: parseNumber(pow),
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

export interface FarmFile {
  readonly machines: readonly MachineText[];
  readonly identities: readonly IdentityText[];
}

const fileFormat = 'post-workbench-farm';
const csvColumns = [
  'kind',
  'name',
  'machine',
  'threads',
  'scan_gib_s',
  'k2pow_hashes_s',
  'joined',
  'count',
  'size_tb',
  'read_mb_s',
  'size_su',
  'drive',
] as const;

export const farmJson = ({ machines, identities }: FarmFile): string =>
  `${JSON.stringify({ format: fileFormat, version: 1, machines, identities }, null, 2)}\n`;

/** One row per machine, per kind of its drives, and per identity. */
export function farmCsv({ machines, identities }: FarmFile): string {
  const field = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const rows: Partial<Record<(typeof csvColumns)[number], string>>[] = [
    ...machines.flatMap((machine, i) => [
      {
        ...{ kind: 'machine', name: nameOf(machine, i), threads: machine.threads },
        ...{ scan_gib_s: machine.scan, k2pow_hashes_s: machine.pow, joined: machine.mode },
      },
      ...machine.drives.map(({ count, size, speed }) => ({
        ...{ kind: 'drives', machine: nameOf(machine, i) },
        ...{ count, size_tb: size, read_mb_s: speed },
      })),
    ]),
    ...identities.map(({ name, units, drive }) => ({
      ...{ kind: 'identity', name, size_su: units, drive },
    })),
  ];
  return [
    csvColumns.join(','),
    ...rows.map((row) => csvColumns.map((column) => field(row[column] ?? '')).join(',')),
    '',
  ].join('\n');
}

/** Reads a file that `farmJson` or `farmCsv` wrote. @throws WorkbenchError `farm-not-readable` */
export function parseFarm(text: string): FarmFile {
  const read = text.trimStart().startsWith('{') ? readJson(text) : readCsv(text);
  if (read.machines.length === 0) throw notReadable('it names no machine');
  return read;
}

const notReadable = (why: string): WorkbenchError =>
  new WorkbenchError(
    'farm-not-readable',
    `This is not a file of a farm: ${why}. Use a CSV or JSON file that this page exported, or one with the same columns.`,
    { why },
  );

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [];
const modeOf = (value: unknown): JoinMode =>
  joinModes.find((known) => known === value) ?? 'separate';

function readJson(text: string): FarmFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw notReadable('it is not valid JSON');
  }
  if (fieldOf(json, 'format') !== fileFormat)
    throw notReadable(`its format is not “${fileFormat}”`);
  return {
    machines: listOf(fieldOf(json, 'machines')).map((machine): MachineText => ({
      name: textOf(fieldOf(machine, 'name')),
      threads: textOf(fieldOf(machine, 'threads')),
      scan: textOf(fieldOf(machine, 'scan')),
      pow: textOf(fieldOf(machine, 'pow')),
      mode: modeOf(fieldOf(machine, 'mode')),
      drives: listOf(fieldOf(machine, 'drives')).map((drive) => ({
        count: textOf(fieldOf(drive, 'count')),
        size: textOf(fieldOf(drive, 'size')),
        speed: textOf(fieldOf(drive, 'speed')),
      })),
    })),
    identities: listOf(fieldOf(json, 'identities')).map((identity) => ({
      name: textOf(fieldOf(identity, 'name')),
      units: textOf(fieldOf(identity, 'units')),
      drive: textOf(fieldOf(identity, 'drive')),
    })),
  };
}

function readCsv(text: string): FarmFile {
  const [header = [], ...rows] = csvRows(text);
  const missing = ['kind', 'name'].filter((column) => !header.includes(column));
  if (missing.length > 0) throw notReadable(`it has no column ${missing.join(' and no column ')}`);
  const machines: (MachineText & { drives: DriveText[] })[] = [];
  const identities: IdentityText[] = [];
  for (const [i, row] of rows.entries()) {
    const get = (column: (typeof csvColumns)[number]): string => row[header.indexOf(column)] ?? '';
    const kind = get('kind');
    if (kind === 'machine')
      machines.push({
        ...{ name: get('name'), threads: get('threads'), scan: get('scan_gib_s') },
        ...{ pow: get('k2pow_hashes_s'), mode: modeOf(get('joined')), drives: [] },
      });
    else if (kind === 'drives') {
      const machine = machines.find(({ name }) => name === get('machine'));
      if (!machine)
        throw notReadable(
          `row ${i + 2} has drives of “${get('machine')}”, which no row above names`,
        );
      machine.drives.push({ count: get('count'), size: get('size_tb'), speed: get('read_mb_s') });
    } else if (kind === 'identity')
      identities.push({ name: get('name'), units: get('size_su'), drive: get('drive') });
    else
      throw notReadable(`row ${i + 2} is of kind “${kind}” instead of machine, drives or identity`);
  }
  return { machines, identities };
}

/** RFC 4180; empty lines are left out. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g;
  for (const [whole, quoted, bare, end] of text.matchAll(pattern)) {
    if (whole === '' && row.length === 0) continue;
    row.push(quoted === undefined ? (bare ?? '').trim() : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
  }
  return rows;
}
