/**
 * Commands and checklists for moving PoST data, keys and a node's state between disks and machines. Pure text: nothing
 * here touches a file. Every path is quoted, so that the worst of names stays one argument.
 */
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { shellPath, shellWord, systemdUnitName } from '../base/shell';
import { withoutTrailing } from '../base/text';

/** Another machine, as ssh reaches it. */
export interface RemoteHost {
  readonly user: string;
  readonly host: string;
  readonly port?: number | undefined;
  /** Path of a private SSH key. */
  readonly identityFile?: string | undefined;
}

export interface Place {
  readonly path: string;
  /** Absent: this machine. */
  readonly remote?: RemoteHost | undefined;
}

export interface CopyOptions {
  readonly from: Place;
  readonly to: Place;
  /** 'contents': what is in the folder goes into the target folder. 'folder': the folder itself goes there. */
  readonly what: 'contents' | 'folder';
  /** Starts again after each break, until all is there. */
  readonly untilDone?: boolean;
  /** Compares contents by checksum, not size and time. Reads everything on both sides. */
  readonly checksum?: boolean;
  /** Only states what it would do. */
  readonly dryRun?: boolean;
  /** Kilobytes a second at most. */
  readonly limitKBs?: number | undefined;
}

/**
 * An rsync command. The slash at the end of the source decides whether the folder or its contents are copied; that of
 * the target is put for both, so that a missing target becomes a folder. No option deletes anything.
 * @throws WorkbenchError `copy-…`, `shell-…`
 */
export function rsyncCommand(options: CopyOptions): string {
  const { from, to, what, untilDone, checksum, dryRun, limitKBs } = options;
  if (from.remote && to.remote)
    throw new WorkbenchError(
      'copy-two-remotes',
      'rsync copies from or to this machine. Run the command on one of the two others.',
    );
  const source = trimSlashes(from.path);
  const target = trimSlashes(to.path);
  if (!from.remote && !to.remote && source === target)
    throw new WorkbenchError('copy-onto-itself', 'Source and target are the same folder.');
  const remote = from.remote ?? to.remote;
  const words = [
    'rsync',
    '--archive',
    '--partial',
    // A network saves nothing by looking for differences in data that is random.
    '--whole-file',
    '--info=progress2',
    '--human-readable',
    ...(checksum ? ['--checksum'] : []),
    ...(dryRun ? ['--dry-run', '--itemize-changes'] : []),
    ...(limitKBs === undefined ? [] : [`--bwlimit=${positive(limitKBs)}`]),
    ...(remote ? ['--timeout=120', '--protect-args', ...sshOption(remote)] : []),
    '--',
    location(`${source}${what === 'contents' ? '/' : ''}`, from.remote),
    location(`${target}/`, to.remote),
  ];
  const command = words.join(' ');
  return untilDone
    ? `until ${command}; do echo "Interrupted, trying again in 30 s"; sleep 30; done`
    : command;
}

/** "/" itself stays; "/data//" becomes "/data", so that "//" never names something else. */
const trimSlashes = (path: string): string =>
  withoutTrailing(path, '/') || (path === '' ? '' : '/');

const positive = (value: number): number => {
  if (Number.isInteger(value) && value > 0) return value;
  throw new WorkbenchError('copy-limit-invalid', 'A limit must be a whole number above 0.', {
    value,
  });
};

function location(path: string, remote: RemoteHost | undefined): string {
  const clean = path.replace(/\/{2,}$/, '/');
  if (!remote) return shellPath(localPath(clean));
  const { user, host } = checkedHost(remote);
  // --protect-args keeps the remote shell away from the path; this shell's layer is ours.
  return shellWord(`${user}@${host.includes(':') ? `[${host}]` : host}:${clean}`);
}

/** rsync takes what is before a colon for a host, unless a slash comes first. */
const localPath = (path: string): string =>
  /^[^/]*:/.test(path) && !path.startsWith('~') ? `./${path}` : path;

function sshOption({ port, identityFile }: RemoteHost): string[] {
  const ssh = [
    'ssh',
    ...(port === undefined || port === 22 ? [] : ['-p', String(checkedPort(port))]),
    ...(identityFile === undefined ? [] : ['-i', rsyncShellWord(identityFile)]),
  ];
  return ssh.length === 1 ? [] : ['-e', shellWord(ssh.join(' '))];
}

/** rsync splits -e itself: it knows quotes, doubled inside, but no backslashes (rsync(1), --rsh). ssh expands a tilde. */
function rsyncShellWord(path: string): string {
  shellWord(path); // for its check of the characters
  return /^[\w@%+=:,./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "''")}'`;
}

function checkedHost({ user, host }: RemoteHost): { user: string; host: string } {
  if (!/^[a-z_][\w.-]*$/i.test(user))
    throw new WorkbenchError(
      'copy-user-invalid',
      'The user name on the other machine may hold letters, digits, dots, - and _.',
    );
  if (!/^(?:[a-z0-9][\w.-]*|[0-9a-f:]+)$/i.test(host))
    throw new WorkbenchError(
      'copy-host-invalid',
      'The other machine is named by a host name or an address, without ssh:// and without a path.',
    );
  return { user, host };
}

function checkedPort(port: number): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new WorkbenchError('copy-port-invalid', 'A port is a whole number from 1 to 65535.', {
    port,
  });
}

export interface ChecklistStep {
  readonly id: string;
  readonly text: string;
  /** Why, or what happens otherwise. */
  readonly because?: string;
  readonly command?: string;
  readonly danger?: boolean;
}

export interface MoveOptions extends CopyOptions {
  /** systemd unit of the node or post-service on the source; absent where it is started by hand. */
  readonly unit?: string | undefined;
  /** Key file of the identity on the source, where it moves as well. */
  readonly keyFile?: string | undefined;
}

/** Moving an identity's PoST data, in the order that cannot end in two nodes with one key. */
export function moveChecklist(options: MoveOptions): ChecklistStep[] {
  const { unit, keyFile, from } = options;
  const stop =
    unit === undefined ? undefined : `sudo systemctl disable --now ${systemdUnitName(unit)}`;
  return [
    {
      id: 'when',
      text: 'Choose the time: right after a PoST proof, never during the cycle gap.',
      because:
        'Between the end of a PoET round and the publication of the ATX the data must be readable. A missed proof costs the rewards of an epoch.',
    },
    {
      id: 'stop',
      text: 'Stop what uses the data on the source, so that it does not start again by itself.',
      because: 'Two nodes with one key are equivocation: the identity is lost forever.',
      danger: true,
      ...(stop === undefined ? {} : { command: stop }),
    },
    {
      id: 'space',
      text: 'Check that the target has enough free space.',
      command: `df -h ${shellPath(options.to.path)}`,
    },
    {
      id: 'copy',
      text: 'Copy. An interrupted copy goes on where it stopped.',
      command: rsyncCommand({ ...options, untilDone: options.untilDone ?? true }),
    },
    {
      id: 'compare',
      text: 'Compare the two folders: here in the page, or with this command, which lists what differs and otherwise nothing.',
      because: 'A bad file shows only when a proof fails, months later.',
      command: rsyncCommand({ ...options, untilDone: false, checksum: true, dryRun: true }),
    },
    ...(keyFile === undefined
      ? []
      : [
          {
            id: 'backup-key',
            text: 'Keep a copy of the key off both machines.',
            because: 'A lost key cannot be restored.',
          },
          {
            id: 'move-key',
            text: 'Move the key: copy it to the target, check it there, then take it from the source.',
            because: 'While it is in both places, a forgotten start is equivocation.',
            danger: true,
            ...(from.remote
              ? {}
              : { command: `mv -- ${shellPath(keyFile)} ${shellPath(`${keyFile}.moved`)}` }),
          },
        ]),
    {
      id: 'config',
      text: 'Name the new folder in the config ("smeshing-opts-datadir") or in the post-service\'s --dir.',
    },
    {
      id: 'start',
      text: 'Start the target, and only it.',
      danger: true,
    },
    {
      id: 'watch',
      text: 'Watch its log until it shows "post setup completed" or "post service registered".',
    },
    {
      id: 'keep',
      text: 'Keep the old data until the next ATX is published from the new place; then delete it.',
    },
  ];
}

const device = (path: string): string => {
  if (!/^\/dev\/[\w/.-]+$/.test(path) || path.includes('..'))
    throw new WorkbenchError(
      'device-invalid',
      'A disk is named like /dev/sdb or /dev/disk/by-id/…; `lsblk` lists them.',
    );
  return path;
};
const volumeName = (name: string): string => {
  if (!/^[a-z][a-z0-9_]{0,30}$/i.test(name))
    throw new WorkbenchError(
      'volume-name-invalid',
      'A volume name begins with a letter and holds letters, digits and _.',
    );
  return name;
};

export interface VolumeOptions {
  readonly disks: readonly string[];
  readonly name: string;
  readonly mountPoint: string;
}

const fileSystem = (path: string, mountPoint: string): ChecklistStep[] => [
  {
    id: 'format',
    text: 'Make a file system without reserved blocks: PoST data needs none.',
    command: `sudo mkfs.ext4 -m 0 -T largefile4 ${path}`,
    danger: true,
  },
  {
    id: 'mount',
    text: 'Mount it, now and at every start.',
    command: `sudo mkdir -p ${shellPath(mountPoint)} && printf '%s\\n' "UUID=$(sudo blkid -s UUID -o value ${path}) ${fstabPath(mountPoint)} ext4 noatime,nofail 0 2" | sudo tee -a /etc/fstab && sudo mount ${shellPath(mountPoint)}`,
  },
];

/** fstab has no quotes: blanks are octal (fstab(5)). */
function fstabPath(path: string): string {
  if (!/^\/[\w ./-]*$/.test(path))
    throw new WorkbenchError(
      'mount-point-invalid',
      'A mount point begins with / and holds letters, digits, blanks, dots, - and _.',
    );
  return path.replaceAll(' ', '\\040');
}

const look: ChecklistStep = {
  id: 'look',
  text: 'Look which disks are meant and that nothing on them is needed.',
  command: 'lsblk -o NAME,SIZE,MODEL,SERIAL,FSTYPE,MOUNTPOINTS',
  because: 'Everything on these disks is lost.',
  danger: true,
};

/** Several disks as one volume, to be made larger later. One broken disk loses what is on it, which may be all. */
export function lvmRecipe({ disks, name, mountPoint }: VolumeOptions): ChecklistStep[] {
  const all = atLeast(disks, 1).map(device).join(' ');
  const group = volumeName(name);
  const path = `/dev/${group}/post`;
  return [
    look,
    {
      id: 'physical',
      text: 'Give the disks to LVM.',
      command: `sudo pvcreate ${all}`,
      danger: true,
    },
    { id: 'group', text: 'Put them together.', command: `sudo vgcreate ${group} ${all}` },
    {
      id: 'volume',
      text: 'One volume over all of it, one disk after the other.',
      command: `sudo lvcreate -l 100%FREE -n post ${group}`,
    },
    ...fileSystem(path, mountPoint),
    {
      id: 'grow',
      text: 'Later, for a further disk (put its name):',
      command: `sudo pvcreate /dev/sdX && sudo vgextend ${group} /dev/sdX && sudo lvextend -r -l +100%FREE ${path}`,
    },
  ];
}

/** RAID 0 for speed, RAID 5 or 6 so that one or two disks may fail. */
export function raidRecipe({
  disks,
  name,
  mountPoint,
  level,
}: VolumeOptions & { readonly level: 0 | 5 | 6 }): ChecklistStep[] {
  const needed = { 0: 2, 5: 3, 6: 4 }[level];
  const members = atLeast(disks, needed).map(device);
  const path = `/dev/md/${volumeName(name)}`;
  return [
    look,
    {
      id: 'create',
      text:
        level === 0
          ? 'Stripe over all disks: fast, but one broken disk loses everything, and all must be initialised again.'
          : `RAID ${level}: ${level === 5 ? 'one disk' : 'two disks'} may break. It takes the space of ${level === 5 ? 'one' : 'two'}.`,
      command: `sudo mdadm --create ${path} --level=${level} --raid-devices=${members.length} ${members.join(' ')}`,
      danger: true,
    },
    {
      id: 'remember',
      text: 'Make it come back at every start.',
      command:
        'sudo mdadm --detail --scan | sudo tee -a /etc/mdadm/mdadm.conf && sudo update-initramfs -u',
    },
    ...fileSystem(path, mountPoint),
    {
      id: 'watch',
      text: 'Watch its building and its health.',
      command: 'cat /proc/mdstat',
    },
  ];
}

function atLeast(disks: readonly string[], needed: number): readonly string[] {
  const distinct = new Set(disks);
  if (distinct.size === disks.length && disks.length >= needed) return disks;
  throw new WorkbenchError(
    'disks-too-few',
    `This needs ${counted(needed, 'different disk')} at least.`,
    { needed, given: distinct.size },
  );
}
