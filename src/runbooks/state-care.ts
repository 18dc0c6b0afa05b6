/**
 * Copy, clearing and download of a node's state: which files, in which order, what must not change meanwhile, how
 * much space. The files and what is in them: go-spacemesh v1.7.6 (node/node.go).
 */
import { WorkbenchError } from '../base/error';
import { powershellWord, shellWord } from '../base/shell';
import { inside, type ChecklistStep, type Platform } from './platform';
import {
  aside,
  copyFiles,
  examine,
  start,
  stop,
  type CareOptions,
  type CarePlan,
  type StateSizes,
} from './state-steps';

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

/** Where Smapp keeps the data folder of its node. */
export const smappDataFolders: Readonly<Record<Platform, string>> = {
  linux: '~/.config/Spacemesh/node-data',
  macos: '~/Library/Application Support/Spacemesh/node-data',
  windows: '~\\AppData\\Roaming\\Spacemesh\\node-data',
};

/** The network's state for a second node, so that it need not download it. */
export function copyStatePlan(options: CareOptions & { readonly target: string }): CarePlan {
  const { dataFolder, sizes, target, platform = 'linux' } = options;
  return {
    steps: [
      {
        id: 'trust',
        text: 'Copy only from a node that you run yourself.',
        because:
          'A copied state bypasses every check of the node: a wrong one makes it follow a wrong chain.',
        danger: true,
      },
      {
        id: 'version',
        text: 'Compare the versions of both nodes. They must be the same.',
        because: 'Another version has another schema, or changes it at its first start.',
        command: platform === 'windows' ? '.\\go-spacemesh.exe version' : './go-spacemesh version',
      },
      {
        ...stop(options),
        id: 'stop',
        text: 'On both machines: stop the node and wait for "app cleanup completed" in its log.',
      },
      aside(platform, target, 'On the second node: '),
      {
        id: 'copy',
        text: 'Copy state.sql and state.sql-wal together. Nothing else.',
        because:
          'local.sql and identities belong to the other node alone: two nodes with one key are equivocation.',
        danger: true,
        command: copyFiles(platform, ['state.sql', 'state.sql-wal'], dataFolder, target),
      },
      examine(platform, target),
      start(options),
      {
        id: 'start-second',
        text: 'Start the second node with its own key, file lock and ports.',
      },
    ],
    room: [{ where: target, bytes: sizes.stateBytes, for: 'state.sql and its -wal' }],
  };
}

/** Starting over with an empty state: a damaged database, or one that grew too large. Keys and local state stay. */
export function clearStatePlan(options: CareOptions): CarePlan {
  const { dataFolder, sizes, platform = 'linux' } = options;
  return {
    steps: [
      {
        id: 'when',
        text: 'Not while an ATX is in the making: wait until it is published.',
        because: 'The node cannot publish until it is synced again, which takes days.',
      },
      stop(options),
      aside(platform, dataFolder),
      {
        id: 'keep',
        text: 'Leave local.sql and identities where they are.',
        because:
          'local.sql holds the initial proof and what is registered at PoETs; without it an epoch is lost.',
        danger: true,
      },
      start(options),
      deleteOld(platform, dataFolder),
    ],
    room: [{ where: dataFolder, bytes: sizes.stateBytes, for: 'the old state beside the new one' }],
  };
}

const deleteOld = (platform: Platform, folder: string): ChecklistStep => ({
  id: 'delete',
  text: 'When the node is synced, delete the old state.',
  command:
    platform === 'windows'
      ? `Remove-Item -Recurse ${inside(platform, folder, 'old-state')}`
      : `rm -r -- ${inside(platform, folder, 'old-state')}`,
});

export interface StateArchive {
  /** http or https, of a state.sql as it is, or packed by zstd or gzip. */
  readonly url: string;
  /** Of the file at that address, 64 hex digits. */
  readonly sha256: string;
}

type Unpacker = 'zstd' | 'gzip';

/** By the end of their names. */
const unpackers: readonly (readonly [RegExp, Unpacker])[] = [
  [/\.zst$/i, 'zstd'],
  [/\.gz$/i, 'gzip'],
];

/** @throws WorkbenchError `archive-kind-windows` */
function unpackCommand(
  unpack: Unpacker | undefined,
  {
    platform,
    from,
    to,
  }: { readonly platform: Platform; readonly from: string; readonly to: string },
): string {
  if (platform !== 'windows')
    return unpack ? `${unpack} --decompress --stdout < ${from} > ${to}` : `cp -- ${from} ${to}`;
  if (unpack === 'gzip')
    throw new WorkbenchError(
      'archive-kind-windows',
      'Windows has no program for this archive (.gz). Use one that ends in .zst, or unpack it on another system.',
    );
  return unpack === 'zstd' ? `zstd --decompress ${from} -o ${to}` : `Copy-Item ${from} ${to}`;
}

/** @throws WorkbenchError `archive-address-invalid`, `archive-sum-invalid` */
function checkedArchive({
  url,
  sha256,
}: StateArchive): StateArchive & { readonly unpack: Unpacker | undefined } {
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
  const unpack = unpackers.find(([name]) => name.test(path))?.[1];
  return { url: address, sha256: sum, unpack };
}

/**
 * Download of a recent state from an address that the operator enters, with its SHA-256. Nothing is replaced before the
 * sum of the download is right.
 * @throws WorkbenchError `archive-address-invalid`, `archive-sum-invalid`, `shell-…`
 */
export function fetchStatePlan(
  options: CareOptions & { readonly archive: StateArchive },
): CarePlan {
  const { dataFolder, sizes, platform = 'linux' } = options;
  const { url, sha256, unpack } = checkedArchive(options.archive);
  const download = inside(platform, dataFolder, 'state-download');
  const fresh = inside(platform, dataFolder, 'state-download.sql');
  const state = inside(platform, dataFolder, 'state.sql');
  const isWindows = platform === 'windows';
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
        command: `${isWindows ? 'curl.exe' : 'curl'} --fail --location --continue-at - --output ${download} ${isWindows ? powershellWord(url) : shellWord(url)}`,
      },
      {
        id: 'verify',
        text: isWindows
          ? 'Compare the SHA-256. Continue only if it prints True.'
          : 'Compare the SHA-256. Continue only if it prints "sum is right".',
        because: 'A download with another sum is damaged, or is not what you think it is.',
        danger: true,
        command: isWindows
          ? `(Get-FileHash ${download}).Hash -eq '${sha256}'`
          : `[ "$(${platform === 'macos' ? 'shasum -a 256' : 'sha256sum'} < ${download} | cut -c 1-64)" = ${sha256} ] && echo 'sum is right' || echo 'WRONG SUM'`,
      },
      {
        id: 'unpack',
        text: 'Unpack it, and let SQLite examine the result. Continue only if it prints ok.',
        command: `${unpackCommand(unpack, { platform, from: download, to: fresh })}${isWindows ? ';' : ' &&'} sqlite3 ${fresh} 'PRAGMA quick_check(1);'`,
      },
      stop(options),
      aside(platform, dataFolder),
      {
        id: 'place',
        text: 'Put the new state in its place.',
        command: isWindows ? `Move-Item ${fresh} ${state}` : `mv -- ${fresh} ${state}`,
      },
      start(options),
      deleteOld(platform, dataFolder),
      {
        id: 'delete-archive',
        text: 'Delete the archive.',
        command: isWindows ? `Remove-Item ${download}` : `rm -- ${download}`,
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
