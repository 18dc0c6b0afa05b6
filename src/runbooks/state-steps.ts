/** What the plans for a node's state share: stopping, moving state files aside, copying and examining them. */
import { systemdUnitName } from '../base/shell';
import { inside, type ChecklistStep, type Platform } from './platform';

export interface StateSizes {
  /** state.sql with its -wal. */
  readonly stateBytes: number;
  /** local.sql with its -wal. */
  readonly localBytes: number;
}

export interface CarePlan {
  readonly steps: readonly ChecklistStep[];
  /** Bytes that must be free, and where. */
  readonly room: readonly {
    readonly where: string;
    readonly bytes: number;
    readonly for: string;
  }[];
}

export interface CareOptions {
  /** Linux by default. */
  readonly platform?: Platform | undefined;
  readonly dataFolder: string;
  readonly unit?: string | undefined;
  readonly sizes: StateSizes;
}

type Control = 'stop' | 'start';

const controlCommand = (
  { platform = 'linux', unit }: Pick<CareOptions, 'platform' | 'unit'>,
  what: Control,
): string | undefined =>
  unit === undefined || platform !== 'linux'
    ? undefined
    : `sudo systemctl ${what} ${systemdUnitName(unit)}`;

export const stop = (options: CareOptions): ChecklistStep => ({
  id: 'stop',
  text: 'Stop the node and wait for "app cleanup completed" in its log. With Smapp: quit it.',
  because:
    'While the node writes, a copy of state.sql and of its -wal do not belong together, and the copy is torn.',
  command: controlCommand(options, 'stop'),
});
export const start = (options: CareOptions): ChecklistStep => ({
  id: 'start',
  text: 'Start the node.',
  command: controlCommand(options, 'start'),
});

const stateNames = ['state.sql', 'state.sql-wal', 'state.sql-shm'] as const;

/** Moves the state files of a folder into `old-state` in it. An earlier old-state is not overwritten. */
function moveAside(platform: Platform, folder: string): string {
  const old = inside(platform, folder, 'old-state');
  if (platform === 'windows')
    return `New-Item -ItemType Directory ${old} -ErrorAction Stop | Out-Null; ${stateNames
      .map((name) => inside(platform, folder, name))
      .map((file) => `if (Test-Path ${file}) { Move-Item ${file} ${old} }`)
      .join('; ')}`;
  const from = inside(platform, folder, '');
  return `mkdir ${old} && for f in ${stateNames.join(' ')}; do [ ! -e ${from}/"$f" ] || mv -- ${from}/"$f" ${old}/; done`;
}

export const aside = (platform: Platform, folder: string, where = ''): ChecklistStep => ({
  id: 'aside',
  text: `${where}Move state.sql, its -wal and its -shm aside, and keep them until the node is synced again.`,
  because:
    'A -wal that stays behind is read into the new database: it then shows old rows, and integrity_check still prints ok.',
  danger: true,
  command: moveAside(platform, folder),
});

/** Copies those of the files that exist. */
export function copyFiles(
  platform: Platform,
  names: readonly string[],
  from: string,
  to: string,
): string {
  if (platform === 'windows')
    return `New-Item -ItemType Directory -Force ${inside(platform, to, '')} | Out-Null; robocopy ${inside(platform, from, '')} ${inside(platform, to, '')} ${names.join(' ')} /Z /J /R:3`;
  const source = inside(platform, from, '');
  return `mkdir -p -m 700 -- ${inside(platform, to, '')} && for f in ${names.join(' ')}; do [ ! -e ${source}/"$f" ] || cp -p -- ${source}/"$f" ${inside(platform, to, '')}/ || break; done`;
}

/** Prints "ok", and the schema's version, of a state.sql that no node uses. */
export const examine = (platform: Platform, folder: string): ChecklistStep => ({
  id: 'examine',
  text: 'Let SQLite examine the result: it prints ok and the version of the schema.',
  command: `sqlite3 -readonly ${inside(platform, folder, 'state.sql')} 'PRAGMA quick_check(1); PRAGMA user_version;'`,
});
