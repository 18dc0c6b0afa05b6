/**
 * A farm as a file, CSV or JSON: machines, drives, what they share, identities, and the settings of the page. A file
 * that names nothing but machines is complete; everything else has the page's default.
 */
import { WorkbenchError } from '../../base/error';
import { joinModes, type JoinMode } from '../../simulate/farm/drives';
import {
  nameOf,
  type DriveText,
  type IdentityText,
  type MachineText,
  type SharedText,
} from './fleet-text';

/** Settings by their names in files, with the address's parameter for each. */
export const settingParameters = {
  cycle_gap_h: 'gap',
  safety_margin_h: 'margin',
  left_empty_percent: 'spare',
  largest_identity_su: 'most',
  objective: 'aim',
  wanted_chance_percent: 'want',
  k2pow_overlap: 'overlap',
  failed_pass: 'retry',
  publish_late: 'late',
  reward_per_su_epoch: 'reward',
  price_per_thread_hour: 'hour',
} as const;
export type FarmSetting = keyof typeof settingParameters;
const settingNames = Object.keys(settingParameters) as FarmSetting[];

export type FarmSettings = Readonly<Partial<Record<FarmSetting, string>>>;

/** The settings that the address has; those at their defaults are not in it. */
export const settingsOf = (parameter: (name: string) => string): FarmSettings =>
  Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = parameter(settingParameters[name]).trim();
      return value === '' ? [] : [[name, value]];
    }),
  );

/** The address’s parameters of all settings; undefined, the default, for those that are left out. */
export const settingsAsParameters = (
  settings: FarmSettings,
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(settingNames.map((name) => [settingParameters[name], settings[name]]));

export interface FarmFile {
  readonly machines: readonly MachineText[];
  readonly identities: readonly IdentityText[];
  readonly services: readonly SharedText[];
  readonly controllers: readonly SharedText[];
  /** As in the address; those at their defaults are left out. */
  readonly settings: FarmSettings;
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
  'k2pow_service',
  'controller',
  'value',
] as const;
type CsvColumn = (typeof csvColumns)[number];

export const farmJson = (file: FarmFile): string =>
  `${JSON.stringify({ format: fileFormat, version: 2, ...file }, null, 2)}\n`;

/** One row per machine, per kind of its drives, per shared service and controller, per identity, and per setting. */
export function farmCsv({
  machines,
  identities,
  services,
  controllers,
  settings,
}: FarmFile): string {
  const field = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const rows: Partial<Record<CsvColumn, string>>[] = [
    ...services.map(({ name, rate }) => ({ kind: 'k2pow-service', name, k2pow_hashes_s: rate })),
    ...controllers.map(({ name, rate }) => ({ kind: 'controller', name, read_mb_s: rate })),
    ...machines.flatMap((machine, i) => [
      {
        ...{ kind: 'machine', name: nameOf(machine, i), threads: machine.threads },
        ...{ scan_gib_s: machine.scan, k2pow_hashes_s: machine.pow, joined: machine.mode },
        k2pow_service: machine.service,
      },
      ...machine.drives.map(({ count, size, speed, controller }) => ({
        ...{ kind: 'drives', machine: nameOf(machine, i) },
        ...{ count, size_tb: size, read_mb_s: speed, controller },
      })),
    ]),
    ...identities.map(({ name, units, drive }) => ({
      ...{ kind: 'identity', name, size_su: units, drive },
    })),
    ...settingNames.flatMap((name) => {
      const value = settings[name];
      return value === undefined ? [] : [{ kind: 'setting', name, value }];
    }),
  ];
  return [
    csvColumns.join(','),
    ...rows.map((row) => csvColumns.map((column) => field(row[column] ?? '')).join(',')),
    '',
  ].join('\n');
}

/** Reads a file that `farmJson` or `farmCsv` wrote. @throws WorkbenchError `farm-not-readable` */
export function parseFarm(text: string): FarmFile {
  const file = text.trimStart().startsWith('{') ? readJson(text) : readCsv(text);
  if (file.machines.length === 0) throw notReadable('it names no machine');
  return file;
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
  const shared = (name: string): SharedText[] =>
    listOf(fieldOf(json, name)).map((entry) => ({
      name: textOf(fieldOf(entry, 'name')),
      rate: textOf(fieldOf(entry, 'rate')),
    }));
  const settings = fieldOf(json, 'settings');
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
        controller: textOf(fieldOf(drive, 'controller')),
      })),
      service: textOf(fieldOf(machine, 'service')),
    })),
    identities: listOf(fieldOf(json, 'identities')).map((identity) => ({
      name: textOf(fieldOf(identity, 'name')),
      units: textOf(fieldOf(identity, 'units')),
      drive: textOf(fieldOf(identity, 'drive')),
    })),
    services: shared('services'),
    controllers: shared('controllers'),
    settings: Object.fromEntries(
      settingNames.flatMap((name) => {
        const value = textOf(fieldOf(settings, name));
        return value === '' ? [] : [[name, value]];
      }),
    ),
  };
}

function readCsv(text: string): FarmFile {
  const [header = [], ...rows] = csvRows(text);
  const missing = ['kind', 'name'].filter((column) => !header.includes(column));
  if (missing.length > 0) throw notReadable(`it has no column ${missing.join(' and no column ')}`);
  const machines: (MachineText & { drives: DriveText[] })[] = [];
  const identities: IdentityText[] = [];
  const services: SharedText[] = [];
  const controllers: SharedText[] = [];
  const settings: Partial<Record<FarmSetting, string>> = {};
  for (const [i, row] of rows.entries()) {
    const get = (column: CsvColumn): string => row[header.indexOf(column)] ?? '';
    const kind = get('kind');
    const name = get('name');
    switch (kind) {
      case 'machine':
        machines.push({
          ...{ name, threads: get('threads'), scan: get('scan_gib_s') },
          ...{ pow: get('k2pow_hashes_s'), mode: modeOf(get('joined')), drives: [] },
          service: get('k2pow_service'),
        });
        break;
      case 'drives': {
        const machine = machines.find((known) => known.name === get('machine'));
        if (!machine)
          throw notReadable(
            `row ${i + 2} has drives of “${get('machine')}”, which no row above names`,
          );
        machine.drives.push({
          ...{ count: get('count'), size: get('size_tb'), speed: get('read_mb_s') },
          controller: get('controller'),
        });
        break;
      }
      case 'identity':
        identities.push({ name, units: get('size_su'), drive: get('drive') });
        break;
      case 'k2pow-service':
        services.push({ name, rate: get('k2pow_hashes_s') });
        break;
      case 'controller':
        controllers.push({ name, rate: get('read_mb_s') });
        break;
      case 'setting': {
        const setting = settingNames.find((known) => known === name);
        if (!setting)
          throw notReadable(
            `row ${i + 2} sets “${name}”, which is none of: ${settingNames.join(', ')}`,
          );
        settings[setting] = get('value');
        break;
      }
      default:
        throw notReadable(
          `row ${i + 2} is of kind “${kind}” instead of machine, drives, identity, k2pow-service, controller or setting`,
        );
    }
  }
  return { machines, identities, services, controllers, settings };
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
