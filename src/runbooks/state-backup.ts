/**
 * Backups of keys, local state and the network's state, and their way back. Sources: sqlite3's shell (.backup), VACUUM INTO,
 * btrfs-subvolume(8), zfs-snapshot(8), lvcreate(8).
 */
import { WorkbenchError } from '../base/error';
import { powershellWord, shellWord } from '../base/shell';
import { completePath, inside, pathWord, type ChecklistStep } from './platform';
import {
  aside,
  copyFiles,
  examine,
  start,
  stop,
  type CareOptions,
  type CarePlan,
} from './state-steps';

/** What cannot be had again, into a folder of its own: keys, local state, genesis. */
export function backupPlan(options: CareOptions & { readonly target: string }): CarePlan {
  const { dataFolder, sizes, target, platform = 'linux' } = options;
  const identities = inside(platform, dataFolder, 'identities');
  const to = inside(platform, target, '');
  return {
    steps: [
      stop(options),
      {
        id: 'keys',
        text: 'Copy the keys. Store this copy where no other user can read it.',
        danger: true,
        command:
          platform === 'windows'
            ? `New-Item -ItemType Directory -Force ${to} | Out-Null; Copy-Item -Recurse ${identities} ${to}`
            : `mkdir -p -m 700 -- ${to} && cp -Rp -- ${identities} ${to}/`,
      },
      {
        id: 'local',
        text: 'Copy local.sql with its -wal, both or none.',
        command: copyFiles(
          platform,
          ['local.sql', 'local.sql-wal', 'genesis.json'],
          dataFolder,
          target,
        ),
      },
      {
        id: 'metadata',
        text: 'Copy postdata_metadata.json from the PoST folder as well: without it the data is hard to use again.',
      },
      start(options),
      {
        id: 'when',
        text: 'Repeat it after each registration at a PoET, once per epoch: local.sql then holds what the next ATX needs.',
      },
    ],
    room: [{ where: target, bytes: sizes.localBytes + 1_048_576, for: 'keys and local.sql' }],
  };
}

export const backupMethods = ['backup', 'vacuum', 'btrfs', 'zfs', 'lvm'] as const;
export type BackupMethod = (typeof backupMethods)[number];

export interface StateBackupOptions extends CareOptions {
  readonly target: string;
  readonly method: BackupMethod;
  /** btrfs: folder for snapshots. ZFS: the dataset. LVM: the volume, as vg/lv. */
  readonly snapshotOf?: string | undefined;
}

/**
 * A backup of state.sql. The first two methods run beside the node; a snapshot stores state.sql and its -wal at one instant.
 * @throws WorkbenchError `path-not-complete`, `snapshot-linux`, `snapshot-name-invalid`, `shell-…`
 */
export function backupStatePlan(options: StateBackupOptions): CarePlan {
  const { method, sizes, target, platform = 'linux' } = options;
  const isSnapshot = method !== 'backup' && method !== 'vacuum';
  if (isSnapshot && platform !== 'linux')
    throw new WorkbenchError(
      'snapshot-linux',
      'Snapshots of btrfs, ZFS and LVM exist on Linux only. Choose a backup of SQLite.',
      { method },
    );
  const steps = isSnapshot ? snapshotSteps(options) : [sqliteBackup(options)];
  return {
    steps: [
      ...steps,
      {
        id: 'when',
        text: 'Repeat it once per week, and before each upgrade of the node. Keep the last two: then one is always complete.',
      },
      {
        id: 'also',
        text: 'This is the state of the network only. Back up the keys and local.sql as well.',
        danger: true,
      },
    ],
    room: [
      {
        where: target,
        bytes: method === 'vacuum' ? sizes.stateBytes : 2 * sizes.stateBytes,
        for: method === 'vacuum' ? 'the compacted copy' : 'the copy, and the one before it',
      },
    ],
  };
}

/** The copy gets its name only when it is complete and SQLite has examined it. */
function sqliteBackup({
  dataFolder,
  target,
  method,
  platform = 'linux',
}: StateBackupOptions): ChecklistStep {
  completePath(platform, dataFolder);
  completePath(platform, target);
  const source = inside(platform, dataFolder, 'state.sql');
  const action = method === 'vacuum' ? "VACUUM INTO 'new-state.sql'" : '.backup new-state.sql';
  const text =
    method === 'vacuum'
      ? 'Write a compacted copy, while the node runs or not.'
      : 'Copy with the backup of SQLite, while the node runs or not.';
  const because =
    method === 'vacuum'
      ? 'It reads one consistent state. The -wal grows while it runs, so leave space there too.'
      : 'It starts again when the node writes meanwhile. If it does not end, stop the node or use VACUUM INTO.';
  const folder = inside(platform, target, '');
  if (platform === 'windows')
    return {
      id: 'copy',
      text,
      because,
      command: `New-Item -ItemType Directory -Force ${folder} | Out-Null; Set-Location ${folder}; Remove-Item new-state.sql -ErrorAction Ignore; sqlite3 -bail ${source} '.timeout 60000' ${powershellWord(action)}; if ((sqlite3 new-state.sql 'PRAGMA quick_check(1);') -eq 'ok') { Move-Item -Force new-state.sql state.sql; 'backup complete' } else { 'backup FAILED' }`,
    };
  return {
    id: 'copy',
    text,
    because,
    command: `mkdir -p -m 700 -- ${folder} && (
cd -- ${folder} && rm -f new-state.sql && sqlite3 -bail ${source} '.timeout 60000' ${shellWord(action)} &&
[ "$(sqlite3 new-state.sql 'PRAGMA quick_check(1);')" = ok ] && { [ ! -e state.sql ] || mv -f state.sql previous-state.sql; } &&
mv new-state.sql state.sql && echo 'backup complete' || echo 'backup FAILED' )`,
  };
}

function snapshotSteps({
  dataFolder,
  target,
  method,
  snapshotOf = '',
}: StateBackupOptions): ChecklistStep[] {
  const name = 'spacemesh-state';
  const copy = (from: string): ChecklistStep => ({
    id: 'copy',
    text: 'Copy state.sql and state.sql-wal from the snapshot. It is what a power loss would have left, which SQLite repairs when it opens the copy.',
    command: copyFiles('linux', ['state.sql', 'state.sql-wal'], from, target),
  });
  if (method === 'btrfs') {
    completePath('linux', dataFolder);
    const snapshot = `${snapshotOf.trim() || dataFolder}/${name}`.replaceAll('//', '/');
    return [
      {
        id: 'snapshot',
        text: 'Take the snapshot. The data folder has to be a subvolume of its own.',
        command: `sudo btrfs subvolume snapshot -r ${pathWord('linux', dataFolder)} ${pathWord('linux', snapshot)}`,
      },
      copy(snapshot),
      {
        id: 'remove',
        text: 'Remove the snapshot: it keeps all blocks that the node replaces.',
        command: `sudo btrfs subvolume delete ${pathWord('linux', snapshot)}`,
      },
    ];
  }
  if (!/^[a-z0-9][\w.:-]*(?:\/[\w.:-]+)*$/i.test(snapshotOf))
    throw new WorkbenchError(
      'snapshot-name-invalid',
      method === 'zfs'
        ? 'Enter the dataset of the data folder, such as tank/spacemesh; `zfs list` shows it.'
        : 'Enter the logical volume of the data folder, such as vg0/data; `lvs` shows it.',
      { snapshotOf },
    );
  if (method === 'zfs')
    return [
      {
        id: 'snapshot',
        text: 'Take the snapshot.',
        command: `sudo zfs snapshot ${snapshotOf}@${name}`,
      },
      copy(`${dataFolder}/.zfs/snapshot/${name}`),
      {
        id: 'remove',
        text: 'Remove the snapshot: it keeps all blocks that the node replaces.',
        danger: true,
        command: `sudo zfs destroy ${snapshotOf}@${name}`,
      },
    ];
  const [group = ''] = snapshotOf.split('/');
  return [
    {
      id: 'snapshot',
      text: 'Take the snapshot and mount it. 10 GiB hold what the node changes meanwhile; if that is full, the snapshot is lost.',
      command: `sudo lvcreate --snapshot --size 10G --name ${name} ${snapshotOf} && sudo mkdir -p /mnt/${name} && sudo mount -o ro /dev/${group}/${name} /mnt/${name}`,
    },
    {
      ...copy(`/mnt/${name}`),
      text: 'Copy state.sql and state.sql-wal from the snapshot. If the data folder is not the root of the volume, add its path after the mount point.',
    },
    {
      id: 'remove',
      text: 'Remove the snapshot.',
      danger: true,
      command: `sudo umount /mnt/${name} && sudo lvremove ${group}/${name}`,
    },
  ];
}

/** A backup of state.sql back in its place. Keys and local state stay as they are. */
export function restoreStatePlan(options: CareOptions & { readonly target: string }): CarePlan {
  const { dataFolder, sizes, target, platform = 'linux' } = options;
  return {
    steps: [
      stop(options),
      aside(platform, dataFolder),
      {
        id: 'copy',
        text: 'Copy the backup, with its -wal if it has one. Nothing else.',
        because: 'An old local.sql would make the node sign again what it has signed already.',
        danger: true,
        command: copyFiles(platform, ['state.sql', 'state.sql-wal'], target, dataFolder),
      },
      examine(platform, dataFolder),
      start(options),
    ],
    room: [
      { where: dataFolder, bytes: sizes.stateBytes, for: 'the backup beside the present state' },
    ],
  };
}
