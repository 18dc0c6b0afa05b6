/**
 * One volume of several disks: LVM, RAID, ZFS, btrfs and mergerfs on Linux, Storage Spaces on Windows. Sources: the manuals
 * lvm(8), mdadm(8), zpool-create(8), mkfs.btrfs(8), mergerfs(1), and New-VirtualDisk of PowerShell.
 */
import { counted } from '../base/counted';
import { WorkbenchError } from '../base/error';
import { powershellWord, shellPath } from '../base/shell';
import type { ChecklistStep } from './platform';

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

/** ZFS: checksums for every block. `raidz` survives one broken disk, `raidz2` two, `stripe` none. */
export function zfsRecipe({
  disks,
  name,
  mountPoint,
  layout,
}: VolumeOptions & { readonly layout: 'stripe' | 'raidz' | 'raidz2' }): ChecklistStep[] {
  const needed = { stripe: 1, raidz: 3, raidz2: 4 }[layout];
  const members = atLeast(disks, needed).map(device).join(' ');
  return [
    look,
    {
      id: 'create',
      text: 'Make the pool, with large records and without compression: labels are random and cannot be compressed.',
      because:
        layout === 'stripe'
          ? 'One broken disk loses all of it.'
          : `${layout === 'raidz' ? 'One disk' : 'Two disks'} may break.`,
      command: `sudo zpool create -o ashift=12 -O recordsize=1M -O compression=off -O atime=off -m ${shellPath(mountPoint)} ${volumeName(name)} ${layout === 'stripe' ? '' : `${layout} `}${members}`,
      danger: true,
    },
    {
      id: 'scrub',
      text: 'Once per month, let it read and verify everything; not during the cycle gap.',
      command: `sudo zpool scrub ${volumeName(name)}`,
    },
    { id: 'watch', text: 'Watch its health.', command: `zpool status ${volumeName(name)}` },
  ];
}

/** btrfs over several disks: data on one disk each or striped, metadata twice. */
export function btrfsRecipe({
  disks,
  name,
  mountPoint,
  layout,
}: VolumeOptions & { readonly layout: 'single' | 'raid0' }): ChecklistStep[] {
  const members = atLeast(disks, layout === 'raid0' ? 2 : 1).map(device);
  const first = members[0] ?? '';
  const copies = members.length > 1 ? 'raid1' : 'dup';
  return [
    look,
    {
      id: 'create',
      text:
        layout === 'raid0'
          ? 'Make the file system, striped over the disks: fast, but one broken disk loses everything.'
          : 'Make the file system, each file on one disk or a few: a broken disk loses the files on it, and the rest can only be read.',
      command: `sudo mkfs.btrfs -L ${volumeName(name)} -d ${layout} -m ${copies} ${members.join(' ')}`,
      danger: true,
    },
    {
      id: 'mount',
      text: 'Mount it, now and at every start.',
      command: `sudo mkdir -p ${shellPath(mountPoint)} && printf '%s\\n' "UUID=$(sudo blkid -s UUID -o value ${first}) ${fstabPath(mountPoint)} btrfs noatime,nofail 0 0" | sudo tee -a /etc/fstab && sudo mount ${shellPath(mountPoint)}`,
    },
    {
      id: 'scrub',
      text: 'Once per month, let it read and verify everything; not during the cycle gap.',
      command: `sudo btrfs scrub start ${shellPath(mountPoint)}`,
    },
    {
      id: 'grow',
      text: 'Later, for a further disk (put its name):',
      command: `sudo btrfs device add /dev/sdX ${shellPath(mountPoint)}`,
    },
  ];
}

/** mergerfs: complete files on disks that keep their own file systems. Nothing is formatted. */
export function mergerfsRecipe({
  mounts,
  mountPoint,
}: {
  /** Mount points of the disks. */
  readonly mounts: readonly string[];
  readonly mountPoint: string;
}): ChecklistStep[] {
  const branches = atLeast(mounts, 2).map((path) => {
    if (path.includes(':') || path.includes(',') || path.includes(' '))
      throw new WorkbenchError(
        'mount-point-invalid',
        'A mount point for mergerfs has no blank, colon or comma.',
      );
    return fstabPath(path);
  });
  return [
    {
      id: 'look',
      text: 'Check that each disk is mounted in a folder of its own. Nothing on them is changed.',
      command: `findmnt ${mounts.map(shellPath).join(' && findmnt ')}`,
    },
    {
      id: 'mount',
      text: 'Mount them as one folder, now and at every start. Each new file goes to the disk with the most free space.',
      because:
        'A broken disk loses only the files on it, which can be initialised again. One file is read at the speed of one disk.',
      command: `sudo mkdir -p ${shellPath(mountPoint)} && printf '%s\\n' ${shellPath(`${branches.join(':')} ${fstabPath(mountPoint)} mergerfs category.create=mfs,minfreespace=8G,cache.files=off,fsname=post,nofail 0 0`)} | sudo tee -a /etc/fstab && sudo mount ${shellPath(mountPoint)}`,
    },
  ];
}

/** Storage Spaces of Windows. `simple` stripes, `parity` survives one broken disk. */
export function storageSpacesRecipe({
  name,
  disks,
  resiliency,
}: {
  readonly name: string;
  /** Friendly names or serial numbers as Get-PhysicalDisk lists them. */
  readonly disks: readonly string[];
  readonly resiliency: 'simple' | 'parity';
}): ChecklistStep[] {
  const members = atLeast(disks, resiliency === 'parity' ? 3 : 1)
    .map((disk) => powershellWord(disk))
    .join(', ');
  const pool = volumeName(name);
  const kind = resiliency === 'parity' ? 'Parity' : 'Simple';
  return [
    {
      id: 'look',
      text: 'Look which disks can be pooled, as administrator.',
      command:
        'Get-PhysicalDisk -CanPool $true | Format-Table FriendlyName, SerialNumber, Size, MediaType',
      because: 'Everything on these disks is lost.',
      danger: true,
    },
    {
      id: 'create',
      text:
        resiliency === 'parity'
          ? 'Make the pool and a volume with parity: one disk may break.'
          : 'Make the pool and a striped volume: fast, but one broken disk loses everything.',
      command: `$disks = Get-PhysicalDisk -CanPool $true | Where-Object { $_.SerialNumber -in ${members} -or $_.FriendlyName -in ${members} }
New-StoragePool -FriendlyName ${pool} -StorageSubSystemFriendlyName 'Windows Storage*' -PhysicalDisks $disks
New-VirtualDisk -StoragePoolFriendlyName ${pool} -FriendlyName ${pool} -ResiliencySettingName ${kind} -UseMaximumSize
Get-VirtualDisk -FriendlyName ${pool} | Get-Disk | Initialize-Disk -PartitionStyle GPT -PassThru | New-Partition -AssignDriveLetter -UseMaximumSize | Format-Volume -FileSystem NTFS -AllocationUnitSize 65536`,
      danger: true,
    },
    {
      id: 'watch',
      text: 'Watch its health.',
      command: `Get-VirtualDisk -FriendlyName ${pool} | Format-List OperationalStatus, HealthStatus`,
    },
  ];
}
