/**
 * Backup, copy, clearing and download of a node's state: which files, in which order, what must not change meanwhile, how
 * much space. The files and what is in them: go-spacemesh v1.7.6 (node/node.go).
 */
import { WorkbenchError } from '../base/error';
import { shellPath, shellWord, systemdUnitName } from '../base/shell';
import { withoutTrailing } from '../base/text';
import type { ChecklistStep } from './moving';

export interface StateFile {
  /** Below the data folder; a * matches any name. */
  readonly name: string;
  readonly what: string;
  /** 'never': deleting it loses data permanently. */
  readonly mayBeDeleted: 'yes' | 'never' | 'only to start over';
  readonly inBackup: boolean;
}

export const stateFiles: readonly StateFile[] = [
  {
    name: 'identities/*.key',
    what: 'The keys of your smeshers.',
    mayBeDeleted: 'never',
    inBackup: true,
  },
  {
    name: 'local.sql',
    what: "This node's own state: initial proof, the ATX in the making, PoET registrations.",
    mayBeDeleted: 'never',
    inBackup: true,
  },
  {
    name: 'local.sql-wal',
    what: 'The newest part of local.sql, often all of it. Belongs to it.',
    mayBeDeleted: 'never',
    inBackup: true,
  },
  {
    name: 'local.sql-shm',
    what: 'Index of the WAL; recreated when missing.',
    mayBeDeleted: 'yes',
    inBackup: false,
  },
  {
    name: 'state.sql',
    what: 'The state of the network. The node downloads it again if need be, in days.',
    mayBeDeleted: 'only to start over',
    inBackup: false,
  },
  {
    name: 'state.sql-wal',
    what: 'The newest part of state.sql, even after a clean stop. Belongs to it.',
    mayBeDeleted: 'only to start over',
    inBackup: false,
  },
  {
    name: 'state.sql-shm',
    what: 'Index of the WAL; recreated when missing.',
    mayBeDeleted: 'yes',
    inBackup: false,
  },
  {
    name: 'genesis.json',
    what: 'Which network this folder belongs to. The node recreates it from its config.',
    mayBeDeleted: 'only to start over',
    inBackup: true,
  },
  {
    name: 'p2p/p2p.key',
    what: "The node's name among its peers. Not worth keeping, and never for two nodes.",
    mayBeDeleted: 'yes',
    inBackup: false,
  },
  {
    name: 'bootstrap/',
    what: 'Beacons and active sets that were fetched.',
    mayBeDeleted: 'yes',
    inBackup: false,
  },
];

export interface StateSizes {
  /** state.sql with its -wal. */
  readonly stateBytes: number;
  /** local.sql with its -wal. */
  readonly localBytes: number;
}

/** The sizes of a data folder, from its files' names. Further databases below it, such as backups, do not count. */
export function stateSizes(
  files: readonly { readonly path: string; readonly sizeBytes: number }[],
): StateSizes {
  const of = (name: string): number =>
    files
      .filter(({ path }) => new RegExp(`^([^/]+/)?${name}\\.sql(-wal)?$`).test(path))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { stateBytes: of('state'), localBytes: of('local') };
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

const stop = (unit: string | undefined): ChecklistStep => ({
  id: 'stop',
  text: 'Stop the node and wait for "app cleanup completed" in its log.',
  because:
    'While the node writes, a copy of state.sql and of its -wal do not belong together, and the copy is torn.',
  ...(unit === undefined ? {} : { command: `sudo systemctl stop ${systemdUnitName(unit)}` }),
});
const start = (unit: string | undefined): ChecklistStep => ({
  id: 'start',
  text: 'Start the node.',
  ...(unit === undefined ? {} : { command: `sudo systemctl start ${systemdUnitName(unit)}` }),
});

const aside = (from: string): ChecklistStep => ({
  id: 'aside',
  text: 'Move state.sql, its -wal and its -shm aside, and keep them until the node is synced again.',
  because:
    'A -wal that stays behind is read into the new database: it then shows old rows, and integrity_check still prints ok.',
  danger: true,
  command: `install -d ${from}old-state && for f in state.sql state.sql-wal state.sql-shm; do [ ! -e ${from}"$f" ] || mv -- ${from}"$f" ${from}old-state/; done`,
});

export interface CareOptions {
  readonly dataFolder: string;
  readonly unit?: string | undefined;
  readonly sizes: StateSizes;
}

const inside = (folder: string, name: string): string =>
  shellPath(`${withoutTrailing(folder, '/')}/${name}`);

/** What cannot be had again, into a folder of its own: keys, local state, genesis. */
export function backupPlan({
  dataFolder,
  unit,
  sizes,
  target,
}: CareOptions & { readonly target: string }): CarePlan {
  const to = shellPath(`${withoutTrailing(target, '/')}/`);
  return {
    steps: [
      stop(unit),
      {
        id: 'keys',
        text: 'Copy the keys. Store this copy where no other user can read it.',
        danger: true,
        command: `install -d -m 700 ${to} && cp -a ${inside(dataFolder, 'identities')} ${to}`,
      },
      {
        id: 'local',
        text: 'Copy local.sql with its -wal, both or none.',
        command: `for f in local.sql local.sql-wal genesis.json; do [ ! -e ${inside(dataFolder, '')}"$f" ] || cp -a ${inside(dataFolder, '')}"$f" ${to}; done`,
      },
      {
        id: 'metadata',
        text: 'Copy postdata_metadata.json from the PoST folder as well: without it the data is hard to use again.',
      },
      start(unit),
    ],
    room: [{ where: target, bytes: sizes.localBytes + 1_048_576, for: 'keys and local.sql' }],
  };
}

/** The network's state for a second node, so that it need not download it. */
export function copyStatePlan({
  dataFolder,
  unit,
  sizes,
  target,
}: CareOptions & { readonly target: string }): CarePlan {
  const from = inside(dataFolder, '');
  const to = shellPath(`${withoutTrailing(target, '/')}/`);
  return {
    steps: [
      stop(unit),
      {
        id: 'copy',
        text: 'Copy state.sql and state.sql-wal together. Nothing else.',
        because:
          'local.sql and identities belong to the other node alone: two nodes with one key are equivocation.',
        danger: true,
        command: `for f in state.sql state.sql-wal; do [ ! -e ${from}"$f" ] || rsync --archive --partial --info=progress2 ${from}"$f" ${to}; done`,
      },
      start(unit),
      {
        id: 'start-second',
        text: 'Start the second node with its own key, file lock and ports.',
      },
    ],
    room: [{ where: target, bytes: sizes.stateBytes, for: 'state.sql and its -wal' }],
  };
}

/** Starting over with an empty state: a damaged database, or one that grew too large. Keys and local state stay. */
export function clearStatePlan({ dataFolder, unit, sizes }: CareOptions): CarePlan {
  const from = inside(dataFolder, '');
  return {
    steps: [
      {
        id: 'when',
        text: 'Not while an ATX is in the making: wait until it is published.',
        because: 'The node cannot publish until it is synced again, which takes days.',
      },
      stop(unit),
      aside(from),
      {
        id: 'keep',
        text: 'Leave local.sql and identities where they are.',
        because:
          'local.sql holds the initial proof and what is registered at PoETs; without it an epoch is lost.',
        danger: true,
      },
      start(unit),
      {
        id: 'delete',
        text: 'When the node is synced, delete the old state.',
        command: `rm -r -- ${from}old-state`,
      },
    ],
    room: [{ where: dataFolder, bytes: sizes.stateBytes, for: 'the old state beside the new one' }],
  };
}

export interface StateArchive {
  /** http or https, of a state.sql as it is, or packed by zstd or gzip. */
  readonly url: string;
  /** Of the file at that address, 64 hex digits. */
  readonly sha256: string;
}

/** How the archives are unpacked, by the end of their names. */
const unpackers: readonly (readonly [RegExp, string])[] = [
  [/\.zst$/i, 'zstd --decompress --stdout'],
  [/\.gz$/i, 'gzip --decompress --stdout'],
];

/** @throws WorkbenchError `archive-address-invalid`, `archive-sum-invalid` */
function checkedArchive({ url, sha256 }: StateArchive): StateArchive & { readonly unpack: string } {
  const address = url.trim();
  const path = /^https?:\/\/[^\s/?#]+([^\s?#]*)/i.exec(address)?.[1];
  if (path === undefined || /\s/.test(address))
    throw new WorkbenchError(
      'archive-address-invalid',
      'Enter the address of a state archive that you trust: it begins with https:// or http://. The app knows no such address.',
      { url },
    );
  const sum = sha256.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sum))
    throw new WorkbenchError(
      'archive-sum-invalid',
      'Enter the SHA-256 of the archive, 64 hex digits, from a source that you trust and that is not the download itself. Without it the download can be any state.',
      { sha256 },
    );
  const unpack = unpackers.find(([name]) => name.test(path))?.[1] ?? 'cat';
  return { url: address, sha256: sum, unpack };
}

/**
 * Download of a recent state from an address that the operator enters, with its SHA-256. Nothing is replaced before the
 * sum of the download is right.
 * @throws WorkbenchError `archive-address-invalid`, `archive-sum-invalid`, `shell-…`
 */
export function fetchStatePlan({
  dataFolder,
  unit,
  sizes,
  archive,
}: CareOptions & { readonly archive: StateArchive }): CarePlan {
  const { url, sha256, unpack } = checkedArchive(archive);
  const from = inside(dataFolder, '');
  const download = inside(dataFolder, 'state-download');
  const fresh = inside(dataFolder, 'state-download.sql');
  return {
    steps: [
      {
        id: 'trust',
        text: 'Use only an archive whose maker you trust: the node does not verify a state that it starts with.',
        danger: true,
      },
      {
        id: 'download',
        text: 'Download the archive, while the node still runs. An interrupted download continues.',
        command: `curl --fail --location --continue-at - --output ${download} ${shellWord(url)}`,
      },
      {
        id: 'verify',
        text: 'Compare the SHA-256. Continue only if the output ends with OK.',
        because: 'A download with another sum is damaged, or is not what you think it is.',
        danger: true,
        command: `echo ${shellWord(`${sha256}  `)}${download} | sha256sum --check`,
      },
      {
        id: 'unpack',
        text: 'Unpack it, and let SQLite examine the result. Continue only if it prints ok.',
        command: `${unpack} < ${download} > ${fresh} && sqlite3 ${fresh} 'PRAGMA quick_check(1);'`,
      },
      stop(unit),
      aside(from),
      {
        id: 'place',
        text: 'Put the new state in its place.',
        command: `mv -- ${fresh} ${from}state.sql`,
      },
      start(unit),
      {
        id: 'delete',
        text: 'When the node is synced, delete the old state and the archive.',
        command: `rm -r -- ${from}old-state ${download}`,
      },
    ],
    // An archive has about half the size of what is in it.
    room: [
      {
        where: dataFolder,
        bytes: Math.ceil(sizes.stateBytes * 1.5),
        for: 'archive and new state beside the old one',
      },
    ],
  };
}
